import type { CallName } from '../calls/table.js';
import type { Clock, FunctionStatus, StatusReason } from '../model.js';
import { actionOf, canShow, type FaultRule, scopeOf } from './rules.js';

/** The parts of a request that the rules look at. */
export interface FaultTarget {
  readonly call: CallName;
  readonly function: string | null;
  readonly envs: readonly string[];
}

/** An end of the request that no work comes before. */
export type Terminal =
  | { readonly kind: 'errcode'; readonly errcode: number; readonly errmsg: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

/** A state that a function only shows. */
export interface ShownState {
  /** null: every function. */
  readonly function: string | null;
  readonly status: FunctionStatus;
  readonly reason: StatusReason | null;
}

/** The rules' effect on one request once its body is read. */
export interface FaultPlan {
  delayMs: number;
  hold: boolean;
  expireToken: boolean;
  /** The token is replaced before the request is looked at, and the old one stays good for so long; null: it is not. */
  replaceTokenGraceMs: number | null;
  terminal: Terminal | null;
  /** The fate of the answer after the work: cut in the middle, or never sent. */
  answer: 'whole' | 'half' | 'lost';
  /** null: as fast as the link is. */
  answerBytesPerSecond: number | null;
  gzip: boolean;
  /** By environment. `busyUntil`: until when the function only looks busy. */
  readonly envErrors: Map<string, string>;
  readonly busyUntil: Map<string, number>;
  readonly deployFailures: Map<string, string>;
  readonly deployMs: Map<string, number>;
  readonly isolated: Set<string>;
  /** The list, and the name of the message in it, that failures of environments stand in instead of the usual ones. */
  failuresIn: string | null;
  messageIn: string | null;
  /** Failures that nobody asked for. */
  readonly extraFailures: { readonly env: string; readonly message: string }[];
  readonly states: ShownState[];
  /** How old the list is that is shown. */
  listLagMs: number;
  /** Functions that the list leaves out; null: all. */
  readonly without: (string | null)[];
  totalCountBy: number;
  /** The version before the present one answers. */
  oldCode: boolean;
}

/** The rules' effect on a request while its body arrives. */
export interface WirePlan {
  bytesPerSecond: number | null;
  /** The connection is reset once more than so many bytes of the body have arrived. */
  cutAfterBytes: number | null;
}

/** Of one call. */
export interface PublishedQuota {
  readonly limit: number;
  readonly used: number;
  readonly perSecond: number;
}

export interface FaultPlanner {
  add(rules: FaultRule | readonly FaultRule[]): void;
  clear(): void;
  list(): readonly FaultRule[];
  /** The number that the rules limit a call to, and the part of it that is used, as `quota/get` shows them. 0: not limited. */
  quotaOf(call: CallName): PublishedQuota;
  /** The faults that the `wire` rules have for a request of which only its call is known. */
  planWire(call: CallName): WirePlan;
  /** Takes what the rules have for a request, in their order, up to the first that ends it. */
  plan(target: FaultTarget): FaultPlan;
}

/** Keeps the rules in the order given. */
export function createFaultPlanner(now: Clock): FaultPlanner {
  let active: ActiveRule[] = [];
  return {
    add: (rules) => {
      for (const rule of [rules].flat()) active.push(new ActiveRule(rule));
    },
    clear: () => {
      active = [];
    },
    list: () => active.map(({ rule }) => rule),
    quotaOf: (call) => {
      const ofCall = active.filter(({ rule }) => (rule.call ?? call) === call);
      const daily = ofCall.flatMap((one) => one.dailyQuota(now()) ?? []);
      const perSecond = ofCall.flatMap(({ rule }) => ('rateLimit' in rule ? [rule.rateLimit] : []));
      return { limit: 0, used: 0, ...daily[0], perSecond: perSecond[0] ?? 0 };
    },
    planWire: (call) => {
      const plan: WirePlan = { bytesPerSecond: null, cutAfterBytes: null };
      for (const one of active.filter(({ isOfWire }) => isOfWire)) {
        if (one.takes({ call, function: null, envs: [] })) one.applyToWire(plan);
      }
      return plan;
    },
    plan: (target) => {
      const plan = emptyPlan();
      for (const one of active.filter(({ isOfWire }) => !isOfWire)) {
        if (plan.terminal !== null) break;
        if (one.takes(target)) one.applyTo(plan, target, now());
      }
      return plan;
    },
  };
}

/** A plan that does nothing. */
const emptyPlan = (): FaultPlan => ({
  delayMs: 0,
  hold: false,
  expireToken: false,
  replaceTokenGraceMs: null,
  terminal: null,
  answer: 'whole',
  answerBytesPerSecond: null,
  gzip: false,
  envErrors: new Map(),
  busyUntil: new Map(),
  deployFailures: new Map(),
  deployMs: new Map(),
  isolated: new Set(),
  failuresIn: null,
  messageIn: null,
  extraFailures: [],
  states: [],
  listLagMs: 0,
  without: [],
  totalCountBy: 0,
  oldCode: false,
});

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
/** The vendor's days turn at midnight in Beijing. */
const BEIJING_MS = 8 * 60 * 60 * SECOND_MS;

/** A rule and what it has seen. */
class ActiveRule {
  readonly rule: FaultRule;
  readonly isOfWire: boolean;
  private matched = 0;
  private hits = 0;
  /** When a `rateLimit` let requests pass within the last second. */
  private recent: number[] = [];
  private day = Number.NaN;
  private requestsOfDay = 0;
  /** When a busy time began, by function and environment. */
  private readonly busySince = new Map<string, number>();

  constructor(rule: FaultRule) {
    this.rule = rule;
    this.isOfWire = scopeOf(actionOf(rule)) === 'wire';
  }

  /** Whether the rule is for this request, counting it. What only some calls can show is for those calls alone. */
  takes(target: FaultTarget): boolean {
    const { rule } = this;
    const key = actionOf(rule);
    if (rule.call !== undefined && rule.call !== target.call) return false;
    // In a list of functions, `function` chooses among the rows.
    const choosesRows = scopeOf(key) === 'rows' && target.function === null;
    if (rule.function !== undefined && rule.function !== target.function && !choosesRows) return false;
    // A call without an environment is about all of them.
    if (rule.env !== undefined && !target.envs.includes(rule.env) && target.call !== 'describeenvs')
      return false;
    if (!canShow(key, target.call)) return false;
    this.matched += 1;
    if (this.matched <= (rule.skip ?? 0) || this.hits >= (rule.times ?? Infinity)) return false;
    this.hits += 1;
    return true;
  }

  applyToWire(plan: WirePlan): void {
    const { rule } = this;
    if ('slowRequest' in rule) plan.bytesPerSecond = rule.slowRequest;
    if ('cutRequest' in rule) plan.cutAfterBytes = rule.cutRequest;
  }

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a list of the table's actions, one line each, closed by the compiler
  applyTo(plan: FaultPlan, target: FaultTarget, at: number): void {
    const { rule } = this;
    const envs = rule.env === undefined ? target.envs : [rule.env];
    const name = rule.function ?? null;
    if ('errcode' in rule) plan.terminal = errcode(rule.errcode, rule.errmsg ?? 'emulated failure');
    else if ('status' in rule) {
      const { status, body = '', headers = {} } = rule;
      plan.terminal = { kind: 'status', status, body, headers };
    } else if ('reset' in rule) plan.terminal = { kind: 'reset' };
    else if ('hang' in rule) plan.terminal = { kind: 'hang' };
    else if ('rateLimit' in rule) plan.terminal = this.tooFrequent(rule.rateLimit, at);
    else if ('dailyQuota' in rule) plan.terminal = this.overQuota(rule.dailyQuota, at);
    else if ('delayMs' in rule) plan.delayMs += rule.delayMs;
    else if ('hold' in rule) plan.hold = true;
    else if ('halfAnswer' in rule) plan.answer = 'half';
    else if ('lostAnswer' in rule) plan.answer = 'lost';
    else if ('slowAnswer' in rule) plan.answerBytesPerSecond = rule.slowAnswer;
    else if ('gzip' in rule) plan.gzip = true;
    else if ('expireToken' in rule) plan.expireToken = true;
    else if ('replaceToken' in rule) plan.replaceTokenGraceMs = rule.replaceToken;
    else if ('envError' in rule) setEach(plan.envErrors, envs, rule.envError);
    else if ('updateFailed' in rule) setEach(plan.deployFailures, envs, rule.updateFailed);
    else if ('deployMs' in rule) setEach(plan.deployMs, envs, rule.deployMs);
    else if ('busyMs' in rule) this.keepBusy(plan, envs, target, rule.busyMs, at);
    else if ('busySeconds' in rule) this.keepBusy(plan, envs, target, rule.busySeconds * SECOND_MS, at);
    else if ('isolated' in rule) for (const env of envs.length === 0 ? ['*'] : envs) plan.isolated.add(env);
    else if ('failuresIn' in rule) {
      plan.failuresIn = rule.failuresIn;
      plan.messageIn = rule.messageIn ?? null;
    } else if ('extraFailure' in rule) {
      plan.extraFailures.push({ env: rule.extraEnv ?? 'not-asked-for', message: rule.extraFailure });
    } else if ('state' in rule) {
      const reason = rule.reason === undefined ? null : reasonOf(rule.reason);
      plan.states.push({ function: name, status: rule.state, reason });
    } else if ('listLagMs' in rule) plan.listLagMs = rule.listLagMs;
    else if ('listWithout' in rule) plan.without.push(name);
    else if ('totalCountBy' in rule) plan.totalCountBy += rule.totalCountBy;
    else if ('oldCode' in rule) plan.oldCode = true;
    else if (!('slowRequest' in rule || 'cutRequest' in rule)) rule satisfies never;
  }

  /** A sliding second; a refused request does not count towards it. */
  private tooFrequent(perSecond: number, at: number): Terminal | null {
    this.recent = this.recent.filter((before) => at - before < SECOND_MS);
    if (this.recent.length >= perSecond) return errcode(45011, 'api minute-quota reach limit: too frequent');
    this.recent.push(at);
    return null;
  }

  /** Its limit and what of it is used today; null: it is no such rule. */
  dailyQuota(at: number): { readonly limit: number; readonly used: number } | null {
    if (!('dailyQuota' in this.rule)) return null;
    return { limit: this.rule.dailyQuota, used: Math.min(this.usedToday(at), this.rule.dailyQuota) };
  }

  /** `quotaUsed` counts for the day of the first look alone. */
  private usedToday(at: number): number {
    const day = Math.floor((at + BEIJING_MS) / DAY_MS);
    if (day !== this.day) {
      const isFirst = Number.isNaN(this.day);
      const before = 'quotaUsed' in this.rule ? (this.rule.quotaUsed ?? 0) : 0;
      this.requestsOfDay = isFirst ? before : 0;
      this.day = day;
    }
    return this.requestsOfDay;
  }

  private overQuota(quota: number, at: number): Terminal | null {
    this.requestsOfDay = this.usedToday(at) + 1;
    return this.requestsOfDay > quota ? errcode(45009, 'reach max api daily quota limit') : null;
  }

  /** One busy time for each function and environment, from the first request on; not one for each request. */
  private keepBusy(
    plan: FaultPlan,
    envs: readonly string[],
    target: FaultTarget,
    busyMs: number,
    at: number,
  ): void {
    for (const env of envs) {
      const key = `${env}/${target.function}`;
      const since = this.busySince.get(key) ?? at;
      this.busySince.set(key, since);
      if (since + busyMs > at) plan.busyUntil.set(env, since + busyMs);
    }
  }
}

const errcode = (code: number, errmsg: string): Terminal => ({ kind: 'errcode', errcode: code, errmsg });

function setEach<Value>(map: Map<string, Value>, envs: readonly string[], value: Value): void {
  for (const env of envs) map.set(env, value);
}

/** A text like `Some.Code: words` carries its own code. */
export function reasonOf(message: string): StatusReason {
  const code = /^[A-Z][A-Za-z]*(\.[A-Za-z]+)+/.exec(message)?.[0];
  return { errcode: code ?? 'FailedOperation', errmsg: message };
}
