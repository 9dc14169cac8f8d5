/** Uses the quiet time: as soon as a function's files have been still for a moment, what will probably be sent is made. */
import type { FunctionName } from '../model/nouns.js';
import { createSettler } from './settle.js';

export interface PreparingOptions {
  /** The whole quiet time, ms. */
  readonly quietMs: () => number;
  readonly maxMs: () => number;
  /** The quiet time goes on; after it there is nothing to prepare. */
  readonly isPending: (name: FunctionName) => boolean;
  readonly prepare: (name: FunctionName) => Promise<void>;
  readonly onBug: (error: unknown) => void;
}

export interface Preparing {
  touch(name: FunctionName): void;
  close(): void;
}

/** An editor's writes, renames and change of mode come within 2 ms: after a quarter of the quiet time most saves are done. */
const partOfQuiet = 0.25;

/** One function at a time: a whole branch may change at once, and events must be heard meanwhile. */
export function createPreparing(options: PreparingOptions): Preparing {
  const queue = new Set<FunctionName>();
  let busy = false;

  const work = async (): Promise<void> => {
    busy = true;
    for (const name of queue) {
      queue.delete(name);
      if (options.isPending(name)) await options.prepare(name).catch(options.onBug);
    }
    busy = false;
  };
  const settler = createSettler({
    quietMs: () => options.quietMs() * partOfQuiet,
    maxMs: options.maxMs,
    onSettled(name) {
      queue.add(name);
      if (!busy) void work();
    },
  });
  return {
    touch: (name) => void settler.touch(name),
    close() {
      queue.clear();
      settler.close();
    },
  };
}
