/**
 * A disk, a cloud, a link and a clock made of plain data, in which the core lives through random histories. What the cloud really
 * holds is kept apart from what the core believes, so the checks compare the two. Everything is drawn from one seed.
 */
import { isAdoptable } from '../../src/core/adopt.js';
import {
  isAnswerAwaited,
  isFirstLookDone,
  lookedAt,
  overwrittenBy,
  replacedBy,
} from '../../src/core/first-start.js';
import { type Phase, phaseOf } from '../../src/core/phase.js';
import { nextJob, wakeAt } from '../../src/core/plan.js';
import { reduce } from '../../src/core/reduce.js';
import { ledgerOf } from '../../src/core/remembered.js';
import { isAtRest, type Standing, standings } from '../../src/core/standing.js';
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
import type { Failure, FunctionSpec, GitOperation, LedgerEntry, Settings } from '../../src/model/nouns.js';
import { type Random, seeded } from '../support/random.js';
import { Colleagues } from './colleagues.js';
import { failure, settings, spec } from './make.js';
import { Questions } from './questions.js';

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
interface Late<J> {
  readonly job: J;
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

/** The failures that an upload or a list may meet: class, origin and code, and what it weighs. */
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
/** The same for a list at a first start: an environment may be refused before anybody was asked about it. */
const firstListFailures: readonly (readonly [number, Partial<Failure>])[] = [
  ...wholeFailures,
  [2, { class: 'env', errcode: null }],
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
  /** The content that the cloud cleanly reported to the core as accepted, and that nothing has put in doubt since. */
  readonly certain = new Map<string, string>();
  /** Requests that broke and were carried out all the same, and when a look first saw it: after a long time it looks like a colleague's doing. */
  private readonly doneLate = new Map<
    string,
    { readonly modTime: string; readonly at: number; readonly seenAt: number | null }
  >();
  /** Pushes whose acceptance is no news: the environment was taken out meanwhile. */
  private readonly unheard = new Set<string>();
  /** Where a person went back, to what, and what the disk held then. */
  private readonly undone = new Map<
    string,
    { readonly fingerprint: string; readonly against: string | null }
  >();
  /** Where a person went back over somebody else's deployment, to what, and over which. */
  private readonly saidOver = new Map<
    string,
    { readonly fingerprint: string | null; readonly modTime: string }
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
  private late: Late<PushJob>[] = [];
  private lateParts: Late<PartJob>[] = [];
  faults = true;
  private token = 1;
  private validToken = 1;
  private readToken = 0;
  private readonly wires: number[] = [];
  private readonly bytesPerMs: number;
  private readonly hanging: number;
  private readonly hasColleagues: boolean;
  readonly colleagues = new Colleagues();
  readonly questions = new Questions();
  private stopped = false;
  pushes = 0;
  /** Targets that rest on what a person went back to. */
  wentBack = 0;
  lists = 0;
  parts = 0;
  private readonly log: (readonly [number, object])[] = [];
  private consentIds = 0;

  /** Each check asks the same of one state, which never changes. */
  private seen: { state: State; standings: readonly Standing[]; wakeAt: number | null } | null = null;

  private get known(): { readonly standings: readonly Standing[]; readonly wakeAt: number | null } {
    const { state } = this;
    if (this.seen?.state !== state) this.seen = { state, standings: standings(state), wakeAt: wakeAt(state) };
    return this.seen;
  }

  /** The last events and jobs, one a line. */
  story(lines: number): string {
    return this.log
      .slice(-lines)
      .map(([at, what]) => `${at} ${JSON.stringify(what).slice(0, 300)}`)
      .join('\n');
  }

  /** The answers about quotas draw their own numbers: the other histories stay what they were. */
  private readonly quotaRandom: ReturnType<typeof seeded>;
  /** Requests a second that the cloud has published. */
  private publishedRate = Number.POSITIVE_INFINITY;
  quotasAsked = 0;
  /** All functions are in one repository; all but the first are built. */
  private readonly isInRepository: boolean;
  private readonly gitRandom: Random;
  private readonly restlessRandom: Random;
  private readonly isBuilt: boolean;
  /** Since when git has its lock, and what it has begun and not finished. */
  private gitSince: number | null = null;
  private gitOperation: GitOperation | null = null;
  /** Which steps are about other people's deployments, in worlds where that is what matters. */
  private readonly sharedRandom: Random;
  private readonly listFailures: typeof wholeFailures;
  /** When a person answers the question of a first start, and how. */
  private readonly answerRandom: Random;

  /** @param asksFirst each start asks before it replaces code in the cloud that this project has never sent */
  constructor(
    seed: number,
    private readonly asksQuotas = false,
    private readonly isShared = false,
    private readonly asksFirst = false,
  ) {
    const random = seeded(seed);
    this.random = random;
    this.listFailures = asksFirst ? firstListFailures : wholeFailures;
    this.quotaRandom = seeded(seed + 1);
    this.sharedRandom = seeded(seed + 2);
    this.gitRandom = seeded(seed + 3);
    this.restlessRandom = seeded(seed + 4);
    this.answerRandom = seeded(seed + 5);
    const large = seed % 40 === 7;
    this.isInRepository = seed % 3 === 0;
    this.isBuilt = seed % 5 === 0;
    this.names = Array.from({ length: large ? 9 : 4 }, (_, index) => `fn-${index}`);
    this.envs = large ? ['dev', 'test', 'stage'] : ['dev', 'test'];
    if (random.chance(0.3)) this.protectedEnvs = ['prod'];
    if (random.chance(0.2)) this.envs.push('prod');
    const verify = random.chance(0.85) || isShared;
    this.settings = {
      ...settings,
      concurrency: 1 + random.below(4),
      requestsPerSecond: random.pick([2, 3, 10, 1000]),
      envsPerRequest: random.pick([2, 50, 50]),
      createMissing: random.chance(0.85),
      verify,
      onForeignChange: verify && random.chance(isShared ? 0.5 : 0.3) ? 'hold' : 'warn',
    };
    // Where every fourth request fails hardly anything is ever sure to run.
    if (isShared) this.faults = this.sharedRandom.chance(0.5);
    this.hanging = random.pick([0, 0.1, 0.1, 0.6]);
    this.bytesPerMs = random.pick([10_000, 10_000, 500, 80]);
    this.hasColleagues = random.chance(0.4) || isShared;
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
    this.publishedRate = Number.POSITIVE_INFINITY;
    if (this.asksQuotas) this.feed({ type: 'ask-quotas', at: this.now });
    this.feed(
      this.configured(
        ledger.map((entry) => ({ ...entry })),
        true,
      ),
    );
    if (this.asksFirst) this.ask([...this.envs]);
    // Who watches git says at a start how it stands.
    if (this.gitSince === null && this.gitOperation === null) return;
    const isLocked = this.gitSince !== null;
    this.gitSince = null;
    this.git(isLocked, this.gitOperation);
  }

  private configured(ledger: readonly LedgerEntry[], cloudChanged: boolean): Event {
    return {
      type: 'configured',
      at: this.now,
      settings: this.settings,
      envs: this.envs.map((id) => ({ id, protected: this.protectedEnvs.includes(id) })),
      functions: this.specs(),
      ledger,
      cloudChanged,
    };
  }

  private specs(): FunctionSpec[] {
    return [...this.disk.keys()].map((name) => ({
      ...spec(name, this.envs),
      repository: this.isInRepository ? 'r' : null,
      built: this.isBuilt && name !== 'fn-0',
    }));
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
    if (this.isShared) this.countForeign();
    for (const ended of late) this.feed(ended);
  }

  private begin(job: Job): void {
    this.log.push([this.now, job]);
    must(!this.stopped, 'a job begins after the stop');
    const running = this.runningFor(job);
    this.running.push(running);
    if (job.type === 'push') this.checkPush(job);
    if (job.type === 'part') this.checkPart(job);
    if (job.type === 'quota') this.checkQuota();
    if (job.type === 'list' || job.type === 'part' || job.type === 'quota') {
      if (job.type === 'list') this.lists += 1;
      else if (job.type === 'part') this.parts += 1;
      this.wire();
    }
    this.state = reduce(this.state, { type: 'job-started', at: this.now, job });
    this.checkSlots();
    this.progress();
  }

  /** It asks what is used of a quota only where that is in no upload's way. */
  private checkQuota(): void {
    this.quotasAsked += 1;
    const pushing = this.running.some(({ job, cloud }) => job.type === 'push' && cloud === this.cloud);
    must(!pushing || this.state.requests.size === 0, 'a quota is asked for while an upload is on its way');
    const ready = this.known.standings.some(({ phase }) => phase.kind === 'queued');
    must(!ready, 'a quota is asked for while an upload could go');
  }

  private quota(cloud: Cloud): Extract<Event, { type: 'quota-ended' }>['outcome'] {
    const { quotaRandom: random } = this;
    const said = random.pick([{}, { class: 'token' as const, errcode: 40001 }]);
    if (random.chance(0.3)) return { ok: false, failure: failure(said) };
    const perSecond = random.pick([null, null, 1, 2, 1000]);
    if (cloud === this.cloud && perSecond !== null)
      this.publishedRate = Math.min(this.publishedRate, perSecond);
    return { ok: true, quota: { limit: random.pick([0, 10]), used: random.below(11), perSecond } };
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

  /** A request that the core gave up is broken off by the edge, and nobody knows what came of it. How it ends is reported all the same. */
  private dropAborted(): Event[] {
    const ends: Event[] = [];
    for (const running of [...this.running]) {
      const { job, cloud, sent } = running;
      if (job.type === 'part' && !this.state.requests.has(job.id)) {
        this.running = this.running.filter((other) => other !== running);
        this.bringOrNot(job, cloud);
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
      this.checkGit(job, env);
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
      must(isBack === job.isKept, `${target} is sent ${job.fingerprint} for ${job.cause}`);
      must(!isBack || job.cause === 'undo', `${target} was gone back to, and is sent for ${job.cause}`);
      const isOurs = fn?.wanted === known?.foreign?.ours || isBack;
      const said = this.saidOver.get(target);
      const isSaid = said?.fingerprint === job.fingerprint && said.modTime === known?.foreign?.modTime;
      const theirs = known?.foreign != null && isOurs && !isSaid && !known.forced;
      must(!theirs, `${target}: somebody else's deployment replaced without a change of ours`);
      const isAsked = isBack || isSaid || known?.forced != null;
      if (known?.foreign != null && !isAsked) this.colleagues.tally.replaced += 1;
      const fault = this.colleagues.faultOf(job, {
        ...{ target, isAsked, wantedAt: fn?.wantedAt ?? 0 },
        isListed: this.state.envs.get(env)?.contact === 'listed',
        holds: this.settings.onForeignChange === 'hold',
      });
      must(fault === null, fault ?? '');
      const unnamed = this.questions.faultOf(target, job.fingerprint, isAsked);
      must(unnamed === null, unnamed ?? '');
    }
  }

  /** Nothing goes while git is in the middle of something, but for content that a person went back to. A lock counts for a minute. */
  private checkGit({ function: name, isKept }: PushJob, env: string): void {
    if (!this.isInRepository || isKept) return;
    const isLocked = this.gitSince !== null && this.now < this.gitSince + this.settings.waits.gitLockMs;
    must(!isLocked, `${name}/${env} is sent while git has its lock`);
    const isForced = this.state.functions.get(name)?.targets.get(env)?.forced != null;
    must(this.gitOperation === null || isForced, `${name}/${env} is sent during a ${this.gitOperation}`);
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

  /** The promises that hold after every event. */
  private judge(): void {
    const { state } = this;
    if (this.stopped) return;
    const { standings: all, wakeAt: at } = this.known;
    const isAsleep = this.running.length === 0 && at === null;
    if (isAsleep)
      must(isTouched(state) || isAtRest(state), 'not at rest, nothing runs and nothing will wake it');
    this.judgeQuestion(isAsleep);
    this.judgeReading();
    for (const { function: name, env, phase } of all) {
      const { kind, until } = phase;
      const isCovered = until === null || until <= state.now || (at !== null && at <= until);
      if (!isCovered) must(false, `${name}/${env} is ${nameOf(phase)} until ${until}, wakes at ${at}`);
      if (kind === 'queued') this.judgeQueued(`${name}/${env}`);
    }
  }

  /** Whatever waits for an answer waits for somebody who has been asked, or for a look that is on its way: a `push` waits for nothing else. */
  private judgeQuestion(isAsleep: boolean): void {
    const { state } = this;
    if (isTouched(state) || !isAnswerAwaited(state) || !isAtRest(state)) return;
    const isComing = isFirstLookDone(state) ? lookedAt(state).length > 0 : !isAsleep;
    must(isComing, 'an answer is waited for, and nobody is asked or will be');
  }

  /** Builds, however many and long, keep nobody's files from being read. */
  private judgeReading(): void {
    let waits: string | null = null;
    let running = 0;
    for (const { spec, scan } of this.state.functions.values()) {
      if (spec.built) continue;
      if (scan.running !== null) running += 1;
      else if (scan.since !== null && scan.wanted) waits ??= spec.name;
    }
    must(waits === null || running > 1, `${waits} waits to be read, and ${running} are read`);
  }

  /** Only a free slot or the rate keeps what is queued. */
  private judgeQueued(target: string): void {
    const busy = this.running.some(({ job }) => isRequest(job));
    const { requestsPerSecond } = this.settings;
    const recent = this.wires.filter((at) => at > this.now - 1000).length;
    const rate = Math.min(requestsPerSecond, this.publishedRate);
    must(busy || recent >= rate, `${target} is queued though slots and rate are free`);
  }

  // -------------------------------------------------------------- what can happen

  step(): void {
    const { random, gitRandom } = this;
    if (this.asksFirst && this.answerRandom.chance(0.1)) this.answer();
    if (this.isInRepository && gitRandom.chance(0.1)) {
      this.git(gitRandom.chance(0.6), gitRandom.chance(0.3) ? 'rebase' : null);
      if (gitRandom.chance(0.5)) this.edit();
    }
    if (this.isShared && this.sharedRandom.chance(0.3)) {
      this.sharedRandom.pick(this.shared)();
      return;
    }
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

  /** The events of a world; one that stands here twice happens twice as often. */
  private readonly rare: readonly (() => void)[] = [
    () => this.loseOrFind(),
    () => this.loseOrFind(),
    () => this.changeEnvs(),
    () => this.changeEnvs(),
    () => this.crash(),
    () => this.stopGracefully(),
    () => this.rotateToken(),
    () => this.git(this.random.chance(0.4), this.gitOperation),
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
    () => this.changeTimers(),
    () => this.changeTimers(),
    () => this.ask(this.envs.filter(() => this.random.chance(0.3))),
  ];

  /** The events where several people deploy to the same environments. */
  private readonly shared: readonly (() => void)[] = [
    () => this.deployOver(),
    () => this.deployOver(),
    () => this.deployOver(),
    () => this.feed({ type: 'retry', at: this.now, function: null, env: null }),
    () => this.feed({ type: 'retry', at: this.now, function: null, env: this.random.pick(this.envs) }),
    () => this.edit(),
    () => this.edit(),
    () => this.undoNewest(),
    () => this.undoNewest(),
    () => this.redo(),
    () => this.adopt(),
    () => this.adopt(),
    () => this.work(),
    () => this.work(),
    () => this.work(),
    () => this.pass(this.sharedRandom.pick([2000, 6000, 61_000, 400_000])),
  ];

  /** For a while whatever can end does, and what follows from it. */
  private work(): void {
    for (let rounds = 0; rounds < 8; rounds += 1) {
      while (this.finishOne()) this.progress();
      this.pass(1000);
    }
  }

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
    if (!this.random.chance(0.7)) return;
    const capped = this.restlessRandom.chance(0.15);
    this.settle(changed, capped);
    if (capped) this.writeOn(changed);
  }

  /** A program goes on writing: the next burst begins before the last one is read. */
  private writeOn(names: readonly string[]): void {
    for (const name of names)
      if (this.restlessRandom.chance(0.5)) this.disk.set(name, `${name}-${this.restlessRandom.below(4)}`);
    this.feed({ type: 'touched', at: this.now, functions: names });
  }

  /** Their code stays as it is. */
  private changeTimers(): void {
    if (!this.hasTimers) return;
    const names = [...this.disk.keys()];
    for (const name of names) this.timers.set(name, `timers-${this.random.below(3)}`);
    this.settle(names);
  }

  private settle(names: readonly string[], capped = false): void {
    const settled = names.map(
      (name) => ({ function: name, cause: 'change', savedAt: this.now, full: false, capped }) as const,
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
    const times = [this.known.wakeAt, ...[...this.late, ...this.lateParts].map(({ at }) => at)];
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
    this.feed({ type: 'discovered', at: this.now, functions: this.specs() });
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

  /** A target that the new configuration no longer holds is not listened to any more. */
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
    this.publishedRate = Number.POSITIVE_INFINITY;
    this.certain.clear();
    this.undone.clear();
    this.colleagues.forgetAll();
    this.questions.forgetAll();
    this.unheard.clear();
    this.readToken = 0;
    this.refusedUntil.clear();
    this.feed(this.configured([], true));
  }

  /** The process dies: requests on their way may or may not be carried out; only the ledger is left. */
  private crash(): void {
    const ledger = ledgerOf(this.state);
    for (const entry of ledger) {
      if (!entry.sending) continue;
      this.certain.delete(key(entry.function, entry.env));
      this.colleagues.forget(key(entry.function, entry.env));
    }
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
      if (job.type === 'part') this.bringOrNot(job, cloud);
      if (job.type !== 'push' || cloud !== this.cloud) continue;
      for (const env of job.envs) this.certain.delete(key(job.function, env));
      if (sent) this.comeTrueOrNot(job, cloud);
    }
    this.running = [];
    this.start(ledger);
  }

  private git(busy: boolean, operation: GitOperation | null): void {
    this.gitSince = busy ? (this.gitSince ?? this.now) : null;
    this.gitOperation = operation;
    this.feed({ type: 'git', at: this.now, repository: 'r', busy, operation });
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

  /** The question of a first start, when it is time for it, as a program asks it. @returns whether it was answered */
  private answer(): boolean {
    const { state, answerRandom: random } = this;
    const envs = lookedAt(state);
    if (this.stopped || !isFirstLookDone(state) || envs.length === 0) return false;
    const overwritten = overwrittenBy(state, envs);
    const replaced = replacedBy(state, overwritten);
    const adopts = replaced.length > 0 && random.chance(0.3);
    if (adopts) this.adoptAll(overwritten);
    this.questions.answered(
      this.foundIn(envs),
      new Set(overwritten.map((each) => key(each.function, each.env))),
    );
    this.ask(this.asking.filter((env) => !envs.includes(env)));
    const awaited = this.known.standings.filter(
      ({ env, phase }) => envs.includes(env) && phase.kind === 'held' && phase.hold.subject === 'asked',
    );
    must(awaited.length === 0, 'an answer is waited for that has been given');
    return true;
  }

  private adoptAll(overwritten: readonly Standing[]): void {
    const meant = overwritten.map(({ function: name, env }) => ({ function: name, envs: [env] }));
    for (const { function: name, env, fn } of overwritten)
      if (fn.wanted !== null) this.colleagues.adopted(key(name, env), fn.wanted);
    this.feed({ type: 'adopt', at: this.now, meant });
    for (const { function: name, env } of overwritten) this.checkWord(name, env);
  }

  /** The code that lay there when it was listed, under the names of functions on the disk, and that nobody allowed to replace. */
  private foundIn(envs: readonly string[]): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const { function: name, env, target } of this.known.standings) {
      const content = this.disk.get(name);
      const isThere = target.presence === 'present' && this.cloud.has(key(name, env));
      const isOpen = target.foreign === null && !this.isConsented(name, env);
      if (envs.includes(env) && isThere && isOpen && content !== undefined)
        found.set(key(name, env), content);
    }
    return found;
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
    this.goBack(name, [{ env, fingerprint: random.chance(0.3) ? null : `${name}-${random.below(4)}` }]);
  }

  /** The newest content of ours there, as far as is known: what theirs replaced, or what runs. */
  private undoNewest(name = this.sharedRandom.pick(this.names)): void {
    const targets = [...(this.state.functions.get(name)?.targets.values() ?? [])];
    const steps = targets.flatMap(({ env, live, foreign }) => {
      const newest = foreign?.ours ?? live;
      return newest === null || newest.endsWith(bad) ? [] : [{ env, fingerprint: newest }];
    });
    if (steps.length > 0) this.goBack(name, steps);
  }

  private redo(): void {
    const names = [...this.undone.keys()].map((target) => target.split('/')[0] ?? '');
    if (names.length === 0) return;
    const name = this.sharedRandom.pick(names);
    const envs = [...(this.state.functions.get(name)?.targets.keys() ?? [])];
    const steps = envs.filter((env) => this.undone.has(key(name, env)));
    if (steps.length > 0)
      this.goBack(
        name,
        steps.map((env) => ({ env, fingerprint: null })),
      );
  }

  private goBack(name: string, steps: Extract<Event, { type: 'undo' }>['steps']): void {
    const fn = this.state.functions.get(name);
    if (fn === undefined) return;
    for (const { env, fingerprint } of steps) {
      const target = key(name, env);
      const { tally } = this.colleagues;
      if (fingerprint === null && this.undone.has(target)) tally.redone += 1;
      // The content that is asked for may run there already, under somebody else's name.
      const isOnDisk = fn.problem === null && fn.wanted === fingerprint;
      const isToDisk = fingerprint === null || isOnDisk;
      const foreign = fn.targets.get(env)?.foreign ?? null;
      if (foreign !== null)
        this.saidOver.set(target, { fingerprint: fingerprint ?? fn.wanted, modTime: foreign.modTime });
      if (foreign !== null) this.certain.delete(target);
      if (foreign !== null && fingerprint !== null) tally.undone += 1;
      if (isToDisk) this.undone.delete(target);
      else this.undone.set(target, { fingerprint, against: fn.wanted });
    }
    const envs = steps.map(({ env }) => env).filter((env) => fn.targets.get(env)?.inFlight === null);
    this.feed({ type: 'undo', at: this.now, id: 'run', function: name, steps });
    for (const env of envs) this.checkWord(name, env);
  }

  /** A person's word about somebody else's code is the one that counts then. */
  private checkWord(name: string, env: string): void {
    const fn = this.state.functions.get(name);
    const target = fn?.targets.get(env);
    if (fn === undefined || target === undefined) return;
    const phase = nameOf(phaseOf(this.state, fn, target));
    must(phase !== 'held foreign', `${name}/${env} is ${phase}, and a person has just said what is to be`);
  }

  /** A person lets somebody else's code stay. */
  private adopt(name = this.sharedRandom.pick(this.names)): void {
    const fn = this.state.functions.get(name);
    if (fn === undefined || fn.wanted === null) return;
    // Whoever takes what is gone off the list does not wait for what is on its way there.
    if (fn.spec.problem?.reason === 'gone')
      for (const { job } of this.running) if (job.type === 'push' && job.function === name) this.abandon(job);
    const meant = [...fn.targets.values()].filter((target) => isAdoptable(fn, target));
    for (const target of meant) {
      this.undone.delete(key(name, target.env));
      this.certain.delete(key(name, target.env));
      this.colleagues.adopted(key(name, target.env), fn.wanted);
    }
    this.feed({ type: 'adopt', at: this.now, meant: [{ function: name, envs: null }] });
    for (const { env } of meant) this.checkWord(name, env);
  }

  /** How often theirs is seen, and keeps our own change back. */
  private countForeign(): void {
    const foreign = this.known.standings.filter(({ target }) => target.foreign?.adopted === false);
    const kept = foreign.filter(
      ({ fn, target, phase }) => fn.wanted !== target.foreign?.ours && nameOf(phase) === 'held foreign',
    );
    const keysOf = (some: typeof foreign): string[] => some.map(({ function: name, env }) => key(name, env));
    this.colleagues.count(keysOf(foreign), keysOf(kept));
  }

  /** The content of a scan that the core takes ends a step back, unless it is the content that was there then. */
  private endUndone({ id, function: name }: ScanJob, found: ScanResult): ScanResult {
    const fn = this.state.functions.get(name);
    if (fn === undefined || fn.scan.running !== id || fn.spec.problem !== null) return found;
    for (const env of fn.targets.keys()) {
      const target = key(name, env);
      const said = this.saidOver.get(target);
      // Asked for before it was known.
      if (said?.fingerprint === null && found.ok)
        this.saidOver.set(target, { ...said, fingerprint: found.fingerprint });
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
    if (this.hasColleagues) this.deployTheirs(this.random.pick(this.names), this.random.pick(this.envs));
  }

  /** Theirs over ours that is known to run, and often somebody asks what runs then. */
  private deployOver(): void {
    const ours = this.known.standings.filter(
      ({ function: name, env }) => this.knownToRun(name, env) !== null,
    );
    if (ours.length === 0) return;
    const { function: name, env } = this.sharedRandom.pick(ours);
    this.deployTheirs(name, env);
    if (this.sharedRandom.chance(0.3)) this.edit();
    else if (this.sharedRandom.chance(0.7)) this.feed({ type: 'retry', at: this.now, function: null, env });
    if (this.sharedRandom.chance(0.7)) this.work();
    const roll = this.sharedRandom.below(10);
    if (roll < 3) this.undoNewest(name);
    else if (roll < 5) this.adopt(name);
    else if (roll < 6) this.redo();
  }

  private deployTheirs(name: string, env: string): void {
    const target = key(name, env);
    this.deploy(this.cloud, target);
    if (this.cloud.get(target)?.next != null) return;
    this.certain.delete(target);
    const modTime = `${Math.floor(this.now / 1000)}`;
    // Within one second nobody could see it.
    if (this.cloud.get(target)?.modTime === modTime) return;
    this.colleagues.deployed(target, this.now, this.knownToRun(name, env));
    this.cloud.set(target, { running: 'theirs', next: null, doneAt: 0, modTime, status: 'Active' });
  }

  /** The content of ours that the core knows to run, and could distinguish from somebody else's. */
  private knownToRun(name: string, env: string): string | null {
    const known = this.state.functions.get(name)?.targets.get(env);
    if (known === undefined || known.modTime !== this.cloud.get(key(name, env))?.modTime) return null;
    const isSure = known.inFlight === null && known.deploying === null && known.unsureUntil === null;
    return isSure ? known.live : null;
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
      case 'quota':
        return { type: 'quota-ended', at, job, outcome: this.quota(running.cloud) };
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

  /** The content of the disk is sent, be it another than the one that the job was made for. */
  private part(job: PartJob, { cloud, token }: Running): PartOutcome {
    const wanted = this.timers.get(job.function) ?? null;
    if (wanted !== job.fingerprint) return { type: 'not-sent', wanted };
    if (token !== this.validToken && cloud === this.cloud)
      return { type: 'failed', failure: failure({ class: 'token', errcode: 42001 }) };
    if (this.faults && this.random.chance(0.25)) {
      const over = this.draw(pushFailures);
      if (this.isPassedOn(over)) this.bringOrNot(job, cloud);
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
    if (this.isPassedOn(over) || over.origin === 'unexpected') this.comeTrueOrNot(job, cloud);
    return { type: 'failed', failure: failure(over) };
  }

  /** Too many requests, or too large a one: whoever says so has not passed it on. */
  private isPassedOn({ origin, httpStatus }: Partial<Failure>): boolean {
    return origin === 'broken' || (origin === 'http' && httpStatus !== 429 && httpStatus !== 413);
  }

  private bringOrNot(job: PartJob, cloud: Cloud): void {
    if (this.random.chance(0.4)) this.bring(job, cloud);
    else if (this.random.chance(0.3)) {
      this.lateParts.push({ job, cloud, at: this.now + this.random.below(50_000), until: this.now + 55_000 });
    }
  }

  /** No proper answer came: it was carried out, or will be, or never. */
  private comeTrueOrNot(job: PushJob, cloud: Cloud): void {
    if (this.random.chance(0.4)) for (const env of job.envs) this.accept(cloud, job, env);
    else if (this.random.chance(0.3))
      this.late.push({ job, cloud, at: this.now + this.random.below(50_000), until: this.now + 55_000 });
  }

  /** Where it would leave no trace that anybody could see it comes a little later. */
  private carryOutLate(): void {
    const parts = this.lateParts.filter(({ at }) => at <= this.now);
    this.lateParts = this.lateParts.filter(({ at }) => at > this.now);
    for (const { job, cloud, until } of parts) {
      if (this.now > until || cloud !== this.cloud) continue;
      this.log.push([this.now, { late: job }]);
      this.bring(job, cloud);
    }
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
      for (const env of job.envs) {
        this.accept(cloud, job, env);
        const modTime = cloud.get(key(job.function, env))?.modTime ?? '';
        this.doneLate.set(key(job.function, env), { modTime, at: this.now, seenAt: null });
      }
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
    if (cloud === this.cloud) this.colleagues.accepted(target);
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

  private list(job: ListJob, { cloud, token, startedAt }: Running): ListOutcome {
    const isOurs = cloud === this.cloud;
    if (token !== this.validToken && isOurs)
      return { ok: false, failure: failure({ class: 'token', errcode: 40001 }) };
    if (this.faults && this.now < (this.refusedUntil.get(job.env) ?? 0))
      return { ok: false, failure: failure({ class: 'config', errcode: 48001 }) };
    if (this.faults && this.random.chance(0.2))
      return { ok: false, failure: failure(this.draw(this.listFailures)) };
    const rows: CloudFunction[] = [];
    for (const name of this.names) {
      this.deploy(cloud, key(name, job.env));
      const deployed = cloud.get(key(name, job.env));
      if (deployed === undefined || (job.searchKey !== null && !name.includes(job.searchKey))) continue;
      rows.push({ name, status: deployed.status, modTime: deployed.modTime, statusReason: '' });
    }
    const page = rows.slice(job.offset, job.offset + pageRows);
    const cut = this.faults && this.random.chance(0.05);
    const functions = cut ? page.slice(0, 1) : page;
    for (const { name, modTime } of functions) {
      const late = this.doneLate.get(key(name, job.env));
      if (late?.modTime === modTime && late.seenAt === null)
        this.doneLate.set(key(name, job.env), { ...late, seenAt: startedAt });
    }
    return {
      ok: true,
      functions,
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
    this.git(false, null);
    this.feed({ type: 'token-source-changed', at: this.now });
    if (!this.asksFirst) this.ask([]);
    if (this.isShared) {
      this.work();
      this.deployOver();
    }
    if (helped) this.feed({ type: 'retry', at: this.now, function: null, env: null });
    this.settle([...this.disk.keys()]);
    const before = { pushes: this.pushes, lists: this.lists, parts: this.parts };
    for (let steps = 0; ; steps += 1) {
      must(steps < 6000, 'does not come to rest');
      if (this.finishOne()) continue;
      const times = [this.nextTime(), ...this.running.map(({ answersAt }) => answersAt)];
      const coming = times.filter((time) => time !== null && time > this.now);
      const isOver = coming.length === 0 && this.running.length === 0;
      const isQuiet = this.running.length === 0 && this.late.length + this.lateParts.length === 0;
      if (isOver || (isQuiet && isAtRest(this.state) && !this.waits())) {
        if (this.answer()) continue;
        break;
      }
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

  private wasSeenLate(target: string): boolean {
    const late = this.doneLate.get(target);
    if (late === undefined || late.seenAt === null || late.modTime !== this.cloud.get(target)?.modTime)
      return false;
    return late.seenAt - late.at >= this.settings.waits.followForMs;
  }

  private waits(): boolean {
    // A request that waits for the rate alone comes within a second.
    const next = this.nextTime();
    if (next !== null && next - this.now <= 1000) return true;
    return this.known.standings.some(({ phase }) => phase.until !== null);
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
        return (
          (this.hasColleagues || this.asksFirst || this.wasSeenLate(key(name, env))) &&
          !this.colleagues.isLetStay(key(name, env), this.disk.get(name))
        );
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
      const { envs, configFailure } = this.state;
      // While the configuration is refused, nobody asks for a list either.
      const isBlind = !this.settings.verify || envs.get(env)?.contact === 'refused' || configFailure !== null;
      // Who replaced it before anybody looked left no trace.
      const isHidden = isBlind || running === 'theirs';
      must(isHidden || known?.live !== content, `${target} is said to run what cannot run`);
      return;
    }
    if (this.isRightlyHeld(name, env, helped)) return;
    if (this.isLetStay(name, env)) return;
    if (running === 'theirs') {
      this.checkSeen(name, env, helped);
      return;
    }
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

  /** Nobody sent over it, and it is in order. */
  private isLetStay(name: string, env: string): boolean {
    const fn = this.state.functions.get(name);
    const target = fn?.targets.get(env);
    if (fn === undefined || target === undefined) return false;
    if (phaseOf(this.state, fn, target).kind !== 'adopted') return false;
    const isSaid = this.colleagues.wasLetStay(key(name, env), this.disk.get(name));
    must(isSaid, `${name}/${env} is adopted, and nobody said so`);
    this.colleagues.tally.stayed += 1;
    return true;
  }

  /** Whoever asked for it was shown that it is not ours. */
  private checkSeen(name: string, env: string, helped: boolean): void {
    const isAsked = helped && this.settings.verify && this.state.envs.get(env)?.contact === 'listed';
    const isHidden = !isAsked || !this.colleagues.isVisible(key(name, env));
    const known = this.state.functions.get(name)?.targets.get(env);
    must(isHidden || known?.foreign != null, `${name}/${env} is said to run ${known?.live}, and runs theirs`);
  }

  /** A target that went back rests, and says why it does not run the content of the disk. */
  private countBack(name: string, env: string): void {
    const fn = this.state.functions.get(name);
    const target = fn?.targets.get(env);
    if (fn === undefined || target === undefined) return;
    const phase = phaseOf(this.state, fn, target);
    must(nameOf(phase) === 'held undone', `${name}/${env} was gone back to, and is ${nameOf(phase)}`);
    this.wentBack += 1;
  }
}

/** Whoever reports a change reports its end as well. */
function isTouched({ functions }: State): boolean {
  return [...functions.values()].some(({ settlingSince }) => settlingSince !== null);
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
