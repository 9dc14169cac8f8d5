/**
 * A disk, a cloud and a clock made of plain data, in which the core lives through random histories. What the cloud really
 * holds is kept apart from what the core believes, so the checks compare the two.
 */

import { ledgerOf } from '../../src/core/ledger.js';
import { nextJob, wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { restlessOf } from '../../src/core/restless.js';
import { emptyState, type State } from '../../src/core/state.js';
import { Table } from '../../src/core/table.js';
import type {
  CloudFunction,
  Event,
  Job,
  ListOutcome,
  PushJob,
  PushOutcome,
  ScanResult,
} from '../../src/model/event.js';
import type { Failure, LedgerEntry } from '../../src/model/nouns.js';
import type { Random } from '../support/random.js';
import { configured, failure, settings, spec } from './make.js';

interface Deployed {
  running: string | null;
  next: string | null;
  doneAt: number;
  modTime: string;
  status: string;
}

interface Running {
  readonly job: Job;
  readonly startedAt: number;
  /** A gateway that hangs: it does not end before that. */
  readonly hangsUntil: number;
}

/** A request without an answer that the cloud carries out later. */
interface Late {
  readonly job: PushJob;
  readonly at: number;
  /** Whoever passed it on has given up by then. */
  readonly until: number;
}

const allEnvs = ['dev', 'test', 'stage'];
const allNames = ['pay', 'login', 'order', 'report'];
const deployMs = 700;
/** From here on a request may have been given up waiting for. */
const stuckMs = 3000;
/** Content of this kind deploys in vain, as a function without an entry does. */
const bad = 'bad';

export class World {
  now = 1_000_000;
  state: State;
  readonly disk = new Map<string, string>();
  readonly cloud = new Map<string, Deployed>();
  /** What the core was cleanly told that the cloud accepted, and nothing has put in doubt since. */
  readonly certain = new Map<string, string>();
  /** Pushes whose acceptance is no news: to environments that were taken out meanwhile, or that an older push may have followed. */
  readonly unheard = new Set<string>();
  envs = ['dev', 'test'];
  running: Running[] = [];
  private late: Late[] = [];
  faults = true;
  token = 1;
  validToken = 1;
  readToken = 1;
  requests = 0;
  readonly log: string[] = [];

  constructor(
    private readonly random: Random,
    private readonly concurrency = 3,
    /** The part of uploads that a gateway lets hang. */
    private readonly hanging = 0.1,
  ) {
    for (const name of ['pay', 'login', 'order']) this.disk.set(name, `${name}-0`);
    for (const name of ['pay', 'login']) this.setCloud(name, 'dev', 'ancient');
    this.state = emptyState(settings, this.now);
    this.start([]);
  }

  private start(ledger: readonly LedgerEntry[]): void {
    this.state = emptyState(settings, this.now);
    const event = configured(this.now, [...this.disk.keys()], this.envs, { concurrency: this.concurrency });
    this.feed({ ...event, ledger: ledger.map((entry) => ({ ...entry })) });
  }

  private setCloud(name: string, env: string, content: string): void {
    this.cloud.set(key(name, env), {
      running: content,
      next: null,
      doneAt: 0,
      modTime: `${this.now}`,
      status: 'Active',
    });
  }

  /** One event in, and every job that follows from it begun. */
  feed(event: Event): void {
    this.log.push(`${this.now} ${JSON.stringify(event).slice(0, 300)}`);
    this.state = reduce(this.state, event);
    this.checkRestless();
    for (let job = nextJob(this.state); job !== null; job = nextJob(this.state)) this.begin(job);
  }

  private begin(job: Job): void {
    this.log.push(`${this.now} begin ${JSON.stringify(job)}`);
    if (job.type === 'push') this.checkPush(job);
    this.state = reduce(this.state, { type: 'job-started', at: this.now, job });
    this.running.push({ job, startedAt: this.now, hangsUntil: this.hang(job) });
    if (job.type === 'push')
      this.state = reduce(this.state, { type: 'push-sending', at: this.now, job, zipBytes: 1, files: 1 });
    const inFlight = this.running.filter(({ job: other }) => other.type === 'push' || other.type === 'list');
    const fresh = inFlight.filter(({ startedAt }) => this.now - startedAt < stuckMs);
    must(fresh.length <= this.concurrency, `${fresh.length} requests in flight`);
    must(
      inFlight.length <= 2 * this.concurrency,
      `${inFlight.length} requests in flight with those that are stuck`,
    );
  }

  /** What is carried from one event to the next is what looking at every function would find. */
  private checkRestless(): void {
    const carried = restlessOf(this.state);
    const found = restlessOf({ functions: Table.of(this.state.functions) });
    must(carried.length === found.length, 'the restless are miscounted');
    must(
      found.every((fn, index) => fn === carried[index]),
      'the restless are out of order or out of date',
    );
  }

  private checkPush(job: PushJob): void {
    this.requests += 1;
    must(new Set(job.envs).size === job.envs.length, 'an environment twice in one request');
    for (const env of job.envs) {
      const target = key(job.function, env);
      const twice = this.running.some(
        ({ job: other }) =>
          other.type === 'push' &&
          other.function === job.function &&
          other.envs.includes(env) &&
          !this.isOvertaken(other),
      );
      must(!twice, `two pushes on ${target}`);
      must(this.certain.get(target) !== job.fingerprint, `${target} sent again: ${job.fingerprint}`);
    }
  }

  private isOvertaken(job: PushJob): boolean {
    return this.state.requests.get(job.id)?.overtaken === true;
  }

  // -------------------------------------------------------------- what can happen

  /** Edits and long waits, where a cloud that hangs is what matters. */
  private slowStep(): void {
    const roll = this.random.below(10);
    if (roll < 4) this.finishOne();
    else if (roll < 7) this.edit();
    else this.pass(this.random.pick([300, 1000, 6000]));
  }

  step(): void {
    const { random } = this;
    if (this.random.chance(this.hanging)) {
      this.slowStep();
      return;
    }
    const roll = random.below(100);
    if (roll < 45) this.finishOne();
    else if (roll < 60) this.edit();
    else if (roll < 75) this.pass(random.pick([1, 50, 300, 1000, 6000, 31_000]));
    else if (roll < 79) this.loseOrFind();
    else if (roll < 83) this.changeEnvs();
    else if (roll < 87) this.restart();
    else if (roll < 90) this.rotateToken();
    else if (roll < 93) this.feed({ type: 'git', at: this.now, repository: 'r', busy: random.chance(0.4) });
    else if (roll < 95) this.feed({ type: 'retry', at: this.now, function: null, env: null });
    else if (roll < 97) this.feed({ type: 'woke', at: this.now });
    else if (roll < 98) this.feed({ type: 'token-source-changed', at: this.now });
    else this.feed({ type: 'pause', at: this.now, paused: random.chance(0.5) });
  }

  private edit(): void {
    const name = this.random.pick([...this.disk.keys(), 'none']);
    if (!this.disk.has(name)) return;
    const version = this.random.below(4);
    this.disk.set(name, this.random.chance(0.1) ? `${name}-${bad}` : `${name}-${version}`);
    this.feed({ type: 'touched', at: this.now, function: name });
    if (this.random.chance(0.7)) this.settle(name);
  }

  private settle(name: string): void {
    this.feed({
      type: 'settled',
      at: this.now,
      function: name,
      cause: 'change',
      savedAt: this.now,
      full: false,
    });
  }

  pass(ms: number): void {
    this.now += ms;
    this.carryOutLate();
    this.feed({ type: 'tick', at: this.now });
  }

  private loseOrFind(): void {
    const name = this.random.pick(allNames);
    if (this.disk.has(name)) this.disk.delete(name);
    else this.disk.set(name, `${name}-${this.random.below(4)}`);
    this.feed({
      type: 'discovered',
      at: this.now,
      functions: [...this.disk.keys()].map((found) => spec(found, this.envs)),
    });
  }

  private changeEnvs(): void {
    const kept = allEnvs.filter(() => this.random.chance(0.7));
    this.envs = kept.length === 0 ? ['dev'] : kept;
    for (const { job } of this.running) if (job.type === 'push') this.abandon(job);
    const event = configured(this.now, [...this.disk.keys()], this.envs, { concurrency: this.concurrency });
    this.feed({ ...event, cloudChanged: false });
  }

  /** What the new configuration no longer holds is not listened to any more. */
  private abandon(job: PushJob): void {
    const gone = !this.disk.has(job.function);
    for (const env of job.envs) {
      if (!gone && this.envs.includes(env)) continue;
      this.unheard.add(`${job.id} ${key(job.function, env)}`);
      this.certain.delete(key(job.function, env));
    }
  }

  /** The process dies: requests on their way may or may not be carried out; only the ledger is left. */
  private restart(): void {
    const ledger = ledgerOf(this.state);
    for (const { job } of this.running) {
      if (job.type !== 'push') continue;
      for (const env of job.envs) this.certain.delete(key(job.function, env));
      if (this.random.chance(0.5)) this.carryOut(job);
      else this.linger(job);
    }
    for (const entry of ledger) if (entry.sending) this.certain.delete(key(entry.function, entry.env));
    this.running = [];
    this.start(ledger);
  }

  private rotateToken(): void {
    this.validToken += 1;
    if (this.random.chance(0.6)) this.token = this.validToken;
  }

  private hang(job: Job): number {
    const hangs = job.type === 'push' && this.faults && this.random.chance(this.hanging);
    return hangs ? this.now + 1000 * (2 + this.random.below(38)) : this.now;
  }

  /** True: something ended. Time passes until something can. */
  private finishOne(): boolean {
    const free = this.running.filter(({ hangsUntil }) => hangsUntil <= this.now);
    const ended = free[this.random.below(Math.max(1, free.length))];
    if (ended === undefined) return false;
    this.running = this.running.filter((other) => other !== ended);
    this.now += this.random.below(40);
    this.feed(this.end(ended));
    return true;
  }

  private end({ job, startedAt }: Running): Event {
    const at = this.now;
    const jitter = this.random.next();
    switch (job.type) {
      case 'scan':
        return { type: 'scan-ended', at, job, result: this.scan(job.function) };
      case 'push':
        return { type: 'push-ended', at, job, outcome: this.push(job), jitter };
      case 'list':
        return { type: 'list-ended', at, job, startedAt, outcome: this.list(job.env), jitter };
      case 'read-token': {
        const changed = this.readToken !== this.token;
        this.readToken = this.token;
        const outcome = { ok: true as const, changed, renewAt: null, expiresAt: null };
        return { type: 'token-ended', at, job, outcome };
      }
      case 'probe':
        return {
          type: 'probe-ended',
          at,
          job,
          reachable: !this.faults || this.random.chance(0.5),
          detail: '',
        };
      default:
        return job satisfies never;
    }
  }

  private scan(name: string): ScanResult {
    const content = this.disk.get(name);
    if (content === undefined) return { ok: false, problem: { reason: 'no-entry', expected: [] } };
    return { ok: true, fingerprint: content, files: 1, bytes: 1, changed: [] };
  }

  // -------------------------------------------------------------- the cloud

  private push(job: PushJob): PushOutcome {
    if (this.isOvertaken(job)) this.doubt(job);
    if (this.readToken !== this.validToken) {
      return { type: 'failed', failure: failure({ class: 'token', errcode: 42001 }) };
    }
    if (this.faults && this.random.chance(0.25)) return this.brokenPush(job);
    const failures = job.envs.flatMap((env) => {
      const refused = this.accept(job, env);
      return refused === null ? [] : [{ env, failure: refused }];
    });
    for (const env of job.envs) {
      const failed = failures.find((candidate) => candidate.env === env);
      const heard = !this.unheard.has(`${job.id} ${key(job.function, env)}`) && !this.isOvertaken(job);
      if (failed === undefined && heard) this.certain.set(key(job.function, env), job.fingerprint);
      else if (failed?.failure.class !== 'busy') this.certain.delete(key(job.function, env));
    }
    return { type: 'answered', requestMs: 1, failures };
  }

  private brokenPush(job: PushJob): PushOutcome {
    const origin = this.random.pick(['broken', 'unreachable', 'http', 'answer'] as const);
    for (const env of job.envs) this.certain.delete(key(job.function, env));
    if (origin === 'broken' && this.random.chance(0.5)) this.carryOut(job);
    else if (origin === 'broken' || origin === 'http') this.linger(job);
    return { type: 'failed', failure: failure({ origin, errcode: origin === 'answer' ? -1 : null }) };
  }

  /** What is on its way with other content may have been carried out before this one: its acceptance says nothing then. */
  private doubt(late: PushJob): void {
    for (const { job } of this.running) {
      if (job.type !== 'push' || job.function !== late.function || job.fingerprint === late.fingerprint)
        continue;
      for (const env of job.envs)
        if (late.envs.includes(env)) this.unheard.add(`${job.id} ${key(job.function, env)}`);
    }
  }

  /** Nobody waits for its answer any more, but the cloud may carry it out all the same. */
  private linger(job: PushJob): void {
    if (!this.random.chance(0.3)) return;
    this.late.push({ job, at: this.now + this.random.below(50_000), until: this.now + 60_000 });
  }

  /** Where it would leave no trace (see adrift.ts) it comes a little later. */
  private carryOutLate(): void {
    const due = this.late.filter(({ at }) => at <= this.now);
    if (due.length === 0) return;
    this.late = this.late.filter(({ at }) => at > this.now);
    for (const { job, until } of due) {
      if (this.now > until) continue;
      if (job.envs.some((env) => this.isTraceless(job.function, env))) {
        this.late.push({ job, at: this.now + 1000, until });
        continue;
      }
      this.log.push(`${this.now} late ${JSON.stringify(job)}`);
      for (const env of job.envs) this.certain.delete(key(job.function, env));
      this.carryOut(job);
    }
  }

  private isTraceless(name: string, env: string): boolean {
    const target = this.state.functions.get(name)?.targets.get(env);
    const second = `${Math.floor(this.now / 1000)}`;
    if (target?.live != null && target.modTime === null) return true;
    return target?.deploying != null || this.cloud.get(key(name, env))?.modTime === second;
  }

  private carryOut(job: PushJob): void {
    for (const env of job.envs) this.accept(job, env);
  }

  private accept(job: PushJob, env: string): Failure | null {
    const target = key(job.function, env);
    this.deploy(target);
    const deployed = this.cloud.get(target);
    if (deployed === undefined && job.operation === 'update')
      return failure({ class: 'missing', errcode: null });
    if (deployed !== undefined && job.operation === 'create')
      return failure({ origin: 'exists', errcode: null });
    if (deployed?.next != null) return failure({ class: 'busy', errcode: null });
    if (this.faults && this.random.chance(0.1)) {
      const cls = this.random.pick(['transient', 'unknown'] as const);
      return failure({ class: cls, errcode: null });
    }
    this.cloud.set(target, {
      running: deployed?.running ?? null,
      next: job.fingerprint,
      doneAt: this.now + (this.random.chance(0.2) ? 20 : deployMs),
      modTime: `${Math.floor(this.now / 1000)}`,
      status: 'Updating',
    });
    return null;
  }

  private deploy(target: string): void {
    const deployed = this.cloud.get(target);
    if (deployed === undefined || deployed.next === null || deployed.doneAt > this.now) return;
    const failed = deployed.next.endsWith(bad);
    this.cloud.set(target, {
      ...deployed,
      running: failed ? deployed.running : deployed.next,
      next: null,
      status: failed ? `${deployed.running === null ? 'Create' : 'Update'}Failed` : 'Active',
    });
    if (failed) this.certain.delete(target);
  }

  private list(env: string): ListOutcome {
    if (this.readToken !== this.validToken) {
      return { ok: false, failure: failure({ class: 'token', errcode: 40001 }) };
    }
    if (this.faults && this.random.chance(0.2)) {
      const origin = this.random.pick(['broken', 'unreachable', 'http'] as const);
      return { ok: false, failure: failure({ origin, errcode: null }) };
    }
    const functions: CloudFunction[] = [];
    for (const name of allNames) {
      this.deploy(key(name, env));
      const deployed = this.cloud.get(key(name, env));
      if (deployed === undefined) continue;
      functions.push({ name, status: deployed.status, modTime: deployed.modTime, statusReason: '' });
    }
    const whole = !this.faults || this.random.chance(0.9);
    return { ok: true, functions: whole ? functions : functions.slice(0, 1), whole };
  }

  // -------------------------------------------------------------- the end

  /** The disk is quiet and the cloud answers: everything must come to rest in bounded time and requests. */
  rest(): void {
    this.faults = false;
    this.token = this.validToken;
    this.feed({ type: 'pause', at: this.now, paused: false });
    this.feed({ type: 'git', at: this.now, repository: 'r', busy: false });
    this.feed({ type: 'token-source-changed', at: this.now });
    this.feed({ type: 'retry', at: this.now, function: null, env: null });
    for (const name of this.disk.keys()) this.settle(name);
    const before = this.requests;
    for (let steps = 0; ; steps += 1) {
      must(steps < 3000, 'does not come to rest');
      if (this.finishOne()) continue;
      const times = [wakeAt(this.state), ...this.running.map(({ hangsUntil }) => hangsUntil)];
      const at = Math.min(...times.filter((time) => time !== null));
      if (at === Number.POSITIVE_INFINITY) break;
      this.pass(at - this.now);
    }
    must(this.requests - before <= 8 * this.disk.size * this.envs.length, 'too many requests at the end');
    this.compare();
  }

  private compare(): void {
    for (const [name, content] of this.disk) {
      for (const env of this.envs) {
        const target = key(name, env);
        this.deploy(target);
        const running = this.cloud.get(target)?.running ?? null;
        const known = this.state.functions.get(name)?.targets.get(env);
        if (content.endsWith(bad)) {
          must(known?.live !== content, `${target} is said to run what cannot run`);
          continue;
        }
        must(running === content, `${target} runs ${running}, the disk has ${content}`);
        must(known?.live === content && known.deploying === null, `${target}: live is not known to be live`);
      }
    }
  }
}

function key(name: string, env: string): string {
  return `${name}/${env}`;
}

function must(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}
