/** A project's files as `init` looks at them. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lookAt } from '../../src/init/look.js';
import { folderWith } from '../support/init-rig.js';
import { needs } from '../support/needs.js';

it('names a folder that cannot be read, and not each file that was looked for in it', async () => {
  needs('links');
  const folder = await folderWith({ 'README.md': 'x' });
  await symlink('loop', join(folder, 'loop'));
  await symlink('loop-2', join(folder, 'loop-2'));
  const look = lookAt(folder);
  expect(await look.text(join(folder, 'loop', 'index.js'))).toBeNull();
  expect(await look.entries(join(folder, 'loop'))).toEqual([]);
  expect(await look.entries(join(folder, 'loop-2'))).toEqual([]);
  expect(look.notes()).toEqual(
    ['loop', 'loop-2'].map((file) => ({ kind: 'unreadable', file, code: 'ELOOP' })),
  );
});
