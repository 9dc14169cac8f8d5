import { expect, test } from 'vitest';
import {
  CREATE,
  call,
  createActive,
  failuresOf,
  HELLO,
  LIST,
  start,
  UPDATE,
  uploadOf,
  zipEntries,
} from '../rig.js';

const OTHER = { 'index.js': 'exports.main = () => 2;\n', 'lib/数据.js': 'module.exports = 1;\n' };

test('creating takes code for every environment, and it runs when the deployment has ended', async () => {
  const emulator = await start();
  const answer = await call(emulator, CREATE, uploadOf('pay', ['dev', 'test'], HELLO));
  expect(answer).toEqual({ errcode: 0, errmsg: 'ok' });
  expect(emulator.functions('dev')).toMatchObject([{ name: 'pay', status: 'Creating', status_reason: [] }]);
  expect((await emulator.files('dev', 'pay')).size).toBe(0);
  expect(await emulator.finishDeployments()).toBe(2);
  expect(emulator.functions('test')).toMatchObject([{ name: 'pay', status: 'Active' }]);
  expect([...(await emulator.files('test', 'pay'))]).toEqual([['index.js', Buffer.from(HELLO['index.js'])]]);
});

test('the old code runs until the update has ended', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay');
  expect(await call(emulator, UPDATE, uploadOf('pay', ['dev'], OTHER))).toEqual({ errcode: 0, errmsg: 'ok' });
  expect(emulator.functions('dev')).toMatchObject([{ status: 'Updating' }]);
  expect([...(await emulator.files('dev', 'pay')).keys()]).toEqual(['index.js']);
  await emulator.finishDeployments({ env: 'dev' });
  expect((await emulator.files('dev', 'pay')).get('lib/数据.js')?.toString()).toBe('module.exports = 1;\n');
  expect((await emulator.files('test', 'pay')).has('lib/数据.js')).toBe(false);
});

test('a deployment ends by itself after its time', async () => {
  const emulator = await start({ deployMs: 5 });
  await call(emulator, CREATE, uploadOf('pay', ['dev'], HELLO));
  await emulator.waitFor(() => emulator.functions('dev').find((row) => row.status === 'Active'));
  expect((await emulator.files('dev', 'pay')).size).toBe(1);
});

test('each environment refuses for itself, under the names that its call uses', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev']);
  const update = await call(emulator, UPDATE, uploadOf('pay', ['dev', 'test', 'nowhere'], OTHER));
  expect(update).toMatchObject({ errcode: 0, errmsg: 'ok' });
  expect(failuresOf(update, 'fail_list')).toEqual([
    { env: 'test', errormsg: expect.stringContaining('ResourceNotFound.Function') },
    { env: 'nowhere', errormsg: expect.stringMatching(/ResourceNotFound\.Namespace.*can't find the env/) },
  ]);
  const create = await call(emulator, CREATE, uploadOf('pay', ['dev', 'nowhere'], OTHER));
  expect(failuresOf(create, 'fail_env_list')).toEqual([
    { env: 'dev', errmsg: expect.stringContaining('ResourceInUse.Function') },
    { env: 'nowhere', errmsg: expect.stringContaining("can't find the env") },
  ]);
  expect(
    emulator
      .requests()
      .at(-1)
      ?.failures.map(({ env }) => env),
  ).toEqual(['dev', 'nowhere']);
});

test.each(['Creating', 'Updating'])('while %s, code is refused with the exact message', async (status) => {
  const emulator = await start();
  if (status === 'Updating') await createActive(emulator, 'pay', ['dev']);
  await call(emulator, status === 'Updating' ? UPDATE : CREATE, uploadOf('pay', ['dev'], HELLO));
  const answer = await call(emulator, UPDATE, uploadOf('pay', ['dev'], OTHER));
  const [failure] = failuresOf(answer, 'fail_list');
  expect(failure?.['errormsg']).toContain('FailedOperation.UpdateFunctionCode');
  expect(failure?.['errormsg']).toContain(`当前函数处于${status}状态，无法进行此操作，请稍后重试。`);
  await emulator.finishDeployments();
  expect([...(await emulator.files('dev', 'pay')).keys()]).toEqual(['index.js']);
});

test('an update without an entry ends in UpdateFailed, and the old code keeps running', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev']);
  const answer = await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'pay/index.js': '' }));
  expect(answer).toEqual({ errcode: 0, errmsg: 'ok' });
  await emulator.finishDeployments();
  const [row] = emulator.functions('dev');
  expect(row).toMatchObject({
    status: 'UpdateFailed',
    status_reason: [{ errcode: 'ResourceNotFound.File' }],
  });
  expect((await emulator.files('dev', 'pay')).get('index.js')?.toString()).toBe(HELLO['index.js']);
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], OTHER));
  await emulator.finishDeployments();
  expect(emulator.functions('dev')).toMatchObject([{ status: 'Active', status_reason: [] }]);
  expect((await emulator.files('dev', 'pay')).size).toBe(2);
});

test.each([
  [{ 'index.mjs': '' }, 'Active'],
  [{ 'index.cjs': '' }, 'Active'],
  [{ 'package.json': '{"main":"./dist/app.js"}', 'dist/app.js': '' }, 'Active'],
  [{ 'package.json': '{"main":"dist"}', 'dist/index.js': '' }, 'Active'],
  [{ 'package.json': '{"main":"dist/app.js"}' }, 'CreateFailed'],
  [{ 'package.json': '{' }, 'CreateFailed'],
  [{ 'pay/index.js': '' }, 'CreateFailed'],
])('%o is created and ends %s', async (files: Record<string, string>, status) => {
  const emulator = await start();
  await call(emulator, CREATE, uploadOf('pay', ['dev'], files));
  await emulator.finishDeployments();
  expect(emulator.functions('dev')[0]?.status).toBe(status);
});

