/** The problems of watching, as data: `watch/` finds them, `text/words/` has the words. */

import type { FunctionName } from './nouns.js';

/**
 * Why events alone are not relied on, so that the caller sweeps at a short interval. `forced`: asked for (also through
 * CHOKIDAR_USEPOLLING). `no-events`: the self-test's write was not noticed. `remote`: the folder lies on a file system
 * whose other users make no events here (network drives, WSL's /mnt, container mounts).
 */
export type PollingCause =
  | { readonly cause: 'forced' }
  | { readonly cause: 'no-events'; readonly waitedMs: number }
  | { readonly cause: 'remote'; readonly dir: string; readonly fileSystem: string };

/** The things that a person should know about watching. Paths are absolute; unknown numbers are null. */
export type WatchProblem =
  | {
      readonly kind: 'limit';
      readonly code: 'ENOSPC' | 'EMFILE';
      /** The setting to raise: a sysctl's name on Linux, `open files` elsewhere. */
      readonly setting: string;
      readonly limit: number | null;
      /** In use by this user now, as far as /proc shows. */
      readonly current: number | null;
      /** The least that the setting must be for this project. */
      readonly needed: number | null;
    }
  | { readonly kind: 'polling'; readonly why: PollingCause }
  | { readonly kind: 'restarted'; readonly detail: string }
  /** A sweep found changes of these functions that no event had reported; `total`: since the start. */
  | { readonly kind: 'missed'; readonly functions: readonly FunctionName[]; readonly total: number }
  /** This file of a function changes all the time: the function is sent at most every ten seconds. `file` is absolute. */
  | { readonly kind: 'restless'; readonly function: FunctionName; readonly file: string }
  /** This directory cannot be watched (its permissions, as a rule): only the sweep sees it. */
  | { readonly kind: 'deaf'; readonly dir: string };
