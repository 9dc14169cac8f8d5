/** A state seen through a keyhole: for whoever asks about some targets only. */
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { State } from './state.js';
import { Table } from './table.js';

/** Says which targets are meant. */
export type Wants = (name: FunctionName, env: EnvId) => boolean;

/** The state with the targets that are meant, and the functions that have any of them. */
export function narrowState(state: State, wants: Wants): State {
  const functions = [...state.functions].flatMap(([name, fn]) => {
    const targets = new Map([...fn.targets].filter(([env]) => wants(name, env)));
    return targets.size === 0 ? [] : [[name, { ...fn, targets }] as const];
  });
  return { ...state, functions: Table.of(functions) };
}
