/**
 * Waits until it has been quiet around a name. One p-debounce per name, on a bare signal: only the last call's arguments
 * would arrive, so whoever needs them keeps them. p-debounce knows no longest wait (events every 10 ms for 400 ms against a
 * quiet time of 30 ms gave no call at all), so a timer of ours ends an endless stream.
 */

import debounce from 'p-debounce';
import { steadyNow } from '../system/clock.js';

export interface DebouncerOptions {
  /** Quiet time after the last touch, ms; asked once for each quiet time, so that a new configuration counts for the next. */
  readonly quietMs: (name: string) => number;
  /** The longest wait since the first touch, ms; asked as `quietMs` is. */
  readonly maxMs: (name: string) => number;
  /** The quiet time is over. A throw of it ends the program. */
  readonly onQuiet: (name: string, end: QuietEnd) => void;
}

export interface QuietEnd {
  /** When the last touch came, by `steadyNow`. */
  readonly lastAt: number;
  /** It was not quiet: the longest wait was over. */
  readonly capped: boolean;
}

export interface Debouncer {
  /** Something happened. True when this begins a new quiet time. */
  touch(name: string): boolean;
  isPending(name: string): boolean;
  /** Forgets everything; later touches do nothing. */
  close(): void;
}

interface Waiting {
  lastAt: number;
  readonly signal: () => Promise<void>;
  readonly stop: AbortController;
  readonly cap: NodeJS.Timeout;
}

const STOPPED = Symbol('stopped');

/** No timer exists while nothing waits, and nothing is kept of a name around which it has been quiet. */
export function createDebouncer(options: DebouncerOptions): Debouncer {
  const waiting = new Map<string, Waiting>();
  let closed = false;

  const forget = (name: string): Waiting | undefined => {
    const entry = waiting.get(name);
    if (entry === undefined) return undefined;
    waiting.delete(name);
    clearTimeout(entry.cap);
    entry.stop.abort(STOPPED);
    return entry;
  };
  const end = (name: string, capped: boolean): void => {
    const entry = forget(name);
    if (entry !== undefined) options.onQuiet(name, { lastAt: entry.lastAt, capped });
  };
  const begin = (name: string): void => {
    const stop = new AbortController();
    const entry: Waiting = {
      lastAt: steadyNow(),
      signal: debounce(() => undefined, options.quietMs(name), { signal: stop.signal }),
      stop,
      cap: setTimeout(() => end(name, true), options.maxMs(name)),
    };
    waiting.set(name, entry);
    // All promises of one quiet time resolve together: the first one ends it, the others only must not reject unheard.
    entry.signal().then(() => {
      if (waiting.get(name) === entry) end(name, false);
    }, ignoreStop);
  };
  return {
    touch: (name) => {
      if (closed) return false;
      const entry = waiting.get(name);
      if (entry === undefined) {
        begin(name);
        return true;
      }
      entry.lastAt = steadyNow();
      entry.signal().catch(ignoreStop);
      return false;
    },
    isPending: (name) => waiting.has(name),
    close: () => {
      closed = true;
      for (const name of [...waiting.keys()]) forget(name);
    },
  };
}

function ignoreStop(reason: unknown): void {
  if (reason !== STOPPED) throw reason;
}
