/**
 * The events of quiet times. A checkout touches a thousand functions in one turn of the event loop, and each event costs a
 * walk over all of them: the first goes at once, what follows in the same turn goes together, in the order in which it happened.
 */
import type { Engine } from '../core/engine.js';
import type { Settled } from '../model/event.js';
import type { FunctionName } from '../model/nouns.js';

export interface QuietEvents {
  touched(name: FunctionName): void;
  settled(settled: Settled): void;
  /** Sends what is waiting. */
  close(): void;
}

export interface QuietEventsOptions {
  readonly engine: Pick<Engine, 'dispatch'>;
  readonly now: () => number;
  /** Calls back once this turn of the event loop is over; replaced in tests. */
  readonly nextTurn?: (callback: () => void) => void;
}

export function createQuietEvents({ engine, now, nextTurn = setImmediate }: QuietEventsOptions): QuietEvents {
  let touched: FunctionName[] = [];
  let settled: Settled[] = [];
  /** The first of this turn has been sent. */
  let isGathering = false;

  const flush = (): void => {
    // At most one of the two holds anything.
    const [begun, ended] = [touched, settled];
    touched = [];
    settled = [];
    if (begun.length > 0) engine.dispatch({ type: 'touched', at: now(), functions: begun });
    if (ended.length > 0) engine.dispatch({ type: 'settled', at: now(), functions: ended });
  };
  const sendFirst = (): void => {
    if (isGathering) return;
    isGathering = true;
    flush();
    nextTurn(() => {
      isGathering = false;
      flush();
    });
  };

  return {
    touched(name) {
      if (settled.length > 0) flush();
      touched.push(name);
      sendFirst();
    },
    settled(each) {
      if (touched.length > 0) flush();
      settled.push(each);
      sendFirst();
    },
    close: flush,
  };
}
