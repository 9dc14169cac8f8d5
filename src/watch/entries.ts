/**
 * Watches single entries of directories by name, without going down: a functions root, a file that a link points to, a
 * configuration. An entry whose folder is not there is watched through the nearest one that is. Events are hints; `look` finds
 * what they miss (a folder that was itself made again).
 */

import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { identityOf, lookThrough } from './stat.js';

export interface EntryWatchOptions {
  /** Of an entry, with the path as it was given; at once or doubled. */
  readonly onEntry: (path: string) => void;
  /** A watch is no good any more: `look` is to be called soon. */
  readonly onLost: () => void;
}

export class EntryWatch {
  readonly #options: EntryWatchOptions;
  /** By the folder of the entries. */
  readonly #folders = new Map<string, Folder>();

  constructor(options: EntryWatchOptions) {
    this.#options = options;
  }

  /** Replaces the list of absolute paths. */
  update(paths: readonly string[]): void {
    const wanted = groupByFolder(paths);
    for (const [dir, folder] of this.#folders) {
      if (wanted.has(dir)) continue;
      folder.close();
      this.#folders.delete(dir);
    }
    for (const [dir, entries] of wanted) {
      const folder = this.#folders.get(dir) ?? new Folder(dir, this.#options);
      this.#folders.set(dir, folder);
      folder.entries = entries;
    }
  }

  /** Watch again what could not be watched, or is another directory by now; each entry there gets a hint. */
  look(): void {
    for (const folder of this.#folders.values()) folder.look();
  }

  /** A folder cannot be watched: no event will come, only `look` notices. */
  isBlind(): boolean {
    return [...this.#folders.values()].some((folder) => folder.isBlind());
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
  }
}

function groupByFolder(paths: readonly string[]): Map<string, Map<string, string>> {
  const folders = new Map<string, Map<string, string>>();
  for (const path of paths) {
    const entries = folders.get(dirname(path)) ?? new Map<string, string>();
    folders.set(dirname(path), entries.set(basename(path), path));
  }
  return folders;
}

class Folder {
  /** Paths as they were given, by name. */
  entries: ReadonlyMap<string, string> = new Map();
  readonly #dir: string;
  readonly #options: EntryWatchOptions;
  /** The folder that is watched: its own, or the nearest one above that is there. */
  #watched = '';
  #identity: string | null = null;
  #watcher: FSWatcher | null = null;

  constructor(dir: string, options: EntryWatchOptions) {
    this.#dir = dir;
    this.#options = options;
    this.#arm();
  }

  isBlind(): boolean {
    return this.#watcher === null;
  }

  look(): void {
    const { dir, identity } = nearest(this.#dir);
    if (dir === this.#watched && identity === this.#identity && this.#watcher !== null) return;
    this.#arm();
    this.#hintAll();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #hintAll(): void {
    for (const path of this.entries.values()) this.#options.onEntry(path);
  }

  /** Without a watch (none is to be had, or no permission) `look` retries. */
  #arm(): void {
    this.close();
    const { dir, identity } = nearest(this.#dir);
    this.#watched = dir;
    this.#identity = identity;
    try {
      const watcher = watch(dir, { persistent: false }, (_kind, name) => {
        if (watcher === this.#watcher) this.#take(name);
      });
      this.#watcher = watcher;
      watcher.on('error', () => this.#lose(watcher));
    } catch {
      // The tree's own error names the limit.
      this.#watcher = null;
    }
    // What came while the watch was set up has made no event.
    if (this.#watcher !== null && nearest(this.#dir).dir !== dir) setImmediate(() => this.look());
  }

  #lose(watcher: FSWatcher): void {
    watcher.close();
    if (watcher !== this.#watcher) return;
    this.#watcher = null;
    this.#options.onLost();
  }

  #take(name: string | null): void {
    if (this.#watched !== this.#dir) {
      // The next folder on the way to the entries, or the watched one itself.
      const next = this.#dir
        .slice(this.#watched.length)
        .split(sep)
        .find((part) => part !== '');
      if (name === null || name === next || name === basename(this.#watched)) this.#move();
      return;
    }
    const entry = name === null ? undefined : this.entries.get(name);
    if (entry !== undefined) this.#options.onEntry(entry);
    // Something about the folder itself, or nobody knows about what: all of its entries.
    else if (name === null || name === basename(this.#dir)) this.#move();
  }

  #move(): void {
    this.#identity = null;
    this.#options.onLost();
    this.#hintAll();
  }
}

/** The folder, or the nearest one above it that is there. */
function nearest(folder: string): { readonly dir: string; readonly identity: string | null } {
  for (let dir = folder; ; dir = dirname(dir)) {
    const stats = lookThrough(dir);
    if (stats?.isDirectory() === true) return { dir, identity: identityOf(stats) };
    if (dirname(dir) === dir) return { dir, identity: null };
  }
}
