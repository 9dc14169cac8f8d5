/** Warm processes: how many there are, how long they live, and what they share. */
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Emulator, EmulatorOptions } from '../../../src/emulator/index.js';
import { findNode } from '../../../src/emulator/runner/runtimes.js';
import { CREATE, call, createActive, freshFolder, type Json, start, UPDATE, uploadOf } from '../rig.js';

const invoke = (emulator: Emulator, event: Json = {}, name = 'pay'): Promise<Json> =>
  call(emulator, `/tcb/invokecloudfunction?env=dev&name=${name}`, event);

const result = async (answer: Promise<Json>): Promise<unknown> => {
  const text = (await answer)['resp_data'];
  return typeof text === 'string' ? JSON.parse(text) : answer;
};

const COUNTER = 'let n = 0; exports.main = async () => { n += 1; return n; };';

async function withCode(code: string, options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await start(options);
  await emulator.deploy('dev', 'pay', { 'index.js': code });
  return emulator;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('calls at once get processes of their own, later ones use them again', async () => {
  const emulator = await withCode(
    'exports.main = ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, process.pid));',
  );
  const pids = await Promise.all([1, 2, 3].map(() => result(invoke(emulator, { ms: 300 }))));
  expect(new Set(pids).size).toBe(3);
  expect(emulator.instances()).toBe(3);
  expect(pids).toContain(await result(invoke(emulator, { ms: 0 })));
  expect(emulator.instances()).toBe(3);
});

test('one that waits too long for a call ends', async () => {
  const emulator = await withCode('exports.main = async () => process.pid;', { idleMs: 30 });
  const pid = Number(await result(invoke(emulator)));
  await until(() => emulator.instances() === 0);
  expect(isAlive(pid)).toBe(false);
  expect(await result(invoke(emulator))).not.toBe(pid);
});

test('twelve wait for a call; of more, the one that has waited longest ends', async () => {
  const emulator = await start();
  const pids: number[] = [];
  for (let n = 1; n <= 14; n += 1) {
    await emulator.deploy('dev', `fn${n}`, { 'index.js': 'exports.main = async () => process.pid;' });
    pids.push(Number(await result(invoke(emulator, {}, `fn${n}`))));
    // The second is asked once more, so the first and the third have waited longest.
    if (n === 12) expect(await result(invoke(emulator, {}, 'fn2'))).toBe(pids[1]);
    if (n <= 12) expect(emulator.instances()).toBe(n);
  }
  await until(() => emulator.instances() === 12);
  expect(pids.map(isAlive)).toEqual(pids.map((_, index) => index !== 0 && index !== 2));
});

test('two versions of the code lie on the disk, however many there were, and a /tmp for each process', async () => {
  const store = await freshFolder();
  // None ends by waiting too long.
  const emulator = await start({ store, idleMs: 24 * 3600 * 1000 });
  for (let n = 1; n <= 4; n += 1) {
    await emulator.deploy('dev', 'pay', { 'index.js': `exports.main = async () => ${n};` });
    expect(await result(invoke(emulator))).toBe(n);
  }
  await until(() => emulator.instances() === 1);
  const scratch = (await readdir(store)).find((name) => name.startsWith('.run-')) ?? '';
  const below = (name: string): Promise<string[]> => readdir(join(store, scratch, name));
  while ((await below('dev')).length > 2 || (await below('tmp')).length > 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await below('dev')).toSorted()).toEqual(['pay@3', 'pay@4']);
});

test('calls from outside are counted by environment and function, calls of functions by functions are not', async () => {
  const emulator = await start();
  const sdk = { 'package.json': '{"dependencies":{"wx-server-sdk":"*"}}' };
  await emulator.deploy('dev', 'order', { 'index.js': 'exports.main = async () => 1;' });
  await emulator.deploy('dev', 'pay', {
    ...sdk,
    'index.js': "exports.main = () => require('wx-server-sdk').callFunction({ name: 'order' });",
  });
  for (const name of ['pay', 'pay', 'order']) await invoke(emulator, {}, name);
  const state = await fetch(`${emulator.url}/__emulator/state?access_token=${emulator.token}`);
  expect(await state.json()).toMatchObject({ invocations: { dev: { pay: 2, order: 1 } } });
});

