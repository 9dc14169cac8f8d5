/** The faults that random histories found in an earlier core, each as the smallest history that shows it. */
import { describe, expect, it } from 'vitest';
import { mayStillGo } from '../../src/core/consent.js';
import { wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { ledgerOf, ledgerPages } from '../../src/core/remembered.js';
import { exitCodeOf, isAtRest, pendingOf, worstOf } from '../../src/core/standing.js';
import type { EnvSpec, LedgerEntry } from '../../src/model/nouns.js';
import { configured, failure } from './make.js';
import { Play, row } from './play.js';

const minute = 60_000;
const notPermitted = failure({ class: 'config', errcode: 48_001 });

function configureWith(play: Play, envs: readonly EnvSpec[], over: { cloudChanged?: boolean } = {}): void {
  const { settings, functions } = play.state;
  const specs = [...functions.values()].map((fn) => fn.spec);
  const event = {
    type: 'configured',
    settings,
    envs,
    functions: specs,
    ledger: [],
    cloudChanged: false,
  } as const;
  play.feed({ ...event, at: play.now, ...over });
}

describe('consent', () => {
  it('is needed at once where a reload protects, also by who said yes to everything at the start', () => {
    const play = new Play();
    play.settle();
    play.feed({ type: 'allow', at: play.now, id: 'run', envs: ['dev'], functions: null });
    configureWith(play, [{ id: 'dev', protected: true }]);
    play.save('pay', 'pay-2');
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'protected' });
  });

  it('ends where the protection does, and is needed again should it come back', () => {
    const play = new Play();
    play.settle();
    configureWith(play, [{ id: 'dev', protected: true }]);
    play.feed({ type: 'allow', at: play.now, id: 'run', envs: ['dev'], functions: null });
    configureWith(play, [{ id: 'dev', protected: true }]);
    play.save('pay', 'pay-2');
    play.accept(play.push());
    configureWith(play, [{ id: 'dev', protected: false }]);
    configureWith(play, [{ id: 'dev', protected: true }]);
    play.save('pay', 'pay-3');
    expect(play.pushes()).toEqual([]);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'protected' });
  });

  it('of one push is for its functions and ends with it', () => {
    const play = new Play({ names: ['pay', 'login'] });
    play.settle();
    configureWith(play, [{ id: 'dev', protected: true }]);
    play.save('pay', 'pay-2');
    play.save('login', 'login-2');
    play.feed({ type: 'allow', at: play.now, id: 'push-1', envs: ['dev'], functions: ['pay'] });
    expect(play.pushes().map((job) => job.function)).toEqual(['pay']);
    play.accept(play.push());
    play.feed({ type: 'revoke', at: play.now, id: 'push-1' });
    play.save('pay', 'pay-3');
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'protected' });
    expect(play.hold('login', 'dev')).toMatchObject({ reason: 'protected' });
  });
});

describe('an upload that is being packed', () => {
  const packed = (): { play: Play; job: Parameters<typeof mayStillGo>[1] } => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.settle();
    play.save('pay', 'pay-2');
    return { play, job: play.push() };
  };
  it.each<readonly [string, (play: Play) => void, boolean]>([
    ['may go', () => undefined, true],
    ['may not where one of its environments has left', (play) => play.configure(['test']), false],
    [
      'nor where one of them is protected since',
      (play) =>
        configureWith(play, [
          { id: 'dev', protected: true },
          { id: 'test', protected: false },
        ]),
      false,
    ],
    [
      'nor while everything is paused',
      (play) => play.feed({ type: 'pause', at: play.now, paused: true }),
      false,
    ],
  ])('%s', (_, meanwhile, may) => {
    const { play, job } = packed();
    meanwhile(play);
    expect(mayStillGo(play.state, job)).toBe(may);
  });
});

it('of several exit codes the configuration comes first, then the token, then what will not pass by itself', () => {
  const order = [3, 2, 4, 6, 5, 1];
  for (const [at, code] of order.entries()) expect(worstOf([...order.slice(at)].reverse())).toBe(code);
  expect([worstOf([]), worstOf([0, 0]), worstOf([0, 1])]).toEqual([0, 0, 1]);
});

it('offline, the next probe is what is waited for', () => {
  const play = new Play();
  play.settle();
  play.save('pay', 'pay-2');
  play.fail(play.push(), failure({ origin: 'unreachable', errcode: null, message: 'ENOTFOUND' }));
  // Nothing that was on the wire within the last second counts any more.
  for (let tries = 0; tries < 4; tries += 1) {
    while (play.probes().length === 0) play.pass(100);
    play.probed(false);
  }
  expect(play.state.offline?.probeAt).toBeGreaterThan(play.now);
  expect(wakeAt(play.state)).toBe(play.state.offline?.probeAt);
});

