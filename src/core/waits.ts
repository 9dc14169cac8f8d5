import type { Waits } from '../model/nouns.js';

/**
 * How long to wait before the next try: exponential with full jitter, so that many clients that failed together do not
 * come back together.
 * @param failures how often it failed in a row, 1 or more
 * @param jitter a random number in [0, 1)
 * @returns milliseconds in [0, min(cap, base · 2^(failures − 1)))
 */
export function backoffMs(failures: number, jitter: number, waits: Waits): number {
  const ceiling = Math.min(waits.backoffCapMs, waits.backoffBaseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling * jitter);
}

/**
 * The waits of a real run. Those of polling (0.3, 1, 2, then every 5 s for 5 minutes; Active stands 3 s) and of the token (read
 * again every 60 s) are rulings of docs/cloud-api.md, "Rates", "The states of a function" and "The token".
 */
export const realWaits: Waits = {
  backoffBaseMs: 500,
  backoffCapMs: 30_000,
  tokenRecheckMs: 60_000,
  quotaMs: 30 * 60_000,
  followAtMs: [300, 1000, 2000],
  followEveryMs: 5000,
  followForMs: 5 * 60_000,
  followSlowlyMs: 60_000,
  settledActiveMs: 3000,
  gitLockMs: 60_000,
  probeMs: 500,
  briefMs: 3000,
  firstListMs: 10_000,
  refusedListMs: 5 * 60_000,
  sharedAnswerMs: 5000,
  quotaAskMs: 60 * 60_000,
  // Gateways give up on what they passed on within a minute (nginx's proxy_read_timeout).
  unsureMs: 60_000,
};

/** All waits times a factor, so that a test of an hour's failures fits into seconds. */
export function scaledWaits(factor: number): Waits {
  const scaled = (ms: number): number => Math.max(1, Math.round(ms * factor));
  return {
    backoffBaseMs: scaled(realWaits.backoffBaseMs),
    backoffCapMs: scaled(realWaits.backoffCapMs),
    tokenRecheckMs: scaled(realWaits.tokenRecheckMs),
    quotaMs: scaled(realWaits.quotaMs),
    followAtMs: realWaits.followAtMs.map(scaled),
    followEveryMs: scaled(realWaits.followEveryMs),
    followForMs: scaled(realWaits.followForMs),
    followSlowlyMs: scaled(realWaits.followSlowlyMs),
    settledActiveMs: scaled(realWaits.settledActiveMs),
    gitLockMs: scaled(realWaits.gitLockMs),
    probeMs: scaled(realWaits.probeMs),
    // These two are not scaled: a test's machine answers in real time, and under load not within a hundredth of 5 s.
    briefMs: realWaits.briefMs,
    sharedAnswerMs: realWaits.sharedAnswerMs,
    quotaAskMs: scaled(realWaits.quotaAskMs),
    firstListMs: scaled(realWaits.firstListMs),
    refusedListMs: scaled(realWaits.refusedListMs),
    unsureMs: scaled(realWaits.unsureMs),
  };
}
