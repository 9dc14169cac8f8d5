/** When a frame is painted: at once where possible, never too often, never without a reason. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPacer } from '../../src/monitor/pace.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function rig({ remote = false } = {}) {
  const frames: number[] = [];
  const began = Date.now();
  const next = { wakeAt: null as number | null, costMs: 0 };
  const pacer = createPacer({
    now: () => Date.now(),
    remote,
    paint() {
      frames.push(Date.now() - began);
      vi.setSystemTime(Date.now() + next.costMs);
      const { wakeAt } = next;
      next.wakeAt = null;
      return wakeAt;
    },
  });
  return { frames, pacer, next, began };
}

describe('a frame', () => {
  it.each([
    ['a key', false, true, 34],
    ['something that happened', false, false, 100],
    ['a key, over SSH', true, true, 100],
  ])('follows %s at once, and the next one after a while', (_, remote, urgent, gap) => {
    const { frames, pacer } = rig({ remote });
    pacer.request(urgent);
    vi.advanceTimersByTime(0);
    expect(frames).toEqual([0]);
    pacer.request(urgent);
    pacer.request(urgent);
    vi.advanceTimersByTime(gap - 1);
    expect(frames).toEqual([0]);
    vi.advanceTimersByTime(10_000);
    expect(frames).toEqual([0, gap]);
  });

  it('that waits is brought forward by a key, and not put off by what happens', () => {
    const { frames, pacer } = rig();
    pacer.paintNow();
    pacer.request(false);
    pacer.request(true);
    pacer.request(false);
    vi.advanceTimersByTime(1000);
    expect(frames).toEqual([0, 34]);
  });

  it('comes when a text changes that shows time, not within a tenth of a second', () => {
    const { frames, pacer, next, began } = rig();
    next.wakeAt = began + 1000;
    pacer.paintNow();
    vi.advanceTimersByTime(999);
    expect(frames).toEqual([0]);
    next.wakeAt = began + 1001;
    vi.advanceTimersByTime(200);
    expect(frames).toEqual([0, 1000, 1100]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['a calm one of 4 ms', 4, false, 100],
    ['a calm one of 12 ms, a twentieth of a core', 12, false, 240],
    ['a calm one of 90 ms, however slow the machine is', 90, false, 500],
    ['one of 12 ms after a key', 12, true, 34],
  ])('comes again, where something happens all the time: %s', (_, costMs, urgent, gap) => {
    const { frames, pacer, next } = rig();
    next.costMs = costMs;
    for (let step = 0; step < 20_000; step += 1) {
      pacer.request(urgent);
      vi.advanceTimersByTime(1);
    }
    const [last = 0, before = 0] = frames.toReversed();
    expect(Math.abs(last - before - gap)).toBeLessThan(3);
  });

  it('is painted once where it is painted at once', () => {
    const { frames, pacer } = rig();
    pacer.request(false);
    pacer.paintNow();
    vi.advanceTimersByTime(1000);
    expect(frames).toEqual([0]);
  });

  it('comes no more after the end', () => {
    const { frames, pacer } = rig();
    pacer.request(true);
    pacer.close();
    pacer.request(true);
    pacer.paintNow();
    vi.advanceTimersByTime(1000);
    expect(frames).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is looked for once an hour at least, and comes at once where the clock was set back', () => {
    const { frames, pacer, next, began } = rig();
    next.wakeAt = began + 1e10;
    pacer.paintNow();
    vi.advanceTimersByTime(3_600_000);
    expect(frames).toEqual([0, 3_600_000]);
    vi.setSystemTime(began - 50_000_000);
    pacer.request(false);
    vi.advanceTimersByTime(100);
    expect(frames).toHaveLength(3);
  });
});
