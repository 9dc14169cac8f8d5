/** What follows from a fact in addition to reporting it: hooks, triggers, and notifications. None of it ever holds up an upload. */
import type { Fact } from '../model/fact.js';
import { noticeFact } from '../text/notices.js';
import { createHooks, type HooksOptions } from './hooks.js';
import { createNotifications, type NotificationsOptions } from './notifications.js';
import { createTriggers, type TriggersOptions } from './triggers.js';

/** Everything that is a function is asked at each fact: a new configuration counts for the next. */
export type ReactionsOptions = HooksOptions & TriggersOptions & NotificationsOptions;

export interface Reactions {
  /** @param at epoch milliseconds */
  take(fact: Fact, at: number): void;
  /** Resolves when nothing is under way, or after so many milliseconds; then ends what is left. */
  end(atMostMs: number): Promise<void>;
}

/** Work that waits; more is dropped, so that hooks which take longer than saves come do not fill the memory. */
const mostWaiting = 10_000;

export function createReactions(options: ReactionsOptions): Reactions {
  const closing = new AbortController();
  const hookFor = createHooks(options, closing.signal);
  const triggersFor = createTriggers(options, closing.signal);
  const notifications = createNotifications(options);
  const waiting: (() => Promise<void>)[] = [];
  let running: Promise<void> | null = null;
  /** Said once, until nothing waits any more. */
  let saidBehind = false;

  const runAll = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!closing.signal.aborted) await next().catch(options.onBug);
    }
    saidBehind = false;
    running = null;
  };
  return {
    take(fact, at) {
      if (closing.signal.aborted) return;
      notifications.take(fact);
      const work = [triggersFor(fact), hookFor(fact, at)].filter((each) => each !== null);
      if (work.length === 0) return;
      if (waiting.length >= mostWaiting) {
        if (!saidBehind) options.tell(noticeFact('hooks-behind', String(mostWaiting), options.language));
        saidBehind = true;
        return;
      }
      waiting.push(...work);
      running ??= runAll();
    },
    async end(atMostMs) {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, atMostMs);
      });
      await Promise.race([Promise.all([running, notifications.end()]), limit]);
      clearTimeout(timer);
      closing.abort();
      await running;
    },
  };
}
