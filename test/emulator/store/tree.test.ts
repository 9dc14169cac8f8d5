/** Folders of files as they lie on the disk. */
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FileMap } from '../../../src/emulator/model.js';
import { createScratch, namesIn, readTree, renamePath, writeTree } from '../../../src/emulator/store/tree.js';
import { freshFolder } from '../rig.js';

const file = (content: string | Buffer, executable = false) => ({
  content: Buffer.from(content),
  executable,
});

test('large and small files come back as they were, in the order of their paths', async () => {
  const folder = join(await freshFolder(), 'new', 'tree');
  const files: FileMap = new Map([
    ['z/b.js', file('2')],
    ['index.js', file('')],
    ['z/a/deep.js', file('1')],
    ['a-large', file(Buffer.alloc(64 * 1024 + 1, 'x'))],
    ['A', file('3')],
  ]);
  await writeTree(folder, files);
  const read = await readTree(folder);
  expect([...read.keys()]).toEqual(['A', 'a-large', 'index.js', 'z/a/deep.js', 'z/b.js']);
  for (const [path, { content }] of files) expect(read.get(path)?.content.equals(content)).toBe(true);
});

test.skipIf(process.platform === 'win32')('who may run a file, and what is no file', async () => {
  const folder = await freshFolder();
  await writeTree(folder, new Map([['tool', file('', true)]]));
  expect((await stat(join(folder, 'tool'))).mode & 0o777).toBe(0o755);
  const modes = [0o666, 0o601, 0o610, 0o700];
  for (const mode of modes) {
    await writeFile(join(folder, mode.toString(8)), '');
    await chmod(join(folder, mode.toString(8)), mode);
  }
  await symlink('tool', join(folder, 'link'));
  await mkdir(join(folder, 'empty'));
  const read = [...(await readTree(folder))].map(([path, { executable }]) => [path, executable]);
  expect(read).toEqual([
    ['601', true],
    ['610', true],
    ['666', false],
    ['700', true],
    ['tool', true],
  ]);
});

test('a folder that is not there holds nothing; one that cannot be read is an error', async () => {
  const folder = await freshFolder();
  await writeFile(join(folder, 'file'), '');
  expect(await namesIn(join(folder, 'none'))).toEqual([]);
  expect(await namesIn(folder)).toEqual([{ name: 'file', isFolder: false }]);
  await expect(namesIn(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(readTree(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(renamePath(join(folder, 'none'), join(folder, 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a temporary folder is made once, at its first use, and gone after the end', async () => {
  const folder = await freshFolder();
  const scratch = createScratch(() => join(folder, 'run-'));
  await scratch.close();
  expect(await readdir(folder)).toEqual([]);
  const [first, second] = await Promise.all([scratch.scratch(), scratch.scratch()]);
  expect([first, await scratch.scratch()]).toEqual([second, first]);
  expect(await readdir(folder)).toHaveLength(1);
  await scratch.close();
  expect(await readdir(folder)).toEqual([]);
});
