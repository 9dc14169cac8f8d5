import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Disk, diskOf, type FileStat, type OpenFile, realDisk } from '../../src/content/disk.js';
import { longestManifest } from '../../src/content/entry.js';
import { createIgnoreRules } from '../../src/content/ignore.js';
import { readWhole } from '../../src/content/read.js';
import { createSlices } from '../../src/content/slices.js';
import { createSnapshots, type SnapshotOptions } from '../../src/content/snapshot.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { walk } from '../../src/content/walk.js';
import { freshProject, type Project, randomOf, sourceOf } from '../support/snapshot-project.js';

const onWindows = process.platform === 'win32';

function snapshots(over: Partial<SnapshotOptions> = {}) {
  return createSnapshots({ maxZipBase64: () => 20_971_520, ...over });
}

/** The time of a scan long after every file was written: nothing is racy. */
const later = () => Date.now() + 7_200_000;

/** The real disk, noting each file that is opened. */
function countingDisk(): { disk: Disk; opened: string[] } {
  const opened: string[] = [];
  const open = (path: string) => {
    opened.push(path);
    return realDisk.open(path);
  };
  return { disk: { ...realDisk, open }, opened };
}

async function fingerprintOf(source: SnapshotSource): Promise<string> {
  const result = await snapshots().scan(source, false);
  if (!result.ok) throw new Error(`held: ${JSON.stringify(result.problem)}`);
  return result.fingerprint;
}

async function problemOf(source: SnapshotSource, over: Partial<SnapshotOptions> = {}) {
  const result = await snapshots(over).scan(source, false);
  return result.ok ? null : result.problem;
}

function simple(): Project {
  const project = freshProject();
  project.write({ 'fn/index.js': 'exports.main = 1', 'fn/lib/a.js': 'a', 'fn/lib/b.js': 'b' });
  return project;
}

describe('the fingerprint', () => {
  it('is that of the content: not of folder, order, times, ignored files or empty folders', async () => {
    const random = randomOf(1);
    for (let round = 0; round < 40; round += 1) {
      const files = randomFiles(random);
      const [one, other] = [freshProject(), freshProject()];
      one.write(files);
      other.write(Object.fromEntries(Object.entries(files).reverse()));
      other.write({ 'fn/empty/': '', 'fn/debug.log': `${round}`, 'fn/node_modules/x/index.js': 'x' });
      for (const path of Object.keys(files)) utimesSync(other.path(path), round, round);
      expect(await fingerprintOf(sourceOf(other))).toBe(await fingerprintOf(sourceOf(one)));
    }
  });

  it('differs for every other content', async () => {
    const random = randomOf(2);
    for (let round = 0; round < 40; round += 1) {
      const files = randomFiles(random);
      const [one, other] = [freshProject(), freshProject()];
      one.write(files);
      other.write(files);
      mutate(other, Object.keys(files), random);
      expect(await fingerprintOf(sourceOf(other))).not.toBe(await fingerprintOf(sourceOf(one)));
    }
  });

  it('is 64 hex digits', async () => {
    expect(await fingerprintOf(sourceOf(simple()))).toMatch(/^[0-9a-f]{64}$/);
  });

  it.skipIf(onWindows)('is not fooled by names that look like more files', async () => {
    const [one, other] = [simple(), simple()];
    one.write({ 'fn/x\ny': 'q' });
    other.write({ 'fn/x': 'q', 'fn/y': 'q' });
    expect(await fingerprintOf(sourceOf(one))).not.toBe(await fingerprintOf(sourceOf(other)));
  });

  it('takes its own way of telling programs, the same whatever the mode of a file', async () => {
    const project = simple();
    const plain = await fingerprintOf(sourceOf(project));
    for (const mode of [0o600, 0o744, 0o777]) {
      chmodSync(project.path('fn/lib/a.js'), mode);
      expect(await fingerprintOf(sourceOf(project))).toBe(plain);
    }
  });

  it('takes names as they are, composed on macOS alone', async () => {
    const [one, other] = [simple(), simple()];
    one.write({ 'fn/caf\u00e9.js': 'x' });
    other.write({ 'fn/cafe\u0301.js': 'x' });
    const composed = await walk(sourceOf(one), diskOf('linux'), createSlices());
    const decomposed = await walk(sourceOf(other), diskOf('linux'), createSlices());
    expect(composed.files.map(({ path }) => path)).toContain('caf\u00e9.js');
    expect(decomposed.files.map(({ path }) => path)).toContain('cafe\u0301.js');
    // Only a file system that finds both forms has the file to pack.
    const listed = diskOf('darwin').entries(other.path('fn'));
    expect(listed.map(({ name }) => name)).toContain('caf\u00e9.js');
  });
});

