/** The self-test’s own folder and answers, and the file systems whose silence proves nothing; how paths are looked at. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { spelledBySystem } from '../../src/system/paths.js';
import { createProbe, remoteFolder } from '../../src/watch/probe.js';
import { identityOf, look, lookThrough } from '../../src/watch/stat.js';
import { expectMode, needs } from '../support/needs.js';
import { soon } from '../support/soon.js';
import { tempFolder } from '../support/watcher-rig.js';

function scene() {
  const state = join(tempFolder('probe'), '.tcb-watch');
  const probe = createProbe(state);
  onTestFinished(() => probe.close());
  if (probe.dir === null) throw new Error('no folder');
  return { state, probe, dir: probe.dir };
}

describe('a self-test', () => {
  test('is one in a folder of its own, for its owner alone, that goes with it', () => {
    const { state, probe, dir } = scene();
    expectMode(dir, 0o700);
    const other = createProbe(state);
    expect(other.dir).not.toBe(dir);
    probe.close();
    other.close();
    expect(readdirSync(state)).toEqual([]);
  });

  test('is passed with the event of what it wrote, and each writes something else', async () => {
    const { probe, dir } = scene();
    const tested = soon('the end of a self-test', probe.test(60_000));
    const first = readFileSync(join(dir, 'touch'), 'utf8');
    probe.seen();
    expect(await tested).toBe(true);
    const again = soon('the end of another', probe.test(60_000));
    expect(readFileSync(join(dir, 'touch'), 'utf8')).not.toBe(first);
    probe.seen();
    expect(await again).toBe(true);
  });

  test('is repeated once, and failed where no event comes', async () => {
    const { probe, dir } = scene();
    expect(await probe.test(20)).toBe(false);
    expect(readFileSync(join(dir, 'touch'), 'utf8')).toBe('2');
  });

  test('proves nothing against the watcher where its folder was deleted, which is made again', async () => {
    const { probe, dir } = scene();
    rmSync(dir, { recursive: true });
    expect(await soon('the end of a self-test', probe.test(60_000))).toBe(true);
    expect(statSync(dir).isDirectory()).toBe(true);
  });

  test('is none where no folder can be made', async () => {
    const file = join(tempFolder('probe'), 'file');
    writeFileSync(file, '');
    const probe = createProbe(file);
    expect(probe.dir).toBeNull();
    expect(await soon('the end of a self-test', probe.test(60_000))).toBe(true);
    probe.close();
  });

  test('ends with the probe', async () => {
    const { probe } = scene();
    const tested = soon('the end of a self-test', probe.test(60_000));
    probe.close();
    expect(await tested).toBe(true);
  });
});

test('a disk of this machine is not another’s, nor is a folder that is gone', async () => {
  const base = tempFolder('probe');
  expect(await remoteFolder([])).toBeNull();
  expect(await remoteFolder([join(base, 'gone'), base])).toBeNull();
});

describe.runIf(process.platform === 'linux')('a file system that another machine writes to', () => {
  // As statfs(2) has them.
  it.each([
    [0x6969, 'nfs'],
    [0x517b, 'smb'],
    [0xfe534d42, 'smb2'],
    [0xff534d42, 'cifs'],
    [0x01021997, '9p'],
    [0x65735546, 'fuse'],
    [0x786f4256, 'vboxsf'],
    [0xbacbacbc, 'vmhgfs'],
    [0x7c7c6673, 'prl_fs'],
    [0x5346414f, 'afs'],
    [0x00c36400, 'ceph'],
  ])('%i is %s, also where the kernel extends its sign', async (type, fileSystem) => {
    expect(await remoteFolder(['a'], async () => type)).toEqual({ dir: 'a', fileSystem });
    expect(await remoteFolder(['a'], async () => type | 0)).toEqual({ dir: 'a', fileSystem });
  });

  it('is named with the first folder on it; one that cannot be asked is none', async () => {
    const types = new Map([
      ['ext4', 0xef53],
      ['first', 0x6969],
      ['second', 0x517b],
    ]);
    const typeOf = async (dir: string): Promise<number> => types.get(dir) ?? expect.unreachable();
    expect(await remoteFolder(['gone', 'ext4', 'first', 'second'], typeOf)).toEqual({
      dir: 'first',
      fileSystem: 'nfs',
    });
    expect(await remoteFolder(['ext4', 'gone'], typeOf)).toBeNull();
  });
});

describe('a path', () => {
  test('is looked at itself, or through links; whatever keeps it from that counts as not there', () => {
    needs('links');
    const base = tempFolder('stat');
    const [folder, file, link, dead] = ['folder', 'file', 'link', 'dead'].map((name) => join(base, name));
    if (folder === undefined || file === undefined || link === undefined || dead === undefined) return;
    mkdirSync(folder);
    writeFileSync(file, '');
    symlinkSync(folder, link);
    symlinkSync(join(base, 'gone'), dead);
    expect(look(link)?.isSymbolicLink()).toBe(true);
    expect(lookThrough(link)?.isDirectory()).toBe(true);
    expect(look(dead)?.isSymbolicLink()).toBe(true);
    expect([lookThrough(dead), look(join(base, 'gone')), lookThrough(join(file, 'below'))]).toEqual([
      null,
      null,
      null,
    ]);
    expect(spelledBySystem(link)).toBe(spelledBySystem(folder));
    expect(spelledBySystem(dead)).toBe(dead);
  });

  test('is another directory once it was made again', () => {
    const base = tempFolder('stat');
    const [one, other] = [join(base, 'one'), join(base, 'other')];
    mkdirSync(one);
    mkdirSync(other);
    const identity = identityOf(statSync(one));
    expect(identityOf(statSync(one))).toBe(identity);
    expect(identityOf(statSync(other))).not.toBe(identity);
  });
});
