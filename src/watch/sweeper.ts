/** Looks at every function now and then, whatever the events said: what they lost is found here. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Content } from '../content/content.js';
import type { Engine } from '../core/engine.js';
import { type FunctionState, isChanging } from '../core/state.js';
import type { ScanResult } from '../model/event.js';
import type { FunctionName } from '../model/nouns.js';

export interface SweeperOptions {
  readonly engine: Engine;
  readonly content: Pick<Content, 'glance'>;
  readonly now: () => number;
  readonly everyMs: () => number;
  /** Run first: functions may have come and gone. */
  readonly before: () => Promise<void>;
  /** A function's quiet time is running. */
  readonly isPending: (name: FunctionName) => boolean;
  /** Begins a function's quiet time, or begins it again. */
  readonly touch: (name: FunctionName) => void;
  readonly quietMs: () => number;
  /** File events are expected: a change without one is worth reporting. */
  readonly eventsCome: () => boolean;
  /** Changes that no event has reported. `total`: since the start. */
  readonly onMissed: (functions: readonly FunctionName[], total: number) => void;
  readonly onBug: (error: unknown) => void;
  /** ms without use after which it looks less often; 10 min by default. */
  readonly restAfterMs?: number;
}

export interface Sweeper {
  /** Sweeps at once, then again and again. */
  start(): void;
  /** One sweep; shares one that is under way. */
  sweep(): Promise<void>;
  /** Looks at one function now, for which no event could come: what it finds does not count as missed by events. */
  check(name: FunctionName): Promise<void>;
  /** An event came for this function: a change that was just found does not count as missed by events. */
  heard(name: FunctionName): void;
  /** Somebody edits, looks or asks, or something is happening: it looks as often as configured, and soon if it rested. */
  used(): void;
  close(): void;
}

/** A sweep that comes so much too late means that the machine slept. */
const oversleptMs = 5000;
/** An event that is under way when a sweep finds its change comes within this time. */
const hearingMs = 1000;
/** A lunch or a meeting: nobody waits for what a look would find. */
const usualRestAfterMs = 10 * 60_000;
/** While it rests it skips so many looks between two: a look every 5 min instead of every 30 s. */
const skippedAtRest = 9;
/** The first look after a rest lets the save that ended it go first. */
const soonMs = 1000;

export function createSweeper(options: SweeperOptions): Sweeper {
  const { engine, content, now, restAfterMs = usualRestAfterMs } = options;
  const unheard = new Set<FunctionName>();
  let missed = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let hearing: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let usedAt = now();
  let skipped = 0;

  const sweepAll = async (): Promise<void> => {
    await options.before();
    for (const name of [...engine.state().functions.keys()]) {
      if (closed) return;
      await sweepOne(name);
    }
  };
  /** @param expected an event was to come, and would have reported a change */
  const sweepOne = async (name: FunctionName, expected = true): Promise<void> => {
    const before = engine.state().functions.get(name);
    if (before === undefined || !isQuiet(before) || options.isPending(name)) return;
    const result = await content.glance(name);
    const fn = engine.state().functions.get(name);
    if (closed || fn === undefined || !isQuiet(fn)) return;
    const same = result.ok
      ? fn.problem === null && result.fingerprint === fn.wanted
      : sameProblem(fn, result.problem);
    if (same) return;
    if (expected && options.eventsCome()) listenFor(name);
    options.touch(name);
    void untilStill(name, result).catch(options.onBug);
  };
  /** A file that no event reports may still be being written: its quiet time begins again while two looks differ. */
  const untilStill = async (name: FunctionName, found: ScanResult): Promise<void> => {
    for (let before = found; ; ) {
      await pause(options.quietMs() / 2, undefined, { ref: false });
      // Nor is it pending after the end.
      if (!options.isPending(name)) return;
      const result = await content.glance(name);
      if (!isSameResult(before, result) && options.isPending(name)) options.touch(name);
      before = result;
    }
  };
  const listenFor = (name: FunctionName): void => {
    unheard.add(name);
    hearing ??= setTimeout(() => {
      hearing = undefined;
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
  /** Where no events come, or not all, a look is all that finds a change. */
  const rests = (): boolean => options.eventsCome() && missed === 0 && now() - usedAt >= restAfterMs;
  const look = async (due: number): Promise<void> => {
    const overslept = now() - due > oversleptMs;
    if (overslept) engine.dispatch({ type: 'woke', at: now() });
    else if (rests() && skipped < skippedAtRest) {
      skipped += 1;
      return;
    }
    skipped = 0;
    await sweep();
  };
  const again = (inMs: number): void => {
    if (closed) return;
    const due = now() + inMs;
    timer = setTimeout(() => {
      timer = undefined;
      look(due)
        .catch(options.onBug)
        .finally(() => again(options.everyMs()));
    }, inMs);
  };
  return {
    start: () =>
      void sweep()
        .catch(options.onBug)
        .finally(() => again(options.everyMs())),
    sweep,
    check: (name) => sweepOne(name, false),
    heard: (name) => void unheard.delete(name),
    used() {
      usedAt = now();
      if (skipped === 0 || timer === undefined) return;
      skipped = 0;
      clearTimeout(timer);
      again(Math.min(soonMs, options.everyMs()));
    },
    close() {
      closed = true;
      clearTimeout(hearing);
      clearTimeout(timer);
    },
  };
}

function isQuiet(fn: FunctionState): boolean {
  return fn.spec.problem === null && !isChanging(fn);
}

function isSameResult(one: ScanResult, other: ScanResult): boolean {
  return (one.ok ? one.fingerprint : null) === (other.ok ? other.fingerprint : null);
}

function sameProblem(fn: FunctionState, problem: object): boolean {
  return JSON.stringify(fn.problem) === JSON.stringify(problem);
}
