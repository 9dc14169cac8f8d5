/** Watches with a handle on every folder: a tree, its repair, and the mapping of their events to hints in the caller's terms. */

import { dirname, join } from 'node:path';
import type { WatcherOptions } from './model.js';
import type { Place } from './places.js';
import { Repair } from './repair.js';
import { hintEverything, type Session, type SessionOptions, watchedFolders } from './session.js';
import { createTree, type Tree } from './tree.js';

type EventKind = 'rename' | 'change';

/**
 * So many events within a second are a burst, in which the system's queue may have run over without a word (libuv drops
 * IN_Q_OVERFLOW; 16,384 events by default): afterwards everything is examined and every place gets a hint.
 */
const BURST_EVENTS = 1_000;
const BURST_WINDOW_MS = 1_000;

export class FolderSession implements Session {
  readonly ready: Promise<void>;
  readonly #options: SessionOptions;
  readonly #tree: Tree;
  readonly #repair: Repair;
  /** The first walk is over: from here on a new directory is news. */
  #isUp = false;
  #burstEvents = 0;
  #burstTimer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param makeTree replaced in tests, which say what the system says */
  constructor(options: SessionOptions, makeTree = createTree) {
    const { places, probe } = options;
    this.#options = options;
    this.#tree = makeTree({
      tops: watchedFolders(options),
      ignores: this.#ignores,
      onEvent: (kind, dir, name) => {
        if (dir === probe.dir) probe.seen();
        else this.#take(kind, dir, name);
      },
      onDirectory: (kind, dir) => {
        if (this.#isUp && dir !== probe.dir) this.#takeDirectory(kind, dir);
      },
      onError: options.onError,
    });
    this.#repair = new Repair({
      tree: this.#tree,
      ignores: this.#ignores,
      onHealed: (dir) => this.#hintDirectory(dir),
      onDeaf: (dir) => options.onDeaf(places.toGiven(dir)),
    });
    this.ready = this.#tree.ready.then(() => {
      this.#isUp = true;
      return this.#repair.all();
    });
  }

  get forcedPolling(): boolean {
    return this.#tree.forcedPolling;
  }

  directories(): number {
    return this.#tree.watched().filter((dir) => dir !== this.#options.probe.dir).length;
  }

  moved(place: Place, before: string | null): void {
    if (before !== null) this.#tree.removeTop(before);
    if (place.real === null) return;
    this.#tree.addTop(place.real);
    this.#repair.suspect(place.real, { announce: true });
  }

  recheck(): Promise<void> {
    // A folder that the first walk has not come to yet is not deaf: all are examined at its end.
    return this.#isUp ? this.#repair.all() : this.ready;
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#burstTimer !== null) clearTimeout(this.#burstTimer);
    this.#repair.close();
    return this.#tree.close();
  }

  readonly #ignores: WatcherOptions['ignores'] = (path, isDirectory) =>
    this.#options.ignores(this.#options.places.toGiven(path), isDirectory);

  #take(kind: EventKind, dir: string, name: string | null): void {
    const { places, onTouched } = this.#options;
    this.#countForBurst();
    // A child may bear its directory's name: then both are meant, and one hint too many costs a rescan.
    const isOwn = name === null || this.#tree.isOwnName(dir, name);
    if (kind === 'rename' || name === null) this.#suspect(dir, { isOwn, lost: isOwn && name !== null });
    if (isOwn) onTouched(places.toGiven(dir));
    if (name === null) return;
    const path = join(dir, name);
    // Permission regained is a `change` of the directory, which its parent alone reports.
    if (this.#repair.isDeaf(path)) this.#repair.suspect(path);
    if (!this.#ignores(path, undefined)) onTouched(places.toGiven(path));
  }

  #suspect(dir: string, { isOwn, lost }: { readonly isOwn: boolean; readonly lost: boolean }): void {
    const { places, onRootChanged } = this.#options;
    // During the first walk most subdirectories are not watched yet; all are examined at its end.
    if (this.#isUp || lost) this.#repair.suspect(dir, { lost });
    const place = places.at(dir);
    if (place?.kind === 'root') onRootChanged(place.given);
    if (isOwn) places.look();
  }

  #takeDirectory(kind: 'added' | 'removed', dir: string): void {
    this.#repair.suspect(kind === 'added' ? dir : dirname(dir), { announce: kind === 'added' });
    this.#hintDirectory(dir);
  }

  #hintDirectory(dir: string): void {
    const { places, onRootChanged, onTouched } = this.#options;
    const root = [places.at(dir), places.at(dirname(dir))].find((place) => place?.kind === 'root');
    if (root !== undefined) onRootChanged(root.given);
    onTouched(places.toGiven(dir));
  }

  #countForBurst(): void {
    this.#burstEvents += 1;
    this.#burstTimer ??= setTimeout(() => {
      this.#burstTimer = null;
      const wasBurst = this.#burstEvents >= BURST_EVENTS;
      this.#burstEvents = 0;
      if (wasBurst) void this.#examineEverything();
    }, BURST_WINDOW_MS);
  }

  async #examineEverything(): Promise<void> {
    await this.recheck();
    if (!this.#closed) hintEverything(this.#options);
  }
}
