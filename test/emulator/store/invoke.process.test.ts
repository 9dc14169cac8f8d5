/** The files that a call finds in the store, and those that it leaves there. */
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { call, createActive, freshFolder, type Json, start } from '../rig.js';

const INVOKE = '/tcb/invokecloudfunction?env=dev&name=pay';

test('a function of a loaded store runs', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay');
  await first.close();
  expect(await call(await start({ store }), INVOKE, {})).toMatchObject({ errcode: 0 });
});

test('settings replace the environment variables', async () => {
  const emulator = await start();
  await emulator.deploy('dev', 'pay', {
    'index.js': 'exports.main = async () => ({ a: process.env.A, b: process.env.B });',
  });
  const config = (variables: Json[]): Promise<Json> =>
    call(emulator, '/componenttcb/updatescfconfig', {
      env: 'dev',
      functionname: 'pay',
      environment_variables: variables,
    });
  for (const key of ['A', 'B']) {
    expect(await config([{ key, value: '2' }])).toMatchObject({ errcode: 0 });
    await emulator.finishDeployments();
  }
  expect((await call(emulator, INVOKE, {}))['resp_data']).toBe('{"b":"2"}');
});

test('close leaves nothing of its own behind but the functions', async () => {
  const store = await freshFolder();
  const emulator = await start({ store });
  await createActive(emulator, 'pay', ['dev']);
  expect(await call(emulator, INVOKE, {})).toMatchObject({ errcode: 0 });
  expect((await readdir(store)).some((name) => name.startsWith('.run-'))).toBe(true);
  await emulator.close();
  expect((await readdir(store)).sort()).toEqual(['dev', 'emulator.json']);
});
