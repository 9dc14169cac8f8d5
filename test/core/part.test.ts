/** Timers: wanted and live like the code that they follow, in requests of their own. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/remembered.js';
import { exitCodeOf, isAtRest, pendingOf } from '../../src/core/standing.js';
import type { PartJob } from '../../src/model/event.js';
import { failure } from './make.js';
import { Play, type PlayOptions, row } from './play.js';

const minute = 60_000;
const accepted = { type: 'answered', requestMs: 1, failures: [] } as const;

/** The code is live, and the timers of these functions are to follow. */
function timed(options: PlayOptions = {}, names: readonly string[] = ['pay']): Play {
  const play = new Play({ names, ...options });
  for (const name of names) play.timers.set(name, 'daily');
  play.greet();
  for (let push = play.pushes()[0]; push !== undefined; push = play.pushes()[0]) play.accept(push);
  return play;
}

function only(play: Play): PartJob {
  const [job, ...more] = play.parts();
  if (job === undefined || more.length > 0) throw new Error(`${more.length + (job ? 1 : 0)} requests`);
  return job;
}

/** The first scan ends before the test can say what it finds. */
function wantTimers(play: Play, name: string, timers: string): void {
  play.timers.set(name, timers);
  const settled = { function: name, cause: 'change', savedAt: play.now, full: false, capped: false } as const;
  play.feed({ type: 'settled', at: play.now, functions: [settled] });
}

describe('timers', () => {
  it('go to an environment as soon as their code is live there, and are waited for', () => {
    const play = timed({ envs: ['dev', 'test'] });
    wantTimers(play, 'pay', 'daily');
    expect(play.parts()).toEqual([]);
    play.seeActive('new');
    const [dev, test] = play.parts();
    if (dev === undefined || test === undefined) throw new Error('not each gets its timers');
    expect(dev).toMatchObject({ function: 'pay', part: 'timers', envs: ['dev'], fingerprint: 'daily' });
    expect(test.envs).toEqual(['test']);
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'sending', part: 'timers' });
    for (const job of [dev, test]) {
      expect(isAtRest(play.state)).toBe(false);
      play.partEnds(job, accepted);
    }
    expect(play.phase('pay', 'dev').kind).toBe('live');
    expect(isAtRest(play.state)).toBe(true);
    expect(play.parts()).toEqual([]);
  });

  it('that change while their code is live go in one request', () => {
    expect(only(settled({ envs: ['dev', 'test'] })).envs).toEqual(['dev', 'test']);
  });
});

/** Live in every respect, in these environments. */
function settled(options: PlayOptions = {}): Play {
  const play = new Play(options);
  play.settle();
  wantTimers(play, 'pay', 'daily');
  return play;
}

