/** The versions that the monitor's keys look up, as lines for a sheet, and the step to take if somebody says yes. */
import { lacksConsent } from '../core/consent.js';
import { headingOf, type TargetState } from '../core/state.js';
import { versionLines } from '../history/list.js';
import { patchLines, statLines, totalOf } from '../history/show.js';
import { keptSince, planUndo, type UndoStep } from '../history/undo.js';
import type { Event } from '../model/event.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import {
  type DifferenceGroup,
  type Question,
  type Sheet,
  type SheetLine,
  toastOf,
} from '../monitor/model.js';
import { envNames } from '../monitor/table.js';
import { stepDifferences } from '../sync/differences.js';
import type { Sync } from '../sync/sync.js';
import { steadyNow } from '../system/clock.js';
import type { Language } from '../text/language.js';
import { clausesOf, labelled, listOf, sentences, short } from '../text/text.js';
import { clockTime } from '../text/time.js';
import { historyWords } from '../text/words/history.js';

export interface LookedUp {
  readonly sheet: Sheet;
  readonly question: Question | null;
}

/** Environments by the names that the monitor's list has for them. */
function namesOf({ engine }: Sync, envs: readonly EnvId[], language: Language): string {
  const names = envNames([...engine.state().envs.keys()]);
  return listOf(
    envs.map((env) => names.get(env) ?? env),
    language,
  );
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
  return {
    title,
    lines: versionLines(history, envs, Date.now(), language, (env) => namesOf(sync, [env], language)).map(
      remark,
    ),
  };
}

/** The content that is live in each environment against the disk. */
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
          : clausesOf([words.differ(found.length, from, words.disk), totalOf(found)], language);
    lines.push(
      { kind: 'file', text: labelled(namesOf(sync, places, language), said, language) },
      ...patchLines(found ?? [], language),
    );
  }
  return { title: words.differencesOf(name), lines };
}

/** For the details: the files in which what is live differs from the disk; of what is not kept, nothing. */
export async function differenceGroups(
  sync: Sync,
  name: FunctionName,
  envs: readonly EnvId[],
  language: Language,
): Promise<readonly DifferenceGroup[]> {
  return (await sync.differences(name, envs)).flatMap(({ envs: places, found }) =>
    found === null ? [] : [{ envs: places, files: statLines(found, language), total: totalOf(found) }],
  );
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
 * The change that a step back brings, and the question whether to take it; where any of it was undone, back to the disk. A text: there is
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
  const places = targets.map((target) => {
    const { env, live, foreign, undone } = target;
    return { env, live, heading: headingOf(target), foreign, isUndone: undone !== null };
  });
  // As the hold says: where something was undone, the key takes that back, and means nothing else.
  const undone = places.filter(({ isUndone }) => isUndone);
  const { steps, left } =
    undone.length > 0 ? planUndo(history, undone, 'disk') : planUndo(history, places, null);
  const oldest = keptSince(history);
  const since = oldest === null ? null : clockTime(oldest, Date.now());
  if (steps.length === 0)
    return sentences(
      ...[...new Set(left.map(({ why }) => why))].map((reason) => {
        const alike = left.flatMap(({ env, why }) => (why === reason ? [env] : []));
        return words.noUndo[reason](name, namesOf(sync, alike, language), since);
      }),
    );
  const lines: SheetLine[] = [];
  for (const { env, fingerprint, from, envs: where } of alike(sync, name, steps)) {
    const to = fingerprint === null ? words.disk : short(fingerprint);
    const text = words.undoStep(name, namesOf(sync, where, language), from === null ? null : short(from), to);
    lines.push({ kind: 'file', text });
    const found =
      fingerprint === null
        ? ((await sync.differences(name, [env]))[0]?.found ?? null)
        : await stepDifferences(history, from, fingerprint, sync.history);
    lines.push(...patchLines(found ?? [], language));
  }
  return {
    sheet: { title: words.undoOf(name), lines },
    question: await questionOf(sync, name, steps, language),
  };
}

/** Environments in which the same replaces the same are one row. */
function alike(sync: Sync, name: FunctionName, steps: readonly UndoStep[]) {
  const groups = new Map<string, UndoStep & { readonly from: string | null; readonly envs: string[] }>();
  for (const step of steps) {
    const target = targetOf(sync, name, step.env);
    const from = target === undefined ? null : headingOf(target);
    const key = `${from} ${step.fingerprint}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...step, from, envs: [step.env] });
    else known.envs.push(step.env);
  }
  return groups.values();
}

async function questionOf(
  sync: Sync,
  name: FunctionName,
  steps: readonly UndoStep[],
  language: Language,
): Promise<Question> {
  const { engine, aim } = sync;
  const words = historyWords[language];
  const at = steadyNow();
  const id = `monitor ${at} undo`;
  const guarded = steps
    .map(({ env }) => env)
    .filter((env) => lacksConsent(engine.state(), name, env) === 'protected');
  const allow: Event[] =
    guarded.length === 0 ? [] : [{ type: 'allow', at, id, envs: guarded, functions: [name] }];
  const where = namesOf(
    sync,
    steps.map(({ env }) => env),
    language,
  );
  const versions = [...new Set(steps.flatMap(({ fingerprint }) => fingerprint ?? []))].map(short);
  const ids = versions.length === 0 ? null : clausesOf(versions, language);
  return {
    text: sentences(
      words.askUndo(name, where, ids),
      guarded.length === 0 ? '' : words.guarded(namesOf(sync, guarded, language)),
    ),
    action: {
      type: 'dispatch',
      events: [...allow, { type: 'undo', at, id, function: name, steps: await aim(name, steps) }],
    },
    said: toastOf(words.undoing(name, where, ids), 'good', at),
  };
}
