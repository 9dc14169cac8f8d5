/** What an environment says it runs. */

import type { CloudFunction, EventOf, ListJob, ListOutcome } from '../model/event.js';
import type { Deployment, Failure, Waits } from '../model/nouns.js';
import { adriftIsOver, isAdrift, isThreatened } from './adrift.js';
import { backoffMs } from './backoff.js';
import { unknownLive } from './fail.js';
import {
  holdForConfig,
  keepPeace,
  tokenProven,
  tokenRefused,
  wakeAll,
  wentOffline,
} from './reduce-gateway.js';
import type { EnvState, Request, State, TargetState } from './state.js';
import { updateEnv, withEntry, withoutEntry } from './update.js';

export function reduceListEnded(before: State, event: EventOf<'list-ended'>): State {
  const { job, outcome, jitter } = event;
  const { state, request } = endListing(before, job);
  // As for a push: an answer from an endpoint that is not ours any more.
  if (request === null) return state;
  const generation = request.tokenGeneration;
  if (!outcome.ok) return listFailed(state, job, outcome.failure, generation, jitter);
  const startedAt = event.startedAt;
  const recovered = (state.envs.get(job.env)?.listFailures ?? 0) > 0;
  const listed = updateEnv(tokenProven(state, generation), job.env, (env) =>
    listedEnv(env, startedAt, outcome.whole),
  );
  return observe(recovered ? wakeAll(listed) : listed, job, outcome, startedAt);
}

function endListing(state: State, job: ListJob): { state: State; request: Request | null } {
  const found = [...state.requests].find(
    ([, { job: other }]) => other.type === 'list' && other.env === job.env,
  );
  const ended = updateEnv(state, job.env, (env) => ({ ...env, listing: false }));
  if (found === undefined) return { state: ended, request: null };
  return { state: { ...ended, requests: withoutEntry(ended.requests, found[0]) }, request: found[1] };
}

function listedEnv(env: EnvState, startedAt: number, listedWhole: boolean): EnvState {
  const calm = { listFailures: 0, listRetryAt: null, listFailure: null };
  return { ...env, ...calm, contact: 'listed', listedAt: Math.max(env.listedAt, startedAt), listedWhole };
}

// ---------------------------------------------------------------- no list

/** Refusals that mean "this account may not list", not "nothing works" (cloud-api.md, Errors: config). */
const notPermitted = new Set([48001, 48004, 50001, 50002, 61007]);
/** Other refusals are believed after so many tries: a gateway may stumble over one. */
const refusalTries = 2;

function listFailed(state: State, job: ListJob, failure: Failure, generation: number, jitter: number): State {
  if (failure.class === 'token') return tokenRefused(state, failure, generation);
  if (failure.class === 'quota') {
    return { ...state, quota: { failure, until: state.now + state.settings.waits.quotaMs } };
  }
  if (failure.class === 'env') return updateEnv(state, job.env, (env) => ({ ...env, blocked: failure }));
  if (failure.errcode !== null && notPermitted.has(failure.errcode))
    return refuseListing(state, job, failure);
  if (failure.class === 'config') return holdForConfig(state, failure);
  return listStumbled(state, job, failure, jitter);
}

function listStumbled(state: State, job: ListJob, failure: Failure, jitter: number): State {
  const env = state.envs.get(job.env);
  const failures = (env?.listFailures ?? 0) + 1;
  if (failure.class !== 'transient' && failures >= refusalTries) return refuseListing(state, job, failure);
  const wait = Math.max(backoffMs(failures, jitter, state.settings.waits), failure.retryAfterMs ?? 0);
  const next = updateEnv(state, job.env, (known) => ({
    ...known,
    contact: known.contact === 'listed' ? 'listed' : 'failed',
    listFailures: failures,
    listRetryAt: state.now + wait,
    listFailure: failure,
  }));
  return failure.origin === 'unreachable' ? wentOffline(next, failure) : keepPeace(next, failure);
}

/** Uploads go on unverified, and what was being followed is taken for live. */
function refuseListing(state: State, job: ListJob, failure: Failure): State {
  const refused = updateEnv(state, job.env, (env) => ({ ...env, contact: 'refused', listFailure: failure }));
  return changeTargetsOf(refused, job.env, (target) =>
    target.deploying === null ? target : becomeLive(target, target.deploying, null, false, state.now),
  );
}

// ---------------------------------------------------------------- a list

function observe(
  state: State,
  job: ListJob,
  { functions, whole }: ListOutcome & { readonly ok: true },
  startedAt: number,
): State {
  const byName = new Map(functions.map((row) => [row.name, row]));
  return changeTargetsOf(state, job.env, (target, name) => {
    if (target.inFlight !== null || startedAt <= target.pushedAt) return target;
    const row = byName.get(name);
    if (row === undefined) return whole ? seenMissing(target, state) : target;
    return seen(target, row, startedAt, state);
  });
}

function changeTargetsOf(
  state: State,
  env: string,
  change: (target: TargetState, name: string) => TargetState,
): State {
  const functions = state.functions.map((fn) => {
    const target = fn.targets.get(env);
    if (target === undefined) return fn;
    const next = change(target, fn.spec.name);
    return next === target ? fn : { ...fn, targets: withEntry(fn.targets, env, next) };
  });
  return functions === state.functions ? state : { ...state, functions };
}

