/** When the cloud is asked what of its quotas is used, and what follows from the answers. */
import { describe, expect, it } from 'vitest';
import { fullestMeter, usedUpAt } from '../../src/core/quotas.js';
import { rateOf } from '../../src/core/requests.js';
import type { QuotaOutcome } from '../../src/model/event.js';
import { meteredCalls } from '../../src/model/nouns.js';
import { failure } from './make.js';
import { Play } from './play.js';

const hour = 60 * 60_000;
const none: QuotaOutcome = { ok: true, quota: { limit: 0, used: 0, perSecond: null } };
const of = (used: number, limit: number, perSecond: number | null = null): QuotaOutcome => ({
  ok: true,
  quota: { limit, used, perSecond },
});
const overQuota = failure({ class: 'quota', errcode: 45009 });

function watched(options: ConstructorParameters<typeof Play>[0] = {}): Play {
  const play = new Play(options);
  play.feed({ type: 'ask-quotas', at: play.now });
  return play;
}

/** Everything is live, and every quota was asked for once. */
function settled(outcome = none, options: ConstructorParameters<typeof Play>[0] = {}): Play {
  const play = watched(options);
  play.settle();
  rest(play);
  for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas()) {
    play.quotaEnds(job, outcome);
    rest(play);
  }
  return play;
}

/** Lists come, and seconds pass. */
function rest(play: Play): void {
  for (let round = 0; round < 20; round += 1) play.seeActive('settled');
}

const asked = (play: Play): number => play.begun.filter(({ job }) => job.type === 'quota').length;

describe('it is asked', () => {
  it('of each call, one after the other, once all is live', () => {
    const play = watched();
    play.greet();
    expect(asked(play)).toBe(0);
    play.accept(play.push());
    play.seeActive('now');
    play.pass(2000);
    expect(play.quotas().map(({ call }) => call)).toEqual([meteredCalls[0]]);
    play.quotaEnds(play.quotas()[0], none);
    expect(play.quotas().map(({ call }) => call)).toEqual([meteredCalls[1]]);
  });

  it('not where nobody watches', () => {
    const play = new Play();
    play.settle();
    play.pass(3 * hour);
    expect(asked(play)).toBe(0);
  });

  it('again after an hour, also where it could not be told', () => {
    const play = settled({ ok: false, failure: failure({ class: 'token', errcode: 40001 }) });
    expect(asked(play)).toBe(3);
    expect(play.state.token.status).toBe('ready');
    const first = play.begun.find(({ job }) => job.type === 'quota')?.at ?? 0;
    play.pass(first + hour - play.now - 1);
    expect(asked(play)).toBe(3);
    play.pass(2);
    expect(asked(play)).toBe(4);
  });

  it('at once when a quota is used up, and not at each of the refusals', () => {
    const play = settled();
    play.save('pay', 'pay-2');
    play.fail(play.push(), overQuota);
    rest(play);
    expect(asked(play)).toBe(4);
    for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas())
      play.quotaEnds(job, of(500, 500));
    play.pass(play.state.settings.waits.quotaMs);
    play.fail(play.push(), overQuota);
    rest(play);
    expect(asked(play)).toBe(6);
    expect(play.hold('pay', 'dev')?.reason).toBe('quota');
  });

  it('anew of another cloud', () => {
    const play = settled(of(7, 10));
    expect(fullestMeter(play.state)).not.toBeNull();
    play.moveCloud();
    expect(fullestMeter(play.state)).toBeNull();
    play.settle();
    rest(play);
    expect(asked(play)).toBe(4);
  });

  it('never in the way of an upload', () => {
    const play = settled(none, { settings: { requestsPerSecond: 2 } });
    play.pass(hour - 60_000);
    play.save('pay', 'pay-2');
    const push = play.push();
    play.pass(60_000);
    expect(asked(play)).toBe(3);
    // And a save during the question goes at once.
    play.accept(push);
    rest(play);
    expect(play.quotas()).toHaveLength(1);
    play.pass(1000);
    play.save('pay', 'pay-3');
    expect(play.pushes()).toHaveLength(1);
  });
});

