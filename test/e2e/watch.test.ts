import { rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { insideWith } from '../support/inside.js';
import { configFor, entry, makeProject, runEmulator, running, runWith, uploads } from '../support/rig.js';

const envs = ['dev', 'test', 'stage'];
const names = ['login', 'pay', 'order'];
const everyTarget = names.flatMap((name) => envs.map((env) => [name, env] as const));

async function threeByThree(): Promise<{
  emulator: Awaited<ReturnType<typeof runEmulator>>;
  project: Awaited<ReturnType<typeof makeProject>>;
}> {
  const emulator = await runEmulator({ envs });
  const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));
  const project = await makeProject(functions, configFor(emulator));
  return { emulator, project };
}

it('creates each missing function with one request for all environments', async () => {
  const { emulator, project } = await threeByThree();
  const program = insideWith(emulator, project, ['watch']);
  await program.waitForLive(everyTarget);
  expect(emulator.counts().batchuploadscf).toBe(3);
  expect(emulator.counts().batchuploadscfcode).toBe(0);
  expect(program.events[0]).toMatchObject({ v: 1, event: 'started', envs, functions: [...names].sort() });
});

it('updates functions that are there with one request each', async () => {
  const { emulator, project } = await threeByThree();
  for (const [name, env] of everyTarget) await emulator.deploy(env, name, entry('old'));
  const program = insideWith(emulator, project, ['watch']);
  await program.waitForLive(everyTarget);
  expect(emulator.counts().batchuploadscfcode).toBe(3);
  expect(emulator.counts().batchuploadscf).toBe(0);
});

it('sends one request for a save, and says changed, pushing, pushed, live in this order', async () => {
  const { emulator, project } = await threeByThree();
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(everyTarget);
  const before = uploads(emulator);
  const from = program.events.length;
  await project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  await program.waitForLive(
    envs.map((env) => ['pay', env]),
    from,
  );
  expect(uploads(emulator)).toBe(before + 1);
  const order = program.events.slice(from).map((seen) => seen.event);
  expect(order).toEqual(['changed', 'pushing', 'pushed', 'live', 'live', 'live']);
  expect(await running(emulator, 'stage', 'pay')).toEqual(
    new Map([['index.js', 'exports.main = async () => 2;\n']]),
  );
});

it('sends nothing for touch, for an edit undone, and for a restart', async () => {
  const { emulator, project } = await threeByThree();
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(everyTarget);
  const before = uploads(emulator);
  let from = program.events.length;
  await utimes(join(project.root, 'pay', 'index.js'), new Date(), new Date());
  await program.waitFor((seen) => seen.event === 'unchanged' && seen['function'] === 'pay', from);
  from = program.events.length;
  const { 'index.js': original = '' } = entry('1');
  await project.write('functions/order/index.js', 'exports.main = 0;\n');
  await project.write('functions/order/index.js', original);
  await program.waitFor((seen) => seen.event === 'unchanged' && seen['function'] === 'order', from);
  expect(await program.stop()).toBe(0);
  expect(program.events.at(-1)).toMatchObject({ event: 'stopped', code: 0, pending: [] });
  const again = runWith(emulator, project, ['push']);
  expect((await again.exit).code).toBe(0);
  expect(uploads(emulator)).toBe(before);
});

it('sends an edit made while it was stopped, alone, at the next start', async () => {
  const { emulator, project } = await threeByThree();
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  const before = uploads(emulator);
  await project.write('functions/login/lib/text.js', 'module.exports = 1;\n');
  const program = insideWith(emulator, project, ['watch']);
  await program.waitForLive(envs.map((env) => ['login', env]));
  expect(uploads(emulator)).toBe(before + 1);
  expect(program.events.find((seen) => seen.event === 'pushing')).toMatchObject({
    function: 'login',
    cause: 'startup',
  });
});

it('notices functions that appear, vanish and are renamed', async () => {
  const { emulator, project } = await threeByThree();
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(everyTarget);
  await project.write('functions/report/index.js', 'exports.main = 1;\n');
  await program.waitForLive(envs.map((env) => ['report', env]));
  expect(program.events.some((seen) => seen.event === 'found' && seen['function'] === 'report')).toBe(true);
  const from = program.events.length;
  await rename(join(project.root, 'pay'), join(project.root, 'payment'));
  await program.waitForLive(
    envs.map((env) => ['payment', env]),
    from,
  );
  await program.waitFor((seen) => seen.event === 'lost' && seen['function'] === 'pay', from);
  await program.waitFor((seen) => seen.event === 'held' && seen['reason'] === 'gone', from);
  expect([...(await running(emulator, 'dev', 'pay')).keys()]).toEqual(['index.js']);
});

it('tries only the environments that failed again', async () => {
  const { emulator, project } = await threeByThree();
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(everyTarget);
  emulator.faults.add({ call: 'batchuploadscfcode', env: 'test', times: 1, envError: 'InternalError' });
  const from = program.events.length;
  await project.write('functions/pay/index.js', 'exports.main = 3;\n');
  await program.waitForLive(
    envs.map((env) => ['pay', env]),
    from,
  );
  const pushes = program.events.slice(from).filter((seen) => seen.event === 'pushing');
  expect(pushes.map((seen) => seen['envs'])).toEqual([envs, ['test']]);
  expect(pushes[1]).toMatchObject({ cause: 'retry', attempt: 2 });
  expect(program.events.slice(from).find((seen) => seen.event === 'push-failed')).toMatchObject({
    class: 'transient',
    envs: ['test'],
    errcode: null,
  });
});

it('holds what cannot be sent, with the reason, and sends the rest', async () => {
  const { emulator, project } = await threeByThree();
  await project.write('functions/pay/index.js', 'exports.main = 1;\n');
  await project.write('functions/2bad/index.js', 'exports.main = 1;\n');
  await project.write('functions/noentry/package.json', '{"main":"lib/none.js"}');
  await project.write('functions/noentry/a.js', '');
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(6);
  expect(program.events.find((seen) => seen.event === 'held' && seen['function'] === '2bad')).toMatchObject({
    reason: 'bad-name',
    env: null,
  });
  expect(uploads(emulator)).toBe(3);
});

it('keeps to its own configuration while that file is gone, and does not take the one of a folder above', async () => {
  const emulator = await runEmulator({ envs });
  const project = await makeProject({ pay: entry('above') }, { ...configFor(emulator), envs: ['stage'] });
  const own = JSON.stringify({ ...configFor(emulator), envs: ['dev'], functionsRoot: 'functions' });
  await project.write('inner/functions/pay/index.js', 'exports.main = 1;\n');
  await project.write('inner/watch.config.json', own);
  const folder = join(project.folder, 'inner');
  const program = insideWith(emulator, { ...project, folder }, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([['pay', 'dev']]);
  await project.remove('inner/watch.config.json');
  expect(await program.waitFor((seen) => seen.event === 'config')).toMatchObject({ state: 'invalid' });
  await project.write('inner/functions/pay/index.js', 'exports.main = 2;\n');
  await program.waitForLive([['pay', 'dev']], program.events.length);
  const from = program.events.length;
  await project.write('inner/watch.config.json', own);
  await program.waitFor((seen) => seen.event === 'config' && seen['state'] === 'reloaded', from);
  expect(await program.stop()).toBe(0);
  expect(emulator.functions('stage')).toEqual([]);
});
