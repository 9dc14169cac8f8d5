/**
 * Watches single entries of a directory by name, without going down: the parent of a functions root, a file that a link
 * points to. Events are hints; `look` mends what they miss (a parent that was gone, or was itself made again).
 */

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { identityOf, lookThrough } from './stat.js';

export interface EntryWatch {
  /** Replaces the list of absolute paths. */
  update(paths: readonly string[]): void;
  /** Watch again what could not be watched, or is another directory by now; each entry there gets a hint. */
  look(): void;
  /** A folder is not there or cannot be watched: no event will tell, only `look`. */
  isBlind(): boolean;
  close(): void;
}

interface Folder {
  readonly names: Map<string, string>;
  watcher: FSWatcher | null;
  identity: string | null;
}

interface Hints {
  /** Of an entry, with the path as it was given; at once or doubled. */
  readonly onEntry: (path: string) => void;
  /** A watch is no good any more: `look` is to be called soon. */
  readonly onLost: () => void;
}

export function createEntryWatch(hints: Hints): EntryWatch {
  const folders = new Map<string, Folder>();
  return {
    update: (paths) => {
      const wanted = groupByFolder(paths);
      for (const [dir, folder] of folders) {
        if (wanted.has(dir)) continue;
        folder.watcher?.close();
        folders.delete(dir);
      }
      for (const [dir, names] of wanted) {
        const known = folders.get(dir);
        if (known !== undefined) replace(known.names, names);
        else folders.set(dir, armed(dir, { names, watcher: null, identity: null }, hints));
      }
    },
    look: () => {
      for (const [dir, folder] of folders) mend(dir, folder, hints);
    },
    isBlind: () => [...folders.values()].some(({ watcher }) => watcher === null),
    close: () => {
      for (const folder of folders.values()) folder.watcher?.close();
      folders.clear();
    },
  };
}

function groupByFolder(paths: readonly string[]): Map<string, Map<string, string>> {
  const folders = new Map<string, Map<string, string>>();
  for (const path of paths) {
    const names = folders.get(dirname(path)) ?? new Map<string, string>();
    folders.set(dirname(path), names.set(basename(path), path));
  }
  return folders;
}

function replace<K, V>(target: Map<K, V>, source: ReadonlyMap<K, V>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}

function mend(dir: string, folder: Folder, hints: Hints): void {
  const stats = lookThrough(dir);
  const identity = stats === null ? null : identityOf(stats);
  if (identity === folder.identity && (identity === null || folder.watcher !== null)) return;
  armed(dir, folder, hints);
  for (const path of folder.names.values()) hints.onEntry(path);
}

/** Puts a watch on the folder as it is now; without one (it is not there, or no watch is to be had) `look` tries again. */
function armed(dir: string, folder: Folder, hints: Hints): Folder {
  folder.watcher?.close();
  folder.watcher = null;
  const stats = lookThrough(dir);
  folder.identity = stats === null ? null : identityOf(stats);
  if (stats === null) return folder;
  const onEvent = (_kind: string, name: string | null): void => {
    const told = name === null ? undefined : folder.names.get(name);
    if (told !== undefined) hints.onEntry(told);
    // Something about the folder itself, or nobody knows what: all of its entries.
    if (told === undefined && (name === null || name === basename(dir))) {
      folder.identity = null;
      hints.onLost();
      for (const path of folder.names.values()) hints.onEntry(path);
    }
  };
  try {
    folder.watcher = watch(dir, { persistent: false }, onEvent);
    folder.watcher.on('error', () => {
      folder.watcher?.close();
      folder.watcher = null;
      hints.onLost();
    });
  } catch {
    // No watches left, or no permission: `look` asks again, and the tree's own error names the limit.
    folder.watcher = null;
  }
  return folder;
}
