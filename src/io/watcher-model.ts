/** What the watcher is given and what it tells: types only. */

import type { Probe } from './watcher-probe.js';

/**
 * Why events alone are not relied on, so that the caller sweeps at a short interval. `forced`: asked for (also through
 * CHOKIDAR_USEPOLLING). `no-events`: the self-test's write was not noticed. `remote`: the folder lies on a file system
 * whose other users make no events here (network drives, WSL's /mnt, container mounts).
 */
export type PollingCause =
  | { readonly cause: 'forced' }
  | { readonly cause: 'no-events'; readonly waitedMs: number }
  | { readonly cause: 'remote'; readonly dir: string; readonly fileSystem: string };

/** What a person should know about watching. Paths are absolute; unknown numbers are null. */
export type WatchProblem =
  | {
      readonly kind: 'limit';
      readonly code: 'ENOSPC' | 'EMFILE';
      /** The setting to raise: a sysctl's name on Linux, `open files` elsewhere. */
      readonly setting: string;
      readonly limit: number | null;
      /** In use by this user now, as far as /proc shows. */
      readonly current: number | null;
      /** What the setting must be at least for this project. */
      readonly needed: number | null;
    }
  | { readonly kind: 'polling'; readonly why: PollingCause }
  | { readonly kind: 'restarted'; readonly detail: string }
  /** This directory cannot be watched (its permissions, as a rule): only the sweep sees it. */
  | { readonly kind: 'deaf'; readonly dir: string };

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
  /** Between two self-tests. 5 min: issue 5 asks for "now and then". */
  readonly selfTestEveryMs: number;
  /** How long a self-test waits for its own event. */
  readonly selfTestMs: number;
  /** Between two looks at folders that no event can tell about (a root made again while its parent was gone). */
  readonly lookEveryMs: number;
  /** First wait before a restart; doubles up to `restartCapMs`. */
  readonly restartMs: number;
  readonly restartCapMs: number;
  /** First wait before native events are tried again after ENOSPC or EMFILE; doubles up to ten times. */
  readonly limitRetryMs: number;
}

export interface WatcherOptions extends WatchedPlaces {
  readonly ignores: Ignores;
  /** Something changed at or below this absolute path: look again there. A hint, often more than one for a change. */
  readonly onTouched: (path: string) => void;
  /** The direct children of this functions root may have changed, or it vanished or came back. */
  readonly onRootChanged: (root: string) => void;
  readonly onProblem: (problem: WatchProblem) => void;
  /** A folder of our own (`.tcb-watch`) for the self-test's file. It is made when it is missing. */
  readonly stateDir: string;
  /** Never watch natively; the caller's sweep does it all. */
  readonly polling?: boolean;
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
  /** A rescan found another inode at this directory: watch it and all below anew. */
  rewatch(dir: string): void;
  /** Look for directories that are not watched and heal them; also when ignore rules have changed. */
  recheck(): void;
  update(places: WatchedPlaces): void;
  /** Nothing is told after this; nothing is left behind. */
  close(): Promise<void>;
}
