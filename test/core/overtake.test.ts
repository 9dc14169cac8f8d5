/** A request of several environments that has no answer for long, and what is sent past it. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../src/core/ledger.js';
import { reduce } from '../../src/core/reduce.js';
import type { PushJob, PushOutcome } from '../../src/model/event.js';
import type { Fact } from '../../src/model/fact.js';
import { createFacts } from '../../src/text/facts.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const envs = ['dev', 'test', 'sick'];
/** 5 s, and 5 ms for 1,000 bytes. */
const late = 5006;
const timedOut = failure({ origin: 'broken', errcode: null, message: 'TIMED_OUT' });
const busy = failure({ class: 'busy', errcode: null, message: '当前函数处于Updating状态' });

/** Everything is live; then a save hangs until its environments are asked one by one. */
function hung(): { play: Play; old: PushJob; alone: (env: string) => PushJob } {
  const play = new Play({ envs, jitter: () => 0 });
  play.settle();
  play.save('pay', 'pay-2');
  const old = play.push();
  play.pass(late);
  const alone = (env: string): PushJob => {
    const found = play.pushes().find((job) => job.envs.length === 1 && job.envs[0] === env);
    if (found === undefined) throw new Error(`nothing is sent to ${env} alone`);
    return found;
  };
  return { play, old, alone };
}

/** `hung`, and all but the sick one have accepted by themselves and run it. */
function passed(): ReturnType<typeof hung> {
  const scene = hung();
  const { play, old } = scene;
  for (let turn = 0; turn < 9; turn += 1) {
    const job = play.pushes().find((each) => each !== old && !each.envs.includes('sick'));
    if (job !== undefined) play.accept(job);
    play.pass(50);
  }
  play.seeActive('after');
  return scene;
}

/** What was saved last is on its way, once the look for foreign deployments is over. */
function newest(play: Play): PushJob {
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'after')]);
  const job = play.pushes().find(({ fingerprint }) => fingerprint === 'pay-3');
  if (job === undefined) throw new Error('the newer content waits');
  return job;
}

it('is waited for 5 s and its size, then each environment is asked by itself, with the same content', () => {
  const play = new Play({ envs, jitter: () => 0 });
  play.settle();
  play.save('pay', 'pay-2');
  play.pass(4999);
  expect(play.pushes().length).toBe(1);
  play.pass(10);
  const alone = { fingerprint: 'pay-2', attempt: 2, cause: 'retry' };
  expect(play.pushes().slice(1)).toMatchObject(envs.map((env) => ({ ...alone, envs: [env] })));
});

it('keeps nobody waiting but the environment that hangs', () => {
  const { play } = passed();
  expect(envs.map((env) => play.phase('pay', env).kind)).toEqual(['live', 'live', 'sending']);
});

it('leaves the others their slots, however many hang: all else is live within 2 s, and the sick one is asked once at a time', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const play = new Play({ names, envs, jitter: () => 0, settings: { concurrency: 4 } });
  play.settle();
  for (const name of names) play.save(name, `${name}-2`);
  // The first of a burst goes alone, and is still answered.
  const accepted = new Set(['a dev', 'a test']);
  play.accept(play.push());
  const hanging = new Set(play.pushes());
  expect(hanging.size).toBe(4);
  play.pass(late);
  for (let turn = 0; turn < 40; turn += 1) {
    const later = play.pushes().filter((job) => !hanging.has(job));
    expect(later.filter((job) => job.envs.includes('sick')).length).toBeLessThanOrEqual(1);
    expect(play.pushes().length + play.lists().length).toBeLessThanOrEqual(8);
    for (const job of later.filter((each) => !each.envs.includes('sick'))) {
      for (const env of job.envs) accepted.add(`${job.function} ${env}`);
      play.accept(job);
    }
    for (const { env } of play.lists().filter((list) => list.env !== 'sick')) {
      const modTime = (name: string) => (accepted.has(`${name} ${env}`) ? 'after' : 'settled');
      const rows = names.map((name) => row(name, modTime(name)));
      play.listed(env, rows);
    }
    play.pass(50);
  }
  const left = names.flatMap((name) =>
    ['dev', 'test'].filter((env) => play.phase(name, env).kind !== 'live').map((env) => [name, env]),
  );
  expect(left).toEqual([]);
});

it('is never sent past while it carries one environment alone', () => {
  const play = new Play({ envs: ['dev'], jitter: () => 0 });
  play.settle();
  play.save('pay', 'pay-2');
  play.pass(29_000);
  expect(play.pushes().length).toBe(1);
});

/** What is told when it ends so. */
function toldAtEnd(play: Play, job: PushJob, outcome: PushOutcome): Fact[] {
  const before = play.state;
  const ended = { type: 'push-ended', at: play.now, job, jitter: 0, outcome } as const;
  const told = createFacts('en')(ended, reduce(before, ended), before);
  return told.filter(({ event }) => event === 'push-failed' || event === 'pushed');
}

