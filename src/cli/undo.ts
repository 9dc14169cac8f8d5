/** `tcb-watch undo NAME`: sends again what ran there before, or what was named; `--to disk` takes that back. */
import { compare, thorough } from '../history/compare.js';
import { statLines, totalOf } from '../history/show.js';
import { sideOfVersion } from '../history/sides.js';
import { keptSince, planUndo, type UndoStep, type UndoTo } from '../history/undo.js';
import { inAscii, listOf, printable, short } from '../text/text.js';
import { clockTime } from '../text/time.js';
import { historyWords } from '../text/words/history.js';
import { isYes, protectedEnvsOf } from './consent.js';
import { type Context, interruptsOf } from './context.js';
import { findKept, type KeptFunction, versionNamed } from './kept.js';
import { withEnvIds } from './names.js';
import type { UndoOptions } from './options.js';
import { wantsAscii } from './output.js';
import { push } from './push.js';
import { loadTrusted } from './trust.js';

/** Seconds, as `push` takes by itself. */
const timeoutSeconds = 600;

/** Exit codes: as `push`, where what was gone back to counts as live; 1 also where there is nothing to go back to, or a person said no. */
export async function runUndo(options: UndoOptions, given: string, context: Context): Promise<number> {
  const trusted = await loadTrusted(options, context);
  if (trusted === null) return 3;
  const { loaded } = trusted;
  const kept = await findKept(loaded, given, withEnvIds(options, loaded.config).envId, context);
  if (typeof kept === 'number') return kept;
  const to = targetOf(kept, options.to, context);
  if (typeof to === 'number') return to;
  const plan = planUndo(
    kept.history,
    kept.envs.map((env) => placeOf(kept, env)),
    to.to,
  );
  const words = historyWords[context.language];
  const oldest = keptSince(kept.history);
  const since = oldest === null ? null : clockTime(oldest, Date.now());
  for (const { env, why } of plan.left)
    context.err(`${printable(words.noUndo[why](kept.name, env, since))}\n`);
  if (plan.steps.length === 0) return plan.left.every(({ why }) => why === 'runs-already') ? 0 : 1;
  const asks = context.interactive && !options.json && !options.yes;
  if (asks && !(await isAllowed(kept, plan.steps, context))) return 1;
  const common = {
    ...{
      only: [],
      plain: true,
      ascii: false,
      dryRun: false,
      force: false,
      adopt: false,
      stdinEnds: false,
      verbose: false,
      problems: false,
    },
    ...options,
    envId: plan.steps.map(({ env }) => env),
    // A person who was asked has agreed to each environment by its name.
    yes: options.yes || asks,
  };
  return push(
    { loaded, options: common, names: [kept.name], undo: plan.steps, check: false, timeoutSeconds },
    context,
  );

  async function isAllowed(
    about: KeptFunction,
    steps: readonly UndoStep[],
    { ask, environment, language }: Context,
  ): Promise<boolean> {
    const lines = await describeSteps(about, steps, context);
    const guarded = protectedEnvsOf(
      loaded.config,
      steps.map(({ env }) => env),
    );
    const text = `${lines.join('\n')}\n${historyWords[language].undoQuestion(listOf(guarded, language))}`;
    return isYes(await ask(wantsAscii(environment) ? inAscii(text) : text, interruptsOf(context)));
  }
}

function targetOf(
  kept: KeptFunction,
  id: string | undefined,
  context: Context,
): { readonly to: UndoTo } | number {
  if (id === undefined) return { to: null };
  if (id === 'disk') return { to: 'disk' };
  const version = versionNamed(kept, id, context);
  return typeof version === 'number' ? version : { to: version.fingerprint };
}

function placeOf({ entryOf }: KeptFunction, env: string) {
  const entry = entryOf(env);
  const isUndone = entry?.undone !== undefined;
  const live = entry?.live ?? null;
  const heading = entry?.deploying?.fingerprint ?? live;
  return { env, live, heading, foreign: entry?.foreign ?? null, isUndone };
}

/** The content that each step replaces, and the one that it brings, and the files that are different. */
async function describeSteps(
  kept: KeptFunction,
  steps: readonly UndoStep[],
  { language }: Context,
): Promise<readonly string[]> {
  const words = historyWords[language];
  const lines: string[] = [];
  for (const { env, fingerprint } of steps) {
    const from = placeOf(kept, env).heading;
    const now = kept.history.versions.find((each) => each.fingerprint === from);
    const next = kept.history.versions.find((each) => each.fingerprint === fingerprint);
    const time = next === undefined ? null : clockTime(next.sentAt, Date.now());
    const to = fingerprint === null ? words.disk : words.versionOf(short(fingerprint), time);
    const head = words.undoStep(kept.name, env, from === null ? null : short(from), to);
    lines.push(printable(head));
    if (now === undefined || next === undefined) continue;
    const content = kept.store.contentOfFile;
    const found = await compare(sideOfVersion(now, content), sideOfVersion(next, content), thorough);
    lines.push(...statLines(found, language).map((line) => `    ${line}`));
    if (found.length > 1) lines.push(`    ${totalOf(found)}`);
  }
  return lines;
}
