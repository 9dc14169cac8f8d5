/** What a first start would replace in the cloud: code that is there and that this project has never sent. */
import type { EnvId } from './model.js';
import { isSettling, type Phase } from './phase.js';
import { type Standing, standings } from './rest.js';
import type { EnvState, State } from './state.js';

/** Every file is read, and every environment was asked, or cannot be now: what it holds is asked about later. */
export function isFirstLookDone(state: State): boolean {
  if (!isRead(state)) return false;
  const { status } = state.token;
  if (status === 'rejected' || status === 'unavailable' || state.configFailure !== null) return true;
  if (state.offline !== null || state.quota !== null) return true;
  return awaited(state).every(
    (env) => env.contact !== 'unlisted' || env.blocked !== null || answers(state, env),
  );
}

/** The environments that wait for an answer and of which all is known that the question needs. */
export function lookedAt(state: State): EnvId[] {
  if (!isRead(state)) return [];
  return awaited(state)
    .filter((env) => answers(state, env))
    .map(({ spec }) => spec.id);
}

function awaited({ envs, asking }: State): EnvState[] {
  return [...envs.values()].filter(({ spec }) => asking.has(spec.id));
}

function isRead(state: State): boolean {
  return [...state.functions.values()].every((fn) => fn.spec.problem !== null || !isSettling(fn));
}

/** One that may not be listed never says more. */
function answers(state: State, { contact, spec }: EnvState): boolean {
  return contact === 'listed' || contact === 'refused' || isKnownToUs(state, spec.id);
}

/** This project has sent all its functions there before: whatever the environment says, there is nothing to ask about. */
function isKnownToUs(state: State, env: EnvId): boolean {
  return standings(state).every((standing) => standing.env !== env || standing.target.sent);
}

/** The targets in these environments that would be sent, are in the cloud, and were never sent by this project. */
export function overwrittenBy(state: State, envs: readonly EnvId[]): Standing[] {
  return standings(state).filter(({ env, phase, target }) => {
    return envs.includes(env) && target.presence === 'present' && !target.sent && isToGo(phase);
  });
}

/** Nothing of its own keeps it: what keeps everything ends without another question. */
function isToGo(phase: Phase): boolean {
  if (phase.kind !== 'held') return phase.kind === 'queued' || phase.kind === 'waiting';
  return phase.hold.scope === 'global' || phase.hold.reason === 'git-busy';
}
