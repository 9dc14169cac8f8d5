/** Who holds a folder's lock, what its file says meanwhile, and what is left behind. The lock is the kernel's, on real files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  type Holder,
  type Lock,
  namedHolder,
  storeLockName,
  takeLock,
  takeStore,
} from '../../src/state/lock.js';
import { expectMode, needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

const holder: Holder = {
  ...{ v: 1, pid: process.pid, role: 'watch', socket: null, endpoint: 'emulator' },
  ...{ config: '/p/watch.config.json', version: '1.2.3' },
};

async function taken(folder: string, who: Holder = holder): Promise<Lock> {
  const outcome = await takeLock(folder, who);
  if (outcome.type !== 'taken') throw new Error(outcome.type);
  onTestFinished(() => outcome.lock.release());
  return outcome.lock;
}

it('is one process’s, whose name the next one gets, until it lets go', async () => {
  const folder = await temporaryFolder();
  const lock = await taken(folder);
  const file = join(folder, 'daemon.lock');
  expectMode(file, 0o600);
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(holder)}\n`);
  expect(await takeLock(folder, { ...holder, pid: 7 })).toEqual({
    ...{ type: 'held', holder, socket: null },
  });
  expect(namedHolder(folder)).toEqual(holder);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
  expect(namedHolder(folder)).toBeNull();
  await taken(folder, { ...holder, pid: 7 });
  expect(namedHolder(folder)?.pid).toBe(7);
});

it('lets go once: what another one holds since then stays', async () => {
  const folder = await temporaryFolder();
  const first = await taken(folder);
  first.release();
  await taken(folder, { ...holder, pid: 7 });
  first.release();
  expect(namedHolder(folder)?.pid).toBe(7);
});

it('leaves alone a file of its name that is another’s by now', async () => {
  needs('replacing');
  const folder = await temporaryFolder();
  const lock = await taken(folder);
  rmSync(join(folder, 'daemon.lock'));
  writeFileSync(join(folder, 'daemon.lock'), 'another');
  lock.release();
  expect(readFileSync(join(folder, 'daemon.lock'), 'utf8')).toBe('another');
});

it('is let go while the process ends', async () => {
  const folder = await temporaryFolder();
  const before = process.listeners('exit');
  await taken(folder);
  const added = process.listeners('exit').filter((listener) => !before.includes(listener));
  expect(added).toHaveLength(1);
  added[0]?.(0);
  expect(readdirSync(folder)).toEqual([]);
  expect(process.listeners('exit')).toEqual(before);
});

it('of a dead process is taken over, with a shorter text whole, and its socket goes', async () => {
  needs('sockets');
  const folder = join(await temporaryFolder(), '.tcb-watch');
  mkdirSync(folder);
  const socket = join(folder, 'daemon.sock');
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(`${socket}.live`, resolve));
  renameSync(`${socket}.live`, socket);
  await new Promise((resolve) => void server.close(resolve));
  writeFileSync(join(folder, 'daemon.lock'), JSON.stringify({ ...holder, socket, version: 'x'.repeat(500) }));
  await taken(folder);
  expect(existsSync(socket)).toBe(false);
  expect(namedHolder(folder)).toEqual(holder);
});

it.each([
  ['nothing', ''],
  ['half of it', '{"v":1,"pid":'],
  ['another version', JSON.stringify({ ...holder, v: 2 })],
  ['no whole number', JSON.stringify({ ...holder, pid: 1.5 })],
  ['another role', JSON.stringify({ ...holder, role: 'cook' })],
  ['more than 64 KB', JSON.stringify({ ...holder, version: 'x'.repeat(64 * 1024) })],
  ['no process', JSON.stringify({ ...holder, pid: -1 })],
])('names nobody where the file says %s', async (_, text) => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'daemon.lock'), text);
  expect(namedHolder(folder)).toBeNull();
});

it('names who says so at length', async () => {
  const folder = await temporaryFolder();
  const version = 'x'.repeat(63 * 1024);
  writeFileSync(join(folder, 'daemon.lock'), JSON.stringify({ ...holder, version }));
  expect(namedHolder(folder)).toEqual({ ...holder, version });
});

it('waits a moment for the name of one who has just locked', async () => {
  const folder = await temporaryFolder();
  await taken(folder);
  const file = join(folder, 'daemon.lock');
  writeFileSync(file, '');
  const asked = takeLock(folder, holder);
  await vi.waitFor(async () => expect(await Promise.race([asked, null])).toBeNull());
  writeFileSync(file, JSON.stringify({ ...holder, pid: 9 }));
  expect(await asked).toMatchObject({ type: 'held', holder: { pid: 9 } });
  writeFileSync(file, '');
  expect(await takeLock(folder, holder)).toEqual({ type: 'held', holder: null, socket: null });
});

it('of a file cannot be had where there is no folder: that is the system’s code', async () => {
  const folder = join(await temporaryFolder(), 'no');
  const none = { type: 'unavailable', code: 'ENOENT', holder: null };
  expect(await takeLock(folder, holder, 'daemon.lock', [])).toEqual(none);
});

it('of a store makes its folder, and says whose it is', async () => {
  const store = join(await temporaryFolder(), 'deep', 'store');
  const outcome = await takeStore(store);
  expect(readdirSync(store)).toEqual([storeLockName]);
  expect(await takeStore(store)).toMatchObject({
    type: 'held',
    holder: { pid: process.pid, role: 'emulator', socket: null, config: null, endpoint: 'emulator' },
  });
  expect(outcome.type).toBe('taken');
  if (outcome.type === 'taken') outcome.lock.release();
});

it('of a store whose file cannot be locked has its socket elsewhere: only functions lie in a store', async () => {
  needs('sockets');
  const store = await temporaryFolder();
  mkdirSync(join(store, storeLockName));
  const outcome = await takeStore(store);
  expect(outcome.type).toBe('taken');
  expect(readdirSync(store)).toEqual([storeLockName]);
  expect((await takeStore(store)).type).toBe('held');
  if (outcome.type === 'taken') outcome.lock.release();
});

it.runIf(process.platform === 'linux')(
  'leaves no file open: not where it is held, not where it was let go',
  async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const folder = await temporaryFolder();
    const first = await taken(folder);
    const before = open();
    for (let turn = 0; turn < 10; turn += 1) await takeLock(folder, holder);
    expect(open()).toBeLessThan(before + 5);
    first.release();
    for (let turn = 0; turn < 10; turn += 1) (await taken(folder)).release();
    expect(open()).toBeLessThan(before + 5);
  },
);
