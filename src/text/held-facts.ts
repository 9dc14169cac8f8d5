/** Which targets are held and why, reported when it begins or when the reason changes. */

import { isAtPeace } from '../core/agenda.js';
import { phaseOf } from '../core/phase.js';
import type { FunctionState, State } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, Hold } from '../model/nouns.js';
import { describeHold, type Reader } from './describe.js';
import type { Language } from './language.js';

/** Remembers which holds were reported, function by function, and reports what is new. */
export function createHeldFacts(): (after: State, before: State, reader: Reader) => Fact[] {
  const reported = new Map<FunctionName, ReadonlyMap<EnvId | null, string>>();
  /** When the first of the holds that are not worth reporting yet will be. */
  let dueAt = Number.POSITIVE_INFINITY;
  /** A quiet time is not: every save has one. Neither is a question that stands on the screen. */
  const isWorthReporting = ({ now, settings }: State, { briefSince, subject, reason }: Hold): boolean => {
    if (reason === 'protected' && subject === 'asked') return false;
    if (briefSince === null) return true;
    const at = briefSince + settings.waits.briefMs;
    if (now < at) dueAt = Math.min(dueAt, at);
    return now >= at;
  };

  const report = (name: FunctionName, holds: ReadonlyMap<EnvId | null, Hold>, reader: Reader): Fact[] => {
    const earlier = reported.get(name);
    const facts: Fact[] = [];
    const now = new Map<EnvId | null, string>();
    for (const [env, hold] of holds) {
      // Another mistake of the same kind is news: the next error of a build, the next file with a key.
      const key = JSON.stringify([hold.reason, hold.failure?.message, hold.subject, hold.problem]);
      now.set(env, key);
      if (earlier?.get(env) === key) continue;
      const explained = describeHold(hold, reader, { function: name, env });
      facts.push({ event: 'held', function: name, env, reason: hold.reason, ...explained });
    }
    if (now.size > 0) reported.set(name, now);
    else reported.delete(name);
    return facts;
  };

  /** New holds and holds whose reason changed; those that are usually over in a moment when they have lasted for 3 s. */
  return (after, before, reader) => {
    const all = after.now >= dueAt || globalsDiffer(after, before);
    if (all) dueAt = Number.POSITIVE_INFINITY;
    // What is live by the ledger is held all the same until its environment was asked.
    const isAsked = [...after.envs.values()].every(({ contact }) => contact !== 'unlisted');
    const facts: Fact[] = [];
    for (const fn of after.functions.values()) {
      const { name } = fn.spec;
      if (isAsked && isAtPeace(fn, after.settings)) reported.delete(name);
      else if (all || before.functions.get(name) !== fn || reported.has(name))
        facts.push(
          ...report(
            name,
            holdsOf(after, fn, (hold) => isWorthReporting(after, hold)),
            reader,
          ),
        );
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
    after.throttled !== before.throttled ||
    after.consents !== before.consents ||
    after.asking !== before.asking ||
    after.configFailure !== before.configFailure ||
    after.paused !== before.paused ||
    after.git !== before.git ||
    after.settings !== before.settings
  );
}

/** A functions root that is not there from the start, and of which no function is known that could be held. */
export function lostRootFact(root: string, language: Language): Fact {
  const problem = { reason: 'root-gone', root } as const;
  const nothing = { failure: null, subject: null, briefSince: null };
  const hold: Hold = { reason: 'root-gone', scope: 'global', problem, ...nothing };
  return {
    event: 'held',
    function: null,
    env: null,
    reason: 'root-gone',
    ...describeHold(hold, { language, place: 'lines' }),
  };
}

/** A function's holds: one that is the function's, or that holds all its environments alike, has env null. */
function holdsOf(
  state: State,
  fn: FunctionState,
  isMeant: (hold: Hold) => boolean,
): ReadonlyMap<EnvId | null, Hold> {
  const holds = new Map<EnvId | null, Hold>();
  for (const target of fn.targets.values()) {
    const phase = phaseOf(state, fn, target);
    if (phase.kind !== 'held' || !isMeant(phase.hold)) continue;
    holds.set(phase.hold.scope === 'function' ? null : target.env, phase.hold);
  }
  const all = [...holds.values()];
  const [first] = all;
  const alike = first?.scope === 'global' && all.every(({ reason }) => reason === first.reason);
  return alike && all.length === fn.targets.size ? new Map([[null, first]]) : holds;
}
