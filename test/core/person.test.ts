/** A person's wish concerns its own subject, and ends with it. */
import { describe, expect, it } from 'vitest';
import { wakeAt } from '../../src/core/plan.js';
import { isAtRest } from '../../src/core/standing.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const minute = 60_000;
const quota = failure({ class: 'quota', errcode: 45_009 });
const peace = failure({ origin: 'http', errcode: null, httpStatus: 503, retryAfterMs: minute });
const forbidden = failure({ class: 'env', errcode: null, message: 'not yours' });

function retry(play: Play, name: string | null, env: string | null = null): void {
  play.feed({ type: 'retry', at: play.now, function: name, env });
}

/** These functions are live and change; the looks that a change brings have ended. */
function changed(names: readonly string[], concurrency: number): Play {
  const play = new Play({ names, settings: { concurrency } });
  play.settle();
  play.pass(minute);
  play.feed({ type: 'pause', at: play.now, paused: true });
  for (const name of names) play.save(name, `${name}-2`);
  const rows = names.map((name) => row(name, 'settled'));
  for (let list = play.lists()[0]; list !== undefined; list = play.lists()[0]) play.listed(list.env, rows);
  play.feed({ type: 'pause', at: play.now, paused: false });
  return play;
}

/** Two functions are live and have changed; the one that went first met this. */
function met(whole: typeof quota): Play {
  const play = changed(['login', 'pay'], 1);
  play.fail(play.push(), whole);
  return play;
}

describe.each([
  ['a used-up quota', 'quota', quota],
  ['a Retry-After', 'throttled', peace],
] as const)('a retry of one function under %s', (_, reason, whole) => {
  it('sends that one, and keeps the others waiting', () => {
    const play = met(whole);
    retry(play, 'pay');
    expect(play.push().function).toBe('pay');
    expect(play.hold('login', 'dev')?.reason).toBe(reason);
    play.fail(play.push(), whole);
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')?.reason).toBe(reason);
  });

  it('and of all functions sends all', () => {
    const play = met(whole);
    retry(play, null);
    play.accept(play.push());
    expect(play.pushes()).toHaveLength(1);
  });
});

it('a quota that a retried function finds to be there again holds nobody any more', () => {
  const play = met(quota);
  play.pass(1);
  retry(play, 'pay');
  play.accept(play.push());
  expect(play.push().function).toBe('login');
});

it('what was accepted although it began before the quota was used up says nothing about it', () => {
  const play = changed(['login', 'pay', 'order'], 2);
  const [first, second] = play.pushes();
  if (first === undefined || second === undefined) throw new Error('two go at once');
  play.fail(first, quota);
  play.accept(second);
  expect(play.pushes()).toEqual([]);
});

describe('an environment that refuses us', () => {
  function refused(): Play {
    const play = changed(['order', 'login', 'pay'], 1);
    play.answer(play.push(), { dev: forbidden });
    return play;
  }

  it('is put to the test by a retry of one function, alone', () => {
    const play = refused();
    retry(play, 'pay');
    expect(play.push().function).toBe('pay');
    play.answer(play.push(), { dev: forbidden });
    expect(play.pushes()).toEqual([]);
    expect(play.hold('login', 'dev')?.reason).toBe('refused');
  });

  it('is open again for all as soon as it accepts one', () => {
    const play = refused();
    retry(play, 'pay');
    play.accept(play.push());
    expect(play.hold('login', 'dev')).toBeNull();
  });

  it('costs one more refusal where all of it is asked for', () => {
    const play = refused();
    retry(play, null, 'dev');
    play.answer(play.push(), { dev: forbidden });
    expect(play.pushes()).toEqual([]);
  });
});

it('a retry of one function sends nothing through what nobody can pass: no network, a refused token', () => {
  const play = met(failure({ origin: 'unreachable', errcode: null }));
  retry(play, 'pay');
  expect(play.pushes()).toEqual([]);
  expect(play.probes()).toHaveLength(1);
});

