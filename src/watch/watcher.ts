/**
 * Notices changes on disk. An event means *look again there*, never *this changed*; what no event tells is found by the
 * caller's sweep. This file is the life of the whole: start, self-test, restart, polling, roots that go and come.
 *
 * What was found out about lost hints (Linux, Node 20, chokidar 5.0.0; `npx vitest run test/watch/watcher` repeats it):
 * - a directory deleted and made again in one burst, and three other ways to go deaf: repair.ts;
 * - a functions root that is made again: no event at all. Its parent is watched by name. While one is missing with its parent,
 *   it is looked at every 2 s; one that was replaced together with its parent is found by the caller's sweep (`look`);
 * - the system's queue running over (16,384 events by default) makes no event and no error: after 1,000 events in a second
 *   everything is examined and every place gets a hint;
 * - inode numbers are reused at once and birth times tick in 1-4 ms (`stat -c '%i %W'` in a loop of rmdir and mkdir), so a
 *   rescan that compares inodes misses what was replaced within a tick; the watch's own last event does not;
 * - edits by other machines on network drives, and by the host on container mounts, make no event although the
 *   self-test's own write does: there polling is on as well.
 */

import { createEntryWatch } from './entries.js';
import { checkRemote, createLife, type Life, start } from './life.js';
import type { Watcher, WatcherOptions } from './model.js';

export type { PollingCause, WatchedPlaces, Watcher, WatcherOptions, WatchProblem } from './model.js';

/** Starts at once. Never throws and never rejects: what goes wrong is told through `onProblem`. */
export function createWatcher(options: WatcherOptions): Watcher {
  const since = performance.now();
  let looking: NodeJS.Timeout | null = null;
  const life = createLife(options, () => setImmediate(lookWhileBlind));
  let files = options.files ?? [];
  const entries = createEntryWatch({
    onEntry(path) {
      if (files.includes(path)) options.onTouched(path);
      life.places.look();
    },
    onLost: () => setImmediate(look),
  });
  const watchEntries = (): void => {
    entries.update([...life.places.all().map((place) => place.given), ...files]);
    lookWhileBlind();
  };
  const look = (): void => {
    if (life.closed) return;
    entries.look();
    life.places.look();
    lookWhileBlind();
  };
  /** No timer while events can tell of everything: an idle program is not to be woken. */
  function lookWhileBlind(): void {
    const blind = entries.isBlind() || life.places.all().some(({ real }) => real === null);
    if (looking !== null && (!blind || life.closed)) {
      clearInterval(looking);
      looking = null;
    }
    if (looking === null && blind && !life.closed) looking = setInterval(look, life.waits.lookEveryMs);
  }
  watchEntries();
  const ready = start(life).then(() => ({ directories: directories(life), ms: performance.now() - since }));
  return {
    ready,
    mode: () => (life.session !== null && life.alive && !life.remote ? 'native' : 'polling'),
    directories: () => directories(life),
    look,
    recheck: () => void life.session?.recheck(),
    update: (next) => {
      if (life.closed) return;
      files = next.files ?? [];
      life.places.update(next);
      watchEntries();
      void life.session?.recheck();
      void checkRemote(life);
    },
    close: async () => {
      life.closed = true;
      lookWhileBlind();
      entries.close();
      await close(life, ready);
    },
  };
}

function directories(life: Life): number {
  return life.session?.directories() ?? 0;
}

async function close(life: Life, ready: Promise<unknown>): Promise<void> {
  for (const timer of life.timers) clearTimeout(timer);
  life.probe.close();
  await life.session?.close();
  await ready;
}
