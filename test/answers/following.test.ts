/** Which functions are called with which events, after which facts, and what is remembered of it. The cloud answers as the test says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Caller } from '../../src/answers/caller.js';
import { createFollower, type FollowerOptions } from '../../src/answers/follower.js';
import { defaultConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/model.js';
import type { Answer, EventProblem } from '../../src/model/answer.js';
import type { Fact } from '../../src/model/fact.js';
import { temporaryFolder } from '../support/rig.js';
import { plainFunction } from '../support/snapshot-project.js';

const [first, second] = ['f1'.repeat(32), 'f2'.repeat(32)];
const two = '[{"name":"a","value":{}},{"name":"b","value":{}}]';

const unasked: Omit<Answer, 'function' | 'env' | 'eventName' | 'ok'> = {
  ...{ fingerprint: null, proven: null, result: 1, resultBytes: 1, error: null, logs: [], moreLogs: 0 },
  ...{ ms: 1, callMs: 1, node: null, requestId: null, changed: 'same', diff: null, mismatches: [] },
  ...{ ignored: [], outcome: '', failure: null, places: [], file: '', line: 1 },
};

/** However busy the machine is. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, 20_000);

/** A project of `pay`, whose events are `a` and `b`, and a follower of it. */
async function scene(over: Partial<FollowerOptions> = {}, answers: Partial<Config['answers']> = {}) {
  const folder = await temporaryFolder();
  const events = join(folder, 'pay.json');
  await writeFile(events, two);
  const plain = defaultConfig(folder, { envs: ['dev', 'test', 'prod'] });
  const config: Config = {
    ...plain,
    protectedEnvs: ['prod'],
    answers: { ...plain.answers, events: folder, envs: ['*'], atOnce: 4, ...answers },
    functions: { pay: { ...plainFunction, answers: 'all' }, quiet: plainFunction },
  };
  const live = new Map(['dev', 'test', 'prod'].map((env) => [env, first]));
  const begun: string[] = [];
  const told: Answer[] = [];
  const problems: EventProblem[] = [];
  const right: string[] = [];
  /** The events that are answered wrong. */
  const bad = new Set<string>();
  /** Resolves when a call may answer. */
  let gate: Promise<void> = Promise.resolve();
  const caller: Caller = {
    async call({ function: name, env }, event, signal, isWanted = () => true) {
      begun.push(`${event.name} ${env}`);
      await gate;
      if (signal.aborted || !isWanted()) return null;
      return { ...unasked, function: name, env, eventName: event.name, ok: !bad.has(event.name) };
    },
  };
  const follower = createFollower({
    ...{ caller, config: () => config, envsOf: () => ['dev', 'test', 'prod'], causeOf: () => 'change' },
    liveOf: (_, env) => {
      const fingerprint = live.get(env);
      return fingerprint === undefined ? null : { fingerprint, carriesHelper: false, isLatest: true };
    },
    tell: (answer) => told.push(answer),
    tellProblem: (problem) => problems.push(problem),
    tellRight: (name, file) => right.push(`${name} ${file}`),
    onBug: (error) => {
      throw error;
    },
    ...over,
  });
  onTestFinished(() => follower.end());
  const { signal } = new AbortController();
  return {
    ...{ folder, events, live, begun, told, problems, right, bad, follower },
    /** Calls begin, and answer when the returned function is called. */
    hold(): () => void {
      let open = (): void => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return open;
    },
    call: (envs: readonly string[] | null = null, names: readonly string[] = ['pay']) =>
      follower.call({ names, envs, signal, onAnswer: () => undefined }),
  };
}

const becameLive = (env: string, fingerprint = first, name = 'pay'): Fact => ({
  ...{ event: 'live', function: name, env, fingerprint, sinceSaveMs: 1, verified: true, cannotRun: null },
});

const pushing = (cause: Extract<Fact, { event: 'pushing' }>['cause'], fingerprint = first): Fact => ({
  ...{ event: 'pushing', function: 'pay', envs: ['dev'], fingerprint, zipBytes: 1, files: 1, attempt: 1 },
  cause,
});

