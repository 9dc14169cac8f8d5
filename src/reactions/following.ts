/** What follows from a fact besides telling it: hooks, timers, and notifications. None of it ever holds up an upload. */

import type { Cloud } from '../cloud/cloud.js';
import type { Config } from '../config/model.js';
import type { Fact } from '../model/fact.js';
import type { FunctionName } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { noticeFact } from '../text/notices.js';
import { createHooks } from './hooks.js';
import { createNotifying } from './notifying.js';
import { createTimers } from './timers.js';

export interface FollowingOptions {
  /** Asked at each fact: a new configuration counts for the next. */
  readonly config: () => Config;
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  readonly cloud: () => Cloud;
  readonly dirOf: (name: FunctionName) => string | null;
  readonly language: Language;
  readonly tell: (fact: Fact) => void;
  readonly onBug: (error: unknown) => void;
}

export interface Following {
  /** @param at epoch milliseconds */
  take(fact: Fact, at: number): void;
  /** Resolves when nothing is under way, or after so many milliseconds; then ends what is left. */
  end(atMostMs: number): Promise<void>;
}

/** Most that waits; a hook that is slower than the saves must not fill the memory. */
const mostWaiting = 200;

export function createFollowing(options: FollowingOptions): Following {
  const closing = new AbortController();
  const hooks = createHooks(options, closing.signal);
  const timers = createTimers(options, closing.signal);
  const notifying = createNotifying(options);
  const waiting: (() => Promise<void>)[] = [];
  let running: Promise<void> | null = null;

  const runAll = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!closing.signal.aborted) await next().catch(options.onBug);
    }
    running = null;
  };
  return {
    take(fact, at) {
      if (closing.signal.aborted) return;
      notifying.take(fact);
      const work = [...timers(fact), ...hooks(fact, at)];
      if (work.length === 0) return;
      if (waiting.length >= mostWaiting) {
        return options.tell(noticeFact('hooks-behind', String(mostWaiting), options.language));
      }
      waiting.push(...work);
      running ??= runAll();
    },
    async end(atMostMs) {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, atMostMs);
      });
      await Promise.race([Promise.all([running, notifying.end()]), limit]);
      clearTimeout(timer);
      closing.abort();
      await running;
    },
  };
}
