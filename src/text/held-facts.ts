/** Which targets are held and why, told when it begins or when the reason changes. */

import { phaseOf } from '../core/phase.js';
import { type FunctionState, isAtPeace, type State } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, Hold } from '../model/nouns.js';
import { describeHold } from './describe.js';
import type { Language } from './language.js';

export type Told = Map<FunctionName, ReadonlyMap<EnvId | null, string>>;

/** New holds, and holds whose reason changed. @param isTimely time passed: what was brief may not be so any more */
export function heldFacts(
  told: Told,
  after: State,
  before: State,
  language: Language,
  isTimely: boolean,
): Fact[] {
  const all = isTimely || globalsDiffer(after, before);
  // What is live by the ledger is held all the same until its environment was asked.
  const isAsked = [...after.envs.values()].every(({ contact }) => contact !== 'unlisted');
  const facts: Fact[] = [];
  for (const fn of after.functions.values()) {
    const { name } = fn.spec;
    if (isAsked && isAtPeace(fn)) told.delete(name);
    else if (all || before.functions.get(name) !== fn || told.has(name))
      facts.push(...tellHolds(told, name, holdsOf(after, fn), language));
  }
  return facts;
}

function tellHolds(
  told: Told,
  name: FunctionName,
  holds: ReadonlyMap<EnvId | null, Hold>,
  language: Language,
): Fact[] {
  const earlier = told.get(name);
  const facts: Fact[] = [];
  const now = new Map<EnvId | null, string>();
  for (const [env, hold] of holds) {
    const key = `${hold.reason} ${hold.failure?.message ?? ''} ${hold.subject ?? ''}`;
    now.set(env, key);
    if (earlier?.get(env) === key) continue;
    facts.push({
      event: 'held',
      function: name,
      env,
      reason: hold.reason,
      ...describeHold(hold, language, 'lines'),
    });
  }
  if (now.size > 0) told.set(name, now);
  else told.delete(name);
  return facts;
}

function globalsDiffer(after: State, before: State): boolean {
  return (
    after.token.status !== before.token.status ||
    after.token.failure !== before.token.failure ||
    after.token.problem !== before.token.problem ||
    after.envs !== before.envs ||
    after.offline !== before.offline ||
    after.quota !== before.quota ||
    after.configFailure !== before.configFailure ||
    after.paused !== before.paused ||
    after.git !== before.git ||
    after.settings !== before.settings
  );
}

/** A functions root that is not there from the start, and of which no function is known that could be held. */
export function lostRootFact(root: string, language: Language): Fact {
  const problem = { reason: 'root-gone', root } as const;
  const hold: Hold = {
    reason: 'root-gone',
    scope: 'global',
    problem,
    failure: null,
    subject: null,
    briefSince: null,
  };
  return {
    event: 'held',
    function: null,
    env: null,
    reason: 'root-gone',
    ...describeHold(hold, language, 'lines'),
  };
}

/** A quiet time is not: every save has one. Neither is a question that stands on the screen. */
function isWorthTelling({ now, settings }: State, { briefSince, subject, reason }: Hold): boolean {
  if (reason === 'protected' && subject === 'asked') return false;
  return briefSince === null || now >= briefSince + settings.waits.briefMs;
}

/** A function's holds: one that is the function's, or that holds all its environments alike, has env null. */
function holdsOf(state: State, fn: FunctionState): ReadonlyMap<EnvId | null, Hold> {
  const holds = new Map<EnvId | null, Hold>();
  for (const target of fn.targets.values()) {
    const phase = phaseOf(state, fn, target);
    if (phase.kind !== 'held' || !isWorthTelling(state, phase.hold)) continue;
    holds.set(phase.hold.scope === 'function' ? null : target.env, phase.hold);
  }
  const all = [...holds.values()];
  const [first] = all;
  const alike = first?.scope === 'global' && all.every(({ reason }) => reason === first.reason);
  return alike && all.length === fn.targets.size ? new Map([[null, first]]) : holds;
}
