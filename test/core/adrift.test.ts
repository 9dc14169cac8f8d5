/** An upload that broke without an answer, and that the cloud carries out after what was sent since. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/ledger.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const broken = failure({ origin: 'broken', errcode: null, message: 'TIMED_OUT' });

/** pay-2 broke, then `content` was saved, accepted and seen to run. The clock stands 1 s after the break. */
function replaced(content: string, how: Parameters<Play['fail']>[1] = broken, over = {}): Play {
  const play = new Play({ settings: over });
  play.settle();
  play.save('pay', 'pay-2');
  play.fail(play.push(), how);
  if (content !== 'pay-2') play.save('pay', content);
  play.pass(700);
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'settled')]);
  play.accept(play.push());
  play.seeActive('after');
  return play;
}

/** When the environment is asked while nothing is answered but this, in ms since the start of the looks. */
function looks(play: Play, modTime: string, forMs: number): number[] {
  const from = play.now - 1000;
  const times: number[] = [];
  for (const until = play.now + forMs; play.now < until; play.pass(100)) {
    for (const { env } of play.lists()) {
      times.push(Math.round((play.now - from) / 1000) * 1000);
      play.listed(env, [row('pay', modTime)]);
    }
  }
  return times;
}

it('is looked for four times within a minute, and then no more', () => {
  const play = replaced('pay-3');
  expect(play.phase('pay', 'dev').kind).toBe('live');
  expect(looks(play, 'after', 600_000)).toEqual([2000, 10_000, 30_000, 60_000]);
  expect(play.pushed()).toBe(3);
  expect(play.target('pay', 'dev').adrift).toBeNull();
});

it('is noticed by the mod_time that it moved, and what is wanted is sent again', () => {
  const play = replaced('pay-3');
  expect(looks(play, 'after', 5000)).toEqual([2000]);
  expect(looks(play, 'late', 6000).length).toBe(1);
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3', envs: ['dev'] });
  play.accept(play.push());
  play.seeActive('again');
  expect(play.phase('pay', 'dev').kind).toBe('live');
  // Another may be adrift: the minute's looks go on.
  expect(looks(play, 'again', 25_000)).toHaveLength(1);
  expect(looks(play, 'late again', 40_000).length).toBeGreaterThan(0);
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3' });
});

it('is waited for where a look sees it being carried out', () => {
  const play = replaced('pay-3');
  looks(play, 'after', 58_000);
  play.pass(2000);
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'late', 'Updating')]);
  looks(play, 'late', 6000);
  expect(play.push()).toMatchObject({ fingerprint: 'pay-3' });
});

it('changes nothing where it was the same content: it is neither looked for nor taken for somebody else’s', () => {
  const play = replaced('pay-2');
  expect(looks(play, 'after', 5000)).toEqual([]);
  play.save('pay', 'pay-9');
  play.save('pay', 'pay-2');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'late')]);
  expect(play.target('pay', 'dev')).toMatchObject({ live: 'pay-2', foreign: null });
});

it('is not blamed for what is found five minutes later, as by the next run', () => {
  const { state, now } = replaced('pay-3');
  const [entry] = ledgerOf(state);
  const adrift = { fingerprint: 'pay-2', since: now - 400_000 };
  const next = new Play({ ledger: entry === undefined ? [] : [{ ...entry, adrift }] });
  next.save('pay', 'pay-3');
  next.greet([row('pay', 'theirs')]);
  expect(next.target('pay', 'dev').foreign).toMatchObject({ modTime: 'theirs' });
  expect(next.pushes()).toEqual([]);
});

describe('is none where', () => {
  it.each([
    ['the cloud says that it failed', failure({ origin: 'answer', errcode: -1 })],
    ['nothing was received', failure({ origin: 'unreachable', errcode: null })],
    ['the gateway refused it', failure({ origin: 'http', errcode: null, httpStatus: 429 })],
  ])('%s', (_, how) => {
    const play = new Play({ jitter: () => 0 });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), how);
    expect(play.target('pay', 'dev').adrift).toBeNull();
  });
});

it('is one where a gateway gave up waiting', () => {
  const play = replaced('pay-3', failure({ origin: 'http', errcode: null, httpStatus: 504 }));
  expect(looks(play, 'after', 5000)).toEqual([2000]);
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
  const play = replaced('pay-3');
  const [entry] = ledgerOf(play.state);
  expect(entry?.adrift).toMatchObject({ fingerprint: 'pay-2' });
  const crashed = new Play({
    jitter: () => 0,
    ledger: entry === undefined ? [] : [{ ...entry, sending: true }],
  });
  crashed.settle();
  expect(crashed.target('pay', 'dev').adrift).toMatchObject({ fingerprint: null });
  expect(looks(crashed, 'late', 3000).length).toBe(1);
  expect(crashed.pushed()).toBe(2);
});

describe('where it fails to deploy', () => {
  const failed = [row('pay', 'late', 'UpdateFailed')];
  const seeFailed = (play: Play): void => {
    play.pass(9000);
    for (const { env } of play.lists()) play.listed(env, failed);
  };

  it('what was live serves on', () => {
    const play = replaced('pay-3');
    seeFailed(play);
    expect(play.phase('pay', 'dev').kind).toBe('live');
    expect(play.pushes()).toEqual([]);
  });

  it('and others may be adrift, nobody knows which of them serves', () => {
    const [entry] = ledgerOf(replaced('pay-3').state);
    const play = new Play({
      jitter: () => 0,
      ledger: entry === undefined ? [] : [{ ...entry, sending: true }],
    });
    play.settle();
    seeFailed(play);
    expect(play.push()).toMatchObject({ cause: 'startup', envs: ['dev'] });
  });
});
