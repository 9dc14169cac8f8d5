/**
 * Long work in short slices: while JavaScript runs, no file event and no answer of the cloud is heard, and a watcher that
 * waits too long loses events (docs/decisions.md, "Why repair and sweeps as well as events?").
 */

export interface Slices {
  /** Call often: continues at once while the slice has time left, else when the event loop has come round. */
  breathe(): Promise<void> | undefined;
}

/** Half of the 10 ms that a sweep may block the thread at a time: one step may still be running over. */
const sliceMs = 5;

/** Work that shares one of these shares its slices: however many scans run, the thread is free between any two slices. */
export function createSlices(budgetMs: number = sliceMs): Slices {
  const waiting: (() => void)[] = [];
  let startedAt = Number.NEGATIVE_INFINITY;

  const next = (): void => {
    const go = waiting.shift();
    if (go === undefined) return;
    startedAt = performance.now();
    if (waiting.length > 0) setImmediate(next);
    go();
  };

  return {
    breathe() {
      if (performance.now() - startedAt < budgetMs) return undefined;
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 1) setImmediate(next);
      });
    },
  };
}

export type Outcome<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

/** Maps all items, keeping their order, at most `limit` at once and breathing between them; the first failure ends it. */
export async function mapSome<I, T, F>(
  items: readonly I[],
  limit: number,
  slices: Slices,
  map: (item: I) => Outcome<T, F> | Promise<Outcome<T, F>>,
): Promise<Outcome<readonly T[], F>> {
  const values = new Array<T>(items.length);
  const left = items.entries();
  let failed: { readonly failure: F } | null = null;
  const work = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (failed !== null) return;
      const pause = slices.breathe();
      if (pause !== undefined) await pause;
      const mapped = map(item);
      const outcome = mapped instanceof Promise ? await mapped : mapped;
      if (outcome.ok) values[index] = outcome.value;
      else failed ??= { failure: outcome.failure };
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  return outcomeOf(values, failed);
}

function outcomeOf<T, F>(
  values: readonly T[],
  failed: { readonly failure: F } | null,
): Outcome<readonly T[], F> {
  return failed === null ? { ok: true, value: values } : { ok: false, failure: failed.failure };
}
