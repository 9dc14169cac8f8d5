/** Waiting for what must come, with a sentence where it does not: a test that only hangs says nothing. */

/** Far longer than anything takes here. */
const boundMs = 8000;
/** Also where a test has put its own timers in their place. */
const { setTimeout: startTimer, clearTimeout: endTimer } = globalThis;

/** Rejects where the promise takes too long. @param what the sentence says was waited for */
export function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = startTimer(() => reject(new Error(`never happened: ${what}`)), boundMs);
    promise.then(resolve, reject).finally(() => endTimer(timer));
  });
}
