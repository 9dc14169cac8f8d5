import type { Journal } from './journal.js';

/**
 * Waits until a reading gives a value: it is read now and after everything that happens in the emulator.
 * `undefined`, `null` and `false` mean "not yet". Rejects with `what` in its message after `timeoutMs` (10 s by default),
 * or when the emulator is closed.
 */
export type WaitFor = <Value>(
  read: () => Value | Promise<Value>,
  options?: { readonly timeoutMs?: number; readonly what?: string },
) => Promise<Exclude<Value, undefined | null | false>>;

export interface Waiting {
  readonly waitFor: WaitFor;
  close(): void;
}

const isThere = <Value>(value: Value): value is Exclude<Value, undefined | null | false> =>
  value !== undefined && value !== null && value !== false;

export function createWaiting(journal: Journal): Waiting {
  const closers = new Set<() => void>();
  const waitFor: WaitFor = (read, { timeoutMs = 10_000, what = 'what was waited for' } = {}) =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        stopListening();
        closers.delete(onClose);
        settle();
      };
      const look = async (): Promise<void> => {
        const value = await read();
        if (isThere(value)) finish(() => resolve(value));
      };
      const lookAgain = (): void => void look().catch((error: unknown) => finish(() => reject(error)));
      const onClose = (): void => finish(() => reject(new Error(`closed while waiting: ${what}`)));
      const timer = setTimeout(() => {
        finish(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`)));
      }, timeoutMs);
      const stopListening = journal.onEvent(lookAgain);
      closers.add(onClose);
      lookAgain();
    });
  return {
    waitFor,
    close: () => {
      for (const closer of [...closers]) closer();
    },
  };
}
