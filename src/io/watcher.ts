/**
 * Notices changes on disk. An event means *look again there*, never *this changed*; what no event tells is found by the
 * caller's sweep. This file is the life of the whole: start, self-test, restart, polling, roots that go and come.
 *
 * What was found out about lost hints (Linux, Node 20, chokidar 5.0.0; `npx vitest run test/io/watcher` repeats it):
 * - a directory deleted and made again in one burst, and three other ways to go deaf: watcher-repair.ts;
 * - a functions root that is made again: no event at all. Its parent is watched by name, and every 2 s it is looked at;
 * - the system's queue running over (16,384 events by default) makes no event and no error: after 1,000 events in a second
 *   everything is examined and every place gets a hint;
 * - inode numbers are reused at once and birth times tick in 1-4 ms (`stat -c '%i %W'` in a loop of rmdir and mkdir), so a
 *   rescan that compares inodes misses what was replaced within a tick; the watch's own last event does not;
 * - edits by other machines on network drives, and by the host on container mounts, make no event although the
 *   self-test's own write does: there polling is on as well.
 */

import { createEntryWatch, type EntryWatch } from './watcher-entries.js';
import { checkRemote, createLife, every, type Life, start } from './watcher-life.js';
import type { Watcher, WatcherOptions } from './watcher-model.js';
import { realPath } from './watcher-paths.js';

export type { PollingCause, WatchedPlaces, Watcher, WatcherOptions, WatchProblem } from './watcher-model.js';

/** Starts at once. Never throws and never rejects: what goes wrong is told through `onProblem`. */
export function createWatcher(options: WatcherOptions): Watcher {
  const since = performance.now();
  const life = createLife(options);
  let files = options.files ?? [];
  const entries = createEntryWatch((path) => {
    if (files.includes(path)) options.onTouched(path);
    life.places.look();
  });
  const watchEntries = (): void => {
    entries.update([...life.places.all().map((place) => place.given), ...files]);
  };
  watchEntries();
  every(life, life.waits.lookEveryMs, () => {
    entries.look();
    life.places.look();
  });
  const ready = start(life).then(() => ({ directories: directories(life), ms: performance.now() - since }));
  return {
    ready,
    mode: () => (life.session !== null && life.alive && !life.remote ? 'native' : 'polling'),
    directories: () => directories(life),
    rewatch: (dir) => life.session?.rewatch(realPath(dir)),
    recheck: () => void life.session?.recheck(),
    update: (next) => {
      if (life.closed) return;
      files = next.files ?? [];
      life.places.update(next);
      watchEntries();
      void life.session?.recheck();
      void checkRemote(life);
    },
    close: () => close(life, entries, ready),
  };
}

function directories(life: Life): number {
  return life.session?.directories() ?? 0;
}

async function close(life: Life, entries: EntryWatch, ready: Promise<unknown>): Promise<void> {
  life.closed = true;
  for (const timer of life.timers) clearTimeout(timer);
  entries.close();
  life.probe.close();
  await life.session?.close();
  await ready;
}
