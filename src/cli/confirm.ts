/** The one question of a first start: there is code in the cloud that this project has never sent. */
import { isFirstLookDone, overwrittenBy } from '../core/overwrite.js';
import { steadyNow } from '../io/clock.js';
import type { Sync } from '../sync/sync.js';
import { cliWords } from '../ui/words/cli.js';
import type { Context } from './context.js';

/** Whether uploads may begin. They are kept back until then; `sync` must have been started with `askFirst`. */
export async function mayOverwrite(sync: Sync, context: Context): Promise<boolean> {
  await firstLook(sync);
  const overwritten = overwrittenBy(sync.engine.state());
  const allowed = overwritten.length === 0 || (await ask(overwritten, context));
  if (allowed) sync.engine.dispatch({ type: 'ask', at: steadyNow(), asking: false });
  return allowed;
}

async function ask(overwritten: ReturnType<typeof overwrittenBy>, context: Context): Promise<boolean> {
  const words = cliWords[context.language];
  const byFunction = new Map<string, string[]>();
  for (const { function: name, env } of overwritten)
    byFunction.set(name, [...(byFunction.get(name) ?? []), env]);
  const lines = [...byFunction].map(([name, envs]) => `  ${name}: ${envs.join(', ')}\n`);
  return isYes(await context.ask(`${words.overwriteTitle}\n${lines.join('')}${words.overwriteQuestion}`));
}

/** Yes in either language; no answer is no. */
export function isYes(answer: string | null): boolean {
  return /^(y|yes|是|好)$/i.test(answer?.trim() ?? '');
}

function firstLook({ engine }: Sync): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isFirstLookDone(engine.state())) return;
      stop();
      resolve();
    };
    const stop = engine.observe(() => setImmediate(look));
    look();
  });
}
