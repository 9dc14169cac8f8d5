/** Going back where uploads carry the helper that proves which code answers: with the helper and the key of today. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runDiff } from '../../src/cli/diff.js';
import { openStore } from '../../src/history/store.js';
import { deskIn } from '../support/init-rig.js';
import { running } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

const saying = (text: string): string => `exports.main = async () => '${text}';\n`;
const signal = new AbortController().signal;

async function scene(config: Readonly<Record<string, unknown>> = {}) {
  const rig = await syncRig(
    { pay: { 'index.js': saying('one') } },
    { functions: { pay: { answers: true } }, answers: { proof: true }, ...config },
    { keepZips: true },
  );
  await rig.project.write('events/pay.json', '[{"name":"one","value":{}}]');
  const push = async (text: string, more: Parameters<typeof rig.start>[0] = {}) => {
    await rig.project.write('functions/pay/index.js', saying(text));
    const made = await rig.start({ yes: true, ...more });
    await made.rest();
    return made;
  };
  const state = join(rig.project.folder, '.tcb-watch');
  const read = () => openStore(state).read({ function: 'pay', endpoint: rig.emulator.url });
  const step = async (env: string) => {
    const { versions } = await read();
    return { env, fingerprint: versions.at(-1)?.fingerprint ?? '' };
  };
  const newKey = (): Promise<void> => writeFile(join(state, 'probe.key'), `${'ab'.repeat(32)}\n`);
  return { ...rig, push, read, step, newKey };
}

it('sends the very bytes, which answer and prove themselves', async () => {
  const { push, step, emulator } = await scene();
  await (await push('one')).sync.stop(() => 0);
  await (await push('two')).sync.stop(() => 0);
  const steps = [await step('dev')];
  const back = await push('two', { undo: { names: ['pay'], steps } });
  expect(back.of('pushing')).toMatchObject([
    { cause: 'undo', envs: ['dev'], fingerprint: steps[0]?.fingerprint },
  ]);
  const zips = emulator.requests().flatMap(({ zip }) => (zip === null ? [] : [zip]));
  expect(zips.at(-1)?.equals(zips[0] ?? Buffer.alloc(0))).toBe(true);
  await back.sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
  expect(back.of('answer')).toMatchObject([{ proven: true, result: 'one' }]);
});

it('goes with the key of today, and is an own version of the same files', async () => {
  const { push, step, newKey, read, emulator } = await scene();
  await (await push('one')).sync.stop(() => 0);
  await (await push('two')).sync.stop(() => 0);
  await newKey();
  const then = await step('dev');
  const back = await push('two', { undo: { names: ['pay'], steps: [then] } });
  const sent = back.of('pushing').find(({ cause }) => cause === 'undo');
  expect(sent?.fingerprint).not.toBe(then.fingerprint);
  const files = await running(emulator, 'dev', 'pay');
  expect([...files.keys()].sort()).toEqual(['__tcb-watch.cjs', 'index.js']);
  expect(files.get('index.js')).toContain(saying('one').trim());
  await back.sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
  expect(back.of('answer')).toMatchObject([{ proven: true, result: 'one' }]);
  await back.sync.stop(() => 0);
  const { versions, runs } = await read();
  const [now, old] = [sent?.fingerprint, then.fingerprint].map((fingerprint) =>
    versions.find((version) => version.fingerprint === fingerprint),
  );
  expect(now?.content).toBe(old?.content);
  const last = runs.findLast(({ env }) => env === 'dev');
  expect(last).toMatchObject({ fingerprint: sent?.fingerprint, undo: true });

  const again = await push('two');
  expect(again.of('pushing')).toEqual([]);
  expect(again.of('held')).toMatchObject([{ env: 'dev', reason: 'undone' }]);
  await again.sync.answers.call({ names: ['pay'], envs: ['dev'], signal, onAnswer: () => undefined });
  expect(again.of('answer')).toMatchObject([{ proven: true, result: 'one' }]);
});

it('what differs is the files alone: the helper is no difference', async () => {
  const { push, project, emulator } = await scene();
  await (await push('one')).sync.stop(() => 0);
  const { context, out } = deskIn(project.folder);
  const options = { json: false, trust: false, envId: [], stat: false };
  const code = await runDiff(options, 'pay', { ...context, environment: { TEST_TOKEN: emulator.token } });
  expect(out()).toContain('no difference between');
  expect(code).toBe(0);
});

it('goes without the helper to a protected environment, whichever version is named', async () => {
  const { push, read, emulator } = await scene({ protectedEnvs: ['test'] });
  await (await push('one')).sync.stop(() => 0);
  await (await push('two')).sync.stop(() => 0);
  const { versions } = await read();
  const dressed = versions.filter(({ content, fingerprint }) => content !== fingerprint).at(-1);
  const steps = ['dev', 'test'].map((env) => ({ env, fingerprint: dressed?.fingerprint ?? '' }));
  const back = await push('two', { undo: { names: ['pay'], steps } });
  const sent = back.of('pushing').map(({ envs, fingerprint }) => `${envs.join()} ${fingerprint}`);
  expect(sent.sort()).toEqual([`dev ${dressed?.fingerprint}`, `test ${dressed?.content}`]);
  expect([...(await running(emulator, 'test', 'pay')).keys()]).toEqual(['index.js']);
});
