/** What concerns every function alike: the token, the network, the gateway, sleep. */
import type { EventOf, Failure } from './model.js';
import {
  calmLane,
  mapValues,
  type State,
  type TargetState,
  type TokenState,
  updateTargets,
} from './state.js';

export function reduceTokenEnded(state: State, { outcome }: EventOf<'token-ended'>): State {
  const token: TokenState = { ...state.token, reading: false, readAt: state.now };
  const recheckAt = state.now + state.settings.waits.tokenRecheckMs;
  if (!outcome.ok) {
    const usable = token.status === 'ready';
    const status = usable ? 'ready' : 'unavailable';
    return { ...state, token: { ...token, status, problem: outcome.problem, recheckAt } };
  }
  const { changed, renewAt, expiresAt } = outcome;
  const refused = token.status === 'suspect' || token.status === 'rejected';
  if (refused && !changed)
    return { ...state, token: { ...token, status: 'rejected', problem: null, recheckAt } };
  const next: TokenState = {
    ...token,
    status: 'ready',
    generation: changed ? token.generation + 1 : token.generation,
    provenAt: changed ? null : token.provenAt,
    recheckAt: null,
    renewAt,
    expiresAt,
    failure: null,
    problem: null,
  };
  return { ...state, token: next, configFailure: changed ? null : state.configFailure };
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
  return { ...state, token: { ...token, status: 'suspect', provenAt: null, failure } };
}

/** Any answer but a refusal of the token proves it. */
export function tokenProven(state: State, generation: number): State {
  if (generation !== state.token.generation) return state;
  return { ...state, token: { ...state.token, provenAt: state.now } };
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
  const token: TokenState = { ...state.token, provenAt: null };
  const probing = state.offline === null ? null : { ...state.offline, probeAt: state.now };
  return wakeAll({ ...state, token, offline: probing });
}

/**
 * The cloud answers again: what waits because whole requests failed may go now. The few that failed again and again
 * by themselves keep their wait, or a gateway that only accepts connections would be stormed.
 */
export function wakeAll(state: State): State {
  const envs = mapValues(state.envs, (env) =>
    env.lane === calmLane && env.listRetryAt === null
      ? env
      : { ...env, lane: calmLane, listRetryAt: env.listRetryAt === null ? null : state.now },
  );
  return updateTargets({ ...state, envs }, (target) => wakeTarget(target, state.now));
}

const patientAttempts = 4;

function wakeTarget(target: TargetState, now: number): TargetState {
  const failed = target.failed;
  if (failed === null || !failed.wholeCall || failed.retryAt === null || failed.retryAt <= now) return target;
  if (failed.attempts > patientAttempts) return target;
  return { ...target, failed: { ...failed, retryAt: now } };
}
