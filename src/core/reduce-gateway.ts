/** What concerns every function alike: the token, the network, the gateway, sleep. */
import type { EventOf } from '../model/event.js';
import type { EnvId, Failure } from '../model/nouns.js';
import { calmLane, type Lane, type State, type TargetState, type TokenState } from './state.js';
import { mapValues, updateTargets } from './update.js';

/** Asked for again while it was being read: what was read may be older than that, so it is read once more. */
export function reduceTokenEnded(state: State, { outcome }: EventOf<'token-ended'>): State {
  const token: TokenState = { ...state.token, reading: false, readAt: state.now };
  const askedAgain = token.recheckAt;
  const recheckAt = askedAgain ?? state.now + state.settings.waits.tokenRecheckMs;
  if (!outcome.ok) {
    const usable = token.status === 'ready';
    const status = usable ? 'ready' : 'unavailable';
    return { ...state, token: { ...token, status, problem: outcome.problem, recheckAt } };
  }
  const { changed, renewAt, expiresAt } = outcome;
  const refused = token.failure !== null && token.status !== 'unread';
  if (refused && !changed)
    return { ...state, token: { ...token, status: 'rejected', problem: null, recheckAt } };
  const mended = changed || isPassing(state.configFailure);
  const configFailure = mended ? null : state.configFailure;
  const next: TokenState = {
    ...token,
    status: 'ready',
    generation: changed ? token.generation + 1 : token.generation,
    provenAt: changed ? null : token.provenAt,
    trustedAt: changed ? null : token.trustedAt,
    recheckAt: configFailure === null ? askedAgain : recheckAt,
    renewAt,
    expiresAt,
    failure: null,
    problem: null,
  };
  return { ...state, token: next, configFailure };
}

/** A certificate that is not trusted may be that of a hotel's network: it is tried again like a token. */
function isPassing(failure: Failure | null): boolean {
  return failure?.origin === 'unreachable';
}

/** Holds everything until the configuration or the token changes. Not every source says that it changed: it is looked at. */
export function holdForConfig(state: State, failure: Failure): State {
  const recheckAt = state.token.recheckAt ?? state.now + state.settings.waits.tokenRecheckMs;
  return { ...state, configFailure: failure, token: { ...state.token, recheckAt } };
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
  const recheckAt = token.reading ? state.now : token.recheckAt;
  return {
    ...state,
    token: { ...token, status: 'suspect', provenAt: null, trustedAt: null, recheckAt, failure },
  };
}

/** Any answer but a refusal of the token proves it. */
export function tokenProven(state: State, generation: number): State {
  if (generation !== state.token.generation) return state;
  return { ...state, token: { ...state.token, provenAt: state.now } };
}

/** An upload's answer proves it for the uploads that follow closely. */
export function tokenTrusted(state: State, generation: number): State {
  if (generation !== state.token.generation) return state;
  return { ...state, token: { ...state.token, provenAt: state.now, trustedAt: state.now } };
}

/** The gateway asked for peace: nobody sends anything until then. */
export function keepPeace(state: State, failure: Failure): State {
  if (failure.retryAfterMs === null) return state;
  return { ...state, notBefore: Math.max(state.notBefore ?? 0, state.now + failure.retryAfterMs) };
}

/** No connection could be made: one state for all, and a probe instead of everybody's retries. */
export function wentOffline(state: State, failure: Failure): State {
  if (state.offline !== null) return state;
  const probeAt = state.now + state.settings.waits.probeMs;
  return { ...state, offline: { since: state.now, detail: failure.message, probing: false, probeAt } };
}

export function reduceProbeEnded(state: State, { reachable, detail }: EventOf<'probe-ended'>): State {
  if (state.offline === null) return state;
  if (reachable) return wakeAll({ ...state, offline: null });
  const probeAt = state.now + state.settings.waits.probeMs;
  return { ...state, offline: { ...state.offline, detail, probing: false, probeAt } };
}

/** After sleep nothing that was known of the network holds. What was promised to a gateway is kept. */
export function reduceWoke(state: State): State {
  const token: TokenState = { ...state.token, provenAt: null, trustedAt: null };
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
  const envs = mapValues(state.envs, (env) =>
    env.lane === calmLane && env.listRetryAt === null
      ? env
      : { ...env, lane: wokenLane(env.lane), listRetryAt: env.listRetryAt === null ? null : state.now },
  );
  return updateTargets({ ...state, envs }, (target) =>
    wakeTarget(target, answering.includes(target.env), state.now),
  );
}

/** Nothing waits for it any more. That it took others with it is forgotten only when it accepts something itself. */
function wokenLane({ suspect, slow }: Lane): Lane {
  return suspect || slow ? { ...calmLane, suspect, slow } : calmLane;
}

const patientAttempts = 4;

function wakeTarget(target: TargetState, answering: boolean, now: number): TargetState {
  const failed = target.failed;
  if (failed === null || failed.retryAt === null || failed.retryAt <= now) return target;
  const mended = failed.wholeCall || (answering && failed.failure.class === 'transient');
  if (!mended || failed.attempts > patientAttempts) return target;
  return { ...target, failed: { ...failed, retryAt: now } };
}
