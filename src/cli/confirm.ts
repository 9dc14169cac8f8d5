/** The one question of a first start: there is code in the cloud that this project has never sent. */
import { isFirstLookDone, lookedAt, overwrittenBy } from '../core/overwrite.js';
import type { Sync } from '../sync/sync.js';
import { until } from '../sync/waiting.js';
import { steadyNow } from '../system/clock.js';
import { cliWords } from '../text/words/cli.js';
import type { Context } from './context.js';

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
  const allowed = overwritten.length === 0 || (await ask(overwritten, context, signal));
  const asking = [...engine.state().asking].filter((env) => !envs.includes(env));
  if (allowed) engine.dispatch({ type: 'ask', at: steadyNow(), asking });
  return allowed;
}

async function ask(
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
