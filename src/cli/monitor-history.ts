/** What the monitor's keys for earlier versions look up: lines for a sheet, and what is to be done if somebody says yes. */
import { lacksConsent } from '../core/consent.js';
import type { TargetState } from '../core/state.js';
import { versionLines } from '../history/list.js';
import { patchLines, totalOf } from '../history/show.js';
import { planUndo, type UndoStep } from '../history/undo.js';
import type { Event } from '../model/event.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { type Question, type Sheet, type SheetLine, toastOf } from '../monitor/model.js';
import { stepDifferences } from '../sync/differences.js';
import type { Sync } from '../sync/sync.js';
import { steadyNow } from '../system/clock.js';
import type { Language } from '../text/language.js';
import { sentences, short } from '../text/text.js';
import { historyWords } from '../text/words/history.js';

export interface LookedUp {
  readonly sheet: Sheet;
  readonly question: Question | null;
}

const remark = (text: string): SheetLine => ({ kind: 'remark', text });

/** Versions of a function, and where they ran. */
export async function historySheet(
  sync: Sync,
  name: FunctionName,
  envs: readonly EnvId[],
  language: Language,
): Promise<Sheet> {
  const words = historyWords[language];
  const { endpoint } = sync.config;
  const history = await sync.history.read(name);
  const { versions } = history;
  const title =
    versions.length === 0 ? words.none(name, endpoint) : words.title(name, endpoint, versions.length);
  return { title, lines: versionLines(history, envs, Date.now(), language).map(remark) };
}

/** What is live in each environment against the disk. */
export async function diffSheet(
  sync: Sync,
  name: FunctionName,
  envs: readonly EnvId[],
  language: Language,
): Promise<Sheet> {
  const words = historyWords[language];
  const lines: SheetLine[] = [];
  for (const { envs: places, live, found } of await sync.differences(name, envs)) {
    const from = live === null ? words.unknown : words.live(short(live));
    const said =
      found === null
        ? live === null
          ? unknownText(sync, name, places, language)
          : words.unkept(short(live))
        : found.length === 0
          ? words.same(from, words.disk)
          : `${words.differ(found.length, from, words.disk)}${words.comma}${totalOf(found)}`;
    lines.push({ kind: 'file', text: `${places.join(', ')}: ${said}` }, ...patchLines(found ?? [], language));
  }
  return { title: words.differencesOf(name), lines };
}

function unknownText(sync: Sync, name: FunctionName, envs: readonly EnvId[], language: Language): string {
  const words = historyWords[language];
  const foreign = envs.map((env) => targetOf(sync, name, env)?.foreign ?? null).find((each) => each !== null);
  if (foreign == null) return words.unknown;
  return sentences(words.foreign(foreign.modTime), words.replaced(short(foreign.ours)));
}

function targetOf({ engine }: Sync, name: FunctionName, env: EnvId): TargetState | undefined {
  return engine.state().functions.get(name)?.targets.get(env);
}

/**
 * What a step back brings, and the question whether to take it; where all of it was undone, back to the disk. A text: there is
 * nothing to go back to.
 */
export async function undoSheet(
  sync: Sync,
  name: FunctionName,
  envs: readonly EnvId[],
  language: Language,
): Promise<LookedUp | string> {
  const words = historyWords[language];
  const history = await sync.history.read(name);
  const targets = envs.flatMap((env) => targetOf(sync, name, env) ?? []);
  const places = targets.map(({ env, live, foreign, undone }) => ({
    ...{ env, live, foreign },
    isUndone: undone !== null,
  }));
  const isBack = places.length > 0 && places.every(({ isUndone }) => isUndone);
  const { steps, left } = planUndo(history, places, isBack ? 'disk' : null);
  if (steps.length === 0) return left.map(({ env, why }) => words.noUndo[why](name, env)).join(' ');
  const lines: SheetLine[] = [];
  for (const { env, fingerprint, from, envs: where } of alike(sync, name, steps)) {
    const to = fingerprint === null ? words.disk : short(fingerprint);
    const text = words.undoStep(name, where.join(', '), from === null ? null : short(from), to);
    lines.push({ kind: 'file', text });
    const found =
      fingerprint === null
        ? ((await sync.differences(name, [env]))[0]?.found ?? null)
        : await stepDifferences(history, from, fingerprint, sync.history);
    lines.push(...patchLines(found ?? [], language));
  }
  return { sheet: { title: words.undoOf(name), lines }, question: questionOf(sync, name, steps, language) };
}

/** Environments in which the same replaces the same are one row. */
function alike(sync: Sync, name: FunctionName, steps: readonly UndoStep[]) {
  const groups = new Map<string, UndoStep & { readonly from: string | null; readonly envs: string[] }>();
  for (const step of steps) {
    const from = targetOf(sync, name, step.env)?.live ?? null;
    const key = `${from} ${step.fingerprint}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...step, from, envs: [step.env] });
    else known.envs.push(step.env);
  }
  return groups.values();
}

function questionOf(
  { engine }: Sync,
  name: FunctionName,
  steps: readonly UndoStep[],
  language: Language,
): Question {
  const words = historyWords[language];
  const at = steadyNow();
  const id = `monitor ${at} undo`;
  const guarded = steps
    .map(({ env }) => env)
    .filter((env) => lacksConsent(engine.state(), name, env) === 'protected');
  const allow: Event[] =
    guarded.length === 0 ? [] : [{ type: 'allow', at, id, envs: guarded, functions: [name] }];
  const where = steps.map(({ env }) => env).join(', ');
  const disk = steps.every(({ fingerprint }) => fingerprint === null);
  return {
    text: sentences(
      words.askUndo(name, where, disk),
      guarded.length === 0 ? '' : words.guarded(guarded.join(', ')),
    ),
    action: { type: 'dispatch', events: [...allow, { type: 'undo', at, id, function: name, steps }] },
    said: toastOf(words.undoing(name, where, disk), 'good', at),
  };
}
