/** One environment of several that fails never makes the others wait. */
import { describe, expect, it } from 'vitest';
import type { PushJob } from '../../src/model/event.js';
import type { Failure } from '../../src/model/nouns.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const envs = ['dev', 'test', 'sick'];
const names = ['pay', 'login', 'order'];
const minute = 60_000;
const internal = failure({ errcode: null, message: 'InternalError' });
const gateway = failure({ origin: 'http', errcode: null, httpStatus: 504 });
const timedOut = failure({ origin: 'broken', errcode: null, message: 'TIMED_OUT' });

/** How the cloud treats a request that carries the sick environment. */
type Treat = (play: Play, job: PushJob, since: number) => boolean;

const partly: Treat = (play, job) => {
  play.answer(job, { sick: internal });
  return true;
};
const wholly: Treat = (play, job) => {
  play.fail(job, gateway);
  return true;
};
/** No answer for 30 s. */
const slowly: Treat = (play, job, since) => {
  if (play.now - since < 30_000) return false;
  play.fail(job, timedOut);
  return true;
};

/** A minute in which every list and every healthy request is answered within 50 ms. */
function live(play: Play, ms: number, treat: Treat, each: () => void = () => undefined): void {
  const end = play.now + ms;
  const since = new Map<PushJob, number>();
  while (play.now < end) {
    for (const job of play.pushes()) {
      const began = since.get(job) ?? play.now;
      since.set(job, began);
      if (job.envs.includes('sick')) treat(play, job, began);
      else play.accept(job);
    }
    for (const list of play.lists())
      play.listed(
        list.env,
        names.map((name) => row(name, `${play.now}`)),
      );
    each();
    play.pass(50);
  }
}

function healthyAreOnTheirWay(play: Play): boolean {
  return names.every((name) =>
    ['dev', 'test'].every((env) => ['live', 'deploying'].includes(play.phase(name, env).kind)),
  );
}

describe.each([
  ['its own part of each request fails', partly, 400, 400],
  ['every request that carries it fails at a gateway', wholly, 4000, 400],
])('when %s', (_, treat, first, later) => {
  it('the others have each of a minute’s saves at once', () => {
    const play = new Play({ names, envs, jitter: () => 0.99 });
    play.settle();
    const waits: number[] = [];
    for (let round = 1; round <= 6; round += 1) {
      for (const name of names) play.save(name, `${name}-${round + 1}`);
      const saved = play.now;
      let took: number | null = null;
      live(play, 10_000, treat, () => {
        if (took === null && healthyAreOnTheirWay(play)) took = play.now - saved;
      });
      expect(took).not.toBeNull();
      waits.push(took ?? 0);
    }
    expect(waits[0]).toBeLessThanOrEqual(first);
    expect(Math.max(...waits.slice(1))).toBeLessThanOrEqual(later);
    expect(play.phase('pay', 'sick').kind).not.toBe('live');
  });
});

describe('when every request that carries it hangs until it is given up', () => {
  it('the others wait for it once, until their own requests pass it, and never again', () => {
    const play = new Play({ names, envs, jitter: () => 0.99 });
    play.settle();
    const waits: number[] = [];
    for (let round = 1; round <= 4; round += 1) {
      for (const name of names) play.save(name, `${name}-${round + 1}`);
      const saved = play.now;
      let took: number | null = null;
      live(play, 2 * minute, slowly, () => {
        if (took === null && healthyAreOnTheirWay(play)) took = play.now - saved;
      });
      waits.push(took ?? Number.POSITIVE_INFINITY);
    }
    expect(waits[0]).toBeLessThan(9000);
    expect(Math.max(...waits.slice(1))).toBeLessThanOrEqual(4000);
  });

  it('its list does not keep the others from the first contact', () => {
    const play = new Play({ names, envs: ['sick', 'dev', 'test'] });
    const began = play.now;
    play.tokenRead();
    expect(play.lists().map(({ env }) => env)).toEqual(['sick']);
    const answer = (): void => {
      for (const { env } of play.lists()) if (env !== 'sick') play.listed(env, []);
      for (const job of play.pushes()) play.accept(job);
    };
    while (play.now < began + 5000 && !healthyAreOnTheirWay(play)) {
      answer();
      play.pass(50);
    }
    expect(healthyAreOnTheirWay(play)).toBe(true);
    expect(play.begun.filter(({ job }) => job.type === 'push' && job.envs.includes('sick'))).toEqual([]);
  });
});

it('one bad environment in a refused request is found out, and only that one is held', () => {
  const noSuch: Failure = failure({ class: 'env', errcode: -501_000, message: 'ResourceNotFound.Namespace' });
  const play = new Play({ envs });
  play.greet();
  play.fail(play.push(), noSuch);
  expect(play.pushes().map((job) => job.envs.length)).toEqual([1, 1, 1]);
  for (const job of play.pushes()) {
    if (job.envs[0] === 'sick') play.fail(job, noSuch);
    else play.accept(job);
  }
  expect(play.hold('pay', 'sick')).toMatchObject({ reason: 'refused', scope: 'env' });
  expect(play.phase('pay', 'dev').kind).toBe('deploying');
  play.save('pay', 'pay-2');
  expect(play.push().envs).toEqual(['dev', 'test']);
});

it('an environment that works again carries its functions in one request with the others', () => {
  const play = new Play({ envs, jitter: () => 0 });
  play.settle();
  play.save('pay', 'pay-2');
  play.fail(play.push(), gateway);
  play.pass(1);
  play.accept(play.push());
  play.save('pay', 'pay-3');
  expect(play.push().envs).toEqual(envs);
});

it('the environments that nothing is wrong with go first, wherever they stand in the list', () => {
  const play = new Play({ names: ['pay', 'login'], envs: ['sick', 'dev', 'test'], jitter: () => 0.99 });
  play.settle();
  play.save('pay', 'pay-2');
  for (let turn = 0; turn < 40; turn += 1) {
    for (const job of play.pushes()) {
      if (job.envs.includes('sick')) play.fail(job, gateway);
      else play.accept(job);
    }
    play.pass(50);
  }
  expect(play.pushes()).toEqual([]);
  play.save('login', 'login-2');
  const [first] = play.pushes();
  expect(first).toMatchObject({ function: 'login', envs: ['dev', 'test'] });
});
