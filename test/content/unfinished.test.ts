/** Code that still names what is gone, and files that have only been added to. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createSnapshots } from '../../src/content/snapshot.js';
import { freshProject, type Project, sourceOf } from '../support/snapshot-project.js';

async function scene(files: Readonly<Record<string, string>>) {
  const project: Project = freshProject();
  project.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`fn/${name}`, text])));
  const snapshots = createSnapshots({ maxZipBase64: () => 20_971_520 });
  const result = await snapshots.scan(sourceOf(project), false);
  expect(result).toMatchObject({ ok: true });
  const found = snapshots.filesOf('fn') ?? new Map();
  return { project, snapshots, missing: () => snapshots.missingParts(found) };
}

it.each([
  ['require', "const app = require('./dist/app');"],
  ['require of a folder', 'require( "./dist" )'],
  ['import', "import app from './dist/app.js';"],
  ['import for its effects', "import './dist/app.js'"],
  ['a dynamic import', "await import('./dist/app.js')"],
  ['by way of another file', "require('./lib/loads')"],
])('%s of a folder that was removed is missed', async (_what, code) => {
  const { project, missing } = await scene({
    'index.js': code,
    'lib/loads.js': "module.exports = require('../dist/app.js')",
    'dist/app.js': '',
    'dist/index.js': '',
  });
  expect(missing()).toEqual([]);
  project.remove('fn/dist');
  expect(missing()).toHaveLength(1);
  project.write({ 'fn/dist/app.js': '', 'fn/dist/index.js': '' });
  expect(missing()).toEqual([]);
});

it.each([
  ['nothing names it', { 'index.js': '', 'dist/app.js': '' }],
  ['it was never there', { 'index.js': "require('./dist/other')", 'dist/app.js': '' }],
  ['only a package is named', { 'index.js': "require('dist/app')", 'dist/app.js': '' }],
  ['only dead code names it', { 'index.js': '', 'old.js': "require('./dist/app')", 'dist/app.js': '' }],
] as const)('a folder that was removed is not missed where %s', async (_why, files) => {
  const { project, missing } = await scene(files);
  project.remove('fn/dist');
  expect(missing()).toEqual([]);
});

it('the entry that package.json names counts, and its own absence does not', async () => {
  const { project, missing } = await scene({
    'package.json': '{"main":"src/main"}',
    'src/main.js': "require('../dist/app.js')",
    'dist/app.js': '',
  });
  project.remove('fn/dist');
  expect(missing()).toEqual(['dist/app.js']);
  project.remove('fn/src');
  expect(missing()).toEqual([]);
});

it('loops of code that names itself end', async () => {
  const { snapshots, missing } = await scene({
    'index.js': "require('./a')",
    'a.js': "require('./index'); require('./a')",
  });
  expect(missing()).toEqual([]);
  expect(snapshots.filesOf('unknown')).toBe(null);
});

it('a file has grown where more stands behind what it was, and is the same file', async () => {
  const { project, snapshots } = await scene({ 'index.js': 'one', 'data.txt': 'first\n' });
  const [index, data] = [project.path('fn/index.js'), project.path('fn/data.txt')];
  expect(snapshots.hasGrown('fn', data)).toBe(false);
  appendFileSync(data, 'second\n');
  expect(snapshots.hasGrown('fn', data)).toBe(true);
  writeFileSync(data, 'other and longer\n');
  expect(snapshots.hasGrown('fn', data)).toBe(false);
  writeFileSync(index, 'on');
  expect(snapshots.hasGrown('fn', index)).toBe(false);
  writeFileSync(`${index}.new`, 'one and more');
  renameSync(`${index}.new`, index);
  expect(snapshots.hasGrown('fn', index)).toBe(false);
  expect(snapshots.hasGrown('fn', project.path('fn/none.js'))).toBe(false);
});

it('of three hundred files, and of a megabyte of each, it is seen what they name', async () => {
  const chain = (length: number): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Array.from({ length }, (_, at) => [at === 0 ? 'index.js' : `f${at}.js`, `require('./f${at + 1}.js')`]),
    );
  const call = "require('./dist/app')";
  const scenes = [
    // The bracket behind the name need not be read.
    { 'index.js': call.padStart(1024 * 1024 + 1) },
    { 'index.js': call.padStart(1024 * 1024 + 2) },
    { ...chain(299), 'f299.js': call },
    { ...chain(300), 'f300.js': call },
  ];
  const found = [];
  for (const files of scenes) {
    const { project, missing } = await scene({ ...files, 'dist/app.js': '' });
    project.remove('fn/dist');
    found.push(missing().length);
  }
  expect(found).toEqual([1, 0, 1, 0]);
});

it('of a file over a megabyte its growth alone says that it has grown', async () => {
  const megabyte = 1024 * 1024;
  const { project, snapshots } = await scene({
    ...{ 'index.js': '', 'whole.txt': 'x'.repeat(megabyte), 'large.txt': 'x'.repeat(megabyte + 1) },
  });
  const grown = (name: string, size: number): boolean => {
    writeFileSync(project.path(`fn/${name}`), 'y'.repeat(size));
    return snapshots.hasGrown('fn', project.path(`fn/${name}`));
  };
  expect([grown('whole.txt', megabyte + 2), grown('large.txt', megabyte + 2)]).toEqual([false, true]);
  expect(grown('large.txt', megabyte + 1)).toBe(false);
});
