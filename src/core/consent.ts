/**
 * A person's permission to send where it is asked for: given for environments and functions, until it is revoked or the run ends.
 * It is never wider than it was given: what is protected, or asked about, only later was not part of it.
 */
import type { EventOf, PushJob } from '../model/event.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { Consent, State } from './state.js';
import { updateTargets } from './update.js';

/** Why nothing may be sent there without a person's word; null: it may. */
export function lacksConsent(state: State, name: FunctionName, env: EnvId): 'protected' | 'asked' | null {
  const isGiven = (covers: (consent: Consent) => boolean): boolean =>
    state.consents.some(
      (consent) => covers(consent) && (consent.functions === null || consent.functions.has(name)),
    );
  if (state.asking.has(env) && !isGiven(({ answers }) => answers.has(env))) return 'asked';
  return isProtected(state, env) && !isGiven(({ envs }) => envs.has(env)) ? 'protected' : null;
}

/** Whether what was to be sent may be still: it was packed meanwhile, which takes as long as its files are large. */
export function mayStillGo(
  state: State,
  { function: name, envs }: Pick<PushJob, 'function' | 'envs'>,
): boolean {
  const targets = state.functions.get(name)?.targets;
  const isWanted = (env: EnvId): boolean =>
    targets?.has(env) === true && lacksConsent(state, name, env) === null;
  return !state.paused && envs.every(isWanted);
}

export function reduceAllow(state: State, { id, envs, functions }: EventOf<'allow'>): State {
  const consent: Consent = {
    id,
    envs: new Set(envs.filter((env) => isProtected(state, env))),
    answers: new Set(envs),
    functions: functions === null ? null : new Set(functions),
  };
  return { ...state, consents: [...state.consents.filter((other) => other.id !== id), consent] };
}

export function reduceRevoke(state: State, { id }: EventOf<'revoke'>): State {
  const revoked = { ...state, consents: state.consents.filter((consent) => consent.id !== id) };
  return updateTargets(revoked, (target) =>
    target.forced?.id === id ? { ...target, forced: null } : target,
  );
}

/** Another question may be about the same environments. */
export function reduceAsk(state: State, event: EventOf<'ask'>): State {
  const asking = new Set(event.asking);
  const consents = state.consents.map((consent) => ({
    ...consent,
    answers: intersection(consent.answers, (env) => asking.has(env) && state.asking.has(env)),
  }));
  return { ...state, asking, consents };
}

/** A new configuration: an environment that is not protected now has to be asked about should it be protected again. */
export function withConsents(state: State): State {
  const consents = state.consents.map((consent) => ({
    ...consent,
    envs: intersection(consent.envs, (env) => isProtected(state, env)),
  }));
  return { ...state, consents };
}

function intersection(envs: ReadonlySet<EnvId>, isIn: (env: EnvId) => boolean): ReadonlySet<EnvId> {
  return new Set([...envs].filter(isIn));
}

function isProtected(state: State, env: EnvId): boolean {
  return state.envs.get(env)?.spec.protected === true;
}
