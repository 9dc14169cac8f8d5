/** Times as texts, and when each text changes. */
import { describe, expect, it } from 'vitest';
import {
  clockTime,
  countdown,
  duration,
  earlier,
  elapsed,
  nextCountdownChange,
  nextElapsedChange,
} from '../../src/text/time.js';

const [second, minute, hour] = [1000, 60_000, 3_600_000];

it.each([
  [0, '0 ms', '0 毫秒'],
  [999.4, '999 ms', '999 毫秒'],
  [999.5, '1.0 s', '1.0 秒'],
  [2400, '2.4 s', '2.4 秒'],
  [59_949, '59.9 s', '59.9 秒'],
  [59_950, '1 min', '1 分钟'],
  [90_000, '2 min', '2 分钟'],
  [89_999, '1 min', '1 分钟'],
])('%d ms took %s', (ms, en, zh) => {
  expect([duration(ms, 'en'), duration(ms, 'zh-CN')]).toEqual([en, zh]);
});

it.each([
  [-5, '0 s', '0 s'],
  [0, '0 s', '0 s'],
  [1, '1 s', '0 s'],
  [second, '1 s', '1 s'],
  [second + 1, '2 s', '1 s'],
  [minute - 1, '60 s', '59 s'],
  [minute, '60 s', '1 min'],
  [minute + 1, '2 min', '1 min'],
  [hour, '60 min', '60 min'],
  [hour + 1, '1 h 1 min', '60 min'],
  [2 * hour, '2 h', '120 min'],
  [2 * hour + 5 * minute, '2 h 5 min', '125 min'],
  [2 * hour - 1, '2 h', '119 min'],
])('%d ms to come are %s, gone %s', (ms, toCome, gone) => {
  expect([countdown(ms, 'en'), elapsed(ms, 'en')]).toEqual([toCome, gone]);
});

describe('the next change', () => {
  const moments = [1, 500, 1000, 1001, 59_000, 59_999, 60_000, 60_001, 61_000, 119_999, 120_000, 3_600_001];

  it.each(moments)(
    'of what is %d ms ahead comes at once after the text has changed, and never before',
    (left) => {
      const [until, now] = [10_000_000, 10_000_000 - left];
      const at = nextCountdownChange(until, now) ?? Number.NaN;
      expect(at).toBeGreaterThan(now);
      expect(countdown(until - at, 'en')).not.toBe(countdown(left, 'en'));
      expect(countdown(until - (at - 1), 'en')).toBe(countdown(left, 'en'));
    },
  );

  it('of what is over never comes', () => {
    expect([nextCountdownChange(5, 5), nextCountdownChange(5, 6)]).toEqual([null, null]);
  });

  it.each([0, ...moments])('of what has lasted %d ms', (gone) => {
    const [since, now] = [10_000_000, 10_000_000 + gone];
    const at = nextElapsedChange(since, now);
    expect(at).toBeGreaterThan(now);
    expect(elapsed(at - since, 'en')).not.toBe(elapsed(gone, 'en'));
    expect(elapsed(at - 1 - since, 'en')).toBe(elapsed(gone, 'en'));
  });

  it('of what begins later is its first second', () => {
    expect(nextElapsedChange(5000, 1000)).toBe(6000);
  });
});

it('has a date where it was another day', () => {
  const at = (...parts: [number, number, number, number, number, number]): number =>
    new Date(...parts).getTime();
  const now = at(2026, 2, 31, 14, 3, 12);
  expect(clockTime(now, now)).toBe('14:03:12');
  expect(clockTime(at(2026, 2, 31, 0, 0, 0), now)).toBe('00:00:00');
  expect(clockTime(at(2026, 2, 31, 23, 59, 59), now)).toBe('23:59:59');
  expect(clockTime(at(2026, 3, 1, 0, 0, 0), now)).toBe('04-01 00:00');
  expect(clockTime(at(2026, 2, 30, 23, 59, 59), now)).toBe('03-30 23:59');
  expect(clockTime(at(2026, 10, 9, 10, 10, 9), now)).toBe('11-09 10:10');
  // Another day is asked for, and the first one again.
  expect(clockTime(at(2026, 3, 1, 1, 2, 3), at(2026, 3, 1, 9, 0, 0))).toBe('01:02:03');
  expect(clockTime(now, now)).toBe('14:03:12');
});

it('the earlier of two moments, of which either may be never', () => {
  expect([earlier(1, 2), earlier(2, 1), earlier(null, 2), earlier(1, null), earlier(null, null)]).toEqual([
    ...[1, 1, 2, 1, null],
  ]);
});
