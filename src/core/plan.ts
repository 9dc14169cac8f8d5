/** What to do next, and when to look again: the whole scheduler. Pure; costs one pass over what is not settled. */

import type { Job, PushJob } from '../model/event.js';
import type { EnvId } from '../model/nouns.js';
import { listDueAt, needsForeignLook } from './follow.js';
import { isSettled, isUpToDate, type Phase, phaseOf } from './phase.js';
import { rateWindow } from './rate.js';
import { restlessOf } from './restless.js';
import { slotOpensAt, slots, uploadMayGo } from './slots.js';
import type { EnvState, FunctionState, State, TargetState } from './state.js';

/** A listing that has been due for so long goes before uploads, or a long burst would never be seen to be live. */
const overdueMs = 1000;
/** Scans run on this machine: more at a time would only make each slower. */
const scansAtATime = 2;

/** The next job to start now; null when there is nothing to do before the next event or `wakeAt`. */
export function nextJob(state: State): Job | null {
  if (state.stopping) return null;
  return tokenJob(state) ?? scanJob(state) ?? probeJob(state) ?? cloudJob(state);
}

function tokenJob(state: State): Job | null {
  const { token, now } = state;
  if (token.reading) return null;
  const asked = token.status === 'unread' || token.status === 'suspect';
  const due = [token.recheckAt, token.renewAt].some((at) => at !== null && at <= now);
  return asked || due ? { type: 'read-token' } : null;
}

function scanJob(state: State): Job | null {
  let running = 0;
  let next: FunctionState | null = null;
  for (const fn of restlessOf(state)) {
    if (fn.scan === 'running' || fn.scan === 'running-again') running += 1;
    if (fn.scan === 'wanted' && fn.spec.problem === null) next ??= fn;
  }
  if (next === null || running >= scansAtATime) return null;
  return { type: 'scan', function: next.spec.name, full: next.scanFull };
}

function probeJob(state: State): Job | null {
  const { offline, now } = state;
  return offline !== null && !offline.probing && offline.probeAt <= now ? { type: 'probe' } : null;
}

function cloudJob(state: State): Job | null {
  if (!cloudIsOpen(state) || state.requests.size >= slots(state) || rateOpensAt(state) > state.now)
    return null;
  const due = dueListing(state);
  const urgent = due !== null && (due.env.contact === 'unlisted' || due.at <= state.now - overdueMs);
  if (due !== null && urgent) return { type: 'list', env: due.env.spec.id };
  return (
    (uploadMayGo(state) ? pushJob(state) : null) ??
    (due === null ? null : { type: 'list', env: due.env.spec.id })
  );
}

/** Nothing global keeps us from asking the cloud anything at all. */
function cloudIsOpen(state: State): boolean {
  if (state.token.status !== 'ready' || state.offline !== null || state.configFailure !== null) return false;
  if (state.quota !== null && state.now < state.quota.until) return false;
  return state.notBefore === null || state.notBefore <= state.now;
}

function rateOpensAt(state: State): number {
  const { count, spanMs } = rateWindow(state.settings.requestsPerSecond);
  const oldest = state.sent[state.sent.length - count];
  return oldest === undefined ? 0 : oldest + spanMs;
}

function dueListing(state: State): { env: EnvState; at: number } | null {
  let best: { env: EnvState; at: number } | null = null;
  for (const env of state.envs.values()) {
    const at = listDueAt(state, env);
    if (at !== null && at <= state.now && (best === null || at < best.at)) best = { env, at };
  }
  return best;
}

interface Candidate {
  readonly fn: FunctionState;
  readonly ready: readonly TargetState[];
}

/**
 * The function edited last goes first, and every other turn the one that has waited longest, so that the newest save
 * is quick and none starves.
 */
function pushJob(state: State): PushJob | null {
  const carried = envsInFlight(state);
  let newest: Candidate | null = null;
  let oldest: Candidate | null = null;
  for (const fn of restlessOf(state)) {
    if (isSettled(fn)) continue;
    const ready = readyTargets(state, fn, carried);
    if (ready.length === 0) continue;
    if (newest === null || fn.wantedAt > newest.fn.wantedAt) newest = { fn, ready };
    if (oldest === null || fn.wantedAt < oldest.fn.wantedAt) oldest = { fn, ready };
  }
  const chosen = state.turn % 2 === 0 ? newest : oldest;
  return chosen === null ? null : describePush(state, chosen);
}

function describePush(state: State, { fn, ready }: Candidate): PushJob | null {
  const group = oneRequest(state, fn, ready);
  const [first] = group;
  if (first === undefined || fn.wanted === null) return null;
  const again = group.filter((target) => target.failed !== null && target.failed.fingerprint === fn.wanted);
  const attempts = again.map((target) => target.failed?.attempts ?? 0);
  const cause = causeOf(fn, group, again.length > 0);
  return {
    type: 'push',
    id: state.nextId,
    function: fn.spec.name,
    envs: group.map((target) => target.env),
    fingerprint: fn.wanted,
    operation: operationFor(state, first),
    attempt: 1 + Math.max(0, ...attempts),
    cause,
    // Who sends again what is live waits from the key press on: no save led to it.
    savedAt: cause === 'forced' ? null : fn.savedAt,
  };
}

