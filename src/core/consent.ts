/**
 * A person's permission to send where it is asked for: given for environments and functions, until it is revoked or the run ends.
 * It is never wider than it was given: an environment that is protected later was not part of it.
 */
import type { EventOf } from '../model/event.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { Consent, State } from './state.js';

/** Why nothing may be sent there without a person's word; null: it may. */
export function lacksConsent(state: State, name: FunctionName, env: EnvId): 'protected' | 'asked' | null {
  const asked = state.asking.has(env);
  if (!asked && !isProtected(state, env)) return null;
  const given = state.consents.some(
    ({ envs, functions }) => envs.has(env) && (functions === null || functions.has(name)),
  );
  if (given) return null;
  return asked ? 'asked' : 'protected';
}

/** Counts for what needs it now, and not for what may be protected later. */
export function reduceAllow(state: State, { id, envs, functions }: EventOf<'allow'>): State {
  const needed = envs.filter((env) => needsConsent(state, env));
  const consent: Consent = {
    id,
    envs: new Set(needed),
    functions: functions === null ? null : new Set(functions),
  };
  return { ...state, consents: [...state.consents.filter((other) => other.id !== id), consent] };
}

export function reduceRevoke(state: State, { id }: EventOf<'revoke'>): State {
  return { ...state, consents: state.consents.filter((consent) => consent.id !== id) };
}

/** A new configuration: what is protected since, and what needs nobody's word any more, was not or is no longer part of it. */
export function keepConsents(before: State, after: State): readonly Consent[] {
  const isKept = (env: EnvId): boolean => {
    const isProtectedSince = isProtected(after, env) && !isProtected(before, env);
    return needsConsent(after, env) && !isProtectedSince;
  };
  return before.consents.map((consent) => ({ ...consent, envs: new Set([...consent.envs].filter(isKept)) }));
}

function needsConsent(state: State, env: EnvId): boolean {
  return state.asking.has(env) || isProtected(state, env);
}

function isProtected(state: State, env: EnvId): boolean {
  return state.envs.get(env)?.spec.protected === true;
}
