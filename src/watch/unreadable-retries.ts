/**
 * Rescans functions that cannot be read for the moment: another program has a file open, this one has too many open, a
 * disk fails. None of these ends with a file event, so nothing else would come back to them before the next sweep.
 */
import type { Content } from '../content/content.js';
import type { ScanResult } from '../model/event.js';
import type { ContentProblem, FunctionName } from '../model/nouns.js';
import { mayPass, noAnswer } from '../system/text-file.js';

export interface UnreadableRetriesOptions {
  /** Why a function cannot be sent, as the engine knows it. */
  readonly problemOf: (name: FunctionName) => ContentProblem | null;
  readonly content: Pick<Content, 'glance'>;
  /** A function's quiet time is running: a scan follows it anyway. */
  readonly isPending: (name: FunctionName) => boolean;
  /** Begins a function's quiet time. */
  readonly touch: (name: FunctionName) => void;
  readonly onBug: (error: unknown) => void;
  /** First wait, ms; it doubles up to `capMs`. Only tests change them. */
  readonly firstMs?: number;
  readonly capMs?: number;
}

export interface UnreadableRetries {
  /** A scan of this function has ended, and the engine knows how. */
  take(name: FunctionName): void;
  close(): void;
}

const usualFirstMs = 200;
const usualCapMs = 5000;

export function createUnreadableRetries(options: UnreadableRetriesOptions): UnreadableRetries {
  const { problemOf, content, isPending, touch, firstMs = usualFirstMs, capMs = usualCapMs } = options;
  const timers = new Map<FunctionName, NodeJS.Timeout>();
  let closed = false;

  const isLocked = (name: FunctionName): boolean => {
    const problem = problemOf(name);
    return problem?.reason === 'unreadable' && (mayPass(problem.code) || problem.code === noAnswer);
  };
  const isStillLocked = (result: ScanResult): boolean =>
    !result.ok && result.problem.reason === 'unreadable' && mayPass(result.problem.code);

  const lookAgain = async (name: FunctionName, waitMs: number): Promise<void> => {
    if (closed || isPending(name) || !isLocked(name)) return;
    const result = await content.glance(name);
    if (closed || isPending(name) || !isLocked(name)) return;
    if (isStillLocked(result)) plan(name, Math.min(waitMs * 2, capMs));
    else touch(name);
  };
  const plan = (name: FunctionName, waitMs: number): void => {
    clearTimeout(timers.get(name));
    const timer = setTimeout(() => {
      timers.delete(name);
      lookAgain(name, waitMs).catch(options.onBug);
    }, waitMs);
    timers.set(name, timer);
  };
  return {
    take(name) {
      if (!closed && isLocked(name) && !timers.has(name)) plan(name, firstMs);
    },
    close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
