/** How an upload begins and ends. */

import { accept } from './accept.js';
import { backoffMs } from './backoff.js';
import type { EnvId, EventOf, Failure, PushJob } from './model.js';
import {
  holdForConfig,
  keepPeace,
  tokenRefused,
  tokenTrusted,
  wakeAll,
  wentOffline,
} from './reduce-gateway.js';
import { applyScan } from './reduce-local.js';
import { freshUploads, isStuck } from './slots.js';
import {
  calmLane,
  type EnvState,
  type Lane,
  type State,
  type TargetFailure,
  type TargetState,
} from './state.js';
import { updateEnv, updateFunction, updateTarget, updateTargetsOf, withoutEntry } from './update.js';

/** Uploads that follow an answer so closely belong to its burst; milliseconds. */
const burstGapMs = 50;

export function startPush(state: State, job: PushJob): State {
  const { trustedAt } = state.token;
  const stale = trustedAt !== null && state.now - trustedAt > burstGapMs && freshUploads(state) <= 1;
  const token = stale ? { ...state.token, trustedAt: null } : state.token;
  const begun = { ...state, token, turn: state.turn + 1 };
  return updateTargetsOf(begun, job.function, job.envs, (target) => ({
    ...target,
    inFlight: job.id,
    pushedAt: state.now,
  }));
}

export function reducePushEnded(before: State, event: EventOf<'push-ended'>): State {
  const { job, outcome, jitter } = event;
  const request = before.requests.get(job.id);
  // Another endpoint took this one's place meanwhile: what the old one says is no news of the new one.
  if (request === undefined) return before;
  const generation = request.tokenGeneration;
  const state = endRequest(before, job);
  switch (outcome.type) {
    case 'not-sent':
      return updateFunction(state, job.function, (fn) => applyScan(fn, outcome.scan, state.now));
    case 'failed':
      return callFailed(state, job, outcome.failure, generation, {
        jitter,
        wholeCall: true,
        slow: request !== undefined && isStuck(state, request),
      });
    case 'answered':
      return answered(tokenTrusted(state, generation), job, outcome.failures, {
        jitter,
        wholeCall: false,
        slow: false,
      });
    default:
      return outcome satisfies never;
  }
}

/** How a request failed, besides what it said. */
interface Circumstances {
  readonly jitter: number;
  /** The whole request failed rather than one environment's part of it. */
  readonly wholeCall: boolean;
  /** It took so long that others must not wait for the like of it again. */
  readonly slow: boolean;
}

function endRequest(state: State, job: PushJob): State {
  const ended = { ...state, requests: withoutEntry(state.requests, job.id) };
  return updateTargetsOf(ended, job.function, job.envs, (target) =>
    target.inFlight === job.id ? { ...target, inFlight: null, pushedAt: state.now } : target,
  );
}

function answered(
  state: State,
  job: PushJob,
  failures: readonly { readonly env: EnvId; readonly failure: Failure }[],
  how: Circumstances,
): State {
  const failed = new Map(failures.map(({ env, failure }) => [env, failure]));
  const accepted = job.envs.filter((env) => !failed.has(env));
  const recovered = accepted.some((env) => wasFailing(state, job, env));
  const taken = accept(state, job, accepted);
  const woken = recovered ? wakeAll(taken, accepted) : taken;
  return failures.reduce((next, { env, failure }) => failIn(next, job, env, failure, how), woken);
}

function wasFailing(state: State, job: PushJob, env: EnvId): boolean {
  const failed = state.functions.get(job.function)?.targets.get(env)?.failed;
  const passed = failed?.wholeCall === true && failed.failure.class === 'transient';
  return passed || state.envs.get(env)?.lane !== calmLane;
}

function callFailed(
  state: State,
  job: PushJob,
  failure: Failure,
  generation: number,
  how: Circumstances,
): State {
  const unsure = mayHaveHappened(failure) ? forgetLive(state, job) : state;
  switch (failure.class) {
    case 'token':
      return tokenRefused(unsure, failure, generation);
    case 'config':
      return holdForConfig(unsure, failure);
    case 'quota':
      return { ...unsure, quota: { failure, until: state.now + state.settings.waits.quotaMs } };
    case 'transient':
      return transient(unsure, job, failure, how);
    case 'busy':
    case 'function':
    case 'env':
    case 'missing':
    case 'unknown':
      return failEverywhere(unsure, job, failure, how);
    default:
      return failure.class satisfies never;
  }
}

function transient(state: State, job: PushJob, failure: Failure, how: Circumstances): State {
  const failed = failEverywhere(state, job, failure, how);
  return failure.origin === 'unreachable' ? wentOffline(failed, failure) : keepPeace(failed, failure);
}

function failEverywhere(state: State, job: PushJob, failure: Failure, how: Circumstances): State {
  return job.envs.reduce((next, env) => failIn(next, job, env, failure, how), state);
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
  return updateTargetsOf(state, job.function, job.envs, unknownLive);
}

function unknownLive(target: TargetState): TargetState {
  return { ...target, live: null, liveSince: null, verified: false, deploying: null, modTime: null };
}

/** One environment's failure of one function. */
function failIn(state: State, job: PushJob, env: EnvId, failure: Failure, how: Circumstances): State {
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
