/** Code that several functions carry, from the save to what the cloud runs. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { insideWith } from '../support/inside.js';
import { configFor, makeProject, runEmulator, running, uploads } from '../support/rig.js';

const envs = ['dev', 'test'];
const user = { 'index.js': "const { text } = require('./common/text');\nexports.main = async () => text;\n" };
const text = (value: string): string => `exports.text = ${JSON.stringify(value)};\n`;

async function sharing(shared: Readonly<Record<string, readonly string[]>> = { common: ['cart', 'pay'] }) {
  const emulator = await runEmulator({ envs });
  const project = await makeProject(
    { cart: user, pay: user, login: { 'index.js': 'exports.main = async () => 1;\n' } },
    { ...configFor(emulator), shared },
  );
  await project.write('functions/common/text.js', text('one'));
  for (const name of ['cart', 'pay']) {
    await symlink('../common', join(project.root, name, 'common'), 'junction');
  }
  return { emulator, project };
}

function namesIn(emulator: Emulator, env: string): string[] {
  return emulator
    .functions(env)
    .map(({ name }) => name)
    .sort();
}

const both = ['cart', 'pay'].flatMap((name) => envs.map((env) => [name, env] as const));

it('packs a shared folder into its functions, so that it runs there', async () => {
  const { emulator, project } = await sharing();
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  expect([...(await running(emulator, 'dev', 'cart')).keys()].sort()).toEqual(['common/text.js', 'index.js']);
  expect([...(await running(emulator, 'dev', 'login')).keys()]).toEqual(['index.js']);
  expect(namesIn(emulator, 'dev')).not.toContain('common');
  const query = new URLSearchParams({ access_token: emulator.token, env: 'dev', name: 'cart' });
  const answer = await fetch(`${emulator.url}/tcb/invokecloudfunction?${query}`, {
    method: 'POST',
    body: '{}',
  });
  expect(await answer.json()).toMatchObject({ errcode: 0, resp_data: '"one"' });
});

it('sends a save in a shared folder to exactly its dependants, with its cause', async () => {
  const { emulator, project } = await sharing();
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([...both, ['login', 'dev'], ['login', 'test']]);
  const before = uploads(emulator);
  const from = program.events.length;
  await project.write('functions/common/text.js', text('two'));
  await program.waitForLive(both, from);
  expect(await program.stop()).toBe(0);
  const pushes = program.events.slice(from).filter((seen) => seen.event === 'pushing');
  expect(pushes.map((seen) => [seen['function'], seen['cause'], seen['envs']]).sort()).toEqual([
    ['cart', 'shared', envs],
    ['pay', 'shared', envs],
  ]);
  expect(uploads(emulator)).toBe(before + 2);
  const changed = program.events.slice(from).filter((seen) => seen.event === 'changed');
  expect(changed.map((seen) => seen['files'])).toEqual([['common/text.js'], ['common/text.js']]);
  expect((await running(emulator, 'test', 'pay')).get('common/text.js')).toBe(text('two'));
});

it('holds a function that has something else of the shared name, and names both sides', async () => {
  const { emulator, project } = await sharing();
  await project.remove('functions/cart/common');
  await mkdir(join(project.root, 'cart/common'));
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(6);
  const held = program.events.find((seen) => seen.event === 'held');
  expect(held).toMatchObject({ function: 'cart', env: null, reason: 'clash' });
  expect(held?.['detail']).toContain('common and ../common');
  expect(namesIn(emulator, 'dev')).toEqual(['login', 'pay']);
});

it('takes what git writes for a link where it may make none as the link', async () => {
  const { emulator, project } = await sharing();
  await project.remove('functions/cart/common');
  await project.write('functions/cart/common', '../common');
  expect((await insideWith(emulator, project, ['push']).exit).code).toBe(0);
  expect([...(await running(emulator, 'dev', 'cart')).keys()].sort()).toEqual(['common/text.js', 'index.js']);
});

it('holds a function that links a file outside the project', async () => {
  const { emulator, project } = await sharing();
  const outside = await makeProject({ other: { 'secret.js': 'exports.a = 1;\n' } }, {});
  await symlink(join(outside.root, 'other', 'secret.js'), join(project.root, 'pay', 'secret.js'));
  const program = insideWith(emulator, project, ['push']);
  expect((await program.exit).code).not.toBe(0);
  expect(program.events.find((seen) => seen.event === 'held')).toMatchObject({
    function: 'pay',
    reason: 'outside-link',
  });
  expect(namesIn(emulator, 'dev')).toEqual(['cart', 'login']);
});

it('tells a new dependant from a configuration that changed, and sends that one alone', async () => {
  const { emulator, project } = await sharing({ common: ['cart', 'pay'] });
  const program = insideWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive([...both, ['login', 'dev'], ['login', 'test']]);
  const from = program.events.length;
  await project.configure({ ...configFor(emulator), shared: { common: ['*'] } });
  await program.waitForLive(
    envs.map((env) => ['login', env] as const),
    from,
  );
  expect([...(await running(emulator, 'dev', 'login')).keys()].sort()).toEqual([
    'common/text.js',
    'index.js',
  ]);
  const pushes = program.events.slice(from).filter((seen) => seen.event === 'pushing');
  expect(pushes.map((seen) => seen['function'])).toEqual(['login']);
});
