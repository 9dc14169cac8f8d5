/** The next jobs, and the time to wake up: the whole scheduler. Pure; costs one pass over what is to be done. */
import type { Job, ListJob, PartJob, PushJob, QuotaJob, ScanJob } from '../model/event.js';
import { partNames } from '../model/nouns.js';
import { agendaOf, agendasOf } from './agenda.js';
import { type Look, lateLookAt, nextLooks } from './looks.js';
import { globalHold, phaseOf } from './phase.js';
import { dueMeter, metersWakeAt } from './quotas.js';
import {
  envsInFlight,
  isRateCalm,
  isSlotFree,
  linkOpensAt,
  rateIsCalmAt,
  rateOpensAt,
  slotOpensAt,
} from './requests.js';
import { type FunctionState, isApart, isSaidOver, type State, type TargetState, wantedOf } from './state.js';

/** Scans, and builds, that run at once: more would only make each slower. Neither takes the other's place. */
const scansAtATime = 2;
/** Of the requests of a long burst one in so many asks for a list: it is seen to be live, and following takes little from it. */
const pushesForAList = 6;

/** The next job to start now; null when there is nothing to do before the next event or `wakeAt`. */
export function nextJob(state: State): Job | null {
  if (state.stopping) return null;
  return tokenJob(state) ?? scanJob(state) ?? probeJob(state) ?? cloudJob(state) ?? quotaJob(state);
}

function tokenJob({ token, now, nextId }: State): Job | null {
  if (token.reading !== null) return null;
  const asked = token.status === 'unread' || token.status === 'suspect';
  const due = [token.recheckAt, token.renewAt].some((at) => at !== null && at <= now);
  return asked || due ? { type: 'read-token', id: nextId } : null;
}

function scanJob(state: State): ScanJob | null {
  const running = { read: 0, built: 0 };
  const next: { read: FunctionState | null; built: FunctionState | null } = { read: null, built: null };
  for (const { reading } of agendasOf(state)) {
    for (const fn of reading) {
      const { scan, spec } = fn;
      const queue = spec.built ? 'built' : 'read';
      if (scan.running !== null) running[queue] += 1;
      else if (scan.wanted && spec.problem === null) next[queue] ??= fn;
    }
  }
  const fn =
    (running.read < scansAtATime ? next.read : null) ?? (running.built < scansAtATime ? next.built : null);
  if (fn === null) return null;
  return { type: 'scan', id: state.nextId, function: fn.spec.name, full: fn.scan.full };
}

function probeJob({ offline, now, nextId }: State): Job | null {
  const due = offline !== null && offline.probing === null && offline.probeAt <= now;
  return due ? { type: 'probe', id: nextId } : null;
}

/** Nothing global keeps us from asking the cloud anything at all. */
function isCloudOpen(state: State): boolean {
  if (state.throttled !== null && state.now < state.throttled.until) return false;
  return globalHold(state) === null;
}

function cloudJob(state: State): Job | null {
  if (!isSlotFree(state)) return null;
  const rateAt = rateOpensAt(state);
  if (rateAt === null || rateAt > state.now) return null;
  if (!isCloudOpen(state)) return pushJob(state, true) ?? partJob(state);
  const look = dueLook(state);
  if (look !== null && (look.first || state.pushesSinceList >= pushesForAList)) return listJob(state, look);
  return pushJob(state, false) ?? partJob(state) ?? (look === null ? null : listJob(state, look));
}

/** Where no upload is on its way and none could go: it takes no slot, and its place among the requests of a second only while there are few. */
function quotaJob(state: State): QuotaJob | null {
  const call = dueMeter(state);
  if (call === null || !mayAskQuotas(state) || !isRateCalm(state)) return null;
  const rateAt = rateOpensAt(state);
  return rateAt === null || rateAt > state.now ? null : { type: 'quota', id: state.nextId, call };
}

/** The token was accepted, the cloud answers, and it waits for nothing of ours. */
function mayAskQuotas({ token, offline, throttled, requests, now }: State): boolean {
  const isPeace = throttled === null || throttled.until <= now;
  return token.status === 'ready' && token.accepted && offline === null && isPeace && requests.size === 0;
}

