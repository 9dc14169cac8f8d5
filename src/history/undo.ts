/** Which content a person means to go back to, in each environment; pure. */
import type { EnvId, Fingerprint } from '../model/nouns.js';
import type { FunctionHistory } from './model.js';
import { previousOf } from './runs.js';

/** What is known of an environment. */
export interface UndoPlace {
  readonly env: EnvId;
  /** What it runs of ours; null: not known, or somebody else's code. */
  readonly live: Fingerprint | null;
  readonly foreign: { readonly ours: Fingerprint } | null;
  /** A person went back there before. */
  readonly isUndone: boolean;
}

export interface UndoStep {
  readonly env: EnvId;
  /** What to go back to; null: what is on disk. */
  readonly fingerprint: Fingerprint | null;
}

/** Why there is nothing to go back to there. */
export type NoUndo = 'nothing-before' | 'not-kept' | 'runs-already' | 'not-undone';

export interface UndoPlan {
  readonly steps: readonly UndoStep[];
  readonly left: readonly { readonly env: EnvId; readonly why: NoUndo }[];
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
  { env, live, foreign, isUndone }: UndoPlace,
  to: UndoTo,
): UndoStep | NoUndo {
  if (to === 'disk') return isUndone ? { env, fingerprint: null } : 'not-undone';
  const fingerprint = to ?? foreign?.ours ?? previousOf(runs, env, live);
  if (fingerprint === null) return 'nothing-before';
  if (fingerprint === live && foreign === null) return 'runs-already';
  return versions.some((version) => version.fingerprint === fingerprint) ? { env, fingerprint } : 'not-kept';
}
