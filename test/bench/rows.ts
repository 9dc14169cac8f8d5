/** The result of a benchmark: one row of a table that `npm run bench` prints. */
import type { TestContext } from 'vitest';

export interface Row {
  readonly what: string;
  readonly unit: 'ns' | 'ms' | 'MB' | '%' | 'count';
  readonly median: number;
  /** 99th percentile of the same values; null for a single value. */
  readonly p99: number | null;
  /** The program it is measured against, in the same run; null where there is nothing of the kind. */
  readonly reference: { readonly name: string; readonly median: number } | null;
  /** The figure to reach, in words. */
  readonly reach: string;
}

declare module 'vitest' {
  interface TaskMeta {
    rows?: Row[];
  }
}

/** Hands a row to the table. */
export function report(context: TestContext, row: Row): void {
  context.task.meta.rows = [...(context.task.meta.rows ?? []), row];
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Nearest rank. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
