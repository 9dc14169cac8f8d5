/** Calls by a command of its own: which targets are meant, what is live there, and the cloud that is asked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CheckWish, callSideBySide, checkAnswers } from '../../src/daemon/answers.js';
import { type Call, invokeFunction } from '../../src/daemon/invoke.js';
import { loadConfig } from '../../src/functions/load.js';
import type { Answer } from '../../src/model/answer.js';
import { probeKeys, readProbeSecret } from '../../src/proof/key.js';
import type { LoadedConfig } from '../../src/sync/sync.js';
import { type Invoked, runInvokingCloud } from '../support/invoking-cloud.js';
import { configFor, entry, makeProject } from '../support/rig.js';
import { daemonFor, startSync } from '../support/sync-rig.js';

const everything = { envIds: [], only: [], names: [] };
const events = [
  { name: 'good', value: { id: 1 }, expect: { id: 1 } },
  { name: 'bad', value: { id: 2 }, expect: { id: 1 } },
];

/** Functions that were sent, and answer with what they are called with, unless the test says otherwise. */
async function scene(
  config: Readonly<Record<string, unknown>> = {},
  answer: (call: Invoked) => unknown = ({ event }) => event,
) {
  const cloud = await runInvokingCloud(answer);
  const project = await makeProject(
    { login: entry('1'), pay: entry('1') },
    {
      ...configFor(cloud.emulator),
      endpoint: cloud.url,
      functions: { pay: { answers: true, proof: false } },
      ...config,
    },
  );
  await project.write('events/pay.json', JSON.stringify(events));
  const load = async (): Promise<LoadedConfig> => {
    const environment = { TEST_TOKEN: cloud.emulator.token };
    const loaded = await loadConfig({ from: project.folder, environment });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  const send = async (): Promise<void> => {
    const { sync, rest } = await startSync(await load(), { yes: true });
    await rest();
    await sync.stop(() => 0);
  };
  const check = async (wish: Partial<CheckWish> = {}) => {
    const answers: Answer[] = [];
    const begun: unknown[] = [];
    const bugs: string[] = [];
    const outcome = await checkAnswers({
      ...{ loaded: await load(), selection: everything, language: 'en' },
      signal: new AbortController().signal,
      onBegin: (...about) => begun.push(about),
      onAnswer: (each) => answers.push(each),
      onBug: (text) => bugs.push(text),
      ...wish,
    });
    const told = answers.map(({ function: name, env, eventName, ok }) => `${name} ${env} ${eventName} ${ok}`);
    return { outcome, answers, told: told.sort(), begun, bugs };
  };
  return { cloud, project, load, send, check };
}

describe('check', () => {
  it('calls what the ledger has for live, with every chosen event, and keeps the answers', async () => {
    const { send, check, cloud, project } = await scene();
    await send();
    const { outcome, answers, told, begun, bugs } = await check();
    expect(begun).toEqual([[['pay'], ['dev', 'test']]]);
    expect(told).toEqual([
      ...['pay dev bad false', 'pay dev good true', 'pay test bad false', 'pay test good true'],
    ]);
    expect(outcome).toEqual({
      ...{ kind: 'done', functions: 1, problems: [], protectedEnvs: [], unchosen: [], pending: [] },
    });
    expect(cloud.invoked).toHaveLength(4);
    expect(bugs).toEqual([]);
    expect(existsSync(join(project.folder, '.tcb-watch', 'answers'))).toBe(true);
    expect(answers.map(({ changed }) => changed)).toEqual(Array(4).fill('first'));
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await send();
    expect((await check()).answers.map(({ changed }) => changed)).toEqual(Array(4).fill('same'));
  });

  it('says of an answer whether it is that of the files on disk; and what is not live as they are', async () => {
    const { send, check, project } = await scene();
    await send();
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    const { outcome, told } = await check();
    expect(told).toHaveLength(4);
    expect(outcome).toMatchObject({
      pending: [
        { function: 'pay', env: 'dev', reason: 'queued' },
        { function: 'pay', env: 'test', reason: 'queued' },
      ],
    });
  });

  it('calls nothing that was never sent', async () => {
    const { check, cloud } = await scene();
    const { outcome, told } = await check();
    expect(told).toEqual([]);
    expect(cloud.invoked).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'done', functions: 1 });
    expect(outcome).toMatchObject({ pending: [{ env: 'dev' }, { env: 'test' }] });
  });

  it('keeps to what is named, and says what of it is never called', async () => {
    const { send, check } = await scene({ protectedEnvs: ['test'] });
    await send();
    const all = await check();
    expect(all.told).toEqual(['pay dev bad false', 'pay dev good true']);
    expect(all.outcome).toMatchObject({ protectedEnvs: [], unchosen: [] });
    const named = await check({ selection: { envIds: ['dev', 'test'], only: [], names: ['login', 'pay'] } });
    expect(named.told).toEqual(['pay dev bad false', 'pay dev good true']);
    expect(named.outcome).toMatchObject({ functions: 1, protectedEnvs: ['test'], unchosen: ['login'] });
    const none = await check({ selection: { envIds: [], only: [], names: ['login'] } });
    expect(none.begun).toEqual([[[], []]]);
    expect(none.outcome).toMatchObject({ functions: 0, unchosen: ['login'] });
  });

  it('names a fault of the saved events, and calls with the others', async () => {
    const { send, check, project } = await scene();
    await send();
    await project.write('events/pay.json', JSON.stringify([events[0], { name: 3 }]));
    const { outcome, told } = await check();
    expect(told).toEqual(['pay dev good true', 'pay test good true']);
    expect(outcome).toMatchObject({ problems: [{ function: 'pay', file: 'events/pay.json' }] });
  });

  it('is answered where nothing answers to a name', async () => {
    const { check, cloud } = await scene();
    const { outcome, begun } = await check({ selection: { ...everything, names: ['pya'] } });
    expect(outcome).toEqual({
      ...{ kind: 'unmatched', unmatched: [{ kind: 'name', value: 'pya', nearest: 'pay' }] },
    });
    expect(begun).toEqual([]);
    expect(cloud.invoked).toEqual([]);
  });

  it('ends when it is interrupted', async () => {
    const interrupt = new AbortController();
    const { send, check } = await scene({}, () => {
      interrupt.abort();
      return 1;
    });
    await send();
    const { outcome, told } = await check({ signal: interrupt.signal });
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(told).toEqual([]);
  });

  it('a store of the emulator that cannot be opened is said', async () => {
    const { check, project, load } = await scene();
    await project.write('.tcb-watch/emulator', 'no folder');
    await project.configure({
      ...{ envs: ['dev'], endpoint: 'emulator', functions: { pay: { answers: true } } },
    });
    expect((await check({ loaded: await load() })).outcome).toMatchObject({
      ...{ kind: 'no-store', problem: { kind: 'no-store' } },
    });
  });

  it('with the helper, a call carries the key of this function, which is kept out of what is shown', async () => {
    const functions = { pay: { answers: true, proof: true } };
    const { send, check, cloud, project } = await scene({ functions }, () => {
      throw new Error('no answer');
    });
    await send();
    await check({ selection: { ...everything, envIds: ['dev'] } });
    const secret = await readProbeSecret(join(project.folder, '.tcb-watch'), false);
    if (secret === null) throw new Error('no secret');
    const key = probeKeys(secret).keyOf('pay');
    expect(cloud.invoked.map(({ event }) => JSON.stringify(event).includes(key))).toEqual([true, true]);
  });

  it('with the helper, a function that prints or returns its key shows it to nobody', async () => {
    const functions = { pay: { answers: true, proof: true } };
    const { send, check, cloud, project } = await scene({ functions }, ({ event }) => JSON.stringify(event));
    await send();
    const { answers } = await check();
    const secret = await readProbeSecret(join(project.folder, '.tcb-watch'), false);
    if (secret === null) throw new Error('no secret');
    const key = probeKeys(secret).keyOf('pay');
    expect(JSON.stringify(cloud.invoked)).toContain(key);
    expect(answers).toHaveLength(4);
    expect(JSON.stringify(answers)).not.toContain(key);
    expect(JSON.stringify(answers)).not.toContain(secret.toString('hex'));
  });
});

