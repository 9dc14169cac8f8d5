import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDebouncer } from '../../src/watch/debounce.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
afterEach(() => void vi.useRealTimers());

function rig(quietMs = 100, maxMs = 2_000) {
  const ended: { name: string; at: number; lastAt: number; capped: boolean }[] = [];
  const waits = { quietMs, maxMs };
  const debouncer = createDebouncer({
    quietMs: () => waits.quietMs,
    maxMs: () => waits.maxMs,
    onQuiet: (name, end) => ended.push({ name, at: Date.now(), ...end }),
  });
  return { debouncer, ended, waits };
}

test('ends once, the quiet time after the last touch, and tells when that came', async () => {
  const { debouncer, ended } = rig();
  expect(debouncer.touch('pay')).toBe(true);
  await vi.advanceTimersByTimeAsync(60);
  expect(debouncer.touch('pay')).toBe(false);
  await vi.advanceTimersByTimeAsync(99);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toEqual([{ name: 'pay', at: 1_160, lastAt: 1_060, capped: false }]);
  expect(debouncer.isPending('pay')).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ended).toHaveLength(1);
});

test('an endless stream is cut at the longest wait, again and again', async () => {
  const { debouncer, ended } = rig(30, 200);
  for (let i = 0; i < 100; i += 1) {
    debouncer.touch('pay');
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(ended.map(({ at }) => at)).toEqual([1_200, 1_400, 1_600, 1_800, 2_000]);
  expect(ended.map(({ at, lastAt }) => at - lastAt)).toEqual([10, 10, 10, 10, 10]);
  expect(ended.every(({ capped }) => capped)).toBe(true);
});

test('a longest wait below the quiet time wins', async () => {
  const { debouncer, ended } = rig(100, 40);
  debouncer.touch('pay');
  await vi.advanceTimersByTimeAsync(40);
  expect(ended).toEqual([{ name: 'pay', at: 1_040, lastAt: 1_000, capped: true }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('names wait by themselves, and begin anew after they ended', async () => {
  const { debouncer, ended } = rig();
  debouncer.touch('pay');
  await vi.advanceTimersByTimeAsync(50);
  debouncer.touch('login');
  await vi.advanceTimersByTimeAsync(50);
  expect(ended.map(({ name }) => name)).toEqual(['pay']);
  expect([debouncer.isPending('pay'), debouncer.isPending('login')]).toEqual([false, true]);
  expect(debouncer.touch('pay')).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(ended.map(({ name }) => name)).toEqual(['pay', 'login', 'pay']);
});

test('a new configuration counts from the next quiet time on', async () => {
  const { debouncer, ended, waits } = rig();
  debouncer.touch('pay');
  waits.quietMs = 500;
  debouncer.touch('pay');
  await vi.advanceTimersByTimeAsync(100);
  expect(ended).toHaveLength(1);
  debouncer.touch('pay');
  await vi.advanceTimersByTimeAsync(499);
  expect(ended).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveLength(2);
});

test('close forgets without an end, leaving no timer and no rejection', async () => {
  const { debouncer, ended } = rig();
  debouncer.touch('pay');
  debouncer.touch('pay');
  debouncer.touch('login');
  debouncer.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(debouncer.touch('pay')).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ended).toEqual([]);
});

test('a touch from within onQuiet begins a new quiet time', async () => {
  const times: number[] = [];
  const debouncer = createDebouncer({
    quietMs: () => 100,
    maxMs: () => 2_000,
    onQuiet: (name, { lastAt }) => {
      times.push(lastAt);
      if (times.length < 3) expect(debouncer.touch(name)).toBe(true);
    },
  });
  debouncer.touch('pay');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(times).toEqual([1_000, 1_100, 1_200]);
});