describe('a request for timers', () => {
  it('that breaks is retried until it is accepted', () => {
    const play = settled({ jitter: () => 0.99 });
    for (let tries = 1; tries <= 20; tries += 1) {
      play.partEnds(only(play), { type: 'failed', failure: failure({ origin: 'broken', errcode: null }) });
      const { failed } = play.target('pay', 'dev').parts.timers;
      const waiting = { kind: 'waiting', part: 'timers', until: failed?.retryAt };
      expect(play.phase('pay', 'dev')).toMatchObject(waiting);
      expect(play.parts()).toEqual([]);
      play.pass(minute);
    }
    play.partEnds(only(play), accepted);
    // It began while the one before could still be carried out.
    play.partEnds(only(play), accepted);
    expect(play.phase('pay', 'dev').kind).toBe('live');
    play.pass(10 * minute);
    expect(play.parts()).toEqual([]);
  });

  it.each([
    ['broken', { origin: 'broken', errcode: null }, true],
    ['passed on', { origin: 'http', errcode: null, httpStatus: 502 }, true],
    ['refused for their number', { origin: 'http', errcode: null, httpStatus: 429 }, false],
    ['refused by the API', { errcode: -1 }, false],
  ] as const)(
    'that was %s may be carried out after newer ones: these are sent again then',
    (_, over, isLate) => {
      const play = settled();
      play.partEnds(only(play), { type: 'failed', failure: failure(over) });
      wantTimers(play, 'pay', 'hourly');
      play.pass(1000);
      play.partEnds(only(play), accepted);
      const { kind, until } = play.phase('pay', 'dev');
      expect(kind).toBe('live');
      expect(until !== null).toBe(isLate);
      expect(isAtRest(play.state)).toBe(true);
      play.pass(58 * 1000);
      expect(play.parts()).toEqual([]);
      play.pass(2000);
      expect(play.parts().map(({ fingerprint }) => fingerprint)).toEqual(isLate ? ['hourly'] : []);
      for (const job of play.parts()) play.partEnds(job, accepted);
      play.pass(10 * minute);
      expect(play.parts()).toEqual([]);
    },
  );

  it('that the cloud refuses is held with the reason, until they change or a person asks', () => {
    const play = settled();
    const refusal = failure({ class: 'function', errcode: 40_097 });
    play.partEnds(only(play), { type: 'failed', failure: refusal });
    play.pass(60 * minute);
    expect(play.parts()).toEqual([]);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'refused', part: 'timers', failure: refusal });
    expect(isAtRest(play.state)).toBe(true);
    expect(exitCodeOf(play.state)).toBe(5);
    expect(pendingOf(play.state)).toEqual([{ function: 'pay', env: 'dev', reason: 'refused' }]);
    play.feed({ type: 'retry', at: play.now, function: 'pay', env: null });
    play.partEnds(only(play), { type: 'failed', failure: refusal });
    wantTimers(play, 'pay', 'hourly');
    expect(only(play).fingerprint).toBe('hourly');
  });

  it('that one environment refuses is over for the others', () => {
    const play = settled({ envs: ['dev', 'test'] });
    const failures = [{ env: 'test', failure: failure({ class: 'busy', errcode: null }) }];
    play.partEnds(only(play), { ...accepted, failures });
    expect(play.phase('pay', 'dev').kind).toBe('live');
    expect(play.phase('pay', 'test')).toMatchObject({ kind: 'waiting', part: 'timers' });
    play.pass(minute);
    expect(only(play).envs).toEqual(['test']);
  });

  it('that fails as a whole is repeated one environment at a time', () => {
    const play = settled({ envs: ['dev', 'test'] });
    play.partEnds(only(play), { type: 'failed', failure: failure({ class: 'unknown', errcode: 9 }) });
    play.pass(minute);
    expect(play.parts().map(({ envs }) => envs)).toEqual([['dev'], ['test']]);
  });

  it('of several environments that hangs is given up, so that the others get theirs', () => {
    const play = settled({ envs: ['dev', 'test'] });
    play.pass(5001);
    expect(play.phase('pay', 'dev')).not.toMatchObject({ kind: 'sending', envs: ['dev', 'test'] });
    play.pass(minute);
    expect(play.parts().map(({ envs }) => envs)).toEqual([['dev'], ['test']]);
  });

  it('refused for the environment blocks it, and a whole one that is refused so is asked for one by one', () => {
    const play = settled({ envs: ['dev', 'test'] });
    const refusal = failure({ class: 'env', errcode: null });
    play.partEnds(only(play), { ...accepted, failures: [{ env: 'test', failure: refusal }] });
    expect(play.hold('pay', 'test')).toMatchObject({ reason: 'refused', part: 'timers', scope: 'env' });
    expect(play.phase('pay', 'dev').kind).toBe('live');
    const whole = settled({ envs: ['dev', 'test'] });
    whole.partEnds(only(whole), { type: 'failed', failure: refusal });
    expect(whole.parts().map(({ envs }) => envs)).toEqual([['dev'], ['test']]);
    for (const env of ['dev', 'test']) expect(whole.phase('pay', env).kind).toBe('sending');
  });

  it('is not sent a second time while the first is on its way, though the function is made anew meanwhile', () => {
    const play = settled({ settings: { createMissing: true } });
    const first = only(play);
    play.save('pay', 'pay-2');
    play.fail(play.push(), failure({ class: 'missing', errcode: null }));
    play.accept(play.push());
    play.seeActive('made anew');
    play.pass(1000);
    expect(play.parts()).toEqual([first]);
    play.partEnds(first, accepted);
  });

  it('finds that the disk wants others by now, and sends those', () => {
    const play = settled();
    play.partEnds(only(play), { type: 'not-sent', wanted: 'hourly' });
    expect(only(play).fingerprint).toBe('hourly');
    play.partEnds(only(play), { type: 'not-sent', wanted: null });
    expect(play.parts()).toEqual([]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it.each([
    ['token', failure({ class: 'token', errcode: 42_001 })],
    ['offline', failure({ origin: 'unreachable', errcode: null })],
    ['quota', failure({ class: 'quota', errcode: 45_009 })],
    ['config', failure({ class: 'config', errcode: 48_001 })],
    ['throttled', failure({ origin: 'http', errcode: null, retryAfterMs: minute })],
  ] as const)('that meets what concerns all holds all: %s', (reason, met) => {
    const play = settled();
    play.partEnds(only(play), { type: 'failed', failure: met });
    expect(play.parts()).toEqual([]);
    play.pass(3001);
    if (reason === 'token') play.tokenRead({ changed: false });
    const hold = play.hold('pay', 'dev');
    expect(hold === null ? play.phase('pay', 'dev') : hold).toMatchObject({ reason, part: 'timers' });
  });

  it('goes nowhere without consent, while paused, or after a stop', () => {
    const play = new Play();
    play.settle();
    play.feed({ type: 'pause', at: play.now, paused: true });
    wantTimers(play, 'pay', 'daily');
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'paused', part: 'timers' });
    expect(play.parts()).toEqual([]);
    play.feed({ type: 'stop', at: play.now });
    play.feed({ type: 'pause', at: play.now, paused: false });
    expect(play.parts()).toEqual([]);
  });
});

