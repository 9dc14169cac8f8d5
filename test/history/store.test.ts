/** History on a real disk: whole, bounded, its owner's alone, and nothing of it believed. */
import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/content/fingerprint.js';
import { createSlices } from '../../src/content/slices.js';
import type { PackedFile } from '../../src/content/snapshot.js';
import type { Version } from '../../src/history/model.js';
import { type HistoryStore, openStore } from '../../src/history/store.js';
import { packContent } from '../../src/zip/deflate.js';
import { writeZip } from '../../src/zip/zip.js';
import { needs } from '../support/needs.js';
import { seeded } from '../support/random.js';
import { temporaryFolder } from '../support/rig.js';

const place = { function: 'pay', endpoint: 'emulator' };

async function filesOf(texts: Readonly<Record<string, string | Buffer>>): Promise<readonly PackedFile[]> {
  const paths = Object.keys(texts).sort();
  return Promise.all(
    paths.map(async (path) => {
      const content = Buffer.from(texts[path] ?? '');
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { path, executable: path === 'run.sh', sha256, packed: await packContent(content) };
    }),
  );
}

async function versionOf(files: readonly PackedFile[], at: number): Promise<Version> {
  const fingerprint = await fingerprintOf(files, createSlices());
  return {
    fingerprint,
    content: fingerprint,
    at,
    zipBytes: 1,
    files: files.map(({ path, executable, sha256, packed }) => ({
      path,
      executable,
      sha256,
      size: packed.size,
    })),
    commit: null,
  };
}

async function keep(store: HistoryStore, texts: Readonly<Record<string, string | Buffer>>, at = 1) {
  const files = await filesOf(texts);
  const version = await versionOf(files, at);
  await store.write(place, version, files);
  const index = await store.index(place);
  await store.writeIndex(place, { ...index, sent: { ...index.sent, [version.fingerprint]: at } });
  return { files, version };
}

async function scene() {
  const state = join(await temporaryFolder(), '.tcb-watch');
  const folder = join(state, 'history');
  const objectOf = (sha256: string): string => join(folder, 'objects', sha256.slice(0, 2), sha256);
  return { state, folder, objectOf, store: openStore(state) };
}

const one = {
  'index.js': 'exports.main = 1;\n'.repeat(20),
  'run.sh': 'echo',
  'picture.png': Buffer.alloc(0),
};

