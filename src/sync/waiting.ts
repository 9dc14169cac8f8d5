/** Waiting for the engine to come to some state. */
import type { Engine } from '../core/engine.js';
import { isAtRest, type Wants } from '../core/standing.js';

/** Resolves when nothing is going to change by itself (in the targets meant), or when the signal aborts. */
export function whenAtRest(engine: Engine, signal: AbortSignal, wants?: Wants): Promise<void> {
  const rests = (): boolean => {
    if (wants !== undefined) return isAtRest(engine.state(), wants);
    return engine.running() === 0 && isAtRest(engine.state());
  };
  return until(engine, signal, rests);
}

/** Resolves when it holds after what happened, or when the signal aborts. */
export function until(engine: Engine, signal: AbortSignal, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!signal.aborted && !holds()) return;
      stop();
      signal.removeEventListener('abort', look);
      resolve();
    };
    // After the event that ends the last job has been taken whole, and what follows from it begun.
    const stop = engine.observe(() => setImmediate(look));
    signal.addEventListener('abort', look);
    look();
  });
}

/** Uploads on their way are worth waiting for: what they did is known then. Listings are not. */
export function uploadsEnded(engine: Engine, atMostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      clearTimeout(timer);
      resolve();
    };
    const look = (): void => {
      const uploading = [...engine.state().requests.values()].some(({ job }) => job.type !== 'list');
      if (!uploading) done();
    };
    const timer = setTimeout(done, atMostMs);
    const stop = engine.observe(() => setImmediate(look));
    look();
  });
}
