/** A link that a repository has in `.tcb-watch` is not followed: nothing outside is read, written or removed. */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildsFolderOf,
  findIntruder,
  makeDryRunFolder,
  makeStateFolder,
  removeLeftovers,
  stateFolderOf,
} from '../../src/state/folder.js';
import { openLedger } from '../../src/state/ledger.js';
import { takeLock } from '../../src/state/lock.js';
import { createLogFile } from '../../src/state/log.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

async function place(): Promise<{ readonly folder: string; readonly outside: string }> {
  const base = await temporaryFolder();
  const folder = join(base, 'project', '.tcb-watch');
  const outside = join(base, 'outside');
  await mkdir(folder, { recursive: true });
  await writeFile(outside, 'precious');
  return { folder, outside };
}

describe('what this program did not put there', () => {
  it.each([
    ['the ledger', 'ledger.json'],
    ['the log', 'log'],
    ['the lock', 'daemon.lock'],
    ['the emulator’s store', 'emulator'],
    ['an environment of the store', 'emulator/dev'],
    ['a function of the store', 'emulator/dev/pay'],
    ['builds', 'builds/pay'],
    ['anything', 'anything'],
  ])('finds a link in place of %s', async (_, name) => {
    const { folder, outside } = await place();
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    expect(await findIntruder(folder)).toBeNull();
    needs('links');
    await symlink(outside, path);
    expect(await findIntruder(folder)).toEqual({ path, why: 'link' });
  });

  it('finds a link behind folders that hold nothing', async () => {
    const { folder, outside } = await place();
    await mkdir(join(folder, 'builds', 'pay'), { recursive: true });
    await mkdir(join(folder, 'history', 'pay'), { recursive: true });
    needs('links');
    for (const name of ['builds', 'history']) {
      const path = join(folder, name, 'link');
      await symlink(outside, path);
      expect(await findIntruder(folder)).toEqual({ path, why: 'link' });
      await rm(path);
    }
  });

  it('finds the whole folder being a link', async () => {
    const { folder, outside } = await place();
    await rm(folder, { recursive: true });
    needs('links');
    await symlink(outside, folder);
    expect(await findIntruder(folder)).toEqual({ path: folder, why: 'link' });
  });

  it.skipIf(process.getuid?.() !== 0)('finds what belongs to another user (needs root)', async () => {
    const { folder } = await place();
    await writeFile(join(folder, 'ledger.json'), '{}');
    await chown(join(folder, 'ledger.json'), 4321, 4321);
    expect(await findIntruder(folder)).toEqual({ path: join(folder, 'ledger.json'), why: 'owner' });
    await chown(folder, 4321, 4321);
    expect(await findIntruder(folder)).toEqual({ path: folder, why: 'owner' });
    expect(await makeStateFolder(folder)).toBe('EPERM');
    expect((await readdir(folder)).sort()).toEqual(['ledger.json']);
  });

  it('is not made through a link', async () => {
    const { folder, outside } = await place();
    await rm(folder, { recursive: true });
    await rm(outside);
    await mkdir(outside);
    needs('links');
    await symlink(outside, folder);
    expect(await makeStateFolder(folder)).toBe('ELOOP');
    expect(await readdir(outside)).toEqual([]);
  });

  it('is nothing where there is no folder yet', async () => {
    expect(await findIntruder(join(await temporaryFolder(), 'no'))).toBeNull();
  });
});

describe('a link that comes while the program runs', () => {
  it('does not lead the ledger out', async () => {
    const { folder, outside } = await place();
    const troubles: string[] = [];
    const ledger = await openLedger({
      folder,
      endpoint: 'e',
      onTrouble: (error) => troubles.push(error.message),
    });
    needs('links');
    await symlink(outside, join(folder, 'ledger.json'));
    ledger.update(() => []);
    await ledger.written();
    expect(await readFile(outside, 'utf8')).toBe('precious');
    expect(troubles).toEqual([expect.stringContaining('ELOOP')]);
  });

  it('in place of the whole folder does not lead the ledger out', async () => {
    const { folder } = await place();
    const elsewhere = join(folder, '..', 'elsewhere');
    await mkdir(elsewhere);
    const troubles: string[] = [];
    const onTrouble = (error: Error): void => void troubles.push(error.message);
    const ledger = await openLedger({ folder, endpoint: 'e', onTrouble });
    await rm(folder, { recursive: true });
    needs('links');
    await symlink(elsewhere, folder);
    ledger.update(() => []);
    await ledger.written();
    expect(await readdir(elsewhere)).toEqual([]);
    expect(troubles).toEqual([`ELOOP: ${folder} is a link`]);
  });

  it('does not lead the log out', async () => {
    const { folder, outside } = await place();
    const troubles: string[] = [];
    const log = createLogFile({ folder, onTrouble: (code) => troubles.push(code) });
    needs('links');
    await symlink(outside, join(folder, 'log'));
    log.write('line\n');
    log.flush();
    expect(await readFile(outside, 'utf8')).toBe('precious');
    expect(troubles).toEqual(['ELOOP']);
  });

  it('does not lead the lock out', async () => {
    const { folder, outside } = await place();
    needs('links');
    await symlink(outside, join(folder, 'daemon.lock'));
    const holder = {
      v: 1,
      pid: 1,
      role: 'watch',
      socket: null,
      endpoint: 'e',
      config: null,
      version: '0',
    } as const;
    expect(await takeLock(folder, holder)).toMatchObject({ type: 'unavailable', code: 'ELOOP' });
    expect(await readFile(outside, 'utf8')).toBe('precious');
  });
});

