/** Which targets are held and why, reported when it begins or when the reason changes. */

import { isSettled, phaseOf } from '../core/phase.js';
import { restlessOf } from '../core/restless.js';
import type { FunctionState, State } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, Hold } from '../model/nouns.js';
import { describeHold, type Reader } from './describe.js';
import type { Language } from './language.js';

/** Remembers which holds were reported, function by function, and reports what is new. */
export function createHeldFacts(): (after: State, before: State, reader: Reader) => Fact[] {
  const reported = new Map<FunctionName, ReadonlyMap<EnvId | null, string>>();

  const report = (name: FunctionName, holds: ReadonlyMap<EnvId | null, Hold>, reader: Reader): Fact[] => {
    const earlier = reported.get(name);
    const facts: Fact[] = [];
    const now = new Map<EnvId | null, string>();
    for (const [env, hold] of holds) {
      const key = `${hold.reason} ${hold.failure?.message ?? ''} ${hold.subject ?? ''}`;
      now.set(env, key);
      if (earlier?.get(env) === key) continue;
      const explained = describeHold(hold, reader, { function: name, env });
      facts.push({ event: 'held', function: name, env, reason: hold.reason, ...explained });
    }
    if (now.size > 0) reported.set(name, now);
    else reported.delete(name);
    return facts;
  };

  /** New holds and holds whose reason changed. A quiet time is not worth reporting: every save has one. */
  return (after, before, reader) => {
    const all = globalsDiffer(after, before);
    const facts: Fact[] = [];
    for (const fn of restlessOf(after)) {
      const { name } = fn.spec;
      if (!all && before.functions.get(name) === fn && !reported.has(name)) continue;
      facts.push(...report(name, holdsOf(after, fn), reader));
    }
    for (const name of reported.keys()) {
      const fn = after.functions.get(name);
      if (fn !== undefined && isSettled(fn)) reported.delete(name);
    }
    return facts;
  };
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
  const hold: Hold = { reason: 'root-gone', scope: 'global', problem, failure: null, subject: null };
  return {
    event: 'held',
    function: null,
    env: null,
    reason: 'root-gone',
    ...describeHold(hold, { language, place: 'lines' }),
  };
}

/** A function's holds: one that is the function's, or that holds all its environments alike, has env null. */
function holdsOf(state: State, fn: FunctionState): ReadonlyMap<EnvId | null, Hold> {
  const holds = new Map<EnvId | null, Hold>();
  for (const target of fn.targets.values()) {
    const phase = phaseOf(state, fn, target);
    if (phase.kind !== 'held' || phase.hold.reason === 'settling') continue;
    holds.set(phase.hold.scope === 'function' ? null : target.env, phase.hold);
  }
  const all = [...holds.values()];
  const [first] = all;
  const alike = first?.scope === 'global' && all.every(({ reason }) => reason === first.reason);
  return alike && all.length === fn.targets.size ? new Map([[null, first]]) : holds;
}
