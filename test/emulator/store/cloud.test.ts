/** The environments and their functions, apart from the calls that reach them. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Cloud, openCloud } from '../../../src/emulator/store/cloud.js';
import { createDatabase } from '../../../src/emulator/store/database.js';
import { createDiskStorage } from '../../../src/emulator/store/disk.js';
import { createMemoryStorage } from '../../../src/emulator/store/storage.js';
import { createScratch } from '../../../src/emulator/store/tree.js';
import {
  CREATE,
  call,
  createActive,
  failuresOf,
  freshFolder,
  HELLO,
  type Json,
  start,
  UPDATE,
  uploadOf,
} from '../rig.js';

const SETTINGS = '/componenttcb/updatescfconfig';
const DELETE = '/componenttcb/deletescf';
const TRIGGERS = '/componenttcb/batchupdatetriggers';
const trigger = { trigger_name: 'daily', type: 'Timer', config: '0 0 2 * * * *' };
const pay: Json = { env: 'dev', functionname: 'pay' };

test('a list that lags behind knows the latest 5,000 changes', async () => {
  let at = 1000;
  const cloud = await openCloud({
    envs: ['dev'],
    storage: createMemoryStorage(createScratch(() => '/nowhere/')),
    runtime: 'Nodejs16.13',
    now: () => at,
    onDeployed: () => undefined,
  });
  await cloud.deployForeign('dev', 'pay', new Map());
  at = 2000;
  const change = async (times: number, from: number): Promise<void> => {
    for (let nth = from; nth < from + times; nth += 1) {
      const record = cloud.find('dev', 'pay');
      if (record === null) throw new Error('it is not there');
      await cloud.setTriggers(record, [{ name: String(nth), type: 'Timer', config: '' }]);
    }
  };
  const before = (of: Cloud, lagMs: number): unknown =>
    of.listBefore('dev', lagMs)?.map(({ triggers }) => triggers.map(({ name }) => name));
  await change(5000, 1);
  expect([before(cloud, 0), before(cloud, 1)]).toEqual([[['5000']], [[]]]);
  await change(2, 5001);
  expect([before(cloud, 0), before(cloud, 1)]).toEqual([[['5002']], [['2']]]);
  expect([cloud.listBefore('nowhere', 1), cloud.list('nowhere'), cloud.find('nowhere', 'pay')]).toEqual([
    null,
    null,
    null,
  ]);
});

test('what is deleted is gone from the disk, and comes back empty', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay', ['dev']);
  await createActive(first, 'order', ['dev']);
  expect(await call(first, DELETE, pay)).toMatchObject({ errcode: 0 });
  expect(await readdir(join(store, 'dev'))).toEqual(['order']);
  await first.close();
  const second = await start({ store });
  expect(second.functions('dev').map(({ name }) => name)).toEqual(['order']);
  expect((await second.files('dev', 'pay')).size).toBe(0);
});

test('what is deleted from the memory is gone, too', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev']);
  expect(await call(emulator, DELETE, pay)).toMatchObject({ errcode: 0 });
  expect((await emulator.files('dev', 'pay')).size).toBe(0);
  await call(emulator, CREATE, uploadOf('pay', ['dev'], { 'readme.md': '' }));
  await emulator.finishDeployments();
  expect(emulator.functions('dev')).toMatchObject([{ name: 'pay', status: 'CreateFailed' }]);
  expect((await emulator.files('dev', 'pay')).size).toBe(0);
});

test('an environment that is not opened keeps its functions, with all that is known of them', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay');
  await call(first, TRIGGERS, { envs: ['test'], funcname: 'pay', triggers: [trigger] });
  await first.close();
  const second = await start({ store, envs: ['dev'] });
  await second.deploy('dev', 'pay', { 'index.js': 'new' });
  await second.close();
  const third = await start({ store });
  expect(third.functions('test')).toMatchObject([{ name: 'pay', status: 'Active' }]);
  const body = { env: 'test', funcname: 'pay' };
  expect(await call(third, '/componenttcb/gettriggers', body)).toMatchObject({ triggers: [trigger] });
});

test('settings that were being changed have been changed at the next load', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay', ['dev']);
  expect(await call(first, SETTINGS, { ...pay, timeout: 9 })).toMatchObject({ errcode: 0 });
  expect(first.functions('dev')).toMatchObject([{ status: 'Updating' }]);
  await first.close();
  const second = await start({ store });
  expect(second.functions('dev')).toMatchObject([{ status: 'Active', status_reason: [] }]);
  expect((await second.files('dev', 'pay')).get('index.js')?.toString()).toBe(HELLO['index.js']);
});

test('a disk that fails a deployment fails it with the system’s words, and the old code runs', async () => {
  const store = await freshFolder();
  const emulator = await start({ store });
  await createActive(emulator, 'pay', ['dev']);
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'index.js': 'new' }));
  await rm(join(store, 'dev', '.new-pay'), { recursive: true });
  await emulator.finishDeployments();
  expect(emulator.functions('dev')).toMatchObject([
    {
      status: 'UpdateFailed',
      status_reason: [{ errcode: 'InternalError', errmsg: expect.stringMatching(/^InternalError: ENOENT/) }],
    },
  ]);
  expect((await emulator.files('dev', 'pay')).get('index.js')?.toString()).toBe(HELLO['index.js']);
  expect(await readdir(join(store, 'dev'))).toEqual(['pay']);
});

test('somebody else’s code ends a failure, and leaves triggers and the day of creation', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay', ['dev']);
  await call(emulator, TRIGGERS, { envs: ['dev'], funcname: 'pay', triggers: [trigger] });
  at += 60_000;
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'readme.md': '' }));
  await emulator.finishDeployments();
  const [failed] = emulator.functions('dev');
  expect(failed).toMatchObject({ status: 'UpdateFailed' });
  await emulator.deploy('dev', 'pay', { 'index.js': 'theirs' });
  const [healed] = emulator.functions('dev');
  expect(healed).toMatchObject({ status: 'Active', status_reason: [], add_time: failed?.add_time });
  expect(healed?.add_time).not.toBe(healed?.mod_time);
  const body = { env: 'dev', funcname: 'pay' };
  expect(await call(emulator, '/componenttcb/gettriggers', body)).toMatchObject({ triggers: [trigger] });
});

test('a function that only looks busy takes no settings until it looks so no more', async () => {
  let at = 1_000_000;
  const emulator = await start({ now: () => at });
  await createActive(emulator, 'pay', ['dev']);
  emulator.faults.add([{ busyMs: 1000 }]);
  const upload = await call(emulator, UPDATE, uploadOf('pay', ['dev'], HELLO));
  expect(failuresOf(upload, 'fail_list')).toHaveLength(1);
  at += 999;
  expect(await call(emulator, SETTINGS, { ...pay, timeout: 5 })).toMatchObject({ errcode: -501001 });
  at += 1;
  expect(await call(emulator, SETTINGS, { ...pay, timeout: 5 })).toMatchObject({ errcode: 0 });
});

test('a database that cannot be read is an error of the code, not an empty one', async () => {
  const folder = await freshFolder();
  await mkdir(join(folder, 'database-dev.json'));
  const database = createDatabase(createDiskStorage(folder));
  const counted = await database.run('dev', { on: 'c', action: 'count', collection: 'c' });
  expect(counted).toMatchObject({ ok: false, error: { errCode: -502001 } });
});
