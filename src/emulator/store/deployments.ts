import { type FunctionFilter, type FunctionStatus, keyOf } from '../model.js';

/** A deployment that ended, with the status that it left. */
export interface Finished {
  readonly env: string;
  readonly name: string;
  readonly status: FunctionStatus;
}

export interface Deployments {
  /** Ends a deployment after so long; `Infinity` leaves it to `finish`. */
  start(env: string, name: string, deployMs: number): void;
  /** Ends those under way that the filter means; resolves to how many when they have ended. */
  finish(filter: FunctionFilter): Promise<number>;
  /** Resolves when the deployment under way, if any, has ended. */
  settled(env: string, name: string): Promise<void>;
  /** Forgets those under way, after waiting for those that are just ending. */
  close(): Promise<void>;
}

interface UnderWay {
  readonly env: string;
  readonly name: string;
  readonly timer: NodeJS.Timeout | null;
  readonly end: () => Promise<void>;
  readonly done: Promise<void>;
}

/** The deployments under way and their clocks. `finishOne` does the work and never rejects. */
export function createDeployments(finishOne: (env: string, name: string) => Promise<void>): Deployments {
  const underWay = new Map<string, UnderWay>();
  const ending = new Set<Promise<void>>();
  let closed = false;
  const start = (env: string, name: string, deployMs: number): void => {
    if (closed) return;
    const key = keyOf(env, name);
    let settle = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    let ended: Promise<void> | null = null;
    const work = async (): Promise<void> => {
      await finishOne(env, name);
      if (underWay.get(key)?.done === done) underWay.delete(key);
      settle();
    };
    const end = (): Promise<void> => {
      if (ended !== null) return ended;
      const current = work().finally(() => ending.delete(current));
      ended = current;
      ending.add(current);
      return current;
    };
    const timer = Number.isFinite(deployMs) ? setTimeout(() => void end(), deployMs) : null;
    timer?.unref();
    underWay.set(key, { env, name, timer, end, done });
  };
  const stopTimers = (meant: Iterable<UnderWay>): void => {
    for (const { timer } of meant) if (timer !== null) clearTimeout(timer);
  };
  return {
    start,
    finish: async (filter) => {
      const meant = [...underWay.values()].filter((one) => isMeant(one, filter));
      stopTimers(meant);
      await Promise.all(meant.map(({ end }) => end()));
      return meant.length;
    },
    settled: async (env, name) => {
      await underWay.get(keyOf(env, name))?.done;
    },
    close: async () => {
      closed = true;
      stopTimers(underWay.values());
      await Promise.all(ending);
      underWay.clear();
    },
  };
}

const isMeant = ({ env, name }: UnderWay, filter: FunctionFilter): boolean =>
  (filter.env ?? env) === env && (filter.function ?? name) === name;
