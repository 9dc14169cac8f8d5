/** The effects that follow from a fact: hooks and notifications. None of it ever holds up an upload. */
import type { Fact } from '../model/fact.js';
import { createHooks, type HooksOptions } from './hooks.js';
import { createNotifications, type NotificationsOptions } from './notifications.js';

/** Everything that is a function is asked at each fact: a new configuration counts for the next. */
export type ReactionsOptions = HooksOptions & NotificationsOptions;

export interface Reactions {
  /** @param at epoch milliseconds */
  take(fact: Fact, at: number): void;
  /** Resolves when nothing is under way, or after so many milliseconds; then ends what is left. */
  end(atMostMs: number): Promise<void>;
}

export function createReactions(options: ReactionsOptions): Reactions {
  const closing = new AbortController();
  const hookFor = createHooks(options, closing.signal);
  const notifications = createNotifications(options);
  /**
   * By what it is about: hooks that take longer than saves come run once for what happened meanwhile, with the newest event. So
   * no more can wait than there are functions and environments.
   */
  const waiting = new Map<string, () => Promise<void>>();
  let running: Promise<void> | null = null;

  const runAll = async (): Promise<void> => {
    for (const [key, run] of waiting) {
      waiting.delete(key);
      if (!closing.signal.aborted) await run().catch(options.onBug);
    }
    running = null;
  };
  return {
    take(fact, at) {
      if (closing.signal.aborted) return;
      notifications.take(fact);
      const hook = hookFor(fact, at);
      if (hook === null) return;
      waiting.set(hook.key, hook.run);
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