describe('what becomes live', () => {
  it('is called with each of its events there, from the beginning on', async () => {
    const { follower, begun, told } = await scene();
    follower.take(becameLive('dev'));
    follower.begin();
    follower.take(becameLive('test'));
    await eventually(() => expect(told).toHaveLength(2));
    expect(begun).toEqual(['a test', 'b test']);
    expect(told.map(({ env, eventName }) => `${eventName} ${env}`)).toEqual(begun);
  });

  it('is not called where it is protected, where nothing was chosen, and after the end', async () => {
    const { follower, begun, told } = await scene();
    follower.begin();
    follower.take(becameLive('prod'));
    follower.take(becameLive('dev', first, 'quiet'));
    follower.take(becameLive('dev'));
    await eventually(() => expect(told).toHaveLength(2));
    expect(begun).toEqual(['a dev', 'b dev']);
    await follower.end();
    follower.take(becameLive('test'));
    await follower.eventsOf('pay');
    expect(begun).toHaveLength(2);
  });

  it.each(['startup', 'config'] as const)(
    'because of %s is called only where a person asked',
    async (cause) => {
      const { follower, begun, told } = await scene({ causeOf: () => cause });
      follower.begin();
      follower.take(becameLive('dev'));
      follower.take(pushing('forced'));
      follower.take(becameLive('test'));
      await eventually(() => expect(told).toHaveLength(2));
      expect(begun).toEqual(['a test', 'b test']);
      // The next upload that nobody asked for is quiet again.
      follower.take(pushing('startup'));
      follower.take(becameLive('dev'));
      await follower.eventsOf('pay');
      expect(begun).toHaveLength(2);
    },
  );

  it('is not called, and says nothing, once other content is there', async () => {
    const { follower, begun, told, live, hold, call } = await scene();
    follower.begin();
    follower.take(becameLive('dev', second));
    const open = hold();
    const asked = call(['test']);
    await eventually(() => expect(begun).toEqual(['a test']));
    live.set('test', second);
    open();
    await asked;
    expect(begun).toEqual(['a test']);
    expect(told).toEqual([]);
  });
});

describe('calls that somebody asks for', () => {
  it('are one at a time in each target, and so many at once in all', async () => {
    const { begun, hold, call } = await scene({}, { atOnce: 1 });
    const open = hold();
    const asked = call();
    await eventually(() => expect(begun).toEqual(['a dev']));
    open();
    await asked;
    expect(begun).toEqual(['a dev', 'a test', 'b dev', 'b test']);
    const wide = await scene();
    const openWide = wide.hold();
    const all = wide.call();
    await eventually(() => expect(wide.begun).toEqual(['a dev', 'a test']));
    openWide();
    await all;
    expect(wide.begun).toHaveLength(4);
  });

  it('go to the environments that are named, are live, and are meant by the event', async () => {
    const { begun, call, live, events } = await scene();
    await call(['test', 'prod']);
    expect(begun.splice(0)).toEqual(['a test', 'b test']);
    live.delete('dev');
    await writeFile(events, '[{"name":"a","value":{},"envs":["t*"]},{"name":"b","value":{},"envs":["dev"]}]');
    await call();
    expect(begun).toEqual(['a test']);
  });

  async function askedTwice() {
    const { follower, begun, hold } = await scene({}, { atOnce: 1 });
    const open = hold();
    const heard: string[] = [];
    const ask = (who: string, signal: AbortSignal) =>
      follower.call({
        ...{ names: ['pay'], envs: ['dev'], signal },
        onAnswer: ({ eventName }) => heard.push(`${who} ${eventName}`),
      });
    const leaving = new AbortController();
    const one = ask('one', leaving.signal);
    await eventually(() => expect(begun).toEqual(['a dev']));
    const other = ask('other', new AbortController().signal);
    const heardBy = (who: string) => heard.filter((each) => each.startsWith(who));
    return { leaving, one, other, open, ask, heardBy };
  }

  it('give each answer to who asked, though it was asked for twice', async () => {
    const { one, other, open, heardBy } = await askedTwice();
    open();
    await Promise.all([one, other]);
    expect(heardBy('other')).toEqual(['other a', 'other b']);
    expect(heardBy('one')).toEqual(['one a', 'one b']);
  });

  it('end with the signal of who asked, and go on for everybody else', async () => {
    const { leaving, one, other, open, ask, heardBy } = await askedTwice();
    leaving.abort();
    await one;
    open();
    await other;
    expect(heardBy('other')).toEqual(['other a', 'other b']);
    expect(heardBy('one')).toEqual([]);
    const over = new AbortController();
    over.abort();
    await ask('late', over.signal);
  });

  it('are over at the end, and nobody is left waiting', async () => {
    const { follower, begun, told, hold, call } = await scene({}, { atOnce: 1 });
    const open = hold();
    const asked = call();
    await eventually(() => expect(begun).toHaveLength(1));
    const ended = follower.end();
    open();
    await Promise.all([asked, ended]);
    expect(begun).toHaveLength(1);
    expect(told).toEqual([]);
    await call();
    expect(begun).toHaveLength(1);
  });
});

