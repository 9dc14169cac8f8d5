/** What a person asks for. */
import type { EventOf } from '../model/event.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { askForScan } from './reduce-local.js';
import { calmLane, type State, type TargetState, type TokenState } from './state.js';
import { mapValues, updateTargets, withFunction } from './update.js';

function meant(
  function_: FunctionName | null,
  env: EnvId | null,
  name: FunctionName,
  target: TargetState,
): boolean {
  return (function_ === null || function_ === name) && (env === null || env === target.env);
}

/** Try again what failed, at once, whatever it waits for. A refused token is read again and tried even if unchanged. */
export function reduceRetry(state: State, event: EventOf<'retry'>): State {
  const envs = mapValues(state.envs, (env) =>
    event.env === null || event.env === env.spec.id
      ? { ...env, blocked: null, lane: calmLane, listRetryAt: null }
      : env,
  );
  const usable = state.token.status === 'ready';
  const token: TokenState = usable ? state.token : { ...state.token, status: 'unread', recheckAt: null };
  const offline = state.offline === null ? null : { ...state.offline, probeAt: state.now };
  const asked: State = { ...state, envs, token, offline, quota: null, configFailure: null, notBefore: null };
  return updateTargets(readAnew(asked, event), (target, fn) =>
    target.failed !== null && meant(event.function, event.env, fn.spec.name, target)
      ? { ...target, failed: null }
      : target,
  );
}

/** What a build or the disk refused may have passed without a trace in the files. An environment alone has no content. */
function readAnew(state: State, { function: name, env }: EventOf<'retry'>): State {
  if (name === null && env !== null) return state;
  return [...state.functions.values()]
    .filter((fn) => fn.problem !== null && fn.spec.problem === null)
    .filter((fn) => name === null || name === fn.spec.name)
    .reduce((next, fn) => withFunction(next, askForScan(fn, 'retry', null, true)), state);
}

/** Send even what is live, and over what somebody else deployed. */
export function reduceForce(state: State, event: EventOf<'force'>): State {
  return updateTargets(state, (target, fn) =>
    meant(event.function, event.env, fn.spec.name, target)
      ? { ...target, forced: true, failed: null }
      : target,
  );
}

export function reduceAllow(state: State, { envs: allowed }: EventOf<'allow'>): State {
  const envs = mapValues(state.envs, (env) =>
    allowed.includes(env.spec.id) ? { ...env, spec: { ...env.spec, protected: false } } : env,
  );
  const asking = new Set([...state.asking].filter((env) => !allowed.includes(env)));
  return { ...state, envs, asking };
}
