/** Looks at every function now and then, whatever the events said: what they lost is found here. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '../core/engine.js';
import type { FunctionName, ScanResult } from '../core/model.js';
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
  /** A function's quiet time goes on. */
  readonly isPending: (name: FunctionName) => boolean;
  /** Begins a function's quiet time, or begins it again. */
  readonly touch: (name: FunctionName) => void;
  readonly quietMs: () => number;
  /** File events are expected: a change without one is worth telling. */
  readonly eventsCome: () => boolean;
  /** Changes that no event has told. `total`: since the start. */
  readonly onMissed: (functions: readonly FunctionName[], total: number) => void;
  readonly onBug: (error: unknown) => void;
}

export interface Sweeper {
  /** Sweeps at once, then again and again. */
  start(): void;
  /** One sweep; shares one that is under way. */
  sweep(): Promise<void>;
  /** An event tells of this function: a change that was just found is not one that events have missed. */
  heard(name: FunctionName): void;
  close(): void;
}

/** A sweep that comes so much too late means that the machine slept. */
const oversleptMs = 5000;
/** An event that is under way when a sweep finds its change comes within this time. */
const hearingMs = 1000;

export function createSweeper(options: SweeperOptions): Sweeper {
  const { engine, content, now } = options;
  const unheard = new Set<FunctionName>();
  let missed = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let hearing: NodeJS.Timeout | null = null;
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
    if (options.eventsCome()) listenFor(name);
    options.touch(name);
    void untilStill(name, result).catch(options.onBug);
  };
  /** What no event tells of may still be written: its quiet time begins again while two looks differ. */
  const untilStill = async (name: FunctionName, found: ScanResult): Promise<void> => {
    for (let before = found; !closed && options.isPending(name); ) {
      await pause(options.quietMs() / 2, undefined, { ref: false });
      if (closed || !options.isPending(name)) return;
      const result = await content.glance(name);
      if (!isSameResult(before, result) && options.isPending(name)) options.touch(name);
      before = result;
    }
  };
  const listenFor = (name: FunctionName): void => {
    unheard.add(name);
    hearing ??= setTimeout(() => {
      hearing = null;
      missed += unheard.size;
      if (unheard.size > 0) options.onMissed([...unheard], missed);
      unheard.clear();
    }, hearingMs);
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
    heard: (name) => void unheard.delete(name),
    close() {
      closed = true;
      if (hearing !== null) clearTimeout(hearing);
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function isQuiet(fn: FunctionState): boolean {
  return fn.spec.problem === null && !isSettling(fn);
}

function isSameResult(one: ScanResult, other: ScanResult): boolean {
  return one.ok && other.ok ? one.fingerprint === other.fingerprint : !one.ok && !other.ok;
}

function sameProblem(fn: FunctionState, problem: object): boolean {
  return JSON.stringify(fn.problem) === JSON.stringify(problem);
}
