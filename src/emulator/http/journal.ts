import { randomBytes } from 'node:crypto';
import { type CallName, perCall } from '../calls/table.js';
import type { Finished } from '../store/deployments.js';

/** One request, without its token. What came of it is null until it ended. */
export interface RecordedRequest {
  /** Counts from 1, in the order of arrival. */
  readonly id: number;
  readonly at: number;
  readonly call: CallName;
  readonly path: string;
  readonly method: string;
  /** The name under which its token came; null: there was none. */
  readonly tokenAs: 'access_token' | 'cloudbase_access_token' | null;
  readonly functionname: string | null;
  readonly envs: readonly string[];
  /** Bytes of the decoded zip; null where the body has none that can be decoded. */
  readonly zipBytes: number | null;
  /** The zip itself, only with `keepZips`. */
  readonly zip: Buffer | null;
  readonly bodyBytes: number;
  readonly rid: string;
  /** The HTTP status sent; null while under way, and where no answer was sent. */
  readonly status: number | null;
  readonly errcode: number | null;
  /** Environments that refused, with their texts. */
  readonly failures: readonly { readonly env: string; readonly message: string }[];
  /** `held` and `hung` ones are still open; `cut` ones got half an answer or none. */
  readonly state: 'open' | 'held' | 'hung' | 'answered' | 'cut';
  /** From arrival to answer. */
  readonly ms: number | null;
}

export type EmulatorEvent =
  | { readonly type: 'received'; readonly request: RecordedRequest }
  | { readonly type: 'held'; readonly request: RecordedRequest }
  | { readonly type: 'answered'; readonly request: RecordedRequest }
  | { readonly type: 'deployed'; readonly deployment: Finished };

type Draft = Omit<RecordedRequest, 'id' | 'status' | 'errcode' | 'failures' | 'state' | 'ms'>;

export interface Journal {
  counts(): Readonly<Record<CallName, number>>;
  /** The latest, oldest first. */
  requests(): readonly RecordedRequest[];
  received(draft: Draft): RecordedRequest;
  /** Replaces a record by one that knows more, and notifies the listeners where that is an event. */
  update(id: number, fields: Partial<RecordedRequest>): void;
  deployed(deployment: Finished): void;
  /** Returns what ends the listening. */
  onEvent(listener: (event: EmulatorEvent) => void): () => void;
}

/** How many requests are remembered; a soak makes far more. */
const KEPT = 5000;

export function createJournal(): Journal {
  const counts = perCall(() => 0);
  const kept = new Map<number, RecordedRequest>();
  const listeners = new Set<(event: EmulatorEvent) => void>();
  let last = 0;
  const tell = (event: EmulatorEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  return {
    counts: () => ({ ...counts }),
    requests: () => [...kept.values()],
    received: (draft) => {
      last += 1;
      counts[draft.call] += 1;
      const request: RecordedRequest = { ...draft, ...UNDER_WAY, id: last };
      kept.set(last, request);
      if (kept.size > KEPT) kept.delete(last - KEPT);
      tell({ type: 'received', request });
      return request;
    },
    update: (id, fields) => {
      const before = kept.get(id);
      if (before === undefined) return;
      const request = { ...before, ...fields };
      kept.set(id, request);
      if (request.state === 'held') tell({ type: 'held', request });
      if (request.state === 'answered' || request.state === 'cut') tell({ type: 'answered', request });
    },
    deployed: (deployment) => tell({ type: 'deployed', deployment }),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const UNDER_WAY = { status: null, errcode: null, failures: [], state: 'open', ms: null } as const;

/** A request's id as the vendor prints it: three groups of eight hexadecimal digits. */
export const newRid = (): string => [1, 2, 3].map(() => randomBytes(4).toString('hex')).join('-');

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
