/** `updatescfconfig`: what it takes, what it refuses, and what the function looks like meanwhile. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Emulator } from '../../../src/emulator/index.js';
import {
  call,
  createActive,
  failuresOf,
  freshFolder,
  type Json,
  LIST,
  start,
  UPDATE,
  uploadOf,
} from '../rig.js';

const PATH = '/componenttcb/updatescfconfig';
const set = (emulator: Emulator, fields: Json): Promise<Json> =>
  call(emulator, PATH, { env: 'dev', functionname: 'pay', ...fields });

async function withFunction(lenient = false): Promise<Emulator> {
  const emulator = await start({ lenient });
  await createActive(emulator, 'pay', ['dev']);
  return emulator;
}

const variable = (key: string, value = 'x'): Json => ({ environment_variables: [{ key, value }] });

test.each<[string, Json, number]>([
  ['64 MB', { memorysize: 64 }, 0],
  ['128 MB', { memorysize: 128 }, 0],
  ['3072 MB', { memorysize: 3072 }, 0],
  ['77 MB', { memorysize: 77 }, 40097],
  ['192 MB', { memorysize: 192 }, 40097],
  ['3200 MB', { memorysize: 3200 }, 40097],
  ['a memory that is no number', { memorysize: '256' }, 40097],
  ['900 s', { timeout: 900 }, 0],
  ['901 s', { timeout: 901 }, 40097],
  ['half a second', { timeout: 0.5 }, 40097],
  ['a variable', variable('A_1'), 0],
  ['a variable that begins with a digit', variable('9bad'), 40097],
  ['a variable with a blank', variable('a b'), 40097],
  ['a reserved variable', variable('SCF_X'), 40097],
  ['a variable of the vendor', variable('TENCENTCLOUD_X'), 40097],
  ['variables of 4096 bytes', variable('A', 'x'.repeat(4095)), 0],
  ['variables of 4097 bytes', variable('A', 'x'.repeat(4096)), 40097],
  ['bytes count, not letters', variable('A', '小'.repeat(1366)), 40097],
  ['a variable without a value', { environment_variables: [{ key: 'A' }] }, 40097],
  ['variables as an object', { environment_variables: { A: '1' } }, 40097],
  ['a private network', { vpc_config: { vpc_id: 'vpc-1', subnet_id: 'subnet-1' } }, 0],
  ['a private network as a text', { vpc_config: 'vpc-1' }, 40097],
  ['nothing', {}, 0],
])('%s', async (_, fields, errcode) => {
  expect(await set(await withFunction(), fields)).toMatchObject({ errcode });
});

test('leniently, ranges are not looked at, but types are', async () => {
  const emulator = await withFunction(true);
  expect(await set(emulator, { memorysize: 77, timeout: 100_000, ...variable('9bad') })).toMatchObject({
    errcode: 0,
  });
  await emulator.finishDeployments();
  expect(await set(emulator, { memorysize: '77' })).toMatchObject({ errcode: 40097 });
});

test('the function is Updating meanwhile, with another mod_time, and refuses code and settings', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay', ['dev']);
  const before = emulator.functions('dev')[0]?.mod_time;
  at += 1000;
  await set(emulator, { timeout: 5 });
  expect(emulator.functions('dev')).toMatchObject([{ status: 'Updating' }]);
  expect(emulator.functions('dev')[0]?.mod_time).not.toBe(before);
  expect(await set(emulator, { timeout: 6 })).toMatchObject({
    errcode: -501001,
    errmsg: expect.stringContaining(
      'FailedOperation.UpdateFunctionConfiguration: 当前函数状态无法进行此操作，请在函数状态正常时重试。',
    ),
  });
  const upload = await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'index.js': 'new' }));
  expect(failuresOf(upload, 'fail_list')).toHaveLength(1);
  expect(await emulator.finishDeployments()).toBe(1);
  expect(await call(emulator, LIST, { env: 'dev' })).toMatchObject({ functions: [{ status: 'Active' }] });
  expect((await emulator.files('dev', 'pay')).size).toBe(1);
});

test('it ends by itself, and leaves what it does not name', async () => {
  const store = await freshFolder();
  const emulator = await start({ deployMs: 1, store });
  await emulator.deploy('dev', 'pay', { 'index.js': '' });
  const usual = { memorySize: 256, timeoutSeconds: 3, variables: {}, vpc: null };
  const changes: [Json, Json][] = [
    [{ timeout: 7 }, { timeoutSeconds: 7 }],
    [{ memorysize: 512 }, { memorySize: 512 }],
    [variable('A'), { variables: { A: 'x' } }],
    [{ vpc_config: { vpc_id: 'v', subnet_id: 's' } }, { vpc: { vpcId: 'v', subnetId: 's' } }],
    [variable('B'), { variables: { B: 'x' } }],
    [{ environment_variables: [] }, { variables: {} }],
    [{ memorysize: 0, timeout: 0, vpc_config: {} }, { vpc: { vpcId: '', subnetId: '' } }],
    [{}, {}],
  ];
  let expected: Json = usual;
  for (const [fields, change] of changes) {
    expect(await set(emulator, fields)).toMatchObject({ errcode: 0 });
    await emulator.waitFor(() => emulator.functions('dev')[0]?.status === 'Active');
    expected = { ...expected, ...change };
    const kept: unknown = JSON.parse(await readFile(join(store, 'emulator.json'), 'utf8'));
    expect(kept).toMatchObject({ functions: [{ name: 'pay', settings: expected }] });
  }
});

test('a function that is not there whole takes none; one whose update failed does', async () => {
  const emulator = await withFunction();
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'readme.md': '' }));
  await call(emulator, '/componenttcb/batchuploadscf', uploadOf('bad', ['dev'], { 'readme.md': '' }));
  await emulator.finishDeployments();
  expect(await set(emulator, { functionname: 'bad', timeout: 5 })).toMatchObject({ errcode: -501001 });
  expect(await set(emulator, { timeout: 5 })).toMatchObject({ errcode: 0 });
  await emulator.finishDeployments();
  expect(emulator.functions('dev').map(({ status }) => status)).toEqual(['Active', 'CreateFailed']);
});

test('a function or an environment that is not there', async () => {
  const emulator = await withFunction();
  expect(await set(emulator, { functionname: 'other' })).toMatchObject({ errcode: -501000 });
  expect(await set(emulator, { env: 'nowhere' })).toMatchObject({
    errmsg: expect.stringContaining("can't find the env"),
  });
});

test('triggers of one name are refused', async () => {
  const emulator = await withFunction();
  const trigger = { trigger_name: 'a', type: 'Timer', config: '0 0 2 * * * *' };
  const body = { envs: ['dev'], funcname: 'pay', triggers: [trigger, trigger] };
  expect(await call(emulator, '/componenttcb/batchupdatetriggers', body)).toMatchObject({ errcode: 40097 });
});

test('packages that the cloud installs take their time', async () => {
  const emulator = await start({ deployMs: 1, installMs: 60_000 });
  const files = { 'index.js': '', 'package.json': '{"dependencies":{"a":"1"}}' };
  await call(emulator, '/componenttcb/batchuploadscf', uploadOf('pay', ['dev'], files));
  await call(emulator, '/componenttcb/batchuploadscf', uploadOf('order', ['dev'], { 'index.js': '' }));
  await emulator.waitFor(() => emulator.functions('dev')[1]?.status === 'Active');
  expect(emulator.functions('dev')[0]?.status).toBe('Creating');
});
