import type { CallName } from '../calls/table.js';
import type { Journal, RecordedRequest } from '../http/journal.js';

/** Which held requests are meant: those that agree with every field given. */
export interface HeldFilter {
  readonly id?: number | undefined;
  readonly call?: CallName | undefined;
  readonly function?: string | undefined;
  readonly env?: string | undefined;
}

/** Requests that wait: for a time, or until somebody lets them go. All of it ends when the emulator is closed. */
export interface Holding {
  /** Resolves after so long. */
  pause(ms: number): Promise<void>;
  /** Resolves when the request is released: true, or false when the emulator is closed. */
  hold(request: RecordedRequest): Promise<boolean>;
  held(): readonly RecordedRequest[];
  /** Lets go of the requests meant; returns how many. */
  release(filter: HeldFilter): number;
  close(): void;
}

export function createHolding(journal: Journal): Holding {
  const held = new Map<RecordedRequest, (goOn: boolean) => void>();
  const endings = new Set<() => void>();
  let closed = false;
  const letGo = (request: RecordedRequest, goOn: boolean): void => {
    held.get(request)?.(goOn);
    held.delete(request);
  };
  return {
    pause: async (ms) => {
      if (ms <= 0 || closed) return;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          endings.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        endings.add(end);
      });
    },
    hold: (request) =>
      new Promise((resolve) => {
        if (closed) {
          resolve(false);
          return;
        }
        held.set(request, resolve);
        journal.update(request.id, { state: 'held' });
      }),
    held: () => [...held.keys()],
    release: (filter) => {
      const meant = [...held.keys()].filter((request) => isMeant(request, filter));
      for (const request of meant) letGo(request, true);
      return meant.length;
    },
    close: () => {
      closed = true;
      for (const request of [...held.keys()]) letGo(request, false);
      for (const end of [...endings]) end();
    },
  };
}

const isMeant = (request: RecordedRequest, filter: HeldFilter): boolean =>
  (filter.id ?? request.id) === request.id &&
  (filter.call ?? request.call) === request.call &&
  (filter.function ?? request.functionname) === request.functionname &&
  (filter.env === undefined || request.envs.includes(filter.env));
