/** Runs a task for every item, at most `limit` at a time. Rejects with the first failure, when all have ended. */
export async function eachLimited<Item>(
  items: Iterable<Item>,
  limit: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await task(next.value);
  };
  const ended = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}

/** Makes a value at its first use and keeps it; where that failed, the next use makes it again: a disk is not full for ever. */
export function createOnce<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null;
  return () => {
    if (made !== null) return made;
    const making = make();
    made = making;
    making.catch(() => {
      if (made === making) made = null;
    });
    return making;
  };
}

/** Runs tasks of one key after each other; tasks of different keys at the same time. */
export function createSerializer(): <Value>(key: string, task: () => Promise<Value>) => Promise<Value> {
  const last = new Map<string, Promise<void>>();
  return <Value>(key: string, task: () => Promise<Value>): Promise<Value> => {
    const before = last.get(key) ?? Promise.resolve();
    const result = before.then(task);
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, ended);
    void ended.then(() => {
      if (last.get(key) === ended) last.delete(key);
    });
    return result;
  };
}

/**
 * Wraps a write of the whole state: each call resolves when a write that began after the call has ended, and calls made
 * while one runs share the next. Rejects as that write does.
 */
export function createCoalescer(write: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;
  const start = (): Promise<void> => {
    const current = write().finally(() => {
      if (running === current) running = null;
    });
    running = current;
    return current;
  };
  return () => {
    if (running === null) return start();
    const begin = (): Promise<void> => {
      queued = null;
      return start();
    };
    queued ??= running.then(begin, begin);
    return queued;
  };
}
