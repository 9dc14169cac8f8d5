/**
 * Where a target stands and what keeps it there. The scheduler sends what is `queued`; the screen, `status` and the
 * events show the rest: one function answers them all, so they cannot disagree.
 */
import type { ContentProblem, Failure, Hold, HoldReason } from '../model/nouns.js';
import { type EnvState, type FunctionState, headingOf, type State, type TargetState } from './state.js';

export type Phase =
  | { readonly kind: 'live'; readonly verified: boolean }
  | { readonly kind: 'sending' }
  /** Accepted by the cloud, not yet seen to run. */
  | { readonly kind: 'deploying'; readonly since: number }
  /** Tried, failed in a way that passes, to be tried again then. */
  | { readonly kind: 'waiting'; readonly until: number; readonly failure: Failure }
  /** Nothing keeps it but a free slot or the first look at its environment. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'held'; readonly hold: Hold };

/** The phase of one target. */
export function phaseOf(state: State, fn: FunctionState, target: TargetState): Phase {
  if (target.inFlight !== null) return { kind: 'sending' };
  if (isUpToDate(fn, target)) return upToDatePhase(state, target);
  return (
    contentHold(fn) ??
    foreignHold(state, fn, target) ??
    localHold(state, fn, target) ??
    refusalHold(state, fn, target) ??
    globalHold(state) ??
    failureWait(state, fn, target) ??
    environmentWait(state, target) ?? { kind: 'queued' }
  );
}

/** The cloud runs, or is about to run, what is on disk. */
export function isUpToDate(fn: FunctionState, target: TargetState): boolean {
  return fn.problem === null && fn.wanted !== null && headingOf(target) === fn.wanted && !target.forced;
}

/** Everything about a function is done: nothing to send, to follow, to read or to wait for. */
export function isSettled(fn: FunctionState): boolean {
  if (fn.scan !== 'idle' || fn.settlingSince !== null) return false;
  for (const target of fn.targets.values()) {
    if (target.inFlight !== null || target.deploying !== null || !isUpToDate(fn, target)) return false;
  }
  return true;
}

/** Something happens in the function's files, or they are being read. */
export function isSettling(fn: FunctionState): boolean {
  return fn.settlingSince !== null || fn.scan !== 'idle';
}

function upToDatePhase(state: State, target: TargetState): Phase {
  if (target.deploying === null) return { kind: 'live', verified: target.verified };
  const { acceptedAt, unverified } = target.deploying;
  const late = state.now - acceptedAt >= state.settings.waits.followForMs;
  return unverified || late ? held('unverified', 'target') : { kind: 'deploying', since: acceptedAt };
}

function contentHold(fn: FunctionState): Phase | null {
  if (fn.problem !== null) return heldBy(fn.problem);
  return null;
}

function heldBy(problem: ContentProblem): Phase {
  return {
    kind: 'held',
    hold: { reason: problem.reason, scope: 'function', problem, failure: null, subject: null },
  };
}

function held(
  reason: HoldReason,
  scope: Hold['scope'],
  failure: Failure | null = null,
  subject: string | null = null,
): Phase {
  return { kind: 'held', hold: { reason, scope, problem: null, failure, subject } };
}

/** Somebody else's deployment is ours to replace only after a change of our own, or when a person asks. */
function foreignHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  if (target.foreign === null || target.forced) return null;
  if (fn.wanted !== target.foreign.ours && state.settings.onForeignChange === 'warn') return null;
  return held('foreign', 'target', null, target.foreign.modTime);
}

function localHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  if (fn.wanted === null || isSettling(fn)) return held('settling', 'function');
  if (state.envs.get(target.env)?.spec.protected === true) return held('protected', 'env');
  if (state.paused) return held('paused', 'global');
  return gitHold(state, fn, target);
}

function gitHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  const repository = fn.spec.repository;
  const operation = repository === null ? undefined : state.gitOperations.get(repository);
  // It may stand for hours, and its owner may want to try what is there.
  if (operation !== undefined && !target.forced) return held('git-busy', 'function', null, operation);
  const since = repository === null ? undefined : state.git.get(repository);
  if (repository === null || since === undefined) return null;
  return state.now < since + state.settings.waits.gitLockMs ? held('git-busy', 'function') : null;
}

/** The cloud refused this content or this environment, and trying again would not help. */
function refusalHold(state: State, fn: FunctionState, target: TargetState): Phase | null {
  const blocked = state.envs.get(target.env)?.blocked ?? null;
  if (blocked !== null) return held('refused', 'env', blocked);
  const failed = target.failed;
  if (isMissingForGood(state, target)) return held('missing', 'target', failed?.failure ?? null);
  if (failed === null || failed.retryAt !== null || failed.fingerprint !== fn.wanted) return null;
  return held(failed.failure.class === 'missing' ? 'missing' : 'refused', 'target', failed.failure);
}

/** The list says that it is not there, and it is not ours to create. */
function isMissingForGood(state: State, target: TargetState): boolean {
  const listed = state.envs.get(target.env)?.contact === 'listed';
  return listed && target.presence === 'missing' && !state.settings.createMissing;
}

function globalHold(state: State): Phase | null {
  const { status, failure, problem } = state.token;
  if (status === 'rejected') return held('token', 'global', failure);
  if (status === 'unavailable') return held('token', 'global', null, problem);
  if (state.configFailure !== null) return held('config', 'global', state.configFailure);
  if (state.quota !== null && state.now < state.quota.until)
    return held('quota', 'global', state.quota.failure);
  if (state.offline !== null) return held('offline', 'global', null, state.offline.detail);
  return null;
}

function failureWait(state: State, fn: FunctionState, target: TargetState): Phase | null {
  const failed = target.failed;
  if (failed === null || failed.retryAt === null) return null;
  const bound = failed.failure.class === 'transient' || failed.fingerprint === fn.wanted;
  if (!bound) return null;
  const until = failed.failure.class === 'busy' ? busyUntil(state, target, failed) : failed.retryAt;
  return state.now < until ? { kind: 'waiting', until, failure: failed.failure } : null;
}

/** A busy function is tried again once the cloud says Active, or, where it never does, after the longest deployment. */
function busyUntil(state: State, target: TargetState, failed: NonNullable<TargetState['failed']>): number {
  const retryAt = failed.retryAt ?? failed.since;
  const followed = state.envs.get(target.env)?.contact === 'listed';
  if (failed.activeSeen || !followed) return retryAt;
  return Math.max(retryAt, failed.since + state.settings.waits.followForMs);
}

function environmentWait(state: State, target: TargetState): Phase | null {
  const env = state.envs.get(target.env);
  if (env === undefined) return null;
  const peace = state.notBefore;
  const lane = env.lane;
  if (lane.failure !== null && lane.retryAt !== null && state.now < lane.retryAt) {
    return { kind: 'waiting', until: Math.max(lane.retryAt, peace ?? 0), failure: lane.failure };
  }
  return listingWait(state, env);
}

function listingWait(state: State, env: EnvState): Phase | null {
  if (env.contact !== 'failed' || env.listFailure === null || env.listRetryAt === null) return null;
  return state.now < env.listRetryAt
    ? { kind: 'waiting', until: env.listRetryAt, failure: env.listFailure }
    : null;
}
