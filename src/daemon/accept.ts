/** Code that somebody else deployed is taken as it is: by the running daemon for another process, or by that process alone. */
import { isAdoptable } from '../core/adopt.js';
import type { State } from '../core/state.js';
import { isSelected, type Selection, unmatchedOf } from '../functions/selection.js';
import type { Sync } from '../sync/sync.js';
import { steadyNow } from '../system/clock.js';
import type { Answer } from './protocol.js';

/** The targets that were taken as they are, and which functions that are gone are listed no more. */
export type Accepted = Pick<Extract<Answer, { say: 'accepted' }>, 'adopted' | 'dismissed'>;

/** Takes what is meant as it is, and says what that was. */
export async function serveAccept(
  sync: Sync,
  selection: Selection,
  say: (answer: Answer) => void,
): Promise<void> {
  await sync.discover();
  // Functions that are gone are known to the running program alone.
  const specs = [...sync.engine.state().functions.values()].map(({ spec }) => spec);
  const unmatched = unmatchedOf(selection, sync.config, specs);
  if (unmatched.length > 0) return say({ v: 1, say: 'unmatched', unmatched: [...unmatched] });
  say({ v: 1, say: 'accepted', ...accept(sync, selection) });
}

/** Takes what is meant as it is, in the core. */
export function accept({ engine }: Pick<Sync, 'engine'>, selection: Selection): Accepted {
  const accepted = meantBy(engine.state(), selection);
  const gone = accepted.dismissed.map((name) => ({ function: name, envs: null }));
  engine.dispatch({ type: 'adopt', at: steadyNow(), meant: [...accepted.adopted, ...gone] });
  return accepted;
}

/**
 * A function that is gone is dismissed only by name, and in all environments: somebody who accepts everything, or one environment,
 * thinks of what others deployed.
 */
function meantBy(state: State, { envIds, ...selection }: Selection): Accepted {
  const fns = [...state.functions.values()].filter(({ spec }) => isSelected(spec, { envIds, ...selection }));
  const gone = fns.filter(({ spec }) => spec.problem?.reason === 'gone');
  const adopted = fns.map((fn) => ({
    function: fn.spec.name,
    envs: [...fn.targets.values()]
      .filter((target) => (envIds.length === 0 || envIds.includes(target.env)) && isAdoptable(fn, target))
      .map(({ env }) => env),
  }));
  return {
    adopted: adopted.filter(
      ({ envs, function: name }) => envs.length > 0 && !gone.some(({ spec }) => spec.name === name),
    ),
    dismissed:
      envIds.length > 0
        ? []
        : gone.map(({ spec }) => spec.name).filter((name) => selection.names.includes(name)),
  };
}