function listJob({ nextId }: State, { env, offset, searchKey }: Look): ListJob {
  return { type: 'list', id: nextId, env, offset, searchKey };
}

/** First contacts before all others, then what has been due for longest. */
function dueLook(state: State): Look | null {
  let best: Look | null = null;
  for (const look of nextLooks(state)) {
    if (look.at > state.now) continue;
    if (best === null || (look.first && !best.first) || (look.first === best.first && look.at < best.at))
      best = look;
  }
  return best;
}

// ---------------------------------------------------------------- uploads

/**
 * The function edited last goes first, and every other turn the one that has waited longest, so that the newest save
 * is quick and none starves.
 * @param isUrgent of what a person asked for only
 */
function pushJob(state: State, isUrgent: boolean): PushJob | null {
  const linkAt = linkOpensAt(state);
  if (linkAt === null || linkAt > state.now) return null;
  const carried = envsInFlight(state);
  const newestFirst = state.turn % 2 === 0;
  let chosen: { fn: FunctionState; ready: readonly TargetState[] } | null = null;
  for (const fn of unsentOf(state, newestFirst)) {
    // Whether anything of it is ready costs more than whether that would matter.
    if (chosen !== null && !comesBefore(fn, chosen.fn, newestFirst)) continue;
    if (isUrgent && !agendaOf(fn, state.settings).isUrgent) continue;
    const ready = [...fn.targets.values()].filter((target) => isReady(state, fn, target, carried));
    if (ready.length > 0) chosen = { fn, ready };
  }
  return chosen === null ? null : describePush(state, chosen.fn, chosen.ready);
}

function unsentOf(state: State, newestFirst: boolean): readonly FunctionState[] {
  const unsent = agendasOf(state).flatMap((agenda) => agenda.unsent);
  return newestFirst ? unsent.reverse() : unsent;
}

function comesBefore(fn: FunctionState, other: FunctionState, newestFirst: boolean): boolean {
  return newestFirst ? fn.wantedAt > other.wantedAt : fn.wantedAt < other.wantedAt;
}

function isReady(
  state: State,
  fn: FunctionState,
  target: TargetState,
  carried: ReadonlySet<string>,
): boolean {
  const { kind, part } = phaseOf(state, fn, target);
  if (kind !== 'queued' || part !== undefined) return false;
  return !isApart(state, target.env) || !carried.has(target.env);
}

function describePush(state: State, fn: FunctionState, ready: readonly TargetState[]): PushJob | null {
  const group = oneRequest(state, fn, ready);
  const [first] = group;
  const wanted = first === undefined ? null : wantedOf(fn, first);
  if (first === undefined || wanted === null) return null;
  const again = group.filter((target) => target.failed !== null && target.failed.fingerprint === wanted);
  const attempts = again.map((target) => target.failed?.attempts ?? 0);
  const cause = causeOf(fn, group, again.length > 0);
  return {
    type: 'push',
    id: state.nextId,
    function: fn.spec.name,
    envs: group.map((target) => target.env),
    fingerprint: wanted,
    operation: operationFor(state, first),
    attempt: 1 + Math.max(0, ...attempts),
    cause,
    isKept: group.every((target) => target.undone !== null),
    // Who sends again what is live waits from the key press on: no save caused it.
    savedAt: cause === 'forced' || cause === 'undo' ? null : fn.savedAt,
  };
}

function causeOf(fn: FunctionState, group: readonly TargetState[], again: boolean): PushJob['cause'] {
  if (group.every((target) => target.undone !== null || isSaidOver(fn, target))) return 'undo';
  const [first] = group;
  if (first?.forced != null && group.every(({ forced }) => forced?.cause === first.forced?.cause))
    return first.forced.cause;
  return again ? 'retry' : fn.cause;
}

function operationFor(state: State, target: TargetState): PushJob['operation'] {
  return target.presence === 'missing' && state.settings.createMissing ? 'create' : 'update';
}

/**
 * The environments that one request can carry: those that nothing is wrong with before the others, which go alone. What the cloud
 * said of the whole request that nobody has documented may be about one of them.
 */
