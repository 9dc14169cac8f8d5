/** Which content ran where, one after the other; pure. */

import type { EnvId, Fingerprint } from '../model/nouns.js';
import type { Run, RunEnd } from './model.js';

/** The facts that are known of one environment now. */
export interface Standing {
  readonly env: EnvId;
  /** The content of ours that it runs, and since when; null: not known, or nothing of ours. */
  readonly live: { readonly fingerprint: Fingerprint; readonly since: number; readonly undo: boolean } | null;
  /** Why nothing of ours runs there; null: something does, or nobody knows. */
  readonly ended: Exclude<RunEnd, 'replaced'> | null;
}

/** Runs that are kept for one environment: more than anybody scrolls through. */
const mostRuns = 200;

/** The runs after a look at one environment. What is not known ends nothing. */
export function withStanding(runs: readonly Run[], standing: Standing, now: number): readonly Run[] {
  const { env, live, ended } = standing;
  const last = runs.findLast((run) => run.env === env) ?? null;
  const isOpen = last !== null && last.to === null;
  if (live === null) {
    return isOpen && ended !== null ? replace(runs, last, { ...last, to: now, ended }) : runs;
  }
  if (isOpen && last.fingerprint === live.fingerprint) return runs;
  const since = Math.max(live.since, last?.from ?? 0);
  const closed = isOpen ? replace(runs, last, { ...last, to: since, ended: 'replaced' }) : runs;
  const begun = { env, fingerprint: live.fingerprint, from: since, to: null, ended: null, undo: live.undo };
  return pruned([...closed, begun], env);
}

function replace(runs: readonly Run[], old: Run, next: Run): readonly Run[] {
  return runs.map((run) => (run === old ? next : run));
}

function pruned(runs: readonly Run[], env: EnvId): readonly Run[] {
  const own = runs.filter((run) => run.env === env);
  const [oldest] = own;
  return own.length > mostRuns ? runs.filter((run) => run !== oldest) : runs;
}

/**
 * The contents that ran in an environment, as steps back pass them: the last one comes last. Going back takes what it
 * went over off; what is sent afterwards is put onto what was gone back to.
 */
export function stepsOf(runs: readonly Run[], env: EnvId): readonly Fingerprint[] {
  const steps: Fingerprint[] = [];
  for (const { env: where, fingerprint, undo } of runs) {
    if (where !== env || steps.at(-1) === fingerprint) continue;
    const index = undo ? steps.lastIndexOf(fingerprint) : -1;
    if (index === -1) steps.push(fingerprint);
    else steps.length = index + 1;
  }
  return steps;
}

/**
 * The content that an undo goes back to: what ran before what runs now, or ours where somebody else's code does.
 * @param running what the environment runs of ours now; null: nothing of ours, or not known
 */
export function previousOf(
  runs: readonly Run[],
  env: EnvId,
  running: Fingerprint | null,
): Fingerprint | null {
  const steps = stepsOf(runs, env);
  const last = steps.at(-1) ?? null;
  if (running === null) return last;
  if (last !== running) {
    // The content that runs now was not noted; it is not what ran before.
    return steps.findLast((step) => step !== running) ?? null;
  }
  return steps.at(-2) ?? null;
}

/** The contents that run and that ran before, in every environment: these never leave the store. */
export function keptAlways(runs: readonly Run[]): ReadonlySet<Fingerprint> {
  const envs = new Set(runs.map(({ env }) => env));
  const kept = [...envs].flatMap((env) => [
    ...stepsOf(runs, env).slice(-2),
    ...lastDistinct(runs.filter((run) => run.env === env)),
  ]);
  return new Set(kept);
}

function lastDistinct(runs: readonly Run[]): readonly Fingerprint[] {
  const last = runs.at(-1)?.fingerprint;
  const before = runs.findLast(({ fingerprint }) => fingerprint !== last)?.fingerprint;
  return [last, before].filter((one): one is Fingerprint => one !== undefined);
}
