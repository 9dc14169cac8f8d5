/** Noticing that the machine slept. */
import type { Engine } from '../core/engine.js';
import { isAtRest } from '../core/standing.js';
import { steadyNow } from '../system/clock.js';

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
