/** How what is known is replaced: nothing is changed in place, and what stays the same stays the same object. */
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { EnvState, FunctionState, State, TargetState } from './state.js';

/** A copy of a map with one entry changed. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

/** A copy of a map with every value passed through `change`; the same map when none changed. */
export function mapValues<K, V>(map: ReadonlyMap<K, V>, change: (value: V, key: K) => V): ReadonlyMap<K, V> {
  let copy: Map<K, V> | null = null;
  for (const [key, value] of map) {
    const next = change(value, key);
    if (next === value) continue;
    copy ??= new Map(map);
    copy.set(key, next);
  }
  return copy ?? map;
}

/** The state with this function in the place of the one of its name. */
function withFunction(state: State, fn: FunctionState): State {
  return { ...state, functions: state.functions.with(fn.spec.name, fn) };
}

export function updateFunction(
  state: State,
  name: FunctionName,
  change: (fn: FunctionState) => FunctionState,
): State {
  const fn = state.functions.get(name);
  if (fn === undefined) return state;
  const next = change(fn);
  return next === fn ? state : withFunction(state, next);
}

/** Every function passed through `change`; the same state when none changed. */
export function updateFunctions(state: State, change: (fn: FunctionState) => FunctionState): State {
  const functions = state.functions.map(change);
  return functions === state.functions ? state : { ...state, functions };
}

export function updateEnv(state: State, id: EnvId, change: (env: EnvState) => EnvState): State {
  const env = state.envs.get(id);
  if (env === undefined) return state;
  const next = change(env);
  return next === env ? state : { ...state, envs: withEntry(state.envs, id, next) };
}

type ChangeTarget = (target: TargetState, fn: FunctionState) => TargetState;

/** One function's targets in these environments passed through `change`. */
export function updateTargetsOf(
  state: State,
  name: FunctionName,
  envs: readonly EnvId[],
  change: ChangeTarget,
): State {
  return updateFunction(state, name, (fn) => {
    const targets = mapValues(fn.targets, (target) =>
      envs.includes(target.env) ? change(target, fn) : target,
    );
    return targets === fn.targets ? fn : { ...fn, targets };
  });
}

/** Every target of an environment passed through `change`. */
export function updateTargetsIn(state: State, env: EnvId, change: ChangeTarget): State {
  return updateFunctions(state, (fn) => {
    const target = fn.targets.get(env);
    if (target === undefined) return fn;
    const next = change(target, fn);
    return next === target ? fn : { ...fn, targets: withEntry(fn.targets, env, next) };
  });
}

/** Every target passed through `change`. */
export function updateTargets(state: State, change: ChangeTarget): State {
  return updateFunctions(state, (fn) => {
    const targets = mapValues(fn.targets, (target) => change(target, fn));
    return targets === fn.targets ? fn : { ...fn, targets };
  });
}
