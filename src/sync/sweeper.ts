/** Looks at every function now and then, whatever the events said: what they lost is found here. */
import type { Engine } from '../core/engine.js';
import type { FunctionName } from '../core/model.js';
import { isSettling } from '../core/phase.js';
import type { FunctionState } from '../core/state.js';
import type { Content } from './content.js';

export interface SweeperOptions {
  readonly engine: Engine;
  readonly content: Content;
  readonly now: () => number;
  readonly everyMs: () => number;
  /** Run first: functions may have come and gone. */
  readonly before: () => Promise<void>;
  readonly isPending: (name: FunctionName) => boolean;
  readonly onBug: (error: unknown) => void;
}

export interface Sweeper {
  /** Sweeps at once, then again and again. */
  start(): void;
  /** One sweep; shares one that is under way. */
  sweep(): Promise<void>;
  found(): number;
  close(): void;
}

/** A sweep that comes so much too late means that the machine slept. */
const oversleptMs = 5000;

export function createSweeper(options: SweeperOptions): Sweeper {
  const { engine, content, now } = options;
  let found = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;

  const sweepAll = async (): Promise<void> => {
    await options.before();
    for (const name of [...engine.state().functions.keys()]) {
      if (closed) return;
      await sweepOne(name);
    }
  };
  const sweepOne = async (name: FunctionName): Promise<void> => {
    const before = engine.state().functions.get(name);
    if (before === undefined || !isQuiet(before) || options.isPending(name)) return;
    const result = await content.glance(name);
    const fn = engine.state().functions.get(name);
    if (closed || fn === undefined || !isQuiet(fn)) return;
    const same = result.ok
      ? fn.problem === null && result.fingerprint === fn.wanted
      : sameProblem(fn, result.problem);
    if (same) return;
    found += 1;
    engine.dispatch({
      type: 'settled',
      at: now(),
      function: name,
      cause: 'change',
      savedAt: null,
      full: false,
    });
  };
  const sweep = (): Promise<void> => {
    running ??= sweepAll().finally(() => {
      running = null;
    });
    return running;
  };
  const again = (): void => {
    if (closed) return;
    const due = now() + options.everyMs();
    timer = setTimeout(() => {
      if (now() - due > oversleptMs) engine.dispatch({ type: 'woke', at: now() });
      sweep().catch(options.onBug).finally(again);
    }, options.everyMs());
  };
  return {
    start: () => void sweep().catch(options.onBug).finally(again),
    sweep,
    found: () => found,
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function isQuiet(fn: FunctionState): boolean {
  return fn.spec.problem === null && !isSettling(fn);
}

function sameProblem(fn: FunctionState, problem: object): boolean {
  return JSON.stringify(fn.problem) === JSON.stringify(problem);
}
