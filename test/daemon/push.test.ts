/** A push that another process asks for: its reports of a running sync, and its events for the engine. */
import { expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { emptyState, type State } from '../../src/core/state.js';
import type { Answer } from '../../src/daemon/protocol.js';
import { type PushQuestion, servePush } from '../../src/daemon/push.js';
import type { Answer as EventAnswer, EventProblem } from '../../src/model/answer.js';
import type { Event } from '../../src/model/event.js';
import type { Fact } from '../../src/model/fact.js';
import { configured, failure, settings, spec } from '../core/make.js';
import { Play } from '../core/play.js';
import { loaded } from '../support/config-folder.js';

const envs = ['dev', 'test'];
const names = ['login', 'pay'];

interface Served {
  readonly said: readonly Answer[];
  readonly text: string;
  /** The facts that were reported, as JSON. */
  readonly facts: readonly Record<string, unknown>[];
  readonly events: readonly Event[];
}

/** Serves one push while the sync reports these facts. */
async function serve(
  facts: readonly Fact[],
  question: Partial<PushQuestion> = {},
  {
    known = names,
    interrupted = false,
    problem = false,
    answers = [] as readonly EventAnswer[],
    problems = [] as readonly EventProblem[],
    /** A core that takes the events, and what happens there until it rests. */
    play = null as Play | null,
    meanwhile = (): void => {},
  } = {},
): Promise<Served> {
  const { config } = await loaded({ envs, functions: { off: { enabled: false } } });
  let state: State = reduce(emptyState(settings, 0), configured(0, known, envs));
  if (problem) {
    const job = { type: 'scan', id: 1, function: 'pay', full: false } as const;
    state = reduce(state, { type: 'job-started', at: 0, job });
    const result = { ok: false, problem: { reason: 'untrusted' } } as const;
    state = reduce(state, { type: 'scan-ended', at: 0, job, result });
  }
  const [events, said]: [Event[], Answer[]] = [[], []];
  let hear: (fact: Fact) => void = () => {};
  let heard = true;
  await servePush({
    sync: {
      config,
      aim: async (_name, steps) => steps,
      answers: {
        async call({ onAnswer }) {
          answers.forEach(onAnswer);
          return problems;
        },
        choose: () => undefined,
        eventsOf: async () => [],
        standing: () => null,
        uncalled: () => null,
      },
      discover: async () => names.map((name) => spec(name, envs)),
      engine: {
        state: () => play?.state ?? state,
        dispatch(event) {
          events.push(event);
          play?.feed(event);
        },
        observe: () => () => {},
        running: () => 0,
        close: () => {},
      },
      observe(_language, onFact) {
        hear = (fact) => onFact(fact, 0);
        return () => {
          heard = false;
        };
      },
      async atRest() {
        meanwhile();
        for (const fact of facts) if (heard) hear(fact);
      },
    },
    question: {
      ...{
        v: 1,
        ask: 'push',
        check: false,
        selection: { envIds: ['dev'], only: [], names: ['pay'] },
        force: false,
        yes: false,
        retry: true,
      },
      looks: {
        json: true,
        language: 'en',
        color: false,
        ascii: false,
        timestamps: false,
        verbose: true,
        problems: false,
      },
      ...question,
    },
    say: (answer) => void said.push(answer),
    signal: new AbortController().signal,
    interrupted: () => interrupted,
    version: '1.2.3',
  });
  const texts = said.flatMap((answer) => (answer.say === 'text' ? [answer.text] : []));
  const reported = texts.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text));
  return { said, events, text: texts.join(''), facts: reported };
}

const push = { fingerprint: 'a'.repeat(64), requestMs: 7, sinceSaveMs: null } as const;
const pushed = (name: string, to: readonly string[]): Fact => ({
  event: 'pushed',
  function: name,
  envs: to,
  ...push,
});
const held = (name: string | null, env: string | null): Fact => ({
  ...{ event: 'held', function: name, env, reason: 'paused', detail: 'd', hint: 'h' },
});
const noticed = (name: string | null): Fact => ({
  ...{ event: 'notice', kind: 'cannot-run', function: name, detail: 'd', hint: 'h', place: null },
});
const live = (name: string, env: string): Fact => ({
  ...{
    event: 'live',
    function: name,
    env,
    fingerprint: 'a'.repeat(64),
    sinceSaveMs: null,
    verified: true,
    cannotRun: null,
  },
});

