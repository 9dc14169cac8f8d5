/** Events for programs, as async iterables: each reader has its own queue, and none holds up the sync. */
import type { Fact } from '../model/fact.js';

/** A line of `--json`, as an object. */
export type SyncEvent = Fact & {
  readonly v: 1;
  /** ISO time with milliseconds. */
  readonly at: string;
};

/** The last event: what was done, and what is left. */
export type Stopped = Extract<SyncEvent, { readonly event: 'stopped' }>;

/** @internal */
export interface EventStream {
  /** @param at epoch milliseconds; default: now */
  push(fact: Fact, at?: number): void;
  /** Readers end after what they have not read yet. The last event, which must be there. */
  end(): Stopped;
  readonly events: AsyncIterable<SyncEvent>;
}

/** The events that a reader that does not read may keep waiting; the oldest go first. */
const mostWaiting = 10_000;

interface Reader {
  readonly queue: SyncEvent[];
  wake: () => void;
}

/**
 * The first reader gets everything from the beginning, later ones what comes after they began.
 * @internal
 */
export function createEventStream(): EventStream {
  const early: Reader = { queue: [], wake: () => undefined };
  const readers = new Set<Reader>([early]);
  let isEarlyTaken = false;
  let stopped: Stopped | null = null;
  let ended = false;

  const open = (): Reader => {
    const reader = isEarlyTaken ? { queue: [], wake: () => undefined } : early;
    isEarlyTaken = true;
    readers.add(reader);
    return reader;
  };
  const events = async function* (): AsyncGenerator<SyncEvent, void, undefined> {
    const reader = open();
    try {
      for (;;) {
        const event = reader.queue.shift();
        if (event !== undefined) yield event;
        else if (ended) return;
        else
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
      }
    } finally {
      readers.delete(reader);
    }
  };
  const wakeAll = (): void => {
    for (const reader of readers) reader.wake();
  };
  return {
    push(fact, at = Date.now()) {
      const event: SyncEvent = { v: 1, at: new Date(at).toISOString(), ...fact };
      if (event.event === 'stopped') stopped = event;
      for (const { queue } of readers) {
        queue.push(event);
        if (queue.length > mostWaiting) queue.shift();
      }
      wakeAll();
    },
    end() {
      ended = true;
      wakeAll();
      if (stopped === null) throw new Error('ended without the last event');
      return stopped;
    },
    events: { [Symbol.asyncIterator]: events },
  };
}
