/**
 * chokidar 5 as a tree of watched directories, and nothing more. What it gets wrong is healed in repair.ts.
 *
 * Read from chokidar 5.0.0 (index.js, handler.js) and libuv, and why this file looks as it does:
 * - Files are ignored through `stats`, so there is one `fs.watch` per directory. `raw` still says what happens inside:
 *   (`rename` | `change`, name within the directory or null, {watchedPath}). On Linux (inotify) the name is the entry's,
 *   or the directory's own for what happens to itself: IN_DELETE_SELF, IN_MOVE_SELF and IN_IGNORED are `rename`,
 *   IN_ATTRIB is `change`. On macOS libuv watches directories by path through FSEvents, skips events about the
 *   directory itself and those further down: always an entry's name, and no deafness after delete-and-recreate. On Windows
 *   (ReadDirectoryChangesW) it is the entry's name, or null when its buffer ran over; a deleted directory is an EPERM
 *   error, which chokidar and `ignorePermissionErrors` swallow. So one mapping, join(watchedPath, name), serves all.
 * - One inotify watch is shared by all handles on an inode and keeps the path it was first made with: after `mv a b` the
 *   own name of `b` may arrive as "a". So `ownNames` keeps every name that an inode was watched under.
 * - The public `unwatch` leaves an ignore rule behind for each path, and on Windows looks for keys with forward slashes
 *   where those of subdirectories have backslashes, so it does not close them. `_closePath`, the half of it that closes,
 *   is declared in chokidar's types and does just what is needed. `_closers` is the only truth about what is watched: an
 *   `fs.watch` that failed has no entry there although `getWatched()` lists the directory.
 * - `add` of a path that vanished meanwhile watches its parent, and that one's parent, up to `/`. Everything outside
 *   the tops is therefore ignored.
 * - It asks for the state of every file of a directory that it reads, at the start and after each event in it, and then finds it
 *   ignored. `DirectoryWatcher` has the kinds come with the names: 10,000 files are read in half the time.
 * - Links are not followed (chokidar follows a loop until ELOOP); real folders behind links come as tops of their own.
 */

import type { Stats } from 'node:fs';
import { basename, join, normalize, sep } from 'node:path';
import { FSWatcher } from 'chokidar';
import { isWithin } from '../system/paths.js';
import type { Ignores } from './model.js';
import { identityOf } from './stat.js';

