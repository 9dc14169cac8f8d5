/** Which content a person means to go back to, in each environment; pure. */
import type { EnvId, Fingerprint } from '../model/nouns.js';
import type { FunctionHistory } from './model.js';
import { previousOf } from './runs.js';

/** The facts that are known of an environment. */
export interface UndoPlace {
  readonly env: EnvId;
  /** The content of ours that it runs, or is about to run: a step back goes away from it. null: not known, or somebody else's code. */
  readonly heading: Fingerprint | null;
  /** The content of ours that it runs; null: not known, or somebody else's code. */
  readonly live: Fingerprint | null;
  readonly foreign: { readonly ours: Fingerprint } | null;
  /** A person went back there before. */
  readonly isUndone: boolean;
}

export interface UndoStep {
  readonly env: EnvId;
  /** The content to go back to; null: the one on disk. */
  readonly fingerprint: Fingerprint | null;
}

/** Why there is nothing to go back to there. */
export type NoUndo = 'nothing-before' | 'not-kept' | 'runs-already' | 'not-undone';

export interface UndoPlan {
  readonly steps: readonly UndoStep[];
  readonly left: readonly { readonly env: EnvId; readonly why: NoUndo }[];
}

/** When the oldest version that is kept was sent first; null: none is kept. */
export function keptSince({ versions }: FunctionHistory): number | null {
  return versions.length === 0 ? null : Math.min(...versions.map(({ at }) => at));
}

/** `disk`: take back what was undone. `null`: what ran there before. */
export type UndoTo = Fingerprint | 'disk' | null;

export function planUndo(history: FunctionHistory, places: readonly UndoPlace[], to: UndoTo): UndoPlan {
  const steps: UndoStep[] = [];
  const left: { env: EnvId; why: NoUndo }[] = [];
  for (const place of places) {
    const found = stepFor(history, place, to);
    if (typeof found === 'string') left.push({ env: place.env, why: found });
    else steps.push(found);
  }
  return { steps, left };
}

function stepFor(
  { versions, runs }: FunctionHistory,
  { env, live, heading, foreign, isUndone }: UndoPlace,
  to: UndoTo,
): UndoStep | NoUndo {
  if (to === 'disk') return isUndone ? { env, fingerprint: null } : 'not-undone';
  const contentOf = (fingerprint: Fingerprint): Fingerprint =>
    versions.find((version) => version.fingerprint === fingerprint)?.content ?? fingerprint;
  const isSame = (one: Fingerprint, other: Fingerprint | null): boolean =>
    other !== null && contentOf(one) === contentOf(other);
  // The same files with another helper are no earlier version of them.
  const own = runs.map((run) => ({ ...run, fingerprint: contentOf(run.fingerprint) }));
  const leaving = foreign === null && heading !== null ? contentOf(heading) : null;
  const back = to ?? previousOf(own, env, leaving) ?? foreign?.ours ?? null;
  if (back === null) return 'nothing-before';
  if (foreign === null && isSame(back, heading) && isSame(back, live)) return 'runs-already';
  const kept =
    versions.find((version) => version.fingerprint === back) ??
    versions.find((version) => isSame(back, version.fingerprint));
  return kept === undefined ? 'not-kept' : { env, fingerprint: kept.fingerprint };
}
