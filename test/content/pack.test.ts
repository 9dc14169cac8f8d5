import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Disk, realDisk } from '../../src/content/disk.js';
import { createSnapshots, type PackResult, type Snapshots } from '../../src/content/snapshot.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { freshProject, randomOf, sourceOf } from '../support/snapshot-project.js';
import { unzip } from '../support/unzip.js';

const limit = () => 20_971_520;
const fresh = () => createSnapshots({ maxZipBase64: limit });

async function scanned(shots: Snapshots, source: SnapshotSource): Promise<string> {
  const scan = await shots.scan(source, false);
  if (!scan.ok) throw new Error(`held: ${JSON.stringify(scan.problem)}`);
  return scan.fingerprint;
}

function zipIn(packed: PackResult): Buffer {
  if (!packed.ok) throw new Error(`not packed: ${JSON.stringify(packed.scan)}`);
  return packed.zip;
}

const scanAndPack = async (shots: Snapshots, source: SnapshotSource) =>
  shots.pack(source, await scanned(shots, source));

async function contentsOf(zip: Buffer): Promise<Record<string, string>> {
  return Object.fromEntries((await unzip(zip)).map((file) => [file.entry.fileName, `${file.content}`]));
}

describe('packing', () => {
  it('puts the function’s files at the root, with nothing that is ignored', async () => {
    const project = freshProject();
    project.write({
      'fn/index.js': 'exports.main = 1',
      'fn/lib/深.js': '深',
      'fn/.env': 'SECRET=1',
      'fn/.git/config': 'x',
      'fn/lib/node_modules/a/index.js': 'a',
      'fn/empty/': '',
    });
    const packed = await scanAndPack(fresh(), sourceOf(project));
    expect(packed).toMatchObject({ ok: true, files: 2, bytes: 19 });
    expect(await contentsOf(zipIn(packed))).toEqual({ 'index.js': 'exports.main = 1', 'lib/深.js': '深' });
  });

  it.each([
    ['a script that names its interpreter', '#!/bin/sh\n', true],
    ['an ELF file', Buffer.from('\x7fELF\x02\x01', 'latin1'), true],
    ['two characters alone', '#!', true],
    ['a text that names it later', ' #!/bin/sh\n', false],
    ['the beginning of the mark', '#', false],
    ['an empty file', '', false],
  ])('packs %s as executable or not', async (_name, content, executable) => {
    const project = freshProject();
    project.write({ 'fn/index.js': '', 'fn/tool': content });
    const entries = await unzip(zipIn(await scanAndPack(fresh(), sourceOf(project))));
    const tool = entries.find(({ entry }) => entry.fileName === 'tool');
    expect((tool?.entry.externalFileAttributes ?? 0) >>> 16).toBe(executable ? 0o100755 : 0o100644);
  });

  it('after any edits gives the bytes that a first pack gives', async () => {
    const project = freshProject();
    const random = randomOf(3);
    const word = () => Math.floor(random() * 1e9).toString(36);
    project.write({ 'fn/index.js': 'exports.main = 1' });
    const shots = fresh();
    for (let round = 0; round < 30; round += 1) {
      project.write({
        [`fn/f${Math.floor(random() * 8)}.js`]: word().repeat(1 + Math.floor(random() * 3000)),
      });
      const kept = zipIn(await scanAndPack(shots, sourceOf(project)));
      expect(kept.equals(zipIn(await scanAndPack(fresh(), sourceOf(project))))).toBe(true);
    }
  });

  it('gives the same bytes from another folder', async () => {
    const zips: Buffer[] = [];
    for (let round = 0; round < 2; round += 1) {
      const project = freshProject();
      project.write({ 'fn/index.js': 'exports.main = 1', 'fn/b.js': 'b'.repeat(500) });
      zips.push(zipIn(await scanAndPack(fresh(), sourceOf(project))));
    }
    expect(zips[0]?.equals(zips[1] ?? Buffer.alloc(0))).toBe(true);
  });

  it('looks for itself where nobody has yet', async () => {
    const project = freshProject();
    project.write({ 'fn/index.js': 'exports.main = 1' });
    const fingerprint = await scanned(fresh(), sourceOf(project));
    expect(await fresh().pack(sourceOf(project), fingerprint)).toMatchObject({ ok: true, files: 1 });
  });

  it('may be asked for more than once', async () => {
    const project = freshProject();
    project.write({ 'fn/index.js': 'exports.main = 1' });
    const shots = fresh();
    const fingerprint = await scanned(shots, sourceOf(project));
    const packs = await Promise.all([1, 2, 3].map(() => shots.pack(sourceOf(project), fingerprint)));
    expect(new Set(packs.map((packed) => zipIn(packed).toString('hex'))).size).toBe(1);
  });
});

