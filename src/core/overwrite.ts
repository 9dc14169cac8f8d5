/** What a first start would replace in the cloud: code that is there and that this project has never sent. */
import type { EnvId } from './model.js';
import { isSettling } from './phase.js';
import { type Standing, standings } from './rest.js';
import type { State } from './state.js';

/** Everything is known that the question needs: every file is read and every environment was asked, or cannot be. */
export function isFirstLookDone(state: State): boolean {
  for (const fn of state.functions.values()) if (fn.spec.problem === null && isSettling(fn)) return false;
  const { status } = state.token;
  if (status === 'rejected' || status === 'unavailable' || state.configFailure !== null) return true;
  if (state.offline !== null || state.quota !== null) return true;
  return [...state.envs.values()].every(
    (env) => env.contact !== 'unlisted' || env.blocked !== null || isKnownToUs(state, env.spec.id),
  );
}

/** This project has sent all its functions there before: whatever the environment says, there is nothing to ask about. */
function isKnownToUs(state: State, env: EnvId): boolean {
  return standings(state).every((standing) => standing.env !== env || standing.target.sent);
}

/** The targets that would be sent, are in the cloud, and were never sent by this project. */
export function overwrittenBy(state: State): Standing[] {
  return standings(state).filter(({ phase, target }) => {
    return phase.kind === 'queued' && target.presence === 'present' && !target.sent;
  });
}
