/** The questions before anything is sent: protected environments, and code in the cloud that this project has never sent. */

import type { Config } from '../config/model.js';
import {
  isAnswerAwaited,
  isFirstLookDone,
  lookedAt,
  overwrittenBy,
  replacedBy,
} from '../core/first-start.js';
import type { Standing } from '../core/standing.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { envSpecsOf } from '../sync/settings.js';
import type { Sync } from '../sync/sync.js';
import { until } from '../sync/waiting.js';
import { steadyNow } from '../system/clock.js';
import { grouped } from '../system/grouped.js';
import type { Catalogue, Language } from '../text/language.js';
import { inNaturalOrder, labelled, listOf, printable, someOf } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { invokeWords } from '../text/words/invoke.js';
import { wrap } from '../text/wrap.js';
import { type Context, interruptsOf } from './context.js';
import type { CommonOptions, InvokeOptions } from './options.js';

/** Whether a question can be answered here. */
export function canAsk(options: Pick<CommonOptions, 'json' | 'dryRun'>, context: Context): boolean {
  return context.interactive && !options.json && !options.dryRun;
}

/** Asks for the protected environments, where there is somebody to ask. */
export async function protectedAllowed(
  options: CommonOptions,
  config: Config,
  context: Context,
  signal: AbortSignal,
): Promise<boolean> {
  if (!canAsk(options, context)) return false;
  const waiting = protectedEnvsOf(config, options.envId);
  if (waiting.length === 0) return false;
  const question = cliWords[context.language].allowProtected(
    listOf(waiting, context.language),
    waiting.length,
  );
  return isYes(await context.ask(question, signal));
}

/** The protected ones among these environments; none named: among all that are configured. */
export function protectedEnvsOf(config: Config, envIds: readonly string[]): readonly string[] {
  const selection = { envIds, only: [], names: [] };
  return envSpecsOf(config, selection).flatMap((env) => (env.protected ? [env.id] : []));
}

/**
 * Whether uploads may begin where the cloud could be asked. They are kept back until then; `sync` must have been started with
 * `askFirst`. False as well where the signal ends the waiting.
 */
export async function mayOverwrite(asking: Asking): Promise<boolean> {
  const { engine } = asking.sync;
  await until(engine, asking.signal, () => isFirstLookDone(engine.state()));
  return isAllowed(asking);
}

/** Whom to ask about what a start would overwrite. */
export interface Asking {
  readonly sync: Sync;
  readonly context: Context;
  readonly signal: AbortSignal;
  /** `--adopt`: it is answered already. */
  readonly adopt: boolean;
}

/**
 * Asks about the environments that could not be looked at by then, as soon as they answer: nothing is sent to them before.
 * Resolves when a person says no, and otherwise never.
 */
export async function refusedLater(asking: Asking, onAllowed?: () => Promise<void>): Promise<void> {
  const { signal } = asking;
  const { engine } = asking.sync;
  const isOver = (): boolean => engine.state().asking.size === 0;
  const isTime = (): boolean => isFirstLookDone(engine.state()) && lookedAt(engine.state()).length > 0;
  while (!isOver() && !signal.aborted) {
    await until(engine, signal, () => isOver() || isTime());
    if (await isAllowed(asking)) await onAllowed?.();
    else if (!signal.aborted) return;
  }
  return new Promise(() => undefined);
}

/** Resolves when nothing is going to change by itself and no question waits for its answer, or when the signal aborts. */
export async function restUnasked(sync: Sync, signal: AbortSignal): Promise<void> {
  const isAnswered = (): boolean => !isAnswerAwaited(sync.engine.state());
  do {
    await until(sync.engine, signal, isAnswered);
    await sync.atRest(signal);
  } while (!signal.aborted && !isAnswered());
}

async function isAllowed({ sync: { engine }, context, signal, adopt }: Asking): Promise<boolean> {
  if (signal.aborted) return false;
  const envs = lookedAt(engine.state());
  const overwritten = overwrittenBy(engine.state(), envs);
  const replaced = replacedBy(engine.state(), overwritten);
  const isAsked = replaced.length > 0 && !adopt;
  const answer = isAsked ? await askToOverwrite(replaced, context, signal) : adopt ? 'adopt' : 'overwrite';
  const at = steadyNow();
  if (answer === 'adopt')
    engine.dispatch({
      type: 'adopt',
      at,
      meant: [...envsByFunction(overwritten)].map(([name, envs]) => ({ function: name, envs })),
    });
  const asking = [...engine.state().asking].filter((env) => !envs.includes(env));
  if (answer !== 'end') engine.dispatch({ type: 'ask', at, asking });
  return answer !== 'end';
}

type Answer = 'overwrite' | 'adopt' | 'end';

