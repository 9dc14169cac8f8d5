/**
 * Where a target stands, what keeps it there, and until when. The scheduler sends what is `queued`, sleeps until the least
 * `until`, and is done when nothing is on its way; the screen, `status`, exit codes and events show the rest: one function
 * answers them all, so they cannot disagree.
 */
import {
  type ContentProblem,
  type EnvId,
  type Failure,
  type Fingerprint,
  type Hold,
  type HoldReason,
  type PartName,
  partNames,
} from '../model/nouns.js';
import { lacksConsent } from './consent.js';
import { lateLookAt, needsForeignLook } from './looks.js';
import {
  type EnvState,
  type FunctionState,
  isAdopted,
  isApart,
  isPartDue,
  isReplaced,
  isSettling,
  isUpToDate,
  partAgainAt,
  type State,
  type TargetFailure,
  type TargetState,
  wantedOf,
} from './state.js';

/**
 * `until`: when it can change by itself, in epoch milliseconds; null: only an event can change it. `part`: what is not live yet,
 * where the code is. `asked`: its environment has been asked in this run, or is not to be; until then nothing is at rest.
 */
export type Phase = { readonly until: number | null; readonly part?: PartName } & (
  | { readonly kind: 'live'; readonly verified: boolean; readonly asked: boolean }
  /** Somebody else's code runs there, and a person took it as it is. */
  | { readonly kind: 'adopted'; readonly modTime: string }
  | { readonly kind: 'sending' }
  /** Accepted by the cloud, not yet seen to run. */
  | { readonly kind: 'deploying'; readonly since: number }
  /** Tried, failed in a way that passes, to be retried then. */
  | { readonly kind: 'waiting'; readonly until: number; readonly failure: Failure }
  /** Nothing keeps it but a free slot. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'held'; readonly hold: Hold }
);

/** The phase of one target. */
export function phaseOf(state: State, fn: FunctionState, target: TargetState): Phase {
  if (target.inFlight !== null) return sendingPhase(state, target.inFlight);
  if (isUpToDate(fn, target)) {
    if (target.deploying !== null) return deployingPhase(state, target, target.deploying);
    return (
      readingHold(state, fn) ??
      unaskedPhase(state, target) ??
      undoneHold(state, target) ??
      partPhase(state, fn, target) ??
      livePhase(state, fn, target)
    );
  }
  return (
    diskHold(fn, target) ??
    adoptedPhase(state, fn, target) ??
    foreignHold(state, fn, target) ??
    (target.undone === null ? readingHold(state, fn) : null) ??
    missingHold(state, target) ??
    sendingHold(state, fn, target, { failed: target.failed, wanted: wantedOf(fn, target) }) ??
    environmentWait(state, fn, target) ?? { kind: 'queued', until: null }
  );
}

/** The content that is to be sent, and its last failure. */
interface Sendable {
  readonly failed: TargetFailure | null;
  readonly wanted: Fingerprint | null;
}

/** The hold that keeps anything from being sent there, code or not. */
function sendingHold(state: State, fn: FunctionState, target: TargetState, what: Sendable): Phase | null {
  return (
    consentHold(state, fn, target) ??
    (state.paused ? held('paused', 'global') : null) ??
    gitHold(state, fn, target) ??
    blockedHold(state, target) ??
    refusalHold(what) ??
    globalHold(state, target.urgent) ??
    (target.urgent ? null : throttledHold(state)) ??
    failureWait(state, target, what) ??
    apartWait(state, target)
  );
}

/** Where a part stands. Its code is live, and has its late look when that is due, whatever keeps the part. */
function partPhase(state: State, fn: FunctionState, target: TargetState): Phase | null {
  const phase = duePart(state, fn, target);
  const lookAt = lateLookFrom(state, target);
  if (phase === null || lookAt === null || (phase.until !== null && phase.until <= lookAt)) return phase;
  return { ...phase, until: lookAt };
}

/** The first part of a target that is not as wanted. */
function duePart(state: State, fn: FunctionState, target: TargetState): Phase | null {
  for (const part of partNames) {
    const { inFlight, failed } = target.parts[part];
    if (inFlight !== null) return { ...sendingPhase(state, inFlight), part };
    const againAt = partAgainAt(fn, target, part);
    const isLate = againAt !== null && state.now >= againAt;
    if (!isLate && !isPartDue(fn, target, part)) continue;
    const phase = sendingHold(state, fn, target, { failed, wanted: fn.wantedParts[part] });
    if (phase === null) return { kind: 'queued', until: null, part };
    return phase.kind === 'held' ? { ...phase, part, hold: { ...phase.hold, part } } : { ...phase, part };
  }
  return null;
}

function sendingPhase(state: State, id: number): Phase {
  return { kind: 'sending', until: state.requests.get(id)?.answerBy ?? null };
}

function livePhase(state: State, fn: FunctionState, target: TargetState): Phase {
  const times = partNames.flatMap((part) => partAgainAt(fn, target, part) ?? []);
  const again = ahead(state, times.length === 0 ? null : Math.min(...times));
  const look = lateLookFrom(state, target);
  const until = again === null || look === null ? (again ?? look) : Math.min(again, look);
  return { kind: 'live', verified: target.verified, asked: true, until };
}

/** A trouble that holds every request holds a late look too, and only an event ends it. */
function lateLookFrom(state: State, target: TargetState): number | null {
  return globalHold(state) === null ? lateLookAt(state, target) : null;
}

/** A deployment that cannot be followed any more is not on its way: it has the reason for that. */
function deployingPhase(
  state: State,
  target: TargetState,
  { acceptedAt, unverified }: NonNullable<TargetState['deploying']>,
): Phase {
  const unable = blockedHold(state, target) ?? globalHold(state);
  if (unable !== null) return unable;
  const until = acceptedAt + state.settings.waits.followForMs;
  if (unverified || state.now >= until) return held('unverified', 'target');
  return listlessHold(state, target, until) ?? { kind: 'deploying', since: acceptedAt, until };
}

/** Lists fail, and nothing can be seen without them. */
function listlessHold(state: State, target: TargetState, until: number): Phase | null {
  const env = state.envs.get(target.env);
  const failure = env === undefined ? null : presentFailure(env);
  return failure === null ? null : held('unlisted', 'env', { failure, until });
}

/** The cloud has not been asked in this run: the ledger says that it is live, or an upload was accepted all the same. */
function unaskedPhase(state: State, target: TargetState): Phase | null {
  const env = state.envs.get(target.env);
  if (env?.contact !== 'unlisted' || !state.settings.verify) return null;
  const unable = unableToList(state, target);
  if (unable !== null) return unable;
  const isAccepted = target.pushedAt > 0 && !target.verified;
  if (!isAccepted) return unlistedHold(state, env);
  return { kind: 'live', verified: false, asked: false, until: ahead(state, env.listRetryAt) };
}

function ahead({ now }: State, at: number | null): number | null {
  return at !== null && at > now ? at : null;
}

interface HoldDetails {
  readonly failure?: Failure | null;
  readonly subject?: string | null;
  readonly problem?: ContentProblem | null;
  readonly until?: number | null;
  readonly briefSince?: number | null;
}

function held(reason: HoldReason, scope: Hold['scope'], details: HoldDetails = {}): Phase {
  const { failure = null, subject = null, problem = null, until = null, briefSince = null } = details;
  return {
    kind: 'held',
    hold: { reason, scope, problem, failure, subject, briefSince },
    until,
  };
}

/** Most of its kind are over in a moment: it changes when it has lasted for so long that it is worth reporting. */
function briefly(state: State, phase: Phase, since: number): Phase {
  if (phase.kind !== 'held') return phase;
  const toldAt = since + state.settings.waits.briefMs;
  const until = state.now < toldAt ? Math.min(toldAt, phase.until ?? toldAt) : phase.until;
  return { ...phase, hold: { ...phase.hold, briefSince: since }, until };
}

/** Content that was gone back to is not on disk; that the whole function is gone keeps it all the same. */
function diskHold({ problem, spec }: FunctionState, { undone }: TargetState): Phase | null {
  return contentHold(undone === null ? problem : spec.problem);
}

/** It runs what a person went back to, and not what is on disk. */
function undoneHold(state: State, target: TargetState): Phase | null {
  const { undone } = target;
  if (undone === null) return null;
  return held('undone', 'target', { subject: undone.fingerprint, until: lateLookFrom(state, target) });
}

function contentHold(problem: ContentProblem | null): Phase | null {
  return problem === null ? null : held(problem.reason, 'function', { problem });
}

/** Not only by the ledger: the environment was asked in this run. */
function adoptedPhase(state: State, fn: FunctionState, target: TargetState): Phase | null {
  if (target.foreign === null || !isAdopted(fn, target)) return null;
  return unaskedPhase(state, target) ?? { kind: 'adopted', modTime: target.foreign.modTime, until: null };
}

/** Somebody else's deployment is ours to replace only after a change of our own, or when a person asks. */
function foreignHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  if (target.foreign === null || isReplaced(fn, target)) return null;
  const isOurChange = target.undone === null && wantedOf(fn, target) !== target.foreign.ours;
  if (isOurChange && state.settings.onForeignChange === 'warn') return null;
  return held('foreign', 'target', { subject: target.foreign.modTime });
}

