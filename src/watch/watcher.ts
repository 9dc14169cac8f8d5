/**
 * Notices changes on disk. An event means *rescan there*, never *this changed*; changes that make no event are found by
 * the caller's sweep. This file is the life of the whole: start, self-test, failure, back-off, restart, polling, roots that
 * go and come.
 *
 * The facts that were found out about lost hints (Linux, Node 20, chokidar 5.0.0; `npx vitest run test/watch/watcher` repeats it):
 * - a directory deleted and made again in one burst, and three other ways to go deaf: repair.ts;
 * - a functions root that is made again: no event at all. Its parent is watched by name. While one is missing with its parent,
 *   it is looked at every 2 s; one that was replaced together with its parent is found by the caller's sweep (`look`);
 * - the system's queue running over (16,384 events by default) makes no event and no error: after 1,000 events in a second
 *   everything is examined and every place gets a hint;
 * - inode numbers are reused at once and birth times tick in 1-4 ms (`stat -c '%i %W'` in a loop of rmdir and mkdir), so a
 *   rescan that compares inodes misses a directory that was replaced within a tick; the watch's own last event does not;
 * - edits by other machines on network drives, and by the host on container mounts, make no event although the
 *   self-test's own write does: there polling is on as well.
 */

import { messageOf } from '../system/errno.js';
import { EntryWatch } from './entries.js';
import { FolderSession } from './folder-session.js';
import { explainLimit } from './limits.js';
import type { PollingCause, WatchedPlaces, Watcher, WatcherOptions, WatcherWaits } from './model.js';
import { createPlaces, type Place, type Places } from './places.js';
import { createProbe, type Probe, remoteFolder } from './probe.js';
import { RecursiveSession } from './recursive-session.js';
import { hint, hintEverything, type Session, type SessionOptions } from './session.js';

export type { Watcher, WatcherOptions, WatchProblem } from './model.js';

const WAITS: WatcherWaits = {
  selfTestEveryMs: 300_000,
  selfTestMs: 2_000,
  lookEveryMs: 2_000,
  restartMs: 1_000,
  restartCapMs: 60_000,
  limitRetryMs: 30_000,
};
/** ENOSPC is retried after 1, 2, 4, 8, then every 10 times `limitRetryMs`: each try walks all folders. */
const LIMIT_RETRY_GROWTH = 10;

/** Begins one life of the native watcher: for tests of what follows when it fails. */
export type OpenSession = (options: SessionOptions) => Session;

/** Starts at once. Never throws and never rejects: what goes wrong is reported through `onProblem`. */
export function createWatcher(
  options: WatcherOptions,
  open = usualSession(options.recursive),
  findRemote = remoteFolder,
): Watcher {
  return new FolderWatcher(options, open, findRemote);
}

