/** Counts for the summary at the end. */
import type { Fact } from '../ui/facts.js';

export interface Tally {
  take(fact: Fact): void;
  sum(): { readonly pushed: number; readonly p50Ms: number | null; readonly p95Ms: number | null };
}

/** Times kept for the percentiles: the latest of them, so that a day's run stays small. */
const timesKept = 10_000;

export function createTally(): Tally {
  const pushed = new Set<string>();
  const times: number[] = [];
  return {
    take(fact) {
      if (fact.event === 'pushed') for (const env of fact.envs) pushed.add(`${fact.function} ${env}`);
      if (fact.event !== 'live' || fact.sinceSaveMs === null) return;
      times.push(fact.sinceSaveMs);
      if (times.length > timesKept) times.shift();
    },
    sum: () => ({ pushed: pushed.size, p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95) }),
  };
}

/** The nearest-rank percentile; null for no values. */
export function percentile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? null;
}
