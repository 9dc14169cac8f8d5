/** Each function's quiet time: it begins with the first sign of a change, and ends in one event for the core. */
import type { Engine } from '../core/engine.js';
import type { Settled } from '../model/event.js';
import type { FunctionName } from '../model/nouns.js';
import { createPreparing } from './preparing.js';
import { createSettler } from './settle.js';

/** What tells of a change: a file event in the function or in shared code, a sweep, or another ignore file. */
export type Sign = 'own' | 'shared' | 'sweep' | 'rules';

export interface QuietTimesOptions {
  readonly engine: Engine;
  readonly now: () => number;
  /** Quiet after the last sign, and the longest wait since the first, ms. */
  readonly quietMs: () => number;
  readonly maxMs: () => number;
  /** Makes ahead what a function that grows quiet will probably send. */
  readonly prepare: (name: FunctionName) => Promise<void>;
  readonly onBug: (error: unknown) => void;
}

export interface QuietTimes {
  /** Begins the function's quiet time, or begins it again. */
  touch(name: FunctionName, sign: Sign): void;
  isPending(name: FunctionName): boolean;
  close(): void;
}

export function createQuietTimes(options: QuietTimesOptions): QuietTimes {
  const { engine, now, quietMs, maxMs } = options;
  const asShared = new Set<FunctionName>();
  const bySweep = new Set<FunctionName>();
  let closed = false;

  const settler = createSettler({
    quietMs,
    maxMs,
    onSettled(name, _firstAt, lastAt) {
      const cause = asShared.delete(name) ? 'shared' : 'change';
      // When it was saved is not known where a sweep found it.
      const savedAt = bySweep.delete(name) ? null : lastAt;
      settled.push({ function: name, cause, savedAt, full: false });
      gather();
    },
  });
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
    if (begun.length > 0) engine.dispatch({ type: 'touched', at: now(), functions: begun });
    if (ended.length > 0) engine.dispatch({ type: 'settled', at: now(), functions: ended });
  };
  const preparing = createPreparing({
    quietMs,
    maxMs,
    isPending: (name) => !closed && settler.isPending(name),
    prepare: options.prepare,
    onBug: options.onBug,
  });
  /** The first sign tells the cause, unless one of the function's own follows; any event tells when it was saved. */
  const note = (name: FunctionName, sign: Sign): void => {
    const first = !settler.isPending(name);
    if (sign === 'own') asShared.delete(name);
    if (sign === 'shared' && first) asShared.add(name);
    if (sign === 'sweep' && first) bySweep.add(name);
    if (sign === 'own' || sign === 'shared') bySweep.delete(name);
  };

  return {
    touch(name, sign) {
      note(name, sign);
      preparing.touch(name);
      if (!settler.touch(name)) return;
      touched.push(name);
      gather();
    },
    isPending: settler.isPending,
    close() {
      closed = true;
      if (gathering !== null) clearImmediate(gathering);
      settler.close();
      preparing.close();
    },
  };
}