describe('an answer of another cloud', () => {
  it.each(['token', 'list', 'push'] as const)('is no answer: %s', (kind) => {
    const play = new Play();
    const [token] = play.reads();
    play.tokenRead();
    const [list] = play.lists();
    if (token === undefined || list === undefined) throw new Error('nothing was asked');
    play.listed('dev', [row('pay', 'old')]);
    const push = play.push();
    configureWith(play, [{ id: 'dev', protected: false }], { cloudChanged: true });
    const before = play.state;
    const { now: at } = play;
    const ended = {
      token: {
        type: 'token-ended',
        at,
        job: token,
        outcome: { ok: true, changed: true, renewAt: null, expiresAt: null },
      },
      list: { type: 'list-ended', at, job: list, jitter: 0, outcome: { ok: true, functions: [], total: 0 } },
      push: {
        type: 'push-ended',
        at,
        job: push,
        jitter: 0,
        outcome: { type: 'answered', requestMs: 1, failures: [] },
      },
    } as const;
    const after = reduce(before, ended[kind]);
    expect([after.token, after.envs, after.functions]).toEqual([before.token, before.envs, before.functions]);
  });
});

describe('an environment that was not listed', () => {
  it('is told with the failure, and is sent to after 10 s by the update call, created where that misses it', () => {
    const play = new Play({ jitter: () => 0.99 });
    play.tokenRead();
    play.listFails('dev', failure({ errcode: 45_011 }));
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'unlisted', failure: { errcode: 45_011 } });
    for (let ms = 0; ms < 10_000; ms += 100) {
      expect(play.pushes()).toEqual([]);
      play.pass(100);
      for (const { env } of play.lists()) play.listFails(env, failure({ errcode: 45_011 }));
    }
    expect(play.push()).toMatchObject({ operation: 'update' });
    play.answer(play.push(), { dev: failure({ class: 'missing', errcode: null }) });
    play.accept(play.push());
    expect(isAtRest(play.state)).toBe(false);
    for (let seconds = 0; seconds < 300 && play.lists().length === 0; seconds += 1) play.pass(1000);
    play.pass(4000);
    play.listed('dev', [row('pay', 'new')]);
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'live', verified: true });
  });

  it('two odd answers do not end verification', () => {
    const play = new Play({ jitter: () => 0 });
    play.tokenRead();
    for (let tries = 0; tries < 2; tries += 1) {
      play.listFails('dev', failure({ class: 'unknown', errcode: 9999 }));
      play.pass(1);
    }
    play.listed('dev', [row('pay', 'old')]);
    play.accept(play.push());
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
  });

  it('is asked for again where lists were refused: by a person, with a new token, on reload', () => {
    const play = new Play();
    play.tokenRead();
    play.listFails('dev', notPermitted);
    // Uploads go on unverified, and one in flight is all that a new token gets until an answer accepts it.
    play.accept(play.push());
    for (const again of [
      () => play.feed({ type: 'retry', at: play.now, function: null, env: null }),
      () => configureWith(play, [{ id: 'dev', protected: false }]),
      () => {
        play.feed({ type: 'token-source-changed', at: play.now });
        play.tokenRead();
      },
    ]) {
      expect(play.lists()).toEqual([]);
      again();
      expect([play.lists().length, String(again)]).toEqual([1, String(again)]);
      play.listFails('dev', notPermitted);
    }
  });
});

describe('a push', () => {
  const deploying = (): Play => {
    const play = new Play();
    play.greet([row('pay', 'old')]);
    play.accept(play.push());
    play.pass(300);
    return play;
  };

  it.each([
    [2, 'quota', failure({ class: 'quota', errcode: 45_009 })],
    [3, 'config', failure({ class: 'config', errcode: 40_164 })],
  ] as const)('ends with %s where a deployment cannot be followed: %s', (code, reason, failed) => {
    const play = deploying();
    play.listFails('dev', failed);
    expect([isAtRest(play.state), exitCodeOf(play.state)]).toEqual([true, code]);
    expect(play.hold('pay', 'dev')?.reason).toBe(reason);
  });

  it.each([
    [1, 'a deployment that fails', failure({ class: 'function', origin: 'deployment', errcode: null })],
    [2, 'an environment of somebody else', failure({ class: 'env', message: 'UnauthorizedOperation' })],
    [4, 'no such environment', failure({ class: 'env', message: 'ResourceNotFound.Namespace' })],
    [4, 'no such environment, in other words', failure({ class: 'env', message: "Can't find the env" })],
    [5, 'an argument that is wrong', failure({ class: 'function', errcode: 40_097 })],
  ] as const)('ends with %s for %s', (code, _, refusal) => {
    const play = new Play();
    play.greet();
    play.answer(play.push(), { dev: refusal });
    expect([isAtRest(play.state), exitCodeOf(play.state)]).toEqual([true, code]);
  });

  it('ends with 2 where the token is refused and its source gives no other', () => {
    const play = deploying();
    play.listFails('dev', failure({ class: 'token', errcode: 42_001 }));
    expect(isAtRest(play.state)).toBe(false);
    play.tokenEnds({ ok: true, changed: false, renewAt: null, expiresAt: null });
    expect([isAtRest(play.state), exitCodeOf(play.state)]).toEqual([true, 2]);
  });

  it('ends with 0 only when its environments were asked in this run', () => {
    const first = new Play();
    first.settle();
    const play = new Play({ ledger: ledgerOf(first.state) });
    expect(isAtRest(play.state)).toBe(false);
    play.greet([row('pay', 'settled')]);
    expect([isAtRest(play.state), exitCodeOf(play.state), play.pushed()]).toEqual([true, 0, 0]);
  });

  it('names what is being read as pending', () => {
    const play = new Play();
    play.settle();
    play.feed({ type: 'touched', at: play.now, functions: ['pay'] });
    expect(pendingOf(play.state)).toEqual([{ function: 'pay', env: 'dev', reason: 'settling' }]);
  });
});