/** A function that was just created may be listed a moment later: until then it is followed. */
function seenMissing(target: TargetState, state: State): TargetState {
  if (target.deploying !== null) {
    const lost = state.now - target.deploying.acceptedAt >= state.settings.waits.followForMs;
    return lost ? missing(target) : target;
  }
  const next = awake(target);
  return next.presence === 'missing' && next.live === null ? next : missing(next);
}

function missing(target: TargetState): TargetState {
  const nothing = { live: null, liveSince: null, verified: false, modTime: null, seenModTime: null };
  return { ...target, ...nothing, presence: 'missing', deploying: null, foreign: null };
}

function seen(before: TargetState, row: CloudFunction, startedAt: number, state: State): TargetState {
  const same = before.presence === 'present' && before.seenModTime === row.modTime;
  const target = same ? before : { ...before, presence: 'present' as const, seenModTime: row.modTime };
  if (target.deploying !== null) return followed(target, target.deploying, row, startedAt, state);
  if (isResting(row.status)) return seenResting(target, row, startedAt, state.settings.waits);
  return target;
}

function isResting(status: string): boolean {
  return status === 'Active' || status.endsWith('Failed');
}

function isWorking(status: string): boolean {
  return status === 'Creating' || status === 'Updating' || status === 'Publishing';
}

/** Whatever kept the function busy is over: it rests, or it is not there at all. */
function awake(target: TargetState): TargetState {
  const { failed } = target;
  if (failed?.failure.class !== 'busy' || failed.activeSeen) return target;
  return { ...target, failed: { ...failed, activeSeen: true } };
}

function seenResting(before: TargetState, row: CloudFunction, startedAt: number, waits: Waits): TargetState {
  const target = awake(before);
  if (target.live === null) return seenForeignAgain(target, row);
  const adrift = isAdrift(target, startedAt, waits);
  const threatened = adrift && isThreatened(target);
  // What was overtaken may be carried out at any moment: its deployment is ours.
  if (target.modTime === null || (target.overtaken !== null && !threatened))
    return row.status === 'Active' ? { ...target, modTime: row.modTime } : target;
  if (target.modTime === row.modTime) return seenUnmoved(target, startedAt, waits);
  if (adrift) return seenCarriedOut(target, row);
  const foreign = { modTime: row.modTime, ours: target.live };
  return { ...target, live: null, liveSince: null, verified: false, modTime: null, foreign };
}

function seenUnmoved(target: TargetState, startedAt: number, waits: Waits): TargetState {
  const over = target.adrift !== null && adriftIsOver(target.adrift, startedAt, waits);
  return over ? { ...target, adrift: null } : target;
}

/**
 * An upload that broke was carried out after all. What runs is known only where it was the same, or the only one and failed.
 * There may be others: the looks go on.
 */
function seenCarriedOut(target: TargetState, row: CloudFunction): TargetState {
  const only = target.adrift?.fingerprint ?? null;
  const known = only !== null && (only === target.live || row.status !== 'Active');
  return known ? { ...target, modTime: row.modTime } : unknownLive(target);
}

function seenForeignAgain(target: TargetState, row: CloudFunction): TargetState {
  if (target.foreign === null || target.foreign.modTime === row.modTime) return target;
  return { ...target, foreign: { ...target.foreign, modTime: row.modTime } };
}

/**
 * Is the deployment done? cloud-api.md, States of a function: Active, and either Updating was seen, or mod_time differs from
 * before, or Active has stood for 3 s after the answer.
 */
function followed(
  target: TargetState,
  deploying: Deployment,
  row: CloudFunction,
  startedAt: number,
  state: State,
): TargetState {
  const { settledActiveMs, followForMs } = state.settings.waits;
  const differs = deploying.modTimeKnown && row.modTime !== deploying.modTimeBefore;
  const stood = startedAt - deploying.acceptedAt >= settledActiveMs;
  if (isResting(row.status) && (deploying.sawUpdating || differs || stood)) {
    if (row.status === 'Active') return becomeLive(target, deploying, row.modTime, true, state.now);
    return deploymentFailed(target, deploying, row, state.now);
  }
  const sawUpdating = deploying.sawUpdating || isWorking(row.status);
  const unverified = deploying.unverified || state.now - deploying.acceptedAt >= followForMs;
  if (sawUpdating === deploying.sawUpdating && unverified === deploying.unverified) return target;
  return { ...target, deploying: { ...deploying, sawUpdating, unverified } };
}

function becomeLive(
  target: TargetState,
  deploying: Deployment,
  modTime: string | null,
  verified: boolean,
  now: number,
): TargetState {
  return {
    ...awake(target),
    live: deploying.fingerprint,
    liveSince: now,
    verified,
    modTime,
    deploying: null,
  };
}

/** The old code goes on serving (cloud-api.md, States of a function), so what was live is live still. */
function deploymentFailed(
  target: TargetState,
  deploying: Deployment,
  row: CloudFunction,
  now: number,
): TargetState {
  const failure: Failure = {
    class: 'function',
    origin: 'deployment',
    errcode: null,
    httpStatus: null,
    message: row.statusReason === '' ? row.status : `${row.status}: ${row.statusReason}`,
    rid: row.rid ?? null,
    retryAfterMs: null,
  };
  return {
    ...target,
    modTime: row.modTime,
    deploying: null,
    failed: {
      failure,
      fingerprint: deploying.fingerprint,
      attempts: 1,
      retryAt: null,
      since: now,
      wholeCall: false,
      alone: false,
      activeSeen: false,
    },
  };
}
