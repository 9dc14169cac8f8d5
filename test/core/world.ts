/**
 * A disk, a cloud, a link and a clock made of plain data, in which the core lives through random histories. What the cloud really
 * holds is kept apart from what the core believes, so the checks compare the two. Everything is drawn from one seed.
 */
import { type Phase, phaseOf } from '../../src/core/phase.js';
import { nextJob, wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { ledgerOf } from '../../src/core/remembered.js';
import { isAtRest, standings } from '../../src/core/standing.js';
import { emptyState, type State } from '../../src/core/state.js';
import type {
  CloudFunction,
  Event,
  Job,
  ListJob,
  ListOutcome,
  PartJob,
  PartOutcome,
  PushJob,
  PushOutcome,
  ScanJob,
  ScanResult,
} from '../../src/model/event.js';
import type { Failure, LedgerEntry, Settings } from '../../src/model/nouns.js';
import { type Random, seeded } from '../support/random.js';
import { failure, settings, spec } from './make.js';

/** One function in one environment of the cloud. */
interface Deployed {
  running: string | null;
  next: string | null;
  doneAt: number;
  modTime: string;
  status: string;
}

/** A cloud: the configuration may move to another one. */
type Cloud = Map<string, Deployed> & { readonly timers: Map<string, string> };

function newCloud(): Cloud {
  return Object.assign(new Map<string, Deployed>(), { timers: new Map<string, string>() });
}

interface Running {
  readonly job: Job;
  readonly startedAt: number;
  readonly cloud: Cloud;
  /** The token's value when it began. */
  readonly token: number;
  /** For an upload: when its content is packed, and when its last byte is written. */
  readonly bytes: number;
  readonly sendsAt: number;
  writtenAt: number;
  sent: boolean;
  written: boolean;
  /** Whatever hangs does not answer before that. */
  readonly answersAt: number;
}

/** A request without an answer that the cloud carries out later. */
interface Late {
  readonly job: PushJob;
  readonly cloud: Cloud;
  readonly at: number;
  /** Whoever passed it on has given up by then. */
  readonly until: number;
}

interface Consent {
  readonly envs: readonly string[];
  readonly answers: readonly string[];
  readonly functions: readonly string[] | null;
}

const allEnvs = ['dev', 'test', 'stage', 'prod'];
const deployMs = 700;
/** From here on a request may be given up waiting for. */
const stuckMs = 3000;
/** Content of this kind deploys in vain, as a function without an entry does. */
const bad = 'bad';
const pageRows = 3;

/** What an upload or a list may meet: class, origin and code, and what it weighs. */
const wholeFailures: readonly (readonly [number, Partial<Failure>])[] = [
  [6, { origin: 'broken', errcode: null }],
  [3, { origin: 'unreachable', errcode: null }],
  [3, { origin: 'http', errcode: null, httpStatus: 502 }],
  [1, { origin: 'http', errcode: null, httpStatus: 503, retryAfterMs: 4000 }],
  [1, { origin: 'http', errcode: null, httpStatus: 429, retryAfterMs: 1500 }],
  [3, { errcode: -1 }],
  [2, { errcode: 45011 }],
  [1, { class: 'unknown', errcode: 9999 }],
  [1, { class: 'quota', errcode: 45009 }],
  [1, { class: 'config', errcode: 48001 }],
  [1, { class: 'unknown', origin: 'unexpected', errcode: null }],
];
const pushFailures: readonly (readonly [number, Partial<Failure>])[] = [
  ...wholeFailures,
  [1, { class: 'function', errcode: 40097 }],
  [1, { class: 'env', errcode: null }],
  [1, { class: 'missing', errcode: null }],
  [1, { class: 'busy', errcode: null }],
];

export class World {
  now = 1_000_000;
  state: State;
  readonly random: Random;
  readonly disk = new Map<string, string>();
  /** The timers that each function wants. */
  private readonly timers = new Map<string, string>();
  private readonly hasTimers: boolean;
  cloud: Cloud = newCloud();
  /** What the cloud cleanly reported to the core as accepted, and nothing has put in doubt since. */
  readonly certain = new Map<string, string>();
  /** Pushes whose acceptance is no news: the environment was taken out meanwhile. */
  private readonly unheard = new Set<string>();
  /** Where a person went back, to what, and what the disk held then. */
  private readonly undone = new Map<
    string,
    { readonly fingerprint: string; readonly against: string | null }
  >();
  envs: string[];
  private names: readonly string[];
  private protectedEnvs: string[] = [];
  private asking: string[] = [];
  private consents = new Map<string, Consent>();
  /** Lists of these are refused until then. */
  private readonly refusedUntil = new Map<string, number>();
  /** Nothing but a person ends what the cloud said of these. */
  private readonly settings: Settings;
  running: Running[] = [];
  private late: Late[] = [];
  faults = true;
  private token = 1;
  private validToken = 1;
  private readToken = 0;
  private readonly wires: number[] = [];
  private readonly bytesPerMs: number;
  private readonly hanging: number;
  private readonly colleagues: boolean;
  private stopped = false;
  pushes = 0;
  /** Targets that rest on what a person went back to. */
  wentBack = 0;
  lists = 0;
  parts = 0;
  private readonly log: (readonly [number, object])[] = [];
  private consentIds = 0;

  /** The last events and jobs, one a line. */
  story(lines: number): string {
    return this.log
      .slice(-lines)
      .map(([at, what]) => `${at} ${JSON.stringify(what).slice(0, 300)}`)
      .join('\n');
  }

  constructor(seed: number) {
    const random = seeded(seed);
    this.random = random;
    const large = seed % 40 === 7;
    this.names = Array.from({ length: large ? 9 : 4 }, (_, index) => `fn-${index}`);
    this.envs = large ? ['dev', 'test', 'stage'] : ['dev', 'test'];
    if (random.chance(0.3)) this.protectedEnvs = ['prod'];
    if (random.chance(0.2)) this.envs.push('prod');
    const verify = random.chance(0.85);
    this.settings = {
      ...settings,
      concurrency: 1 + random.below(4),
      requestsPerSecond: random.pick([2, 3, 10, 1000]),
      envsPerRequest: random.pick([2, 50, 50]),
      createMissing: random.chance(0.85),
      verify,
      onForeignChange: verify && random.chance(0.3) ? 'hold' : 'warn',
    };
    this.hanging = random.pick([0, 0.1, 0.1, 0.6]);
    this.bytesPerMs = random.pick([10_000, 10_000, 500, 80]);
    this.colleagues = random.chance(0.4);
    this.hasTimers = random.chance(0.4);
    for (const name of this.names.slice(0, -1)) this.disk.set(name, `${name}-0`);
    for (const name of this.names.slice(0, 2)) this.setCloud(name, 'dev', 'ancient');
    this.state = emptyState(this.settings, this.now);
    this.start([]);
    if (random.chance(0.2)) this.ask([...this.envs]);
  }

  private start(ledger: readonly LedgerEntry[]): void {
    this.state = emptyState(this.settings, this.now);
    this.readToken = 0;
    this.stopped = false;
    this.wires.length = 0;
    this.consents.clear();
    this.asking = [];
    this.feed(
      this.configured(
        ledger.map((entry) => ({ ...entry })),
        true,
      ),
    );
  }

  private configured(ledger: readonly LedgerEntry[], cloudChanged: boolean): Event {
    return {
      type: 'configured',
      at: this.now,
      settings: this.settings,
      envs: this.envs.map((id) => ({ id, protected: this.protectedEnvs.includes(id) })),
      functions: [...this.disk.keys()].map((name) => spec(name, this.envs)),
      ledger,
      cloudChanged,
    };
  }

  private setCloud(name: string, env: string, content: string): void {
    const modTime = `${Math.floor(this.now / 1000)}`;
    this.cloud.set(key(name, env), { running: content, next: null, doneAt: 0, modTime, status: 'Active' });
  }

  // -------------------------------------------------------------- the engine's loop, and what must hold after every event

  /** One event in, and every job that follows from it begun. */
  feed(event: Event): void {
    this.log.push([this.now, event]);
    this.state = reduce(this.state, event);
    const late = this.dropAborted();
    for (let job = nextJob(this.state); job !== null; job = nextJob(this.state)) this.begin(job);
    this.judge();
    for (const ended of late) this.feed(ended);
  }

  private begin(job: Job): void {
    this.log.push([this.now, job]);
    must(!this.stopped, 'a job begins after the stop');
    const running = this.runningFor(job);
    this.running.push(running);
    if (job.type === 'push') this.checkPush(job);
    if (job.type === 'part') this.checkPart(job);
    if (job.type === 'list' || job.type === 'part') {
      if (job.type === 'list') this.lists += 1;
      else this.parts += 1;
      this.wire();
    }
    this.state = reduce(this.state, { type: 'job-started', at: this.now, job });
    this.checkSlots();
    this.progress();
  }

  private runningFor(job: Job): Running {
    const { random } = this;
    const isCloud = isRequest(job);
    const hangs = isCloud && this.faults && random.chance(this.hanging);
    const sendsAt = this.now + (job.type === 'push' && random.chance(0.2) ? random.below(400) : 0);
    const bytes = random.pick([1000, 1000, 60_000, 1_000_000]);
    const writtenAt =
      job.type === 'push' ? sendsAt + Math.floor((bytes * 4) / 3 / this.bytesPerMs) : this.now;
    const answersAt = writtenAt + (hangs ? 1000 * (2 + random.below(38)) : 0);
    const { cloud, readToken: token } = this;
    return {
      job,
      startedAt: this.now,
      cloud,
      token,
      bytes,
      sendsAt,
      writtenAt,
      sent: false,
      written: false,
      answersAt,
    };
  }

  /** Uploads go onto the wire, and their last bytes are written, as time passes. */
  private progress(): void {
    for (const running of [...this.running]) {
      const { job } = running;
      if (job.type !== 'push' || !this.running.includes(running)) continue;
      if (!running.sent && running.sendsAt <= this.now) {
        running.sent = true;
        this.wire();
        this.state = reduce(this.state, {
          type: 'push-sending',
          at: this.now,
          job,
          zipBytes: running.bytes,
          files: 1,
        });
      }
      if (running.sent && !running.written && running.writtenAt <= this.now) {
        running.written = true;
        this.feed({ type: 'push-written', at: this.now, job });
      }
    }
  }

  private wire(): void {
    this.wires.push(this.now);
    const { requestsPerSecond } = this.settings;
    const recent = this.wires.filter((at) => at > this.now - 1000).length;
    must(recent <= requestsPerSecond, `${recent} requests in one second, ${requestsPerSecond} are allowed`);
    if (this.wires.length > 2000) this.wires.splice(0, 1000);
  }

  private checkSlots(): void {
    const inFlight = this.running.filter(({ job }) => isRequest(job));
    const fresh = inFlight.filter(
      ({ writtenAt, cloud }) => cloud === this.cloud && this.now - writtenAt < stuckMs,
    );
    const { concurrency } = this.settings;
    must(fresh.length <= concurrency, `${fresh.length} requests in flight`);
    const mine = inFlight.filter(({ cloud }) => cloud === this.cloud);
    must(mine.length <= 2 * concurrency, `${mine.length} requests in flight with those that hang`);
  }

  /** What the core gave up is broken off by the edge, and nobody knows what came of it. How it ends is reported all the same. */
  private dropAborted(): Event[] {
    const ends: Event[] = [];
    for (const running of [...this.running]) {
      const { job, cloud, sent } = running;
      if (job.type === 'part' && !this.state.requests.has(job.id)) {
        this.running = this.running.filter((other) => other !== running);
        if (this.random.chance(0.4)) this.bring(job, cloud);
        continue;
      }
      if (job.type !== 'push' || this.state.requests.has(job.id)) continue;
      if (cloud === this.cloud) for (const env of job.envs) this.certain.delete(key(job.function, env));
      this.running = this.running.filter((other) => other !== running);
      if (sent) this.comeTrueOrNot(job, cloud);
      const outcome: PushOutcome = this.random.chance(0.5)
        ? { type: 'failed', failure: failure({ origin: 'broken', errcode: null }) }
        : { type: 'answered', requestMs: 1, failures: [] };
      ends.push({ type: 'push-ended', at: this.now, job, outcome, jitter: 0.5 });
    }
    return ends;
  }

  private checkPush(job: PushJob): void {
    this.pushes += 1;
    must(job.envs.length <= this.settings.envsPerRequest, 'too many environments in one request');
    must(new Set(job.envs).size === job.envs.length, 'an environment twice in one request');
    for (const env of job.envs) {
      const target = key(job.function, env);
      const others = this.running.filter(
        ({ job: other, cloud }) =>
          cloud === this.cloud &&
          other.type === 'push' &&
          other !== job &&
          other.function === job.function &&
          other.envs.includes(env),
      );
      must(others.length === 0, `two uploads at once to ${target}`);
      must(this.certain.get(target) !== job.fingerprint, `${target} sent again: ${job.fingerprint}`);
      must(this.isConsented(job.function, env), `${target} sent without consent`);
      const fn = this.state.functions.get(job.function);
      const known = fn?.targets.get(env);
      const isBack = this.undone.get(target)?.fingerprint === job.fingerprint;
      must(isBack === (job.cause === 'undo'), `${target} is sent ${job.fingerprint} for ${job.cause}`);
      const isOurs = fn?.wanted === known?.foreign?.ours || isBack;
      const theirs = known?.foreign != null && isOurs && !known.forced;
      must(!theirs, `${target}: somebody else's deployment replaced without a change of ours`);
    }
  }

  private checkPart(job: PartJob): void {
    for (const env of job.envs) {
      const target = key(job.function, env);
      const fn = this.state.functions.get(job.function);
      const known = fn?.targets.get(env);
      must(known?.live === fn?.wanted && known?.deploying === null, `timers of ${target} before its code`);
      must(this.isConsented(job.function, env), `timers of ${target} sent without consent`);
      const others = this.running.filter(
        ({ job: other, cloud }) =>
          cloud === this.cloud &&
          other !== job &&
          other.type === 'part' &&
          isSameTarget(other, job.function, env),
      );
      must(others.length === 0, `two requests at once for the timers of ${target}`);
    }
  }

  private isConsented(name: string, env: string): boolean {
    const given = [...this.consents.values()].filter(
      ({ functions }) => functions === null || functions.includes(name),
    );
    const isOpen = !this.protectedEnvs.includes(env) || given.some(({ envs }) => envs.includes(env));
    return isOpen && (!this.asking.includes(env) || given.some(({ answers }) => answers.includes(env)));
  }

  /** What holds after every event. */
  private judge(): void {
    const { state } = this;
    if (this.stopped) return;
    const at = wakeAt(state);
    // Whoever reports a change reports its end as well.
    const isTouched = [...state.functions.values()].some(({ settlingSince }) => settlingSince !== null);
    const asleep = this.running.length === 0 && at === null && !isTouched;
    must(!asleep || isAtRest(state), 'not at rest, nothing runs and nothing will wake it');
    for (const { function: name, env, phase } of standings(state)) {
      const { kind, until } = phase;
      const isCovered = until === null || until <= state.now || (at !== null && at <= until);
      must(isCovered, `${name}/${env} is ${nameOf(phase)} until ${until}, wakes at ${at}`);
      if (kind === 'queued') this.judgeQueued(`${name}/${env}`);
    }
  }

  /** Only a free slot or the rate keeps what is queued. */
  private judgeQueued(target: string): void {
    const busy = this.running.some(({ job }) => isRequest(job));
    const { requestsPerSecond } = this.settings;
    const recent = this.wires.filter((at) => at > this.now - 1000).length;
    must(busy || recent >= requestsPerSecond, `${target} is queued though slots and rate are free`);
  }

  // -------------------------------------------------------------- what can happen

  step(): void {
    const { random } = this;
    if (random.chance(this.hanging)) {
      this.slowStep();
      return;
    }
    const roll = random.below(200);
    if (roll < 90) this.finishOne();
    else if (roll < 115) this.edit();
    else if (roll < 144) this.pass(random.pick([1, 50, 300, 1000, 6000, 31_000]));
    else this.random.pick(this.rare)();
  }

  /** What happens now and then; what stands here twice happens twice as often. */
  private readonly rare: readonly (() => void)[] = [
    () => this.loseOrFind(),
    () => this.loseOrFind(),
    () => this.changeEnvs(),
    () => this.changeEnvs(),
    () => this.crash(),
    () => this.stopGracefully(),
    () => this.rotateToken(),
    () => this.feed({ type: 'git', at: this.now, repository: 'r', busy: this.random.chance(0.4) }),
    () => this.feed({ type: 'retry', at: this.now, function: null, env: null }),
    () => this.feed({ type: 'retry', at: this.now, function: this.random.pick(this.names), env: null }),
    () => this.feed({ type: 'retry', at: this.now, function: null, env: this.random.pick(this.envs) }),
    () => this.feed({ type: 'revoke', at: this.now, id: 'run' }),
    () => this.feed({ type: 'woke', at: this.now }),
    () => this.feed({ type: 'token-source-changed', at: this.now }),
    () => this.feed({ type: 'pause', at: this.now, paused: this.random.chance(0.5) }),
    () => this.consent(),
    () => this.colleague(),
    () => this.refusedUntil.set(this.random.pick(this.envs), this.now + this.random.below(60_000)),
    () => this.force(),
    () => this.undo(),
    () => this.undo(),
    () => this.feed({ type: 'tick', at: this.now - 20_000 }),
    () => this.moveCloud(),
    () => this.ask(this.envs.filter(() => this.random.chance(0.3))),
  ];

  /** Edits and long waits, where a cloud that hangs is what matters. */
  private slowStep(): void {
    const roll = this.random.below(10);
    if (roll < 4) this.finishOne();
    else if (roll < 7) this.edit();
    else this.pass(this.random.pick([300, 1000, 6000]));
  }

  private edit(): void {
    const changed = [...this.disk.keys()].filter(() => this.random.chance(0.3));
    if (changed.length === 0) return;
    for (const name of changed) {
      const version = this.random.below(4);
      this.disk.set(name, this.random.chance(0.1) ? `${name}-${bad}` : `${name}-${version}`);
      if (this.hasTimers && this.random.chance(0.5)) this.timers.set(name, `timers-${this.random.below(3)}`);
    }
    this.feed({ type: 'touched', at: this.now, functions: changed });
    if (this.random.chance(0.7)) this.settle(changed);
  }

  private settle(names: readonly string[]): void {
    const settled = names.map(
      (name) => ({ function: name, cause: 'change', savedAt: this.now, full: false }) as const,
    );
    this.feed({ type: 'settled', at: this.now, functions: settled });
  }

  /** Time passes, with a tick wherever the core asked for one. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let rounds = 0; rounds < 100_000; rounds += 1) {
      const next = this.nextTime();
      if (next === null || next >= end) break;
      this.now = Math.max(this.now, next);
      this.elapse();
    }
    this.now = end;
    this.elapse();
  }

  private elapse(): void {
    this.carryOutLate();
    this.progress();
    this.feed({ type: 'tick', at: this.now });
  }

  /** When something happens by itself: the core wakes, or bytes are written. */
  private nextTime(): number | null {
    const times = [wakeAt(this.state)];
    for (const { job, sent, written, sendsAt, writtenAt } of this.running) {
      if (job.type !== 'push') continue;
      if (!sent) times.push(sendsAt);
      else if (!written) times.push(writtenAt);
    }
    const coming = times.filter((at) => at !== null && at > this.now);
    return coming.length === 0 ? null : Math.min(...coming.map(Number));
  }

  private loseOrFind(): void {
    const name = this.random.pick(this.names);
    if (this.disk.has(name)) this.disk.delete(name);
    else this.disk.set(name, `${name}-${this.random.below(4)}`);
    const functions = [...this.disk.keys()].map((found) => spec(found, this.envs));
    this.feed({ type: 'discovered', at: this.now, functions });
  }

  /** A new configuration: other environments, other protection. */
  private changeEnvs(): void {
    const kept = allEnvs.filter(() => this.random.chance(0.6));
    this.envs = kept.length === 0 ? ['dev'] : kept;
    const before = this.protectedEnvs;
    this.protectedEnvs = this.random.chance(0.5) ? [this.random.pick(['prod', 'dev'])] : before;
    // Consent was given for what was protected then, and not for what is protected since.
    for (const [id, consent] of this.consents) {
      const left = consent.envs.filter(
        (env) => this.envs.includes(env) && this.protectedEnvs.includes(env) && before.includes(env),
      );
      this.consents.set(id, { ...consent, envs: left });
    }
    for (const { job } of this.running) if (job.type === 'push') this.abandon(job);
    this.feed(this.configured([], false));
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

  /** Another endpoint: nothing that was said before counts. */
  private moveCloud(): void {
    this.cloud = newCloud();
    this.certain.clear();
    this.undone.clear();
    this.unheard.clear();
    this.readToken = 0;
    this.refusedUntil.clear();
    this.feed(this.configured([], true));
  }

  /** The process dies: requests on their way may or may not be carried out; only the ledger is left. */
  private crash(): void {
    const ledger = ledgerOf(this.state);
    for (const entry of ledger) if (entry.sending) this.certain.delete(key(entry.function, entry.env));
    this.dieWith(ledger);
  }

  /** Ctrl-C: what is on its way may end within ten seconds. What is known then is written, and nothing is forgotten. */
  private stopGracefully(): void {
    this.stopped = true;
    this.feed({ type: 'stop', at: this.now });
    for (let rounds = this.random.below(6); rounds > 0; rounds -= 1) this.finishOne();
    this.dieWith(ledgerOf(this.state));
  }

  private dieWith(ledger: readonly LedgerEntry[]): void {
    for (const { job, cloud, sent } of this.running) {
      if (job.type === 'part' && this.random.chance(0.4)) this.bring(job, cloud);
      if (job.type !== 'push' || cloud !== this.cloud) continue;
      for (const env of job.envs) this.certain.delete(key(job.function, env));
      if (sent) this.comeTrueOrNot(job, cloud);
    }
    this.running = [];
    this.start(ledger);
  }

  private rotateToken(): void {
    this.validToken += 1;
    if (this.random.chance(0.6)) this.token = this.validToken;
  }

  /** A person says yes to something, or what was said ends. */
  private consent(): void {
    const { random } = this;
    const [oldest] = this.consents.keys();
    if (oldest !== undefined && random.chance(0.5)) {
      this.consents.delete(oldest);
      this.feed({ type: 'revoke', at: this.now, id: oldest });
      return;
    }
    const functions = random.chance(0.5) ? null : this.names.filter(() => random.chance(0.5));
    const envs = this.envs.filter(() => random.chance(0.6));
    this.consentIds += 1;
    const id = `consent-${this.consentIds}`;
    const opened = envs.filter((env) => this.protectedEnvs.includes(env));
    const answers = envs.filter((env) => this.asking.includes(env));
    this.consents.set(id, { envs: opened, answers, functions });
    this.feed({ type: 'allow', at: this.now, id, envs, functions });
  }

  private ask(envs: string[]): void {
    for (const [id, consent] of this.consents) {
      const answers = consent.answers.filter((env) => envs.includes(env));
      this.consents.set(id, { ...consent, answers });
    }
    this.asking = envs;
    this.feed({ type: 'ask', at: this.now, asking: envs });
  }

  private force(): void {
    const name = this.random.pick(this.names);
    for (const env of this.envs) {
      this.certain.delete(key(name, env));
      if (this.state.functions.get(name)?.targets.has(env)) this.undone.delete(key(name, env));
    }
    this.feed({ type: 'force', at: this.now, id: 'run', function: name, env: null });
  }

  /** A person goes back to some content, or to the disk. What it means is noted apart from the core. */
  private undo(): void {
    const { random } = this;
    const name = random.pick(this.names);
    const env = random.pick(this.envs);
    const fn = this.state.functions.get(name);
    if (!fn?.targets.has(env)) return;
    const fingerprint = random.chance(0.3) ? null : `${name}-${random.below(4)}`;
    const target = key(name, env);
    // What is asked for may run there already, under somebody else's name.
    if (fn.targets.get(env)?.foreign != null || fingerprint === null) this.certain.delete(target);
    const isOnDisk = fn.problem === null && fn.wanted === fingerprint;
    if (fingerprint === null || isOnDisk) this.undone.delete(target);
    else this.undone.set(target, { fingerprint, against: fn.wanted });
    this.feed({ type: 'undo', at: this.now, id: 'run', function: name, steps: [{ env, fingerprint }] });
  }

  /** What a scan that the core takes finds ends what was gone back to, unless it is what was there then. */
  private endUndone({ id, function: name }: ScanJob, found: ScanResult): ScanResult {
    const fn = this.state.functions.get(name);
    if (fn === undefined || fn.scan.running !== id || fn.spec.problem !== null) return found;
    for (const env of fn.targets.keys()) {
      const target = key(name, env);
      const back = this.undone.get(target);
      if (back === undefined) continue;
      const { fingerprint, against } = back;
      if (!found.ok) {
        if (against === null) this.undone.set(target, { fingerprint, against: '' });
      } else if (found.fingerprint === fingerprint || (against !== null && against !== found.fingerprint)) {
        this.undone.delete(target);
      } else this.undone.set(target, { fingerprint, against: found.fingerprint });
    }
    return found;
  }

  private colleague(): void {
    if (!this.colleagues) return;
    const target = key(this.random.pick(this.names), this.random.pick(this.envs));
    this.deploy(this.cloud, target);
    if (this.cloud.get(target)?.next != null) return;
    this.certain.delete(target);
    const modTime = `${Math.floor(this.now / 1000)}`;
    // Within one second nobody could see it.
    if (this.cloud.get(target)?.modTime === modTime) return;
    this.cloud.set(target, { running: 'theirs', next: null, doneAt: 0, modTime, status: 'Active' });
  }

  /** True: something ended. */
  private finishOne(): boolean {
    const free = this.running.filter(
      ({ job, answersAt, written }) => answersAt <= this.now && (job.type !== 'push' || written),
    );
    const ended = free[this.random.below(Math.max(1, free.length))];
    if (ended === undefined) return false;
    this.running = this.running.filter((other) => other !== ended);
    this.now += this.random.below(40);
    this.feed(this.end(ended));
    return true;
  }

  private end(running: Running): Event {
    const { job } = running;
    const at = this.now;
    const jitter = this.random.next();
    switch (job.type) {
      case 'scan':
        return { type: 'scan-ended', at, job, result: this.endUndone(job, this.scan(job.function)) };
      case 'push':
        return { type: 'push-ended', at, job, outcome: this.push(job, running), jitter };
      case 'part':
        return { type: 'part-ended', at, job, outcome: this.part(job, running), jitter };
      case 'list':
        return { type: 'list-ended', at, job, outcome: this.list(job, running), jitter };
      case 'read-token': {
        if (running.cloud !== this.cloud) {
          const outcome = { ok: true as const, changed: true, renewAt: null, expiresAt: null };
          return { type: 'token-ended', at, job, outcome };
        }
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
    const parts = { timers: this.timers.get(name) ?? null };
    return { ok: true, fingerprint: content, files: 1, bytes: 1, changed: [], parts };
  }

  private draw(table: typeof wholeFailures): Partial<Failure> {
    const total = table.reduce((sum, [weight]) => sum + weight, 0);
    let roll = this.random.below(total);
    for (const [weight, each] of table) {
      roll -= weight;
      if (roll < 0) return each;
    }
    return {};
  }

  // -------------------------------------------------------------- the cloud

  private push(job: PushJob, { cloud, token }: Running): PushOutcome {
    const isOurs = cloud === this.cloud;
    if (token !== this.validToken && isOurs)
      return { type: 'failed', failure: failure({ class: 'token', errcode: 42001 }) };
    if (this.faults && this.random.chance(0.25)) return this.brokenPush(job, cloud);
    const failures = job.envs.flatMap((env) => {
      const refused = this.accept(cloud, job, env);
      return refused === null ? [] : [{ env, failure: refused }];
    });
    for (const env of isOurs ? job.envs : []) {
      const failed = failures.find((candidate) => candidate.env === env);
      const heard = !this.unheard.has(`${job.id} ${key(job.function, env)}`);
      if (failed === undefined && heard) this.certain.set(key(job.function, env), job.fingerprint);
      else if (failed?.failure.class !== 'busy') this.certain.delete(key(job.function, env));
    }
    return { type: 'answered', requestMs: 1, failures };
  }

  /** What the disk wants is sent, be it another than the one that the job was made for. */
  private part(job: PartJob, { cloud, token }: Running): PartOutcome {
    const wanted = this.timers.get(job.function) ?? null;
    if (wanted !== job.fingerprint) return { type: 'not-sent', wanted };
    if (token !== this.validToken && cloud === this.cloud)
      return { type: 'failed', failure: failure({ class: 'token', errcode: 42001 }) };
    if (this.faults && this.random.chance(0.25)) {
      const over = this.draw(pushFailures);
      if (over.origin === 'broken' && this.random.chance(0.5)) this.bring(job, cloud);
      return { type: 'failed', failure: failure(over) };
    }
    const failures = this.bring(job, cloud);
    return { type: 'answered', requestMs: 1, failures };
  }

  private bring(job: PartJob, cloud: Cloud): { env: string; failure: Failure }[] {
    return job.envs.flatMap((env) => {
      const target = key(job.function, env);
      this.deploy(cloud, target);
      const deployed = cloud.get(target);
      if (deployed === undefined) return [{ env, failure: failure({ class: 'missing', errcode: null }) }];
      if (deployed.next !== null) return [{ env, failure: failure({ class: 'busy', errcode: null }) }];
      if (this.faults && this.random.chance(0.1)) {
        const cls = this.random.pick(['transient', 'unknown', 'function', 'env'] as const);
        return [{ env, failure: failure({ class: cls, errcode: null }) }];
      }
      cloud.timers.set(target, job.fingerprint);
      return [];
    });
  }

  private brokenPush(job: PushJob, cloud: Cloud): PushOutcome {
    const over = this.draw(pushFailures);
    if (cloud === this.cloud) for (const env of job.envs) this.certain.delete(key(job.function, env));
    // Too many requests, or too large a one: whoever says so has not passed it on.
    const passedOn = over.origin === 'http' && over.httpStatus !== 429 && over.httpStatus !== 413;
    if (over.origin === 'broken' || passedOn || over.origin === 'unexpected') this.comeTrueOrNot(job, cloud);
    return { type: 'failed', failure: failure(over) };
  }

  /** No proper answer came: it was carried out, or will be, or never. */
  private comeTrueOrNot(job: PushJob, cloud: Cloud): void {
    if (this.random.chance(0.4)) for (const env of job.envs) this.accept(cloud, job, env);
    else if (this.random.chance(0.3))
      this.late.push({ job, cloud, at: this.now + this.random.below(50_000), until: this.now + 55_000 });
  }

  /** Where it would leave no trace that anybody could see it comes a little later. */
  private carryOutLate(): void {
    const due = this.late.filter(({ at }) => at <= this.now);
    if (due.length === 0) return;
    this.late = this.late.filter(({ at }) => at > this.now);
    for (const { job, cloud, until } of due) {
      if (this.now > until || cloud !== this.cloud) continue;
      if (job.envs.some((env) => this.isTraceless(job.function, env))) {
        this.late.push({ job, cloud, at: this.now + 1000, until });
        continue;
      }
      this.log.push([this.now, { late: job }]);
      for (const env of job.envs) this.certain.delete(key(job.function, env));
      for (const env of job.envs) this.accept(cloud, job, env);
    }
  }

  private isTraceless(name: string, env: string): boolean {
    const target = this.state.functions.get(name)?.targets.get(env);
    const second = `${Math.floor(this.now / 1000)}`;
    // Where nobody looks, nobody sees it.
    if (target?.live != null && (target.modTime === null || !this.settings.verify)) return true;
    return target?.deploying != null || this.cloud.get(key(name, env))?.modTime === second;
  }

  private accept(cloud: Cloud, job: PushJob, env: string): Failure | null {
    const target = key(job.function, env);
    this.deploy(cloud, target);
    const deployed = cloud.get(target);
    if (deployed === undefined && job.operation === 'update')
      return failure({ class: 'missing', errcode: null });
    if (deployed !== undefined && job.operation === 'create')
      return failure({ origin: 'exists', errcode: null });
    if (deployed?.next != null) return failure({ class: 'busy', errcode: null });
    if (this.faults && this.random.chance(0.1)) {
      const cls = this.random.pick(['transient', 'transient', 'unknown', 'function', 'env'] as const);
      return failure({ class: cls, errcode: null });
    }
    cloud.set(target, {
      running: deployed?.running ?? null,
      next: job.fingerprint,
      doneAt: this.now + (this.random.chance(0.2) ? 20 : deployMs),
      modTime: `${Math.floor(this.now / 1000)}`,
      status: 'Updating',
    });
    return null;
  }

  private deploy(cloud: Cloud, target: string): void {
    const deployed = cloud.get(target);
    if (deployed === undefined || deployed.next === null || deployed.doneAt > this.now) return;
    const failed = deployed.next.endsWith(bad);
    cloud.set(target, {
      ...deployed,
      running: failed ? deployed.running : deployed.next,
      next: null,
      status: failed ? `${deployed.running === null ? 'Create' : 'Update'}Failed` : 'Active',
    });
    if (failed && cloud === this.cloud) this.certain.delete(target);
  }

  private list(job: ListJob, { cloud, token }: Running): ListOutcome {
    const isOurs = cloud === this.cloud;
    if (token !== this.validToken && isOurs)
      return { ok: false, failure: failure({ class: 'token', errcode: 40001 }) };
    if (this.faults && this.now < (this.refusedUntil.get(job.env) ?? 0))
      return { ok: false, failure: failure({ class: 'config', errcode: 48001 }) };
    if (this.faults && this.random.chance(0.2))
      return { ok: false, failure: failure(this.draw(wholeFailures)) };
    const rows: CloudFunction[] = [];
    for (const name of this.names) {
      this.deploy(cloud, key(name, job.env));
      const deployed = cloud.get(key(name, job.env));
      if (deployed === undefined || (job.searchKey !== null && !name.includes(job.searchKey))) continue;
      rows.push({ name, status: deployed.status, modTime: deployed.modTime, statusReason: '' });
    }
    const page = rows.slice(job.offset, job.offset + pageRows);
    const cut = this.faults && this.random.chance(0.05);
    return {
      ok: true,
      functions: cut ? page.slice(0, 1) : page,
      total: this.random.chance(0.8) ? rows.length : null,
    };
  }

  // -------------------------------------------------------------- the end

  /** The disk is quiet and the cloud answers: everything must come to rest in bounded time and requests. */
  rest(): void {
    this.faults = false;
    this.token = this.validToken;
    const helped = this.random.chance(0.7);
    this.feed({ type: 'pause', at: this.now, paused: false });
    this.feed({ type: 'git', at: this.now, repository: 'r', busy: false });
    this.feed({ type: 'token-source-changed', at: this.now });
    this.ask([]);
    if (helped) this.feed({ type: 'retry', at: this.now, function: null, env: null });
    this.settle([...this.disk.keys()]);
    const before = { pushes: this.pushes, lists: this.lists, parts: this.parts };
    for (let steps = 0; ; steps += 1) {
      must(steps < 6000, 'does not come to rest');
      if (this.finishOne()) continue;
      const times = [this.nextTime(), ...this.running.map(({ answersAt }) => answersAt)];
      const coming = times.filter((time) => time !== null && time > this.now);
      if (coming.length === 0 && this.running.length === 0) break;
      if (this.running.length === 0 && isAtRest(this.state) && !this.waits()) break;
      this.now = coming.length === 0 ? this.now + 1 : Math.min(...coming.map(Number));
      this.elapse();
    }
    must(isAtRest(this.state), 'not at rest at the end');
    const size = Math.max(1, this.disk.size * this.envs.length);
    must(this.pushes - before.pushes <= 8 * size, 'too many uploads at the end');
    must(this.parts - before.parts <= 8 * size, 'too many requests for timers at the end');
    must(this.lists - before.lists <= 40 * this.envs.length + 8 * size, 'too many lists at the end');
    // Where nobody looks the last deployments may still be going on.
    this.now += deployMs;
    this.compare(helped);
  }

  private waits(): boolean {
    // What waits for the rate alone comes within a second.
    const next = this.nextTime();
    if (next !== null && next - this.now <= 1000) return true;
    return standings(this.state).some(({ phase }) => phase.until !== null);
  }

  /** Holds that are right at the end; what a person could end only where none did. */
  private isRightlyHeld(name: string, env: string, helped: boolean): boolean {
    const fn = this.state.functions.get(name);
    const target = fn?.targets.get(env);
    if (fn === undefined || target === undefined) return false;
    const phase = phaseOf(this.state, fn, target);
    if (phase.kind !== 'held') return false;
    switch (phase.hold.reason) {
      case 'protected':
        return !this.isConsented(name, env);
      case 'foreign':
        return this.colleagues;
      case 'missing':
        return !this.settings.createMissing;
      case 'refused':
        return !helped;
      case 'config':
        return !helped;
      default:
        return false;
    }
  }

  private compare(helped: boolean): void {
    for (const [name, content] of this.disk)
      for (const env of this.envs) this.compareTarget(name, env, content, helped);
  }

  private compareTarget(name: string, env: string, content: string, helped: boolean): void {
    const target = key(name, env);
    this.deploy(this.cloud, target);
    const running = this.cloud.get(target)?.running ?? null;
    const known = this.state.functions.get(name)?.targets.get(env);
    const back = this.undone.get(target)?.fingerprint ?? null;
    if (back === null && content.endsWith(bad)) {
      const isBlind = !this.settings.verify || this.state.envs.get(env)?.contact === 'refused';
      must(isBlind || known?.live !== content, `${target} is said to run what cannot run`);
      return;
    }
    if (this.isRightlyHeld(name, env, helped) || running === 'theirs') return;
    const wanted = back ?? content;
    must(running === wanted, `${target} runs ${running}, and is to run ${wanted}`);
    must(known?.live === wanted && known.deploying === null, `${target}: live is not known to be live`);
    if (back !== null) {
      this.countBack(name, env);
      return;
    }
    const timers = this.timers.get(name) ?? null;
    const are = this.cloud.timers.get(target) ?? null;
    must(timers === null || are === timers, `${target} has ${are}, the disk has ${timers}`);
  }

  /** What was gone back to rests, and says why it is not what is on disk. */
  private countBack(name: string, env: string): void {
    const fn = this.state.functions.get(name);
    const target = fn?.targets.get(env);
    if (fn === undefined || target === undefined) return;
    const phase = phaseOf(this.state, fn, target);
    must(nameOf(phase) === 'held undone', `${name}/${env} was gone back to, and is ${nameOf(phase)}`);
    this.wentBack += 1;
  }
}

function isRequest(job: Job): boolean {
  return job.type === 'push' || job.type === 'list' || job.type === 'part';
}

function isSameTarget(job: PartJob, name: string, env: string): boolean {
  return job.function === name && job.envs.includes(env);
}

function nameOf(phase: Phase): string {
  return phase.kind === 'held' ? `held ${phase.hold.reason}` : phase.kind;
}

function key(name: string, env: string): string {
  return `${name}/${env}`;
}

function must(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}