it('timers of an environment that is apart go together again once it has accepted something', () => {
  const play = settled({ envs: ['dev', 'test'] });
  play.partEnds(only(play), accepted);
  play.save('pay', 'pay-2');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  play.answer(play.push(), { test: failure({ errcode: null }) });
  play.pass(minute);
  play.accept(play.push());
  play.seeActive('new');
  wantTimers(play, 'pay', 'hourly');
  expect(only(play).envs).toEqual(['dev', 'test']);
});

it('what was accepted is known after a restart, and what was on its way is sent again', () => {
  const play = settled({ envs: ['dev', 'test'] });
  const waiting = ledgerOf(play.state);
  expect(waiting.map(({ parts }) => parts)).toEqual([undefined, undefined]);
  play.partEnds(only(play), accepted);
  const ledger = ledgerOf(play.state);
  expect(ledger.map(({ parts }) => parts)).toEqual([{ timers: 'daily' }, { timers: 'daily' }]);
  for (const [known, requests] of [
    [ledger, 0],
    [waiting, 1],
  ] as const) {
    const next = new Play({ envs: ['dev', 'test'], ledger: known });
    next.timers.set('pay', 'daily');
    next.greet([row('pay', 'settled')]);
    wantTimers(next, 'pay', 'daily');
    expect(next.parts()).toHaveLength(requests);
  }
});

it('timers go by themselves to an environment that is apart, and only while nothing else is on its way there', () => {
  const play = settled({ envs: ['dev', 'test'], names: ['pay', 'order'] });
  play.partEnds(only(play), accepted);
  play.save('order', 'order-2');
  for (const { env } of play.lists())
    play.listed(
      env,
      ['pay', 'order'].map((name) => row(name, 'settled')),
    );
  play.answer(play.push(), { test: failure({ errcode: null }) });
  play.pass(minute);
  const again = play.push();
  expect(again.envs).toEqual(['test']);
  wantTimers(play, 'pay', 'hourly');
  expect(only(play).envs).toEqual(['dev']);
  expect(play.phase('pay', 'test').kind).toBe('queued');
  play.accept(again);
  expect(play.parts().map(({ envs }) => envs)).toEqual([['dev'], ['test']]);
});

it('a part that is held does not hide that its code is to be looked at', () => {
  const play = new Play();
  play.settle();
  play.save('pay', 'pay-2');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  play.fail(play.push(), failure({ origin: 'broken', errcode: null }));
  const unsureUntil = play.target('pay', 'dev').unsureUntil;
  play.pass(1000);
  play.accept(play.push());
  play.seeActive('new');
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', until: unsureUntil });
  play.feed({ type: 'pause', at: play.now, paused: true });
  wantTimers(play, 'pay', 'daily');
  expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'paused', part: 'timers' });
  expect(unsureUntil).not.toBeNull();
  expect(play.phase('pay', 'dev').until).toBe(unsureUntil);
});

it('what is live changes next by whichever comes first: its look, or its timers once more', () => {
  const play = new Play();
  play.settle();
  play.save('pay', 'pay-2');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  const broken = failure({ origin: 'broken', errcode: null });
  play.fail(play.push(), broken);
  const { unsureUntil } = play.target('pay', 'dev');
  play.pass(1000);
  play.accept(play.push());
  play.seeActive('new');
  wantTimers(play, 'pay', 'daily');
  play.partEnds(only(play), { type: 'failed', failure: broken });
  play.pass(1000);
  play.partEnds(only(play), accepted);
  expect(play.target('pay', 'dev').parts.timers.unsureUntil).toBeGreaterThan(unsureUntil ?? 0);
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', until: unsureUntil });
});

it('a request that was on its way when the last run ended may be carried out late as well', () => {
  const play = settled();
  const ledger = ledgerOf(play.state);
  const next = new Play({ ledger });
  next.greet([row('pay', 'settled')]);
  wantTimers(next, 'pay', 'hourly');
  next.partEnds(only(next), accepted);
  expect(next.phase('pay', 'dev').kind).toBe('live');
  next.pass(minute);
  expect(only(next).fingerprint).toBe('hourly');
});

