import { readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBuiltContent } from '../../src/build/builds.js';
import { type Disk, realDisk } from '../../src/content/disk.js';
import { type KnownContent, openFileIndex } from '../../src/content/file-index.js';
import type { ScannedFiles } from '../../src/content/read.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import type { SnapshotSource } from '../../src/content/source.js';
import { discover } from '../../src/functions/discovery.js';
import { loaded } from '../support/config-folder.js';
import { freshProject, type Project, sourceOf } from '../support/snapshot-project.js';

const always = async (): Promise<boolean> => true;
/** The time of a scan long after every file was written: nothing is racy. */
const later = () => Date.now() + 7_200_000;
const fileOf = (project: Project): string => project.path('files.json');

/** A run: scans the function once, and writes down what it knows. */
async function run(project: Project, source: SnapshotSource, { maker = '1', now = later } = {}) {
  const opened: string[] = [];
  const open: Disk['open'] = (path) => {
    opened.push(path);
    return realDisk.open(path);
  };
  const index = await openFileIndex(project.path('.'), maker, always);
  const snapshots = createSnapshots({
    maxZipBase64: () => 20_971_520,
    disk: { ...realDisk, open },
    now,
    remembered: (name) => index.take(name)?.files ?? null,
  });
  const result = await snapshots.scan(source, false);
  const files: ScannedFiles = snapshots.filesOf(source.name) ?? new Map();
  await index.write([[source.name, { files, faultless: null }]], () => undefined);
  const names = opened.map((path) => path.slice(project.path('fn').length + 1)).sort();
  return { result, opened: names, snapshots };
}

function simple(): Project {
  const project = freshProject();
  project.write({ 'fn/index.js': 'exports.main = 1', 'fn/lib/a.js': 'a', 'fn/lib/b.js': 'b' });
  return project;
}

it('reads nothing again at the next start, and finds the same content', async () => {
  const project = simple();
  const first = await run(project, sourceOf(project));
  const second = await run(project, sourceOf(project));
  expect(first.opened).toEqual(['index.js', 'lib/a.js', 'lib/b.js'].map((path) => join(...path.split('/'))));
  expect(second.opened).toEqual([]);
  expect(second.result).toEqual(first.result);
});

it('packs the very content that it did not read', async () => {
  const project = simple();
  const first = await run(project, sourceOf(project));
  const second = await run(project, sourceOf(project));
  const fingerprint = first.result.ok ? first.result.fingerprint : '';
  const zips = await Promise.all(
    [first, second].map(({ snapshots }) => snapshots.pack(sourceOf(project), fingerprint)),
  );
  expect(zips[1]).toMatchObject({ ok: true });
  expect(zips[1]).toEqual(zips[0]);
});

it('reads what was changed meanwhile, be its size and its time the same', async () => {
  const project = simple();
  const first = await run(project, sourceOf(project));
  const file = project.path('fn/lib/a.js');
  utimesSync(file, 1, 1);
  await run(project, sourceOf(project));
  writeFileSync(file, 'c');
  utimesSync(file, 1, 1);
  const { result, opened } = await run(project, sourceOf(project));
  expect(opened).toEqual([join('lib', 'a.js')]);
  expect(result).toMatchObject({ ok: true });
  expect(result).not.toEqual(first.result);
});

it('reads a file that another one of its size and time was renamed to', async () => {
  const project = simple();
  const [file, other] = [project.path('fn/lib/a.js'), project.path('other.js')];
  utimesSync(file, 1, 1);
  project.write({ 'other.js': 'c' });
  utimesSync(other, 1, 1);
  const first = await run(project, sourceOf(project));
  renameSync(other, file);
  const { result, opened } = await run(project, sourceOf(project));
  expect(opened).toEqual([join('lib', 'a.js')]);
  expect(result).not.toEqual(first.result);
});

it('finds what was added and removed meanwhile', async () => {
  const project = simple();
  await run(project, sourceOf(project));
  project.write({ 'fn/lib/c.js': 'c' });
  const { result, opened } = await run(project, sourceOf(project));
  expect(opened).toEqual([join('lib', 'c.js')]);
  expect(result).toMatchObject({ ok: true, files: 4, changed: [] });
});

