/** What is worth remembering between runs. */
import type { LedgerEntry } from '../model/nouns.js';
import { isSettling } from './phase.js';
import type { FunctionState, State, TargetState } from './state.js';

/** Every target's entry, those of functions and environments that are gone included: they may come back. */
export function ledgerOf(state: State): readonly LedgerEntry[] {
  const present = [...state.functions.values()].flatMap((fn) => ledgerOfFunction(fn));
  const absent = [...state.remembered.values()].flat();
  return [...present, ...absent.filter((entry) => !isPresent(state, entry))];
}

/** Whether the state has the target that an entry is about. */
export function isPresent(state: State, entry: LedgerEntry): boolean {
  return state.functions.get(entry.function)?.targets.has(entry.env) === true;
}

function ledgerOfFunction(fn: FunctionState): readonly LedgerEntry[] {
  return [...fn.targets.values()].map((target) => entryOf(fn, target));
}

/** An upload may reach the cloud at any moment. */
export function isOnItsWay({ inFlight, overtaken }: TargetState): boolean {
  return inFlight !== null || overtaken !== null;
}

/** It was sent to, and nobody knows what it runs: the next start must not take it for somebody else's. */
export function isInDoubt({ sent, live, deploying, foreign }: TargetState): boolean {
  return sent && live === null && deploying === null && foreign === null;
}

/**
 * `sending` is noted from the first sign of a change on, so that it is on the disk before the request is on the wire: after
 * a crash the next start then knows too little rather than too much.
 */
export function entryOf(fn: FunctionState, target: TargetState): LedgerEntry {
  return {
    function: fn.spec.name,
    env: target.env,
    sending:
      isOnItsWay(target) ||
      isInDoubt(target) ||
      (isSettling(fn) && fn.wanted !== null && fn.problem === null),
    live: target.live,
    liveSince: target.liveSince,
    verified: target.verified,
    modTime: target.modTime,
    deploying: target.deploying,
    foreign: target.foreign,
    adrift: target.adrift,
  };
}
