/** State that concerns every function alike: the token, the network, the gateway, sleep. */
import type { EventOf } from '../model/event.js';
import type { EnvId, Failure } from '../model/nouns.js';
import { askedNow } from './quotas.js';
import type { EnvState, State, TargetState, TokenState } from './state.js';
import { mapValues, updateTargets } from './update.js';

function withStatus(token: TokenState, status: TokenState['status'], now: number): TokenState {
  return token.status === status ? token : { ...token, status, since: now };
}

/** Asked for again while it was being read: what was read may be older than that, so it is read once more. */
export function reduceTokenEnded(state: State, { job, outcome }: EventOf<'token-ended'>): State {
  // Read for a cloud that is not ours any more.
  if (state.token.reading !== job.id) return state;
  const token: TokenState = { ...state.token, reading: null, readAt: state.now };
  const askedAgain = token.recheckAt;
  const recheckAt = askedAgain ?? state.now + state.settings.waits.tokenRecheckMs;
  if (!outcome.ok) {
    const status = token.status === 'ready' ? 'ready' : 'unavailable';
    const next = withStatus({ ...token, problem: outcome.problem, recheckAt }, status, state.now);
    return { ...state, token: next };
  }
  const { changed, renewAt, expiresAt } = outcome;
  const refused = token.failure !== null && token.status !== 'unread';
  if (refused && !changed) {
    return { ...state, token: withStatus({ ...token, problem: null, recheckAt }, 'rejected', state.now) };
  }
  const recovered = changed || isPassing(state.configFailure);
  const configFailure = recovered ? null : state.configFailure;
  const next: TokenState = {
    ...withStatus(token, 'ready', state.now),
    generation: changed ? token.generation + 1 : token.generation,
    accepted: changed ? false : token.accepted,
    recheckAt: configFailure === null ? askedAgain : recheckAt,
    renewAt,
    expiresAt,
    failure: null,
    problem: null,
  };
  const read = { ...state, token: next, configFailure };
  return changed ? { ...read, envs: mapValues(read.envs, (env) => askRefusedAgain(env, read.now)) } : read;
}

/** Something changed that the refusal of a list may have hung on. */
export function askRefusedAgain(env: EnvState, now: number): EnvState {
  return env.contact === 'refused' ? { ...env, listRetryAt: now } : env;
}

/** A certificate that is not trusted, or a page instead of the API, may be that of a hotel's network: it is retried like a token. */
function isPassing(failure: Failure | null): boolean {
  return failure?.origin === 'unreachable' || failure?.origin === 'http';
}

/** Holds everything until the configuration or the token changes. Not every source says that it changed: it is looked at. */
export function holdForConfig(state: State, failure: Failure): State {
  const recheckAt = state.token.recheckAt ?? state.now + state.settings.waits.tokenRecheckMs;
  return { ...state, configFailure: failure, token: { ...state.token, recheckAt } };
}

export function holdForQuota(state: State, failure: Failure): State {
  const { now, settings } = state;
  const meters = state.quota === null ? askedNow(state) : state.meters;
  return calmed({ ...state, meters, quota: { failure, since: now, until: now + settings.waits.quotaMs } });
}

/** The file was written, or the like: a token that works is read again too, since the old one dies in minutes. */
export function reduceTokenSourceChanged(state: State): State {
  const { token } = state;
  return { ...state, token: { ...token, recheckAt: state.now } };
}

/** The cloud refused the token that a request carried. A late refusal of an earlier value says nothing about this one. */
export function tokenRefused(state: State, failure: Failure, generation: number): State {
  const { token } = state;
  if (generation !== token.generation || token.status !== 'ready') return state;
  const recheckAt = token.reading === null ? token.recheckAt : state.now;
  const refused: TokenState = { ...token, accepted: false, recheckAt, failure };
  return { ...state, token: withStatus(refused, 'suspect', state.now) };
}

/** An answer of the API's own that is not a refusal of the token. */
export function tokenAccepted(state: State, generation: number): State {
  if (generation !== state.token.generation || state.token.accepted) return state;
  return { ...state, token: { ...state.token, accepted: true } };
}

/** The gateway asked for peace: nobody sends anything until then. */
function keepPeace(state: State, failure: Failure): State {
  if (failure.retryAfterMs === null) return state;
  const until = Math.max(state.throttled?.until ?? 0, state.now + failure.retryAfterMs);
  return calmed({ ...state, throttled: { failure, until } });
}

