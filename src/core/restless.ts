/**
 * The functions that the scheduler has to look at. Nearly always nearly all are at peace, and every event asks: what is known
 * of a function and of a whole map is kept with these very objects, which never change.
 */
import { isSettled } from './phase.js';
import type { FunctionState, State } from './state.js';

const peace = new WeakMap<FunctionState, boolean>();
const lists = new WeakMap<State['functions'], readonly FunctionState[]>();

/** Every function that is not settled, that has failed somewhere or that an environment lacks, in the state's order. */
export function restlessOf({ functions }: Pick<State, 'functions'>): readonly FunctionState[] {
  const known = lists.get(functions);
  if (known !== undefined) return known;
  const restless: FunctionState[] = [];
  for (const fn of functions.values()) if (!isAtPeace(fn)) restless.push(fn);
  lists.set(functions, restless);
  return restless;
}

function isAtPeace(fn: FunctionState): boolean {
  const known = peace.get(fn);
  if (known !== undefined) return known;
  const found = isSettled(fn) && ![...fn.targets.values()].some(isTroubled);
  peace.set(fn, found);
  return found;
}

function isTroubled({
  failed,
  presence,
}: {
  readonly failed: object | null;
  readonly presence: string;
}): boolean {
  return failed !== null || presence === 'missing';
}
