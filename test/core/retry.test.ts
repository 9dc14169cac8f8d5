/** Retries and rates: who waits for what, and how long. */
import { describe, expect, it } from 'vitest';
import { retryAfterCapMs } from '../../src/cloud/classify.js';
import { backoffMs, realWaits } from '../../src/core/waits.js';
import { seeded } from '../support/random.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const minute = 60_000;
const busy = failure({ class: 'busy', errcode: null, message: '当前函数处于Updating状态' });
const unknown = failure({ class: 'unknown', errcode: 77_777 });
const gateway = failure({ origin: 'http', errcode: null, httpStatus: 502 });

describe('the back-off', () => {
  it('has full jitter under a ceiling that doubles from 0.5 s to 30 s', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) =>
      backoffMs(failures, 0.999_999, realWaits),
    );
    expect(ceilings).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect([1, 5, 100].map((failures) => backoffMs(failures, 0, realWaits))).toEqual([0, 0, 0]);
    expect(backoffMs(3, 0.25, realWaits)).toBe(500);
  });

  it('goes on for as long as it takes', () => {
    const play = new Play({ jitter: () => 0.999 });
    play.greet();
    for (let tries = 1; tries <= 200; tries += 1) {
      expect(play.push().attempt).toBe(tries);
      play.fail(play.push(), gateway);
      play.pass(30_000);
    }
    play.accept(play.push());
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
  });
});

describe('what is unknown', () => {
  it('is tried twice, then held as it came, until the content changes', () => {
    const play = new Play();
    play.greet();
    play.fail(play.push(), unknown);
    play.pass(minute);
    expect(play.push()).toMatchObject({ attempt: 2, cause: 'retry' });
    play.fail(play.push(), unknown);
    play.pass(60 * minute);
    expect(play.pushed()).toBe(2);
    expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'refused', failure: unknown });
    play.save('pay', 'pay-2');
    expect(play.push()).toMatchObject({ attempt: 1, cause: 'change' });
  });

  it('of a whole request is tried alone in each environment the second time, so that the others go on', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.greet();
    play.fail(play.push(), unknown);
    play.pass(1000);
    const [dev, test] = play.pushes();
    if (dev === undefined || test === undefined) throw new Error('not each is asked');
    expect([dev.envs, test.envs]).toEqual([['dev'], ['test']]);
    play.accept(dev);
    play.fail(test, unknown);
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    expect(play.hold('pay', 'test')?.reason).toBe('refused');
  });
});

it('newer content than what was refused goes to all its environments in one request', () => {
  const play = new Play({ envs: ['dev', 'test'] });
  play.greet();
  play.fail(play.push(), unknown);
  play.save('pay', 'pay-2');
  expect(play.push()).toMatchObject({ envs: ['dev', 'test'], attempt: 1 });
});

describe('a busy function', () => {
  it('waits until the cloud says Active, and then gets the newest content only', () => {
    const play = new Play();
    play.greet();
    play.answer(play.push(), { dev: busy });
    play.save('pay', 'pay-2');
    play.answer(play.push(), { dev: busy });
    play.pass(300);
    play.listed('dev', [row('pay', 'long ago', 'Updating')]);
    play.pass(700);
    play.listed('dev', [row('pay', 'long ago', 'Updating')]);
    expect(play.pushes()).toEqual([]);
    play.pass(1000);
    play.listed('dev', [row('pay', 'now', 'Active')]);
    expect(play.push()).toMatchObject({ fingerprint: 'pay-2', attempt: 2 });
    expect(play.pushed()).toBe(3);
  });

  it('stops waiting when a newer edit comes: that is sent at once', () => {
    const play = new Play();
    play.greet();
    play.answer(play.push(), { dev: busy });
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'waiting', failure: busy });
    play.save('pay', 'pay-2');
    expect(play.push().fingerprint).toBe('pay-2');
  });

  it('waits no longer where the list says that it is not even there', () => {
    const play = new Play();
    play.greet();
    play.answer(play.push(), { dev: busy });
    play.pass(300);
    play.listed('dev', []);
    play.pass(700);
    expect(play.push()).toMatchObject({ envs: ['dev'], attempt: 2 });
  });

  it('is tried again after 5 minutes where nothing ever says Active', () => {
    const play = new Play();
    play.greet();
    play.answer(play.push(), { dev: busy });
    const stuck = (): void => {
      if (play.lists().length > 0) play.listed('dev', [row('pay', 'long ago', 'Updating')]);
    };
    for (let ms = 0; ms < 5 * minute - 1000; ms += 500) {
      play.pass(500);
      stuck();
    }
    expect(play.pushed()).toBe(1);
    play.pass(2000);
    expect(play.pushed()).toBe(2);
  });
});