describe('what was forced', () => {
  const force = (play: Play, id: string): void =>
    play.feed({ type: 'force', at: play.now, id, function: 'pay', env: null });

  it('is so no longer once that push is over', () => {
    const play = new Play();
    play.settle();
    play.feed({ type: 'pause', at: play.now, paused: true });
    force(play, 'push-1');
    expect(play.hold('pay', 'dev')?.reason).toBe('paused');
    play.feed({ type: 'revoke', at: play.now, id: 'push-1' });
    play.feed({ type: 'pause', at: play.now, paused: false });
    expect(play.pushes()).toEqual([]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('stays so when something else is over', () => {
    const play = new Play();
    play.settle();
    play.feed({ type: 'pause', at: play.now, paused: true });
    force(play, 'push-1');
    play.feed({ type: 'revoke', at: play.now, id: 'push-2' });
    play.feed({ type: 'pause', at: play.now, paused: false });
    expect(play.push().cause).toBe('forced');
  });
});

it('what an environment took before it was ever listed is live, unverified, and not at rest', () => {
  const play = new Play({ jitter: () => 0.99 });
  play.tokenRead();
  const broken = failure({ errcode: 45_011 });
  for (let ms = 0; ms <= 10_000; ms += 100) {
    for (const { env } of play.lists()) play.listFails(env, broken);
    play.pass(100);
  }
  play.accept(play.push());
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: false, asked: false });
  expect(isAtRest(play.state)).toBe(false);
  play.pass(40_000);
  play.listed('dev', [row('pay', 'new')]);
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: true, asked: true });
  expect(isAtRest(play.state)).toBe(true);
});

it('what was accepted a moment before the first list is looked at once more: the old code may be what is listed', () => {
  const play = new Play({ jitter: () => 0 });
  play.tokenRead();
  // The first list hangs.
  play.pass(10_000);
  play.accept(play.push());
  play.pass(1000);
  play.listed('dev', [row('pay', 'old')]);
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: false, asked: true });
  play.pass(3000);
  play.listed('dev', [row('pay', 'new')]);
  play.pass(1000);
  play.seeActive('new');
  expect(play.target('pay', 'dev')).toMatchObject({ live: 'pay-1', verified: true });
});

it('what is asked for past a used-up quota is held by what the quota hid, and that is woken for', () => {
  const play = met(quota);
  retry(play, 'pay');
  play.fail(play.push(), failure({ class: 'token', errcode: 42_001 }));
  retry(play, 'pay');
  const { until } = play.phase('pay', 'dev');
  expect(play.hold('pay', 'dev')?.reason).toBe('token');
  const at = wakeAt(play.state);
  expect(until).not.toBeNull();
  expect(at).not.toBeNull();
  expect(at ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(until ?? 0);
});

it('what is asked for in an environment that refuses us from the first list on goes there at once', () => {
  const play = new Play();
  play.tokenRead();
  play.listFails('dev', forbidden);
  expect(play.hold('pay', 'dev')?.reason).toBe('refused');
  retry(play, 'pay');
  expect(play.push()).toMatchObject({ function: 'pay', operation: 'update' });
});

describe('a retry of what is live', () => {
  const theirs = (play: Play): void => {
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'theirs')]);
  };

  it('asks its environments what they run, once: that is how a colleague’s deployment is seen at rest', () => {
    const play = new Play();
    play.settle();
    play.pass(10 * minute);
    expect(play.lists()).toEqual([]);
    retry(play, 'pay');
    expect(play.lists().length).toBeGreaterThan(0);
    theirs(play);
    expect(play.hold('pay', 'dev')?.reason).toBe('foreign');
    play.pass(10 * minute);
    expect(play.lists()).toEqual([]);
  });

  it('asks the environment that it names, and no other', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.settle();
    play.pass(10 * minute);
    retry(play, null, 'test');
    expect(play.lists().map(({ env }) => env)).toEqual(['test']);
  });

  it('asks nobody where deployments are not looked at', () => {
    const play = new Play({ settings: { verify: false } });
    play.settle();
    play.pass(10 * minute);
    retry(play, 'pay');
    expect(play.lists()).toEqual([]);
  });
});
