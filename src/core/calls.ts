/** Calls of functions with saved events: whom they call, and when one may begin. They never go before an upload that is ready. */
import type { EnvId, Fingerprint, FunctionName } from '../model/nouns.js';
import { isAtPeace } from './agenda.js';
import { phaseOf } from './phase.js';
import { rateOpensAt } from './requests.js';
import { isSettling, type State } from './state.js';

/** Whether the rate lets a request begin now that no upload wants. */
export function mayCallNow(state: State): boolean {
  const opensAt = rateOpensAt(state);
  return opensAt !== null && opensAt <= state.now && !isUploadReady(state);
}

function isUploadReady(state: State): boolean {
  for (const fn of state.functions.values()) {
    if (isAtPeace(fn, state.settings)) continue;
    for (const target of fn.targets.values()) if (phaseOf(state, fn, target).kind === 'queued') return true;
  }
  return false;
}

/** The content that is live in a target and is about to stay; null: nothing is, or it is about to be replaced. */
export function restingLive(state: State, name: FunctionName, env: EnvId): Fingerprint | null {
  const fn = state.functions.get(name);
  const target = fn?.targets.get(env);
  if (fn === undefined || target === undefined || isSettling(fn)) return null;
  const phase = phaseOf(state, fn, target);
  // A content that a person went back to stays as well.
  const isUndone = phase.kind === 'held' && phase.hold.reason === 'undone';
  return phase.kind === 'live' || isUndone ? target.live : null;
}
