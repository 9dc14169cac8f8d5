/**
 * Watches single entries of directories by name, without going down: a functions root, a file that a link points to, a
 * configuration. An entry whose folder is not there is watched through the nearest one that is. Events are hints; `look` finds
 * what they miss (a folder that was itself made again).
 */

import { watch } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { identityOf, lookThrough } from './stat.js';

export interface EntryWatchOptions {
  /** Of an entry, with the path as it was given; at once or doubled. */
  readonly onEntry: (path: string) => void;
  /** A watch is no good any more: `look` is to be called soon. */
  readonly onLost: () => void;
}

/** The part of `fs.watch` that is used: for tests that say what Windows and macOS say. */
export type WatchEntries = (
  folder: string,
  onEvent: (name: string | null) => void,
) => { close(): void; on(event: 'error', listener: () => void): unknown };

type Handle = ReturnType<WatchEntries>;

export class EntryWatch {
  readonly #options: EntryWatchOptions;
  readonly #watchEntries: WatchEntries;
  /** By the folder of the entries. */
  readonly #folders = new Map<string, Folder>();

  constructor(options: EntryWatchOptions, watchEntries: WatchEntries = watchQuietly) {
    this.#options = options;
    this.#watchEntries = watchEntries;
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
      const folder = this.#folders.get(dir) ?? new Folder(dir, this.#options, this.#watchEntries);
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

function groupByFolder(paths: readonly string[]): Map<string, Map<string, readonly string[]>> {
  const folders = new Map<string, Map<string, readonly string[]>>();
  for (const path of paths) {
    const [dir, name] = [dirname(path), folded(basename(path))];
    const entries = folders.get(dir) ?? new Map<string, readonly string[]>();
    folders.set(dir, entries.set(name, [...(entries.get(name) ?? []), path]));
  }
  return folders;
}

/**
 * A name as names are compared here. Windows and macOS report a file as it is written on the disk, however it was written when it was
 * asked for: in another case, or with its accents composed. Where these are two files, a hint too many costs a rescan.
 */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

class Folder {
  /** Paths as they were given, by folded name. */
  entries: ReadonlyMap<string, readonly string[]> = new Map();
  readonly #dir: string;
  readonly #options: EntryWatchOptions;
  readonly #watchEntries: WatchEntries;
  /** The folder that is watched: its own, or the nearest one above that is there. */
  #watched = '';
  #identity: string | null = null;
  #watcher: Handle | null = null;

  constructor(dir: string, options: EntryWatchOptions, watchEntries: WatchEntries) {
    this.#dir = dir;
    this.#options = options;
    this.#watchEntries = watchEntries;
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
    for (const paths of this.entries.values()) for (const path of paths) this.#options.onEntry(path);
  }

  /** Without a watch (none is to be had, or no permission) `look` retries. */
  #arm(): void {
    this.close();
    const { dir, identity } = nearest(this.#dir);
    this.#watched = dir;
    this.#identity = identity;
    try {
      const watcher = this.#watchEntries(dir, (name) => {
        if (watcher === this.#watcher) this.#take(name);
      });
      this.#watcher = watcher;
      watcher.on('error', () => this.#lose(watcher));
    } catch {
      // The tree's own error names the limit.
    }
    // A file that came while the watch was set up has made no event.
    const armed = this.#watcher;
    if (armed !== null && nearest(this.#dir).dir !== dir)
      setImmediate(() => {
        if (armed === this.#watcher) this.look();
      });
  }

  #lose(watcher: Handle): void {
    watcher.close();
    if (watcher !== this.#watcher) return;
    this.#watcher = null;
    this.#options.onLost();
  }

  #take(reported: string | null): void {
    const name = reported === null ? null : folded(reported);
    if (this.#watched !== this.#dir) {
      // The next folder on the way to the entries, or the watched one itself.
      const next = this.#dir
        .slice(this.#watched.length)
        .split(sep)
        .find((part) => part !== '');
      const isOnTheWay =
        name === folded(basename(this.#watched)) || (next !== undefined && name === folded(next));
      if (name === null || isOnTheWay) this.#move();
      return;
    }
    const paths = name === null ? undefined : this.entries.get(name);
    if (paths !== undefined) for (const path of paths) this.#options.onEntry(path);
    // Something about the folder itself, or nobody knows about what: all of its entries.
    else if (name === null || name === folded(basename(this.#dir))) this.#move();
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

const watchQuietly: WatchEntries = (folder, onEvent) =>
  watch(folder, { persistent: false }, (_kind, name) => onEvent(name));
