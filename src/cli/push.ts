/** `tcb-watch push`: once, until it is live. */

import type { Config } from '../config/model.js';
import { exitCodeOf } from '../core/rest.js';
import type { LoadedConfig } from '../sync/sync.js';
import { noticeFact } from '../text/notices.js';
import { cliWords } from '../text/words/cli.js';
import { type Claim, claim } from './claim.js';
import type { Context } from './context.js';
import { loadOrTell } from './load.js';
import { withLog } from './log.js';
import type { CommonOptions } from './options.js';
import { rendererFor } from './output.js';
import { pushThrough } from './push-through.js';
import { start } from './start.js';

/** What a push was asked to do, and when to give up. */
export interface PushRun {
  readonly loaded: LoadedConfig;
  readonly options: CommonOptions;
  readonly names: readonly string[];
  readonly context: Context;
  /** Aborts at the first interrupt and when the time is over. */
  readonly signal: AbortSignal;
  readonly interrupted: () => boolean;
}

/** @param timeoutSeconds how long to go on retrying; 0: without an end */
export async function runPush(
  options: CommonOptions,
  names: readonly string[],
  timeoutSeconds: number,
  context: Context,
): Promise<number> {
  const loaded = await loadOrTell(options, context);
  if (loaded === null) return 3;
  const ending = new AbortController();
  let interrupted = false;
  const stopListening = context.onInterrupt(() => {
    interrupted = true;
    context.err(`${cliWords[context.language].stopping}\n`);
    ending.abort();
  });
  const timer = timeoutSeconds === 0 ? null : setTimeout(() => ending.abort(), timeoutSeconds * 1000);
  const run = { loaded, options, names, context, signal: ending.signal, interrupted: () => interrupted };
  const code = options.dryRun ? await pushAlone(run, null) : await pushOnce(run, timeoutSeconds);
  if (timer !== null) clearTimeout(timer);
  stopListening();
  const timedOut = ending.signal.aborted && !interrupted;
  if (timedOut) context.err(`${cliWords[context.language].timedOut(timeoutSeconds)}\n`);
  return code;
}

/** One process at a time writes the ledger: alone with the lock, or through whoever has it. */
async function pushOnce(run: PushRun, timeoutSeconds: number): Promise<number> {
  const { loaded, context, signal } = run;
  const claimed = await claim(
    { config: loaded.config, role: 'push', patienceSeconds: timeoutSeconds, signal },
    context,
  );
  switch (claimed.type) {
    case 'alone':
      try {
        return await pushAlone(run, claimed);
      } finally {
        claimed.lock?.release();
      }
    case 'daemon':
      return pushThrough(run, claimed.talk);
    case 'refused':
      return claimed.exitCode;
    default:
      return claimed satisfies never;
  }
}

async function pushAlone(
  { loaded, options, names, context, signal, interrupted }: PushRun,
  claimed: Extract<Claim, { type: 'alone' }> | null,
): Promise<number> {
  const shown = rendererFor(options.json, context, options.ascii);
  const render = options.dryRun ? shown : withLog(shown, loaded.config, context);
  const emulator = claimed === null ? await runningEmulator(loaded.config) : null;
  const started = await start(loaded, options, names, context, render, { emulator, signal });
  if (!started.ok) return started.exitCode;
  const { sync, refused } = started;
  const trouble = claimed?.trouble ?? null;
  if (trouble !== null) render(noticeFact('no-lock', trouble, context.language), Date.now());
  await Promise.race([sync.atRest(signal), refused()]);
  return sync.stop((state) => {
    if (options.dryRun) return 0;
    return exitCodeOf(state) || (interrupted() ? 1 : 0);
  });
}

/** A dry run takes no lock, but a store that the daemon's emulator has open must not be opened a second time. */
async function runningEmulator(config: Config): Promise<{ url: string; token: string } | null> {
  if (config.endpoint !== 'emulator') return null;
  const { emulatorOfDaemon } = await import('../daemon/client.js');
  return emulatorOfDaemon(config);
}
