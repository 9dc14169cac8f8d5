/** Calls a function with a saved event, until the code that is meant has answered or has had its time, and judges the answer. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.js';
import type { Config } from '../config/model.js';
import { type Answer, probeMark, type SavedEvent } from '../model/answer.js';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import { steadyNow } from '../system/clock.js';
import { slashRelative } from '../system/paths.js';
import { comparableOf, compared } from './compare.js';
import { type CallTarget, type Judged, judge } from './judge.js';
import { placesOf } from './places.js';
import type { AnswerPlace, AnswerStore } from './store.js';

export interface CallerOptions {
  /** Asked for at each call: a new configuration may bring another. */
  readonly cloud: () => Pick<Cloud, 'invoke'>;
  readonly config: () => Config;
  /** The function's own folder, absolute. */
  readonly folderOf: (name: FunctionName) => string;
  readonly store: AnswerStore;
  /** The key that the helper of a function answers to; null: there is no secret. */
  readonly keyOf: (name: FunctionName) => string | null;
  /** Resolves when the rate lets another request begin; false: the signal aborted. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>;
  /** Scales the waits for old code; only tests change it. */
  readonly timeScale?: number;
}

export interface Caller {
  /**
   * @param isWanted asked before the code is called once more because other code has answered
   * @returns null: the signal aborted, or the answer is not wanted any more
   */
  call(
    target: CallTarget,
    event: SavedEvent,
    signal: AbortSignal,
    isWanted?: () => boolean,
  ): Promise<Answer | null>;
}

/** An instance that was warm before the upload may answer for a while: then again after these, ms. */
const againAfterMs: readonly number[] = [300, 1000, 2000];
/** While waiting, whether it is still wanted is asked so often, ms. */
const lookMs = 100;

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
  /** Other code's answer is none of this content, and a call that did not come to the code has none: nothing to compare with. */
  const answerBefore = async (
    { proven, failure, fingerprint }: Judged,
    place: AnswerPlace,
    live: Fingerprint | null,
    comparable: string,
  ): Promise<string | null> =>
    proven === false || failure !== null ? null : store.note(place, fingerprint ?? live, comparable);
  return {
    async call(target, event, signal, isWanted = () => true) {
      const config = options.config();
      let judged = await once(target, event, signal);
      for (const wait of againAfterMs) {
        if (judged?.proven !== false) break;
        for (const until = performance.now() + wait * timeScale; performance.now() < until; ) {
          await pause(Math.min(lookMs, until - performance.now()), undefined, { signal }).catch(
            () => undefined,
          );
          if (signal.aborted || !isWanted()) return null;
        }
        judged = await once(target, event, signal);
      }
      if (judged === null) return null;
      const place = {
        endpoint: config.endpoint,
        function: target.function,
        env: target.env,
        question: JSON.stringify([event.name, event.value, event.ignore]),
      };
      const folder = options.folderOf(target.function);
      const isLatest = target.isLatest && judged.proven !== false;
      const origin = { config, function: target.function, folder, isLatest };
      const comparable = comparableOf(judged, event.ignore);
      const before = await answerBefore(judged, place, target.live, comparable);
      return {
        ...judged,
        places: await placesOf(judged.error?.stack ?? null, origin),
        outcome: createHash('sha256').update(comparable).digest('hex').slice(0, 16),
        ...(await compared(before, comparable)),
        ignored: event.ignore,
        file: slashRelative(config.folder, event.file),
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