describe('a failing gateway', () => {
  it('is not tried sooner because of a newer edit', () => {
    const play = new Play({ jitter: () => 0.9 });
    play.greet();
    for (let tries = 0; tries < 6; tries += 1) {
      play.pass(minute);
      play.fail(play.push(), gateway);
    }
    play.save('pay', 'pay-2');
    play.pass(14_000);
    expect(play.pushes()).toEqual([]);
    expect(play.phase('pay', 'dev')).toMatchObject({ kind: 'waiting', failure: gateway });
    play.pass(1000);
    expect(play.push()).toMatchObject({ fingerprint: 'pay-2', attempt: 1 });
  });

  it('and a refusal of the content are two: the tries of one are none of the other', () => {
    const refusal = failure({ class: 'function', errcode: 40_097 });
    const play = new Play({ jitter: () => 0.9 });
    play.greet();
    const failed = () => play.target('pay', 'dev').failed;
    for (let tries = 0; tries < 3; tries += 1) {
      play.pass(minute);
      play.fail(play.push(), gateway);
    }
    play.save('pay', 'pay-2');
    play.pass(minute);
    play.fail(play.push(), refusal);
    expect(failed()).toMatchObject({ attempts: 1, since: play.now });
    play.pass(minute);
    play.save('pay', 'pay-3');
    play.fail(play.push(), gateway);
    expect(failed()).toMatchObject({ attempts: 1, since: play.now });
  });

  it('that asks for peace with Retry-After gets it from everybody, for 5 minutes at most', () => {
    const play = new Play({ names: ['pay', 'login'], envs: ['dev', 'test'], jitter: () => 0 });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), failure({ ...gateway, retryAfterMs: retryAfterCapMs }));
    play.save('login', 'login-2');
    const before = play.begun.length;
    play.pass(5 * minute - 1);
    expect(play.begun.slice(before).filter(({ job }) => job.type !== 'scan')).toEqual([]);
    play.pass(1);
    expect(play.pushes().length).toBeGreaterThan(0);
  });

  it('gets it for as long as the one that asked for most', () => {
    const play = new Play({ names: ['pay', 'login'], jitter: () => 0 });
    play.settle();
    play.save('pay', 'pay-2');
    play.save('login', 'login-2');
    const [first, second] = play.pushes();
    if (first === undefined || second === undefined) throw new Error('two uploads are on their way');
    play.fail(first, failure({ ...gateway, retryAfterMs: 20_000 }));
    play.fail(second, failure({ ...gateway, retryAfterMs: 1000 }));
    play.pass(19_999);
    expect(play.pushes()).toEqual([]);
    play.pass(1);
    expect(play.pushes().length).toBeGreaterThan(0);
  });

  it('gets it where a list was told so, too', () => {
    const play = new Play({ envs: ['dev', 'test'] });
    play.tokenRead();
    play.listFails('dev', failure({ ...gateway, httpStatus: 429, retryAfterMs: 20_000 }));
    play.pass(19_999);
    expect([play.lists(), play.pushes()]).toEqual([[], []]);
    play.pass(1);
    expect(play.lists().length).toBe(1);
  });

  it('that answers one again wakes the others', () => {
    const play = new Play({ names: ['pay', 'login'], jitter: () => 0.99 });
    play.settle();
    play.save('pay', 'pay-2');
    for (let tries = 0; tries < 4; tries += 1) {
      play.fail(play.push(), gateway);
      if (tries < 3) play.pass(5000);
    }
    expect(play.phase('pay', 'dev').kind).toBe('waiting');
    play.save('login', 'login-2');
    play.accept(play.push());
    expect(play.push()).toMatchObject({ function: 'pay', attempt: 5 });
  });
});

describe('200 functions that fail at once', () => {
  const names = Array.from({ length: 200 }, (_, index) => `f${index}`);

  it.each([
    ['whole requests', (play: Play, job: Parameters<Play['fail']>[0]) => play.fail(job, gateway)],
    [
      'one environment’s part',
      (play: Play, job: Parameters<Play['fail']>[0]) =>
        play.answer(job, Object.fromEntries(job.envs.map((env) => [env, failure({ errcode: null })]))),
    ],
  ])('are a trickle, not a storm: %s', (_, refuse) => {
    const jitter = seeded(1).next;
    const play = new Play({
      names,
      envs: ['dev', 'test', 'stage'],
      jitter,
      settings: { requestsPerSecond: 10 },
    });
    play.greet();
    const perMinute = [0, 1, 2, 3, 4].map(() => {
      const before = play.pushed();
      for (let ms = 0; ms < minute; ms += 250) {
        for (const job of play.pushes()) refuse(play, job);
        play.pass(250);
      }
      return play.pushed() - before;
    });
    expect(perMinute[0]).toBeLessThan(80);
    expect(Math.max(...perMinute.slice(1))).toBeLessThan(40);
    expect(Math.min(...perMinute)).toBeGreaterThan(0);
  });

  it('go out at the allowed rate when it answers again', () => {
    const play = new Play({ names, settings: { requestsPerSecond: 10 } });
    play.greet();
    const failing = play.now;
    while (play.now < failing + minute) {
      for (const job of play.pushes()) play.fail(job, gateway);
      play.pass(250);
    }
    const mended = play.now;
    while (play.begun.filter(({ at }) => at >= mended).length < 190 && play.now < mended + 2 * minute) {
      for (const job of play.pushes()) play.accept(job);
      for (const job of play.lists())
        play.listed(
          job.env,
          names.map((name) => row(name, 'new')),
        );
      play.pass(100);
    }
    expect(play.now).toBeLessThan(mended + 40_000 + 20_000);
  });
});

