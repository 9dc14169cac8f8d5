/** How an upload begins and ends. */

import { backoffMs } from './backoff.js';
import type { EnvId, EventOf, Failure, PushJob } from './model.js';
import { tokenProven, tokenRefused, wakeAll, wentOffline } from './reduce-gateway.js';
import { applyScan } from './reduce-local.js';
import {
  calmLane,
  type EnvState,
  type Lane,
  type State,
  type TargetFailure,
  type TargetState,
  updateEnv,
  updateFunction,
  updateTarget,
  withoutEntry,
} from './state.js';

export function startPush(state: State, job: PushJob): State {
  return job.envs.reduce(
    (next, env) =>
      updateTarget(next, job.function, env, (target) => ({
        ...target,
        inFlight: job.id,
        pushedAt: state.now,
      })),
    { ...state, turn: state.turn + 1 },
  );
}

export function reducePushEnded(before: State, event: EventOf<'push-ended'>): State {
  const { job, outcome, jitter } = event;
  const generation = before.requests.get(job.id)?.tokenGeneration ?? -1;
  const state = endRequest(before, job);
  switch (outcome.type) {
    case 'not-sent':
      return updateFunction(state, job.function, (fn) => applyScan(fn, outcome.scan, state.now));
    case 'failed':
      return callFailed(state, job, outcome.failure, generation, jitter);
    case 'answered':
      return answered(tokenProven(state, generation), job, outcome.failures, jitter);
    default:
      return outcome satisfies never;
  }
}

function endRequest(state: State, job: PushJob): State {
  return job.envs.reduce(
    (next, env) =>
      updateTarget(next, job.function, env, (target) =>
        target.inFlight === job.id ? { ...target, inFlight: null, pushedAt: state.now } : target,
      ),
    { ...state, requests: withoutEntry(state.requests, job.id) },
  );
}

function answered(
  state: State,
  job: PushJob,
  failures: readonly { readonly env: EnvId; readonly failure: Failure }[],
  jitter: number,
): State {
  const failed = new Map(failures.map(({ env, failure }) => [env, failure]));
  const accepted = job.envs.filter((env) => !failed.has(env));
  const recovered = accepted.some((env) => wasFailing(state, job, env));
  const taken = accepted.reduce((next, env) => accept(next, job, env), state);
  const woken = recovered ? wakeAll(taken) : taken;
  return failures.reduce((next, { env, failure }) => failIn(next, job, env, failure, jitter, false), woken);
}

function wasFailing(state: State, job: PushJob, env: EnvId): boolean {
  const failed = state.functions.get(job.function)?.targets.get(env)?.failed;
  const passed = failed?.wholeCall === true && failed.failure.class === 'transient';
  return passed || (state.envs.get(env)?.lane.retryAt ?? null) !== null;
}

function accept(state: State, job: PushJob, env: EnvId): State {
  const followed = state.settings.verify && state.envs.get(env)?.contact !== 'refused';
  const calm = updateEnv(state, env, (known) =>
    known.lane === calmLane ? known : { ...known, lane: calmLane },
  );
  return updateTarget(calm, job.function, env, (target) => {
    const base = { ...target, failed: null, foreign: null, forced: false, presence: 'present' as const };
    if (followed) return { ...base, ...startDeployment(target, job, state.now) };
    return { ...base, ...trusted(job, state.now) };
  });
}

function trusted(job: PushJob, now: number): Partial<TargetState> {
  return { live: job.fingerprint, liveSince: now, verified: false, deploying: null, modTime: null };
}

/** While an earlier deployment was going on, nobody can tell which of the two runs until this one is done. */
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

function callFailed(state: State, job: PushJob, failure: Failure, generation: number, jitter: number): State {
  const unsure = mayHaveHappened(failure) ? forgetLive(state, job) : state;
  switch (failure.class) {
    case 'token':
      return tokenRefused(unsure, failure, generation);
    case 'config':
      return { ...unsure, configFailure: failure };
    case 'quota':
      return { ...unsure, quota: { failure, until: state.now + state.settings.waits.quotaMs } };
    case 'transient':
      return transient(unsure, job, failure, jitter);
    case 'busy':
    case 'function':
    case 'env':
    case 'missing':
    case 'unknown':
      return failEverywhere(unsure, job, failure, jitter);
    default:
      return failure.class satisfies never;
  }
}

function transient(state: State, job: PushJob, failure: Failure, jitter: number): State {
  const failed = failEverywhere(state, job, failure, jitter);
  if (failure.origin === 'unreachable') return wentOffline(failed, failure);
  if (failure.retryAfterMs === null) return failed;
  return { ...failed, notBefore: Math.max(state.notBefore ?? 0, state.now + failure.retryAfterMs) };
}

function failEverywhere(state: State, job: PushJob, failure: Failure, jitter: number): State {
  return job.envs.reduce((next, env) => failIn(next, job, env, failure, jitter, true), state);
}

