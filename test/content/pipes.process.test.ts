/** Pipes among the files of a function; `mkfifo` makes them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Disk, realDisk } from '../../src/content/disk.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import { freshProject, type Project, sourceOf } from '../support/snapshot-project.js';

const hasFifo = spawnSync('mkfifo', ['--version'], { stdio: 'ignore' }).error === undefined;

const snapshots = (disk: Disk = realDisk) => createSnapshots({ maxZipBase64: () => 1_000_000, disk });

function project(): Project {
  const made = freshProject();
  made.write({ 'fn/index.js': 'exports.main = 1' });
  return made;
}

it.skipIf(!hasFifo)('a pipe is never read', async () => {
  const made = project();
  execFileSync('mkfifo', [made.path('fn/pipe')]);
  made.link('fn/linked', 'pipe');
  const { files } = await snapshots().files(sourceOf(made));
  const packed = files.filter((file) => file.packed).map(({ path }) => path);
  expect(packed).toEqual(['index.js']);
  expect(files.map(({ path, source }) => [path, source])).toEqual([
    ['index.js', null],
    ['linked', 'special'],
    ['pipe', 'special'],
  ]);
});

it.skipIf(!hasFifo)('a pipe in the place of a file stops nobody', async () => {
  const made = project();
  made.write({ 'fn/b.js': 'first b' });
  const file = made.path('fn/b.js');
  const open = (path: string) => {
    if (path === file && realDisk.stat(file).kind === 'file') {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    }
    return realDisk.open(path);
  };
  const seen = await snapshots({ ...realDisk, open }).scan(sourceOf(made), false);
  expect(seen).toMatchObject({ ok: true, files: 1 });
  expect(seen).toEqual(await snapshots().scan(sourceOf(made), false));
});
