import type { CallName } from '../calls/table.js';
import type { Journal, RecordedRequest } from '../http/journal.js';

/** Which held requests are meant: those that agree with every field given. */
export interface HeldFilter {
  readonly id?: number | undefined;
  readonly call?: CallName | undefined;
  readonly function?: string | undefined;
  readonly env?: string | undefined;
}

/** Requests that wait until somebody lets them go. */
export interface Holding {
  /** Resolves when the request is released: true, or false when the emulator is closed. */
  hold(request: RecordedRequest): Promise<boolean>;
  held(): readonly RecordedRequest[];
  /** Lets go of the requests meant; returns how many. */
  release(filter: HeldFilter): number;
  close(): void;
}

export function createHolding(journal: Journal): Holding {
  const waiting = new Map<RecordedRequest, (goOn: boolean) => void>();
  let closed = false;
  const letGo = (request: RecordedRequest, goOn: boolean): void => {
    waiting.get(request)?.(goOn);
    waiting.delete(request);
  };
  return {
    hold: (request) =>
      new Promise((resolve) => {
        if (closed) {
          resolve(false);
          return;
        }
        waiting.set(request, resolve);
        journal.update(request.id, { state: 'held' });
      }),
    held: () => [...waiting.keys()],
    release: (filter) => {
      const meant = [...waiting.keys()].filter((request) => isMeant(request, filter));
      for (const request of meant) letGo(request, true);
      return meant.length;
    },
    close: () => {
      closed = true;
      for (const request of [...waiting.keys()]) letGo(request, false);
    },
  };
}

const isMeant = (request: RecordedRequest, filter: HeldFilter): boolean =>
  (filter.id ?? request.id) === request.id &&
  (filter.call ?? request.call) === request.call &&
  (filter.function ?? request.functionname) === request.functionname &&
  (filter.env === undefined || request.envs.includes(filter.env));