/** Its files are changing, are being read, or what is sent is being made of them. */
function readingHold(state: State, fn: FunctionState): Phase | null {
  if (!isSettling(fn)) return null;
  const isBuilding = fn.spec.built && fn.scan.running !== null;
  const reason = isBuilding ? 'building' : 'settling';
  return briefly(state, held(reason, 'function'), fn.settlingSince ?? fn.scan.since ?? state.now);
}

/** A person is asked before it goes, and has not answered. */
export function awaitsAnswer({ reason, subject }: Hold): boolean {
  return reason === 'protected' && subject === 'asked';
}

function consentHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  const lack = lacksConsent(state, fn.spec.name, target.env);
  if (lack === null) return null;
  if (lack === 'protected') return held('protected', 'env');
  return unlookedHold(state, target) ?? held('protected', 'env', { subject: 'asked' });
}

/** A question about an environment comes once its list is there: until then, what keeps the list back is the reason. */
function unlookedHold(state: State, target: TargetState): Phase | null {
  const env = state.envs.get(target.env);
  if (env?.contact !== 'unlisted') return null;
  return unableToList(state, target) ?? unlistedHold(state, env, 'asked');
}

/** Nothing can be asked of its environment: one that refused us is not listed, whatever is to be sent there. */
function unableToList(state: State, { env }: TargetState): Phase | null {
  return refusedEnvHold(state, env) ?? globalHold(state) ?? throttledHold(state);
}

function gitHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  // Content that was gone back to is not read from the disk.
  const repository = target.undone === null ? fn.spec.repository : null;
  const operation = repository === null ? undefined : state.gitOperations.get(repository);
  // It may stand for hours, and its owner may want to try what is there.
  if (operation !== undefined && target.forced === null)
    return held('git-busy', 'function', { subject: operation });
  const since = repository === null ? undefined : state.git.get(repository);
  if (repository === null || since === undefined) return null;
  const until = since + state.settings.waits.gitLockMs;
  return state.now < until ? held('git-busy', 'function', { until }) : null;
}

/** Its environment was refused. An upload that a person asks for puts that to the test. */
function blockedHold(state: State, target: TargetState): Phase | null {
  return target.urgent ? null : refusedEnvHold(state, target.env);
}

/** The cloud refused the environment, and a retry would not help. */
function refusedEnvHold({ envs }: State, env: EnvId): Phase | null {
  const failure = envs.get(env)?.blocked ?? null;
  return failure === null ? null : held('refused', 'env', { failure });
}

/** The cloud refused this content, and a retry would not help. */
function refusalHold({ failed, wanted }: Sendable): Phase | null {
  if (failed === null || failed.retryAt !== null || failed.fingerprint !== wanted) return null;
  const reason = failed.failure.class === 'missing' ? 'missing' : 'refused';
  return held(reason, 'target', { failure: failed.failure });
}

/** The list says that it is not there, and it is not ours to create. */
function missingHold(state: State, target: TargetState): Phase | null {
  const listed = state.envs.get(target.env)?.contact === 'listed';
  if (!listed || target.presence !== 'missing' || state.settings.createMissing) return null;
  return held('missing', 'target', { failure: target.failed?.failure ?? null });
}

/**
 * Nothing can be asked of the cloud at all.
 * @param urgent whether a used-up quota may be put to the test
 */
export function globalHold(state: State, urgent = false): Phase | null {
  const { status, failure, problem, since } = state.token;
  if (status === 'rejected') return held('token', 'global', { failure });
  if (status === 'unavailable') return held('token', 'global', { subject: problem });
  if (state.configFailure !== null) return held('config', 'global', { failure: state.configFailure });
  if (state.quota !== null && !urgent && state.now < state.quota.until)
    return held('quota', 'global', { failure: state.quota.failure, until: state.quota.until });
  if (state.offline !== null) return held('offline', 'global', { subject: state.offline.detail });
  if (status !== 'ready')
    return briefly(state, held('token', 'global', { failure, subject: problem }), since);
  return null;
}

