/** What a failure means for the targets that it met: what is not known of them any more, and when each is tried again. */

import type { PushJob } from '../model/event.js';
import type { EnvId, Failure } from '../model/nouns.js';
import { backoffMs } from './backoff.js';
import type { EnvState, Lane, State, TargetFailure, TargetState } from './state.js';
import { updateEnv, updateTarget, updateTargetsOf } from './update.js';

/** How a request failed, besides what it said. */
export interface Circumstances {
  readonly jitter: number;
  /** The whole request failed rather than one environment's part of it. */
  readonly wholeCall: boolean;
  /** It took so long that others must not wait for the like of it again. */
  readonly slow: boolean;
}

export function failEverywhere(state: State, job: PushJob, failure: Failure, how: Circumstances): State {
  return job.envs.reduce((next, env) => failIn(next, job, env, failure, how), state);
}

/** The request may have been carried out although no proper answer came back. */
export function mayHaveHappened(failure: Failure): boolean {
  if (failure.origin === 'broken' || failure.origin === 'unexpected') return true;
  if (failure.origin === 'http') return failure.httpStatus !== 429 && failure.httpStatus !== 413;
  return failure.class === 'transient' && failure.origin === 'answer' && failure.errcode !== tooFrequent;
}

/** 45011: refused for its frequency, so not carried out (cloud-api.md, Errors). */
const tooFrequent = 45011;

export function forgetLive(state: State, job: PushJob): State {
  return updateTargetsOf(state, job.function, job.envs, unknownLive);
}

export function unknownLive(target: TargetState): TargetState {
  return { ...target, live: null, liveSince: null, verified: false, deploying: null, modTime: null };
}

/** One environment's failure of one function. */
export function failIn(state: State, job: PushJob, env: EnvId, failure: Failure, how: Circumstances): State {
  switch (failure.class) {
    case 'env':
      if (how.wholeCall && job.envs.length > 1) return failTarget(state, job, env, failure, how);
      return updateEnv(state, env, (known) => ({ ...known, blocked: failure }));
    case 'token':
    case 'config':
    case 'quota':
      return updateEnv(state, env, (known) => ({ ...known, blocked: failure }));
    case 'transient':
      return failTarget(failLane(state, job, env, failure, how), job, env, failure, how);
    case 'missing':
    case 'busy':
    case 'function':
    case 'unknown':
      return failTarget(state, job, env, failure, how);
    default:
      return failure.class satisfies never;
  }
}

function failTarget(state: State, job: PushJob, env: EnvId, failure: Failure, how: Circumstances): State {
  const { jitter, wholeCall } = how;
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
      alone: wholeCall && (again?.alone === true || goesAloneAfter(failure, attempts, how)),
      activeSeen: false,
    };
    const kept = !wholeCall && mayHaveHappened(failure) ? unknownLive(target) : target;
    return { ...kept, ...presenceAfter(target, failure), failed };
  });
}

/** Whole requests that pass by themselves are sent together once more; then each environment answers for itself. */
function goesAloneAfter(failure: Failure, attempts: number, { slow }: Circumstances): boolean {
  return slow || attempts >= 2 || failure.class !== 'transient';
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
  if (failure.class === 'env') return state.now;
  if (failure.class === 'function') return null;
  if (failure.class === 'unknown') return attempts < unknownTries ? later : null;
  return later;
}

/** Two functions that fail in one environment are its failure, not theirs: from then on it is probed one at a time. */
function failLane(state: State, job: PushJob, env: EnvId, failure: Failure, how: Circumstances): State {
  return updateEnv(state, env, (known) => ({ ...known, lane: laneAfter(state, known, job, failure, how) }));
}

function laneAfter(state: State, env: EnvState, job: PushJob, failure: Failure, how: Circumstances): Lane {
  const { lane } = env;
  const failing = lane.failing.includes(job.function) ? lane.failing : [...lane.failing, job.function];
  const next: Lane = {
    ...lane,
    failing,
    failure,
    suspect: lane.suspect || how.wholeCall,
    slow: lane.slow || how.slow,
  };
  if (failing.length < 2 || (lane.retryAt !== null && state.now < lane.retryAt)) return next;
  const failures = lane.failures + 1;
  const retryAt = state.now + backoffMs(failures, how.jitter, state.settings.waits);
  return { ...next, failures, retryAt };
}
