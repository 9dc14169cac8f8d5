/** One life of the native watcher: a tree, its repair, and the mapping of what they tell to hints in the caller's terms. */

import { dirname, join } from 'node:path';
import type { Ignores } from './model.js';
import type { Place, Places } from './places.js';
import type { Probe } from './probe.js';
import { createRepair, type Repair } from './repair.js';
import { createTree, type Tree } from './tree.js';

export interface SessionOptions {
  readonly places: Places;
  readonly probe: Probe;
  /** In the caller's terms. */
  readonly ignores: Ignores;
  readonly onTouched: (path: string) => void;
  readonly onRootChanged: (root: string) => void;
  readonly onDeaf: (dir: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface Session {
  readonly forcedPolling: boolean;
  /** Resolves when every directory is watched and each was examined once, or on close. */
  readonly ready: Promise<void>;
  directories(): number;
  /** A place went, came or was replaced. */
  moved(place: Place, before: string | null): void;
  recheck(): Promise<void>;
  close(): Promise<void>;
}

/**
 * So many events within a second are a burst, in which the system's queue may have run over without a word (libuv drops
 * IN_Q_OVERFLOW; 16,384 events by default): afterwards everything is examined and every place gets a hint.
 */
const BURST_EVENTS = 1_000;
const BURST_WINDOW_MS = 1_000;

export function openSession(options: SessionOptions): Session {
  const { places, probe } = options;
  const ignores: Ignores = (path, isDirectory) => options.ignores(places.toGiven(path), isDirectory);
  const parts = assemble(options, ignores);
  const { tree, repair, burst } = parts;
  const ready = tree.ready.then(() => {
    parts.isUp = true;
    return repair.all();
  });
  return {
    forcedPolling: tree.forcedPolling,
    ready,
    directories: () => tree.watched().filter((dir) => dir !== probe.dir).length,
    moved: (place, before) => movePlace(tree, repair, place, before),
    recheck: () => repair.all(),
    close: () => {
      burst.close();
      repair.close();
      return tree.close();
    },
  };
}

interface Parts {
  readonly tree: Tree;
  readonly repair: Repair;
  readonly burst: Burst;
  /** The first walk is over: from here on a new directory is news. */
  isUp: boolean;
}

function assemble(options: SessionOptions, ignores: Ignores): Parts {
  const { places, probe } = options;
  const tree = createTree({
    tops: probe.dir === null ? places.tops() : [...places.tops(), probe.dir],
    ignores,
    onEvent: (kind, dir, name) => {
      if (dir === probe.dir) probe.seen();
      else tellEvent(options, ignores, parts, { kind, dir, name });
    },
    onDirectory: (kind, dir) => {
      if (!parts.isUp || dir === probe.dir) return;
      repair.suspect(kind === 'added' ? dir : dirname(dir), { announce: kind === 'added' });
      tellDirectory(options, dir);
    },
    onError: options.onError,
  });
  const repair = createRepair({
    tree,
    ignores,
    onHealed: (dir) => tellDirectory(options, dir),
    onDeaf: (dir) => options.onDeaf(places.toGiven(dir)),
  });
  const burst = createBurst(() => {
    void repair.all().then(() => tellEverything(options));
  });
  const parts: Parts = { tree, repair, burst, isUp: false };
  return parts;
}

/** A hint for every place: for after a time in which events may have been lost. */
export function tellEverything(
  options: Pick<SessionOptions, 'places' | 'onTouched' | 'onRootChanged'>,
): void {
  for (const place of options.places.all()) {
    if (place.kind === 'root') options.onRootChanged(place.given);
    options.onTouched(place.given);
  }
}

interface RawEvent {
  readonly kind: 'rename' | 'change';
  readonly dir: string;
  readonly name: string | null;
}

function tellEvent(options: SessionOptions, ignores: Ignores, parts: Parts, event: RawEvent): void {
  const { places } = options;
  const { kind, dir, name } = event;
  parts.burst.count();
  // A child may bear its directory's name: then both are meant, and one hint too many costs a rescan.
  const isOwn = name === null || parts.tree.isOwnName(dir, name);
  if (kind === 'rename' || name === null) suspect(options, parts, event, isOwn);
  if (isOwn) options.onTouched(places.toGiven(dir));
  if (name === null) return;
  const path = join(dir, name);
  // Permission regained is a `change` of the directory, told by its parent alone.
  if (parts.repair.isDeaf(path)) parts.repair.suspect(path);
  if (!ignores(path, undefined)) options.onTouched(places.toGiven(path));
}

function suspect(options: SessionOptions, parts: Parts, event: RawEvent, isOwn: boolean): void {
  const { places } = options;
  const lost = isOwn && event.name !== null;
  // During the first walk most subdirectories are not watched yet; all are examined at its end.
  if (parts.isUp || lost) parts.repair.suspect(event.dir, { lost });
  const place = places.at(event.dir);
  if (place?.kind === 'root') options.onRootChanged(place.given);
  if (isOwn) places.look();
}

function tellDirectory(options: SessionOptions, dir: string): void {
  const { places } = options;
  const root = [places.at(dir), places.at(dirname(dir))].find((place) => place?.kind === 'root');
  if (root !== undefined) options.onRootChanged(root.given);
  options.onTouched(places.toGiven(dir));
}

function movePlace(tree: Tree, repair: Repair, place: Place, before: string | null): void {
  if (before !== null) tree.removeTop(before);
  if (place.real === null) return;
  tree.addTop(place.real);
  repair.suspect(place.real, { announce: true });
}

interface Burst {
  count(): void;
  close(): void;
}

function createBurst(onBurst: () => void): Burst {
  let events = 0;
  let timer: NodeJS.Timeout | null = null;
  const end = (): void => {
    timer = null;
    const wasBurst = events >= BURST_EVENTS;
    events = 0;
    if (wasBurst) onBurst();
  };
  return {
    count: () => {
      events += 1;
      timer ??= setTimeout(end, BURST_WINDOW_MS);
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