function throttledHold({ throttled, now }: State): Phase | null {
  if (throttled === null || now >= throttled.until) return null;
  return held('throttled', 'global', { failure: throttled.failure, until: throttled.until });
}

function failureWait(state: State, target: TargetState, { failed, wanted }: Sendable): Phase | null {
  if (failed === null || failed.retryAt === null) return null;
  const bound = failed.failure.class === 'transient' || failed.fingerprint === wanted;
  if (!bound) return null;
  const isFollowed = failed === target.failed && failed.failure.class === 'busy';
  const until = isFollowed ? busyUntil(state, target, failed) : failed.retryAt;
  return state.now < until ? { kind: 'waiting', until, failure: failed.failure } : null;
}

/** A busy function is retried once the cloud says Active, or, where it never does, after the longest deployment. */
function busyUntil(state: State, target: TargetState, failed: NonNullable<TargetState['failed']>): number {
  const retryAt = failed.retryAt ?? failed.since;
  const followed = state.envs.get(target.env)?.contact === 'listed';
  if (failed.activeSeen || !followed) return retryAt;
  return Math.max(retryAt, failed.since + state.settings.waits.followForMs);
}

/** Its environment is in trouble: the next request goes there after a while. */
function apartWait(state: State, target: TargetState): Phase | null {
  const apart = state.envs.get(target.env)?.apart ?? null;
  if (apart === null || apart.retryAt === null || state.now >= apart.retryAt || target.urgent) return null;
  return { kind: 'waiting', until: apart.retryAt, failure: apart.failure };
}

function environmentWait(state: State, fn: FunctionState, target: TargetState): Phase | null {
  const env = state.envs.get(target.env);
  if (env === undefined) return null;
  // One that refuses us is not listed: what a person asked for is not kept waiting for it.
  if (env.contact === 'unlisted' && env.blocked === null && state.now < firstListBy(state, env))
    return unlistedHold(state, env);
  const sharing = sharedWait(state, fn, target);
  if (sharing !== null) return sharing;
  if (needsForeignLook(state, fn, target, env))
    return briefly(state, held('unlisted', 'env', { failure: presentFailure(env) }), fn.wantedAt);
  return null;
}

/** One request is to carry the content to all its environments: for a moment it waits for those that are just being asked. */
function sharedWait(state: State, fn: FunctionState, target: TargetState): Phase | null {
  if (!hasUnlisted(state.envs) || isApart(state, target.env)) return null;
  let until: number | null = null;
  let isWaiting = false;
  for (const other of fn.targets.values()) {
    const env = state.envs.get(other.env);
    if (env?.contact !== 'unlisted' || other === target || isApart(state, other.env)) continue;
    if (env.listFailure !== null || env.blocked !== null || lacksConsent(state, fn.spec.name, other.env))
      continue;
    const by = env.askedSince === null ? null : env.askedSince + state.settings.waits.briefMs;
    if (by !== null && state.now >= by) continue;
    isWaiting = true;
    until = by === null ? until : Math.max(until ?? by, by);
  }
  return isWaiting ? held('unlisted', 'target', { until, briefSince: state.now }) : null;
}

const unlisted = new WeakMap<State['envs'], boolean>();

/** Kept with the very map, which never changes: asked for each target, and nearly always all are listed. */
function hasUnlisted(envs: State['envs']): boolean {
  const known = unlisted.get(envs);
  if (known !== undefined) return known;
  const found = [...envs.values()].some(({ contact }) => contact === 'unlisted');
  unlisted.set(envs, found);
  return found;
}

/** Until when uploads wait for the first list. Not asked yet: the list comes before every upload. */
function firstListBy(state: State, env: EnvState): number {
  return (env.askedSince ?? Number.POSITIVE_INFINITY) + state.settings.waits.firstListMs;
}

/** A list that met no network says nothing once there is one: while there is none, that holds everything, and comes first. */
function presentFailure({ listFailure }: EnvState): Failure | null {
  return listFailure?.origin === 'unreachable' ? null : listFailure;
}

function unlistedHold(state: State, env: EnvState, subject: 'asked' | null = null): Phase {
  const { askedSince } = env;
  const failure = presentFailure(env);
  // It is asked before anything else is.
  if (askedSince === null) return held('unlisted', 'env', { failure, subject, briefSince: state.now });
  const by = firstListBy(state, env);
  const until = state.now < by ? by : null;
  const phase = held('unlisted', 'env', { failure, subject, until });
  return failure === null ? briefly(state, phase, askedSince) : phase;
}
