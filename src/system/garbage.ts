/** Memory that nobody uses any more, given back when it is much and not when V8 comes to it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | null = null;

/**
 * Collects garbage now, which keeps the thread for 10-60 ms. V8 lets some 64 MB of buffers lie before it does so by itself: after a
 * few saves of a function of 15 MB, its old contents and bodies were 5 of the 8 times that size that the process had.
 */
export function collectGarbage(): void {
  collect ??= exposed();
  collect();
  // The first one leaves the freeing of buffers to a thread that may get no processor for long; the next waits for its end.
  collect();
}

function exposed(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  return typeof found === 'function' ? () => void found() : () => undefined;
}
