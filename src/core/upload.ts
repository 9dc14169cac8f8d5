/** How an upload begins and ends, and what its failure means for the targets and environments that it met. */
import type { EventOf, PushJob } from '../model/event.js';
import type { EnvId, Failure, Fingerprint } from '../model/nouns.js';
import { applyScan } from './disk.js';
import { heedConnection, heldForAll, quotaAccepted, tokenAccepted, wakeAll } from './gateway.js';
import { drainMs, measuredSpeed, withWire } from './requests.js';
import {
  cautiousLinkSpeed,
  isApart,
  type Request,
  type State,
  type TargetFailure,
  type TargetState,
  unknownParts,
} from './state.js';
import {
  updateEnv,
  updateFunction,
  updateTargetsIn,
  updateTargetsOf,
  withEntry,
  withoutEntry,
} from './update.js';
import { backoffMs } from './waits.js';

export function startPush(state: State, job: PushJob): State {
  const begun = { ...state, turn: state.turn + 1, pushesSinceList: state.pushesSinceList + 1 };
  return updateTargetsOf(begun, job.function, job.envs, (target) => ({
    ...target,
    inFlight: job.id,
    urgent: false,
    pushedAt: state.now,
  }));
}

/** Base64 makes four bytes of three. */
const bytesOnWire = 4 / 3;

export function reducePushSending(state: State, { job, zipBytes }: EventOf<'push-sending'>): State {
  const request = state.requests.get(job.id);
  if (request === undefined) return state;
  const sending = { ...request, bytes: zipBytes * bytesOnWire, sentAt: state.now };
  const next = { ...state, requests: withEntry(state.requests, job.id, sending), sent: withWire(state) };
  const begun = updateTargetsOf(next, job.function, job.envs, (target) => ({ ...target, sent: true }));
  return updateFunction(begun, job.function, (fn) => ({ ...fn, zipBytes }));
}

/**
 * From here on an answer is waited for. A request of several environments is given up after a while, so that one that hangs
 * does not keep the others; what is written and still in this machine's buffers has its time to leave them.
 */
export function reducePushWritten(state: State, { job }: EventOf<'push-written'>): State {
  const request = state.requests.get(job.id);
  if (request === undefined) return state;
  const patience = state.settings.waits.sharedAnswerMs + drainMs(request.bytes, state.linkSpeed);
  const answerBy = job.envs.length > 1 ? state.now + Math.ceil(patience) : null;
  const written = { ...request, writtenAt: state.now, answerBy };
  return { ...state, requests: withEntry(state.requests, job.id, written) };
}

/** Whoever sends it breaks it off; how it ends then is no news. */
export function giveUpPush(state: State, request: Request, job: PushJob): State {
  const { bytes, writtenAt } = request;
  // It may as well have been the link, where that could matter.
  const linkSpeed = drainMs(bytes, cautiousLinkSpeed) < 1000 ? state.linkSpeed : cautiousLinkSpeed;
  const failure = noAnswer(state.now - (writtenAt ?? state.now));
  const ended = endRequest({ ...state, linkSpeed: Math.min(linkSpeed, state.linkSpeed) }, job);
  return callFailed(ended, request, job, failure, { jitter: 0, isUnanswered: true });
}

export function noAnswer(ms: number): Failure {
  const message = `no answer within ${Math.round(ms)} ms`;
  const nothing = { errcode: null, httpStatus: null, rid: null, retryAfterMs: null };
  return { class: 'transient', origin: 'broken', message, ...nothing };
}

export function reducePushEnded(before: State, event: EventOf<'push-ended'>): State {
  const { job, outcome, jitter } = event;
  const request = before.requests.get(job.id);
  // It was given up, or another endpoint took this one's place meanwhile.
  if (request === undefined) return before;
  const state = endRequest(before, job);
  switch (outcome.type) {
    case 'not-sent':
      return updateFunction(state, job.function, (fn) => applyScan(fn, outcome.scan, state.now));
    case 'failed':
      return callFailed(state, request, job, outcome.failure, { jitter, isUnanswered: false });
    case 'answered': {
      const linkSpeed = measuredSpeed(state, request);
      const accepted = tokenAccepted({ ...state, linkSpeed }, request.tokenGeneration);
      return answered(accepted, request, job, outcome.failures, jitter);
    }
    default:
      return outcome satisfies never;
  }
}