/** The request has met the trouble that keeps all waiting: the rest of it waits as well. */
function calmed(state: State): State {
  return updateTargets(state, (target) => (target.urgent ? { ...target, urgent: false } : target));
}

/**
 * A failure that concerns every request alike, whichever met it.
 * @param generation the token's value that the request carried
 * @returns null: it is the request's own
 */
export function heldForAll(state: State, failure: Failure, generation: number): State | null {
  switch (failure.class) {
    case 'token':
      return tokenRefused(state, failure, generation);
    case 'config':
      return holdForConfig(state, failure);
    case 'quota':
      return holdForQuota(state, failure);
    case 'env':
    case 'transient':
    case 'busy':
    case 'function':
    case 'missing':
    case 'unknown':
      return null;
    default:
      return failure.class satisfies never;
  }
}

/** The state of the way to the cloud after a failure of one request. */
export function heedConnection(state: State, failure: Failure): State {
  return failure.origin === 'unreachable' ? wentOffline(state, failure) : keepPeace(state, failure);
}

/** Something was accepted that began after the quota was used up: there is more of it. */
export function quotaAccepted(state: State, startedAt: number): State {
  return state.quota !== null && startedAt > state.quota.since ? { ...state, quota: null } : state;
}

/** No connection could be made: one state for all, and a probe instead of everybody's retries. */
function wentOffline(state: State, failure: Failure): State {
  if (state.offline !== null) return state;
  const probeAt = state.now + state.settings.waits.probeMs;
  return { ...state, offline: { since: state.now, detail: failure.message, probing: null, probeAt } };
}

export function reduceProbeEnded(state: State, { job, reachable, detail }: EventOf<'probe-ended'>): State {
  if (state.offline?.probing !== job.id) return state;
  if (reachable) return wakeAll({ ...state, offline: null });
  const probeAt = state.now + state.settings.waits.probeMs;
  return { ...state, offline: { ...state.offline, detail, probing: null, probeAt } };
}

/** After sleep nothing that was known of the network holds. What was promised to a gateway is kept. */
export function reduceWoke(state: State): State {
  const token: TokenState = { ...state.token, accepted: false };
  const probing = state.offline === null ? null : { ...state.offline, probeAt: state.now };
  const configFailure = isPassing(state.configFailure) ? null : state.configFailure;
  return wakeAll({ ...state, token, offline: probing, configFailure });
}

/**
 * The cloud answers again: what waits because whole requests failed may go now. The few that failed again and again
 * by themselves keep their wait, or a gateway that only accepts connections would be stormed.
 * @param answering environments that have just accepted something: what failed there alone may go, too
 */
export function wakeAll(state: State, answering: readonly EnvId[] = []): State {
  const envs = mapValues(state.envs, (env) => wakeEnv(env, state.now));
  return updateTargets({ ...state, envs }, (target) =>
    wakeTarget(target, answering.includes(target.env), state.now),
  );
}

/** Its first list has as long as ever to come. That it goes by itself ends when it accepts something. */
function wakeEnv(env: EnvState, now: number): EnvState {
  const { apart, listRetryAt, askedSince, contact } = env;
  const waits = listRetryAt !== null && listRetryAt > now;
  if (askedSince === null && !waits && (apart === null || apart.retryAt === null)) return env;
  return {
    ...env,
    askedSince: contact === 'unlisted' && env.listing === null ? null : askedSince,
    listRetryAt: waits && contact !== 'refused' ? now : listRetryAt,
    apart: apart === null ? null : { ...apart, retryAt: null },
  };
}

const patientAttempts = 4;

function wakeTarget(target: TargetState, answering: boolean, now: number): TargetState {
  const failed = target.failed;
  if (failed === null || failed.retryAt === null || failed.retryAt <= now) return target;
  if (failed.failure.class !== 'transient' || failed.attempts > patientAttempts) return target;
  if (!answering && !isGateways(failed.failure)) return target;
  return { ...target, failed: { ...failed, retryAt: now } };
}

/** It met the whole request: what one environment says of its part has no code of the API. */
function isGateways({ origin, errcode }: Failure): boolean {
  return origin === 'http' || origin === 'broken' || origin === 'unreachable' || errcode !== null;
}
