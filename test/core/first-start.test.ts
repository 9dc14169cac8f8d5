/** The subject of the question of a first start: only what this project has never sent. */
import { describe, expect, it } from 'vitest';
import {
  isCloudAsked,
  isFirstLookDone,
  lookedAt,
  overwrittenBy,
  replacedBy,
} from '../../src/core/first-start.js';
import { ledgerOf } from '../../src/core/remembered.js';
import { exitCodeOf, isAtRest, pendingOf } from '../../src/core/standing.js';
import type { Hold } from '../../src/model/nouns.js';
import { wordOfReason } from '../../src/text/standing.js';
import { configured, failure } from './make.js';
import { Play, row } from './play.js';

/** Nothing goes to these before a person has answered. */
function ask(play: Play, asking: readonly string[]): void {
  play.feed({ type: 'ask', at: play.now, asking });
}

/** The functions that the next start, after whatever happened to this one, would ask about. */
function askedNext(before: Play): string[] {
  const next = new Play({ ledger: ledgerOf(before.state) });
  ask(next, ['dev']);
  next.greet([row('pay', 'somebody')]);
  return overwrittenBy(next.state, ['dev']).map((standing) => standing.function);
}

it('is about what is in the cloud and in no ledger', () => {
  const play = new Play();
  ask(play, ['dev']);
  play.greet([row('pay', 'somebody')]);
  expect(overwrittenBy(play.state, ['dev'])).toHaveLength(1);
  expect(askedNext(play)).toEqual(['pay']);
});

it('is still about what was packed after a yes that was taken back before it went', () => {
  const play = new Play({ holdsPacking: true });
  ask(play, ['dev']);
  play.greet([row('pay', 'somebody')]);
  play.feed({ type: 'allow', at: play.now, id: 'yes', envs: ['dev'], functions: null });
  const packed = play.push();
  expect(askedNext(play)).toEqual([]);
  play.feed({ type: 'revoke', at: play.now, id: 'yes' });
  play.notSent(packed);
  expect(overwrittenBy(play.state, ['dev'])).toHaveLength(1);
  expect(askedNext(play)).toEqual(['pay']);
});

it('names no protected environment that was just refused', () => {
  const others = [row('pay', 'somebody')];
  const started = (isAllowed: boolean): string[] => {
    const play = new Play({ envs: ['dev', 'prod'] });
    const envs = ['dev', 'prod'].map((id) => ({ id, protected: id === 'prod' }));
    play.feed({ ...configured(play.now, ['pay'], ['dev', 'prod']), envs, cloudChanged: false });
    const allowed = isAllowed ? ['prod'] : [];
    play.feed({ type: 'allow', at: play.now, id: 'yes', envs: allowed, functions: null });
    ask(play, ['dev', 'prod']);
    play.tokenRead();
    play.listed('dev', others);
    play.listed('prod', others);
    const overwritten = overwrittenBy(play.state, ['dev', 'prod']);
    expect(overwritten).toHaveLength(2);
    return replacedBy(play.state, overwritten).map(({ env }) => env);
  };
  expect(started(false)).toEqual(['dev']);
  expect(started(true)).toEqual(['dev', 'prod']);
});

it('is not answered by a yes that came before it', () => {
  const play = new Play();
  play.feed({ type: 'allow', at: play.now, id: 'yes', envs: ['dev'], functions: null });
  ask(play, ['dev']);
  play.greet([row('pay', 'somebody')]);
  expect(play.pushes()).toEqual([]);
  play.feed({ type: 'allow', at: play.now, id: 'yes', envs: ['dev'], functions: null });
  expect(play.push().function).toBe('pay');
});

it('is not about what was on its way when the process died', () => {
  const play = new Play();
  play.greet([]);
  play.push();
  expect(askedNext(play)).toEqual([]);
});

it('is not about what a broken connection has put in doubt, however often it is started', () => {
  const play = new Play();
  play.greet([]);
  play.fail(play.push(), failure({ class: 'transient', origin: 'broken' }));
  expect(askedNext(play)).toEqual([]);
  const second = new Play({ ledger: ledgerOf(play.state) });
  expect(askedNext(second)).toEqual([]);
});

it('forgets no deployment that goes on: it is followed, not sent again', () => {
  const play = new Play();
  play.greet([]);
  play.accept(play.push());
  const next = new Play({ ledger: ledgerOf(play.state) });
  next.greet([row('pay', 'after')]);
  expect(next.pushed()).toBe(0);
});

it('needs no answer of an environment to which everything was sent before', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.greet([]);
  play.accept(play.push());
  const next = new Play({ envs: ['dev', 'test'], ledger: ledgerOf(play.state) });
  ask(next, ['dev', 'test']);
  expect(isFirstLookDone(next.state)).toBe(true);
  const wider = new Play({ envs: ['dev', 'test', 'staging'], ledger: ledgerOf(play.state) });
  ask(wider, ['dev', 'test', 'staging']);
  expect(isFirstLookDone(wider.state)).toBe(false);
});

