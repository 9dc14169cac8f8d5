/** The loop itself, in a time that the test owns. */
import { expect, it, vi } from 'vitest';
import { type Clock, createEngine } from '../../src/core/engine.js';
import type { Event, Job } from '../../src/model/event.js';
import { configured, settings } from './make.js';

function scene() {
  const timers = new Map<() => void, number>();
  let now = 1000;
  const clock: Clock = {
    now: () => now,
    after(ms, callback) {
      timers.set(callback, ms);
      return () => void timers.delete(callback);
    },
  };
  /** The time of the only timer comes. */
  const ring = (): void => {
    const [timer, ...more] = timers;
    if (timer === undefined || more.length > 0) throw new Error(`${timers.size} timers`);
    const [callback, ms] = timer;
    timers.delete(callback);
    now += ms;
    callback();
  };
  const begun: { readonly job: Job; readonly signal: AbortSignal; readonly end: (ended: Event) => void }[] =
    [];
  const bugs: unknown[] = [];
  const engine = createEngine({
    settings,
    clock,
    perform: (job, signal) => new Promise((end) => begun.push({ job, signal, end })),
    onBug: (error) => bugs.push(error),
  });
  return { engine, timers, ring, begun, bugs };
}

it('begins what is due, and has one timer for what is due later', () => {
  const { engine, timers, begun } = scene();
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  expect(begun.map(({ job }) => job.type).sort()).toEqual(['read-token', 'scan']);
  expect(engine.running()).toBe(2);
  expect(timers.size).toBe(1);
});

it('begins what falls due by time alone', async () => {
  const { engine, ring, begun } = scene();
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  const reads = () => begun.filter(({ job }) => job.type === 'read-token');
  const [read] = reads();
  if (read?.job.type !== 'read-token') throw new Error('no token is read');
  read.end({ type: 'token-ended', at: 1000, job: read.job, outcome: { ok: false, problem: 'not there' } });
  await vi.waitFor(() => expect(engine.running()).toBe(1));
  for (let rings = 0; reads().length < 2 && rings < 10; rings += 1) ring();
  expect(reads()).toHaveLength(2);
  expect(engine.state().now).toBeGreaterThan(1000);
});

it('wakes in between where it has longer to wait than a timer of Node can hold', async () => {
  const { engine, timers, begun } = scene();
  engine.dispatch(configured(1000, ['pay'], []));
  for (const { job, end } of begun) {
    const result = { ok: true, fingerprint: 'pay-1', files: 1, bytes: 1, changed: [] } as const;
    const outcome = { ok: true, changed: true, renewAt: 1000 + 2 ** 40, expiresAt: null } as const;
    if (job.type === 'scan') end({ type: 'scan-ended', at: 1000, job, result });
    if (job.type === 'read-token') end({ type: 'token-ended', at: 1000, job, outcome });
  }
  await vi.waitFor(() => expect(engine.running()).toBe(0));
  expect([...timers.values()]).toEqual([2 ** 31 - 1]);
});

it('takes each event when it comes, and ends of jobs among them', async () => {
  const { engine, begun } = scene();
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  engine.dispatch({ type: 'pause', at: 1000, paused: true });
  expect(engine.state().paused).toBe(true);
  const scan = begun.find(({ job }) => job.type === 'scan');
  if (scan?.job.type !== 'scan') throw new Error('nothing is read');
  const result = { ok: true, fingerprint: 'pay-1', files: 1, bytes: 1, changed: [] } as const;
  scan.end({ type: 'scan-ended', at: 1000, job: scan.job, result });
  await vi.waitFor(() => expect(engine.running()).toBe(1));
  expect(engine.state().functions.get('pay')?.wanted).toBe('pay-1');
});

it('takes an event that comes while one is being taken after it', () => {
  const { engine } = scene();
  const seen: string[] = [];
  engine.observe(({ type }) => {
    seen.push(`${type} begins`);
    if (type === 'configured') engine.dispatch({ type: 'pause', at: 1000, paused: true });
    seen.push(`${type} ends`);
  });
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  expect(seen.slice(0, 4)).toEqual(['configured begins', 'configured ends', 'pause begins', 'pause ends']);
});

it('breaks off a request that nobody waits for any more, and no other job', async () => {
  const { engine, begun } = scene();
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  const read = begun.find(({ job }) => job.type === 'read-token');
  if (read?.job.type !== 'read-token') throw new Error('no token is read');
  const outcome = { ok: true, changed: true, renewAt: null, expiresAt: null } as const;
  read.end({ type: 'token-ended', at: 1000, job: read.job, outcome });
  await vi.waitFor(() => expect(begun.map(({ job }) => job.type)).toContain('list'));
  // To another endpoint.
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  const aborted = begun.filter(({ signal }) => signal.aborted).map(({ job }) => job.type);
  expect(aborted).toEqual(['list']);
});

it('reports an observer that throws, and goes on', () => {
  const { engine, begun, bugs } = scene();
  const error = new Error('of the observer');
  engine.observe(() => {
    throw error;
  });
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  expect(new Set(bugs)).toEqual(new Set([error]));
  expect(begun).toHaveLength(2);
});

it('once closed breaks off what is under way, and begins and waits for nothing more', () => {
  const { engine, timers, begun } = scene();
  engine.dispatch(configured(1000, ['pay'], ['dev']));
  engine.close();
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  expect(timers.size).toBe(0);
  engine.dispatch({
    type: 'discovered',
    at: 1000,
    functions: configured(1000, ['pay', 'login'], ['dev']).functions,
  });
  expect(begun).toHaveLength(2);
  expect(timers.size).toBe(0);
});