it('does not believe states that had just come to be', async () => {
  const project = simple();
  await run(project, sourceOf(project), { now: Date.now });
  expect((await run(project, sourceOf(project))).opened).toHaveLength(3);
});

it('reads a file with a secret at each start', async () => {
  const project = simple();
  const key = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n`;
  project.write({ 'fn/lib/key.pem': key });
  const found = { ok: false, problem: { reason: 'secret', path: 'lib/key.pem' } };
  expect((await run(project, sourceOf(project))).result).toMatchObject(found);
  expect((await run(project, sourceOf(project))).result).toMatchObject(found);
  expect(readFileSync(fileOf(project), 'utf8')).not.toContain('key.pem');
});

it.each([
  ['another version of the program', (text: string) => text.replace('"maker":"1"', '"maker":"2"')],
  ['half of a file', (text: string) => text.slice(0, text.length / 2)],
  ['another shape', (text: string) => text.replace('"lib/a.js"', '7')],
  ['a hash that is none', (text: string) => text.replace(/"[0-9a-f]{64}"/, '"abc"')],
  ['a number that is none', (text: string) => text.replace(/"\d{10,}"/, '"1e9"')],
])('reads everything after %s', async (_, damage) => {
  const project = simple();
  const first = await run(project, sourceOf(project));
  const text = readFileSync(fileOf(project), 'utf8');
  expect(damage(text)).not.toBe(text);
  writeFileSync(fileOf(project), damage(text));
  const { result, opened } = await run(project, sourceOf(project));
  expect(opened).toHaveLength(3);
  expect(result).toEqual(first.result);
});

it('a planted one that knows the states of the files gets no other file read or sent', async () => {
  const project = simple();
  const first = await run(project, sourceOf(project));
  const elsewhere = project.path('elsewhere.txt');
  project.write({ 'elsewhere.txt': 'secret' });
  const rows = JSON.parse(readFileSync(fileOf(project), 'utf8'));
  for (const row of rows.functions[0].files) row[1] = elsewhere;
  rows.functions[0].files.push(['lib/more.js', ...rows.functions[0].files[0].slice(1)]);
  writeFileSync(fileOf(project), JSON.stringify(rows));
  const { result, opened } = await run(project, sourceOf(project));
  expect(opened).toHaveLength(3);
  expect(opened.join()).not.toContain('elsewhere');
  expect(result).toMatchObject({
    ok: true,
    files: 3,
    fingerprint: first.result.ok && first.result.fingerprint,
  });
});

it('writes through no link', async () => {
  const project = simple();
  project.write({ 'elsewhere.txt': 'mine' });
  symlinkSync(project.path('elsewhere.txt'), fileOf(project));
  await run(project, sourceOf(project));
  expect(readFileSync(project.path('elsewhere.txt'), 'utf8')).toBe('mine');
});

it('writes nothing where another process does, nor twice the same', async () => {
  const project = simple();
  const asked: string[] = [];
  const index = await openFileIndex(project.path('.'), '1', async () => asked.push('') > 1);
  const files: ScannedFiles = new Map();
  const write = () => index.write([['fn', { files, faultless: null }]], () => undefined);
  await write();
  expect(() => readFileSync(fileOf(project))).toThrow('ENOENT');
  await write();
  expect(readFileSync(fileOf(project), 'utf8')).toContain('"fn"');
  await write();
  expect(asked).toHaveLength(2);
});

it('a run that ends before it has looked at a function keeps what an earlier one knew of it', async () => {
  const code = 'exports.main = async () => 1;';
  const files = { 'cloudfunctions/one/index.js': code, 'cloudfunctions/two/index.js': code };
  const { config } = await loaded({ envs: ['dev'] }, files);
  const earlier: KnownContent = { files: new Map(), faultless: null };
  const written = new Map<string, KnownContent>();
  const content = createBuiltContent(config, await discover(config), null, undefined, {
    take: () => null,
    untaken: (name) => (name === 'two' || name === 'gone' ? earlier : null),
    async write(contents) {
      for (const [name, known] of contents) written.set(name, known);
    },
  });
  await content.scan('one', false);
  await content.keepIndex();
  expect([...written.keys()]).toEqual(['one', 'two']);
  expect(written.get('two')).toBe(earlier);
  expect(written.get('one')?.files.size).toBe(1);
});
