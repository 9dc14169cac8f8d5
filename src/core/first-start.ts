/** The code that a first start would replace in the cloud: it is there, and this project has never sent it. */
import type { EnvId } from '../model/nouns.js';
import { lacksConsent } from './consent.js';
import { awaitsAnswer, globalHold, type Phase } from './phase.js';
import { type Standing, standings } from './standing.js';
import { type EnvState, isSettling, type State } from './state.js';

/** Every file is read, and every environment that is asked about was looked at, or cannot be now: that is asked about later. */
export function isFirstLookDone(state: State): boolean {
  return (
    isDiskRead(state) && [...state.asking].every((env) => isLookedAt(state, env) || !canBeAsked(state, env))
  );
}

/** Every file is read, and every environment was asked in this run what it has, or cannot be asked now. */
export function isCloudAsked(state: State): boolean {
  const isAsked = ({ spec, contact }: EnvState): boolean =>
    contact !== 'unlisted' || !canBeAsked(state, spec.id);
  return isDiskRead(state) && [...state.envs.values()].every(isAsked);
}

function isDiskRead(state: State): boolean {
  return [...state.functions.values()].every((fn) => fn.problem !== null || !isSettling(fn));
}

function canBeAsked(state: State, id: EnvId): boolean {
  const env = state.envs.get(id);
  if (env === undefined || env.blocked !== null || env.listFailure !== null) return false;
  const unable = globalHold(state);
  return unable === null || (unable.kind === 'held' && unable.hold.briefSince !== null);
}

/** The environments that wait for an answer and of which all is known that the question needs. */
export function lookedAt(state: State): EnvId[] {
  return [...state.asking].filter((env) => isLookedAt(state, env));
}

/** One that may not be listed never says more. Where this project has sent everything before, there is nothing to ask about. */
function isLookedAt(state: State, env: EnvId): boolean {
  const contact = state.envs.get(env)?.contact;
  if (contact === 'listed' || contact === 'refused') return true;
  return standings(state).every((standing) => standing.env !== env || isKnown(standing));
}

/** The targets in these environments that would be sent, are in the cloud, and were never sent by this project. */
export function overwrittenBy(state: State, envs: readonly EnvId[]): Standing[] {
  return standings(state).filter(({ env, phase, target }) => {
    return envs.includes(env) && target.presence === 'present' && !isKnown({ target }) && isToGo(phase);
  });
}

/** Those of them that a yes replaces: where a protected environment was refused, they stay whatever is answered. */
export function replacedBy(state: State, overwritten: readonly Standing[]): Standing[] {
  const answered = { ...state, asking: new Set<EnvId>() };
  return overwritten.filter(({ function: name, env }) => lacksConsent(answered, name, env) === null);
}

/** Something waits for an answer, and its environment is listed: the question comes, or stands. */
export function isAnswerAwaited(state: State): boolean {
  return standings(state).some(({ phase }) => isAsked(phase));
}

/** This project has sent to it, or what somebody else put there was adopted. */
function isKnown({ target }: Pick<Standing, 'target'>): boolean {
  return target.sent || target.foreign !== null;
}

/** Nothing is wrong with it: what else keeps it ends without another question. */
function isToGo(phase: Phase): boolean {
  if (phase.kind !== 'held') return phase.kind === 'queued' || phase.kind === 'waiting';
  const { problem, scope } = phase.hold;
  return isAsked(phase) || (problem === null && (scope === 'global' || scope === 'function'));
}

function isAsked(phase: Phase): boolean {
  return phase.kind === 'held' && awaitsAnswer(phase.hold);
}