export interface TreeOptions {
  /** Existing directories without links in their paths. */
  readonly tops: readonly string[];
  readonly ignores: Ignores;
  /** Something happened in a watched directory. `name`: the entry within it; null when the system did not say. */
  readonly onEvent: (kind: 'rename' | 'change', dir: string, name: string | null) => void;
  readonly onDirectory: (kind: 'added' | 'removed', dir: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface Tree {
  /** Resolves after the first walk, or on close. */
  readonly ready: Promise<void>;
  /** chokidar was forced to poll from outside (CHOKIDAR_USEPOLLING, IBM i), which misses edits in place. */
  readonly forcedPolling: boolean;
  /** The directories that are to be watched with all below them. */
  tops(): ReadonlySet<string>;
  /** The directories that really are watched. */
  watched(): readonly string[];
  watches(dir: string): boolean;
  /** The identity a directory had when it was last found; undefined: never found. */
  identity(dir: string): string | undefined;
  /** Whether a path is a top or lies below one. */
  holds(path: string): boolean;
  /** Whether an event of this name in this directory is about the directory itself. */
  isOwnName(dir: string, name: string): boolean;
  addTop(dir: string): void;
  removeTop(dir: string): void;
  /** Watch a directory within a top, and all below it. It must exist. */
  add(dir: string): void;
  /**
   * Stop watching a directory and all below it, except what lies in another top; a later `add` or chokidar itself may take it
   * up again. The folder above a root is suspected when the root goes: the one that has come meanwhile must not go deaf by it.
   */
  forget(dir: string): void;
  close(): Promise<void>;
}

/** chokidar's first walk has no end when a directory read fails half-way; after this the repair continues from there. */
const FIRST_WALK_CAP_MS = 30_000;

export function createTree(options: TreeOptions): Tree {
  const tops = new Set(options.tops);
  const inodes = createInodes();
  const watcher = new DirectoryWatcher({
    ignored: (path, stats) => leavesOut(tops, options.ignores, normalize(path), stats),
    followSymlinks: false,
    // Its own idea of editors' leftovers hides files; ours is the one ignore list.
    atomic: false,
    ignorePermissionErrors: true,
  });
  const ready = firstWalk(watcher, tops.size);
  listen(watcher, options, inodes, (dir) => isInTops(tops, dir));
  watcher.add([...tops]);

  const add = (dir: string): void => {
    // chokidar's `add` brings a closed watcher back to life.
    if (!watcher.closed) watcher.add(dir);
  };
  const forget = (dir: string): void => {
    const others = new Set([...tops].filter((top) => top !== dir && isWithin(top, dir)));
    const below = [...inodes.paths(), ...watchedBy(watcher)].filter(
      (path) => isWithin(path, dir) && !isInTops(others, path),
    );
    for (const path of new Set([...below, dir])) {
      for (const key of keysOf(path)) watcher._closePath(key);
      inodes.remove(path);
    }
  };
  return {
    ready: ready.promise,
    forcedPolling: watcher.options.usePolling,
    tops: () => tops,
    watched: () => watchedBy(watcher).filter((dir) => isInTops(tops, dir)),
    watches: (dir) => keysOf(dir).some((key) => watcher._closers.has(key)),
    identity: inodes.identity,
    holds: (path) => isInTops(tops, path),
    isOwnName: (dir, name) => name === basename(dir) || inodes.names(dir).has(name),
    addTop: (dir) => {
      tops.add(dir);
      add(dir);
    },
    removeTop: (dir) => {
      tops.delete(dir);
      if (!isInTops(tops, dir)) forget(dir);
    },
    add,
    forget,
    close: () => {
      ready.end();
      return watcher.close();
    },
  };
}

type ReadOptions = NonNullable<Parameters<FSWatcher['_readdirp']>[1]>;

/**
 * Directories that one reading gives at a time, and readings that go on in one turn of the event loop. Fewer block the thread for
 * shorter and cost more in all: 32 and 8 take a third more of the processor for 1,000 directories.
 */
const entriesPerReading = 64;
const readingsPerTurn = 16;

/** @internal */
export class DirectoryWatcher extends FSWatcher {
  readonly #turns = createTurns(readingsPerTurn);

  override _readdirp(root: string, options: ReadOptions = {}): ReturnType<FSWatcher['_readdirp']> {
    const { directoryFilter } = options;
    const stream = super._readdirp(root, {
      ...options,
      highWaterMark: entriesPerReading,
      type: 'directories',
      alwaysStat: false,
      fileFilter: () => false,
      // The reader of the entries asks `stats` whether they are links or directories: what was listed knows as well.
      directoryFilter(entry) {
        Object.assign(entry, { stats: entry.dirent });
        return typeof directoryFilter !== 'function' || directoryFilter(entry);
      },
    });
    if (stream === undefined) return stream;
    // One that fails (ENOTDIR, where a file took the directory's place) closes without an end, and would be kept for ever.
    stream.once('close', () => this._streams.delete(stream));
    const read = stream._read.bind(stream);
    // All at once, a thousand directories answer in the same turn of the event loop, and block the thread twice as long.
    stream._read = async (count) => {
      await this.#turns();
      if (!stream.destroyed) await read(count);
    };
    return stream;
  }
}

/** Lets so many go on in each turn of the event loop. */
function createTurns(perTurn: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    for (const go of waiting.splice(0, perTurn)) go();
    if (waiting.length > 0) setImmediate(next);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
}

function isInTops(tops: ReadonlySet<string>, path: string): boolean {
  for (const top of tops) if (isWithin(path, top)) return true;
  return false;
}

function leavesOut(
  tops: ReadonlySet<string>,
  ignores: Ignores,
  path: string,
  stats: Stats | undefined,
): boolean {
  if (tops.has(path)) return false;
  if (stats !== undefined && !stats.isDirectory()) return true;
  if (!isInTops(tops, path)) return true;
  return ignores(path, stats?.isDirectory());
}

/** chokidar's keys: tops as given with forward slashes, what it found below them in the platform's own form. Elsewhere both are the same. */
function keysOf(path: string): readonly string[] {
  return [path, path.replaceAll(sep, '/')];
}

function watchedBy(watcher: FSWatcher): readonly string[] {
  return [...watcher._closers.keys()].map((key) => normalize(key));
}

function firstWalk(watcher: FSWatcher, tops: number): { promise: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    const cap = setTimeout(resolve, FIRST_WALK_CAP_MS);
    end = () => {
      clearTimeout(cap);
      resolve();
    };
  });
  // With nothing to watch chokidar never says that it is ready.
  if (tops === 0) end();
  else watcher.once('ready', end);
  return { promise, end };
}

function listen(
  watcher: FSWatcher,
  options: TreeOptions,
  inodes: Inodes,
  isOurs: (dir: string) => boolean,
): void {
  watcher.on('raw', (kind, name, details) => {
    const dir = watchedPathOf(details);
    if (dir === null || !isOurs(dir)) return;
    options.onEvent(kind === 'rename' ? 'rename' : 'change', dir, typeof name === 'string' ? name : null);
  });
  watcher.on('addDir', (path, stats) => {
    const dir = normalize(path);
    if (stats !== undefined) inodes.add(dir, stats);
    options.onDirectory('added', dir);
  });
  watcher.on('unlinkDir', (path) => {
    const dir = normalize(path);
    inodes.remove(dir);
    options.onDirectory('removed', dir);
  });
  watcher.on('error', options.onError);
}

function watchedPathOf(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  return typeof details.watchedPath === 'string' ? join(details.watchedPath) : null;
}

interface Inodes {
  add(dir: string, stats: Stats): void;
  remove(dir: string): void;
  identity(dir: string): string | undefined;
  names(dir: string): ReadonlySet<string>;
  paths(): readonly string[];
}

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Which directory was found at which path, and under which names each one has been watched.
 * @internal
 */
export function createInodes(): Inodes {
  const identities = new Map<string, string>();
  const holders = new Map<string, { paths: Set<string>; names: Set<string> }>();
  const remove = (dir: string): void => {
    const identity = identities.get(dir);
    if (identity === undefined) return;
    identities.delete(dir);
    const holder = holders.get(identity);
    holder?.paths.delete(dir);
    if (holder?.paths.size === 0) holders.delete(identity);
  };
  return {
    add: (dir, stats) => {
      remove(dir);
      const identity = identityOf(stats);
      identities.set(dir, identity);
      const holder = holders.get(identity) ?? { paths: new Set(), names: new Set() };
      holder.paths.add(dir);
      holder.names.add(basename(dir));
      holders.set(identity, holder);
    },
    remove,
    identity: (dir) => identities.get(dir),
    names: (dir) => holders.get(identities.get(dir) ?? '')?.names ?? NO_NAMES,
    paths: () => [...identities.keys()],
  };
}
