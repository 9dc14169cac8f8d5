/** The questions before anything is sent: protected environments, and code in the cloud that this project has never sent. */
import type { Config } from '../config/model.js';
import { isFirstLookDone, lookedAt, overwrittenBy } from '../core/first-start.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import { envSpecsOf } from '../sync/settings.js';
import type { Sync } from '../sync/sync.js';
import { until } from '../sync/waiting.js';
import { steadyNow } from '../system/clock.js';
import { cliWords } from '../text/words/cli.js';
import { invokeWords } from '../text/words/invoke.js';
import type { Context } from './context.js';
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
  const question = cliWords[context.language].allowProtected(waiting.join(', '));
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
export async function mayOverwrite(sync: Sync, context: Context, signal: AbortSignal): Promise<boolean> {
  const { engine } = sync;
  await until(engine, signal, () => isFirstLookDone(engine.state()));
  return isAllowed(sync, context, signal);
}

/**
 * Asks about the environments that could not be looked at by then, as soon as they answer: nothing is sent to them before.
 * Resolves when a person says no, and otherwise never.
 */
export async function refusedLater(
  sync: Sync,
  context: Context,
  signal: AbortSignal,
  onAllowed?: () => Promise<void>,
): Promise<void> {
  const { engine } = sync;
  const isOver = (): boolean => engine.state().asking.size === 0;
  const isTime = (): boolean => isFirstLookDone(engine.state()) && lookedAt(engine.state()).length > 0;
  while (!isOver() && !signal.aborted) {
    await until(engine, signal, () => isOver() || isTime());
    if (await isAllowed(sync, context, signal)) await onAllowed?.();
    else if (!signal.aborted) return;
  }
  return new Promise(() => undefined);
}

async function isAllowed({ engine }: Sync, context: Context, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const envs = lookedAt(engine.state());
  const overwritten = overwrittenBy(engine.state(), envs);
  const allowed = overwritten.length === 0 || (await askToOverwrite(overwritten, context, signal));
  const asking = [...engine.state().asking].filter((env) => !envs.includes(env));
  if (allowed) engine.dispatch({ type: 'ask', at: steadyNow(), asking });
  return allowed;
}

async function askToOverwrite(
  overwritten: ReturnType<typeof overwrittenBy>,
  context: Context,
  signal: AbortSignal,
): Promise<boolean> {
  const words = cliWords[context.language];
  const byFunction = new Map<string, string[]>();
  for (const { function: name, env } of overwritten)
    byFunction.set(name, [...(byFunction.get(name) ?? []), env]);
  const lines = [...byFunction].map(([name, envs]) => `  ${name}: ${envs.join(', ')}\n`);
  const question = `${words.overwriteTitle}\n${lines.join('')}${words.overwriteQuestion}`;
  return isYes(await context.ask(question, signal));
}

/** Yes in either language; no answer is no. */
export function isYes(answer: string | null): boolean {
  return /^(y|yes|是|好)$/i.test(answer?.trim() ?? '');
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
  const aborting = new AbortController();
  const forget = context.onInterrupt(() => aborting.abort());
  const allowed = isYes(await context.ask(words.allowProtected(name, env), aborting.signal));
  forget();
  if (!allowed) context.err(`tcb-watch: ${words.notCalled(name, env)}\n`);
  return allowed ? null : 1;
}