it('a lock file cannot name a socket elsewhere to be removed', async () => {
  needs('sockets');
  const { folder } = await place();
  const other = join(await temporaryFolder(), 'other');
  await mkdir(other);
  const elsewhere = join(other, 'daemon.sock');
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(elsewhere, resolve));
  const holder = { v: 1, pid: 1, role: 'watch', endpoint: 'e', config: null, version: '0' } as const;
  await writeFile(join(folder, 'daemon.lock'), JSON.stringify({ ...holder, socket: elsewhere }));
  const outcome = await takeLock(folder, { ...holder, socket: null });
  expect(outcome.type).toBe('taken');
  expect(existsSync(elsewhere)).toBe(true);
  if (outcome.type === 'taken') outcome.lock.release();
  await new Promise((resolve) => server.close(resolve));
});

it('each dry run builds in a folder of its own', async () => {
  const [one, other] = [await makeDryRunFolder(), await makeDryRunFolder()];
  expect(one).not.toBe(other);
  expect(await readdir(one)).toEqual([]);
  await Promise.all([one, other].map((folder) => rm(folder, { recursive: true })));
});

describe('the folder', () => {
  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  it('is made for its owner alone, kept out of git, and taken back from others', async () => {
    needs('modes');
    const folder = join(await temporaryFolder(), 'deep', '.tcb-watch');
    expect(await makeStateFolder(folder)).toBeNull();
    expect(await modeOf(folder)).toBe(0o700);
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
    expect(await modeOf(join(folder, '.gitignore'))).toBe(0o600);
    await chmod(folder, 0o755);
    await writeFile(join(folder, '.gitignore'), 'mine');
    expect(await makeStateFolder(folder)).toBeNull();
    expect(await modeOf(folder)).toBe(0o700);
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('mine');
  });

  it('lies next to the configuration, and what esbuild makes lies in it', () => {
    expect(stateFolderOf({ folder: 'project' })).toBe(join('project', '.tcb-watch'));
    expect(buildsFolderOf({ folder: 'project' })).toBe(join('project', '.tcb-watch', 'builds'));
  });

  it('that cannot be made is a code', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    expect(await makeStateFolder(join(file, '.tcb-watch'))).toBe('ENOTDIR');
  });

  it('loses what dead processes left, and nothing else', async () => {
    const { folder } = await place();
    const kept = ['files.json', 'ledger.json', 'ledger.json.damaged-2026', 'log', 'my-watch-test-1'];
    kept.push('.0a1b2', '.0a1b2c.sock', '.gitignore', 'probe.key');
    const left = ['ledger.json.123456', 'files.json.654321', 'watch-test-7', 'probe.key.12', '.0a1b2c'];
    for (const name of [...left, ...kept]) await writeFile(join(folder, name), '');
    await mkdir(join(folder, 'watch-test-8', 'deep'), { recursive: true });
    await removeLeftovers(folder);
    expect((await readdir(folder)).sort()).toEqual(kept.sort());
    await removeLeftovers(join(folder, 'no'));
  });

  it('holds links of our own where a killed emulator ran, and is ours three folders deep', async () => {
    const { folder, outside } = await place();
    await mkdir(join(folder, 'emulator', '.run-1'), { recursive: true });
    needs('links');
    await symlink(outside, join(folder, 'emulator', '.run-1', 'node_modules'));
    await mkdir(join(folder, 'emulator', 'dev', 'pay'), { recursive: true });
    needs('links');
    await symlink(outside, join(folder, 'emulator', 'dev', 'pay', 'link'));
    expect(await findIntruder(folder)).toBeNull();
    await writeFile(join(folder, '..', 'file'), '');
    expect(await findIntruder(join(folder, '..', 'file'))).toBeNull();
  });
});
