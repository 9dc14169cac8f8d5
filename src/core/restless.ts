/**
 * The functions that the scheduler has to look at. Nearly always nearly all are at peace, and every event asks: what is known
 * of a function and of a whole map is kept with these very objects, which never change.
 */
import { isThreatened } from './adrift.js';
import { isSettled } from './phase.js';
import type { FunctionState, State } from './state.js';

const peace = new WeakMap<FunctionState, boolean>();
const lists = new WeakMap<State['functions'], readonly FunctionState[]>();

/**
 * Every function that is not settled, that has failed somewhere, that an environment lacks or that an upload is adrift to, in
 * the state's order.
 */
export function restlessOf({ functions }: Pick<State, 'functions'>): readonly FunctionState[] {
  const known = lists.get(functions);
  if (known !== undefined) return known;
  const restless: FunctionState[] = [];
  for (const fn of functions.values()) if (!isAtPeace(fn)) restless.push(fn);
  lists.set(functions, restless);
  return restless;
}

/**
 * Brings the list from one map to the next, in which only `fn` differs: else each event would go over all functions again.
 * A function that has just become restless has a place in the order that only the map knows.
 */
export function carryRestless(
  before: State['functions'],
  after: State['functions'],
  fn: FunctionState,
): void {
  const list = lists.get(before);
  if (list === undefined) return;
  const index = list.findIndex(({ spec }) => spec.name === fn.spec.name);
  const peaceful = isAtPeace(fn);
  if (index < 0 && !peaceful) return;
  if (index < 0) lists.set(after, list);
  else lists.set(after, peaceful ? list.toSpliced(index, 1) : list.with(index, fn));
}

function isAtPeace(fn: FunctionState): boolean {
  const known = peace.get(fn);
  if (known !== undefined) return known;
  const found =
    isSettled(fn) && ![...fn.targets.values()].some((target) => isTroubled(target) || isThreatened(target));
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
