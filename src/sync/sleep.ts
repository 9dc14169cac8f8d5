/** Noticing that the machine slept. */
import type { Engine } from '../core/engine.js';
import { isAtRest } from '../core/standing.js';
import { steadyNow } from '../system/clock.js';

/** How often the clock is looked at while something waits for the network, and what counts as a jump. */
const sleepLookMs = 1000;
const sleepJumpMs = 3000;

/**
 * Notices that the machine slept, by a jump of the clock. Costs nothing while everything is live, and nothing with an event while something is
 * waited for: to see whether all rests takes longer than to take an event.
 */
export function watchForSleep(engine: Engine): { close(): void } {
  let timer: NodeJS.Timeout | null = null;
  let last = 0;
  const end = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const isWaiting = (): boolean => engine.state().offline !== null || !isAtRest(engine.state());
  const tick = (): void => {
    const jumped = steadyNow() - last > sleepLookMs + sleepJumpMs;
    last = steadyNow();
    if (!isWaiting()) end();
    else if (jumped) engine.dispatch({ type: 'woke', at: steadyNow() });
  };
  const stop = engine.observe(() => {
    if (timer !== null || !isWaiting()) return;
    last = steadyNow();
    timer = setInterval(tick, sleepLookMs);
  });
  return {
    close() {
      stop();
      end();
    },
  };
}