async function askToOverwrite(
  overwritten: readonly Standing[],
  context: Context,
  signal: AbortSignal,
): Promise<Answer> {
  const words = cliWords[context.language];
  const answer = answerOf(
    await context.ask(overwriteQuestion(overwritten, context.language, context.columns), signal),
  );
  if (answer === 'end' && !signal.aborted)
    context.err(`${wrap(words.overwriteRefused, context.columns).join('\n')}\n`);
  return answer;
}

const yesAnswers: Catalogue<readonly string[]> = { en: ['y', 'yes'], 'zh-CN': ['是', '好'] };
const adoptAnswers: Catalogue<readonly string[]> = { en: ['a', 'adopt'], 'zh-CN': ['采用'] };

/** No answer is no. */
function answerOf(text: string | null): Answer {
  if (isYes(text)) return 'overwrite';
  return isOneOf(adoptAnswers, text) ? 'adopt' : 'end';
}

/** So many functions have a line each; of more, those that lie in the same environments share one. */
const listedAtMost = 8;
/** Groups and environments that are named: the question has to fit a small screen. */
const groupsAtMost = 6;
const envsAtMost = 3;

/** The functions that would be overwritten, and the possible answers: 20 rows of 80 columns at most. */
export function overwriteQuestion(
  overwritten: readonly Pick<Standing, 'function' | 'env'>[],
  language: Language,
  columns: number | null,
): string {
  const words = cliWords[language];
  const byFunction = envsByFunction(overwritten);
  const lines =
    byFunction.size <= listedAtMost
      ? eachFunction(byFunction, language)
      : groupedFunctions(byFunction, language);
  const listed = lines.map((line) => `  ${printable(line)}\n`).join('');
  const question = `${words.overwriteTitle}\n${listed}\n${words.overwriteChoices}${words.overwriteQuestion}`;
  // A line's further rows stand below its own beginning: a terminal would break in the middle of a word.
  return question
    .split('\n')
    .flatMap((line) => wrap(line, columns, { indent: /^ */.exec(line)?.[0] ?? '', wholeWords: true }))
    .join('\n');
}

function envsByFunction(
  targets: readonly Pick<Standing, 'function' | 'env'>[],
): ReadonlyMap<string, readonly string[]> {
  const byFunction = new Map<string, string[]>();
  for (const { function: name, env } of targets) byFunction.set(name, [...(byFunction.get(name) ?? []), env]);
  return byFunction;
}

function eachFunction(
  byFunction: ReadonlyMap<string, readonly string[]>,
  language: Language,
): readonly string[] {
  return inNaturalOrder([...byFunction.keys()]).map((name) =>
    labelled(name, someOf(byFunction.get(name) ?? [], language, envsAtMost), language),
  );
}

function groupedFunctions(
  byFunction: ReadonlyMap<string, readonly string[]>,
  language: Language,
): readonly string[] {
  const words = cliWords[language];
  const groups = grouped(byFunction, ([, envs]) => envs.join('\n'));
  const lines = [...groups.values()].map((group) => {
    const names = inNaturalOrder(group.map(([name]) => name));
    return words.overwriteGroup(
      names.length,
      someOf(group[0]?.[1] ?? [], language, envsAtMost),
      someOf(names, language),
    );
  });
  const rest = lines.length - groupsAtMost;
  return rest > 0 ? [...lines.slice(0, groupsAtMost), words.overwriteMore(rest)] : lines;
}

/** Yes in any language; no answer is no. */
export function isYes(answer: string | null): boolean {
  return isOneOf(yesAnswers, answer);
}

/** Of every language: people answer in their own, whatever they were asked in. */
function isOneOf(answers: Catalogue<readonly string[]>, text: string | null): boolean {
  return Object.values(answers)
    .flat()
    .includes(text?.trim().toLowerCase() ?? '');
}

/** A call that a person asks for by name. */
interface CallTarget {
  readonly name: FunctionName;
  readonly env: EnvId;
}

/** A protected environment needs `--yes`, or an answer, for this very call. The exit code where there is neither. */
export async function refusedFor(
  { name, env }: CallTarget,
  config: Config,
  { yes, json }: Pick<InvokeOptions, 'yes' | 'json'>,
  context: Context,
): Promise<number | null> {
  if (yes || protectedEnvsOf(config, [env]).length === 0) return null;
  const words = invokeWords[context.language];
  if (!context.interactive || json) {
    context.err(`tcb-watch: ${words.needsYes(name, env)}\n`);
    return 3;
  }
  const allowed = isYes(await context.ask(words.allowProtected(name, env), interruptsOf(context)));
  if (!allowed) context.err(`tcb-watch: ${words.notCalled(name, env)}\n`);
  return allowed ? null : 1;
}
