/** Waiting for the engine, and noticing sleep, with an engine whose state is handed in. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, Observer } from '../../src/core/engine.js';
import { reduce } from '../../src/core/reduce.js';
import { emptyState, type State } from '../../src/core/state.js';
import type { Event, ListJob, PushJob } from '../../src/model/event.js';
import { watchForSleep } from '../../src/sync/sleep.js';
import { until, uploadsEnded, whenAtRest } from '../../src/sync/waiting.js';
import { configured, settings } from '../core/make.js';

interface Double {
  readonly engine: Engine;
  set(state: State, running?: number): void;
  readonly dispatched: readonly Event[];
  observers(): number;
  /** How often the state was asked for. */
  looks(): number;
}

function engineWith(first: State): Double {
  let state = first;
  let running = 0;
  const observers = new Set<Observer>();
  const dispatched: Event[] = [];
  let looks = 0;
  return {
    engine: {
      state() {
        looks += 1;
        return state;
      },
      dispatch: (event) => void dispatched.push(event),
      observe(observer) {
        observers.add(observer);
        return () => void observers.delete(observer);
      },
      running: () => running,
      close: () => undefined,
    },
    set(next, jobs = 0) {
      const before = state;
      [state, running] = [next, jobs];
      for (const observer of [...observers]) observer({ type: 'stop', at: 0 }, state, before);
    },
    dispatched,
    observers: () => observers.size,
    looks: () => looks,
  };
}

const rest = emptyState(settings, 0);
/** Files are to be read, and environments to be asked. */
const busy = reduce(rest, configured(0, ['pay'], ['dev']));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => {
    over = true;
  });
  await turn();
  await turn();
  return over;
}

describe('until', () => {
  it('resolves at once where it holds, and leaves no observer', async () => {
    const { engine, observers } = engineWith(rest);
    await until(engine, new AbortController().signal, () => true);
    expect(observers()).toBe(0);
  });

  it('resolves after the event that makes it hold', async () => {
    const { engine, set, observers } = engineWith(rest);
    let holds = false;
    const waited = until(engine, new AbortController().signal, () => holds);
    set(busy);
    expect(await isOver(waited)).toBe(false);
    holds = true;
    expect(await isOver(waited)).toBe(false);
    set(rest);
    expect(await isOver(waited)).toBe(true);
    expect(observers()).toBe(0);
  });

  it('resolves when the signal aborts', async () => {
    const { engine, observers } = engineWith(rest);
    const ending = new AbortController();
    const waited = until(engine, ending.signal, () => false);
    ending.abort();
    expect(await isOver(waited)).toBe(true);
    expect(observers()).toBe(0);
  });
});

describe('rest', () => {
  it('is when nothing is being done and nothing is going to change', async () => {
    const { engine, set } = engineWith(busy);
    const { signal } = new AbortController();
    const waited = whenAtRest(engine, signal);
    expect(await isOver(waited)).toBe(false);
    set(rest, 1);
    expect(await isOver(waited)).toBe(false);
    set(rest, 0);
    expect(await isOver(waited)).toBe(true);
  });

  it('of some targets does not wait for the others', async () => {
    const { engine } = engineWith(busy);
    const { signal } = new AbortController();
    expect(await isOver(whenAtRest(engine, signal, (name) => name === 'other'))).toBe(true);
    expect(await isOver(whenAtRest(engine, signal, (name) => name === 'pay'))).toBe(false);
  });
});

describe('the end', () => {
  const list: ListJob = { type: 'list', id: 1, env: 'dev', offset: 0, searchKey: null };
  const push: PushJob = {
    ...{ type: 'push', id: 2, function: 'pay', envs: ['dev'], fingerprint: 'f', operation: 'update' },
    ...{ attempt: 1, cause: 'change', isKept: false, savedAt: null },
  };
  const wire = { tokenGeneration: 0, bytes: 0, sentAt: null, writtenAt: null, answerBy: null };
  const asking = (...jobs: readonly (ListJob | PushJob)[]): State => ({
    ...rest,
    requests: new Map(jobs.map((job) => [job.id, { job, startedAt: 0, ...wire }])),
  });

  it('waits for uploads on their way, and for no list', async () => {
    const { engine, set, observers } = engineWith(asking(list, push));
    const ended = uploadsEnded(engine, 60_000);
    expect(await isOver(ended)).toBe(false);
    set(asking(list));
    expect(await isOver(ended)).toBe(true);
    expect(observers()).toBe(0);
    expect(await isOver(uploadsEnded(engine, 60_000))).toBe(true);
    expect(observers()).toBe(0);
  });

  it('waits for uploads no longer than it is told', async () => {
    const { engine, observers } = engineWith(asking(push));
    await uploadsEnded(engine, 1);
    expect(observers()).toBe(0);
  });
});

describe('sleep', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is noticed by a jump of the clock while something waits, and the clock is left alone at rest', () => {
    const { engine, set, dispatched } = engineWith(rest);
    const watch = watchForSleep(engine);
    set(rest);
    expect(vi.getTimerCount()).toBe(0);
    set(busy);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(dispatched).toEqual([]);
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(1000);
    expect(dispatched.map(({ type }) => type)).toEqual(['woke']);
    vi.advanceTimersByTime(5000);
    expect(dispatched).toHaveLength(1);
    set(rest);
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
    set(busy);
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
    set(busy);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('costs no look at every target with each event', () => {
    const { engine, set, looks } = engineWith(busy);
    const watch = watchForSleep(engine);
    for (let events = 0; events < 100; events += 1) set(busy);
    vi.advanceTimersByTime(1000);
    expect(looks()).toBeLessThan(10);
    watch.close();
  });

  it('a busy moment of less than three seconds is none', () => {
    const { engine, set, dispatched } = engineWith(busy);
    const watch = watchForSleep(engine);
    set(busy);
    vi.setSystemTime(Date.now() + 2500);
    vi.advanceTimersByTime(1000);
    expect(dispatched).toEqual([]);
    watch.close();
  });
});
