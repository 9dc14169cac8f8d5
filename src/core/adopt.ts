/**
 * A person's word that somebody else's code may stay: nothing is sent over it until our own content changes. The same word about
 * a function whose folder is gone takes it off the list.
 */
import type { EventOf } from '../model/event.js';
import type { FunctionName, FunctionSpec, LedgerEntry } from '../model/nouns.js';
import { entryOfAbsent, isPresent } from './remembered.js';
import { type FunctionState, isAdopted, type State, type TargetState, wantedIn } from './state.js';
import { updateTargetsOf, withEntry } from './update.js';

export function reduceAdopt(before: State, { meant }: EventOf<'adopt'>): State {
  return meant.reduce((state, { function: name, envs }) => {
    if (isGone(state, name)) return dismiss(state, name);
    const all = [...(state.functions.get(name)?.targets.keys() ?? [])];
    return updateTargetsOf(state, name, envs ?? all, (target, fn) => adopt(fn, target));
  }, before);
}

function isGone({ functions }: State, name: FunctionName): boolean {
  return functions.get(name)?.spec.problem?.reason === 'gone';
}

/** Somebody else's code runs there, as far as is known, and nothing of ours is on its way. */
export function isAdoptable(fn: FunctionState, target: TargetState): boolean {
  if (target.inFlight !== null || target.deploying !== null || fn.wanted === null) return false;
  if (fn.spec.problem?.reason === 'gone') return false;
  if (target.foreign !== null) return !isAdopted(fn, target);
  return target.presence === 'present' && target.live === null && !target.sent;
}

function adopt(fn: FunctionState, target: TargetState): TargetState {
  const ours = wantedIn(fn, target.env);
  if (ours === null || !isAdoptable(fn, target)) return target;
  const modTime = target.foreign?.modTime ?? target.seenModTime ?? '';
  return {
    ...target,
    foreign: { modTime, ours, adopted: true },
    // The content that a person went back to does not run there any more.
    undone: null,
    failed: null,
    forced: null,
    urgent: false,
  };
}

/** It is listed no more, now and after every start, until its folder is back. */
function dismiss(state: State, name: FunctionName): State {
  const fn = state.functions.get(name);
  if (fn === undefined) return state;
  const entries = [...fn.targets.values()].map((target): LedgerEntry => {
    return { ...entryOfAbsent(state, fn, target), dismissed: true };
  });
  // Environments that are not in the configuration now may come back as well.
  const elsewhere = (state.remembered.get(name) ?? []).filter((entry) => !isPresent(state, entry));
  return {
    ...state,
    functions: state.functions.without(name),
    remembered: withEntry(state.remembered, name, [...elsewhere, ...entries]),
  };
}

/** A function that is gone still, and that nobody wants to hear of. */
export function isDismissed(state: State, { name, problem }: FunctionSpec): boolean {
  if (problem?.reason !== 'gone') return false;
  return state.remembered.get(name)?.some(({ dismissed }) => dismissed === true) === true;
}
