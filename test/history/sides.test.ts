/** The two contents of a comparison: of a version that is kept, and of the disk as a scan found it. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSnapshots } from '../../src/content/snapshot.js';
import { sideOfDisk, sideOfVersion } from '../../src/history/sides.js';
import { freshProject, sourceOf } from '../support/snapshot-project.js';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

it('of the disk has the files of the scan, and of each the content that it had then', async () => {
  const project = freshProject();
  project.write({ 'fn/index.js': 'one', 'fn/same.js': 'stays', 'fn/gone.js': 'goes' });
  const snapshots = createSnapshots({ maxZipBase64: () => 1024 * 1024 });
  await snapshots.scan(sourceOf(project), false);
  const { files, content } = sideOfDisk(snapshots.filesOf('fn') ?? new Map());
  expect([...files].sort((one, other) => (one.path < other.path ? -1 : 1))).toEqual([
    { path: 'gone.js', executable: false, sha256: hashOf('goes'), size: 4 },
    { path: 'index.js', executable: false, sha256: hashOf('one'), size: 3 },
    { path: 'same.js', executable: false, sha256: hashOf('stays'), size: 5 },
  ]);
  project.write({ 'fn/index.js': 'two' });
  project.remove('fn/gone.js');
  const contents = new Map<string, string | undefined>();
  for (const file of files) contents.set(file.path, (await content(file))?.toString());
  expect(contents.get('same.js')).toBe('stays');
  expect([contents.get('index.js'), contents.get('gone.js')]).toEqual([undefined, undefined]);
  const stranger = { path: 'other.js', executable: false, sha256: hashOf('x'), size: 1 };
  expect(await content(stranger)).toBeNull();
});

it('of a version has its files, and their contents from where they are kept', async () => {
  const file = { path: 'index.js', executable: false, sha256: hashOf('one'), size: 3 };
  const side = sideOfVersion({ files: [file] }, async ({ path }) => Buffer.from(`kept ${path}`));
  expect(side.files).toEqual([file]);
  expect((await side.content(file))?.toString()).toBe('kept index.js');
});
