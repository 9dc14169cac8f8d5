/** The token, the quota and the configuration: what holds everything, and what lets it go on. */
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/model/nouns.js';
import { failure } from './make.js';
import { Play } from './play.js';

const minute = 60_000;
const refused = failure({ class: 'token', errcode: 42_001, message: 'access_token expired' });
const unchanged = { ok: true as const, changed: false, renewAt: null, expiresAt: null };

describe('a refused token', () => {
  it('costs what is on its way and no more, whatever waits, until its source changes', () => {
    const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const play = new Play({ names, envs: ['dev', 'test'] });
    play.settle();
    const before = play.pushed();
    for (const name of names) play.save(name, `${name}-2`);
    for (let ms = 0; ms < 10 * minute; ms += 500) {
      for (const job of play.pushes()) play.fail(job, refused);
      for (const job of play.lists()) play.listFails(job.env, refused);
      if (play.reads().length > 0) play.tokenEnds(unchanged);
      play.pass(500);
    }
    expect(play.pushed() - before).toBeLessThanOrEqual(play.state.settings.concurrency);
    for (const name of names) {
      expect(play.hold(name, 'dev')).toMatchObject({ reason: 'token', failure: refused });
    }
    play.feed({ type: 'token-source-changed', at: play.now });
    play.tokenRead();
    while (play.pushes().length > 0) for (const job of play.pushes()) play.accept(job);
    expect(names.every((name) => play.phase(name, 'test').kind === 'deploying')).toBe(true);
  });

  it('is read again at once, by one reading, and tried once more only if it changed', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.greet();
    for (const job of play.pushes()) play.fail(job, refused);
    expect(play.reads().length).toBe(1);
    play.feed({ type: 'token-source-changed', at: play.now });
    play.pass(1000);
    expect(play.reads().length).toBe(1);
    play.tokenRead();
    expect(play.state.token.status).toBe('ready');
    expect(play.pushes().length).toBe(1);
  });

  it('is looked at every 60 s, and at once when its source changes', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), refused);
    play.tokenEnds(unchanged);
    expect(play.state.token.status).toBe('rejected');
    for (let round = 0; round < 3; round += 1) {
      play.pass(minute - 1);
      expect(play.reads()).toEqual([]);
      play.pass(1);
      play.tokenEnds(unchanged);
    }
    play.feed({ type: 'token-source-changed', at: play.now });
    expect(play.reads().length).toBe(1);
    play.tokenRead();
    expect(play.push().attempt).toBe(1);
  });

  it('stays refused when its source fails for a while and then gives the same value', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), refused);
    play.tokenEnds({ ok: false, problem: 'url-unreachable:x' });
    expect(play.hold('pay', 'dev')).toMatchObject({
      reason: 'token',
      failure: null,
      subject: 'url-unreachable:x',
    });
    play.pass(minute);
    play.tokenEnds(unchanged);
    expect(play.state.token.status).toBe('rejected');
    expect(play.pushed()).toBe(1);
  });

  it('says nothing about the value that was read meanwhile', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    play.save('pay', 'pay-2');
    const late = play.push();
    play.feed({ type: 'token-source-changed', at: play.now });
    play.tokenRead();
    play.fail(late, refused);
    expect(play.state.token.status).toBe('ready');
    expect(play.reads()).toEqual([]);
    expect(play.push().function).toBe('pay');
  });

  it('is read once more where the source changed, or the refusal came, while it was being read', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), refused);
    play.feed({ type: 'token-source-changed', at: play.now });
    play.tokenEnds(unchanged);
    expect(play.reads().length).toBe(1);
    play.tokenRead();
    expect(play.pushes().length).toBe(1);
  });

  it('is tried again when a person asks, even unchanged', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), refused);
    play.tokenEnds(unchanged);
    play.feed({ type: 'retry', at: play.now, function: null, env: null });
    play.tokenEnds(unchanged);
    expect(play.pushes().length).toBe(1);
    play.fail(play.push(), refused);
    play.tokenEnds(unchanged);
    play.pass(30 * minute);
    expect(play.pushed()).toBe(2);
  });

  it('met by a list holds the uploads too', () => {
    const play = new Play();
    play.tokenRead();
    play.listFails('dev', refused);
    play.tokenEnds(unchanged);
    expect(play.hold('pay', 'dev')?.reason).toBe('token');
    expect(play.pushed()).toBe(0);
  });
});

