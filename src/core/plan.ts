/** What to do next, and when to wake up: the whole scheduler. Pure; costs one pass over what is not at peace. */
import type { Job, ListJob, PushJob, ScanJob } from '../model/event.js';
import { type Look, nextLooks } from './looks.js';
import { globalHold, phaseOf } from './phase.js';
import { envsInFlight, isSlotFree, linkOpensAt, rateOpensAt, slotOpensAt } from './requests.js';
import {
  type FunctionState,
  isAtPeace,
  isSettling,
  isUpToDate,
  type State,
  type TargetState,
} from './state.js';

/** Scans, and builds, that run at once: more would only make each slower. Neither takes the other's place. */
const scansAtATime = 2;
/** Of the requests of a long burst one in so many asks for a list: it is seen to be live, and following takes little from it. */
const pushesForAList = 6;

/** The next job to start now; null when there is nothing to do before the next event or `wakeAt`. */
export function nextJob(state: State): Job | null {
  if (state.stopping) return null;
  return tokenJob(state) ?? scanJob(state) ?? probeJob(state) ?? cloudJob(state);
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
  for (const fn of state.functions.values()) {
    const { scan, spec } = fn;
    if (scan.since === null) continue;
    const queue = spec.built ? 'built' : 'read';
    if (scan.running !== null) running[queue] += 1;
    else if (scan.wanted && spec.problem === null) next[queue] ??= fn;
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
  if (!isCloudOpen(state) || !isSlotFree(state)) return null;
  const rateAt = rateOpensAt(state);
  if (rateAt === null || rateAt > state.now) return null;
  const look = dueLook(state);
  if (look !== null && (look.first || state.pushesSinceList >= pushesForAList)) return listJob(state, look);
  return pushJob(state) ?? (look === null ? null : listJob(state, look));
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
 */
function pushJob(state: State): PushJob | null {
  const linkAt = linkOpensAt(state);
  if (linkAt === null || linkAt > state.now) return null;
  const carried = envsInFlight(state);
  const newestFirst = state.turn % 2 === 0;
  let chosen: { fn: FunctionState; ready: readonly TargetState[] } | null = null;
  for (const fn of newestFirst ? [...state.functions.values()].reverse() : state.functions.values()) {
    if (fn.wanted === null || isAtPeace(fn) || !mayGo(fn)) continue;
    // Whether anything of it is ready costs more than whether that would matter.
    if (
      chosen !== null &&
      (newestFirst ? fn.wantedAt <= chosen.fn.wantedAt : fn.wantedAt >= chosen.fn.wantedAt)
    )
      continue;
    const ready = [...fn.targets.values()].filter((target) => isReady(state, fn, target, carried));
    if (ready.length > 0) chosen = { fn, ready };
  }
  return chosen === null ? null : describePush(state, chosen.fn, chosen.ready);
}

const unsent = new WeakMap<FunctionState, boolean>();

/** Something of it is not up to date, and not on its way. Kept with the very object, which never changes. */
function mayGo(fn: FunctionState): boolean {
  const known = unsent.get(fn);
  if (known !== undefined) return known;
  const found = [...fn.targets.values()].some(
    (target) => target.inFlight === null && !isUpToDate(fn, target),
  );
  unsent.set(fn, found);
  return found;
}

function isReady(
  state: State,
  fn: FunctionState,
  target: TargetState,
  carried: ReadonlySet<string>,
): boolean {
  if (phaseOf(state, fn, target).kind !== 'queued') return false;
  return !isApart(state, target) || !carried.has(target.env);
}

function isApart(state: State, { env }: TargetState): boolean {
  return (state.envs.get(env)?.apart ?? null) !== null;
}

function describePush(state: State, fn: FunctionState, ready: readonly TargetState[]): PushJob | null {
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
    // Who sends again what is live waits from the key press on: no save caused it.
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
 * The environments that one request can carry: those that nothing is wrong with before the others, which go alone. What the cloud
 * said of the whole request that nobody has documented may be about one of them.
 */
function oneRequest(state: State, fn: FunctionState, ready: readonly TargetState[]): readonly TargetState[] {
  const isOdd = ({ failed }: TargetState): boolean =>
    failed?.failure.class === 'unknown' && failed.fingerprint === fn.wanted;
  const together = ready.filter((target) => !isApart(state, target) && !isOdd(target));
  const [first] = together;
  if (first === undefined) return ready.slice(0, 1);
  const operation = operationFor(state, first);
  return together
    .filter((target) => operationFor(state, target) === operation)
    .slice(0, state.settings.envsPerRequest);
}

// ---------------------------------------------------------------- when to wake up

/** When something will be due without any event, in epoch milliseconds; null: only an event can bring work. */
export function wakeAt(state: State): number | null {
  if (state.stopping) return null;
  const { token, offline, now } = state;
  let earliest: number | null = null;
  const consider = (at: number | null): void => {
    if (at !== null && at > now && (earliest === null || at < earliest)) earliest = at;
  };
  consider(token.recheckAt);
  consider(token.renewAt);
  if (offline !== null && offline.probing === null) consider(offline.probeAt);
  consider(rateOpensAt(state));
  consider(slotOpensAt(state));
  consider(linkOpensAt(state));
  consider(globalHold(state)?.until ?? null);
  consider(state.throttled?.until ?? null);
  for (const { answerBy } of state.requests.values()) consider(answerBy);
  // Without a free slot there is nothing to wake for: what frees one is an event, or was considered.
  if (isSlotFree(state)) for (const { at } of nextLooks(state)) consider(at);
  for (const env of state.envs.values()) {
    consider(env.apart?.retryAt ?? null);
    if (env.contact !== 'unlisted' || env.askedSince === null) continue;
    consider(env.askedSince + state.settings.waits.briefMs);
    consider(env.askedSince + state.settings.waits.firstListMs);
  }
  for (const since of state.git.values()) consider(since + state.settings.waits.gitLockMs);
  for (const fn of state.functions.values()) {
    if (isAtPeace(fn)) continue;
    for (const at of ownTimes(state, fn)) consider(at);
  }
  return earliest;
}

const times = new WeakMap<FunctionState, readonly number[]>();

/**
 * When a phase of it may end for a reason of its own; what all share is considered before. Kept with the very object, which
 * never changes: each event asks for each function, and most have dozens of targets of the same few times.
 */
function ownTimes(state: State, fn: FunctionState): readonly number[] {
  const { onForeignChange, waits } = state.settings;
  const known = onForeignChange === 'hold' ? undefined : times.get(fn);
  if (known !== undefined) return known;
  const targets = [...fn.targets.values()];
  // These depend on when the environment was looked at, and on what is asked before each push.
  if (onForeignChange === 'hold' || targets.some(({ unsureUntil }) => unsureUntil !== null))
    return targets.flatMap((target) => phaseOf(state, fn, target).until ?? []);
  const found = new Set<number>();
  if (isSettling(fn)) found.add((fn.settlingSince ?? fn.scan.since ?? 0) + waits.briefMs);
  for (const { deploying, failed } of targets) {
    if (deploying !== null) found.add(deploying.acceptedAt + waits.followForMs);
    if (failed?.retryAt != null) found.add(failed.retryAt).add(failed.since + waits.followForMs);
  }
  times.set(fn, [...found]);
  return [...found];
}
