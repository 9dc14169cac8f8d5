/** One life of the native watcher. Which one: a handle on every folder, or one for each place where the system can do that. */

import type { WatcherOptions } from './model.js';
import type { Place, Places } from './places.js';
import type { Probe } from './probe.js';

export interface SessionOptions extends Pick<WatcherOptions, 'ignores' | 'onTouched' | 'onRootChanged'> {
  readonly places: Places;
  readonly probe: Probe;
  readonly onDeaf: (dir: string) => void;
  /** The session is no good any more. Never called before the constructor has returned. */
  readonly onError: (error: unknown) => void;
}

export interface Session {
  /** Resolves when all is watched, or on close. */
  readonly ready: Promise<void>;
  /** It was forced to poll from outside, which misses edits in place. */
  readonly forcedPolling: boolean;
  /** Directories that have a handle of their own, without the self-test's. */
  directories(): number;
  /** A place went, came or was replaced. */
  moved(place: Place, before: string | null): void;
  /** Looks for what is not watched and watches it. */
  recheck(): Promise<void>;
  close(): Promise<void>;
}

type Hints = Pick<SessionOptions, 'onTouched' | 'onRootChanged'>;

/** Something may have happened in a place. */
export function hint({ onTouched, onRootChanged }: Hints, { kind, given }: Place): void {
  if (kind === 'root') onRootChanged(given);
  onTouched(given);
}

/** For after a time in which events may have been lost. */
export function hintEverything(options: Hints & Pick<SessionOptions, 'places'>): void {
  for (const place of options.places.all()) hint(options, place);
}

/** The folders to be watched with all below them: the places that are there, and the self-test's. */
export function watchedFolders({
  places,
  probe,
}: Pick<SessionOptions, 'places' | 'probe'>): readonly string[] {
  return probe.dir === null ? places.tops() : [...places.tops(), probe.dir];
}
