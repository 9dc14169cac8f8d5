/**
 * A request that carries several environments and has no answer for long is overtaken: each environment is asked by itself, so
 * that one that hangs does not keep the others waiting for the time-out. The request is not aborted, since nobody knows what
 * it does; whatever it may have done is put in doubt when it ends.
 */

import type { PushJob, PushOutcome } from '../model/event.js';
import type { EnvId, Failure, Waits } from '../model/nouns.js';
import { accept } from './accept.js';
import { mayStillHappen, setAdrift } from './adrift.js';
import { failEverywhere, mayHaveHappened, unknownLive } from './fail.js';
import { headingOf, type Request, type State, type TargetState } from './state.js';
import { updateTargetsOf, withEntry } from './update.js';

const mib = 1024 * 1024;

/** The content goes onto the wire now: until when its answer is waited for; null: there are no others that could go on. */
export function overtakeAt(job: PushJob, zipBytes: number, now: number, waits: Waits): number | null {
  if (job.envs.length < 2) return null;
  return now + waits.overtakeMs + (zipBytes / mib) * waits.overtakeMsPerMib;
}

/** Overtakes every request that has been waited for long enough. */
export function overtakeLate(state: State): State {
  let next = state;
  for (const [id, request] of state.requests) {
    const { job } = request;
    if (job.type !== 'push' || request.overtakeAt === null || request.overtakeAt > state.now) continue;
    next = overtake(next, id, request, job);
  }
  return next;
}

function overtake(state: State, id: number, request: Request, job: PushJob): State {
  const marked = { ...request, overtakeAt: null, overtaken: true };
  const requests = withEntry(state.requests, id, marked);
  const envs = job.envs.filter((env) => targetOf(state, job, env)?.inFlight === id);
  const freed = updateTargetsOf({ ...state, requests }, job.function, envs, (target) => ({
    ...target,
    inFlight: null,
    overtaken: id,
  }));
  const others = { ...job, envs };
  const how = { jitter: 0, wholeCall: true, slow: true };
  return failEverywhere(freed, others, noAnswer(state.now - request.startedAt), how);
}

function noAnswer(ms: number): Failure {
  const message = `no answer within ${ms} ms`;
  const nothing = { errcode: null, httpStatus: null, rid: null, retryAfterMs: null };
  return { class: 'transient', origin: 'broken', message, ...nothing };
}

function targetOf(state: State, job: PushJob, env: EnvId): TargetState | undefined {
  return state.functions.get(job.function)?.targets.get(env);
}

/** It ended after all. Its targets have been sent something since, and nobody knows which of the two came first. */
export function endOvertaken(state: State, job: PushJob, outcome: PushOutcome): State {
  const took = environmentsThatTook(job, outcome);
  const late = updateTargetsOf(state, job.function, took, (target) => afterLate(state, target, job));
  if (outcome.type === 'failed' && mayStillHappen(outcome.failure)) return setAdrift(late, job, took);
  if (outcome.type !== 'answered') return late;
  const refused = took.filter((env) => isRefusedForIt(late, job, env));
  return accept(late, job, refused);
}

/** Where the request was, or may have been, carried out. */
function environmentsThatTook(job: PushJob, outcome: PushOutcome): readonly EnvId[] {
  switch (outcome.type) {
    case 'answered': {
      const failed = new Set(outcome.failures.map(({ env }) => env));
      return job.envs.filter((env) => !failed.has(env));
    }
    case 'failed':
      return mayHaveHappened(outcome.failure) ? job.envs : [];
    case 'not-sent':
      return [];
    default:
      return outcome satisfies never;
  }
}

/** The same content may have come twice, which only moves the cloud's time of it. Any other is in doubt. */
function afterLate(state: State, target: TargetState, job: PushJob): TargetState {
  const after = headingOf(target) === job.fingerprint ? { ...target, modTime: null } : unknownLive(target);
  if (target.inFlight === null) return after;
  const sent = state.requests.get(target.inFlight)?.job;
  const same = sent?.type === 'push' && sent.fingerprint === job.fingerprint;
  return { ...after, doubted: !same };
}

/** Asked by itself it was refused as busy: with this very content, which the cloud has accepted meanwhile. */
function isRefusedForIt(state: State, job: PushJob, env: EnvId): boolean {
  const target = targetOf(state, job, env);
  return (
    target?.inFlight === null &&
    headingOf(target) !== job.fingerprint &&
    target.failed?.failure.class === 'busy' &&
    target.failed.fingerprint === job.fingerprint
  );
}
