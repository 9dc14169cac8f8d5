/** How an upload begins and ends. */

import type { EventOf, PushJob } from '../model/event.js';
import type { EnvId, Failure } from '../model/nouns.js';
import { accept } from './accept.js';
import { mayStillHappen, setAdrift } from './adrift.js';
import { type Circumstances, failEverywhere, failIn, forgetLive, mayHaveHappened } from './fail.js';
import { endOvertaken, overtakeAt } from './overtake.js';
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
import { calmLane, type State } from './state.js';
import { updateFunction, updateTargetsOf, withEntry, withoutEntry } from './update.js';

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
    sent: true,
    pushedAt: state.now,
    doubted: false,
  }));
}

export function reducePushSending(state: State, { job, zipBytes }: EventOf<'push-sending'>): State {
  const sending = updateFunction(state, job.function, (fn) => ({ ...fn, zipBytes }));
  const request = state.requests.get(job.id);
  if (request === undefined) return sending;
  const late = overtakeAt(job, zipBytes, state.now, state.settings.waits);
  return { ...sending, requests: withEntry(state.requests, job.id, { ...request, overtakeAt: late }) };
}

export function reducePushEnded(before: State, event: EventOf<'push-ended'>): State {
  const { job, outcome, jitter } = event;
  const request = before.requests.get(job.id);
  // Another endpoint took this one's place meanwhile: what the old one says is no news of the new one.
  if (request === undefined) return before;
  const generation = request.tokenGeneration;
  const state = endRequest(before, job);
  if (request.overtaken) return endOvertaken(state, job, outcome);
  switch (outcome.type) {
    case 'not-sent':
      return updateFunction(state, job.function, (fn) => applyScan(fn, outcome.scan, state.now));
    case 'failed':
      return callFailed(state, job, outcome.failure, generation, {
        jitter,
        wholeCall: true,
        slow: isStuck(state, request),
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

function endRequest(state: State, job: PushJob): State {
  const ended = { ...state, requests: withoutEntry(state.requests, job.id) };
  return updateTargetsOf(ended, job.function, job.envs, (target) => {
    if (target.overtaken === job.id) return { ...target, overtaken: null };
    return target.inFlight === job.id ? { ...target, inFlight: null, pushedAt: state.now } : target;
  });
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
  const forgotten = mayHaveHappened(failure) ? forgetLive(state, job) : state;
  const unsure = mayStillHappen(failure) ? setAdrift(forgotten, job, job.envs) : forgotten;
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