it('one request is on its way to an environment that was taken out and is back', () => {
  const play = settled({ envs: ['dev', 'test'] });
  const job = only(play);
  play.configure(['test']);
  play.configure(['dev', 'test']);
  play.listed('dev', [row('pay', 'settled')]);
  expect(play.parts()).toEqual([job]);
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'sending', part: 'timers' });
  play.partEnds(job, accepted);
  expect(play.phase('pay', 'dev').kind).toBe('live');
});

describe('what is accepted', () => {
  const refusal = failure({ class: 'env', errcode: null });

  it('shows that an environment takes requests again', () => {
    const play = settled({ envs: ['dev', 'test'] });
    play.partEnds(only(play), { ...accepted, failures: [{ env: 'test', failure: refusal }] });
    play.feed({ type: 'retry', at: play.now, function: 'pay', env: 'test' });
    play.partEnds(only(play), accepted);
    expect(play.state.envs.get('test')?.blocked).toBeNull();
  });

  it('shows that there is quota again', () => {
    const play = settled();
    play.partEnds(only(play), { type: 'failed', failure: failure({ class: 'quota', errcode: 45_009 }) });
    expect(play.state.quota).not.toBeNull();
    play.pass(1000);
    play.feed({ type: 'retry', at: play.now, function: 'pay', env: 'dev' });
    play.partEnds(only(play), accepted);
    expect(play.state.quota).toBeNull();
  });
});

it('timers of what somebody else deployed, and of what is adopted, stay as they are', () => {
  const entry = { function: 'pay', env: 'dev', sending: false, live: 'pay-1', liveSince: 1, verified: true };
  const nothing = { deploying: null, foreign: null, unsureUntil: null, goneSince: null };
  const adopted = { ...entry, ...nothing, modTime: 'theirs', sent: false };
  const play = new Play({ ledger: [adopted] });
  play.greet([row('pay', 'theirs')]);
  wantTimers(play, 'pay', 'daily');
  expect(play.phase('pay', 'dev').kind).toBe('live');
  expect(play.parts()).toEqual([]);
});

it('a forced upload brings the timers again', () => {
  const play = settled();
  play.partEnds(only(play), accepted);
  play.feed({ type: 'force', at: play.now, id: 'run', function: 'pay', env: null });
  play.accept(play.push());
  play.seeActive('new');
  expect(only(play).fingerprint).toBe('daily');
});

it('10,000 targets that want timers at once all get them, at the allowed rate, and uploads go first', {
  timeout: 180_000,
}, () => {
  const names = Array.from({ length: 1000 }, (_, index) => `fn-${index}`);
  const envs = Array.from({ length: 10 }, (_, index) => `env-${index}`);
  const live = { sending: false, liveSince: 1, verified: true, modTime: 'settled', sent: true };
  const nothing = { deploying: null, foreign: null, unsureUntil: null, goneSince: null };
  const ledger = names.flatMap((name) =>
    envs.map((env) => ({ function: name, env, live: `${name}-1`, ...live, ...nothing })),
  );
  const play = new Play({ names, envs, ledger, settings: { requestsPerSecond: 50, concurrency: 50 } });
  play.greet(names.map((name) => row(name, 'settled')));
  expect(isAtRest(play.state)).toBe(true);
  for (const name of names) play.timers.set(name, 'daily');
  const functions = names.map(
    (name) => ({ function: name, cause: 'change', savedAt: null, full: false, capped: false }) as const,
  );
  play.feed({ type: 'settled', at: play.now, functions });
  const from = play.begun.length;
  play.save('fn-7', 'fn-7-2');
  for (let rounds = 0; rounds < 2000 && !isAtRest(play.state); rounds += 1) {
    for (const job of play.parts()) play.partEnds(job, accepted);
    for (const job of play.pushes()) play.accept(job);
    for (const { env } of play.lists())
      play.listed(
        env,
        names.map((name) => row(name, name === 'fn-7' ? 'new' : 'settled')),
      );
    play.pass(100);
  }
  const begun = play.begun.slice(from).filter(({ job }) => job.type !== 'scan');
  const parts = begun.filter(({ job }) => job.type === 'part');
  expect(isAtRest(play.state)).toBe(true);
  expect(parts.length).toBeLessThanOrEqual(1001);
  const pushedAfter = begun.findIndex(({ job }) => job.type === 'push');
  expect(pushedAfter).toBeLessThanOrEqual(60);
  for (const fn of play.state.functions.values())
    for (const target of fn.targets.values()) expect(target.parts.timers.live).toBe('daily');
});
