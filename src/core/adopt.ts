/**
 * A person's word that somebody else's code may stay: nothing is sent over it until our own content changes. The same word about
 * a function whose folder is gone takes it off the list.
 */
import type { EventOf } from '../model/event.js';
import type { FunctionName, FunctionSpec, LedgerEntry } from '../model/nouns.js';
import { entryOfAbsent } from './remembered.js';
import type { FunctionState, State, TargetState } from './state.js';
import { updateTargets, withEntry } from './update.js';

/** A function that is gone is taken off the list only where it is named. */
export function reduceAdopt(before: State, event: EventOf<'adopt'>): State {
  const state = event.function === null ? before : dismiss(before, event.function);
  return updateTargets(state, (target, fn) => {
    const isMeant = event.function === null || event.function === fn.spec.name;
    return isMeant && (event.env === null || event.env === target.env) ? adopt(fn, target) : target;
  });
}

/** Somebody else's code runs there, as far as is known, and nothing of ours is on its way. */
export function isAdoptable(fn: FunctionState, target: TargetState): boolean {
  if (target.inFlight !== null || target.deploying !== null || fn.wanted === null) return false;
  if (fn.spec.problem?.reason === 'gone') return false;
  if (target.foreign !== null) return target.foreign.ours !== fn.wanted || !target.foreign.adopted;
  return target.presence === 'present' && target.live === null && !target.sent;
}

function adopt(fn: FunctionState, target: TargetState): TargetState {
  if (fn.wanted === null || !isAdoptable(fn, target)) return target;
  const modTime = target.foreign?.modTime ?? target.seenModTime ?? '';
  return {
    ...target,
    foreign: { modTime, ours: fn.wanted, adopted: true },
    failed: null,
    forced: null,
    urgent: false,
  };
}

/** It is listed no more, now and after every start, until its folder is back. */
function dismiss(state: State, name: FunctionName): State {
  const fn = state.functions.get(name);
  if (fn?.spec.problem?.reason !== 'gone') return state;
  const entries = [...fn.targets.values()].map((target): LedgerEntry => {
    return { ...entryOfAbsent(state, fn, target), dismissed: true };
  });
  return {
    ...state,
    functions: state.functions.without(name),
    remembered: withEntry(state.remembered, name, entries),
  };
}

/** A function that is gone still, and that nobody wants to hear of. */
export function isDismissed(state: State, { name, problem }: FunctionSpec): boolean {
  if (problem?.reason !== 'gone') return false;
  return state.remembered.get(name)?.some(({ dismissed }) => dismissed === true) === true;
}
