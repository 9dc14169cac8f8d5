/** The facts that history takes from the scheduler's state: pure. */
import type { FunctionState, State, TargetState } from '../core/state.js';
import type { FunctionName } from '../model/nouns.js';
import type { Standing } from './runs.js';

/** The functions of which it is known since this event that something else runs somewhere. */
export function changedStandings(
  after: State,
  before: State,
): readonly { readonly name: FunctionName; readonly standings: readonly Standing[] }[] {
  if (after.functions === before.functions) return [];
  return [...after.functions.values()].flatMap((fn) => {
    const was = before.functions.get(fn.spec.name);
    if (was === undefined || was === fn) return [];
    const changed = [...fn.targets.values()].filter((target) => {
      const earlier = was.targets.get(target.env);
      return earlier !== undefined && earlier !== target && differs(target, earlier);
    });
    return changed.length === 0 ? [] : [{ name: fn.spec.name, standings: changed.map(standingOf) }];
  });
}

/** Everything that a state knows of a function. */
export function standingsOf(fn: FunctionState): readonly Standing[] {
  return [...fn.targets.values()].map(standingOf);
}

function differs(one: TargetState, other: TargetState): boolean {
  if (one.live !== other.live) return true;
  // Where content of ours runs, that is all: the first look at a start finds every function there, and changes nothing of its history.
  return one.live === null && (one.foreign !== other.foreign || one.presence !== other.presence);
}

function standingOf({ env, live, liveSince, foreign, presence, undone }: TargetState): Standing {
  if (live !== null)
    return {
      env,
      live: { fingerprint: live, since: liveSince ?? 0, undo: undone?.fingerprint === live },
      ended: null,
    };
  if (foreign !== null) return { env, live: null, ended: 'foreign' };
  return { env, live: null, ended: presence === 'missing' ? 'missing' : null };
}
