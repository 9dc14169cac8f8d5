import { mkdtemp } from 'node:fs/promises';
import type { Storage } from './storage.js';
import { removeTree } from './tree.js';

/** A temporary folder made at its first use, its name starting with `prefix`, and gone after `close`. */
export function createScratch(prefix: () => string): Pick<Storage, 'scratch' | 'close'> {
  let folder: Promise<string> | null = null;
  return {
    scratch: () => {
      folder ??= mkdtemp(prefix());
      return folder;
    },
    close: async () => {
      if (folder === null) return;
      const made = await folder;
      folder = null;
      await removeTree(made);
    },
  };
}
