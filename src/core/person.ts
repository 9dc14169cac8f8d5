/** The requests of a person. */
import type { EventOf } from '../model/event.js';
import {
  type EnvId,
  type Fingerprint,
  type ForeignCode,
  type FunctionName,
  partNames,
  type Undone,
} from '../model/nouns.js';
import { askForScan } from './disk.js';
import { askRefusedAgain } from './gateway.js';
import {
  type FunctionState,
  isPartDue,
  isUpToDate,
  type State,
  type TargetState,
  type TokenState,
  unknownParts,
  wantedIn,
  wantedOf,
  withoutFailures,
} from './state.js';
import { mapValues, updateFunctions, updateTargets } from './update.js';

interface Meant {
  readonly function: FunctionName | null;
  readonly env: EnvId | null;
}

function isMeant(meant: Meant, name: FunctionName, { env }: TargetState): boolean {
  return (meant.function === null || meant.function === name) && (meant.env === null || meant.env === env);
}

/**
 * Retry what failed, at once, whatever it waits for, and ask the environments what they run: others may have deployed. A refused token is read again and tried even if unchanged. What keeps others
 * waiting as well is over for them only where all are asked for, or when what is asked for was accepted.
 */
export function reduceRetry(state: State, event: EventOf<'retry'>): State {
  const { now } = state;
  const ofEnvs = event.function === null;
  const envs = mapValues(state.envs, (env) => {
    if (event.env !== null && event.env !== env.spec.id) return env;
    // No upload can put to the test one about which nobody has answered yet: its list has to.
    const freed = ofEnvs || state.asking.has(env.spec.id) ? { ...env, blocked: null, apart: null } : env;
    return askRefusedAgain({ ...freed, listRetryAt: null, lookAskedAt: now }, now);
  });
  const usable = state.token.status === 'ready';
  const token: TokenState = usable
    ? state.token
    : { ...state.token, status: 'unread', since: now, recheckAt: null };
  const offline = state.offline === null ? null : { ...state.offline, probeAt: now };
  const isAll = ofEnvs && event.env === null;
  const freed = isAll ? { quota: null, throttled: null } : {};
  const asked: State = { ...state, envs, token, offline, configFailure: null, ...freed };
  return updateTargets(readAnew(asked, event), (target, fn) => {
    if (!isMeant(event, fn.spec.name, target)) return target;
    const urgent =
      !isAll && (!isUpToDate(fn, target) || partNames.some((part) => isPartDue(fn, target, part)));
    const parts = withoutFailures(target.parts);
    const isSame = target.failed === null && urgent === target.urgent && parts === target.parts;
    return isSame ? target : { ...target, failed: null, urgent, parts };
  });
}

/** The trouble for which a build or the disk refused may have passed without a trace in the files. An environment alone has no content. */
function readAnew(state: State, { function: name, env }: EventOf<'retry'>): State {
  if (name === null && env !== null) return state;
  return updateFunctions(state, (fn) => {
    if (fn.problem === null || fn.spec.problem !== null || (name !== null && name !== fn.spec.name))
      return fn;
    return askForScan(fn, { cause: 'retry', savedAt: null, full: true }, state.now);
  });
}

/**
 * Go back to a content that was sent before, until the disk holds something else than now; or to what is on disk, where somebody went
 * back before. Somebody else's deployment is replaced.
 */
export function reduceUndo(state: State, event: EventOf<'undo'>): State {
  const steps = new Map(event.steps.map((step) => [step.env, step]));
  return updateTargets(state, (target, fn) => {
    const step = steps.get(target.env);
    if (step === undefined || fn.spec.name !== event.function) return target;
    // A new word takes the place of the last one.
    const forced = target.forced?.cause === 'undo' ? null : target.forced;
    const meant = { ...target, undone: undoneBy(step, fn), failed: null, forced };
    const asked = { ...meant, foreign: replacedBy(target, wantedOf(fn, meant)) };
    const isBack = asked.undone === null && target.undone !== null && !isUpToDate(fn, asked);
    const next: TargetState = isBack ? { ...asked, forced: { id: event.id, cause: 'undo' } } : asked;
    return { ...next, urgent: !isUpToDate(fn, next) };
  });
}

function replacedBy({ foreign }: TargetState, content: Fingerprint | null): ForeignCode | null {
  return foreign === null ? null : { ...foreign, replaceBy: content };
}

function undoneBy(
  { env, fingerprint, dressed }: EventOf<'undo'>['steps'][number],
  fn: FunctionState,
): Undone | null {
  const isOnDisk = fn.problem === null && fingerprint === wantedIn(fn, env);
  if (fingerprint === null || isOnDisk) return null;
  return { fingerprint, against: fn.wanted, ...(dressed === true ? { dressed } : {}) };
}

/** Send even what is live, and over what somebody else deployed. */
export function reduceForce(state: State, event: EventOf<'force'>): State {
  return updateTargets(state, (target, fn) =>
    isMeant(event, fn.spec.name, target)
      ? {
          ...target,
          forced: { id: event.id, cause: 'forced' as const },
          undone: null,
          failed: null,
          parts: unknownParts(target.parts),
        }
      : target,
  );
}
