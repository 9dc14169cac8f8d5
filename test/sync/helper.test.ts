/** A running sync with saved events and the helper that says which code answers: its secret, and calls by this process. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/functions/load.js';
import type { Answer } from '../../src/model/answer.js';
import { probeKeys, readProbeSecret } from '../../src/proof/key.js';
import type { LoadedConfig, SyncOptions } from '../../src/sync/sync.js';
import { type Invoked, runInvokingCloud } from '../support/invoking-cloud.js';
import { configFor, entry, makeProject, uploads } from '../support/rig.js';
import { type RunningSync, startSync } from '../support/sync-rig.js';

const withHelper = { functions: { pay: { answers: true, proof: true } } };
const without = { functions: { pay: { answers: true, proof: false } } };
const signal = new AbortController().signal;

async function scene(
  config: Readonly<Record<string, unknown>>,
  answer: (call: Invoked) => unknown = ({ event }) => event,
) {
  const cloud = await runInvokingCloud(answer);
  const base = { ...configFor(cloud.emulator), endpoint: cloud.url };
  const project = await makeProject({ login: entry('1'), pay: entry('1') }, { ...base, ...config });
  await project.write('events/pay.json', '[{"name":"one","value":{"id":1}}]');
  const load = async (): Promise<LoadedConfig> => {
    const loaded = await loadConfig({
      ...{ from: project.folder, environment: { TEST_TOKEN: cloud.emulator.token } },
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  const configure = (next: Readonly<Record<string, unknown>>) => project.configure({ ...base, ...next });
  const start = async (more: Partial<SyncOptions> = {}): Promise<RunningSync> =>
    startSync(await load(), more);
  const key = join(project.folder, '.tcb-watch', 'probe.key');
  return { cloud, project, load, configure, start, key };
}

const kindsOf = ({ of }: RunningSync): string[] => of('notice').map(({ kind }) => kind);

describe('the secret', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, Partial<SyncOptions>, boolean]>([
    ['is made where a function goes with the helper', withHelper, {}, true],
    [
      'is made where one of several goes with it',
      { functions: { login: { proof: false }, ...withHelper.functions } },
      {},
      true,
    ],
    ['is not made where none does', without, {}, false],
    ['is not made by a dry run', withHelper, { dryRun: true }, false],
  ])('%s', async (_, config, options, isMade) => {
    const { start, key } = await scene(config);
    const running = await start(options);
    await running.rest();
    expect(existsSync(key)).toBe(isMade);
    expect(kindsOf(running)).toEqual([]);
  });

  it('that cannot be had is said at the start and by a new configuration, and uploads go without the helper', async () => {
    const { start, key, load, cloud } = await scene(withHelper);
    await mkdir(key, { recursive: true });
    const running = await start();
    await running.rest();
    expect(kindsOf(running)).toEqual(['proof-off']);
    expect([...(await cloud.emulator.files('dev', 'pay')).keys()]).toEqual(['index.js']);
    await running.sync.reconfigure(await load());
    expect(kindsOf(running)).toEqual(['proof-off', 'proof-off']);
  });

  it('is made when a new configuration wants it, and the functions go once more', async () => {
    const { start, key, configure, load, cloud } = await scene(without);
    const { sync, rest } = await start();
    await rest();
    expect(uploads(cloud.emulator)).toBe(2);
    await configure(withHelper);
    expect(await sync.reconfigure(await load())).toBeNull();
    await rest();
    expect(existsSync(key)).toBe(true);
    expect([...(await cloud.emulator.files('dev', 'pay')).keys()].sort()).toEqual([
      ...['__tcb-watch.cjs', 'index.js'],
    ]);
    expect(uploads(cloud.emulator)).toBe(3);
  });

  it('goes with a call as a key of its own, and neither is shown', async () => {
    const { start, project, cloud } = await scene(withHelper);
    const running = await start();
    await running.rest();
    await running.sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
    const secret = await readProbeSecret(join(project.folder, '.tcb-watch'), false);
    if (secret === null) throw new Error('no secret');
    const key = probeKeys(secret).keyOf('pay');
    expect(JSON.stringify(cloud.invoked[0])).toContain(key);
    expect(running.of('answer').length).toBeGreaterThan(0);
    expect(running.sync.redact(`${key} ${secret.toString('hex')}`)).not.toMatch(/[0-9a-f]{16}/);
    expect(JSON.stringify(running.facts)).not.toContain(key);
  });
});

describe('calls', () => {
  const called = ({ of }: RunningSync): string[] =>
    of('answer').map(({ function: name, env, ok }) => `${name} ${env} ${ok}`);

  it('come after live while it watches, and not at the start', async () => {
    const { start, project } = await scene(without);
    const running = await start();
    await running.sync.watch(() => undefined);
    await running.rest();
    expect(called(running)).toEqual([]);
    expect(running.sync.answers.standing('pay', 'dev')).toBeNull();
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    await running.until(() => called(running).length === 2);
    expect(called(running).sort()).toEqual(['pay dev true', 'pay test true']);
    expect(running.sync.answers.standing('pay', 'dev')).toEqual({ ok: 1, failed: [] });
    expect(running.of('stopped')).toEqual([]);
    await running.sync.stop(() => 0);
    expect(running.of('stopped')).toMatchObject([{ answers: { ok: 2, failed: 0 } }]);
  });

  it('do not come without watching', async () => {
    const { start, project, cloud } = await scene(without);
    const running = await start();
    await running.rest();
    await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
    running.sync.engine.dispatch({
      ...{ type: 'settled', at: Date.now() },
      functions: [{ function: 'pay', cause: 'change', savedAt: null, full: false, capped: false }],
    });
    await running.rest();
    expect(running.of('live').length).toBeGreaterThan(4);
    expect(cloud.invoked).toEqual([]);
  });

  it('are answered to whoever asks, in the environments that are named', async () => {
    const { start, cloud } = await scene(without);
    const running = await start();
    await running.rest();
    const answers: Answer[] = [];
    const onAnswer = (answer: Answer): void => void answers.push(answer);
    await running.sync.answers.call({ names: ['login', 'pay'], envs: ['test'], signal, onAnswer });
    expect(answers).toMatchObject([{ function: 'pay', env: 'test', result: { id: 1 } }]);
    await running.sync.answers.call({ names: ['pay'], envs: null, signal, onAnswer });
    expect(answers).toHaveLength(3);
    expect(cloud.invoked).toHaveLength(3);
    expect(existsSync(join(running.sync.config.folder, '.tcb-watch', 'answers'))).toBe(true);
  });

  it('end with the sync: one that waits for its answer is let go', async () => {
    const { start } = await scene(without, () => {
      throw new Error('never answered');
    });
    const running = await start();
    await running.rest();
    const asking = running.sync.answers.call({
      ...{ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined },
    });
    await running.sync.stop(() => 0);
    await asking;
    expect(running.facts.at(-1)?.event).toBe('stopped');
  });

  it('whose saved events are wrong say so once', async () => {
    const { start, project } = await scene(without);
    await project.write('events/pay.json', '[{"name":3}]');
    const running = await start();
    await running.rest();
    for (const _ of [1, 2])
      await running.sync.answers.call({ names: ['pay'], envs: null, signal, onAnswer: () => undefined });
    expect(running.of('notice')).toHaveLength(1);
  });
});
