/** Whether a run has come to rest, and what it then says: for `push`, `status` and the end of `watch`. */
import type { EnvId, Failure, FunctionName, Hold } from '../model/nouns.js';
import { isSettled, isSettling, type Phase, phaseOf } from './phase.js';
import type { FunctionState, State, TargetState } from './state.js';

export interface Standing {
  readonly function: FunctionName;
  readonly env: EnvId;
  readonly fn: FunctionState;
  readonly target: TargetState;
  readonly phase: Phase;
}

/** Every target with its phase, in the order of functions and environments. */
export function standings(state: State): Standing[] {
  return [...state.functions.values()].flatMap((fn) =>
    [...fn.targets.values()].map((target) => ({
      function: fn.spec.name,
      env: target.env,
      fn,
      target,
      phase: phaseOf(state, fn, target),
    })),
  );
}

/** Holds that end by themselves soon: a `push` waits for them. */
const passing = new Set(['git-busy', 'settling', 'offline']);

/** An operation of git goes on until somebody ends it. */
function isPassing({ reason, subject }: Hold): boolean {
  return passing.has(reason) && !(reason === 'git-busy' && subject !== null);
}

/** Nothing is going to change unless somebody does something. */
export function isAtRest(state: State): boolean {
  for (const fn of state.functions.values()) {
    if (!isSettled(fn) && !rests(state, fn)) return false;
  }
  return true;
}

function rests(state: State, fn: FunctionState): boolean {
  if (fn.spec.problem === null && isSettling(fn)) return false;
  return [...fn.targets.values()].every((target) => {
    const phase = phaseOf(state, fn, target);
    return phase.kind === 'live' || (phase.kind === 'held' && !isPassing(phase.hold));
  });
}

/** The exit codes of the contract, by what is not live. */
export function exitCodeOf(state: State): number {
  const codes = new Set(standings(state).map(({ phase }) => codeOfPhase(phase)));
  const order = [3, 2, 4, 6, 5, 1];
  return order.find((code) => codes.has(code)) ?? 0;
}

function codeOfPhase(phase: Phase): number {
  switch (phase.kind) {
    case 'live':
      return 0;
    case 'waiting':
      return phase.failure.class === 'busy' ? 1 : 5;
    case 'held':
      return codeOfHold(phase);
    case 'queued':
    case 'sending':
    case 'deploying':
      return 1;
    default:
      return phase satisfies never;
  }
}

function codeOfHold({ hold }: Extract<Phase, { kind: 'held' }>): number {
  switch (hold.reason) {
    case 'no-entry':
    case 'too-big':
    case 'bad-name':
    case 'unreadable':
    case 'outside-link':
    case 'link-loop':
    case 'clash':
    case 'build-failed':
    case 'root-gone':
    case 'gone':
      return 6;
    case 'token':
    case 'quota':
    case 'config':
      return 2;
    case 'untrusted':
      return 3;
    case 'missing':
      return 4;
    case 'offline':
      return 5;
    case 'refused':
      return hold.failure === null ? 1 : codeOfRefusal(hold.failure);
    case 'git-busy':
    case 'settling':
    case 'paused':
    case 'protected':
    case 'foreign':
    case 'unverified':
      return 1;
    default:
      return hold.reason satisfies never;
  }
}

/** Texts that say an environment does not exist, rather than that it may not be used (cloud-api.md, Errors). */
const noSuchEnvironment = /ResourceNotFound\.Namespace|can't find the env|env not exists|not found/i;

/** The exit code for what the cloud refused: an environment that is not there, one that may not be used, the rest. */
export function codeOfRefusal(failure: Failure): number {
  if (failure.origin === 'deployment') return 1;
  if (failure.class === 'env') return noSuchEnvironment.test(failure.message) ? 4 : 2;
  return 5;
}

export interface PendingTarget {
  readonly function: FunctionName;
  readonly env: EnvId;
  readonly reason: string;
}

/** What is not live, with a word why. */
export function pendingOf(state: State): PendingTarget[] {
  return standings(state)
    .filter(({ phase }) => phase.kind !== 'live')
    .map(({ function: name, env, phase }) => ({
      function: name,
      env,
      reason: phase.kind === 'held' ? phase.hold.reason : phase.kind,
    }));
}
