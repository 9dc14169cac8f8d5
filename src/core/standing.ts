/** Where all targets stand together: whether everything is done, what is not live, and which exit code that is. */
import type { EnvId, Failure, FunctionName, Hold, HoldReason } from '../model/nouns.js';
import { notPermitted } from './listing.js';
import { awaitsAnswer, type Phase, phaseOf } from './phase.js';
import type { FunctionState, State, TargetState } from './state.js';

export interface Standing {
  readonly function: FunctionName;
  readonly env: EnvId;
  readonly fn: FunctionState;
  readonly target: TargetState;
  readonly phase: Phase;
}

/** Says which targets are meant. */
export type Wants = (name: FunctionName, env: EnvId) => boolean;

const all: Wants = () => true;

/** Every target that is meant with its phase, in the order of functions and environments. */
export function standings(state: State, wants = all): Standing[] {
  const found: Standing[] = [];
  for (const fn of state.functions.values()) {
    const { name } = fn.spec;
    for (const target of fn.targets.values()) {
      const { env } = target;
      if (wants(name, env))
        found.push({ function: name, env, fn, target, phase: phaseOf(state, fn, target) });
    }
  }
  return found;
}

/** Holds that end by themselves, or that something is being done about: a `push` waits for them. */
const passing: ReadonlySet<HoldReason> = new Set([
  'settling',
  'building',
  'offline',
  'unlisted',
  'throttled',
]);

/** An operation of git lasts until somebody ends it. */
function isPassing({ reason, subject, briefSince }: Hold): boolean {
  if (reason === 'git-busy') return subject === null;
  return passing.has(reason) || briefSince !== null;
}

/** Nothing is going to change unless somebody does something. */
export function isAtRest(state: State, wants = all): boolean {
  // Every event of a `push` asks: nearly always something is on its way, and finding that costs little next to a thousand phases.
  if (isBusy(state, wants)) return false;
  for (const fn of state.functions.values())
    for (const target of fn.targets.values())
      if (wants(fn.spec.name, target.env) && !rests(phaseOf(state, fn, target))) return false;
  return true;
}

/** A request is on its way, or content is being read: what cannot be sent as it is may be found to be better. */
function isBusy(state: State, wants: Wants): boolean {
  for (const fn of state.functions.values())
    for (const target of fn.targets.values())
      if ((target.inFlight !== null || fn.scan.since !== null) && wants(fn.spec.name, target.env))
        return true;
  return false;
}

function isUndone(phase: Phase): boolean {
  return phase.kind === 'held' && phase.hold.reason === 'undone';
}

function rests(phase: Phase): boolean {
  if (phase.kind === 'live') return phase.asked;
  if (phase.kind === 'adopted') return true;
  return phase.kind === 'held' && !isPassing(phase.hold);
}

/**
 * The exit codes of docs/configuration.md, by what is not live.
 * @param isBack what was gone back to is what was asked for, and no fault
 */
export function exitCodeOf(state: State, wants = all, isBack = false): number {
  const asked = standings(state, wants).filter(({ phase }) => !isBack || !isUndone(phase));
  return worstOf(asked.map(({ phase }) => codeOfPhase(phase)));
}

/** Of several exit codes the one that counts; 0 where all are 0. */
export function worstOf(codes: readonly number[]): number {
  return [3, 2, 4, 6, 5, 1].find((code) => codes.includes(code)) ?? 0;
}

function codeOfPhase(phase: Phase): number {
  switch (phase.kind) {
    case 'live':
      // The cloud takes uploads and does not say what it runs.
      return phase.asked ? 0 : 5;
    case 'adopted':
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
    case 'cannot-run':
    case 'secret':
    case 'root-gone':
    case 'gone':
      return 6;
    case 'config':
      return codeOfConfig(hold.failure);
    case 'token':
    case 'quota':
      return 2;
    case 'untrusted':
      return 3;
    case 'missing':
      return 4;
    case 'offline':
    case 'throttled':
      return 5;
    case 'unlisted':
      return hold.failure === null ? 1 : 5;
    case 'refused':
      return hold.failure === null ? 1 : codeOfRefusal(hold.failure);
    case 'git-busy':
    case 'settling':
    case 'building':
    case 'paused':
    case 'protected':
    case 'foreign':
    case 'unverified':
    case 'undone':
      return 1;
    default:
      return hold.reason satisfies never;
  }
}

/** A permission that the account lacks, or a configuration that the cloud will not have. */
function codeOfConfig(failure: Failure | null): number {
  return failure !== null && failure.errcode !== null && notPermitted.has(failure.errcode) ? 2 : 3;
}

/** Texts that say an environment does not exist, rather than that it may not be used (docs/cloud-api.md, "Errors"). */
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

/** The targets that are not live, with a word why. One that was adopted is as it should be. */
export function pendingOf(state: State, wants = all): PendingTarget[] {
  return standings(state, wants)
    .filter(({ phase }) => phase.kind !== 'live' && phase.kind !== 'adopted')
    .map(({ function: name, env, phase }) => ({
      function: name,
      env,
      reason: reasonOf(phase),
    }));
}

/** A question that waits for its answer says nothing about protection. */
function reasonOf(phase: Phase): string {
  if (phase.kind !== 'held') return phase.kind;
  return awaitsAnswer(phase.hold) ? 'asked' : phase.hold.reason;
}
