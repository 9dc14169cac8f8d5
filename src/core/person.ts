/** What a person asks for. */
import type { EventOf } from '../model/event.js';
import { type EnvId, type Fingerprint, type FunctionName, partNames, type Undone } from '../model/nouns.js';
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
 * Retry what failed, at once, whatever it waits for. A refused token is read again and tried even if unchanged. What keeps others
 * waiting as well is over for them only where all are asked for, or when what is asked for was accepted.
 */
export function reduceRetry(state: State, event: EventOf<'retry'>): State {
  const { now } = state;
  const ofEnvs = event.function === null;
  const envs = mapValues(state.envs, (env) => {
    if (event.env !== null && event.env !== env.spec.id) return env;
    const freed = ofEnvs ? { ...env, blocked: null, apart: null } : env;
    return askRefusedAgain({ ...freed, listRetryAt: null }, now);
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

/** What a build or the disk refused may have passed without a trace in the files. An environment alone has no content. */
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
  const steps = new Map(event.steps.map(({ env, fingerprint }) => [env, fingerprint]));
  return updateTargets(state, (target, fn) => {
    const fingerprint = steps.get(target.env);
    if (fingerprint === undefined || fn.spec.name !== event.function) return target;
    const asked = { ...target, undone: undoneBy(fingerprint, fn, target.env), failed: null };
    const isAway = target.foreign !== null || (fingerprint === null && target.undone !== null);
    const next = isAway ? { ...asked, forced: event.id } : asked;
    return { ...next, urgent: !isUpToDate(fn, next) };
  });
}

function undoneBy(fingerprint: Fingerprint | null, fn: FunctionState, env: EnvId): Undone | null {
  const isOnDisk = fn.problem === null && fingerprint === wantedIn(fn, env);
  return fingerprint === null || isOnDisk ? null : { fingerprint, against: fn.wanted };
}

/** Send even what is live, and over what somebody else deployed. */
export function reduceForce(state: State, event: EventOf<'force'>): State {
  return updateTargets(state, (target, fn) =>
    isMeant(event, fn.spec.name, target)
      ? { ...target, forced: event.id, undone: null, failed: null, parts: unknownParts(target.parts) }
      : target,
  );
}
