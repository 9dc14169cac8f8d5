import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  CREATE,
  call,
  createActive,
  failuresOf,
  freshFolder,
  HELLO,
  start,
  UPDATE,
  uploadOf,
  zipEntries,
} from '../rig.js';

const NEW = { 'index.js': 'exports.main = () => "new";', 'lib/b.js': '2' };

test('each environment’s functions lie unpacked under the store', async () => {
  const store = join(await freshFolder(), 'deep', 'store');
  const emulator = await start({ store });
  await createActive(emulator, 'pay', ['dev'], NEW);
  expect(await readFile(join(store, 'dev', 'pay', 'lib', 'b.js'), 'utf8')).toBe('2');
  expect(await readdir(join(store, 'dev'))).toEqual(['pay']);
  expect((await readdir(store)).sort()).toEqual(['dev', 'emulator.json']);
  expect(await readFile(join(store, 'emulator.json'), 'utf8')).not.toContain(emulator.token);
});

test('a store is loaded with status, times, settings and triggers', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay');
  await call(first, CREATE, uploadOf('bad', ['dev'], { 'readme.md': '' }));
  await first.finishDeployments();
  const triggers = [{ trigger_name: 'daily', type: 'Timer', config: '0 0 2 * * * *' }];
  await call(first, '/componenttcb/batchupdatetriggers', { envs: ['dev'], funcname: 'pay', triggers });
  const before = [first.functions('dev'), first.functions('test')];
  await first.close();
  const second = await start({ store });
  expect([second.functions('dev'), second.functions('test')]).toEqual(before);
  expect(second.functions('dev').map((row) => row.status)).toEqual(['Active', 'CreateFailed']);
  expect(await call(second, '/componenttcb/gettriggers', { env: 'dev', funcname: 'pay' })).toMatchObject({
    triggers,
  });
  expect((await second.files('test', 'pay')).get('index.js')?.toString()).toBe(HELLO['index.js']);
});

test.each(['Updating', 'Creating'])(
  'a deployment interrupted while %s is finished at the next load',
  async (status) => {
    const store = await freshFolder();
    const first = await start({ store });
    if (status === 'Updating') await createActive(first, 'pay', ['dev']);
    await call(first, status === 'Updating' ? UPDATE : CREATE, uploadOf('pay', ['dev'], NEW));
    const modTime = first.functions('dev')[0]?.mod_time;
    await first.close();
    const second = await start({ store });
    expect(second.functions('dev')).toMatchObject([{ name: 'pay', status: 'Active', mod_time: modTime }]);
    expect([...(await second.files('dev', 'pay')).keys()]).toEqual(['index.js', 'lib/b.js']);
    expect(await readdir(join(store, 'dev'))).toEqual(['pay']);
  },
);

test('an interrupted deployment that was to fail has failed at the next load', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay', ['dev']);
  await call(first, UPDATE, uploadOf('pay', ['dev'], { 'readme.md': '' }));
  await first.close();
  const second = await start({ store });
  expect(second.functions('dev')).toMatchObject([
    { status: 'UpdateFailed', status_reason: [{ errcode: 'ResourceNotFound.File' }] },
  ]);
  expect([...(await second.files('dev', 'pay')).keys()]).toEqual(['index.js']);
});

/** The leftovers of a kill: the folders, by their names, and whether the records say that a deployment was accepted. */
test.each([
  ['while the new content was written', ['pay', '.part-pay'], false, 'old'],
  ['before the record was written', ['pay', '.new-pay'], false, 'old'],
  ['after acceptance', ['pay', '.new-pay'], true, 'new'],
  ['after the old was set aside', ['.old-pay', '.new-pay'], true, 'new'],
  ['after the old was set aside, by somebody unrecorded', ['.old-pay', '.new-pay'], false, 'old'],
  ['before the old was deleted', ['.old-pay', 'pay=new'], true, 'new'],
  ['between the renames, the new lost', ['.old-pay'], true, 'old'],
])('killed %s', async (_, folders, accepted, content) => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay', ['dev'], { 'index.js': 'old' });
  if (accepted) await call(first, UPDATE, uploadOf('pay', ['dev'], { 'index.js': 'new' }));
  await first.close();
  await rename(join(store, 'dev'), join(store, 'before'));
  for (const folder of folders) {
    const name = folder.replace('=new', '');
    await mkdir(join(store, 'dev', name), { recursive: true });
    const isOld = name === '.old-pay' || folder === 'pay';
    await writeFile(join(store, 'dev', name, 'index.js'), isOld ? 'old' : 'new');
  }
  const second = await start({ store });
  expect((await second.files('dev', 'pay')).get('index.js')?.toString()).toBe(content);
  expect(second.functions('dev')).toMatchObject([{ name: 'pay', status: 'Active' }]);
  expect(await readdir(join(store, 'dev'))).toEqual(['pay']);
  await second.deploy('dev', 'pay', { 'index.js': 'again' });
  expect((await second.files('dev', 'pay')).get('index.js')?.toString()).toBe('again');
});