describe('while a sync runs', () => {
  it('what it has for live counts, and not the disk', async () => {
    const { load, check, cloud, project } = await scene();
    const { sync, rest } = await startSync(await load());
    await rest();
    await daemonFor(sync);
    // The sync does not watch, and knows nothing of this.
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    const { outcome, told } = await check();
    expect(told).toHaveLength(4);
    expect(cloud.invoked).toHaveLength(4);
    expect(outcome).toMatchObject({ pending: [] });
  });
});

describe('side by side', () => {
  const event = {
    ...{ name: 'good', value: { id: 1 }, expect: null, ignore: [], envs: null },
    ...{ file: '/events/pay.json', at: { line: 1, column: 1 } },
  };

  it('calls each named environment, in their order, and a protected one too', async () => {
    const { send, load, cloud } = await scene({ protectedEnvs: ['test'] }, ({ env }) => env);
    await send();
    const outcome = await callSideBySide({
      ...{ loaded: await load(), name: 'login', envs: ['test', 'dev'], language: 'en' },
      event,
      signal: new AbortController().signal,
    });
    expect(outcome).toMatchObject({
      kind: 'done',
      answers: [
        { function: 'login', env: 'test', result: 'test' },
        {
          function: 'login',
          env: 'dev',
          result: 'dev',
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    });
    expect(cloud.invoked).toHaveLength(2);
  });

  it('what was interrupted has no answer', async () => {
    const { send, load } = await scene();
    await send();
    const outcome = await callSideBySide({
      ...{ loaded: await load(), name: 'login', envs: ['dev'], language: 'en' },
      event,
      signal: AbortSignal.abort(),
    });
    expect(outcome).toEqual({ kind: 'done', answers: [] });
  });

  it('a store of the emulator that cannot be opened is said', async () => {
    const { project, load } = await scene();
    await project.write('.tcb-watch/emulator', 'no folder');
    await project.configure({ envs: ['dev'], endpoint: 'emulator' });
    const outcome = await callSideBySide({
      ...{ loaded: await load(), name: 'login', envs: ['dev'], language: 'en' },
      event,
      signal: new AbortController().signal,
    });
    expect(outcome).toMatchObject({ kind: 'no-store' });
  });
});

describe('invoke', () => {
  const call = (more: Partial<Call> = {}): Call => ({
    ...{ env: 'dev', name: 'pay', event: '{"id":1}', inspectPort: null, onInspect: () => undefined },
    ...more,
  });
  const signal = new AbortController().signal;

  it('asks the cloud that the configuration names', async () => {
    const { send, load, cloud } = await scene();
    await send();
    expect(await invokeFunction(await load(), call(), signal)).toMatchObject({ ok: true, result: { id: 1 } });
    expect(cloud.invoked).toEqual([{ env: 'dev', name: 'pay', event: { id: 1 } }]);
  });

  it('a real cloud waits for no debugger, and is not asked', async () => {
    const { send, load, cloud } = await scene();
    await send();
    let waits = 0;
    const asked = call({
      inspectPort: 9229,
      onInspect: () => {
        waits += 1;
      },
    });
    expect(await invokeFunction(await load(), asked, signal)).toEqual({ cannotInspect: 'no emulator' });
    expect([waits, cloud.invoked]).toEqual([0, []]);
  });

  it('a store that cannot be opened is said', async () => {
    const { project, load } = await scene();
    await project.write('.tcb-watch/emulator', 'no folder');
    await project.configure({ envs: ['dev'], endpoint: 'emulator' });
    expect(await invokeFunction(await load(), call(), signal)).toMatchObject({
      problem: { kind: 'no-store' },
    });
  });

  describe('with a running emulator', () => {
    /** The configuration says "emulator", and the running sync has one: this cloud. */
    async function emulated(answer?: (call: Invoked) => unknown, url?: string) {
      const made = await scene({}, answer);
      await made.send();
      await made.project.configure({ envs: ['dev', 'test'], endpoint: 'emulator' });
      const { sync } = await startSync(await made.load(), {
        emulator: { url: made.cloud.url, token: made.cloud.emulator.token },
      });
      const own = { url: url ?? made.cloud.url, token: made.cloud.emulator.token };
      await daemonFor({ ...sync, emulator: () => own });
      return made;
    }

    it('it is asked, and no other is started', async () => {
      const { load, cloud, project } = await emulated();
      expect(await invokeFunction(await load(), call(), signal)).toMatchObject({ ok: true });
      expect(cloud.invoked).toHaveLength(1);
      expect(existsSync(join(project.folder, '.tcb-watch', 'emulator'))).toBe(false);
    });

    it('it waits for a debugger while the call lasts, and no longer', async () => {
      const made = await emulated(() => 1);
      let waits = 0;
      const asked = call({
        inspectPort: 9229,
        onInspect: () => {
          waits += 1;
        },
      });
      expect(await invokeFunction(await made.load(), asked, signal)).toMatchObject({ ok: true });
      expect(waits).toBe(1);
      expect(made.cloud.inspected).toEqual([{ port: 9229 }, { port: null }]);
    });

    it('one that cannot be reached says why', async () => {
      const { load } = await emulated(undefined, 'http://127.0.0.1:1');
      const asked = call({ inspectPort: 9229 });
      expect(await invokeFunction(await load(), asked, signal)).toEqual({
        cannotInspect: expect.stringMatching(/fetch failed|bad port/),
      });
    });
  });
});
