/** Which code answered: proven, or not, or other code; and who gets the helper. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { minified } from '../../scripts/minify-helper.mjs';
import type { Fact } from '../../src/model/fact.js';
import { type SyncRig, syncRig } from '../support/sync-rig.js';

const saying = (text: string): string =>
  `exports.main = async (event) => { console.log('asked'); return { said: '${text}', keys: Object.keys(event) }; };\n`;
const isAnswer = (fact: Fact): fact is Extract<Fact, { event: 'answer' }> => fact.event === 'answer';

async function rig(config: Readonly<Record<string, unknown>> = {}): Promise<SyncRig> {
  const functions = { pay: { answers: true } };
  const made = await syncRig(
    { pay: { 'index.js': saying('old') } },
    { functions, answers: { proof: true }, ...config },
    { keepZips: true },
  );
  await made.project.write('events/pay.json', '[{"name":"one","value":{"n":1}}]');
  return made;
}

const signal = new AbortController().signal;
const call = { names: ['pay'], envs: null, signal, onAnswer: () => undefined };

it('the code that was sent proves itself, and says what it printed', async () => {
  const made = await rig();
  const { sync, of, rest } = await made.start();
  await rest();
  await sync.answers.call(call);
  const answers = of('answer');
  expect(answers.map(({ proven }) => proven)).toEqual([true, true]);
  expect(answers[0]).toMatchObject({
    fingerprint: of('live')[0]?.fingerprint,
    result: { said: 'old', keys: ['n', 'userInfo'] },
    logs: [{ level: 'log', text: 'asked' }],
    node: process.version,
  });
});

it('an old instance is waited for, and then named', async () => {
  const made = await rig();
  const { sync, of, until, rest } = await made.start();
  await sync.watch(() => undefined);
  await rest();
  await sync.answers.call(call);
  made.emulator.faults.add({ oldCode: true, env: 'dev', times: 2 });
  made.emulator.faults.add({ oldCode: true, env: 'test' });
  await made.project.write('functions/pay/index.js', saying('new'));
  const [dev, test] = await Promise.all(
    ['dev', 'test'].map((env) =>
      until(
        (fact) =>
          (isAnswer(fact) && fact.env === env && fact.fingerprint !== of('answer')[0]?.fingerprint) ||
          (isAnswer(fact) && fact.env === env && fact.proven === false),
      ),
    ),
  );
  expect(dev).toMatchObject({ proven: true, result: { said: 'new' }, changed: 'different' });
  expect(test).toMatchObject({ proven: false, result: { said: 'old' } });
});

it('protected environments get the upload without the helper, in a request of its own', async () => {
  const made = await rig({ protectedEnvs: ['test'] });
  const { of, rest, sync } = await made.start({ yes: true });
  await rest();
  const pushing = of('pushing').map(({ envs, fingerprint }) => [envs.join(), fingerprint]);
  expect(pushing.map(([envs]) => envs).sort()).toEqual(['dev', 'test']);
  expect(new Set(pushing.map(([, fingerprint]) => fingerprint)).size).toBe(2);
  await sync.answers.call(call);
  expect(of('answer').map(({ env }) => env)).toEqual(['dev']);
});

it('switching proof on sends again, and off again', async () => {
  const made = await rig({ answers: {} });
  const first = await made.start();
  await first.rest();
  const [plain] = first.of('live');
  await first.sync.stop(() => 0);
  const config = JSON.parse(await readFile(join(made.project.folder, 'watch.config.json'), 'utf8'));
  await made.project.configure({ ...config, answers: { proof: true } });
  const second = await made.start();
  await second.rest();
  const [dressed] = second.of('live');
  expect(dressed?.fingerprint).not.toBe(plain?.fingerprint);
  await made.project.configure(config);
  expect(await second.sync.reconfigure(await made.load())).toBe(null);
  await second.rest();
  expect(second.of('live').at(-1)?.fingerprint).toBe(plain?.fingerprint);
  await second.sync.stop(() => 0);
  const third = await made.start();
  await third.rest();
  expect(third.of('pushing')).toEqual([]);
});

it('the secret is the owner’s, and nowhere but in its file', async () => {
  const made = await rig();
  const { sync, facts, rest } = await made.start();
  await rest();
  await sync.answers.call(call);
  await sync.stop(() => 0);
  const folder = join(made.project.folder, '.tcb-watch');
  const file = join(folder, 'probe.key');
  const secret = (await readFile(file, 'utf8')).trim();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const each of names.filter((one) => one.isFile() && one.name !== 'probe.key'))
    expect(await readFile(join(each.parentPath, each.name), 'latin1')).not.toContain(secret);
  expect(JSON.stringify(facts)).not.toContain(secret);
  for (const { zip } of made.emulator.requests()) expect(zip?.includes(secret) ?? false).toBe(false);
});

it('says that proof is off where the secret is none', async () => {
  const made = await rig();
  await made.project.write('.tcb-watch/probe.key', 'half');
  const { of, rest } = await made.start();
  await rest();
  const [notice] = of('notice').filter(({ kind }) => kind === 'proof-off');
  expect(notice?.detail).toContain('.tcb-watch/probe.key holds no secret');
  expect(of('live').length).toBe(2);
});

it('the helper that is sent is the one that is written', async () => {
  const place = (name: string): URL => new URL(`../../src/proof/${name}`, import.meta.url);
  const made = minified(await readFile(place('helper.cjs'), 'utf8'));
  expect(await readFile(place('helper-text.ts'), 'utf8')).toBe(made);
});
