import type { CallName } from '../calls/table.js';
import type { Clock } from '../model.js';
import type { FaultRule } from './rules.js';

/** What of a request the rules look at. */
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

/** What the rules do to one request. */
export interface FaultPlan {
  delayMs: number;
  hold: boolean;
  expireToken: boolean;
  terminal: Terminal | null;
  /** What becomes of the answer after the work: cut in the middle, or never sent. */
  answer: 'whole' | 'half' | 'lost';
  /** Failures of single environments, and whether the function only looks busy, until when. */
  readonly envErrors: Map<string, string>;
  readonly busyUntil: Map<string, number>;
  readonly deployFailures: Map<string, string>;
  readonly deployMs: Map<string, number>;
}

export interface FaultPlanner {
  add(rules: FaultRule | readonly FaultRule[]): void;
  clear(): void;
  list(): readonly FaultRule[];
  /** Takes what the rules have for a request, in their order, up to the first that ends it. */
  plan(target: FaultTarget): FaultPlan;
}

/** A rule and what it has seen. */
interface Active {
  readonly rule: FaultRule;
  matched: number;
  hits: number;
  /** For a rate: when it was asked in the last second. */
  recent: number[];
  /** For a quota: the day, and its requests. */
  day: number;
  today: number;
  /** For busy: when it began, by function and environment. */
  readonly begun: Map<string, number>;
}

/** Keeps the rules in the order given. */
export function createFaultPlanner(now: Clock): FaultPlanner {
  let active: Active[] = [];
  return {
    add: (rules) => {
      for (const rule of [rules].flat()) active.push(newActive(rule));
    },
    clear: () => {
      active = [];
    },
    list: () => active.map(({ rule }) => rule),
    plan: (target) => {
      const plan = emptyPlan();
      for (const one of active) {
        if (plan.terminal !== null) break;
        if (takes(one, target)) apply(one, target, plan, now());
      }
      return plan;
    },
  };
}

/** A plan that does nothing. */
export const emptyPlan = (): FaultPlan => ({
  delayMs: 0,
  hold: false,
  expireToken: false,
  terminal: null,
  answer: 'whole',
  envErrors: new Map(),
  busyUntil: new Map(),
  deployFailures: new Map(),
  deployMs: new Map(),
});

const newActive = (rule: FaultRule): Active => ({
  rule,
  matched: 0,
  hits: 0,
  recent: [],
  day: 0,
  today: 0,
  begun: new Map(),
});

const UPLOADS: readonly CallName[] = ['batchuploadscfcode', 'batchuploadscf'];
const WITH_LISTS: readonly CallName[] = [...UPLOADS, 'batchupdatetriggers'];

/** Whether a rule is for this request, counting it. What only some calls can show is for those calls alone. */
function takes(one: Active, target: FaultTarget): boolean {
  const { rule } = one;
  if (rule.call !== undefined && rule.call !== target.call) return false;
  if (rule.function !== undefined && rule.function !== target.function) return false;
  if (rule.env !== undefined && !target.envs.includes(rule.env)) return false;
  if ('envError' in rule && !WITH_LISTS.includes(target.call)) return false;
  const ofUploads = 'busyMs' in rule || 'busySeconds' in rule || 'updateFailed' in rule || 'deployMs' in rule;
  if (ofUploads && !UPLOADS.includes(target.call)) return false;
  one.matched += 1;
  if (one.matched <= (rule.skip ?? 0) || one.hits >= (rule.times ?? Infinity)) return false;
  one.hits += 1;
  return true;
}

function apply(one: Active, target: FaultTarget, plan: FaultPlan, at: number): void {
  applyToRequest(one, plan, at);
  applyToEnvs(one, target, plan, at);
}

function applyToRequest(one: Active, plan: FaultPlan, at: number): void {
  const { rule } = one;
  if ('delayMs' in rule) plan.delayMs += rule.delayMs;
  if ('hold' in rule) plan.hold = true;
  if ('expireToken' in rule) plan.expireToken = true;
  if ('halfAnswer' in rule) plan.answer = 'half';
  if ('lostAnswer' in rule) plan.answer = 'lost';
  plan.terminal = terminalOf(one, at);
}

function terminalOf(one: Active, at: number): Terminal | null {
  const { rule } = one;
  if ('reset' in rule) return { kind: 'reset' };
  if ('hang' in rule) return { kind: 'hang' };
  if ('status' in rule) {
    const { status, body = '', headers = {} } = rule;
    return { kind: 'status', status, body, headers };
  }
  if ('errcode' in rule) {
    return { kind: 'errcode', errcode: rule.errcode, errmsg: rule.errmsg ?? 'emulated failure' };
  }
  if ('rateLimit' in rule && isTooFrequent(one, rule.rateLimit, at)) {
    return { kind: 'errcode', errcode: 45011, errmsg: 'api minute-quota reach limit: too frequent' };
  }
  if ('dailyQuota' in rule && isOverQuota(one, rule.dailyQuota, at)) {
    return { kind: 'errcode', errcode: 45009, errmsg: 'reach max api daily quota limit' };
  }
  return null;
}

/** A sliding second; a refused request does not count towards it. */
function isTooFrequent(one: Active, perSecond: number, at: number): boolean {
  one.recent = one.recent.filter((before) => at - before < 1000);
  if (one.recent.length >= perSecond) return true;
  one.recent.push(at);
  return false;
}

function isOverQuota(one: Active, quota: number, at: number): boolean {
  const dayMs = 24 * 60 * 60 * 1000;
  const day = Math.floor(at / dayMs);
  one.today = day === one.day ? one.today + 1 : 1;
  one.day = day;
  return one.today > quota;
}

function applyToEnvs(one: Active, target: FaultTarget, plan: FaultPlan, at: number): void {
  const { rule } = one;
  for (const env of rule.env === undefined ? target.envs : [rule.env]) {
    if ('envError' in rule) plan.envErrors.set(env, rule.envError);
    if ('updateFailed' in rule) plan.deployFailures.set(env, rule.updateFailed);
    if ('deployMs' in rule) plan.deployMs.set(env, rule.deployMs);
    const busyMs = 'busyMs' in rule ? rule.busyMs : 'busySeconds' in rule ? rule.busySeconds * 1000 : null;
    if (busyMs === null) continue;
    // One busy time for each function and environment, from the first request on; not one for each request.
    const key = `${env}/${target.function}`;
    const begun = one.begun.get(key) ?? at;
    one.begun.set(key, begun);
    if (begun + busyMs > at) plan.busyUntil.set(env, begun + busyMs);
  }
}