class FolderWatcher implements Watcher {
  readonly ready: Watcher['ready'];
  readonly #options: WatcherOptions;
  readonly #openSession: OpenSession;
  readonly #findRemote: typeof remoteFolder;
  readonly #waits: WatcherWaits;
  readonly #places: Places;
  readonly #entries: EntryWatch;
  readonly #probe: Probe;
  readonly #timers = new Set<NodeJS.Timeout>();
  #files: readonly string[];
  #session: Session | null = null;
  /** Native events were seen to come. */
  #isAlive = false;
  /** That they do not come was reported. */
  #toldSilent = false;
  #isRemote = false;
  /** Failures since the last time all was well, and the last one, until the restart is reported. */
  #failures = 0;
  #failure = '';
  /** Looks while events cannot report everything. */
  #blindTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: WatcherOptions, openSession: OpenSession, findRemote: typeof remoteFolder) {
    const since = performance.now();
    this.#options = options;
    this.#openSession = openSession;
    this.#findRemote = findRemote;
    this.#waits = { ...WAITS, ...options.waits };
    this.#files = options.files ?? [];
    this.#probe = options.probe ?? createProbe(options.stateDir);
    this.#places = createPlaces(options, (place, before) => this.#placeMoved(place, before));
    this.#entries = new EntryWatch({
      onEntry: (path) => this.#entryTouched(path),
      onLost: () => setImmediate(() => this.look()),
    });
    this.#watchEntries();
    this.ready = this.#start().then(() => ({
      directories: this.directories(),
      ms: performance.now() - since,
    }));
  }

  mode(): 'native' | 'polling' {
    return this.#session !== null && this.#isAlive && !this.#isRemote ? 'native' : 'polling';
  }

  directories(): number {
    return this.#session?.directories() ?? 0;
  }

  look(): void {
    if (this.#closed) return;
    this.#entries.look();
    this.#places.look();
    this.#lookWhileBlind();
  }

  recheck(): void {
    void this.#session?.recheck();
  }

  update(next: WatchedPlaces): void {
    if (this.#closed) return;
    this.#files = next.files ?? [];
    this.#places.update(next);
    this.#watchEntries();
    this.recheck();
    void this.#checkRemote();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lookWhileBlind();
    this.#entries.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#probe.close();
    await this.#session?.close();
    await this.ready;
  }

  // ---------------------------------------------------------------- the named folders and files themselves

  #watchEntries(): void {
    this.#entries.update([...this.#places.all().map((place) => place.given), ...this.#files]);
    this.#lookWhileBlind();
  }

  #entryTouched(path: string): void {
    if (this.#files.includes(path)) this.#options.onTouched(path);
    this.#places.look();
  }

  /** A place is another folder now, or none. */
  #placeMoved(place: Place, before: string | null): void {
    setImmediate(() => this.#lookWhileBlind());
    this.#session?.moved(place, before);
    hint(this.#options, place);
  }

  /** No timer while events can report everything: an idle program is not to be woken. */
  #lookWhileBlind(): void {
    const isBlind =
      !this.#closed && (this.#entries.isBlind() || this.#places.all().some(({ real }) => real === null));
    if (isBlind) {
      this.#blindTimer ??= setInterval(() => this.look(), this.#waits.lookEveryMs);
    } else {
      clearInterval(this.#blindTimer);
      this.#blindTimer = undefined;
    }
  }

  // ---------------------------------------------------------------- native events, as long as they come

  /** Resolves when all is watched and tested, or polling took over. */
  async #start(): Promise<void> {
    if (this.#options.polling === true) return;
    await this.#open();
    await this.#checkRemote();
  }

  /** One try to watch natively. Ends when all is watched and tested, or when it failed and the next try is planned. */
  async #open(): Promise<void> {
    if (this.#closed) return;
    const { ignores, onTouched, onRootChanged, onProblem } = this.#options;
    const session: Session = this.#openSession({
      places: this.#places,
      probe: this.#probe,
      ...{ ignores, onTouched, onRootChanged },
      onDeaf: (dir) => onProblem({ kind: 'deaf', dir }),
      onError: (error) => void this.#fail(session, error),
    });
    this.#session = session;
    if (session.forcedPolling) {
      await this.#drop(session);
      this.#reportPolling({ cause: 'forced' });
      return;
    }
    await session.ready;
    // An error on the way has closed this session and planned the next one.
    if (!this.#isCurrent(session)) return;
    await this.#selfTest(session);
    this.#testLater(session);
  }

  #isCurrent(session: Session): boolean {
    return this.#session === session && !this.#closed;
  }

  async #drop(session: Session): Promise<void> {
    if (this.#session === session) this.#session = null;
    // Nothing is known of the next one until its self-test.
    this.#isAlive = false;
    await session.close();
  }

  async #selfTest(session: Session): Promise<void> {
    const isAlive = await this.#probe.test(this.#waits.selfTestMs);
    if (!this.#isCurrent(session)) return;
    this.#isAlive = isAlive;
    if (!isAlive) {
      this.#noteFailure('self-test');
      if (!this.#toldSilent) this.#reportPolling({ cause: 'no-events', waitedMs: this.#waits.selfTestMs });
      this.#toldSilent = true;
      return;
    }
    this.#toldSilent = false;
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#options.onProblem({ kind: 'restarted', detail: this.#failure });
    hintEverything({ ...this.#options, places: this.#places });
  }

  #testLater(session: Session): void {
    this.#after(this.#waits.selfTestEveryMs, () => this.#testAgain(session));
  }

  /** A watcher that has gone silent is replaced at once; if the new one is no better, `#selfTest` says so. */
  async #testAgain(session: Session): Promise<void> {
    if (!this.#isCurrent(session)) return;
    const isAlive = await this.#probe.test(this.#waits.selfTestMs);
    if (!this.#isCurrent(session)) return;
    if (isAlive && this.#isAlive) {
      await session.recheck();
      this.#testLater(session);
      return;
    }
    if (!isAlive) this.#noteFailure('self-test');
    await this.#drop(session);
    await this.#open();
  }

  async #fail(session: Session, error: unknown): Promise<void> {
    if (!this.#isCurrent(session)) return;
    this.#noteFailure(messageOf(error));
    await this.#drop(session);
    const code = limitCode(error);
    const growth = 2 ** (this.#failures - 1);
    const wait =
      code === null
        ? Math.min(this.#waits.restartMs * growth, this.#waits.restartCapMs)
        : this.#waits.limitRetryMs * Math.min(growth, LIMIT_RETRY_GROWTH);
    this.#after(wait, () => this.#open());
    // Each retry meets the same limit: it is reported once until watching works again.
    if (code === null || this.#failures > 1) return;
    const problem = await explainLimit(code, this.#places.tops(), this.#options.ignores);
    if (!this.#closed) this.#options.onProblem(problem);
  }

  #noteFailure(failure: string): void {
    this.#failures += 1;
    this.#failure = failure;
  }

  async #checkRemote(): Promise<void> {
    const remote = await this.#findRemote(this.#places.tops());
    if (this.#closed) return;
    if (remote !== null && !this.#isRemote) this.#reportPolling({ cause: 'remote', ...remote });
    this.#isRemote = remote !== null;
  }

  #reportPolling(why: PollingCause): void {
    this.#options.onProblem({ kind: 'polling', why });
  }

  #after(waitMs: number, action: () => Promise<void>): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void action();
    }, waitMs);
    this.#timers.add(timer);
  }
}

function usualSession(recursive = isRecursiveHere(process.platform, process.env)): OpenSession {
  return (options) => (recursive ? new RecursiveSession(options) : new FolderSession(options));
}

/**
 * Windows alone: it keeps folders with handles below them from being renamed. `TCB_WATCH_EVENTS=folders` is for Wine, which
 * does not report of subfolders that were there before.
 */
export function isRecursiveHere(platform: string, environment: NodeJS.ProcessEnv): boolean {
  return platform === 'win32' && environment['TCB_WATCH_EVENTS'] !== 'folders';
}

function limitCode(error: unknown): 'ENOSPC' | 'EMFILE' | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return error.code === 'ENOSPC' || error.code === 'EMFILE' ? error.code : null;
}
