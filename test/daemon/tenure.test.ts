/** The lock while the program runs: looked at, taken again, lost. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTenure, type TenureOptions } from '../../src/daemon/tenure.js';
import type { Holder, Kept } from '../../src/state/lock.js';

const other: Holder = {
  ...{ v: 1, pid: 5, role: 'push', socket: null, endpoint: 'emulator', config: null, version: '1' },
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A lock that is what each look finds in turn; the last one stays. */
function tenure(finds: readonly Kept[] | null, options: Partial<TenureOptions> = {}) {
  const seen = { looks: 0, again: 0, renewals: 0 };
  const lock = {
    async keep(): Promise<Kept> {
      seen.looks += 1;
      return finds?.[Math.min(seen.looks, finds.length) - 1] ?? { type: 'ours' };
    },
    release: () => undefined,
  };
  const made = createTenure({
    lock: finds === null ? null : lock,
    onAgain: () => {
      seen.again += 1;
    },
    ...options,
  });
  const daemon = {
    renew: async () => {
      seen.renewals += 1;
    },
    close: async () => undefined,
  };
  return { made, seen, daemon };
}

it.each<readonly [string, readonly Kept[] | null, boolean, number]>([
  ['there is none', null, true, 0],
  ['it is ours', [{ type: 'ours' }], true, 0],
  ['it was gone, and is ours again', [{ type: 'again' }], true, 1],
  ['another process has it', [{ type: 'lost', holder: other }], false, 0],
])('the lock: %s', async (_, finds, holds, again) => {
  const { made, seen } = tenure(finds);
  expect(await made.holds()).toBe(holds);
  expect(seen.again).toBe(again);
  made.end();
});

it.each([other, null])('a lock that is lost is lost for good: %j', async (holder) => {
  const { made, seen } = tenure([{ type: 'lost', holder }, { type: 'ours' }]);
  expect(await made.holds()).toBe(false);
  expect(await made.lost).toEqual(holder);
  expect(await made.holds()).toBe(false);
  expect(seen.looks).toBe(1);
  made.end();
});

it('is looked at every two seconds, and the socket with it, until the end', async () => {
  const { made, seen, daemon } = tenure([{ type: 'ours' }]);
  await vi.advanceTimersByTimeAsync(1999);
  expect(seen).toMatchObject({ looks: 0 });
  await vi.advanceTimersByTimeAsync(1);
  expect(seen).toMatchObject({ looks: 1, renewals: 0 });
  made.attach(daemon);
  await vi.advanceTimersByTimeAsync(2000);
  expect(seen).toMatchObject({ looks: 2, renewals: 1 });
  made.end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toMatchObject({ looks: 2, renewals: 1 });
});

it('the socket of a lock that is lost is left alone', async () => {
  const { made, seen, daemon } = tenure([{ type: 'lost', holder: null }], { everyMs: 5 });
  made.attach(daemon);
  await vi.advanceTimersByTimeAsync(20);
  expect(seen).toMatchObject({ looks: 1, renewals: 0 });
  made.end();
});
