/** How long a sync takes, and how many requests, against what the rate allows: the real core in time that only the cloud passes. */
import { it } from 'vitest';
import { nextJob, wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { isAtRest } from '../../src/core/standing.js';
import { emptyState, type State } from '../../src/core/state.js';
import type { CloudFunction, Event, Job } from '../../src/model/event.js';
import { configured, settings } from '../core/make.js';
import { report } from './rows.js';

interface Speeds {
  readonly uploadMs: number;
  readonly listMs: number;
  readonly deployMs: number;
}

const pageRows = 100;

class Simulation {
  now = 1_000_000;
  state: State = emptyState(settings, this.now);
  /** When each request went onto the wire. */
  readonly wires: number[] = [];
  /** Milliseconds of ours that the slowest event took, and all of them. */
  slowestMs = 0;
  spentMs = 0;
  events = 0;
  private readonly queue: { readonly at: number; readonly end: () => Event }[] = [];
  private readonly cloud = new Map<string, { doneAt: number; modTime: string }>();
  private readonly version = new Map<string, number>();

  constructor(
    private readonly names: readonly string[],
    envs: readonly string[],
    private readonly speeds: Speeds,
    over: Partial<typeof settings>,
  ) {
    this.take(configured(this.now, names, envs, over));
  }

  private take(event: Event): void {
    const startedAt = performance.now();
    this.state = reduce(this.state, event);
    for (let job = nextJob(this.state); job !== null; job = nextJob(this.state)) this.begin(job);
    wakeAt(this.state);
    const ms = performance.now() - startedAt;
    this.slowestMs = Math.max(this.slowestMs, ms);
    this.spentMs += ms;
    this.events += 1;
  }

  private begin(job: Job): void {
    this.state = reduce(this.state, { type: 'job-started', at: this.now, job });
    const { uploadMs, listMs } = this.speeds;
    if (job.type === 'push') {
      const at = this.now;
      this.state = reduce(this.state, { type: 'push-sending', at, job, zipBytes: 2000, files: 2 });
      this.state = reduce(this.state, { type: 'push-written', at, job });
    }
    if (job.type === 'push' || job.type === 'list') this.wires.push(this.now);
    const takes = job.type === 'push' ? uploadMs : job.type === 'list' ? listMs : 1;
    this.queue.push({ at: this.now + takes, end: () => this.end(job) });
  }

  private end(job: Job): Event {
    const at = this.now;
    switch (job.type) {
      case 'scan': {
        const fingerprint = `${job.function} ${this.version.get(job.function) ?? 0}`;
        return {
          type: 'scan-ended',
          at,
          job,
          result: { ok: true, fingerprint, files: 2, bytes: 2000, changed: [] },
        };
      }
      case 'push':
        for (const env of job.envs)
          this.cloud.set(`${env} ${job.function}`, {
            doneAt: at + this.speeds.deployMs,
            modTime: `${Math.floor(at / 1000)}`,
          });
        return {
          type: 'push-ended',
          at,
          job,
          jitter: 0.5,
          outcome: { type: 'answered', requestMs: 1, failures: [] },
        };
      case 'list': {
        const rows: CloudFunction[] = [];
        for (const name of this.names) {
          const known = this.cloud.get(`${job.env} ${name}`);
          if (known === undefined || (job.searchKey !== null && !name.includes(job.searchKey))) continue;
          const status = known.doneAt <= at ? 'Active' : 'Updating';
          rows.push({ name, status, modTime: known.modTime, statusReason: '' });
        }
        const functions = rows.slice(job.offset, job.offset + pageRows);
        return {
          type: 'list-ended',
          at,
          job,
          jitter: 0.5,
          outcome: { ok: true, functions, total: rows.length },
        };
      }
      case 'read-token':
        return {
          type: 'token-ended',
          at,
          job,
          outcome: { ok: true, changed: true, renewAt: null, expiresAt: null },
        };
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

  /** Until everything is live. @returns milliseconds */
  rest(): number {
    const from = this.now;
    while (!isAtRest(this.state) || this.queue.length > 0) {
      this.queue.sort((a, b) => a.at - b.at);
      const due = wakeAt(this.state);
      const [first] = this.queue;
      if (first !== undefined && (due === null || first.at <= due)) {
        this.queue.shift();
        this.now = first.at;
        this.take(first.end());
      } else if (due !== null) {
        this.now = due;
        this.take({ type: 'tick', at: due });
      } else throw new Error('it sleeps and is not at rest');
    }
    return this.now - from;
  }

  save(names: readonly string[]): void {
    for (const name of names) this.version.set(name, (this.version.get(name) ?? 0) + 1);
    this.take({ type: 'touched', at: this.now, functions: names });
    this.now += 100;
    const settled = names.map(
      (name) => ({ function: name, cause: 'change', savedAt: this.now, full: false }) as const,
    );
    this.take({ type: 'settled', at: this.now, functions: settled });
  }

  /** The most requests in any one second. */
  busiest(): number {
    return Math.max(
      ...this.wires.map((at) => this.wires.filter((other) => other > at - 1000 && other <= at).length),
    );
  }
}

function simulation(
  functions: number,
  envs: number,
  speeds: Speeds,
  over: Partial<typeof settings> = {},
): Simulation {
  const names = Array.from({ length: functions }, (_, index) => `fn-${String(index).padStart(4, '0')}-x`);
  const ids = Array.from({ length: envs }, (_, index) => `env-${index}`);
  return new Simulation(names, ids, speeds, { requestsPerSecond: 10, ...over });
}

const usual = { uploadMs: 500, listMs: 150, deployMs: 700 };

it('requests', (context) => {
  const row = { unit: 'ms', p99: null } as const;
  const first = simulation(300, 12, usual);
  const took = first.rest();
  const floor = (300 + 12 + 36) * 100;
  report(context, {
    ...row,
    what: `first sync, 300 functions × 12 environments: ${first.wires.length} requests`,
    median: took,
    reference: { name: 'requests ÷ rate', median: floor },
    reach: '≤ 1.3 ×',
  });
  const slow = simulation(300, 12, { uploadMs: 400, listMs: 400, deployMs: 2000 });
  report(context, {
    ...row,
    what: 'the same, 400 ms an answer, 2 s a deployment',
    median: slow.rest(),
    reference: { name: `requests: ${slow.wires.length}`, median: 60_000 },
    reach: '≤ 60 s, ≤ 500 requests',
  });
  const large = simulation(1000, 12, usual);
  large.rest();
  const perEvent = large.spentMs / large.events;
  const before = large.wires.length;
  large.save(['fn-0500-x']);
  large.rest();
  report(context, {
    unit: 'count',
    p99: null,
    what: 'requests for one save at peace, 1,000 × 12',
    median: large.wires.length - before,
    reference: { name: '1 + 12 a look', median: 1 + 12 * 2 },
    reach: '≤ 1 + 12 a look',
  });
  report(context, {
    unit: 'ms',
    p99: null,
    what: 'one event at 1,000 × 12, first sync, next job and wake time included',
    median: perEvent,
    reference: { name: 'reach', median: 1 },
    reach: '≤ 1 ms',
  });
  large.slowestMs = 0;
  large.save(Array.from({ length: 1000 }, (_, index) => `fn-${String(index).padStart(4, '0')}-x`));
  large.rest();
  report(context, {
    unit: 'ms',
    p99: null,
    what: 'a checkout of 1,000 functions × 12: longest block of the core',
    median: large.slowestMs,
    reference: { name: 'reach', median: 50 },
    reach: '≤ 50 ms',
  });
  const careful = simulation(100, 4, usual, { requestsPerSecond: 3 });
  careful.rest();
  report(context, {
    unit: 'count',
    p99: null,
    what: 'most requests in any second at requestsPerSecond 3',
    median: careful.busiest(),
    reference: { name: 'allowed', median: 3 },
    reach: '3',
  });
});
