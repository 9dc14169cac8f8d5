/** Which targets are held and why, reported when it begins or when the reason changes. */

import { isAtPeace } from '../core/agenda.js';
import { awaitsAnswer, phaseOf } from '../core/phase.js';
import type { EnvState, FunctionState, State } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, Hold, Settings } from '../model/nouns.js';
import { describeHold, describeProblem, type Reader } from './describe.js';
import type { Language } from './language.js';
import { aboutTarget } from './standing.js';

/** Remembers which holds were reported, function by function, and reports what is new. */
export function createHeldFacts(): (after: State, before: State, reader: Reader) => Fact[] {
  const reported = new Map<FunctionName, ReadonlyMap<EnvId | null, string>>();
  /** When the phases of a function's targets may change by themselves. */
  const dueAt = new Map<FunctionName, number>();

  const forget = (name: FunctionName): void => {
    reported.delete(name);
    dueAt.delete(name);
  };
  const report = (fn: FunctionState, holds: ReadonlyMap<EnvId | null, Hold>, reader: Reader): Fact[] => {
    const { name } = fn.spec;
    const earlier = reported.get(name);
    const facts: Fact[] = [];
    const now = new Map<EnvId | null, string>();
    for (const [env, hold] of holds) {
      // Another mistake of the same kind is news: the next error of a build, the next file with a key.
      const key = JSON.stringify([hold.reason, hold.failure?.message, hold.subject, hold.problem]);
      now.set(env, key);
      if (earlier?.get(env) === key) continue;
      const target = env === null ? undefined : fn.targets.get(env);
      const about = target === undefined ? { function: name, env } : aboutTarget(fn, target);
      const explained = describeHold(hold, reader, about);
      facts.push({ event: 'held', function: name, env, reason: hold.reason, ...explained });
    }
    if (now.size > 0) reported.set(name, now);
    else reported.delete(name);
    return facts;
  };

  /** New holds and holds whose reason changed; those that are usually over in a moment when they have lasted for 3 s. */
  return (after, before, reader) => {
    const all = globalsDiffer(after, before);
    // A target that is live by the ledger is held all the same until its environment was asked.
    const isAsked = [...after.envs.values()].every(({ contact }) => contact !== 'unlisted');
    const facts: Fact[] = [];
    // A function that comes back is reported like a new one.
    for (const name of dueAt.keys()) if (!after.functions.has(name)) forget(name);
    for (const fn of after.functions.values()) {
      const { name } = fn.spec;
      if (isAsked && isAtPeace(fn, after.settings)) {
        forget(name);
      } else if (all || before.functions.get(name) !== fn || (dueAt.get(name) ?? never) <= after.now) {
        const { holds, until } = holdsOf(after, fn);
        dueAt.set(name, until);
        facts.push(...report(fn, holds, reader));
      }
    }
    return facts;
  };
}

const never = Number.POSITIVE_INFINITY;

/** A quiet time is not: every save has one. Neither is a question that stands on the screen. */
function isWorthReporting({ now, settings }: State, hold: Hold): boolean {
  if (awaitsAnswer(hold)) return false;
  const { briefSince } = hold;
  return briefSince === null || now >= briefSince + settings.waits.briefMs;
}

/** The facts that a phase depends on and that are not the function's own. */
function globalsDiffer(after: State, before: State): boolean {
  return (
    after.token.status !== before.token.status ||
    after.token.failure !== before.token.failure ||
    after.token.problem !== before.token.problem ||
    environmentsDiffer(after, before) ||
    after.offline !== before.offline ||
    after.quota !== before.quota ||
    after.throttled !== before.throttled ||
    after.consents !== before.consents ||
    after.asking !== before.asking ||
    after.configFailure !== before.configFailure ||
    after.paused !== before.paused ||
    after.git !== before.git ||
    after.gitOperations !== before.gitOperations ||
    after.settings !== before.settings
  );
}

/** A list that is being read changes its environment with each page, and nobody's phase. */
function environmentsDiffer(after: State, before: State): boolean {
  if (after.envs === before.envs) return false;
  if (after.envs.size !== before.envs.size) return true;
  for (const [id, env] of after.envs) {
    const was = before.envs.get(id);
    if (was === undefined || (was !== env && phaseFactsDiffer(env, was, after.settings))) return true;
  }
  return false;
}

function phaseFactsDiffer(env: EnvState, was: EnvState, { onForeignChange }: Settings): boolean {
  return (
    env.spec !== was.spec ||
    env.contact !== was.contact ||
    env.askedSince !== was.askedSince ||
    env.listFailure !== was.listFailure ||
    env.listRetryAt !== was.listRetryAt ||
    env.blocked !== was.blocked ||
    env.apart !== was.apart ||
    // The wait is for a look of a later time.
    (onForeignChange === 'hold' && env.listedAt !== was.listedAt)
  );
}

/** A functions root that is not there from the start, and of which no function is known that could be held. */
export function lostRootFact(root: string, language: Language): Fact {
  const problem = { reason: 'root-gone', root } as const;
  return {
    event: 'held',
    function: null,
    env: null,
    reason: problem.reason,
    ...describeProblem(problem, language),
  };
}

interface Holds {
  /** One that is the function's, or that holds all its environments alike, has env null. */
  readonly holds: ReadonlyMap<EnvId | null, Hold>;
  /** Until when they stand unless something happens. */
  readonly until: number;
}

/** A function's holds that are worth reporting. */
function holdsOf(state: State, fn: FunctionState): Holds {
  const holds = new Map<EnvId | null, Hold>();
  let until = never;
  for (const target of fn.targets.values()) {
    const phase = phaseOf(state, fn, target);
    if (phase.until !== null && phase.until > state.now && phase.until < until) until = phase.until;
    if (phase.kind !== 'held' || !isWorthReporting(state, phase.hold)) continue;
    holds.set(phase.hold.scope === 'function' ? null : target.env, phase.hold);
  }
  const all = [...holds.values()];
  const [first] = all;
  const alike = first?.scope === 'global' && all.every(({ reason }) => reason === first.reason);
  const isOne = alike && all.length === fn.targets.size;
  return { holds: isOne ? new Map([[null, first]]) : holds, until };
}
