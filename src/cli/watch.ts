/** `tcb-watch watch`: until somebody stops it. */
import type { Sync } from '../sync/sync.js';
import type { Renderer } from '../ui/stream.js';
import { cliWords } from '../ui/words/cli.js';
import { describeConfigProblem } from '../ui/words/config.js';
import type { Context } from './context.js';
import { loadFor } from './load.js';
import type { CommonOptions } from './options.js';
import { rendererFor } from './output.js';
import { runPush } from './push.js';
import { start } from './start.js';

export async function runWatch(options: CommonOptions, context: Context): Promise<number> {
  // Without a watcher there is nothing to wait for: a dry run is the same for both.
  if (options.dryRun) return runPush(options, [], 0, context);
  const render = rendererFor(options.json, context);
  const started = await start(options, [], context, render);
  if (!started.ok) return started.exitCode;
  const { sync } = started;
  const interrupted = firstInterrupt(context, () => {
    if (!options.json) context.err(`${cliWords[context.language].stopping}\n`);
  });
  await sync.watch(() => reload(sync, options, context, render));
  await interrupted;
  return sync.stop(() => 0);
}

/** Resolves at the first interrupt; main.ts ends the process at the second. */
export function firstInterrupt(context: Context, onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    const stop = context.onInterrupt(() => {
      stop();
      onFirst();
      resolve();
    });
  });
}

/** A valid edit takes effect at once; an invalid one is told and the old configuration stays. */
function reload(sync: Sync, options: CommonOptions, context: Context, render: Renderer): void {
  const take = async (): Promise<void> => {
    const result = await loadFor(options, context);
    if (result.ok) return sync.reconfigure(result);
    const problems = result.problems.map((problem) => describeConfigProblem(problem, context.language));
    render({ event: 'config', state: 'invalid', problems }, Date.now());
  };
  take().catch((error: unknown) => sync.reportBug(error));
}
