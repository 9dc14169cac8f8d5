import { expect, test } from 'vitest';
import {
  type Alarm,
  dropped,
  failed,
  noAlarm,
  recovered,
  type Said,
  spoken,
} from '../../src/reactions/alarm.js';
import { seeded } from '../support/random.js';

/** Lets time pass up to `until`, and collects what is said on the way. */
function play(alarm: Alarm, until: number): { alarm: Alarm; said: Said[] } {
  const said: Said[] = [];
  let now = alarm;
  while (now.dueAt !== null && now.dueAt <= until) {
    const step = spoken(now, now.dueAt);
    now = step.alarm;
    if (step.said !== null) said.push(step.said);
  }
  return { alarm: now, said };
}

const named = (said: readonly Said[]): string[] =>
  said.map((each) =>
    each.kind === 'recovered'
      ? 'recovered'
      : each.failing.map(({ function: name, env }) => `${name}@${env ?? '*'}`).join(' '),
  );

test('a burst of failures is told once, and the recovery once when all are recovered', () => {
  let alarm = failed(noAlarm, 'pay', ['dev', 'test'], 0);
  alarm = failed(alarm, 'login', ['dev'], 500);
  alarm = failed(alarm, 'pay', ['dev'], 900);
  const first = play(alarm, 10_000);
  expect(named(first.said)).toEqual(['pay@dev pay@test login@dev']);
  alarm = failed(first.alarm, 'pay', ['dev', 'test'], 11_000);
  alarm = recovered(alarm, 'pay', 'dev', 12_000);
  alarm = recovered(alarm, 'login', 'dev', 12_100);
  expect(alarm.dueAt).toBeNull();
  expect(named(play(recovered(alarm, 'pay', 'test', 13_000), 13_000).said)).toEqual(['recovered']);
});

test('what is recovered before it was told is never told', () => {
  const alarm = recovered(failed(noAlarm, 'pay', ['dev'], 0), 'pay', 'dev', 1500);
  expect(play(alarm, 100_000).said).toEqual([]);
});

test('content that is good again says nothing of environments; live says both', () => {
  const told = play(failed(failed(noAlarm, 'pay', [null], 0), 'pay', ['dev'], 0), 5000).alarm;
  const good = recovered(told, 'pay', null, 6000);
  expect(good.failing.map(({ env }) => env)).toEqual(['dev']);
  expect(recovered(told, 'pay', 'dev', 6000).failing).toEqual([]);
  expect(dropped(told, 'pay', 6000).failing).toEqual([]);
});

test('a later failure puts off no word of an earlier one', () => {
  const first = failed(noAlarm, 'pay', ['dev'], 100);
  expect(first.dueAt).toBe(2100);
  expect(failed(first, 'login', ['dev'], 1500).dueAt).toBe(2100);
});

test('the end of what was told is told, though what came later was not', () => {
  const told = play(failed(noAlarm, 'pay', ['dev'], 0), 5000).alarm;
  const later = failed(told, 'pay', ['test'], 6000);
  expect(named(play(dropped(later, 'pay', 7000), 7000).said)).toEqual(['recovered']);
});

test('whatever happens: failures are told at most every 30 s, recoveries only after them, and nothing stays untold', () => {
  for (let seed = 0; seed < 500; seed += 1) {
    const { below: random } = seeded(seed);
    const story = `seed ${seed}`;
    let alarm = noAlarm;
    let now = 0;
    let lastFailure = Number.NEGATIVE_INFINITY;
    let owed = false;
    const hear = (until: number): void => {
      while (alarm.dueAt !== null && alarm.dueAt <= until) {
        const at = alarm.dueAt;
        const step = spoken(alarm, at);
        alarm = step.alarm;
        if (step.said?.kind === 'failed') {
          expect(at - lastFailure, story).toBeGreaterThanOrEqual(30_000);
          expect(step.said.failing.length, story).toBeGreaterThan(0);
          lastFailure = at;
          owed = true;
        } else {
          expect(owed, story).toBe(true);
          owed = false;
        }
      }
    };
    for (let step = 0; step < 40; step += 1) {
      now += random(20_000);
      hear(now);
      const name = `f${random(3)}`;
      const env = ['a', 'b', null][random(3)] ?? null;
      const kind = random(5);
      if (kind < 2) alarm = failed(alarm, name, [env], now);
      else if (kind < 4) alarm = recovered(alarm, name, env, now);
      else alarm = dropped(alarm, name, now);
    }
    hear(now + 60_000);
    expect(
      alarm.failing.every(({ told }) => told),
      story,
    ).toBe(true);
    for (const name of ['f0', 'f1', 'f2']) alarm = dropped(alarm, name, now + 60_000);
    hear(now + 60_000);
    expect(owed, story).toBe(false);
    expect(alarm, story).toMatchObject({ failing: [], owesRecovery: false, dueAt: null });
  }
});

test('failures that come within 30 s of a report are reported right after that, together', () => {
  const first = play(failed(noAlarm, 'pay', ['dev'], 0), 2000);
  expect(first.alarm.quietUntil).toBe(32_000);
  const later = failed(first.alarm, 'login', ['dev'], 5000);
  expect(later.dueAt).toBe(32_000);
  const second = play(failed(later, 'order', ['dev'], 20_000), 32_000);
  expect(named(second.said)).toEqual(['login@dev order@dev']);
  expect(second.alarm.quietUntil).toBe(62_000);
  // The next one is only gathered, once that time is over.
  expect(failed(second.alarm, 'cart', ['dev'], 70_000).dueAt).toBe(72_000);
});

test('a recovery is owed also while another failure is reported', () => {
  const first = play(failed(noAlarm, 'pay', ['dev'], 0), 2000).alarm;
  const partly = recovered(failed(first, 'login', ['dev'], 3000), 'pay', 'dev', 4000);
  const second = play(partly, 40_000).alarm;
  expect(second.owesRecovery).toBe(true);
  expect(named(play(recovered(second, 'login', 'dev', 50_000), 60_000).said)).toEqual(['recovered']);
});
