/** A request of several environments that broke or has no answer: each of them goes by itself until it accepts something. */
import { expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import type { PushJob } from '../../src/model/event.js';
import { createFacts } from '../../src/text/facts.js';
import { failure } from './make.js';
import { Play, row } from './play.js';

const envs = ['dev', 'test', 'sick'];
/** 5 s, and what 1,333 bytes take to leave this machine on a slow link. */
const patience = 5021;

/** Everything is live; then a save is sent to all, and hangs. */
function hanging(over: ConstructorParameters<typeof Play>[0] = {}): { play: Play; shared: PushJob } {
  const play = new Play({ envs, jitter: () => 0, ...over });
  play.settle();
  play.save('pay', 'pay-2');
  return { play, shared: play.push() };
}

function aloneTo(play: Play, env: string): PushJob {
  const found = play.pushes().find((job) => job.envs.length === 1 && job.envs[0] === env);
  if (found === undefined) throw new Error(`nothing is sent to ${env} alone`);
  return found;
}

it('is waited for 5 s after its last byte and no longer, then each environment is asked by itself', () => {
  const { play, shared } = hanging();
  play.pass(patience - 1);
  expect(play.pushes()).toEqual([shared]);
  play.pass(1);
  const alone = { fingerprint: 'pay-2', attempt: 2, cause: 'retry' };
  expect(play.pushes().filter((job) => job !== shared)).toMatchObject(
    envs.map((env) => ({ ...alone, envs: [env] })),
  );
});

it('keeps the only slot for as long as an answer may take, and then no other function waiting', () => {
  const play = new Play({ names: ['login', 'pay'], settings: { concurrency: 1 } });
  play.settle();
  const { now } = play;
  play.save('pay', 'pay-2');
  expect(play.push().function).toBe('pay');
  play.save('login', 'login-2');
  play.pass(60_000);
  const sent = play.begun.filter(({ job, at }) => job.type === 'push' && at >= now);
  expect(sent.map(({ job, at }) => [job.type === 'push' && job.function, at - now]).slice(0, 2)).toEqual([
    ['pay', 0],
    ['login', play.state.settings.waits.briefMs],
  ]);
});

it('is not given up while its bytes are being written, however long that takes', () => {
  const play = new Play({ envs, settings: { concurrency: 1 } });
  play.settle();
  let state = reduce(play.state, { type: 'touched', at: play.now, functions: ['pay'] });
  const job: PushJob = {
    ...(play.begun.flatMap(({ job: each }) => (each.type === 'push' ? [each] : []))[0] ?? raise()),
    id: 900,
  };
  state = reduce(state, { type: 'job-started', at: play.now, job });
  state = reduce(state, { type: 'push-sending', at: play.now, job, zipBytes: 2_000_000, files: 1 });
  state = reduce(state, { type: 'tick', at: play.now + 600_000 });
  expect(state.requests.has(900)).toBe(true);
  state = reduce(state, { type: 'push-written', at: play.now + 600_000, job });
  // Written is not gone: it may lie in this machine's buffers.
  state = reduce(state, { type: 'tick', at: play.now + 630_000 });
  expect(state.requests.has(900)).toBe(true);
  state = reduce(state, { type: 'tick', at: play.now + 660_000 });
  expect(state.requests.has(900)).toBe(false);
});

it('keeps nobody waiting but the environment that hangs, the next time not even once', () => {
  const { play } = hanging();
  play.pass(patience);
  play.accept(aloneTo(play, 'dev'));
  play.accept(aloneTo(play, 'test'));
  play.seeActive('after');
  expect(envs.map((env) => play.phase('pay', env).kind)).toEqual(['live', 'live', 'sending']);
  play.save('pay', 'pay-3');
  for (const { env } of play.lists()) play.listed(env, [row('pay', 'after')]);
  expect(play.pushes().find(({ fingerprint }) => fingerprint === 'pay-3')?.envs).toEqual(['dev', 'test']);
});

it('is told once as unanswered, and how it ends is told no more', () => {
  const { play, shared } = hanging();
  const before = play.state;
  const tick = { type: 'tick', at: play.now + patience } as const;
  const after = reduce(before, tick);
  const told = createFacts('en')(tick, after, before).filter(({ event }) => event === 'push-failed');
  expect(told).toMatchObject([{ envs, class: 'transient', retryInMs: 0 }]);
  const ended = { type: 'push-ended', at: tick.at, job: shared, jitter: 0 } as const;
  const late = { ...ended, outcome: { type: 'answered', requestMs: 9000, failures: [] } } as const;
  expect(createFacts('en')(late, reduce(after, late), after)).toEqual([]);
  expect(reduce(after, late).functions).toBe(after.functions);
});

it('carries one environment alone as long as it takes', () => {
  const { play, shared } = hanging({ envs: ['dev'] });
  play.pass(29_000);
  expect(play.pushes()).toEqual([shared]);
});

it('puts in doubt what runs, whether ours or somebody else’s', () => {
  const { play } = hanging();
  play.pass(patience);
  expect(play.target('pay', 'dev')).toMatchObject({ live: null, unsureUntil: play.now + 60_000 });
  const foreign = new Play({ settings: { onForeignChange: 'warn' } });
  foreign.settle();
  foreign.save('pay', 'pay-2');
  for (const { env } of foreign.lists()) foreign.listed(env, [row('pay', 'theirs')]);
  foreign.fail(foreign.push(), failure({ origin: 'broken', errcode: null }));
  expect(foreign.target('pay', 'dev').foreign).toBeNull();
  foreign.save('pay', 'pay-1');
  foreign.pass(1000);
  expect(foreign.push()).toMatchObject({ fingerprint: 'pay-1' });
});

it('that a gateway failed goes together once more, and then apart', () => {
  const { play, shared } = hanging();
  const gateway = failure({ origin: 'http', errcode: null, httpStatus: 502 });
  play.fail(shared, gateway);
  play.pass(1);
  expect(play.push().envs).toEqual(envs);
  play.fail(play.push(), gateway);
  play.pass(1);
  expect(play.pushes().map((job) => job.envs)).toEqual(envs.map((env) => [env]));
});

it('that a gateway failed goes apart at once where one of its environments had failed before', () => {
  const play = new Play({ envs, names: ['pay', 'login'], jitter: () => 0.99 });
  play.settle();
  const gateway = failure({ origin: 'http', errcode: null, httpStatus: 502 });
  play.save('pay', 'pay-2');
  play.answer(play.push(), { dev: failure({ errcode: null, message: 'InternalError' }) });
  play.save('login', 'login-2');
  play.feed({ type: 'pause', at: play.now, paused: true });
  // The environment takes another function: it is like any other again.
  for (const job of play.pushes()) play.accept(job);
  play.save('pay', 'pay-3');
  play.feed({ type: 'pause', at: play.now, paused: false });
  play.pass(1000);
  expect(play.push()).toMatchObject({ function: 'pay', envs });
  play.fail(play.push(), gateway);
  expect(envs.map((env) => play.state.envs.get(env)?.apart?.failure)).toEqual(envs.map(() => gateway));
});

it('keeps an environment waiting longer with each function that fails there', () => {
  const names = ['a', 'b', 'c', 'd'];
  const play = new Play({ envs: ['dev'], names, jitter: () => 0.5, settings: { concurrency: 1 } });
  play.settle();
  const waits: number[] = [];
  for (const name of names) play.save(name, `${name}-2`);
  for (const _ of names) {
    play.fail(play.push(), failure({ origin: 'http', errcode: null, httpStatus: 502 }));
    const until = play.state.envs.get('dev')?.apart?.retryAt ?? null;
    waits.push(until === null ? 0 : until - play.now);
    if (until !== null) play.pass(until - play.now);
  }
  // The first may be the function's own.
  expect(waits).toEqual([0, 250, 500, 1000]);
});

it('leaves the others their slots, however many hang', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const play = new Play({ names, envs, jitter: () => 0, settings: { concurrency: 4 } });
  play.settle();
  for (const name of names) play.save(name, `${name}-2`);
  for (let turn = 0; turn < 240; turn += 1) {
    const sick = play.pushes().filter((job) => job.envs.includes('sick'));
    expect(play.pushes().length + play.lists().length).toBeLessThanOrEqual(8);
    const late = sick.filter((job) => job.envs.length === 1);
    expect(late.length).toBeLessThanOrEqual(1);
    for (const job of play.pushes()) if (!job.envs.includes('sick')) play.accept(job);
    for (const { env } of play.lists())
      play.listed(
        env,
        names.map((name) => row(name, `${turn}`)),
      );
    play.pass(50);
  }
  for (const name of names)
    for (const env of ['dev', 'test']) expect(play.phase(name, env).kind).toBe('live');
});

it('waits its turn on a slow link: its bytes and another’s side by side would only be slower', () => {
  const play = new Play({ names: ['pay', 'login'], envs: ['dev'] });
  play.settle();
  const link = (job: PushJob): void => {
    play.feed({ type: 'push-sending', at: play.now, job, zipBytes: 3_000_000, files: 1 });
  };
  play.save('pay', 'pay-2');
  link(play.push());
  play.save('login', 'login-2');
  expect(play.pushes()).toHaveLength(1);
  play.pass(60_000);
  play.accept(play.push());
  expect(play.push().function).toBe('login');
});

function raise(): never {
  throw new Error('nothing was sent');
}
