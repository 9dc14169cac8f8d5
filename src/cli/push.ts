/** `tcb-watch push`: once, until it is live. */
import { exitCodeOf } from '../core/rest.js';
import { cliWords } from '../ui/words/cli.js';
import type { Context } from './context.js';
import type { CommonOptions } from './options.js';
import { rendererFor } from './output.js';
import { start } from './start.js';

/** @param timeoutSeconds how long to go on retrying; 0: without an end */
export async function runPush(
  options: CommonOptions,
  names: readonly string[],
  timeoutSeconds: number,
  context: Context,
): Promise<number> {
  const started = await start(options, names, context, rendererFor(options.json, context));
  if (!started.ok) return started.exitCode;
  const { sync } = started;
  const ending = new AbortController();
  let interrupted = false;
  const stopListening = context.onInterrupt(() => {
    interrupted = true;
    if (!options.json) context.err(`${cliWords[context.language].stopping}\n`);
    ending.abort();
  });
  const timer = timeoutSeconds === 0 ? null : setTimeout(() => ending.abort(), timeoutSeconds * 1000);
  await sync.atRest(ending.signal);
  if (timer !== null) clearTimeout(timer);
  stopListening();
  const timedOut = ending.signal.aborted && !interrupted;
  if (timedOut) context.err(`${cliWords[context.language].timedOut(timeoutSeconds)}\n`);
  return sync.stop((state) => {
    if (options.dryRun) return 0;
    return exitCodeOf(state) || (interrupted ? 1 : 0);
  });
}