it('begins with what it is about, and ends with what it did', async () => {
  const { facts, said } = await serve([pushed('pay', ['dev'])]);
  expect(facts[0]).toMatchObject({
    ...{ event: 'started', version: '1.2.3', pid: process.pid, envs: ['dev'], functions: ['pay'] },
  });
  expect(facts.at(-1)).toMatchObject({
    ...{ event: 'stopped', code: 1, pushed: 1, failed: 0 },
    pending: [{ function: 'pay', env: 'dev' }],
  });
  expect(said.at(-1)).toEqual({ v: 1, say: 'ended', code: 1 });
});

it.each<readonly [string, Fact, readonly object[]]>([
  [
    'an upload to both environments is one to its own',
    pushed('pay', envs),
    [{ event: 'pushed', envs: ['dev'] }],
  ],
  ['one to the other environment', pushed('pay', ['test']), []],
  ['one of another function', pushed('login', envs), []],
  ['live', live('pay', 'dev'), [{ event: 'live', env: 'dev' }]],
  ['live elsewhere', live('pay', 'test'), []],
  ['another function that is live', live('login', 'dev'), []],
  ['held', held('pay', 'dev'), [{ event: 'held', function: 'pay' }]],
  ['held elsewhere', held('pay', 'test'), []],
  ['held everywhere', held('pay', null), [{ event: 'held', env: null }]],
  ['another function that is held', held('login', null), []],
  ['all that is held', held(null, null), [{ event: 'held', function: null }]],
  ['a change', { event: 'changed', function: 'pay', files: ['a.js'], more: 0 }, [{ event: 'changed' }]],
  ['a change of another', { event: 'changed', function: 'login', files: ['a.js'], more: 0 }, []],
  [
    'no change',
    { event: 'unchanged', function: 'pay', fingerprint: 'a'.repeat(64) },
    [{ event: 'unchanged' }],
  ],
  ['found', { event: 'found', function: 'login' }, []],
  ['lost', { event: 'lost', function: 'pay', detail: 'd', hint: 'h' }, [{ event: 'lost' }]],
  ['a notice', noticed('pay'), [{ event: 'notice', function: 'pay' }]],
  ['a notice about all', noticed(null), [{ event: 'notice', function: null }]],
  ['a notice about another', noticed('login'), []],
  ['no network', { event: 'offline', detail: 'd', hint: 'h' }, [{ event: 'offline' }]],
  ['the network', { event: 'online', detail: 'd' }, [{ event: 'online' }]],
  ['the token', { event: 'token', state: 'read', detail: null }, [{ event: 'token' }]],
  ['the configuration', { event: 'config', state: 'reloaded', problems: [] }, [{ event: 'config' }]],
  ['the sync’s own beginning', { event: 'watching', functions: 2, envs: 2, directories: 2, ms: 1 }, []],
])('reports of the sync: %s', async (_, fact, expected) => {
  const { facts } = await serve([fact]);
  expect(facts.slice(1, -1)).toMatchObject(expected);
  expect(facts.slice(1, -1)).toHaveLength(expected.length);
});

it('counts what concerns its own targets alone', async () => {
  const { facts } = await serve([pushed('login', ['dev']), pushed('pay', envs)], {
    selection: { envIds: [], only: [], names: [] },
  });
  expect(facts.at(-1)).toMatchObject({ pushed: 3, failed: 0 });
});

it('asks for a look, for what failed, and for nothing else', async () => {
  const { events } = await serve([]);
  expect(events).toMatchObject([
    { type: 'settled', functions: [{ function: 'pay', cause: 'change', savedAt: null, full: false }] },
    { type: 'retry', function: 'pay', env: 'dev' },
    { type: 'revoke' },
  ]);
});