test('old content that could not be deleted is no obstacle to the next deployment', async () => {
  const store = await freshFolder();
  const emulator = await start({ store });
  await createActive(emulator, 'pay', ['dev']);
  await mkdir(join(store, 'dev', '.old-pay'));
  await writeFile(join(store, 'dev', '.old-pay', 'index.js'), 'old');
  await emulator.deploy('dev', 'pay', NEW);
  expect(emulator.functions('dev')).toMatchObject([{ name: 'pay', status: 'Active' }]);
  expect([...(await emulator.files('dev', 'pay')).keys()]).toEqual(['index.js', 'lib/b.js']);
  expect(await readdir(join(store, 'dev'))).toEqual(['pay']);
});

test.each(['{"v":1,"functions":[{"env', '', '[]', '{"v":2}'])(
  'damaged records %j are set aside',
  async (text) => {
    const store = await freshFolder();
    const first = await start({ store });
    await createActive(first, 'pay', ['dev']);
    await first.close();
    await writeFile(join(store, 'emulator.json'), text);
    const second = await start({ store });
    expect(second.functions('dev')).toMatchObject([{ name: 'pay', status: 'Active' }]);
    expect(await readFile(join(store, 'emulator.json.damaged'), 'utf8')).toBe(text);
  },
);

test('a function whose folder was deleted by hand is gone, and other things in the store do no harm', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  await createActive(first, 'pay', ['dev']);
  await first.close();
  await rename(join(store, 'dev', 'pay'), join(store, 'dev', 'not a name'));
  await mkdir(join(store, '.run-1-abc', 'x'), { recursive: true });
  await writeFile(join(store, 'note.txt'), '');
  const second = await start({ store });
  expect(second.functions('dev')).toEqual([]);
  expect((await readdir(store)).sort()).toEqual(['dev', 'emulator.json', 'note.txt']);
});

test.skipIf(process.platform === 'win32')('executable bits are kept on disk', async () => {
  const store = await freshFolder();
  const first = await start({ store });
  const zip = zipEntries([{ path: 'index.js' }, { path: 'bin/tool', mode: 0o100755 }]);
  await call(first, CREATE, { functionname: 'pay', envs: ['dev'], zipfile: zip.toString('base64') });
  await first.finishDeployments();
  await first.close();
  const second = await start({ store });
  expect(await second.executables('dev', 'pay')).toEqual(['bin/tool']);
});

test('a disk that refuses is the environment’s InternalError, and the function stays as it was', async () => {
  const store = await freshFolder();
  const emulator = await start({ store });
  await createActive(emulator, 'pay', ['dev']);
  // A file where the environment's folder should be refuses everybody, root too.
  await rename(join(store, 'dev'), join(store, 'aside'));
  await writeFile(join(store, 'dev'), '');
  const update = await call(emulator, UPDATE, uploadOf('pay', ['dev'], NEW));
  const create = await call(emulator, CREATE, uploadOf('order', ['dev', 'test'], NEW));
  await rm(join(store, 'dev'));
  await rename(join(store, 'aside'), join(store, 'dev'));
  expect(failuresOf(update, 'fail_list')).toEqual([
    { env: 'dev', errormsg: expect.stringMatching(/^InternalError/) },
  ]);
  expect(failuresOf(create, 'fail_env_list').map(({ env }) => env)).toEqual(['dev']);
  expect(emulator.functions('dev')).toMatchObject([{ name: 'pay', status: 'Active' }]);
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], NEW));
  await emulator.finishDeployments();
  expect((await emulator.files('dev', 'pay')).size).toBe(2);
});
