/**
 * Each function's quiet time: it begins with the first sign of a change, and ends in one event for the core. Meanwhile the
 * upload that will probably follow is prepared.
 */
import type { Engine } from '../core/engine.js';
import type { Settled } from '../model/event.js';
import type { FunctionName } from '../model/nouns.js';
import { createDebouncer, type QuietEnd } from './debounce.js';

/** What tells of a change: a file event in the function or in shared code, a sweep, or another ignore file. */
export type Sign = 'own' | 'shared' | 'sweep' | 'rules';

export interface QuietTimesOptions {
  readonly engine: Pick<Engine, 'dispatch'>;
  readonly now: () => number;
  /** Quiet after the last sign, and the longest wait since the first, ms. */
  readonly quietMs: () => number;
  readonly maxMs: () => number;
  /** Prepares the upload that a function will probably need. */
  readonly prepare: (name: FunctionName) => Promise<void>;
  readonly onBug: (error: unknown) => void;
}

export interface QuietTimes {
  /** Begins the function's quiet time, or begins it again. */
  touch(name: FunctionName, sign: Sign): void;
  isPending(name: FunctionName): boolean;
  close(): void;
}

/** An editor's writes, renames and change of mode come within 2 ms: after a quarter of the quiet time most saves are done. */
const partOfQuiet = 0.25;

export function createQuietTimes(options: QuietTimesOptions): QuietTimes {
  const { engine, now, quietMs, maxMs } = options;
  /** Whose quiet time began with shared code, and whose with a sweep, and has had no other sign since. */
  const asShared = new Set<FunctionName>();
  const bySweep = new Set<FunctionName>();
  let closed = false;

  /** A branch switch touches hundreds of functions in one moment: what comes in one turn of the loop is one event. */
  let touched: FunctionName[] = [];
  let settled: Settled[] = [];
  let gathering: NodeJS.Immediate | null = null;
  const gather = (): void => {
    gathering ??= setImmediate(tell);
  };
  const tell = (): void => {
    gathering = null;
    const [begun, ended] = [touched, settled];
    touched = [];
    settled = [];
    // What ended and began again in one turn ended first.
    if (ended.length > 0) engine.dispatch({ type: 'settled', at: now(), functions: ended });
    if (begun.length > 0) engine.dispatch({ type: 'touched', at: now(), functions: begun });
  };
  const end = (name: FunctionName, { lastAt }: QuietEnd): void => {
    const cause = asShared.delete(name) ? 'shared' : 'change';
    // When it was saved is not known where a sweep found it.
    const savedAt = bySweep.delete(name) ? null : lastAt;
    settled.push({ function: name, cause, savedAt, full: false });
    gather();
  };
  const quiet = createDebouncer({ quietMs, maxMs, onQuiet: end });

  const toPrepare = new Set<FunctionName>();
  let preparing = false;
  /** One function at a time: a whole branch may change at once, and events must be heard meanwhile. */
  const prepareAll = async (): Promise<void> => {
    preparing = true;
    for (const name of toPrepare) {
      toPrepare.delete(name);
      if (!closed && quiet.isPending(name)) await options.prepare(name).catch(options.onBug);
    }
    preparing = false;
  };
  const almostQuiet = createDebouncer({
    quietMs: () => quietMs() * partOfQuiet,
    maxMs,
    onQuiet(name) {
      toPrepare.add(name);
      if (!preparing) void prepareAll();
    },
  });

  /** The first sign tells the cause, unless one of the function's own follows; any event tells when it was saved. */
  const noteSign = (name: FunctionName, sign: Sign): void => {
    const first = !quiet.isPending(name);
    if (sign === 'own') asShared.delete(name);
    if (sign === 'shared' && first) asShared.add(name);
    if (sign === 'sweep' && first) bySweep.add(name);
    if (sign === 'own' || sign === 'shared') bySweep.delete(name);
  };

  return {
    touch(name, sign) {
      noteSign(name, sign);
      almostQuiet.touch(name);
      if (!quiet.touch(name)) return;
      touched.push(name);
      gather();
    },
    isPending: quiet.isPending,
    close() {
      closed = true;
      if (gathering !== null) clearImmediate(gathering);
      toPrepare.clear();
      quiet.close();
      almostQuiet.close();
    },
  };
}