describe('a version', () => {
  it('gives the very bytes of the zip that was sent', async () => {
    const { state, store } = await scene();
    const { files, version } = await keep(store, one);
    const again = openStore(state);
    const [found] = (await again.read(place)).versions;
    expect(found).toEqual({ ...version, sentAt: 1 });
    const stored = found === undefined ? null : await again.contentOf(found);
    expect(stored).toEqual(files);
    expect((await writeZip(stored ?? [])).equals(await writeZip(files))).toBe(true);
  });

  it('shares the contents that another one has', async () => {
    const { store, folder } = await scene();
    await keep(store, one);
    const before = (await readdir(join(folder, 'objects'), { recursive: true })).length;
    await keep(store, { ...one, 'index.js': 'another' });
    const added = (await readdir(join(folder, 'objects'), { recursive: true })).length - before;
    expect(added).toBeLessThanOrEqual(2);
  });

  it('of another endpoint, or another function, is another one’s', async () => {
    const { store } = await scene();
    await keep(store, one);
    expect((await store.read({ ...place, endpoint: 'https://x' })).versions).toEqual([]);
    expect((await store.read({ ...place, function: 'pa' })).versions).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('can be read by its owner alone', async () => {
    const { store, state } = await scene();
    await keep(store, one);
    for (const name of await readdir(state, { recursive: true })) {
      const stats = await lstat(join(state, name));
      expect(`${name} ${(stats.mode & 0o777).toString(8)}`).toBe(
        `${name} ${stats.isDirectory() ? '700' : '600'}`,
      );
    }
  });

  it('begins anew where the folder was removed meanwhile', async () => {
    const { store, state } = await scene();
    await keep(store, one);
    await rm(state, { recursive: true });
    const { version } = await keep(store, one, 2);
    expect((await store.read(place)).versions.map(({ fingerprint }) => fingerprint)).toEqual([
      version.fingerprint,
    ]);
    expect(await store.contentOf(version)).not.toBeNull();
    expect(await readFile(join(state, '.gitignore'), 'utf8')).toBe('*\n');
  });
});

describe('what is damaged', () => {
  it.each<readonly [string, (object: string) => Promise<unknown>]>([
    ['cut short', (object) => truncate(object, 12)],
    ['empty', (object) => truncate(object, 0)],
    ['gone', (object) => rm(object)],
    [
      'other bytes of the same length',
      async (object) => {
        const bytes = await readFile(object);
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
        await writeFile(object, bytes);
      },
    ],
    [
      'another content, whole in itself',
      async (object) => {
        const [other] = await filesOf({ 'index.js': 'evil' });
        const head = Buffer.alloc(9);
        head.writeUInt8(other?.packed.method ?? 0, 0);
        head.writeUInt32LE(other?.packed.crc ?? 0, 1);
        head.writeUInt32LE(other?.packed.size ?? 0, 5);
        await writeFile(object, Buffer.concat([head, other?.packed.body ?? head]));
      },
    ],
  ])('is of no use: an object that is %s', async (_, damage) => {
    const { store, objectOf } = await scene();
    const { version, files } = await keep(store, one);
    await damage(objectOf(files.find(({ path }) => path === 'index.js')?.sha256 ?? ''));
    expect(await store.contentOf(version)).toBeNull();
  });

  it.each<readonly [string, (text: string) => string]>([
    ['half of it', (text) => text.slice(0, text.length / 2)],
    ['another file of it', (text) => text.replace('index.js', 'other.js')],
    ['of a later form', (text) => text.replace('"v":1', '"v":2')],
  ])('is counted, and of no use: a version that is %s', async (_, damage) => {
    const { store, folder } = await scene();
    const { version } = await keep(store, one);
    const [name = ''] = await readdir(join(folder, 'versions'));
    const path = join(folder, 'versions', name, `${version.fingerprint}.json`);
    await writeFile(path, damage(await readFile(path, 'utf8')));
    expect(await store.read(place)).toMatchObject({ versions: [], damaged: 1 });
  });

  it('is whole again once the same content is sent again, with every version that shares it', async () => {
    const { state, store, folder, objectOf } = await scene();
    const { version, files } = await keep(store, one);
    const object = objectOf(files.find(({ path }) => path === 'index.js')?.sha256 ?? '');
    // As a power cut leaves it: the right size, and nothing in it.
    await writeFile(object, Buffer.alloc((await readFile(object)).length));
    const [name = ''] = await readdir(join(folder, 'versions'));
    await truncate(join(folder, 'versions', name, `${version.fingerprint}.json`), 20);
    const next = openStore(state);
    await next.write(place, version, files);
    expect(await next.read(place)).toMatchObject({ versions: [{ at: 1 }], damaged: 0 });
    expect(await next.contentOf(version)).not.toBeNull();
  });

  it('costs the runs where it is the index, and no version', async () => {
    const { store, folder } = await scene();
    await keep(store, one);
    const [name = ''] = await readdir(join(folder, 'versions'));
    await writeFile(join(folder, 'versions', name, 'index.json'), '{');
    expect(await store.read(place)).toMatchObject({ versions: [{ sentAt: 1 }], runs: [], damaged: 0 });
  });
});

describe('what a repository brings along', () => {
  needs('links');
  it.each([['../index.js'], ['lib/../../index.js'], ['/etc/passwd'], ['./index.js'], ['a//b'], ['a\0b']])(
    'is of no use: a version with a file at %j',
    async (path) => {
      const { store } = await scene();
      const [file] = await filesOf({ 'index.js': 'evil' });
      if (file === undefined) throw new Error('no file');
      const files = [{ ...file, path }];
      await store.write(place, await versionOf(files, 1), files);
      expect(await store.read(place)).toMatchObject({ versions: [], damaged: 1 });
    },
  );

  it('is of no use: times that no clock shows', async () => {
    const { store, folder } = await scene();
    const { version } = await keep(store, one);
    await store.writeIndex(place, {
      sent: { [version.fingerprint]: 1e300 },
      runs: [],
    });
    expect(await store.read(place)).toMatchObject({ versions: [{ sentAt: 1 }] });
    const [name = ''] = await readdir(join(folder, 'versions'));
    const path = join(folder, 'versions', name, `${version.fingerprint}.json`);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"at":1', '"at":1e300'));
    expect(await store.read(place)).toMatchObject({ versions: [], damaged: 1 });
  });

  it.each(['', 'objects', 'versions', 'drafts'])(
    'is refused: a link in place of history/%s',
    async (name) => {
      const { store, folder, state } = await scene();
      const outside = join(state, '..', 'outside');
      await mkdir(outside);
      await mkdir(name === '' ? state : folder, { recursive: true });
      await symlink(outside, join(folder, name));
      await expect(keep(store, one)).rejects.toMatchObject({ code: 'ELOOP' });
      expect(await readdir(outside)).toEqual([]);
    },
  );

  it('is refused: a link in place of a folder of objects', async () => {
    const { store, folder, state } = await scene();
    const { version, files } = await keep(store, one);
    const shard = join(folder, 'objects', files[0]?.sha256.slice(0, 2) ?? '');
    await rename(shard, join(state, 'elsewhere'));
    await symlink(join(state, 'elsewhere'), shard);
    expect(await store.contentOf(version)).toBeNull();
  });

  it('is refused: a link in place of an object', async () => {
    const { store, state, objectOf } = await scene();
    const { version, files } = await keep(store, one);
    const object = objectOf(files[0]?.sha256 ?? '');
    await rename(object, join(state, 'elsewhere'));
    await symlink(join(state, 'elsewhere'), object);
    expect(await store.contentOf(version)).toBeNull();
  });
});

describe('the bound', () => {
  it('takes out the oldest, and neither what runs nor what ran before', async () => {
    const { store } = await scene();
    const random = seeded(21);
    const noise = (): Buffer => Buffer.from(Array.from({ length: 100_000 }, () => random.below(256)));
    const kept: Version[] = [];
    for (let at = 0; at < 10; at += 1)
      kept.push((await keep(store, { 'index.js': noise(), 'same.js': 'same' }, at)).version);
    const [first, second] = kept;
    const run = { env: 'dev', ended: null, undo: false };
    await store.writeIndex(place, {
      ...(await store.index(place)),
      runs: [
        { ...run, fingerprint: first?.fingerprint ?? '', from: 0, to: 1, ended: 'replaced' },
        { ...run, fingerprint: second?.fingerprint ?? '', from: 1, to: null },
      ],
    });
    await store.clear(600_000);
    expect(store.bytes()).toBeLessThanOrEqual(600_000);
    const left = (await store.read(place)).versions.map(({ at }) => at);
    expect(left).toEqual([9, 8, 1, 0]);
    for (const version of (await store.read(place)).versions)
      expect(await store.contentOf(version)).not.toBeNull();
  });

  it('counts versions that no index names, as a killed process leaves them', async () => {
    const { store } = await scene();
    const files = await filesOf(one);
    const version = await versionOf(files, 7);
    await store.write(place, version, files);
    expect(await store.index(place)).toEqual({ sent: { [version.fingerprint]: 7 }, runs: [] });
  });

  it('takes out no more than it has to, and counts what several versions share once they are all gone', async () => {
    const { store, folder } = await scene();
    const random = seeded(22);
    const noise = (bytes: number): Buffer =>
      Buffer.from(Array.from({ length: bytes }, () => random.below(256)));
    const shared = noise(100_000);
    for (let at = 0; at < 6; at += 1)
      await keep(store, { 'index.js': noise(50_000), ...(at < 3 ? { 'shared.js': shared } : {}) }, at);
    // A content that no version holds is no part of the sum.
    await mkdir(join(folder, 'objects', 'ff'), { recursive: true });
    await writeFile(join(folder, 'objects', 'ff', 'ff'.repeat(32)), noise(200_000));
    await store.clear(460_000);
    expect((await store.read(place)).versions.map(({ at }) => at)).toEqual([5, 4, 3, 2]);
  });

  it('counts what is on the disk, in blocks', async () => {
    const { store, folder } = await scene();
    await keep(store, one);
    const known = store.bytes();
    const { bytes, versions, functions } = await store.measure();
    let total = 0;
    for (const name of await readdir(folder, { recursive: true })) {
      const stats = await lstat(join(folder, name));
      if (stats.isFile()) total += Math.ceil(stats.size / 4096) * 4096;
    }
    expect({ bytes, versions, functions }).toEqual({ bytes: total, versions: 1, functions: 1 });
    // The index alone is not counted before.
    expect(known).toBe(total - 4096);
  });
});

describe('to forget', () => {
  it('one function leaves the others whole', async () => {
    const { store, objectOf } = await scene();
    const { files } = await keep(store, one);
    const others = await filesOf({ 'index.js': 'other', 'run.sh': 'echo' });
    const other = await versionOf(others, 1);
    await store.write({ ...place, function: 'pay-out' }, other, others);
    await store.forget('pay');
    expect((await store.read(place)).versions).toEqual([]);
    expect(await store.contentOf(other)).not.toBeNull();
    await expect(
      lstat(objectOf(files.find(({ path }) => path === 'index.js')?.sha256 ?? '')),
    ).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves nothing half written either', async () => {
    const { store, folder } = await scene();
    await keep(store, one);
    await writeFile(join(folder, 'drafts', '1-1-x'), 'secret');
    await store.forget('pay');
    expect(await readdir(join(folder, 'drafts'))).toEqual([]);
  });

  it('everything leaves nothing', async () => {
    const { store, state } = await scene();
    await keep(store, one);
    await store.forget(null);
    expect(await readdir(state)).toEqual(['.gitignore']);
  });
});

it('what a killed process left half written is removed', async () => {
  const { store, folder } = await scene();
  await keep(store, one);
  await writeFile(join(folder, 'drafts', '1-1-x'), 'half');
  await store.clearDrafts();
  expect(await readdir(join(folder, 'drafts'))).toEqual([]);
});

it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a folder that cannot be written is said',
  async () => {
    const { store, folder } = await scene();
    await keep(store, one);
    await chmod(join(folder, 'drafts'), 0o500);
    await expect(keep(store, { 'index.js': 'new' })).rejects.toMatchObject({ code: 'EACCES' });
  },
);
