/** An upload that broke without an answer may be carried out after what was sent since: one more look shows it. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/remembered.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const broken = failure({ origin: 'broken', errcode: null, message: 'TIMED_OUT' });

/** pay-2 broke, then pay-3 was saved, accepted and seen to run, a second later. */
function replaced(how: Parameters<Play['fail']>[1] = broken, over = {}): Play {
  const play = new Play({ settings: over });
  play.settle();
  play.save('pay', 'pay-2');
  play.fail(play.push(), how);
  play.save('pay', 'pay-3');
  play.pass(700);
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  play.accept(play.push());
  play.seeActive('after');
  return play;
}

/** When the environment is asked while nothing is answered but this, in ms since the break. */
function looks(play: Play, modTime: string, forMs: number, status = 'Active'): number[] {
  const from = (play.target('pay', 'dev').unsureUntil ?? play.now) - 60_000;
  const times: number[] = [];
  for (const until = play.now + forMs; play.now < until; play.pass(100)) {
    for (const { env } of play.lists()) {
      times.push(Math.round((play.now - from) / 1000) * 1000);
      play.listed(env, [row('pay', modTime, status)]);
    }
  }
  return times;
}

/** A look that a person asks for. */
function lookNow(play: Play, modTime: string): void {
  play.pass(1000);
  play.feed({ type: 'retry', at: play.now, function: null, env: null });
  const [list] = play.lists();
  if (list === undefined) throw new Error('nobody looks');
  play.listed(list.env, [row('pay', modTime)]);
}

it('is looked for once, a minute later, and then no more', () => {
  const play = replaced();
  expect(play.phase('pay', 'dev')).toMatchObject({
    kind: 'live',
    until: play.target('pay', 'dev').unsureUntil,
  });
  expect(looks(play, 'after', 600_000)).toEqual([60_000]);
  expect(play.pushed()).toBe(3);
  expect(play.target('pay', 'dev').unsureUntil).toBeNull();
});

it('is not thought to be over by a look before that, which finds all as it was', () => {
  const play = replaced();
  const { unsureUntil, modTime } = play.target('pay', 'dev');
  lookNow(play, modTime ?? '');
  expect(play.target('pay', 'dev')).toMatchObject({ unsureUntil, live: 'pay-3' });
});

it('is noticed by the mod_time that it moved, and what is wanted is sent again', () => {
  const play = replaced();
  expect(looks(play, 'late', 60_000)).toEqual([60_000]);
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3', envs: ['dev'] });
  expect(play.target('pay', 'dev').foreign).toBeNull();
});

it('is noticed by any look before that as well, and looked for all the same', () => {
  const play = replaced();
  lookNow(play, 'late');
  expect(play.target('pay', 'dev')).toMatchObject({ foreign: null });
  expect(play.target('pay', 'dev').unsureUntil).not.toBeNull();
});

it('is waited for where the look sees it being carried out', () => {
  const play = replaced();
  expect(looks(play, 'late', 69_000, 'Updating')).toEqual([60_000, 65_000]);
  looks(play, 'late', 6000);
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3' });
});

it('has its trace hidden by a deployment that fails meanwhile: what ran before that is sent again', () => {
  const play = replaced();
  play.save('pay', 'pay-bad');
  play.accept(play.push());
  play.pass(700);
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'failed', 'UpdateFailed')]);
  expect(play.target('pay', 'dev')).toMatchObject({ live: null, deploying: null });
  expect(play.target('pay', 'dev').unsureUntil).not.toBeNull();
  play.save('pay', 'pay-3');
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3', envs: ['dev'] });
});

it('is looked for once an environment that refuses its list gives it again', () => {
  const play = replaced();
  play.pass(1000);
  play.feed({ type: 'retry', at: play.now, function: null, env: 'dev' });
  play.listFails('dev', failure({ class: 'config', errcode: 48_001 }));
  expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', until: play.now + 300_000 });
  play.pass(300_000);
  play.listed('dev', [row('pay', 'late')]);
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3', envs: ['dev'] });
});

it('is not blamed for what is found five minutes later, as by the next run', () => {
  const { state, now } = replaced();
  const [entry] = ledgerOf(state);
  const next = new Play({ ledger: entry === undefined ? [] : [{ ...entry, unsureUntil: now - 400_000 }] });
  next.save('pay', 'pay-3');
  next.greet([row('pay', 'theirs')]);
  expect(next.target('pay', 'dev').foreign).toMatchObject({ modTime: 'theirs' });
  expect(next.pushes()).toEqual([]);
});

describe('is none where', () => {
  it.each([
    ['nothing was received', failure({ origin: 'unreachable', errcode: null })],
    ['the gateway refused it', failure({ origin: 'http', errcode: null, httpStatus: 429 })],
    ['the cloud refused it for its frequency', failure({ errcode: 45_011 })],
  ])('%s', (_, how) => {
    const play = new Play({ jitter: () => 0 });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), how);
    expect(play.target('pay', 'dev')).toMatchObject({ unsureUntil: null, live: 'pay-1' });
  });
});

it('is not looked for without verification', () => {
  const play = new Play({ settings: { verify: false } });
  play.greet();
  play.accept(play.push());
  play.save('pay', 'pay-2');
  play.fail(play.push(), broken);
  play.save('pay', 'pay-3');
  play.pass(700);
  play.accept(play.push());
  expect(looks(play, 'after', 600_000)).toEqual([]);
});

it('is remembered, and is feared after a crash', () => {
  const play = replaced();
  const [entry] = ledgerOf(play.state);
  if (entry === undefined) throw new Error('nothing is remembered');
  expect(entry.unsureUntil).toBe(play.target('pay', 'dev').unsureUntil);
  const crashed = new Play({ jitter: () => 0, ledger: [{ ...entry, sending: true }] });
  expect(crashed.target('pay', 'dev')).toMatchObject({ live: null, unsureUntil: crashed.now + 60_000 });
});

it('is not feared after a graceful stop, which forgets nothing', () => {
  const play = new Play();
  play.settle();
  play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
  expect(ledgerOf(play.state)).toMatchObject([{ sending: true }]);
  play.feed({ type: 'stop', at: play.now });
  const [entry] = ledgerOf(play.state);
  expect(entry).toMatchObject({ sending: false, live: 'pay-1', unsureUntil: null });
});

it('what may still be carried out is remembered by a restart', () => {
  const play = new Play();
  play.settle();
  play.save('pay', 'pay-2');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  play.fail(play.push(), failure({ origin: 'broken', errcode: null }));
  play.pass(1000);
  play.accept(play.push());
  play.seeActive('new');
  const { unsureUntil } = play.target('pay', 'dev');
  expect(unsureUntil).not.toBeNull();
  const next = new Play({ ledger: ledgerOf(play.state) });
  expect(next.target('pay', 'dev').unsureUntil).toBe(
    unsureUntil === null ? null : Math.min(unsureUntil, next.now + 60_000),
  );
});
