/** Counts for the summary at the end. */
import type { PendingTarget } from '../core/standing.js';
import { isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';

export interface Tally {
  take(fact: Fact): void;
  /** @param pending what is not live at the end */
  sum(pending: readonly PendingTarget[]): Sum;
}

export interface Sum {
  /** Targets that the cloud accepted an upload for. */
  readonly pushed: number;
  /** Targets whose last upload failed, and that are not live. */
  readonly failed: number;
  /** From save to live; null without one. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly answers: { readonly ok: number; readonly failed: number };
}

/** Times kept for the percentiles: the latest of them, so that a day's run stays small. */
const timesKept = 10_000;

export function createTally(): Tally {
  const pushed = new Set<string>();
  const failed = new Set<string>();
  const times: number[] = [];
  const answers = { ok: 0, failed: 0 };
  return {
    take(fact) {
      for (const target of targetsOf(fact, 'push-failed')) failed.add(target);
      for (const target of targetsOf(fact, 'pushed')) {
        pushed.add(target);
        failed.delete(target);
      }
      if (fact.event === 'answer') answers[isGoodAnswer(fact) ? 'ok' : 'failed'] += 1;
      if (fact.event !== 'live' || fact.sinceSaveMs === null) return;
      times.push(fact.sinceSaveMs);
      if (times.length > timesKept) times.shift();
    },
    sum: (pending) => ({
      pushed: pushed.size,
      failed: pending.filter((target) => failed.has(`${target.function} ${target.env}`)).length,
      p50Ms: percentile(times, 0.5),
      p95Ms: percentile(times, 0.95),
      answers: { ...answers },
    }),
  };
}

function targetsOf(fact: Fact, event: 'pushed' | 'push-failed'): string[] {
  return fact.event === event ? fact.envs.map((env) => `${fact.function} ${env}`) : [];
}

/** The nearest-rank percentile; null for no values. */
function percentile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? null;
}
