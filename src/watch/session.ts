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

/** A hint for every place: for after a time in which events may have been lost. */
export function hintEverything({
  places,
  onTouched,
  onRootChanged,
}: Pick<SessionOptions, 'places' | 'onTouched' | 'onRootChanged'>): void {
  for (const place of places.all()) {
    if (place.kind === 'root') onRootChanged(place.given);
    onTouched(place.given);
  }
}
