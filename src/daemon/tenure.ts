/**
 * As long as this process works on a configuration, the lock says so. Whoever removes `.tcb-watch` while it runs (`git clean -fdx` does)
 * removes the lock with it: it is taken again, or, where another process was quicker, this one stops.
 */
import type { Holder, Lock } from '../state/lock.js';
import type { Daemon } from './daemon.js';

export interface Tenure {
  /** Before anything is sent: whether the lock is still this process's. */
  holds(): Promise<boolean>;
  /** Who answers for this process; its socket is kept alive too. */
  attach(daemon: Daemon): void;
  /** Resolves when another process has the lock; null: it does not say which. Never, where nobody takes it. */
  readonly lost: Promise<Holder | null>;
  /** No longer looks after the lock. The lock itself is let go of by whoever took it. */
  end(): void;
}

/** Between two looks at the lock, ms: one question to the file system. */
const everyMs = 2000;

export interface TenureOptions {
  /** null: there can be none here. */
  readonly lock: Lock | null;
  /** The lock was gone with the folder, and is ours again: what the folder held is to be written again. */
  readonly onAgain: () => void;
  readonly everyMs?: number;
}

export function createTenure({ lock, onAgain, everyMs: wait = everyMs }: TenureOptions): Tenure {
  let daemon: Daemon | null = null;
  let isLost = false;
  let tell = (_holder: Holder | null): void => undefined;
  const lost = new Promise<Holder | null>((resolve) => {
    tell = resolve;
  });
  const holds = async (): Promise<boolean> => {
    if (lock === null) return true;
    if (isLost) return false;
    const kept = await lock.keep();
    switch (kept.type) {
      case 'ours':
        return true;
      case 'again':
        onAgain();
        return true;
      case 'lost':
        isLost = true;
        tell(kept.holder);
        return false;
      default:
        return kept satisfies never;
    }
  };
  const look = async (): Promise<void> => {
    if (await holds()) await daemon?.renew();
  };
  const timer = setInterval(() => void look(), wait);
  timer.unref();
  return {
    holds,
    attach(opened) {
      daemon = opened;
    },
    lost,
    end: () => clearInterval(timer),
  };
}
