/**
 * Finds directories that exist and are not watched, and has them watched: no directory stays deaf.
 *
 * Every suspicion (a `rename` in a directory, one about itself, a directory that appeared or went) is examined 20 ms
 * later: is the directory there, is it the one that was found, is it watched, and is each of its subdirectories? What
 * is not is forgotten with all below it and added again, and once it is watched a hint follows, since what
 * happened in between made no event. chokidar needs this in four ways, each seen on Linux with its version 5.0.0:
 * - deleted and made again between two of its reads: it sees no difference and keeps the watch of the dead inode;
 * - a subdirectory made between its read of a directory and its `fs.watch` on it: not seen at all;
 * - `fs.watch` that meets ENOENT because the directory is being replaced: no watch, no error, and never tried again;
 * - a second removal within 100 ms of a first is skipped by its throttle.
 *
 * Measured with test/watch/traps.test.ts (`npx vitest run test/watch/traps.test.ts`): 60 rounds of `rm -rf` +
 * `mkdir` + write of a nested directory in one burst, then an edit in it: 0 deaf. With `examine` switched off the same test
 * finds deaf directories within its first rounds.
 */

import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ignores } from './model.js';
import { identityOf, look } from './paths.js';
import type { Tree } from './tree.js';

export interface RepairOptions {
  readonly tree: Tree;
  readonly ignores: Ignores;
  /** This directory is watched from now on; what happened in it before made no event. */
  readonly onHealed: (dir: string) => void;
  /** It cannot be watched; told once until it can. */
  readonly onDeaf: (dir: string) => void;
}

export interface Repair {
  /** `lost`: its watch is dead for certain. `announce`: it is being watched just now; give a hint once it is. */
  suspect(dir: string, why?: { readonly lost?: boolean; readonly announce?: boolean }): void;
  /** It was given up as deaf: anything that happens to it is reason to try again. */
  isDeaf(dir: string): boolean;
  /** Examine every watched directory, and again what that turns up, until nothing is left. */
  all(): Promise<void>;
  close(): void;
}

interface Suspicion {
  lost: boolean;
  announce: boolean;
  /** How often it was examined while its watch was not up yet. */
  waited: number;
}

/** Long enough to take a burst in one go, short against the smallest quiet time that makes sense (75 ms). */
const GATHER_MS = 20;
/** chokidar's read and watch of one directory takes about a millisecond; a busy disk gets half a second. */
const ROUNDS_PER_TRY = 25;
const TRIES = 3;
/** Thread time in one go, so that the system's own queue of events is emptied in between. */
const SLICE_MS = 5;

export function createRepair(options: RepairOptions): Repair {
  const queue = new Map<string, Suspicion>();
  const deaf = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let closed = false;

  const put = (dir: string, suspicion: Suspicion): void => {
    const known = queue.get(dir);
    queue.set(dir, known === undefined ? suspicion : merge(known, suspicion));
    schedule();
  };
  const schedule = (): void => {
    if (closed || timer !== null || running !== null) return;
    timer = setTimeout(() => {
      timer = null;
      void round();
    }, GATHER_MS);
  };
  const round = (): Promise<void> => {
    const batch = [...queue];
    queue.clear();
    running = inSlices(batch, ([dir, suspicion]) => {
      if (!closed) examine({ ...options, deaf, put }, dir, suspicion);
    }).then(() => {
      running = null;
      if (queue.size > 0) schedule();
    });
    return running;
  };
  return {
    suspect: (dir, why) => {
      const announce = why?.announce === true;
      put(dir, { lost: why?.lost === true, announce, waited: announce ? 1 : 0 });
    },
    isDeaf: (dir) => deaf.has(dir),
    all: async () => {
      for (const dir of [...options.tree.watched(), ...deaf])
        put(dir, { lost: false, announce: false, waited: 0 });
      while (!closed && (queue.size > 0 || running !== null)) await (running ?? pause(() => round()));
    },
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      queue.clear();
    },
  };

  async function pause(then: () => Promise<void>): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    // A first round goes at once; one that waits for a watch to come up leaves chokidar the time for it.
    if ([...queue.values()].some((suspicion) => suspicion.waited > 0)) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
    if (!closed && running === null) await then();
  }
}

function merge(known: Suspicion, more: Suspicion): Suspicion {
  return {
    lost: known.lost || more.lost,
    announce: known.announce || more.announce,
    waited: Math.max(known.waited, more.waited),
  };
}

async function inSlices<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    each(item);
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
}

interface Examination extends RepairOptions {
  readonly deaf: Set<string>;
  readonly put: (dir: string, suspicion: Suspicion) => void;
}

function examine(examination: Examination, dir: string, suspicion: Suspicion): void {
  const { tree, deaf, put } = examination;
  const stats = look(dir);
  if (stats === null || !stats.isDirectory() || isLeftOut(examination, dir)) {
    deaf.delete(dir);
    tree.forget(dir);
    return;
  }
  const known = tree.identity(dir);
  if (suspicion.lost || (known !== undefined && known !== identityOf(stats))) {
    tree.forget(dir);
    tree.add(dir);
    put(dir, { lost: false, announce: true, waited: 1 });
    return;
  }
  if (!tree.watches(dir)) {
    awaitWatch(examination, dir, suspicion);
    return;
  }
  const wasDeaf = deaf.delete(dir);
  for (const child of subdirectories(examination, dir)) {
    if (deaf.has(child) || isCurrent(tree, child)) continue;
    put(child, { lost: false, announce: true, waited: 0 });
  }
  if (suspicion.announce || wasDeaf) examination.onHealed(dir);
}

function isLeftOut(options: RepairOptions, dir: string): boolean {
  if (options.tree.isTop(dir)) return false;
  return !options.tree.holds(dir) || options.ignores(dir, true);
}

function isCurrent(tree: Tree, dir: string): boolean {
  const stats = look(dir);
  return stats === null || (tree.watches(dir) && tree.identity(dir) === identityOf(stats));
}

/** chokidar is at it, or never will be: ask it again now and then, and say so when that does not help. */
function awaitWatch(examination: Examination, dir: string, suspicion: Suspicion): void {
  const { tree, deaf, put } = examination;
  const waited = suspicion.waited + 1;
  if (waited > ROUNDS_PER_TRY * TRIES) {
    if (!deaf.has(dir)) examination.onDeaf(dir);
    deaf.add(dir);
    return;
  }
  if (suspicion.waited % ROUNDS_PER_TRY === 0) {
    tree.forget(dir);
    tree.add(dir);
  }
  put(dir, { lost: false, announce: true, waited });
}

function subdirectories(options: RepairOptions, dir: string): readonly string[] {
  return entries(dir)
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, entry.name))
    .filter((child) => !isLeftOut(options, child));
}

function entries(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    // Gone or closed to us since it was looked at: its parent's event, or the sweep, comes back to it.
    return [];
  }
}