function oneRequest(state: State, fn: FunctionState, ready: readonly TargetState[]): readonly TargetState[] {
  const isOdd = (target: TargetState): boolean =>
    target.failed?.failure.class === 'unknown' && target.failed.fingerprint === wantedOf(fn, target);
  const together = ready.filter((target) => !isApart(state, target.env) && !isOdd(target));
  const [first] = together;
  if (first === undefined) return ready.slice(0, 1);
  const operation = operationFor(state, first);
  const wanted = wantedOf(fn, first);
  return together
    .filter((target) => operationFor(state, target) === operation && wantedOf(fn, target) === wanted)
    .slice(0, state.settings.envsPerRequest);
}

// ---------------------------------------------------------------- parts that follow the code

/** One request brings a part to all environments that wait for it; to those that something is wrong with one by one. */
function partJob(state: State): PartJob | null {
  const mayAllGo = isCloudOpen(state);
  for (const fn of agendasOf(state).flatMap(({ partsUnsent }) => partsUnsent)) {
    if (!mayAllGo && !agendaOf(fn, state.settings).isUrgent) continue;
    const job = describePart(state, fn);
    if (job !== null) return job;
  }
  return null;
}

function describePart(state: State, fn: FunctionState): PartJob | null {
  const carried = envsInFlight(state);
  for (const part of partNames) {
    const ready = [...fn.targets.values()].filter((target) => {
      const phase = phaseOf(state, fn, target);
      const isFree = !isApart(state, target.env) || !carried.has(target.env);
      return phase.kind === 'queued' && phase.part === part && isFree;
    });
    const isWell = ({ env, parts }: TargetState): boolean =>
      parts[part].failed === null && !isApart(state, env);
    const together = ready.filter(isWell).slice(0, state.settings.envsPerRequest);
    const group = together.length > 0 ? together : ready.slice(0, 1);
    const fingerprint = fn.wantedParts[part];
    if (group.length === 0 || fingerprint === null) continue;
    const envs = group.map(({ env }) => env);
    return { type: 'part', id: state.nextId, part, function: fn.spec.name, envs, fingerprint };
  }
  return null;
}

// ---------------------------------------------------------------- when to wake up

/** When something will be due without any event, in epoch milliseconds; null: only an event can bring work. */
export function wakeAt(state: State): number | null {
  if (state.stopping) return null;
  const { now } = state;
  let earliest: number | null = null;
  const consider = (at: number | null): void => {
    if (at !== null && at > now && (earliest === null || at < earliest)) earliest = at;
  };
  considerShared(state, consider);
  for (const { times, unsure } of agendasOf(state)) {
    for (const at of times) consider(at);
    for (const target of unsure) consider(lateLookAt(state, target));
  }
  return earliest;
}

/** The jobs and holds that no function has for itself: of jobs, holds of everything, environments and repositories. */
function considerShared(state: State, consider: (at: number | null) => void): void {
  const { token, offline, throttled, settings } = state;
  const { briefMs, firstListMs, gitLockMs } = settings.waits;
  consider(token.recheckAt);
  consider(token.renewAt);
  if (offline !== null && offline.probing === null) consider(offline.probeAt);
  consider(rateOpensAt(state));
  for (const at of metersWakeAt(state, rateIsCalmAt(state))) consider(at);
  consider(slotOpensAt(state));
  consider(linkOpensAt(state));
  consider(globalHold(state)?.until ?? null);
  // A target that a person asked for passes a used-up quota, and may be held by the trouble that the quota hid.
  consider(globalHold(state, true)?.until ?? null);
  consider(throttled?.until ?? null);
  for (const { answerBy } of state.requests.values()) consider(answerBy);
  // Without a free slot there is nothing to wake for: what frees one is an event, or was considered.
  if (isSlotFree(state)) for (const { at } of nextLooks(state)) consider(at);
  for (const { apart, contact, askedSince, listRetryAt } of state.envs.values()) {
    consider(apart?.retryAt ?? null);
    if (contact !== 'unlisted' || askedSince === null) continue;
    consider(askedSince + briefMs);
    consider(askedSince + firstListMs);
    consider(listRetryAt);
  }
  for (const since of state.git.values()) consider(since + gitLockMs);
}
