/** How a part of a function, its timers, is brought to environments that run its code, and what a failure of that means. */
import type { EventOf, PartJob } from '../model/event.js';
import type { EnvId, Failure, Fingerprint } from '../model/nouns.js';
import { heedConnection, heldForAll, tokenAccepted } from './gateway.js';
import type { PartState, Request, State } from './state.js';
import { updateFunction, updateTargetsOf, withoutEntry } from './update.js';
import {
  acceptedOf,
  blocked,
  environmentsAccepted,
  mayStillHappen,
  nextFailure,
  noAnswer,
} from './upload.js';

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
      const accepted = acceptedOf(job, outcome.failures);
      const taken = acceptPart(tokenAccepted(state, request.tokenGeneration), request, job, accepted);
      return outcome.failures.reduce(
        (next, { env, failure }) => refusedIn(next, job, [env], failure, jitter),
        taken,
      );
    }
    default:
      return outcome satisfies never;
  }
}

/** A part that was accepted while an earlier request could still be carried out is sent again then: nobody can look. */
function acceptPart(state: State, { startedAt }: Request, job: PartJob, accepted: readonly EnvId[]): State {
  const targets = state.functions.get(job.function)?.targets;
  const hadFailed = accepted.some(
    (env) => targets?.get(env)?.parts[job.part].failed?.failure.class === 'transient',
  );
  const taken = updatePart(state, job, accepted, ({ unsureUntil, ...part }) => ({
    ...part,
    live: job.fingerprint,
    unsureUntil: unsureUntil !== null && startedAt >= unsureUntil ? null : unsureUntil,
    failed: null,
  }));
  return environmentsAccepted(taken, accepted, { startedAt, hadFailed });
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

export function giveUpPart(state: State, request: Request, job: PartJob): State {
  return partFailed(endPart(state, job), request, job, noAnswer(state.now - request.startedAt), 0);
}

/** The whole request failed, or was given up. */
function partFailed(before: State, request: Request, job: PartJob, failure: Failure, jitter: number): State {
  const state = mayStillHappen(failure) ? doubtPart(before, job) : before;
  const held = heldForAll(state, failure, request.tokenGeneration);
  return held ?? heedConnection(refusedIn(state, job, job.envs, failure, jitter), failure);
}

/** It may be carried out after what is sent next. */
function doubtPart(state: State, job: PartJob): State {
  const unsureUntil = state.now + state.settings.waits.unsureMs;
  return updatePart(state, job, job.envs, (part) => ({ ...part, live: null, unsureUntil }));
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
