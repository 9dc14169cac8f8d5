import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSettler } from '../../src/watch/settle.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

function rig(quietMs = 100, maxMs = 2_000) {
  const settled: [string, number, number][] = [];
  const waits = { quietMs, maxMs };
  const settler = createSettler({
    quietMs: () => waits.quietMs,
    maxMs: () => waits.maxMs,
    onSettled: (...all) => settled.push(all),
  });
  return { settler, settled, waits };
}

test('settles once, the quiet time after the last touch, with the times of the first and the last', async () => {
  const { settler, settled } = rig();
  expect(settler.touch('pay')).toBe(true);
  await vi.advanceTimersByTimeAsync(60);
  expect(settler.touch('pay')).toBe(false);
  await vi.advanceTimersByTimeAsync(99);
  expect(settled).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(settled).toEqual([['pay', 1_000, 1_060]]);
  expect(settler.isPending('pay')).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(settled).toHaveLength(1);
});

test('an endless stream is cut at the longest wait, again and again', async () => {
  const { settler, settled } = rig(30, 200);
  for (let i = 0; i < 100; i += 1) {
    settler.touch('pay');
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(settled.map(([, first]) => first)).toEqual([1_000, 1_200, 1_400, 1_600, 1_800]);
  expect(settled.map(([, first, last]) => last - first)).toEqual([190, 190, 190, 190, 190]);
});

test('a longest wait below the quiet time wins', async () => {
  const { settler, settled } = rig(100, 40);
  settler.touch('pay');
  await vi.advanceTimersByTimeAsync(40);
  expect(settled).toEqual([['pay', 1_000, 1_000]]);
  expect(vi.getTimerCount()).toBe(0);
});

test('functions settle by themselves, and begin anew after they settled', async () => {
  const { settler, settled } = rig();
  settler.touch('pay');
  await vi.advanceTimersByTimeAsync(50);
  settler.touch('login');
  await vi.advanceTimersByTimeAsync(50);
  expect(settled.map(([name]) => name)).toEqual(['pay']);
  expect([settler.isPending('pay'), settler.isPending('login')]).toEqual([false, true]);
  expect(settler.touch('pay')).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(settled.map(([name]) => name)).toEqual(['pay', 'login', 'pay']);
});

test('a new configuration counts from the next quiet time on', async () => {
  const { settler, settled, waits } = rig();
  settler.touch('pay');
  waits.quietMs = 500;
  settler.touch('pay');
  await vi.advanceTimersByTimeAsync(100);
  expect(settled).toHaveLength(1);
  settler.touch('pay');
  await vi.advanceTimersByTimeAsync(499);
  expect(settled).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(settled).toHaveLength(2);
});

test('close forgets without settling, leaving no timer and no rejection', async () => {
  const { settler, settled } = rig();
  settler.touch('pay');
  settler.touch('pay');
  settler.touch('login');
  settler.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(settler.touch('pay')).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(settled).toEqual([]);
});

test('a touch from within onSettled begins a new quiet time', async () => {
  const times: number[] = [];
  const settler = createSettler({
    quietMs: () => 100,
    maxMs: () => 2_000,
    onSettled: (name, _first, last) => {
      times.push(last);
      if (times.length < 3) expect(settler.touch(name)).toBe(true);
    },
  });
  settler.touch('pay');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(times).toEqual([1_000, 1_100, 1_200]);
});
