/** How a part of a function, its timers, is brought to environments that run its code, and what a failure of that means. */
import type { EventOf, PartJob } from '../model/event.js';
import type { EnvId, Failure, Fingerprint } from '../model/nouns.js';
import {
  holdForConfig,
  holdForQuota,
  keepPeace,
  tokenAccepted,
  tokenRefused,
  wentOffline,
} from './gateway.js';
import type { PartState, Request, State } from './state.js';
import { updateFunction, updateTargetsOf, withoutEntry } from './update.js';
import { blocked, nextFailure, noAnswer } from './upload.js';

function updatePart(
  state: State,
  { function: name, part }: PartJob,
  envs: readonly EnvId[],
  change: (part: PartState) => PartState,
): State {
  return updateTargetsOf(state, name, envs, (target) => {
    const next = change(target.parts[part]);
    return next === target.parts[part] ? target : { ...target, parts: { ...target.parts, [part]: next } };
  });
}

export function startPart(state: State, job: PartJob): State {
  const begun = { ...state, pushesSinceList: state.pushesSinceList + 1 };
  const marked = updatePart(begun, job, job.envs, (part) => ({ ...part, inFlight: job.id }));
  return updateTargetsOf(marked, job.function, job.envs, (target) =>
    target.urgent ? { ...target, urgent: false } : target,
  );
}

export function reducePartEnded(before: State, { job, outcome, jitter }: EventOf<'part-ended'>): State {
  const request = before.requests.get(job.id);
  // It was given up, or another endpoint took this one's place meanwhile.
  if (request === undefined) return before;
  const state = endPart(before, job);
  switch (outcome.type) {
    case 'not-sent':
      return wantPart(state, job, outcome.wanted);
    case 'failed':
      return partFailed(state, request, job, outcome.failure, jitter);
    case 'answered': {
      const failed = new Set(outcome.failures.map(({ env }) => env));
      const accepted = job.envs.filter((env) => !failed.has(env));
      const taken = updatePart(tokenAccepted(state, request.tokenGeneration), job, accepted, (part) => ({
        ...part,
        live: job.fingerprint,
        failed: null,
      }));
      return outcome.failures.reduce(
        (next, { env, failure }) => refusedIn(next, job, [env], failure, jitter),
        taken,
      );
    }
    default:
      return outcome satisfies never;
  }
}

function endPart(state: State, job: PartJob): State {
  const ended = { ...state, requests: withoutEntry(state.requests, job.id) };
  return updatePart(ended, job, job.envs, (part) =>
    part.inFlight === job.id ? { ...part, inFlight: null } : part,
  );
}

function wantPart(state: State, job: PartJob, wanted: Fingerprint | null): State {
  return updateFunction(state, job.function, (fn) => ({
    ...fn,
    wantedParts: { ...fn.wantedParts, [job.part]: wanted },
  }));
}

/** Requests that were waited for long enough, as in `giveUpUnanswered`. */
export function giveUpParts(before: State): State {
  let state = before;
  for (const request of before.requests.values()) {
    const { job, answerBy, startedAt } = request;
    if (job.type !== 'part' || answerBy === null || answerBy > state.now) continue;
    state = partFailed(endPart(state, job), request, job, noAnswer(state.now - startedAt), 0);
  }
  return state;
}

/** The whole request failed, or was given up. What it did nobody knows; sending it again does no harm. */
function partFailed(
  state: State,
  request: Pick<Request, 'tokenGeneration'>,
  job: PartJob,
  failure: Failure,
  jitter: number,
): State {
  switch (failure.class) {
    case 'token':
      return tokenRefused(state, failure, request.tokenGeneration);
    case 'config':
      return holdForConfig(state, failure);
    case 'quota':
      return holdForQuota(state, failure);
    case 'env':
    case 'transient':
    case 'busy':
    case 'function':
    case 'missing':
    case 'unknown': {
      const failed = refusedIn(state, job, job.envs, failure, jitter);
      return failure.origin === 'unreachable' ? wentOffline(failed, failure) : keepPeace(failed, failure);
    }
    default:
      return failure.class satisfies never;
  }
}

function refusedIn(
  state: State,
  job: PartJob,
  envs: readonly EnvId[],
  failure: Failure,
  jitter: number,
): State {
  const isShared = envs.length > 1;
  const isEnvs = !isShared && ['env', 'token', 'config', 'quota'].includes(failure.class);
  const [only] = envs;
  if (isEnvs && only !== undefined) return blocked(state, only, failure);
  return updatePart(state, job, envs, (part) => ({
    ...part,
    live: null,
    failed: nextFailure(state, part.failed, job.fingerprint, failure, { jitter, isShared }),
  }));
}