describe('an environment that cannot be asked yet', () => {
  const others = [row('pay', 'somebody')];

  it('is asked about once it answers, and gets nothing before; the others go on', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    ask(play, ['dev', 'test']);
    play.tokenRead();
    play.listed('dev', []);
    expect(isFirstLookDone(play.state)).toBe(false);
    play.listFails('test', failure());
    expect(isFirstLookDone(play.state)).toBe(true);
    expect(lookedAt(play.state)).toEqual(['dev']);
    ask(play, ['test']);
    expect(play.push().envs).toEqual(['dev']);
    play.accept(play.push());
    play.pass(60_000);
    play.listed('test', others);
    expect(lookedAt(play.state)).toEqual(['test']);
    expect(overwrittenBy(play.state, ['test'])).toHaveLength(1);
    expect(play.pushed()).toBe(1);
    ask(play, []);
    expect(play.push().envs).toEqual(['test']);
  });

  it('is not asked about any more once somebody else allowed it', () => {
    const play = new Play();
    ask(play, ['dev']);
    play.greet(others);
    expect(play.pushed()).toBe(0);
    play.feed({ type: 'allow', at: play.now, id: 'push', envs: ['dev'], functions: null });
    expect(play.pushed()).toBe(1);
  });

  it('keeps the others waiting no longer where there is no token, and is not looked at then', () => {
    const play = new Play();
    ask(play, ['dev']);
    play.tokenEnds({ ok: false, problem: 'file-missing' });
    expect([exitCodeOf(play.state), isAtRest(play.state)]).toEqual([2, true]);
    expect(isFirstLookDone(play.state)).toBe(true);
    expect(lookedAt(play.state)).toEqual([]);
    play.feed({ type: 'token-source-changed', at: play.now });
    play.greet(others);
    expect(play.pushed()).toBe(0);
    expect(overwrittenBy(play.state, lookedAt(play.state))).toHaveLength(1);
  });

  const rejected = failure({ class: 'token', errcode: 40014 });
  const unreachable = failure({ origin: 'unreachable', errcode: null, message: 'ENOTFOUND' });
  it.each<[string, (play: Play) => void, Partial<Hold>, code: number]>([
    ['its list is awaited', () => undefined, { reason: 'unlisted', scope: 'env' }, 1],
    ['its list fails', (play) => play.listFails('dev', failure()), { reason: 'unlisted', scope: 'env' }, 5],
    ['it refuses us', (play) => play.listFails('dev', failure({ class: 'env' })), { reason: 'refused' }, 2],
    ['there is no network', (play) => play.listFails('dev', unreachable), { reason: 'offline' }, 5],
    ['the token is refused', (play) => play.listFails('dev', rejected), { reason: 'token' }, 2],
  ])('has the reason for it where it stands, and gets nothing: %s', (_, happens, hold, code) => {
    const play = new Play();
    ask(play, ['dev']);
    play.tokenRead();
    happens(play);
    if (hold.reason === 'token') play.tokenRead({ changed: false });
    play.pass(60_000);
    expect(play.hold('pay', 'dev')).toMatchObject(hold);
    expect(exitCodeOf(play.state)).toBe(code);
    expect(play.pushed()).toBe(0);
  });

  it('counts what the quota keeps back meanwhile: it would go once there is one again', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    ask(play, ['dev', 'test']);
    play.tokenRead();
    play.listed('dev', others);
    play.listFails('test', failure({ class: 'quota' }));
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'protected', subject: 'asked' });
    expect(lookedAt(play.state)).toEqual(['dev']);
    expect(overwrittenBy(play.state, ['dev'])).toHaveLength(1);
  });

  it('never comes where its environment is refused, and a push by name lists it again and ends with that', () => {
    const play = new Play({ envs: ['dev'] });
    ask(play, ['dev']);
    play.tokenRead();
    const refused = failure({ class: 'env', message: 'env not exists' });
    play.listFails('dev', refused);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'refused' });
    play.feed({ type: 'retry', at: play.now, function: 'pay', env: 'dev' });
    expect(isAtRest(play.state)).toBe(false);
    play.listFails('dev', refused);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'refused', scope: 'env' });
    expect([isAtRest(play.state), exitCodeOf(play.state)]).toEqual([true, 4]);
  });

  it('is not called protected by what is left at the end', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    ask(play, ['dev', 'test']);
    play.greet(others);
    expect(new Set(pendingOf(play.state).map(({ reason }) => reason))).toEqual(new Set(['asked']));
    expect([wordOfReason('asked', 'en'), wordOfReason('asked', 'zh-CN')]).toEqual([
      'not confirmed',
      '待确认',
    ]);
  });
});

it('the cloud was asked when the files are read, and each environment has answered or cannot be asked', () => {
  const play = new Play({ envs: ['dev', 'test'], holdsScans: true });
  play.tokenRead();
  play.listed('dev', []);
  expect(isCloudAsked(play.state)).toBe(false);
  play.listFails('test', failure());
  expect(isCloudAsked(play.state)).toBe(false);
  play.endScans();
  expect(isCloudAsked(play.state)).toBe(true);
});

it('the cloud was not asked while an environment is waited for, though all files are read', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.tokenRead();
  play.listed('dev', []);
  expect(isCloudAsked(play.state)).toBe(false);
  play.listed('test', []);
  expect(isCloudAsked(play.state)).toBe(true);
});
