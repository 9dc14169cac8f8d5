/** What a person asks for. */
import type { EventOf } from '../model/event.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { askForScan } from './disk.js';
import { askRefusedAgain } from './gateway.js';
import type { State, TargetState, TokenState } from './state.js';
import { mapValues, updateFunctions, updateTargets } from './update.js';

interface Meant {
  readonly function: FunctionName | null;
  readonly env: EnvId | null;
}

function isMeant(meant: Meant, name: FunctionName, { env }: TargetState): boolean {
  return (meant.function === null || meant.function === name) && (meant.env === null || meant.env === env);
}

/** Retry what failed, at once, whatever it waits for. A refused token is read again and tried even if unchanged. */
export function reduceRetry(state: State, event: EventOf<'retry'>): State {
  const envs = mapValues(state.envs, (env) => {
    if (event.env !== null && event.env !== env.spec.id) return env;
    return askRefusedAgain({ ...env, blocked: null, apart: null, listRetryAt: null }, state.now);
  });
  const { now } = state;
  const usable = state.token.status === 'ready';
  const token: TokenState = usable
    ? state.token
    : { ...state.token, status: 'unread', since: now, recheckAt: null };
  const offline = state.offline === null ? null : { ...state.offline, probeAt: now };
  const asked: State = { ...state, envs, token, offline, quota: null, configFailure: null, throttled: null };
  return updateTargets(readAnew(asked, event), (target, fn) =>
    target.failed !== null && isMeant(event, fn.spec.name, target) ? { ...target, failed: null } : target,
  );
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

/** Send even what is live, and over what somebody else deployed. */
export function reduceForce(state: State, event: EventOf<'force'>): State {
  return updateTargets(state, (target, fn) =>
    isMeant(event, fn.spec.name, target) ? { ...target, forced: true, failed: null } : target,
  );
}