/** The request may have been carried out although no proper answer came back. */
function mayHaveHappened(failure: Failure): boolean {
  if (failure.origin === 'broken' || failure.origin === 'unexpected') return true;
  if (failure.origin === 'http') return failure.httpStatus !== 429 && failure.httpStatus !== 413;
  return failure.class === 'transient' && failure.origin === 'answer' && failure.errcode !== tooFrequent;
}

/** 45011: refused for its frequency, so not carried out (cloud-api.md, Errors). */
const tooFrequent = 45011;

function forgetLive(state: State, job: PushJob): State {
  return job.envs.reduce(
    (next, env) => updateTarget(next, job.function, env, (target) => unknownLive(target)),
    state,
  );
}

function unknownLive(target: TargetState): TargetState {
  return { ...target, live: null, liveSince: null, verified: false, deploying: null, modTime: null };
}

/** One environment's failure of one function. */
function failIn(
  state: State,
  job: PushJob,
  env: EnvId,
  failure: Failure,
  jitter: number,
  wholeCall: boolean,
): State {
  switch (failure.class) {
    case 'env':
      return updateEnv(state, env, (known) => ({ ...known, blocked: failure }));
    case 'token':
    case 'config':
    case 'quota':
      return updateEnv(state, env, (known) => ({ ...known, blocked: failure }));
    case 'transient':
      return failTarget(failLane(state, job, env, failure, jitter), job, env, failure, jitter, wholeCall);
    case 'missing':
    case 'busy':
    case 'function':
    case 'unknown':
      return failTarget(state, job, env, failure, jitter, wholeCall);
    default:
      return failure.class satisfies never;
  }
}

function failTarget(
  state: State,
  job: PushJob,
  env: EnvId,
  failure: Failure,
  jitter: number,
  wholeCall: boolean,
): State {
  return updateTarget(state, job.function, env, (target) => {
    const again = continues(target.failed, job, failure);
    const attempts = (again?.attempts ?? 0) + 1;
    const failed: TargetFailure = {
      failure,
      fingerprint: job.fingerprint,
      attempts,
      retryAt: retryAt(state, failure, attempts, jitter),
      since: again?.since ?? state.now,
      wholeCall,
      activeSeen: false,
    };
    const kept = !wholeCall && mayHaveHappened(failure) ? unknownLive(target) : target;
    return { ...kept, ...presenceAfter(target, failure), failed };
  });
}

/** Failures of a gateway are one row whatever the content; those of a content end with it. */
function continues(before: TargetFailure | null, job: PushJob, failure: Failure): TargetFailure | null {
  if (before === null) return null;
  if (before.fingerprint === job.fingerprint) return before;
  return before.failure.class === 'transient' && failure.class === 'transient' ? before : null;
}

function presenceAfter(target: TargetState, failure: Failure): Partial<TargetState> {
  if (failure.origin === 'exists') return { presence: 'present' };
  if (failure.class !== 'missing') return { presence: target.presence };
  return {
    presence: 'missing',
    live: null,
    liveSince: null,
    modTime: null,
    seenModTime: null,
    deploying: null,
  };
}

/** Tries of a failure that nobody has documented (cloud-api.md: two tries in all). */
const unknownTries = 2;
/** Changing between create and update is done at once so often; after that it waits like any failure. */
const quickChanges = 2;

function retryAt(state: State, failure: Failure, attempts: number, jitter: number): number | null {
  const { waits, createMissing } = state.settings;
  const later = state.now + Math.max(backoffMs(attempts, jitter, waits), failure.retryAfterMs ?? 0);
  if (failure.origin === 'exists') return attempts <= quickChanges ? state.now : later;
  if (failure.class === 'missing') {
    if (!createMissing) return null;
    return attempts <= quickChanges ? state.now : later;
  }
  if (failure.class === 'function') return null;
  if (failure.class === 'unknown') return attempts < unknownTries ? later : null;
  return later;
}

/** Two functions that fail in one environment are its failure, not theirs: from then on it is probed one at a time. */
function failLane(state: State, job: PushJob, env: EnvId, failure: Failure, jitter: number): State {
  return updateEnv(state, env, (known) => ({
    ...known,
    lane: laneAfter(state, known, job, failure, jitter),
  }));
}

function laneAfter(state: State, env: EnvState, job: PushJob, failure: Failure, jitter: number): Lane {
  const { lane } = env;
  const failing = lane.failing.includes(job.function) ? lane.failing : [...lane.failing, job.function];
  if (failing.length < 2) return { ...lane, failing, failure };
  if (lane.retryAt !== null && state.now < lane.retryAt) return { ...lane, failing, failure };
  const failures = lane.failures + 1;
  return {
    failing,
    failures,
    retryAt: state.now + backoffMs(failures, jitter, state.settings.waits),
    failure,
  };
}
