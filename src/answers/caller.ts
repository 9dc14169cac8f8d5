/** Calls a function with a saved event, until the code that is meant has answered or has had its time, and judges the answer. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.js';
import { type Answer, probeMark, type SavedEvent } from '../model/answer.js';
import type { FunctionName } from '../model/nouns.js';
import { steadyNow } from '../system/clock.js';
import { slashRelative } from '../system/paths.js';
import { comparableOf, compared } from './compare.js';
import { type CallTarget, type Judged, judge } from './judge.js';
import type { AnswerStore } from './store.js';

export interface CallerOptions {
  /** Asked for at each call: a new configuration may bring another. */
  readonly cloud: () => Pick<Cloud, 'invoke'>;
  readonly endpoint: () => string;
  /** Places of events are paths from here. */
  readonly folder: () => string;
  readonly store: AnswerStore;
  /** What the helper of a function answers to; null: there is no secret. */
  readonly keyOf: (name: FunctionName) => string | null;
  /** Resolves when the rate lets another request begin; false: the signal aborted. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>;
  /** Scales the waits for old code; only tests change it. */
  readonly timeScale?: number;
}

export interface Caller {
  /** null: the signal aborted. */
  call(target: CallTarget, event: SavedEvent, signal: AbortSignal): Promise<Answer | null>;
}

/** An instance that was warm before the upload may answer for a while: then again after these, ms. */
const againAfterMs: readonly number[] = [300, 1000, 2000];

export function createCaller(options: CallerOptions): Caller {
  const { store, timeScale = 1 } = options;
  const once = async (target: CallTarget, event: SavedEvent, signal: AbortSignal): Promise<Judged | null> => {
    if (!(await options.turn(signal))) return null;
    const key = target.carriesHelper ? options.keyOf(target.function) : null;
    const value = key === null ? event.value : { ...event.value, [probeMark]: { key } };
    const began = performance.now();
    const outcome = await options.cloud().invoke(target.env, target.function, JSON.stringify(value), signal);
    if (signal.aborted) return null;
    return judge(target, event, outcome, Math.round(performance.now() - began));
  };
  return {
    async call(target, event, signal) {
      let judged = await once(target, event, signal);
      for (const wait of againAfterMs) {
        if (judged?.proven !== false) break;
        await pause(wait * timeScale, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return null;
        judged = await once(target, event, signal);
      }
      if (judged === null) return null;
      const place = {
        endpoint: options.endpoint(),
        function: target.function,
        env: target.env,
        event: event.name,
      };
      const comparable = comparableOf(judged, event.ignore);
      // Other code's answer is no answer of this content, and nothing to compare the next one with.
      const before =
        judged.proven === false
          ? null
          : await store.note(place, judged.fingerprint ?? target.live, comparable);
      return {
        ...judged,
        outcome: createHash('sha256').update(comparable).digest('hex').slice(0, 16),
        ...(await compared(before, comparable)),
        file: slashRelative(options.folder(), event.file),
        line: event.at.line,
      };
    },
  };
}

/** At most so many requests begin in any second, for a process that sends no others. */
export function createPace(requestsPerSecond: number): CallerOptions['turn'] {
  const count = Math.max(1, Math.floor(requestsPerSecond));
  const spanMs = (count / requestsPerSecond) * 1000;
  const begun: number[] = [];
  return async (signal) => {
    for (;;) {
      if (signal.aborted) return false;
      const oldest = begun.length < count ? undefined : begun[begun.length - count];
      const waitMs = oldest === undefined ? 0 : oldest + spanMs - steadyNow();
      if (waitMs <= 0) {
        begun.push(steadyNow());
        if (begun.length > count) begun.shift();
        return true;
      }
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  };
}
