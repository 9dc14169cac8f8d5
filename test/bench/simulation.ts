/** The real core and a cloud of nothing but times, in time that only the cloud passes: how long a sync takes, and how many requests. */
import { nextJob, wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { isAtRest } from '../../src/core/standing.js';
import { emptyState, type State } from '../../src/core/state.js';
import type { CloudFunction, Event, Job } from '../../src/model/event.js';
import { configured, settings } from '../core/make.js';

interface Speeds {
  readonly uploadMs: number;
  readonly listMs: number;
  readonly deployMs: number;
}

/** Functions on one page of a list. */
export const pageRows = 100;

export class Simulation {
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
      case 'quota':
        return {
          type: 'quota-ended',
          at,
          job,
          outcome: { ok: true, quota: { limit: 0, used: 0, perSecond: null } },
        };
      case 'probe':
        return { type: 'probe-ended', at, job, reachable: true, detail: '' };
      default:
        return job satisfies never;
    }
  }

  /** Until everything is live. @returns milliseconds */
  rest(): number {
    const from = this.now;
    // The cheaper question first: a thousand functions in twelve environments are looked through for the other.
    while (this.queue.length > 0 || !isAtRest(this.state)) {
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
      (name) => ({ function: name, cause: 'change', savedAt: this.now, full: false, capped: false }) as const,
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

export function nameAt(index: number): string {
  return `fn-${String(index).padStart(4, '0')}-x`;
}

export function simulation(
  functions: number,
  envs: number,
  speeds: Speeds,
  over: Partial<typeof settings> = {},
): Simulation {
  const names = Array.from({ length: functions }, (_, index) => nameAt(index));
  const ids = Array.from({ length: envs }, (_, index) => `env-${index}`);
  return new Simulation(names, ids, speeds, { requestsPerSecond: 10, ...over });
}