function endRequest(state: State, job: PushJob): State {
  const ended = { ...state, requests: withoutEntry(state.requests, job.id) };
  return updateTargetsOf(ended, job.function, job.envs, (target) =>
    target.inFlight === job.id ? { ...target, inFlight: null, pushedAt: state.now } : target,
  );
}

// ---------------------------------------------------------------- answered

function answered(
  state: State,
  { startedAt }: Request,
  job: PushJob,
  failures: readonly { readonly env: EnvId; readonly failure: Failure }[],
  jitter: number,
): State {
  const accepted = acceptedOf(job, failures);
  const hadFailed = accepted.some((env) => hasFailed(state, job, env));
  const woken = environmentsAccepted(accept(state, job, accepted), accepted, { startedAt, hadFailed });
  return failures.reduce((next, { env, failure }) => refusedIn(next, job, env, failure, jitter), woken);
}

/** The environments of a request that no failure names. */
export function acceptedOf(
  { envs }: Pick<PushJob, 'envs'>,
  failures: readonly { readonly env: EnvId }[],
): readonly EnvId[] {
  const failed = new Set(failures.map(({ env }) => env));
  return envs.filter((env) => !failed.has(env));
}

function hasFailed(state: State, job: PushJob, env: EnvId): boolean {
  const failed = state.functions.get(job.function)?.targets.get(env)?.failed ?? null;
  return failed?.failure.class === 'transient';
}

/**
 * The conclusions from an acceptance about these environments and about everything: there is quota, and what went by itself or was refused goes as ever.
 * @param hadFailed what was accepted had failed in a way that passes: what waits like it may go
 */
export function environmentsAccepted(
  before: State,
  accepted: readonly EnvId[],
  { startedAt, hadFailed }: { readonly startedAt: number; readonly hadFailed: boolean },
): State {
  if (accepted.length === 0) return before;
  const wasApart = accepted.some((env) => isApart(before, env));
  const state = accepted.reduce(
    (next, env) =>
      updateEnv(next, env, (known) =>
        known.apart === null && known.blocked === null ? known : { ...known, apart: null, blocked: null },
      ),
    quotaAccepted(before, startedAt),
  );
  return hadFailed || wasApart ? wakeAll(state, accepted) : state;
}

/** Followed until it is live; where nobody may look, or nobody wants to, trusted at once. */
function accept(state: State, job: PushJob, accepted: readonly EnvId[]): State {
  return updateTargetsOf(state, job.function, accepted, (target) => {
    const base = {
      ...target,
      sent: true,
      failed: null,
      foreign: null,
      forced: null,
      presence: 'present' as const,
    };
    const isFollowed = state.settings.verify && state.envs.get(target.env)?.contact === 'listed';
    return {
      ...base,
      ...(isFollowed ? startDeployment(target, job, state.now) : trusted(state, job, target)),
    };
  });
}

/** It is looked at as soon as somebody may look. */
function trusted({ now, settings }: State, job: PushJob, target: TargetState): Partial<TargetState> {
  const nothing = { verified: false, deploying: null, modTime: null };
  const soon = now + settings.waits.settledActiveMs;
  const unsureUntil = settings.verify ? Math.max(target.unsureUntil ?? 0, soon) : null;
  return { ...nothing, live: job.fingerprint, liveSince: now, unsureUntil };
}

/** While an earlier deployment was running, nobody can know which of the two runs until this one is done. */
function startDeployment(target: TargetState, job: PushJob, now: number): Partial<TargetState> {
  const unsure = target.deploying !== null;
  const missing = target.presence === 'missing';
  return {
    live: unsure ? null : target.live,
    deploying: {
      fingerprint: job.fingerprint,
      acceptedAt: now,
      savedAt: job.savedAt,
      modTimeBefore: missing ? null : target.seenModTime,
      modTimeKnown: !unsure && (missing || target.seenModTime !== null),
      sawUpdating: false,
      unverified: false,
    },
  };
}