describe('a token', () => {
  it('is read again when its source says that it ends', () => {
    const play = new Play();
    play.tokenRead({ renewAt: play.now + 110 * minute, expiresAt: play.now + 120 * minute });
    play.listed('dev', []);
    play.accept(play.push());
    play.seeActive('now');
    play.pass(110 * minute - 400);
    expect(play.reads()).toEqual([]);
    play.pass(400);
    play.tokenRead({ renewAt: play.now + 110 * minute });
    expect(play.state.token).toMatchObject({ status: 'ready', generation: 2 });
  });

  it('that works goes on working when a later reading fails', () => {
    const play = new Play();
    play.settle();
    play.feed({ type: 'token-source-changed', at: play.now });
    play.tokenEnds({ ok: false, problem: 'file-missing:x' });
    play.save('pay', 'pay-2');
    expect(play.pushes().length).toBe(1);
    play.pass(minute);
    expect(play.reads().length).toBe(1);
  });

  it('that cannot be read holds everything, with the problem, and is looked for every 60 s', () => {
    const play = new Play();
    play.tokenEnds({ ok: false, problem: 'env-unset:TOKEN' });
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'token', subject: 'env-unset:TOKEN' });
    play.pass(minute);
    play.tokenRead();
    play.listed('dev', []);
    expect(play.pushes().length).toBe(1);
  });

  it('that one request is to prove, which nobody answers, keeps the others 3 s and no longer', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    play.feed({ type: 'token-source-changed', at: play.now });
    play.tokenRead();
    for (const name of ['pay', 'login']) play.save(name, `${name}-2`);
    expect(play.pushes()).toHaveLength(1);
    play.pass(2999);
    expect(play.pushes()).toHaveLength(1);
    play.pass(1);
    expect(play.pushes()).toHaveLength(2);
  });

  it('is accepted with one request before several go at once', () => {
    const envs = ['dev', 'test', 'stage'];
    const names = ['a', 'b', 'c', 'd'];
    const play = new Play({ names, envs });
    play.tokenRead();
    expect(play.lists().length).toBe(1);
    play.listed('dev', []);
    expect(play.lists().length).toBe(2);
    play.listed('test', []);
    play.listed('stage', []);
    expect(play.pushes().length).toBe(4);
    play.feed({ type: 'token-source-changed', at: play.now });
    play.tokenRead();
    for (const job of play.pushes()) play.accept(job);
    for (const name of names) play.save(name, `${name}-2`);
    expect(play.pushes().length + play.lists().length).toBe(1);
    for (const job of play.pushes()) play.accept(job);
    expect(play.pushes().length).toBeGreaterThan(1);
  });
});

describe('the quota', () => {
  const quota = failure({ class: 'quota', errcode: 45_009 });

  it('holds everything for half an hour, then it is tried', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), quota);
    play.save('login', 'login-2');
    expect(play.hold('login', 'dev')).toMatchObject({ reason: 'quota', failure: quota });
    const before = play.begun.length;
    play.pass(30 * minute - 1);
    expect(play.begun.slice(before)).toEqual([]);
    play.pass(1);
    expect(play.pushes().length).toBeGreaterThan(0);
    for (const job of play.pushes()) play.fail(job, quota);
    expect(play.pushes()).toEqual([]);
  });
});

describe('a refusal of the configuration', () => {
  const notListed = failure({ class: 'config', errcode: 61_004, message: 'invalid ip 203.0.113.7' });

  it('holds everything until the configuration changes', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), notListed);
    for (let ms = 0; ms < 5 * minute; ms += 1000) {
      if (play.reads().length > 0) play.tokenEnds(unchanged);
      play.pass(1000);
    }
    play.save('login', 'login-2');
    expect(play.hold('login', 'dev')).toMatchObject({
      reason: 'config',
      scope: 'global',
      failure: notListed,
    });
    expect(play.pushed()).toBe(3);
    const { settings, envs } = play.state;
    const functions = [...play.state.functions.values()].map((fn) => fn.spec);
    const specs = [...envs.values()].map((env) => env.spec);
    const ledger: LedgerEntry[] = [];
    const changed = {
      type: 'configured',
      settings,
      envs: specs,
      functions,
      ledger,
      cloudChanged: false,
    } as const;
    play.feed({ ...changed, at: play.now });
    expect(play.pushes().length).toBe(2);
  });

  it('ends when the token changes, which is looked for every 60 s', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), notListed);
    play.pass(minute);
    play.tokenEnds(unchanged);
    expect(play.pushed()).toBe(1);
    play.pass(minute);
    play.tokenRead();
    expect(play.pushed()).toBe(2);
  });

  it('by a certificate that is not trusted is tried again every 60 s, and after sleep', () => {
    const certificate = failure({
      class: 'config',
      origin: 'unreachable',
      errcode: null,
      message: 'SELF_SIGNED',
    });
    const play = new Play();
    play.greet();
    play.fail(play.push(), certificate);
    expect(play.hold('pay', 'dev')?.reason).toBe('config');
    play.pass(minute);
    play.tokenEnds(unchanged);
    play.fail(play.push(), certificate);
    play.feed({ type: 'woke', at: play.now });
    expect(play.pushes().length).toBe(1);
  });
});
