/** What the scheduler takes for one event: reducing it, deriving what is reported of it, and looking for what to do next. */
import { it } from 'vitest';
import { createEngine, type Engine } from '../../src/core/engine.js';
import type { CloudFunction, Event, Job, ScanResult } from '../../src/model/event.js';
import { createFacts } from '../../src/text/facts.js';
import { configured, settings } from '../core/make.js';
import { report } from './rows.js';

const saves = 400;

/** A cloud and a disk of no duration: every job ends at once, so that only the engine's own time passes. */
function createWorld(functions: number, envs: number) {
  const names = Array.from({ length: functions }, (_, index) => `fn-${index}`);
  const envIds = Array.from({ length: envs }, (_, index) => `env-${index}`);
  const cloud = new Map(names.map((name) => [name, cloudFunction(name, 0)]));
  const contents = new Map(names.map((name) => [name, 0]));
  const counts = { events: 0, facts: 0 };
  let now = 1_000_000;
  const later = (ms: number): number => {
    now += ms;
    return now;
  };
  const perform = async (job: Job): Promise<Event> => {
    if (job.type === 'push') cloud.set(job.function, cloudFunction(job.function, now));
    return endOf(job, later(1), [...cloud.values()], contents);
  };
  const engine: Engine = createEngine({
    settings,
    clock: { now: () => now, after: () => () => undefined },
    perform,
    onBug: (error) => {
      throw error;
    },
  });
  const facts = createFacts('en');
  engine.observe((event, after, before) => {
    counts.events += 1;
    counts.facts += facts(event, after, before).length;
  });
  const rest = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; quiet = engine.running() === 0 ? quiet + 1 : 0)
      await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    engine.dispatch({ type: 'tick', at: later(ms) });
    await rest();
  };
  const save = (name: string): void => {
    contents.set(name, (contents.get(name) ?? 0) + 1);
    engine.dispatch({ type: 'touched', at: later(1), functions: [name] });
    const at = later(100);
    const settled = { function: name, cause: 'change', savedAt: at, full: false } as const;
    engine.dispatch({ type: 'settled', at, functions: [settled] });
  };
  engine.dispatch(configured(now, names, envIds));
  return { engine, names, counts, rest, pass, save };
}

function cloudFunction(name: string, version: number): CloudFunction {
  return { name, status: 'Active', modTime: `at ${version}`, statusReason: '' };
}

function endOf(
  job: Job,
  at: number,
  functions: CloudFunction[],
  contents: ReadonlyMap<string, number>,
): Event {
  switch (job.type) {
    case 'scan':
      return { type: 'scan-ended', at, job, result: scanned(contents.get(job.function) ?? 0) };
    case 'push': {
      const outcome = { type: 'answered', requestMs: 1, failures: [] } as const;
      return { type: 'push-ended', at, job, jitter: 0.5, outcome };
    }
    case 'list':
      return {
        type: 'list-ended',
        at,
        job,
        outcome: { ok: true, functions, total: functions.length },
        jitter: 0.5,
      };
    case 'read-token': {
      const outcome = { ok: true, changed: true, renewAt: null, expiresAt: null } as const;
      return { type: 'token-ended', at, job, outcome };
    }
    case 'part': {
      const outcome = { type: 'answered', requestMs: 1, failures: [] } as const;
      return { type: 'part-ended', at, job, jitter: 0.5, outcome };
    }
    case 'probe':
      return { type: 'probe-ended', at, job, reachable: true, detail: '' };
    default:
      return job satisfies never;
  }
}

function scanned(version: number): ScanResult {
  return {
    ok: true,
    fingerprint: String(version).padStart(64, '0'),
    files: 3,
    bytes: 5000,
    changed: ['index.js'],
  };
}

async function msPerEvent(functions: number, envs: number): Promise<{ quiet: number; burst: number }> {
  const world = createWorld(functions, envs);
  const settle = async (): Promise<void> => {
    await world.rest();
    for (let looks = 0; looks < 8; looks += 1) await world.pass(2000);
  };
  await settle();
  const measure = async (work: () => Promise<void>): Promise<number> => {
    const from = world.counts.events;
    const startedAt = performance.now();
    await work();
    return (performance.now() - startedAt) / (world.counts.events - from);
  };
  const oneByOne = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      world.save(world.names[(index * 7) % functions] ?? '');
      await world.rest();
      await world.pass(2000);
    }
  };
  await oneByOne(50);
  const quiet = await measure(() => oneByOne(saves));
  await settle();
  const burst = await measure(async () => {
    for (const name of world.names) world.save(name);
    await settle();
  });
  return { quiet, burst };
}

it('engine: one event', async (context) => {
  await msPerEvent(50, 2);
  const base = await msPerEvent(150, 5);
  const twice = await msPerEvent(300, 5);
  const four = await msPerEvent(600, 5);
  const row = { unit: 'ms', p99: null } as const;
  report(context, {
    ...row,
    what: 'engine: one event of a save, 300 functions × 5 environments',
    median: twice.quiet,
    reference: { name: '150 × 5', median: base.quiet },
    reach: '≤ 0.05 ms',
  });
  report(context, {
    ...row,
    what: 'the same, 600 × 5',
    median: four.quiet,
    reference: { name: '300 × 5', median: twice.quiet },
    reach: '≤ 2 ×',
  });
  report(context, {
    ...row,
    what: 'engine: one event while all of 300 × 5 change at once',
    median: twice.burst,
    reference: { name: '150 × 5', median: base.burst },
    reach: '≤ 2 ×',
  });
});