describe('shape', () => {
  it('never lets more requests begin in a window than requestsPerSecond allows', () => {
    const names = Array.from({ length: 30 }, (_, index) => `f${index}`);
    const play = new Play({ names, settings: { requestsPerSecond: 5 } });
    play.greet();
    for (let ms = 0; ms < 20_000; ms += 50) {
      for (const job of play.pushes()) play.accept(job);
      for (const job of play.lists())
        play.listed(
          job.env,
          names.map((name) => row(name, 'new')),
        );
      play.pass(50);
    }
    const times = play.begun
      .filter(({ job }) => job.type === 'push' || job.type === 'list')
      .map(({ at }) => at);
    times.forEach((at, index) => {
      expect((times[index + 5] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThanOrEqual(1000);
    });
    expect(play.pushed()).toBe(30);
  });

  it('allows less than one a second, too', () => {
    const play = new Play({ names: ['pay', 'login'], settings: { requestsPerSecond: 0.2 } });
    play.greet();
    play.pass(4999);
    expect(play.pushes()).toEqual([]);
    play.pass(1);
    expect(play.pushes().length).toBe(1);
  });

  it('takes the function edited last and the one that has waited longest in turns', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const play = new Play({ names, settings: { concurrency: 1 } });
    play.settle();
    play.save('a', 'a-2');
    for (const name of ['b', 'c', 'd', 'e', 'f']) {
      play.pass(1);
      play.save(name, `${name}-2`);
    }
    const order: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      order.push(play.push().function);
      play.accept(play.push());
    }
    expect(order.slice(1)).toEqual(['b', 'f', 'c', 'e', 'd']);
  });

  it('carries envsPerRequest environments in one request', () => {
    const envs = ['e1', 'e2', 'e3', 'e4', 'e5'];
    const play = new Play({ envs, settings: { envsPerRequest: 2 } });
    play.greet();
    expect(play.pushes().map((push) => push.envs)).toEqual([['e1', 'e2'], ['e3', 'e4'], ['e5']]);
  });
});

describe('content that cannot be sent', () => {
  const held = (): Play => {
    const play = new Play({ names: ['pay', 'cart'] });
    play.greet();
    play.problems.set('pay', { reason: 'build-failed', fault: 'compiler', output: 'no network' });
    play.save('pay', 'pay-2');
    expect(problemOf(play)).toMatchObject({ reason: 'build-failed' });
    play.problems.clear();
    return play;
  };
  const problemOf = (play: Play) => play.state.functions.get('pay')?.problem;
  const scansAfter = (play: Play, begun: number) =>
    play.begun
      .slice(begun)
      .map(({ job }) => job)
      .filter(({ type }) => type === 'scan');

  it.each([
    ['all', null, null],
    ['its function', 'pay', null],
    ['its target', 'pay', 'dev'],
  ])('is read anew for a person who asks for %s', (_, name, env) => {
    const play = held();
    const begun = play.begun.length;
    play.feed({ type: 'retry', at: play.now, function: name, env });
    expect(scansAfter(play, begun)).toMatchObject([{ type: 'scan', function: 'pay', full: true }]);
    expect(problemOf(play)).toBe(null);
  });

  it.each([
    ['another function', 'cart', null],
    ['an environment', null, 'dev'],
  ])('is left alone when %s is meant', (_, name, env) => {
    const play = held();
    const begun = play.begun.length;
    play.feed({ type: 'retry', at: play.now, function: name, env });
    expect(scansAfter(play, begun)).toEqual([]);
  });
});

it('a function that is missing in one of several environments is asked for in each by itself, though it is not ours to create', () => {
  const play = new Play({ envs: ['dev', 'test'], settings: { createMissing: false } });
  play.greet();
  play.fail(play.push(), failure({ class: 'missing', errcode: null }));
  expect(play.pushes().map(({ envs }) => envs)).toEqual([['dev'], ['test']]);
});

it('what a person asked for past a used-up quota stays asked for, but where the gateway asks for peace', () => {
  const pushedAfter = (over: object): boolean => {
    const play = new Play({ names: ['pay', 'login'], settings: { concurrency: 1 }, jitter: () => 0.5 });
    play.settle();
    play.save('pay', 'pay-2');
    play.fail(play.push(), failure({ class: 'quota', errcode: 45_009 }));
    play.save('login', 'login-2');
    for (const name of ['pay', 'login'])
      play.feed({ type: 'retry', at: play.now, function: name, env: null });
    const job = play.push();
    play.fail(job, failure({ origin: 'http', errcode: null, httpStatus: 502, ...over }));
    play.pass(1000);
    return play.pushes().some((push) => push.function !== job.function);
  };
  expect([pushedAfter({}), pushedAfter({ retryAfterMs: 500 })]).toEqual([true, false]);
});
