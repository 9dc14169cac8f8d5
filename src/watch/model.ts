/** The watcher's options and reports: types only. */

import type { WatchProblem } from '../model/watch-problem.js';
import type { Probe } from './probe.js';

export type { PollingCause, WatchProblem } from '../model/watch-problem.js';

/** Whether a path is left out. `isDirectory` undefined: not known. Must be pure and quick: it is asked per event. */
export type Ignores = (path: string, isDirectory: boolean | undefined) => boolean;

/** Folders and single files to watch, absolute. */
export interface WatchedPlaces {
  /** Functions roots: their direct children come and go. */
  readonly roots: readonly string[];
  /** Folders elsewhere, with all below them: configured `dir`s, shared folders, the real folders behind links. */
  readonly extra: readonly string[];
  /** Single files elsewhere (what a linked file points to, an ignore file); they may not exist yet. */
  readonly files?: readonly string[];
}

/** Waits in milliseconds; only tests change them. */
export interface WatcherWaits {
  /** Between two self-tests. 5 min: often enough to notice a dead watcher, seldom enough to cost nothing. */
  readonly selfTestEveryMs: number;
  /** How long a self-test waits for its own event. */
  readonly selfTestMs: number;
  /** Between two looks at folders of which no event comes (a root made again while its parent was gone), while there are any. */
  readonly lookEveryMs: number;
  /** First wait before a restart; doubles up to `restartCapMs`. */
  readonly restartMs: number;
  readonly restartCapMs: number;
  /** First wait before native events are retried after ENOSPC or EMFILE; doubles up to ten times. */
  readonly limitRetryMs: number;
}

export interface WatcherOptions extends WatchedPlaces {
  readonly ignores: Ignores;
  /** Something changed at or below this absolute path: it needs a rescan. A hint, often more than one for a change. */
  readonly onTouched: (path: string) => void;
  /** The direct children of this functions root may have changed, or it vanished or came back. */
  readonly onRootChanged: (root: string) => void;
  readonly onProblem: (problem: WatchProblem) => void;
  /** A folder of our own (`.tcb-watch`) for the self-test's file. It is made when it is missing. */
  readonly stateDir: string;
  /** Never watch natively; the caller's sweep does it all. */
  readonly polling?: boolean;
  /** One handle for each place and none below it; by default where the system wants that. */
  readonly recursive?: boolean;
  /** Only for tests: a self-test whose events can be withheld. */
  readonly probe?: Probe;
  readonly waits?: Partial<WatcherWaits>;
}

export interface Watcher {
  /** Resolves when every directory is watched, or when polling took over. `ms`: how long that took. */
  readonly ready: Promise<{ directories: number; ms: number }>;
  /** `polling`: the caller must sweep at a short interval; native events may still come as a bonus. */
  mode(): 'native' | 'polling';
  /** Directories watched now. */
  directories(): number;
  /** Look now at the folders that were named: whether they are there, and the same ones. */
  look(): void;
  /** Look for directories that are not watched and heal them; also when ignore rules have changed. */
  recheck(): void;
  update(places: WatchedPlaces): void;
  /** Nothing is reported after this; nothing is left behind. */
  close(): Promise<void>;
}