it('that only waits looks at the files, and retries nothing', async () => {
  const { events } = await serve([], { retry: false });
  expect(events.map(({ type }) => type)).toEqual(['settled', 'revoke']);
});

it('looks at everything of what is held by its content', async () => {
  const { events } = await serve([], {}, { problem: true });
  expect(events[0]).toMatchObject({ functions: [{ function: 'pay', full: true }] });
});

it('asks for every function at once where all are meant', async () => {
  const { events } = await serve([], { selection: { envIds: [], only: [], names: [] } });
  expect(events.slice(1, -1)).toMatchObject([
    { type: 'retry', function: null, env: 'dev' },
    { type: 'retry', function: null, env: 'test' },
  ]);
});

it('--yes and --force hold as long as it does, under a name of its own', async () => {
  const first = await serve([], { yes: true, force: true });
  expect(first.events).toMatchObject([
    { type: 'allow', envs: ['dev'], functions: ['pay'] },
    { type: 'settled' },
    { type: 'retry' },
    { type: 'force', function: 'pay', env: 'dev' },
    { type: 'revoke' },
  ]);
  const ids = (events: readonly Event[]) =>
    new Set(events.flatMap((event) => ('id' in event ? [event.id] : [])));
  expect(ids(first.events).size).toBe(1);
  expect(ids((await serve([], { yes: true })).events)).not.toEqual(ids(first.events));
});

/** Live, protected, and changed since. */
function protectedAndChanged(): Play {
  const play = new Play({ names, envs });
  play.settle();
  const { envs: specs, ...rest } = configured(play.now, names, envs);
  play.feed({ ...rest, envs: specs.map(({ id }) => ({ id, protected: true })), cloudChanged: false });
  play.save('pay', 'pay-2');
  return play;
}

it('--yes ends with the code of what the cloud refused, though its consent is over by then', async () => {
  const play = protectedAndChanged();
  const refused = failure({ class: 'function', errcode: null });
  const meanwhile = (): void => play.fail(play.push(), refused);
  const { facts } = await serve([], { yes: true }, { play, meanwhile });
  const pending = [{ function: 'pay', env: 'dev', reason: 'refused' }];
  expect(facts.at(-1)).toMatchObject({ event: 'stopped', code: 5, pending });
  expect(play.hold('pay', 'dev')).toMatchObject({ reason: 'protected' });
});

it('--yes is over, too, where serving it fails', async () => {
  const play = protectedAndChanged();
  const meanwhile = (): void => {
    throw new Error('a bug');
  };
  await expect(serve([], { yes: true }, { play, meanwhile })).rejects.toThrow('a bug');
  expect(play.state.consents).toEqual([]);
});

const answer = (ok: boolean): EventAnswer => ({
  ...{ function: 'pay', env: 'dev', eventName: 'e', fingerprint: null, proven: null, ok, result: 1 },
  ...{ resultBytes: 1, error: null, logs: [], moreLogs: 0, ms: null, callMs: 1, node: null, requestId: null },
  ...{ places: [], outcome: 'ok', changed: 'first', diff: null, mismatches: [], ignored: [], failure: null },
  ...{ file: 'events/pay.json', line: 1 },
});

it.each([
  [true, true],
  [true, false],
  [false, true],
])('--check (%s) calls what is live, and reports what it answered (right: %s)', async (check, ok) => {
  const { facts, said } = await serve([], { check }, { answers: [answer(ok)] });
  const reported = facts.filter(({ event }) => event === 'answer');
  expect(reported).toMatchObject(check ? [{ function: 'pay', env: 'dev', eventName: 'e', ok }] : []);
  expect(facts.at(-1)).toMatchObject({
    answers: { ok: check && ok ? 1 : 0, failed: check && !ok ? 1 : 0 },
  });
  expect(said.at(-1)).toMatchObject({ say: 'ended' });
});

it.each([
  [true, 0],
  [false, 5],
])('--check of what is live ends as the answers are (right: %s) with %d', async (ok, code) => {
  const play = new Play({ names, envs });
  play.settle();
  const meanwhile = (): void => play.seeActive('settled');
  const { said } = await serve([], { check: true }, { answers: [answer(ok)], play, meanwhile });
  expect(said.at(-1)).toMatchObject({ say: 'ended', code });
});

