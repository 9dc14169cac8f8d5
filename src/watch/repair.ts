/**
 * Finds directories that exist and are not watched, and has them watched: no directory stays deaf.
 *
 * Every suspicion (a `rename` in a directory, one about itself, a directory that appeared or went) is examined 20 ms
 * later: is the directory there, is it the one that was found, is it watched, and is each of its subdirectories? A directory
 * that fails is forgotten with all below it and added again, and once it is watched a hint follows, since the changes
 * in between made no event. chokidar needs this in four ways, each seen on Linux with its version 5.0.0:
 * - deleted and made again between two of its reads: it sees no difference and keeps the watch of the dead inode;
 * - a subdirectory made between its read of a directory and its `fs.watch` on it: not seen at all;
 * - `fs.watch` that meets ENOENT because the directory is being replaced: no watch, no error, and no second attempt;
 * - a second removal within 100 ms of a first is skipped by its throttle.
 *
 * Measured with test/watch/traps.process.test.ts (`npx vitest run test/watch/traps.process.test.ts`): 60 rounds of `rm -rf` +
 * `mkdir` + write of a nested directory in one burst, then an edit in it: 0 deaf. With `#examine` switched off the same test
 * finds deaf directories within its first rounds.
 */

import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ignores } from './model.js';
import { identityOf, look } from './stat.js';
import type { Tree } from './tree.js';

export interface RepairOptions {
  readonly tree: Pick<Tree, 'tops' | 'watched' | 'watches' | 'identity' | 'holds' | 'add' | 'forget'>;
  readonly ignores: Ignores;
  /** This directory is watched from now on; changes in it before made no event. */
  readonly onHealed: (dir: string) => void;
  /** It cannot be watched; reported once until it can. */
  readonly onDeaf: (dir: string) => void;
  /** ms between a suspicion and its examination; only tests change it. */
  readonly gatherMs?: number;
}

interface Suspicion {
  readonly lost: boolean;
  readonly announce: boolean;
  /** How often it was examined while its watch was not up yet. */
  readonly waited: number;
}

/** Long enough to take a burst in one go, short against the smallest quiet time that makes sense (75 ms). */
const GATHER_MS = 20;
/** chokidar's read and watch of one directory takes about a millisecond; a busy disk gets half a second. */
const ROUNDS_PER_TRY = 25;
const TRIES = 3;
/** Thread time in one go, so that the system's own queue of events is emptied in between. */
const SLICE_MS = 5;

export class Repair {
  readonly #options: RepairOptions;
  readonly #gatherMs: number;
  readonly #queue = new Map<string, Suspicion>();
  /** Given up, until something happens to them. */
  readonly #deaf = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: RepairOptions) {
    this.#options = options;
    this.#gatherMs = options.gatherMs ?? GATHER_MS;
  }

  /** `lost`: its watch is dead for certain. `announce`: it is being watched just now; give a hint once it is. */
  suspect(dir: string, { lost = false, announce = false } = {}): void {
    this.#put(dir, { lost, announce, waited: announce ? 1 : 0 });
  }

  /** It was given up as deaf: anything that happens to it is reason to retry. */
  isDeaf(dir: string): boolean {
    return this.#deaf.has(dir);
  }

  /**
   * Examines every watched directory, and again what that turns up, until nothing is left. The tops are among them whether they are
   * watched or not: nothing above one reports that it came back.
   */
  async all(): Promise<void> {
    const { tree } = this.#options;
    for (const dir of new Set([...tree.tops(), ...tree.watched(), ...this.#deaf])) this.suspect(dir);
    while (!this.#closed && (this.#queue.size > 0 || this.#running !== null)) {
      await (this.#running ?? this.#roundAtOnce());
    }
  }

  close(): void {
    this.#closed = true;
    this.#endTimer();
    this.#queue.clear();
  }

  #put(dir: string, suspicion: Suspicion): void {
    const known = this.#queue.get(dir);
    this.#queue.set(dir, known === undefined ? suspicion : merged(known, suspicion));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== null || this.#running !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#round();
    }, this.#gatherMs);
  }

  #endTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A first round goes at once; one that waits for a watch to come up leaves chokidar the time for it. */
  async #roundAtOnce(): Promise<void> {
    this.#endTimer();
    if ([...this.#queue.values()].some(({ waited }) => waited > 0)) {
      await new Promise((resolve) => setTimeout(resolve, this.#gatherMs));
    }
    if (this.#running === null) await this.#round();
  }

  #round(): Promise<void> {
    const batch = [...this.#queue];
    this.#queue.clear();
    this.#running = this.#examineAll(batch).then(() => {
      this.#running = null;
      if (this.#queue.size > 0) this.#schedule();
    });
    return this.#running;
  }

  async #examineAll(batch: readonly (readonly [string, Suspicion])[]): Promise<void> {
    let since = performance.now();
    for (const [dir, suspicion] of batch) {
      if (this.#closed) return;
      this.#examine(dir, suspicion);
      if (performance.now() - since < SLICE_MS) continue;
      await nextTurn();
      since = performance.now();
    }
  }

  #examine(dir: string, suspicion: Suspicion): void {
    const { tree } = this.#options;
    const stats = look(dir);
    if (stats === null || !stats.isDirectory() || this.#isLeftOut(dir)) {
      this.#deaf.delete(dir);
      tree.forget(dir);
      return;
    }
    const known = tree.identity(dir);
    if (suspicion.lost || (known !== undefined && known !== identityOf(stats))) {
      this.#watchAnew(dir);
      this.#put(dir, { lost: false, announce: true, waited: 1 });
    } else if (!tree.watches(dir)) {
      this.#awaitWatch(dir, suspicion);
    } else {
      this.#examineBelow(dir, suspicion.announce);
    }
  }

  #watchAnew(dir: string): void {
    this.#options.tree.forget(dir);
    this.#options.tree.add(dir);
  }

  /** chokidar is at it, or never will be: ask it again now and then, and report where that does not help. */
  #awaitWatch(dir: string, suspicion: Suspicion): void {
    const waited = suspicion.waited + 1;
    if (waited > ROUNDS_PER_TRY * TRIES) {
      if (!this.#deaf.has(dir)) this.#options.onDeaf(dir);
      this.#deaf.add(dir);
      return;
    }
    if (suspicion.waited % ROUNDS_PER_TRY === 0) this.#watchAnew(dir);
    this.#put(dir, { lost: false, announce: true, waited });
  }

  #examineBelow(dir: string, announce: boolean): void {
    const wasDeaf = this.#deaf.delete(dir);
    for (const entry of entries(dir)) {
      const child = join(dir, entry.name);
      if (!entry.isDirectory() || this.#isLeftOut(child)) continue;
      if (this.#deaf.has(child) || this.#isCurrent(child)) continue;
      this.#put(child, { lost: false, announce: true, waited: 0 });
    }
    if (announce || wasDeaf) this.#options.onHealed(dir);
  }

  #isLeftOut(dir: string): boolean {
    const { tree, ignores } = this.#options;
    return !tree.tops().has(dir) && (!tree.holds(dir) || ignores(dir, true));
  }

  #isCurrent(dir: string): boolean {
    const { tree } = this.#options;
    const stats = look(dir);
    return stats === null || (tree.watches(dir) && tree.identity(dir) === identityOf(stats));
  }
}

function merged(known: Suspicion, more: Suspicion): Suspicion {
  return {
    lost: known.lost || more.lost,
    announce: known.announce || more.announce,
    waited: Math.max(known.waited, more.waited),
  };
}

function entries(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    // Gone or closed to us since it was looked at: its parent's event, or the sweep, comes back to it.
    return [];
  }
}