/** One environment's part of a request failed. */
function refusedIn(state: State, job: PushJob, env: EnvId, failure: Failure, jitter: number): State {
  switch (failure.class) {
    case 'env':
    case 'token':
    case 'config':
    case 'quota':
      return blocked(state, env, failure);
    case 'transient': {
      const doubted = mayHaveHappened(failure) ? doubt(state, job, [env]) : state;
      const troubled = failure.origin === 'exists' ? doubted : setApart(doubted, job, env, failure, jitter);
      return failTargets(troubled, job, [env], failure, jitter);
    }
    case 'missing':
    case 'busy':
    case 'function':
    case 'unknown':
      return failTargets(state, job, [env], failure, jitter);
    default:
      return failure.class satisfies never;
  }
}

/** Nothing goes there any more, nor what a person asked for: it has been tried. */
export function blocked(state: State, id: EnvId, failure: Failure): State {
  const next = updateEnv(state, id, (env) => ({ ...env, blocked: failure }));
  return updateTargetsIn(next, id, (target) => (target.urgent ? { ...target, urgent: false } : target));
}

// ---------------------------------------------------------------- failed as a whole

interface Circumstances {
  readonly jitter: number;
  readonly isUnanswered: boolean;
}

function callFailed(
  before: State,
  request: Request,
  job: PushJob,
  failure: Failure,
  how: Circumstances,
): State {
  const state = mayHaveHappened(failure) ? doubt(before, job, job.envs) : before;
  const held = heldForAll(state, failure, request.tokenGeneration);
  if (held !== null) return held;
  const [only, ...others] = job.envs;
  if (failure.class === 'env' && only !== undefined && others.length === 0)
    return refusedIn(state, job, only, failure, how.jitter);
  const failed = failTargets(separate(state, job, failure, how), job, job.envs, failure, how.jitter);
  return heedConnection(failed, failure);
}

/** Nobody knows which of its environments a request failed for: they go by themselves. No connection is nobody's fault. */
function separate(
  state: State,
  job: PushJob,
  failure: Failure,
  { jitter, isUnanswered }: Circumstances,
): State {
  if (failure.origin === 'unreachable' || failure.origin === 'exists') return state;
  const [only] = job.envs;
  if (job.envs.length === 1 && only !== undefined)
    return failure.class === 'transient' ? setApart(state, job, only, failure, jitter) : state;
  // A failure that may be the content's fault is nobody else's.
  if (failure.class === 'function' || failure.class === 'unknown') return state;
  const passes = failure.class === 'transient' && !isUnanswered && !hasFailedBefore(state, job);
  if (passes) return state;
  return job.envs.reduce(
    (next, env) =>
      updateEnv(next, env, (known) =>
        known.apart === null ? { ...known, apart: { by: null, failures: 0, retryAt: null, failure } } : known,
      ),
    state,
  );
}

/** A failure that passes by itself is sent together once more. */
function hasFailedBefore(state: State, job: PushJob): boolean {
  const targets = state.functions.get(job.function)?.targets;
  return job.envs.some((env) => targets?.get(env)?.failed?.failure.class === 'transient');
}

/** A failure that several functions met is the environment's: it is tried after a while only. One that a single function meets keeps only that one waiting. */
function setApart(state: State, job: PushJob, id: EnvId, failure: Failure, jitter: number): State {
  return updateEnv(state, id, (env) => {
    const { apart } = env;
    const by = apart === null || apart.by === job.function ? job.function : null;
    const failures = by === null ? (apart?.failures ?? 0) + 1 : 0;
    const retryAt = by === null ? state.now + backoffMs(failures, jitter, state.settings.waits) : null;
    return { ...env, apart: { by, failures, retryAt, failure } };
  });
}

// ---------------------------------------------------------------- what is not known any more

/** The request may have been carried out although no proper answer came back. */
function mayHaveHappened(failure: Failure): boolean {
  if (failure.origin === 'unexpected' || mayStillHappen(failure)) return true;
  return failure.class === 'transient' && failure.origin === 'answer' && failure.errcode !== tooFrequent;
}