test('a process that a function left behind with its output open holds no answer up', async () => {
  const emulator = await withCode(`
    require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' });
    exports.main = async () => { console.log('said'); process.exit(3); };`);
  expect(await invoke(emulator)).toMatchObject({
    errmsg: expect.stringContaining('exited with code 3'),
    emulator_logs: ['said'],
  });
});

test('what goes wrong after a call had its result stands in the next log', async () => {
  const emulator = await withCode(
    'exports.main = async ({ ms }) => { if (ms) setTimeout(async () => { console.log("saving"); throw new TypeError("no such field"); }, ms); };',
  );
  expect(await invoke(emulator, { ms: 50 })).toMatchObject({ errcode: 0, emulator_logs: [] });
  await until(() => emulator.instances() === 0);
  const next = await invoke(emulator);
  expect(next).toMatchObject({
    errcode: 0,
    emulator_logs: expect.arrayContaining([
      'saving',
      'emulator: the call before this one went wrong after main had returned; is an await missing?',
      'TypeError: no such field',
      expect.stringMatching(/^ {4}at .*\/var\/user\/index\.js:1:\d+\)/),
    ]),
  });
  expect(await invoke(emulator)).toMatchObject({ emulator_logs: [] });
});

test('however many lines it printed before', async () => {
  const emulator = await withCode(
    'exports.main = async ({ ms }) => { if (ms) setTimeout(() => { process.stdout.write("\\n".repeat(500000) + "x"); throw new Error("late"); }, ms); };',
  );
  await invoke(emulator, { ms: 50 });
  await until(() => emulator.instances() === 0);
  const next = await invoke(emulator);
  expect(next['emulator_logs']).toEqual(expect.arrayContaining(['x', 'Error: late']));
});

test('other code and other settings start a new one', async () => {
  const emulator = await start();
  await createActive(emulator, 'pay', ['dev'], { 'index.js': COUNTER });
  const count = (): Promise<unknown> => result(invoke(emulator));
  expect([await count(), await count()]).toEqual([1, 2]);
  await call(emulator, UPDATE, uploadOf('pay', ['dev'], { 'index.js': `${COUNTER}// again` }));
  expect(await count()).toBe(3);
  await emulator.finishDeployments();
  expect([await count(), await count()]).toEqual([1, 2]);
  await call(emulator, '/componenttcb/updatescfconfig', { env: 'dev', functionname: 'pay', memorysize: 512 });
  expect(await count()).toBe(1);
});

test('the version before answers where a rule says so, once it ran here', async () => {
  const emulator = await withCode('exports.main = async () => "old";');
  expect(await result(invoke(emulator))).toBe('old');
  await emulator.deploy('dev', 'pay', { 'index.js': 'exports.main = async () => "new";' });
  emulator.faults.add({ oldCode: true, times: 2 });
  const answers: unknown[] = [];
  for (let calls = 0; calls < 3; calls += 1) answers.push(await result(invoke(emulator)));
  expect(answers).toEqual(['old', 'old', 'new']);
});

test('each has a /tmp of its own', async () => {
  const emulator = await withCode(`
    const fs = require('fs');
    exports.main = async ({ ms }) => {
      fs.writeFileSync('/tmp/' + process.pid, '');
      await new Promise((resolve) => setTimeout(resolve, ms));
      return fs.readdirSync('/tmp').length;
    };`);
  expect(await Promise.all([1, 2].map(() => result(invoke(emulator, { ms: 300 }))))).toEqual([1, 1]);
});