describe('the rate', () => {
  it('is lowered to what is published, and never raised', () => {
    const play = settled(of(0, 0, 2), { settings: { requestsPerSecond: 10 } });
    expect(rateOf(play.state)).toBe(2);
    play.pass(hour);
    for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas())
      play.quotaEnds(job, of(0, 0, 500));
    play.pass(5000);
    for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas())
      play.quotaEnds(job, of(0, 0, 500));
    expect(rateOf(play.state)).toBe(10);
  });
});

/** In milliseconds since midnight of some day in Beijing. */
const midnight = Date.UTC(2026, 10, 28, 16);
const sample = (used: number, hours: number) => ({
  quota: { limit: 1000, used, perSecond: null },
  at: midnight + hours * hour,
});

describe('the forecast', () => {
  it.each<readonly [string, number, number, readonly [number, number] | null, number | null]>([
    ['half or less', 500, 12, null, null],
    ['half or less, though in one hour', 450, 1, null, null],
    ['at the pace of the day', 600, 12, null, 20],
    ['it lasts for the day', 510, 20, null, null],
    ['at the pace of the last hour, which is faster', 600, 12, [400, 11], 14],
    ['the last hour was slower', 600, 12, [599, 11], 20],
    ['used up', 1000, 12, null, 12],
    ['a sample of yesterday says nothing', 600, 12, [500, -1], 20],
    ['up to the last hour of the day', 990, 23, null, 23],
  ])('%s', (_, used, at, earlier, expected) => {
    const ends = usedUpAt({
      last: sample(used, at),
      earlier: earlier === null ? null : sample(earlier[0], earlier[1]),
    });
    expect(ends === null ? null : Math.round((ends - midnight) / hour)).toBe(expected);
  });

  it('looks at how much the last hour took, and at nothing of the day before', () => {
    const play = settled(of(100, 1000));
    const [call] = meteredCalls;
    const samples = (): readonly (number | undefined)[] => {
      const meter = play.state.meters.get(call);
      return [meter?.earlier?.quota.used, meter?.last?.quota.used];
    };
    const anHourLater = (used: number): void => {
      play.pass(hour);
      for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas())
        play.quotaEnds(job, of(used, 1000));
    };
    expect(samples()).toEqual([undefined, 100]);
    anHourLater(600);
    expect(samples()).toEqual([100, 600]);
    anHourLater(700);
    expect(samples()).toEqual([600, 700]);
    anHourLater(3);
    expect(samples()).toEqual([undefined, 3]);
  });

  it('is none where no limit is published', () => {
    const quota = { limit: 0, used: 900, perSecond: null };
    expect(usedUpAt({ last: { quota, at: midnight + hour }, earlier: null })).toBeNull();
  });

  it('takes two samples that are minutes apart for one', () => {
    const play = settled(of(100, 1000));
    play.pass(hour);
    for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas())
      play.quotaEnds(job, of(600, 1000));
    play.save('pay', 'pay-2');
    play.fail(play.push(), overQuota);
    rest(play);
    expect(play.quotas()).not.toEqual([]);
    for (let [job] = play.quotas(); job !== undefined; [job] = play.quotas())
      play.quotaEnds(job, of(620, 1000));
    const { earlier, last } = play.state.meters.get(meteredCalls[0]) ?? {};
    expect([earlier?.quota.used, last?.quota.used]).toEqual([100, 620]);
  });

  it('right after midnight is no alarm about the first minute', () => {
    expect(usedUpAt({ last: sample(600, 0), earlier: null })).not.toBeNaN();
  });
});

it.each([
  [[900, 100], 0],
  [[100, 900], 1],
  [[500, 500], 0],
])('of quotas that are used up to %j of 1,000, the fullest counts', (used, fullest) => {
  const play = settled();
  const calls = meteredCalls.slice(0, used.length);
  const meters = new Map(
    calls.map((call, at) => {
      const last = { at: 1, quota: { limit: 1000, used: used[at] ?? 0, perSecond: null } };
      return [call, { dueAt: 1, asking: null, last, earlier: null, failed: null }] as const;
    }),
  );
  expect(fullestMeter({ ...play.state, meters })?.call).toBe(calls[fullest]);
});