/** No answer of the API's own: whoever passed the request on may go on with it. */
export function mayStillHappen({ origin, httpStatus }: Failure): boolean {
  return origin === 'broken' || (origin === 'http' && httpStatus !== 429 && httpStatus !== 413);
}

/** 45011: refused for its frequency, so not carried out (docs/cloud-api.md, "Errors"). */
const tooFrequent = 45011;

/** Nobody knows what the request did. Whether somebody else's code still runs there is as little known as whether ours does. */
function doubt(state: State, job: PushJob, envs: readonly EnvId[]): State {
  const until = state.now + state.settings.waits.unsureMs;
  return updateTargetsOf(state, job.function, envs, (target) => ({
    ...unknownLive(target),
    foreign: null,
    unsureUntil: until,
  }));
}

/** The same target, of which nobody knows what it runs. */
export function unknownLive(target: TargetState): TargetState {
  return { ...target, live: null, liveSince: null, verified: false, deploying: null, modTime: null };
}

// ---------------------------------------------------------------- when to retry

function failTargets(
  state: State,
  job: PushJob,
  envs: readonly EnvId[],
  failure: Failure,
  jitter: number,
): State {
  const isShared = job.envs.length > 1 && envs.length === job.envs.length;
  return updateTargetsOf(state, job.function, envs, (target) => {
    const failed = nextFailure(state, target.failed, job.fingerprint, failure, { jitter, isShared });
    return { ...target, ...(isShared ? {} : presenceAfter(failure, target)), failed };
  });
}

/**
 * The fields of a failure that are kept.
 * @param before the one before, which this may go on
 * @param how `isShared`: somebody in the request met it, nobody knows who: each is asked by itself
 */
export function nextFailure(
  state: State,
  before: TargetFailure | null,
  fingerprint: Fingerprint,
  failure: Failure,
  { jitter, isShared }: { readonly jitter: number; readonly isShared: boolean },
): TargetFailure {
  const again = continues(before, fingerprint, failure);
  const attempts = (again?.attempts ?? 0) + 1;
  return {
    failure,
    fingerprint,
    attempts,
    retryAt: retryAt(state, failure, attempts, jitter, isShared),
    since: again?.since ?? state.now,
    activeSeen: false,
  };
}

/** Failures of a gateway are one row whatever the content; those of a content end with it. */
function continues(
  before: TargetFailure | null,
  fingerprint: Fingerprint,
  failure: Failure,
): TargetFailure | null {
  if (before === null) return null;
  if (before.fingerprint === fingerprint) return before;
  return before.failure.class === 'transient' && failure.class === 'transient' ? before : null;
}

function presenceAfter(failure: Failure, { parts }: TargetState): Partial<TargetState> {
  if (failure.origin === 'exists') return { presence: 'present' };
  if (failure.class !== 'missing') return {};
  const nothing = { live: null, liveSince: null, modTime: null, seenModTime: null, deploying: null };
  // A request for a part is still on its way.
  return { presence: 'missing', ...nothing, parts: unknownParts(parts) };
}

/** Tries of a failure that nobody has documented (docs/cloud-api.md, "Errors"). */
const unknownTries = 2;
/** Changing between create and update is done at once so often; after that it waits like any failure. */
const quickChanges = 2;

function retryAt(
  { now, settings }: State,
  failure: Failure,
  attempts: number,
  jitter: number,
  isShared: boolean,
): number | null {
  const later = now + Math.max(backoffMs(attempts, jitter, settings.waits), failure.retryAfterMs ?? 0);
  const soon = attempts <= quickChanges ? now : later;
  if (failure.origin === 'exists') return soon;
  switch (failure.class) {
    case 'function':
      return null;
    case 'unknown':
      return attempts < unknownTries ? later : null;
    case 'missing':
      if (isShared) return soon;
      return settings.createMissing ? soon : null;
    case 'env':
      return soon;
    case 'busy':
      return isShared ? soon : later;
    case 'transient':
    case 'token':
    case 'config':
    case 'quota':
      return later;
    default:
      return failure.class satisfies never;
  }
}