describe('what was hashed is what is packed', () => {
  const edited = async (keepBytes: number) => {
    const project = freshProject();
    project.write({ 'fn/index.js': 'exports.main = 1', 'fn/a.js': 'old' });
    const shots = createSnapshots({ maxZipBase64: limit, keepBytes, now: () => Date.now() + 7_200_000 });
    const fingerprint = await scanned(shots, sourceOf(project));
    project.write({ 'fn/a.js': 'new' });
    return { project, shots, fingerprint };
  };

  it('from the bytes that were kept, whatever the disk says by now', async () => {
    const { project, shots, fingerprint } = await edited(1_000_000);
    const packed = await shots.pack(sourceOf(project), fingerprint);
    expect(await contentsOf(zipIn(packed))).toMatchObject({ 'a.js': 'old' });
  });

  it('or not at all: without kept bytes the new content is reported instead', async () => {
    const { project, shots, fingerprint } = await edited(0);
    const packed = await shots.pack(sourceOf(project), fingerprint);
    const now = await scanned(fresh(), sourceOf(project));
    expect(packed).toMatchObject({ ok: false, scan: { ok: true, fingerprint: now, changed: ['a.js'] } });
    expect(now).not.toBe(fingerprint);
  });

  it('without kept bytes the files are read again, and are the same', async () => {
    const project = freshProject();
    project.write({ 'fn/index.js': 'exports.main = 1', 'fn/a.js': 'a'.repeat(20_000) });
    const shots = createSnapshots({ maxZipBase64: limit, keepBytes: 0 });
    const zip = zipIn(await scanAndPack(shots, sourceOf(project)));
    expect(zip.equals(zipIn(await scanAndPack(fresh(), sourceOf(project))))).toBe(true);
  });

  it('an old fingerprint is answered with what is there now', async () => {
    const { project, shots, fingerprint } = await edited(1_000_000);
    const now = await scanned(shots, sourceOf(project));
    const packed = await shots.pack(sourceOf(project), fingerprint);
    expect(packed).toMatchObject({ ok: false, scan: { ok: true, fingerprint: now } });
  });

  it('a function that lost its entry is not packed from memory', async () => {
    const { project, shots, fingerprint } = await edited(1_000_000);
    project.remove('fn/index.js');
    await shots.scan(sourceOf(project), false);
    const packed = await shots.pack(sourceOf(project), fingerprint);
    expect(packed).toMatchObject({ ok: false, scan: { ok: false, problem: { reason: 'no-entry' } } });
  });

  it('a file that differs though no stat shows it is found out by its hash', async () => {
    const project = freshProject();
    project.write({ 'fn/index.js': 'exports.main = 1', 'fn/a.js': 'old' });
    const stat = realDisk.stat(project.path('fn/a.js'));
    const lie = (path: string) => (path === project.path('fn/a.js') ? stat : realDisk.stat(path));
    const disk: Disk = {
      ...realDisk,
      stat: lie,
      open: (path) => ({ ...realDisk.open(path), stat: () => lie(path) }),
    };
    const now = () => Date.now() + 7_200_000;
    const shots = createSnapshots({ maxZipBase64: limit, keepBytes: 0, now, disk });
    const fingerprint = await scanned(shots, sourceOf(project));
    project.write({ 'fn/a.js': 'new' });
    const packed = await shots.pack(sourceOf(project), fingerprint);
    expect(packed).toMatchObject({ ok: false, scan: { ok: true, changed: ['a.js'] } });
  });

  it('a limit lowered since the scan holds as well', async () => {
    const project = freshProject();
    const random = randomOf(9);
    const noise = Buffer.from(Array.from({ length: 3_000 }, () => Math.floor(random() * 256)));
    project.write({ 'fn/index.js': noise });
    let most = 20_000;
    const shots = createSnapshots({ maxZipBase64: () => most });
    const fingerprint = await scanned(shots, sourceOf(project));
    most = 1_000;
    const packed = await shots.pack(sourceOf(project), fingerprint);
    expect(packed).toMatchObject({
      ok: false,
      scan: { ok: false, problem: { reason: 'too-big', limit: 1_000 } },
    });
  });

  it('every byte, for files of every size about the steps of reading', async () => {
    const project = freshProject();
    const step = 512 * 1024;
    const sizes = [0, 1, step - 1, step, step + 1, 3 * step + 7];
    project.write({ 'fn/index.js': '' });
    for (const size of sizes)
      project.write({ [`fn/${size}.txt`]: Buffer.alloc(size, `content of ${size}\n`) });
    const files = await unzip(zipIn(await scanAndPack(fresh(), sourceOf(project))));
    expect(files.length).toBe(sizes.length + 1);
    for (const { entry, content } of files) {
      expect(content.equals(readFileSync(project.path(`fn/${entry.fileName}`))), entry.fileName).toBe(true);
    }
  });
});