function causeOf(fn: FunctionState, group: readonly TargetState[], again: boolean): PushJob['cause'] {
  if (group.every((target) => target.forced)) return 'forced';
  return again ? 'retry' : fn.cause;
}

function operationFor(state: State, target: TargetState): PushJob['operation'] {
  return target.presence === 'missing' && state.settings.createMissing ? 'create' : 'update';
}

/**
 * The environments that one request can carry: those that nothing is wrong with first. Where whole requests failed again,
 * each environment goes alone: one that makes a gateway stumble then no longer takes the others with it.
 */
function oneRequest(state: State, fn: FunctionState, ready: readonly TargetState[]): readonly TargetState[] {
  const together = ready.filter((target) => !goesAlone(state, fn, target));
  const first = together.find((target) => !isSuspect(state, target)) ?? together[0];
  if (first === undefined) return ready.slice(0, 1);
  const alike = together.filter(
    (target) =>
      isSuspect(state, target) === isSuspect(state, first) &&
      operationFor(state, target) === operationFor(state, first),
  );
  return alike.slice(0, state.settings.envsPerRequest);
}

function goesAlone(state: State, fn: FunctionState, { env, failed }: TargetState): boolean {
  const bound = failed?.failure.class === 'transient' || failed?.fingerprint === fn.wanted;
  return (bound && failed?.alone === true) || state.envs.get(env)?.lane.slow === true;
}

function isSuspect(state: State, target: TargetState): boolean {
  return state.envs.get(target.env)?.lane.suspect === true;
}

function readyTargets(state: State, fn: FunctionState, carried: ReadonlySet<EnvId>): readonly TargetState[] {
  const ready: TargetState[] = [];
  for (const target of fn.targets.values()) {
    if (isUpToDate(fn, target) || phaseOf(state, fn, target).kind !== 'queued') continue;
    const env = state.envs.get(target.env);
    if (env === undefined) continue;
    if (env.contact === 'unlisted' && state.now < env.contactSince + state.settings.waits.contactMs)
      return [];
    if (env.contact === 'unlisted' || env.contact === 'failed' || state.asking.has(target.env)) continue;
    if ((env.lane.retryAt !== null || env.lane.suspect) && carried.has(target.env)) continue;
    if (needsForeignLook(state, fn, target, env)) continue;
    ready.push(target);
  }
  return ready;
}

function envsInFlight(state: State): ReadonlySet<EnvId> {
  const envs = new Set<EnvId>();
  for (const { job, overtaken } of state.requests.values()) {
    if (job.type === 'push' && !overtaken) for (const env of job.envs) envs.add(env);
  }
  return envs;
}

/** When something will be due without any event, in epoch milliseconds; null: only an event can bring work. */
export function wakeAt(state: State): number | null {
  if (state.stopping) return null;
  const times: (number | null)[] = [
    state.token.recheckAt,
    state.token.renewAt,
    state.offline?.probing === false ? state.offline.probeAt : null,
    state.quota?.until ?? null,
    state.notBefore,
    state.requests.size < slots(state) ? rateOpensAt(state) : null,
    slotOpensAt(state),
    ...overtakeTimes(state),
    ...gitTimes(state),
  ];
  for (const env of state.envs.values()) {
    times.push(listDueAt(state, env), env.lane.retryAt);
    if (env.contact === 'unlisted') times.push(env.contactSince + state.settings.waits.contactMs);
  }
  // Only what has failed waits, in a target or in an environment.
  const troubled = [...state.envs.values()].some(
    (env) => env.lane.retryAt !== null || env.contact === 'failed',
  );
  for (const fn of restlessOf(state)) {
    if (isSettled(fn)) continue;
    for (const target of fn.targets.values())
      if (troubled || target.failed !== null) times.push(until(phaseOf(state, fn, target)));
  }
  return earliestAfter(times, state.now);
}

function overtakeTimes({ requests }: State): (number | null)[] {
  return [...requests.values()].map(({ overtakeAt }) => overtakeAt);
}

function gitTimes(state: State): number[] {
  return [...state.git.values()].map((since) => since + state.settings.waits.gitLockMs);
}

function until(phase: Phase): number | null {
  return phase.kind === 'waiting' ? phase.until : null;
}

function earliestAfter(times: readonly (number | null)[], now: number): number | null {
  let earliest: number | null = null;
  for (const at of times) {
    if (at !== null && at > now && (earliest === null || at < earliest)) earliest = at;
  }
  return earliest;
}