test('CreateFailed must be deleted before it can be created again', async () => {
  const emulator = await start();
  await call(emulator, CREATE, uploadOf('pay', ['dev'], { 'readme.md': '' }));
  await emulator.finishDeployments();
  const again = await call(emulator, CREATE, uploadOf('pay', ['dev'], HELLO));
  expect(failuresOf(again, 'fail_env_list')[0]?.['errmsg']).toContain('must be deleted');
  const update = await call(emulator, UPDATE, uploadOf('pay', ['dev'], HELLO));
  expect(failuresOf(update, 'fail_list')[0]?.['errormsg']).toContain('must be deleted');
  expect(await call(emulator, '/componenttcb/deletescf', { functionname: 'pay', env: 'dev' })).toMatchObject({
    errcode: 0,
  });
  await createActive(emulator, 'pay', ['dev']);
  expect(emulator.functions('dev')[0]?.status).toBe('Active');
});

test('mod_time has seconds and no zone, and changes when code is accepted', async () => {
  let at = Date.UTC(2026, 10, 3, 20, 0, 0);
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay', ['dev']);
  expect(emulator.functions('dev')).toMatchObject([
    { mod_time: '2026-11-04 04:00:00', add_time: '2026-11-04 04:00:00' },
  ]);
  at += 1999;
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], OTHER));
  expect(emulator.functions('dev')).toMatchObject([
    { mod_time: '2026-11-04 04:00:01', add_time: '2026-11-04 04:00:00' },
  ]);
});

test('somebody else deploys: at once, with another mod_time even in the same second', async () => {
  const emulator = await start({ now: () => 0 });
  await createActive(emulator, 'pay', ['dev']);
  const before = emulator.functions('dev')[0]?.mod_time;
  await emulator.deploy('dev', 'pay', { 'index.js': 'theirs' });
  expect(emulator.functions('dev')[0]?.status).toBe('Active');
  expect(emulator.functions('dev')[0]?.mod_time).not.toBe(before);
  expect((await emulator.files('dev', 'pay')).get('index.js')?.toString()).toBe('theirs');
  await emulator.deploy('dev', 'made', { 'index.js': 'new' });
  expect(emulator.functions('dev').map((row) => row.name)).toEqual(['pay', 'made']);
  await expect(emulator.deploy('dev', 'pay', { '../out.js': '' })).rejects.toThrow(RangeError);
});

test('executable bits are kept', async () => {
  const emulator = await start();
  const zip = zipEntries([
    { path: 'index.js', content: '' },
    { path: 'bin/tool', content: '#!/bin/sh\n', mode: 0o100755 },
  ]);
  await call(emulator, CREATE, { functionname: 'pay', envs: ['dev'], zipfile: zip.toString('base64') });
  await emulator.finishDeployments();
  expect(await emulator.executables('dev', 'pay')).toEqual(['bin/tool']);
});

test('getscflist pages, clamps and searches fuzzily', async () => {
  const emulator = await start();
  const names = Array.from({ length: 120 }, (_, index) => `pay${index}`);
  for (const name of names) await emulator.deploy('dev', name, HELLO);
  const rows = async (body: object): Promise<[unknown, unknown[]]> => {
    const answer = await call(emulator, LIST, { env: 'dev', ...body });
    const functions: unknown = answer['functions'];
    const found = Array.isArray(functions) ? functions.map((row: { name: string }) => row.name) : [];
    return [answer['total_count'], found];
  };
  expect(await rows({})).toEqual([120, names.slice(0, 20)]);
  expect(await rows({ offset: 100, limit: 50 })).toEqual([120, names.slice(100)]);
  expect(await rows({ limit: 1000 })).toEqual([120, names.slice(0, 100)]);
  expect(await rows({ offset: 500 })).toEqual([120, []]);
  expect(await rows({ limit: 0 })).toEqual([120, []]);
  expect(await rows({ offset: null, limit: null, searchkey: null })).toEqual([120, names.slice(0, 20)]);
  for (const wrong of [{ limit: -1 }, { offset: 0.5 }, { limit: '1' }, { searchkey: 1 }])
    expect(await call(emulator, LIST, { env: 'dev', ...wrong })).toMatchObject({ errcode: 40097 });
  expect(await rows({ searchkey: 'AY11', limit: 2 })).toEqual([11, ['pay11', 'pay110']]);
  expect(await call(emulator, LIST, { env: 'nowhere' })).toMatchObject({
    errcode: -501000,
    errmsg: expect.stringContaining("can't find the env"),
  });
});

test('two uploads at once: one is taken, the other finds the function busy', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev']);
  const answers = await Promise.all(
    [HELLO, OTHER].map((files) => call(emulator, UPDATE, uploadOf('pay', ['dev'], files))),
  );
  const refused = answers.filter((answer) => answer['fail_list'] !== undefined);
  expect(refused).toHaveLength(1);
});

test('somebody else’s deployment comes after the one under way', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev']);
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], OTHER));
  const theirs = emulator.deploy('dev', 'pay', { 'index.js': 'theirs' });
  await emulator.finishDeployments();
  await theirs;
  expect(emulator.functions('dev')).toMatchObject([{ status: 'Active' }]);
  expect([...(await emulator.files('dev', 'pay'))]).toEqual([['index.js', Buffer.from('theirs')]]);
});
