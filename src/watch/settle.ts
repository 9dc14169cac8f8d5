/**
 * Waits until it has been quiet around a function. One p-debounce per function, on a bare signal: only the last call's
 * arguments would arrive, so what was touched is kept elsewhere. p-debounce knows no longest wait (400 ms of events every
 * 10 ms against 30 ms gave no call at all), so a timer of ours ends an endless stream.
 */

import debounce from 'p-debounce';
import { steadyNow } from '../system/clock.js';

export interface SettlerOptions {
  /** Quiet time after the last touch, ms; asked once for each quiet time, so that a new configuration counts for the next. */
  readonly quietMs: () => number;
  /** The longest wait since the first touch, ms; asked as `quietMs` is. */
  readonly maxMs: () => number;
  /** It has been quiet. Times of the first and the last touch, by `steadyNow`. A throw of it ends the program. */
  readonly onSettled: (name: string, firstAt: number, lastAt: number) => void;
}

export interface Settler {
  /** Something happened. True when this begins a new quiet time. */
  touch(name: string): boolean;
  isPending(name: string): boolean;
  /** Forgets everything; later touches do nothing. */
  close(): void;
}

interface Waiting {
  readonly firstAt: number;
  lastAt: number;
  readonly signal: () => Promise<void>;
  readonly stop: AbortController;
  readonly cap: NodeJS.Timeout;
}

const STOPPED = Symbol('stopped');

/** No timer exists while nothing waits, and nothing is kept of a name that has settled. */
export function createSettler(options: SettlerOptions): Settler {
  const waiting = new Map<string, Waiting>();
  let closed = false;

  const end = (name: string): Waiting | undefined => {
    const entry = waiting.get(name);
    if (entry === undefined) return undefined;
    waiting.delete(name);
    clearTimeout(entry.cap);
    entry.stop.abort(STOPPED);
    return entry;
  };
  const settle = (name: string): void => {
    const entry = end(name);
    if (entry !== undefined) options.onSettled(name, entry.firstAt, entry.lastAt);
  };
  const begin = (name: string): void => {
    const stop = new AbortController();
    const now = steadyNow();
    const entry: Waiting = {
      firstAt: now,
      lastAt: now,
      signal: debounce(() => undefined, options.quietMs(), { signal: stop.signal }),
      stop,
      cap: setTimeout(() => settle(name), options.maxMs()),
    };
    waiting.set(name, entry);
    // All promises of one quiet time resolve together: the first one settles, the others only must not reject unheard.
    entry.signal().then(() => {
      if (waiting.get(name) === entry) settle(name);
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
      for (const name of [...waiting.keys()]) end(name);
    },
  };
}

function ignoreStop(reason: unknown): void {
  if (reason !== STOPPED) throw reason;
}