test.skipIf(process.platform !== 'linux')(
  'what it started ends with it, whatever group it went to',
  async () => {
    const emulator = await withCode(`
    const { spawn } = require('child_process');
    exports.main = async () => [true, false].map((detached) =>
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached, stdio: 'ignore' }).pid);`);
    const pids = await result(invoke(emulator));
    const started = Array.isArray(pids) ? pids.map(Number) : [];
    expect(started.map(isAlive)).toEqual([true, true]);
    await emulator.close();
    await until(() => !started.some(isAlive));
  },
);

test('packages come from where the sources have theirs, and only those that package.json names', async () => {
  const root = await freshFolder();
  const real = join(root, 'real', 'left-pad');
  await mkdir(real, { recursive: true });
  await writeFile(join(real, 'index.js'), 'module.exports = "padded";');
  for (const [folder, name] of [
    ['functions/pay', 'left-pad'],
    ['functions/pay', 'unnamed'],
    ['', '@own/above'],
  ] as const) {
    const place = join(root, folder, 'node_modules', name);
    await mkdir(join(place, '..'), { recursive: true });
    await symlink(real, place, 'junction');
  }
  const sources = { roots: [join(root, 'functions')], named: { order: join(root, 'functions', 'pay') } };
  const emulator = await start({ sources, deployMs: 0 });
  const dependencies = { 'left-pad': '1', '@own/above': '1', '../evil': '1' };
  const files = {
    'package.json': JSON.stringify({ dependencies }),
    'index.js': `
      const found = (name) => { try { return require(name); } catch (error) { return error.code; } };
      exports.main = async () => ['left-pad', '@own/above', 'unnamed'].map(found);`,
  };
  for (const name of ['pay', 'order']) {
    await call(emulator, CREATE, uploadOf(name, ['dev'], files));
    await emulator.waitFor(
      () => emulator.functions('dev').find((row) => row.name === name)?.status === 'Active',
    );
    expect(await result(invoke(emulator, {}, name))).toEqual(['padded', 'padded', 'MODULE_NOT_FOUND']);
  }
});

test('a package that was uploaded is the one that runs, not the one that is installed here', async () => {
  const root = await freshFolder();
  const installed = join(root, 'pay', 'node_modules', 'left-pad');
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, 'index.js'), 'module.exports = "installed";');
  const emulator = await start({ sources: { roots: [root], named: {} } });
  await emulator.deploy('dev', 'pay', {
    'package.json': '{"dependencies":{"left-pad":"1"}}',
    'node_modules/left-pad/package.json': '{"name":"left-pad"}',
    'node_modules/left-pad/index.js': 'module.exports = "uploaded";',
    'index.js': 'exports.main = async () => require("left-pad");',
  });
  expect(await result(invoke(emulator))).toBe('uploaded');
});

test('a Node of a runtime is found where version managers keep it, the newest of them', async () => {
  const home = await freshFolder();
  for (const folder of [
    '.nvm/versions/node/v16.9.1',
    '.nvm/versions/node/v18.1.0',
    '.volta/tools/image/node/16.20.2',
    '.asdf/installs/nodejs/160.0.0',
  ]) {
    await mkdir(join(home, folder), { recursive: true });
  }
  expect(await findNode(16, home)).toBe(join(home, '.volta/tools/image/node/16.20.2', 'bin/node'));
  expect(await findNode(18, home)).toBe(join(home, '.nvm/versions/node/v18.1.0', 'bin/node'));
  expect(await findNode(12, home)).toBeNull();
});

test('calls that the disk refused keep no turn of later ones', async () => {
  const store = await freshFolder();
  const emulator = await start({ store });
  await emulator.deploy('dev', 'pay', { 'index.js': 'exports.main = async () => 1;' });
  await rename(store, `${store}-elsewhere`);
  for (let count = 0; count < 40; count += 1) expect(await invoke(emulator)).toMatchObject({ errcode: -1 });
  await rename(`${store}-elsewhere`, store);
  expect(await result(invoke(emulator))).toBe(1);
});