it('is told once, and how it ends is told no more', () => {
  const { play, old } = hung();
  expect(toldAtEnd(play, old, { type: 'failed', failure: timedOut })).toEqual([]);
  const { play: later, old: answered } = passed();
  const failures = [{ env: 'sick', failure: busy }];
  expect(toldAtEnd(later, answered, { type: 'answered', requestMs: 9000, failures })).toEqual([]);
});

it('is told as accepted at its end where that counts: the environment was busy with it when it was asked by itself', () => {
  const { play, old, alone } = hung();
  play.answer(alone('dev'), { dev: busy });
  const failures = ['sick', 'test'].map((env) => ({ env, failure: busy }));
  expect(toldAtEnd(play, old, { type: 'answered', requestMs: 9000, failures })).toMatchObject([
    { event: 'pushed', function: 'pay', envs: ['dev'], fingerprint: 'pay-2', requestMs: 9000 },
  ]);
});

describe('when it ends after all', () => {
  it('the same content, accepted by itself meanwhile, is live and not sent again', () => {
    const { play, old } = passed();
    const begun = play.pushed();
    play.fail(old, timedOut);
    play.pass(10_000);
    expect([play.phase('pay', 'dev').kind, play.pushed() - begun]).toEqual(['live', 0]);
  });

  it('its own deployment is not taken for somebody else’s', () => {
    const { play, old } = passed();
    play.answer(old, { sick: busy });
    play.save('pay', 'pay-2');
    play.pass(1000);
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'moved')]);
    expect(play.target('pay', 'dev')).toMatchObject({ live: 'pay-2', foreign: null });
  });

  it('newer content that was accepted meanwhile is sent again: nobody knows which came last', () => {
    const { play, old } = passed();
    play.save('pay', 'pay-3');
    const newer = newest(play);
    play.accept(newer);
    play.answer(old, { sick: busy });
    play.pass(1000);
    expect(play.pushes().some((job) => job.fingerprint === 'pay-3' && job.envs.includes('dev'))).toBe(true);
  });

  it('newer content on its way then is sent once more after its acceptance', () => {
    const { play, old } = passed();
    play.save('pay', 'pay-3');
    const newer = newest(play);
    play.answer(old, { sick: busy });
    play.accept(newer);
    play.pass(1000);
    const again = play.pushes().filter((job) => job.fingerprint === 'pay-3');
    expect(again.flatMap((job) => job.envs)).toContain('dev');
  });

  it('a refusal that says it was not carried out puts nothing in doubt', () => {
    const { play, old } = passed();
    play.fail(old, failure({ origin: 'http', errcode: null, httpStatus: 429 }));
    play.pass(1000);
    expect(play.phase('pay', 'dev').kind).toBe('live');
  });

  it('an environment that was busy with it has accepted it, and is not sent it again', () => {
    const { play, old, alone } = hung();
    play.answer(alone('dev'), { dev: busy });
    play.answer(old, { sick: busy, test: busy });
    expect(play.phase('pay', 'dev').kind).toBe('deploying');
    const begun = play.begun.length;
    play.pass(300);
    for (const { env } of play.lists()) play.listed(env, [row('pay', 'after')]);
    expect(play.phase('pay', 'dev').kind).toBe('live');
    const since = play.begun.slice(begun).map(({ job }) => job);
    expect(since.filter((job) => job.type === 'push' && job.envs.includes('dev'))).toEqual([]);
  });
});

it.each([
  ['busy', busy],
  ['its content', failure({ class: 'function', errcode: 40_097 })],
])(
  'an edit undone after it ended is sent again, although what was sent past it was refused (%s)',
  (_, refused) => {
    const { play, old, alone } = hung();
    const solo = alone('dev');
    play.fail(old, timedOut);
    play.answer(solo, { dev: refused });
    play.save('pay', 'pay-1');
    play.pass(60_000);
    const carried = play
      .pushes()
      .filter(({ fingerprint, envs: to }) => fingerprint === 'pay-1' && to.includes('dev'));
    expect(carried.length).toBe(1);
  },
);

it('a crash meanwhile leaves it unknown what runs, though what was sent past it is live', () => {
  const { play } = passed();
  expect(play.phase('pay', 'dev').kind).toBe('live');
  expect(ledgerOf(play.state).map(({ env, sending }) => [env, sending])).toEqual(
    envs.map((env) => [env, true]),
  );
});

it('an environment taken out and put back meanwhile is not sent the same twice at once', () => {
  const { play, old } = passed();
  play.configure(['dev']);
  play.configure(envs);
  const counts = new Map<string, number>();
  for (const job of play.pushes())
    if (job !== old) for (const env of job.envs) counts.set(env, (counts.get(env) ?? 0) + 1);
  expect([...counts.values()].filter((count) => count > 1)).toEqual([]);
});