function randomFiles(random: () => number): Record<string, string> {
  const count = 1 + Math.floor(random() * 12);
  const files = Array.from({ length: count }, (_, index): [string, string] => {
    const depth = Math.floor(random() * 3);
    const folders = Array.from({ length: depth }, () => `d${Math.floor(random() * 3)}/`).join('');
    return [`fn/${folders}文件${index}.js`, 'x'.repeat(Math.floor(random() * 40))];
  });
  return Object.fromEntries([['fn/index.js', 'exports.main = 1'], ...files]);
}

/** One change of content, name, place or number of files. */
function mutate(project: Project, paths: readonly string[], random: () => number): void {
  const path = paths[1 + Math.floor(random() * (paths.length - 1))] ?? 'fn/index.js';
  const changes = [
    () => writeFileSync(project.path(path), `${random()}`),
    () => project.remove(path),
    () => renameSync(project.path(path), project.path(`${path}x`)),
    () => project.write({ 'fn/new/file.js': '' }),
    () => project.write({ 'fn/moved/': '' }),
  ];
  changes[Math.floor(random() * 4)]?.();
}

describe('a scan', () => {
  it('counts files and bytes, and names what changed since the last', async () => {
    const project = simple();
    const shots = snapshots();
    const first = await shots.scan(sourceOf(project), false);
    expect(first).toMatchObject({ ok: true, files: 3, bytes: 18, changed: [] });
    project.write({ 'fn/lib/a.js': 'A', 'fn/z.js': '' });
    project.remove('fn/lib/b.js');
    const second = await shots.scan(sourceOf(project), false);
    expect(second).toMatchObject({ ok: true, files: 3, changed: ['lib/a.js', 'lib/b.js', 'z.js'] });
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ changed: [] });
  });

  it('names the changes since the last content that could be sent', async () => {
    const project = simple();
    const shots = snapshots();
    await shots.scan(sourceOf(project), false);
    project.remove('fn/index.js');
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: false });
    project.write({ 'fn/index.js': 'exports.main = 1', 'fn/lib/a.js': 'A' });
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: true, changed: ['lib/a.js'] });
  });

  it('does so over content that was too big in between', async () => {
    const project = simple();
    const shots = snapshots({ maxZipBase64: () => 5_000 });
    await shots.scan(sourceOf(project), false);
    project.write({
      'fn/big.bin': Buffer.from(Array.from({ length: 9_000 }, randomByte(4))),
      'fn/lib/a.js': 'A',
    });
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: false });
    project.remove('fn/big.bin');
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: true, changed: ['lib/a.js'] });
  });

  it('reads each file once, then only what changed', async () => {
    const project = simple();
    const { disk, opened } = countingDisk();
    const shots = snapshots({ disk, now: later });
    await shots.scan(sourceOf(project), false);
    expect(opened.length).toBe(3);
    await shots.scan(sourceOf(project), false);
    expect(opened.length).toBe(3);
    project.write({ 'fn/lib/a.js': 'changed' });
    await shots.scan(sourceOf(project), false);
    expect(opened.slice(3)).toEqual([project.path('fn/lib/a.js')]);
  });

  it('reads all of them when asked to, or after it was told to forget', async () => {
    const project = simple();
    const { disk, opened } = countingDisk();
    const shots = snapshots({ disk, now: later });
    await shots.scan(sourceOf(project), false);
    await shots.scan(sourceOf(project), true);
    expect(opened.length).toBe(6);
    await shots.forget('fn');
    await shots.scan(sourceOf(project), false);
    expect(opened.length).toBe(9);
  });

  it('forgets one that is being read when that is over', async () => {
    const project = simple();
    const shots = snapshots({ slices: createSlices(0) });
    const scanning = shots.scan(sourceOf(project), false);
    const forgetting = shots.forget('fn');
    expect(await scanning).toMatchObject({ ok: true });
    await forgetting;
    expect(shots.filesOf('fn')).toBeNull();
  });

  it('reads again what was written in the last two seconds before it was read', async () => {
    const project = simple();
    const { disk, opened } = countingDisk();
    const shots = snapshots({ disk });
    await shots.scan(sourceOf(project), false);
    await shots.scan(sourceOf(project), false);
    expect(opened.length).toBe(6);
  });

  it('sees an edit that keeps size and modification time', async () => {
    const project = simple();
    const shots = snapshots({ now: later });
    const setBack = () => utimesSync(project.path('fn/lib/a.js'), 1_000_000, 1_000_000);
    setBack();
    await shots.scan(sourceOf(project), false);
    project.write({ 'fn/lib/a.js': 'Z' });
    setBack();
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ changed: ['lib/a.js'] });
  });

  it.each([
    ['small', 1],
    ['large', 1_200_000],
  ])('sees in a full scan even what no stat shows, of a %s file', async (_, size) => {
    const project = simple();
    project.write({ 'fn/lib/a.js': 'a'.repeat(size) });
    const frozen = new Map<string, ReturnType<Disk['stat']>>();
    const freeze = (path: string, stat: ReturnType<Disk['stat']>) => {
      if (stat.kind === 'file' && !frozen.has(path)) frozen.set(path, stat);
      return frozen.get(path) ?? stat;
    };
    const disk: Disk = {
      ...realDisk,
      stat: (path) => freeze(path, realDisk.stat(path)),
      open: (path) => ({
        ...realDisk.open(path),
        stat: () => frozen.get(path) ?? realDisk.stat(path),
      }),
    };
    const shots = snapshots({ disk, now: later });
    await shots.scan(sourceOf(project), false);
    project.write({ 'fn/lib/a.js': 'Z'.repeat(size) });
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ changed: [] });
    expect(await shots.scan(sourceOf(project), true)).toMatchObject({ changed: ['lib/a.js'] });
  });

  it('packs a large file that a full scan found to be what it was', async () => {
    const project = simple();
    project.write({ 'fn/large.bin': randomBytes(1_200_000) });
    const shots = snapshots({ now: later });
    const first = await shots.scan(sourceOf(project), false);
    const full = await shots.scan(sourceOf(project), true);
    expect(full).toEqual({ ...first, changed: [] });
    const fingerprint = first.ok ? first.fingerprint : '';
    const zips = await Promise.all(
      [shots, snapshots()].map((each) => each.pack(sourceOf(project), fingerprint)),
    );
    const [one, other] = zips.map((packed) => (packed.ok ? packed.zip : Buffer.alloc(0)));
    expect(one?.length).toBeGreaterThan(1_200_000);
    expect(other !== undefined && one?.equals(other)).toBe(true);
  });

  it('gives the thread back between files, however many scans run', async () => {
    const project = freshProject();
    const files = Array.from({ length: 500 }, (_, index) => [`fn/d${index % 20}/f${index}.js`, 'x']);
    project.write({ 'fn/index.js': '', ...Object.fromEntries(files) });
    let turns = 0;
    let scanning = true;
    const turn = () => {
      turns += 1;
      if (scanning) setImmediate(turn);
    };
    setImmediate(turn);
    const shots = snapshots({ slices: createSlices(0) });
    const sources = ['one', 'two', 'three'].map((name) => sourceOf(project, { name }));
    await Promise.all(sources.map((source) => shots.scan(source, false)));
    scanning = false;
    expect(turns).toBeGreaterThan(3 * 500);
  });

  it('of one function wait for each other, and read nothing twice', async () => {
    const project = simple();
    const { disk, opened } = countingDisk();
    const shots = snapshots({ disk, now: later });
    const scans = await Promise.all([1, 2, 3].map(() => shots.scan(sourceOf(project), false)));
    expect(opened.length).toBe(3);
    expect(new Set(scans.map((scan) => (scan.ok ? scan.fingerprint : '')))).toEqual(
      new Set([await fingerprintOf(sourceOf(project))]),
    );
  });

  it('read no large source of a build, be it larger than memory can hold', async () => {
    const project = simple();
    project.write({ 'fn/dump.sql': 'rows', 'fn/movie.bin': '' });
    truncateSync(project.path('fn/movie.bin'), 2 * 1024 * 1024);
    const grown = (path: string, stat: FileStat) =>
      path.endsWith('dump.sql') ? { ...stat, size: 5 * 1024 ** 3 } : stat;
    const longest = { bytes: 0 };
    const disk: Disk = {
      ...realDisk,
      stat: (path) => grown(path, realDisk.stat(path)),
      open: (path) => {
        const file = realDisk.open(path);
        const read: OpenFile['read'] = (target, offset, length) => {
          longest.bytes = Math.max(longest.bytes, target.length);
          return file.read(target, offset, length);
        };
        return { ...file, read, stat: () => grown(path, file.stat()) };
      },
    };
    const shots = snapshots({ disk, maxZipBase64: () => Number.POSITIVE_INFINITY });
    const source = sourceOf(project, { entries: null });
    expect(await shots.scan(source, false)).toMatchObject({ ok: true, files: 5 });
    expect(longest.bytes).toBe(512 * 1024);
    project.write({ 'fn/dump.sql': 'more' });
    expect(await shots.scan(source, false)).toMatchObject({ ok: true, changed: ['dump.sql'] });
  });

  it('hashes in steps what others hash at once', async () => {
    const project = simple();
    for (const size of [0, 1, 512 * 1024, 512 * 1024 + 1, 1_700_000]) {
      const content = Buffer.alloc(size, 'some content\n');
      const file = project.path('fn/large.txt');
      writeFileSync(file, content);
      const read = await readWhole(realDisk, file, realDisk.stat(file), createSlices());
      expect(read).toMatchObject({ ok: true, sha256: createHash('sha256').update(content).digest('hex') });
    }
  });
});

