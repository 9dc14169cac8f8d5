/** Hashes of single files: each read again only when it may have changed. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { realDisk } from '../../src/content/disk.js';
import { createFileHashes } from '../../src/content/file-hashes.js';
import { createSlices } from '../../src/content/slices.js';
import { freshProject } from '../support/snapshot-project.js';

const hourMs = 3_600_000;
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function scene(aheadMs: number) {
  const project = freshProject();
  project.write({ 'a.js': 'a', 'b.js': 'b', 'folder/': '' });
  const opened: string[] = [];
  const open = (path: string) => {
    opened.push(path);
    return realDisk.open(path);
  };
  const now = (): number => Date.now() + aheadMs;
  const hashes = createFileHashes({ disk: { ...realDisk, open }, slices: createSlices(), now });
  const of = async (...names: readonly string[]) => [...(await hashes.of(names.map(project.path))).values()];
  return { project, opened, hashes, of };
}

it('are those of the contents, and a text that no content has where there is none', async () => {
  const { project, of } = scene(0);
  expect(await of('a.js', 'b.js', 'gone.js')).toEqual([hashOf('a'), hashOf('b'), 'ENOENT']);
  project.write({ 'a.js': 'other' });
  project.remove('b.js');
  expect(await of('a.js', 'b.js')).toEqual([hashOf('other'), 'ENOENT']);
  expect(await of('folder')).toEqual(['EISDIR']);
  expect(await of('a.js/below')).not.toContain(hashOf('other'));
});

it('a file that stands as it was is read once, unless it was written just before', async () => {
  const still = scene(2 * hourMs);
  for (const _ of [1, 2]) await still.of('a.js');
  expect(still.opened).toHaveLength(1);
  const young = scene(0);
  for (const _ of [1, 2]) await young.of('a.js');
  expect(young.opened).toHaveLength(2);
});

it('a file is young when it was written lately, as far as it was ever asked for', async () => {
  const lately = scene(0);
  await lately.of('a.js');
  expect(lately.hashes.isYoung(lately.project.path('a.js'))).toBe(true);
  expect(lately.hashes.isYoung(lately.project.path('b.js'))).toBe(false);
  const long = scene(2 * hourMs);
  await long.of('a.js');
  expect(long.hashes.isYoung(long.project.path('a.js'))).toBe(false);
});