it('--check reports what is wrong with saved events, though the daemon has before, and is no success', async () => {
  const at = { line: 3, column: 5 };
  const wrong = { function: 'pay', file: 'events/pay.json', at, fault: { kind: 'syntax' } } as const;
  const { facts, said } = await serve([], { check: true }, { answers: [answer(true)], problems: [wrong] });
  expect(facts.filter(({ event }) => event === 'notice')).toMatchObject([
    { kind: 'events-wrong', function: 'pay', place: 'events/pay.json:3:5' },
  ]);
  expect(said.at(-1)).toMatchObject({ say: 'ended', code: 3 });
});

it('goes back as it is asked, looks at no file and retries nothing, and stays as long as it does', async () => {
  const undo = [{ env: 'dev', fingerprint: 'b'.repeat(64) }];
  const { events } = await serve([], { undo });
  expect(events).toMatchObject([
    { type: 'undo', function: 'pay', steps: undo, id: expect.stringMatching(/^push-/) },
    { type: 'revoke' },
  ]);
});

it('keeps to the environments that are named, of each function', async () => {
  const { facts } = await serve([], { selection: { envIds: ['test'], only: [], names: [] } });
  expect(facts[0]).toMatchObject({ envs: ['test'], functions: names });
  const pushing = (to: readonly string[]): Fact => ({
    ...{ event: 'pushing', function: 'pay', envs: to, fingerprint: 'f', zipBytes: 1, files: 1, attempt: 1 },
    cause: 'change',
  });
  expect((await serve([pushing(envs)])).facts.slice(1, -1)).toMatchObject([{ envs: ['dev'] }]);
});

it('that was interrupted has not succeeded, even where all is done', async () => {
  const selection = { envIds: [], only: [], names: [] };
  const nobody = { known: [] as string[] };
  expect((await serve([], { selection }, { ...nobody, interrupted: true })).said).toMatchObject([
    { say: 'narrower' },
  ]);
  const { said } = await serve([], {}, { interrupted: true });
  expect(said.at(-1)).toMatchObject({ say: 'ended', code: 1 });
});

it.each<readonly [string, PushQuestion['selection'], Partial<Answer>]>([
  [
    'a wrong name',
    { envIds: [], only: [], names: ['pya'] },
    { say: 'unmatched', unmatched: [{ kind: 'name', value: 'pya', nearest: 'pay' }] },
  ],
  [
    'one that is switched off',
    { envIds: [], only: [], names: ['off'] },
    { say: 'unmatched', unmatched: [{ kind: 'disabled', value: 'off', nearest: null }] },
  ],
])('answers %s, and does nothing', async (_, selection, answer) => {
  const { said, events } = await serve([], { selection });
  expect(said).toMatchObject([answer]);
  expect(events).toEqual([]);
});

it('says what the daemon was started without', async () => {
  const { said } = await serve([], { selection: { envIds: [], only: [], names: [] } }, { known: ['pay'] });
  expect(said).toEqual([{ v: 1, say: 'narrower', missing: ['login → dev', 'login → test'] }]);
});

it('gathers lines for people unless each is asked for', async () => {
  const looks = {
    json: false,
    language: 'zh-CN',
    color: false,
    ascii: false,
    timestamps: false,
    verbose: false,
  } as const;
  const pushing: Fact = {
    ...{
      event: 'pushing',
      function: 'pay',
      envs: ['dev'],
      fingerprint: 'a'.repeat(64),
      zipBytes: 9,
      files: 1,
    },
    ...{ attempt: 1, cause: 'change' },
  };
  const text = async (verbose: boolean): Promise<string> =>
    (await serve([pushing, pushed('pay', ['dev'])], { looks: { ...looks, verbose, problems: false } })).text;
  expect((await text(true)).match(/pay/g)?.length).toBeGreaterThan(
    (await text(false)).match(/pay/g)?.length ?? 0,
  );
  expect(await text(false)).toContain('pay');
});