it('the rate counts what is still being packed: it has its place in the second in which it goes out', () => {
  const names = ['a', 'b', 'c', 'd'];
  const play = new Play({ names, settings: { requestsPerSecond: 2 } });
  let state = play.state;
  const { now: at } = play;
  const read = { id: 900, type: 'read-token' } as const;
  state = reduce(state, { type: 'job-started', at, job: read });
  const outcome = { ok: true, changed: true, renewAt: null, expiresAt: null } as const;
  state = reduce(state, { type: 'token-ended', at, job: read, outcome });
  expect(state.sent).toEqual([]);
  play.tokenRead();
  play.listed('dev', []);
  expect(play.begun.filter(({ job }) => job.type === 'push')).toHaveLength(1);
  play.pass(999);
  expect(play.pushed()).toBe(1);
  play.pass(1);
  expect(play.pushed()).toBeLessThanOrEqual(3);
});

it('requests of a second in which the rate was lowered for a while count when it is raised again', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const over = { requestsPerSecond: 3, concurrency: 3 };
  const play = new Play({ names, settings: over, holdsPacking: true });
  play.greet();
  play.pass(1000);
  const packed = play.pushes();
  const reload = (requestsPerSecond: number): void =>
    play.feed({
      ...configured(play.now, names, ['dev'], { ...over, requestsPerSecond }),
      cloudChanged: false,
    });
  reload(1);
  for (const job of packed) play.feed({ type: 'push-sending', at: play.now, job, zipBytes: 1, files: 1 });
  reload(3);
  for (const job of packed) play.accept(job);
  expect(packed).toHaveLength(3);
  expect(play.pushes()).toEqual([]);
  play.pass(1000);
  expect(play.pushes().length).toBeGreaterThan(0);
});

it('what is gone is remembered with its time, and a function that comes back with none', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.settle();
  play.configure(['dev']);
  const gone = ledgerOf(play.state).find(({ env }) => env === 'test');
  expect(gone).toMatchObject({ live: 'pay-1', goneSince: play.now });
  play.pass(minute);
  play.configure(['dev', 'test']);
  expect(ledgerOf(play.state).every(({ goneSince }) => goneSince === null)).toBe(true);
  expect(ledgerPages(play.state)).toHaveLength(1);
});

it('what went earlier is remembered where more of the same function goes', () => {
  const play = new Play({ envs: ['dev', 'test', 'stage'] });
  play.settle();
  play.configure(['dev', 'test']);
  const { now: first } = play;
  play.pass(minute);
  play.configure(['dev']);
  const gone = ledgerOf(play.state).map(({ env, live, goneSince }) => [env, live, goneSince]);
  expect(gone).toEqual([
    ['dev', 'pay-1', null],
    ['stage', 'pay-1', first],
    ['test', 'pay-1', play.now],
  ]);
});

it('the memory of functions in which nothing changed is the same object: a write costs what changed', () => {
  const absent: LedgerEntry = {
    ...{ function: 'old', env: 'dev', sending: false, live: 'old-1', liveSince: 1, verified: true },
    ...{ modTime: 'ours', deploying: null, foreign: null, unsureUntil: null, sent: true },
    ...{ goneSince: 1, dismissed: false },
  };
  const play = new Play({ names: ['pay', 'login', 'left'], ledger: [absent] });
  play.settle();
  const before = ledgerPages(play.state);
  play.save('login', 'login-2');
  const after = ledgerPages(play.state);
  expect(after.map((page, at) => page === before[at])).toEqual([true, false, true, true]);
});
