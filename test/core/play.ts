/** The core played event by event: the test decides what happens and when each job ends; time passes only when it says so. */

import { type Phase, phaseOf } from '../../src/core/phase.js';
import { nextJob, wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { emptyState, type State, type TargetState } from '../../src/core/state.js';
import type {
  CloudFunction,
  Event,
  Job,
  ListJob,
  PartJob,
  PartOutcome,
  ProbeJob,
  PushJob,
  QuotaJob,
  QuotaOutcome,
  ScanJob,
  TokenJob,
  TokenOutcome,
} from '../../src/model/event.js';
import type { ContentProblem, Failure, Hold, LedgerEntry, Settings } from '../../src/model/nouns.js';
import { configured, settings } from './make.js';

interface Begun {
  readonly job: Job;
  readonly at: number;
}

export interface PlayOptions {
  readonly names?: readonly string[];
  readonly envs?: readonly string[];
  readonly settings?: Partial<Settings>;
  readonly ledger?: readonly LedgerEntry[];
  /** The number that each use of the back-off draws; default 0.5. */
  readonly jitter?: () => number;
  /** Scans end with `endScans` alone; default: each at once. */
  readonly holdsScans?: boolean;
  /** The environments that get the content with the helper; default: none. */
  readonly helperIn?: readonly string[];
  /** An upload that is packed does not go; default: it goes onto the wire at once. */
  readonly holdsPacking?: boolean;
}

/** A row of getscflist. */
export function row(name: string, modTime: string, status = 'Active', statusReason = ''): CloudFunction {
  return { name, status, modTime, statusReason };
}

export class Play {
  now = 1_000_000;
  state: State = emptyState(settings, this.now);
  /** Every job begun, with its time. */
  readonly begun: Begun[] = [];
  private readonly open: Begun[] = [];
  private readonly disk = new Map<string, string>();
  private readonly jitter: () => number;
  private holdsScans: boolean;
  private readonly holdsPacking: boolean;
  /** The timers that a function wants. */
  readonly timers = new Map<string, string>();
  /** The problem that a scan finds instead of content. */
  readonly problems = new Map<string, ContentProblem>();

  constructor({
    names = ['pay'],
    envs = ['dev'],
    settings: over = {},
    ledger = [],
    jitter,
    holdsScans = false,
    holdsPacking = false,
    helperIn = [],
  }: PlayOptions = {}) {
    this.holdsScans = holdsScans;
    this.holdsPacking = holdsPacking;
    this.jitter = jitter ?? (() => 0.5);
    for (const name of names) this.disk.set(name, `${name}-1`);
    const first = configured(this.now, names, envs, over);
    const functions = first.functions.map((each) => ({ ...each, helperIn }));
    this.feed({ ...first, functions, ledger });
  }

  /** A new configuration with these environments. */
  configure(envs: readonly string[]): void {
    this.feed({ ...configured(this.now, [...this.disk.keys()], envs), cloudChanged: false });
  }

  /** Another endpoint. */
  moveCloud(): void {
    const envs = [...this.state.envs.keys()];
    this.feed(configured(this.now, [...this.disk.keys()], envs));
  }

  feed(event: Event): void {
    this.state = reduce(this.state, event);
    this.dropAborted();
    for (let job = nextJob(this.state); job !== null; job = nextJob(this.state)) {
      this.state = reduce(this.state, { type: 'job-started', at: this.now, job });
      this.begun.push({ job, at: this.now });
      this.open.push({ job, at: this.now });
      if (job.type === 'push' && !this.holdsPacking) {
        const { now: at } = this;
        this.state = reduce(this.state, { type: 'push-sending', at, job, zipBytes: 1000, files: 1 });
        this.state = reduce(this.state, { type: 'push-written', at, job });
      }
    }
    this.scanAll();
  }

  /** Whatever does the jobs breaks off what nobody waits for any more. */
  private dropAborted(): void {
    const isAborted = ({ job }: Begun): boolean =>
      (job.type === 'push' || job.type === 'list' || job.type === 'part') && !this.state.requests.has(job.id);
    const kept = this.open.filter((begun) => !isAborted(begun));
    this.open.splice(0, this.open.length, ...kept);
  }

  /** Scans end at once: they are not what these tests are about. */
  private scanAll(): void {
    if (this.holdsScans) return;
    const scan = this.open.find(({ job }) => job.type === 'scan');
    if (scan?.job.type !== 'scan') return;
    const { job } = this.end(scan.job);
    const fingerprint = this.disk.get(scan.job.function) ?? '?';
    if (job.type !== 'scan') return;
    const problem = this.problems.get(job.function);
    const parts = { timers: this.timers.get(job.function) ?? null };
    const result =
      problem === undefined
        ? { ok: true as const, fingerprint, files: 1, bytes: 1, changed: [], parts }
        : { ok: false as const, problem };
    this.feed({ type: 'scan-ended', at: this.now, job, result });
  }

  /**
   * One scan alone, by its function.
   * @param dressed the same content with the helper
   */
  endScan(name: string, fingerprint = this.disk.get(name) ?? '?', dressed?: string): void {
    const job = this.scans().find((scan) => scan.function === name);
    if (job === undefined) throw new Error(`${name} is not being read`);
    this.end(job);
    const found = { ok: true as const, fingerprint, files: 1, bytes: 1, changed: [] };
    const result = dressed === undefined ? found : { ...found, dressed };
    this.feed({ type: 'scan-ended', at: this.now, job, result });
  }

  /** From now on a scan ends when the test ends it. */
  holdScans(): void {
    this.holdsScans = true;
  }

  endScans(): void {
    this.holdsScans = false;
    this.scanAll();
  }

  private end(job: Job): Begun {
    const index = this.open.findIndex((begun) => begun.job === job);
    const [begun] = this.open.splice(index, 1);
    if (index < 0 || begun === undefined) throw new Error('not under way');
    return begun;
  }

  /** Jobs of one kind that are under way. */
  pushes(): PushJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'push');
  }
  lists(): ListJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'list');
  }
  parts(): PartJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'part');
  }
  scans(): ScanJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'scan');
  }
  reads(): TokenJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'read-token');
  }
  probes(): ProbeJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'probe');
  }
  quotas(): QuotaJob[] {
    return this.open.map(({ job }) => job).filter((job) => job.type === 'quota');
  }
  /** The only push under way. */
  push(): PushJob {
    const [push, ...more] = this.pushes();
    if (push === undefined || more.length > 0) throw new Error(`${more.length + (push ? 1 : 0)} pushes`);
    return push;
  }

  /** How many pushes began since so many ms ago (default: ever). */
  pushed(since = 0): number {
    return this.begun.filter(({ job, at }) => job.type === 'push' && at >= since).length;
  }

  // ---------------------------------------------------------------- how jobs end

  tokenRead(outcome: Partial<Extract<TokenOutcome, { ok: true }>> = {}): void {
    this.tokenEnds({ ok: true, changed: true, renewAt: null, expiresAt: null, ...outcome });
  }

  tokenEnds(outcome: TokenOutcome): void {
    const [job] = this.reads();
    if (job === undefined) throw new Error('no token is being read');
    this.end(job);
    this.feed({ type: 'token-ended', at: this.now, job, outcome });
  }

  accept(job: PushJob): void {
    this.answer(job, {});
  }

  /** Accepted everywhere but in these environments. */
  answer(job: PushJob, failures: Readonly<Record<string, Failure>>): void {
    this.end(job);
    const list = Object.entries(failures).map(([env, failure]) => ({ env, failure }));
    const outcome = { type: 'answered' as const, requestMs: 1, failures: list };
    this.feed({ type: 'push-ended', at: this.now, job, outcome, jitter: this.jitter() });
  }

  fail(job: PushJob, failure: Failure): void {
    this.end(job);
    const outcome = { type: 'failed' as const, failure };
    this.feed({ type: 'push-ended', at: this.now, job, outcome, jitter: this.jitter() });
  }

  /** Packed, and not to be sent any more. */
  notSent(job: PushJob): void {
    this.end(job);
    const scan = { ok: true as const, fingerprint: job.fingerprint, files: 1, bytes: 1, changed: [] };
    const outcome = { type: 'not-sent' as const, scan };
    this.feed({ type: 'push-ended', at: this.now, job, outcome, jitter: this.jitter() });
  }

  partEnds(job: PartJob, outcome: PartOutcome): void {
    this.end(job);
    this.feed({ type: 'part-ended', at: this.now, job, outcome, jitter: this.jitter() });
  }

  /** @param whole false: the cloud would not list all that it has */
  listed(env: string, rows: readonly CloudFunction[], whole = true): void {
    const total = rows.length + (whole ? 0 : 1);
    this.listEnds(env, { ok: true, functions: rows, total });
    // More was promised than comes: an empty page ends the list.
    const isMore = this.lists().some((list) => list.env === env && list.offset > 0);
    if (isMore) this.listEnds(env, { ok: true, functions: [], total });
  }

  /** One page of a list. */
  page(env: string, rows: readonly CloudFunction[], total: number | null): void {
    this.listEnds(env, { ok: true, functions: rows, total });
  }

  listFails(env: string, failure: Failure): void {
    this.listEnds(env, { ok: false, failure });
  }

  private listEnds(env: string, outcome: Extract<Event, { type: 'list-ended' }>['outcome']): void {
    const job = this.lists().find((list) => list.env === env);
    if (job === undefined) throw new Error(`${env} is not being listed`);
    this.end(job);
    this.feed({ type: 'list-ended', at: this.now, job, outcome, jitter: this.jitter() });
  }

  quotaEnds(job: QuotaJob | undefined, outcome: QuotaOutcome): void {
    if (job === undefined) throw new Error('no quota is being asked for');
    this.end(job);
    this.feed({ type: 'quota-ended', at: this.now, job, outcome });
  }

  probed(reachable: boolean): void {
    const [job] = this.probes();
    if (job === undefined) throw new Error('no probe is under way');
    this.end(job);
    this.feed({ type: 'probe-ended', at: this.now, job, reachable, detail: 'somewhere' });
  }

  // ---------------------------------------------------------------- what else happens

  /** Time passes; whatever falls due in between begins when it is due. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let at = wakeAt(this.state); at !== null && at < until; at = wakeAt(this.state)) {
      this.now = Math.max(at, this.now);
      this.feed({ type: 'tick', at: this.now });
    }
    this.now = until;
    this.feed({ type: 'tick', at: this.now });
  }

  save(name: string, content: string): void {
    this.disk.set(name, content);
    this.feed({ type: 'touched', at: this.now, functions: [name] });
    const settled = {
      function: name,
      cause: 'change',
      savedAt: this.now,
      full: false,
      capped: false,
    } as const;
    this.feed({ type: 'settled', at: this.now, functions: [settled] });
  }

  /** The first contact: a token, and a list for each environment. Rows default to every function there, Active. */
  greet(rows: readonly CloudFunction[] | null = null): void {
    this.tokenRead();
    const all = rows ?? [...this.disk.keys()].map((name) => row(name, 'long ago'));
    for (let list = this.lists()[0]; list !== undefined; list = this.lists()[0]) this.listed(list.env, all);
  }

  /** Everything is live: the first pushes are accepted and seen to run. */
  settle(): void {
    this.greet();
    for (let rounds = 0; rounds < 1000; rounds += 1) {
      const [push] = this.pushes();
      if (push === undefined) break;
      this.accept(push);
    }
    this.seeActive('settled');
  }

  /** Every environment that is to be listed says Active with this mod_time. */
  seeActive(modTime: string): void {
    this.pass(300);
    const rows = [...this.disk.keys()].map((name) => row(name, modTime));
    for (let list = this.lists()[0]; list !== undefined; list = this.lists()[0]) this.listed(list.env, rows);
  }

  // ---------------------------------------------------------------- what is known

  target(name: string, env: string): TargetState {
    const target = this.state.functions.get(name)?.targets.get(env);
    if (target === undefined) throw new Error(`there is no ${name} in ${env}`);
    return target;
  }

  phase(name: string, env: string): Phase {
    const fn = this.state.functions.get(name);
    if (fn === undefined) throw new Error(`there is no ${name}`);
    return phaseOf(this.state, fn, this.target(name, env));
  }

  hold(name: string, env: string): Hold | null {
    const phase = this.phase(name, env);
    return phase.kind === 'held' ? phase.hold : null;
  }
}