describe('content that cannot be sent', () => {
  it.each([
    ['index.js', { 'fn/index.js': '' }, null],
    ['index.mjs', { 'fn/index.mjs': 'x' }, null],
    ['index.cjs', { 'fn/index.cjs': 'x' }, null],
    ['main', { 'fn/package.json': '{"main":"a/b"}', 'fn/a/b.js': '' }, null],
    ['none', { 'fn/readme.md': '' }, ['index.js', 'index.mjs', 'index.cjs']],
    [
      'a main that is not there',
      { 'fn/package.json': '{"main":"a.js"}' },
      ['index.js', 'index.mjs', 'index.cjs', 'a.js'],
    ],
    [
      'a main that is one of the usual names',
      { 'fn/package.json': '{"main":"index.js"}' },
      ['index.js', 'index.mjs', 'index.cjs'],
    ],
  ])('entry: %s', async (_what, files: Record<string, string>, expected) => {
    const project = freshProject();
    project.write(files);
    const problem = await problemOf(sourceOf(project));
    expect(problem).toEqual(expected === null ? null : { reason: 'no-entry', expected });
  });

  it('reads no manifest that is too long to be one', async () => {
    const project = freshProject();
    const manifest = (length: number) => `{"main":"lib/main.js"${' '.repeat(length - 22)}}`;
    project.write({ 'fn/lib/main.js': '', 'fn/package.json': manifest(longestManifest) });
    expect(await problemOf(sourceOf(project))).toBeNull();
    project.write({ 'fn/package.json': manifest(longestManifest + 1) });
    expect(await problemOf(sourceOf(project))).toMatchObject({ reason: 'no-entry' });
  });

  it('an entry that is ignored is none', async () => {
    const project = simple();
    const rules = createIgnoreRules([{ source: 'ignore', patterns: ['index.js'] }]);
    expect(await problemOf(sourceOf(project, { rules }))).toMatchObject({ reason: 'no-entry' });
  });

  it('a folder that is gone', async () => {
    const project = freshProject();
    expect(await problemOf(sourceOf(project))).toEqual({ reason: 'gone', dir: project.path('fn') });
  });

  it.each([
    ['open', 'EACCES', 'lib/a.js'],
    ['entries', 'EACCES', 'lib'],
    ['stat', 'EIO', 'lib/a.js'],
  ] as const)('refused by the system at %s: %s', async (call, code, path) => {
    const project = simple();
    const refuse = (asked: string) => {
      if (asked === project.path(`fn/${path}`)) throw Object.assign(new Error('refused'), { code });
    };
    const disk: Disk = {
      ...realDisk,
      [call]: (asked: string) => {
        refuse(asked);
        return realDisk[call](asked);
      },
    };
    expect(await problemOf(sourceOf(project), { disk })).toEqual({ reason: 'unreadable', path, code });
  });

  it('an ignore file that could not be read', async () => {
    const problem = { reason: 'unreadable', path: '.tcbignore', code: 'EACCES' } as const;
    const rules = createIgnoreRules([], problem);
    expect(await problemOf(sourceOf(simple(), { rules }))).toEqual(problem);
  });

  it('a zip over the limit, to the character, naming the ten largest', async () => {
    const project = simple();
    for (let index = 0; index < 12; index += 1) {
      const bytes = Array.from({ length: 1000 + index }, randomByte(index));
      project.write({ [`fn/data/${index}.bin`]: Buffer.from(bytes) });
    }
    const shots = snapshots();
    const scan = await shots.scan(sourceOf(project), false);
    const packed = scan.ok ? await shots.pack(sourceOf(project), scan.fingerprint) : null;
    const size = packed?.ok ? packed.zip.toString('base64').length : 0;
    expect(await problemOf(sourceOf(project), { maxZipBase64: () => size })).toBeNull();
    const problem = await problemOf(sourceOf(project), { maxZipBase64: () => size - 1 });
    expect(problem).toMatchObject({ reason: 'too-big', measure: 'base64', size, limit: size - 1 });
    const largest = problem?.reason === 'too-big' ? problem.largest : [];
    expect(largest.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 10 }, (_, index) => 1011 - index));
    expect(largest[0]?.path).toBe('data/11.bin');
  });

  it('not what shrinks enough, and it is measured only once', async () => {
    const project = simple();
    project.write({ 'fn/data.json': Buffer.alloc(100_000, '[1]') });
    const { disk, opened } = countingDisk();
    const shots = snapshots({ disk, now: later, maxZipBase64: () => 10_000 });
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: true });
    const before = opened.length;
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: true });
    expect(opened.length).toBe(before);
  });

  it('nor what shrinks enough for a limit that was lowered since', async () => {
    const project = simple();
    project.write({ 'fn/data.json': Buffer.alloc(100_000, '[1]') });
    let most = 1_000_000;
    const shots = snapshots({ now: later, maxZipBase64: () => most });
    const first = await shots.scan(sourceOf(project), false);
    most = 10_000;
    expect(await shots.scan(sourceOf(project), false)).toEqual(first);
    most = 100;
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({
      problem: { reason: 'too-big', limit: 100 },
    });
  });

  it('is not read again and again while it is too big', async () => {
    const project = simple();
    project.write({ 'fn/data.bin': Buffer.from(Array.from({ length: 9_000 }, randomByte(5))) });
    const { disk, opened } = countingDisk();
    const shots = snapshots({ disk, now: later, maxZipBase64: () => 8_000 });
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: false });
    const before = opened.length;
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: false });
    expect(opened.length).toBe(before);
    project.remove('fn/data.bin');
    expect(await shots.scan(sourceOf(project), false)).toMatchObject({ ok: true, files: 3 });
  });

  it('more than 500 MB of files, without reading them', async () => {
    const project = simple();
    project.write({ 'fn/huge.bin': '' });
    truncateSync(project.path('fn/huge.bin'), 500 * 1024 * 1024);
    const { disk, opened } = countingDisk();
    expect(await problemOf(sourceOf(project), { disk })).toMatchObject({
      reason: 'too-big',
      measure: 'unzipped',
      limit: 500 * 1024 * 1024,
      size: 500 * 1024 * 1024 + 18,
      largest: [{ path: 'huge.bin', bytes: 500 * 1024 * 1024 }, {}, {}, {}],
    });
    expect(opened).toEqual([]);
  });
});

function randomByte(seed: number): () => number {
  const random = randomOf(seed);
  return () => Math.floor(random() * 256);
}
