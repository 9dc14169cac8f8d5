import { expect, it } from 'vitest';
import { createClock, steadyNow } from '../../src/system/clock.js';

const hour = 3_600_000;

/** A system's clock that can be set, and a monotonic one. */
function clocks(): { now: () => number; pass: (ms: number) => void; set: (byMs: number) => void } {
  let wall = 1_700_000_000_000;
  let monotonic = 12.5;
  return {
    now: createClock(
      () => wall,
      () => monotonic,
    ),
    pass(ms) {
      wall += ms;
      monotonic += ms;
    },
    set(byMs) {
      wall += byMs;
    },
  };
}

it('tells the system’s time while nobody sets it', () => {
  const { now, pass } = clocks();
  expect(now()).toBe(1_700_000_000_000);
  pass(hour);
  expect(now()).toBe(1_700_000_000_000 + hour);
});

it('goes on where the system’s clock is set back, as often as that happens', () => {
  const { now, pass, set } = clocks();
  const before = now();
  for (const turn of [1, 2, 3]) {
    set(-hour);
    pass(250);
    expect(now() - before).toBe(turn * 250);
  }
});

it('goes forward with the system’s clock, which is how sleep shows', () => {
  const { now, pass, set } = clocks();
  const before = now();
  set(hour);
  pass(250);
  expect(now() - before).toBe(hour + 250);
  set(-2 * hour);
  expect(now() - before).toBe(hour + 250);
});

it('goes back with it by a second at most', () => {
  for (const [by, seen] of [
    [-1000, -1000],
    [-1001, 0],
  ] as const) {
    const { now, set } = clocks();
    const before = now();
    set(by);
    expect(now() - before).toBe(seen);
  }
});

it('of this process is the system’s', () => {
  const [before, now, after] = [Date.now(), steadyNow(), Date.now()];
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(after);
});

it('does not run ahead by the little that two clocks differ by when they are read', () => {
  const { now, pass, set } = clocks();
  const before = now();
  for (let turn = 0; turn < 1000; turn += 1) {
    set(turn % 2 === 0 ? 1 : -1);
    pass(1);
    now();
  }
  expect(now() - before).toBe(1000);
});
