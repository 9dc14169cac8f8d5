/** Waiting for the engine to come to some state, and noticing that the machine slept meanwhile. */
import type { Engine } from '../core/engine.js';
import { isAtRest, type Wants } from '../core/standing.js';
import { steadyNow } from '../system/clock.js';

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
      const uploading = [...engine.state().requests.values()].some(({ job }) => job.type === 'push');
      if (!uploading) done();
    };
    const timer = setTimeout(done, atMostMs);
    const stop = engine.observe(() => setImmediate(look));
    look();
  });
}

/** How often the clock is looked at while something waits for the network, and what counts as a jump. */
const sleepLookMs = 1000;
const sleepJumpMs = 3000;

/** Notices that the machine slept, by a jump of the clock. Costs nothing while everything is live. */
export function watchForSleep(engine: Engine): { close(): void } {
  let timer: NodeJS.Timeout | null = null;
  let last = 0;
  const tick = (): void => {
    const jumped = steadyNow() - last > sleepLookMs + sleepJumpMs;
    last = steadyNow();
    if (jumped) engine.dispatch({ type: 'woke', at: steadyNow() });
  };
  const stop = engine.observe(() => {
    const waiting = engine.state().offline !== null || !isAtRest(engine.state());
    if (waiting && timer === null) {
      last = steadyNow();
      timer = setInterval(tick, sleepLookMs);
    }
    if (!waiting && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  });
  return {
    close() {
      stop();
      if (timer !== null) clearInterval(timer);
    },
  };
}
