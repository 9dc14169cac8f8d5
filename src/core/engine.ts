/** The one loop: an event changes the state, whoever watches sees it, and what is due is begun. */
import type { Event, Job } from '../model/event.js';
import type { Settings } from '../model/nouns.js';
import { nextJob, wakeAt } from './plan.js';
import { reduce } from './reduce.js';
import { emptyState, type State } from './state.js';

/** The world's time, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after so many milliseconds; returns how to cancel. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * Does one job and says how it ended, as the one event that belongs to it. Never throws: a throw is a bug. The signal aborts
 * when nobody waits for it any more.
 */
export type Perform = (job: Job, signal: AbortSignal) => Promise<Event>;

/** Sees every event with the state before and after it. Must not dispatch within the call. */
export type Observer = (event: Event, after: State, before: State) => void;

export interface Engine {
  state(): State;
  /** Takes an event. Events that arrive while one is being taken are taken after it. */
  dispatch(event: Event): void;
  observe(observer: Observer): () => void;
  /** How many jobs are being done. */
  running(): number;
  /** Cancels the timer and breaks off what is under way, which ends into a state that nobody acts on. */
  close(): void;
}

export interface EngineOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly perform: Perform;
  /** Called with bugs: a job or an observer that threw. */
  readonly onBug: (error: unknown) => void;
}

/** Timers of Node hold 31 bits. */
const longestTimerMs = 2 ** 31 - 1;

export function createEngine({ settings, clock, perform, onBug }: EngineOptions): Engine {
  let state = emptyState(settings, clock.now());
  const observers = new Set<Observer>();
  const inbox: Event[] = [];
  let taking = false;
  /** The signal that breaks off each job that is being done. */
  const running = new Map<number, AbortController>();
  let closed = false;
  let cancelTimer: (() => void) | null = null;
  let timerAt: number | null = null;

  const take = (event: Event): void => {
    const before = state;
    state = reduce(before, event);
    if (state.requests !== before.requests) abortForgotten(before.requests);
    for (const observer of observers) guard(() => observer(event, state, before), onBug);
  };

  /** A request that the state knows no more has ended, or is waited for no longer. */
  const abortForgotten = (before: State['requests']): void => {
    for (const id of before.keys()) if (!state.requests.has(id)) running.get(id)?.abort();
  };

  const begin = (job: Job): void => {
    take({ type: 'job-started', at: clock.now(), job });
    const controller = new AbortController();
    running.set(job.id, controller);
    perform(job, controller.signal)
      .catch((error: unknown): null => {
        onBug(error);
        return null;
      })
      .then((ended) => {
        running.delete(job.id);
        if (ended !== null) dispatch(ended);
      })
      .catch(onBug);
  };

  const setTimer = (): void => {
    const at = closed ? null : wakeAt(state);
    if (at === timerAt) return;
    cancelTimer?.();
    cancelTimer = null;
    timerAt = at;
    if (at === null) return;
    const wait = Math.min(longestTimerMs, Math.max(1, Math.ceil(at - clock.now())));
    cancelTimer = clock.after(wait, () => {
      cancelTimer = null;
      timerAt = null;
      dispatch({ type: 'tick', at: clock.now() });
    });
  };

  const dispatch = (event: Event): void => {
    inbox.push(event);
    if (taking) return;
    taking = true;
    try {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
        take(next);
        if (closed || inbox.length > 0) continue;
        for (let job = nextJob(state); job !== null; job = nextJob(state)) begin(job);
      }
    } finally {
      taking = false;
    }
    setTimer();
  };

  return {
    state: () => state,
    dispatch,
    observe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    running: () => running.size,
    close() {
      closed = true;
      for (const controller of running.values()) controller.abort();
      setTimer();
    },
  };
}

function guard(call: () => void, onBug: (error: unknown) => void): void {
  try {
    call();
  } catch (error) {
    onBug(error);
  }
}