describe('the events', () => {
  it('that a person chooses count in this run, whatever the configuration says', async () => {
    const { follower, begun, call } = await scene();
    expect(await follower.eventsOf('pay')).toEqual([
      { name: 'a', chosen: true },
      { name: 'b', chosen: true },
    ]);
    follower.choose('pay', ['b']);
    expect(await follower.eventsOf('pay')).toEqual([
      { name: 'a', chosen: false },
      { name: 'b', chosen: true },
    ]);
    await call(['dev']);
    expect(begun.splice(0)).toEqual(['b dev']);
    follower.choose('pay', null);
    await call(['dev']);
    expect(begun).toEqual(['a dev', 'b dev']);
  });

  it('of a function that is not called are none that is chosen', async () => {
    const { follower, folder } = await scene();
    await writeFile(join(folder, 'quiet.json'), two);
    expect((await follower.eventsOf('quiet')).map(({ chosen }) => chosen)).toEqual([false, false]);
    follower.choose('quiet', ['a']);
    expect((await follower.eventsOf('quiet')).map(({ chosen }) => chosen)).toEqual([true, false]);
  });

  it('that are wrong are said once with a content, and that they are right again', async () => {
    const { follower, events, problems, right, call } = await scene();
    await writeFile(events, '[{"name":"a","value":{}},{"name":"b"}]');
    expect(await call(['dev'])).toMatchObject([{ function: 'pay', fault: { kind: 'no-event' } }]);
    await call(['dev']);
    expect(problems).toHaveLength(1);
    // Once more with other content, but not with the same.
    follower.take(pushing('change'));
    await call(['dev']);
    follower.take(pushing('change'));
    await call(['dev']);
    expect(problems).toHaveLength(2);
    expect(right).toEqual([]);
    await writeFile(events, two);
    await call(['dev']);
    await call(['dev']);
    expect(right).toEqual(['pay pay.json']);
  });

  it('that are wrong are read again when they were corrected, though nothing else happens', async () => {
    const { events, right, call } = await scene();
    await writeFile(events, '[');
    await call(['dev']);
    await writeFile(events, two);
    await eventually(() => expect(right).toEqual(['pay pay.json']));
  });

  it('that are in no file are said, and not waited for', async () => {
    const { follower, problems, right } = await scene();
    follower.choose('quiet', ['a']);
    await follower.eventsOf('quiet');
    expect(problems).toMatchObject([{ function: 'quiet', fault: { kind: 'no-file' } }]);
    expect(right).toEqual([]);
  });
});

describe('the standing of a target', () => {
  it('counts the last answers of its present code', async () => {
    const { follower, bad, live, call, events } = await scene();
    expect(follower.standing('pay', 'dev')).toBeNull();
    bad.add('b');
    await call(['dev']);
    expect(follower.standing('pay', 'dev')).toEqual({ ok: 1, failed: ['b'] });
    expect(follower.standing('pay', 'test')).toBeNull();
    bad.clear();
    await call(['dev']);
    expect(follower.standing('pay', 'dev')).toEqual({ ok: 2, failed: [] });
    live.set('dev', second);
    expect(follower.standing('pay', 'dev')).toBeNull();
    live.set('dev', first);
    // An event that is gone has no say any more.
    await writeFile(events, '[{"name":"a","value":{}}]');
    await follower.eventsOf('pay');
    expect(follower.standing('pay', 'dev')).toEqual({ ok: 1, failed: [] });
    await writeFile(events, '[]');
    await follower.eventsOf('pay');
    expect(follower.standing('pay', 'dev')).toBeNull();
  });
});
