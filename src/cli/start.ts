/** What `watch` and `push` have in common: ask, start. */

import { envSpecsOf, type Unmatched } from '../sync/settings.js';
import { createSync, type LoadedConfig, type Sync, type SyncOptions } from '../sync/sync.js';
import { noticeFact, watchNotice } from '../ui/notices.js';
import type { Renderer } from '../ui/stream.js';
import { cliWords } from '../ui/words/cli.js';
import type { Context } from './context.js';
import type { CommonOptions } from './options.js';

export type Started =
  | { readonly ok: true; readonly sync: Sync }
  | { readonly ok: false; readonly exitCode: number };

export async function start(
  loaded: LoadedConfig,
  options: CommonOptions,
  names: readonly string[],
  context: Context,
  render: Renderer,
  emulator: SyncOptions['emulator'] = null,
): Promise<Started> {
  const selection = { envIds: options.envId, only: options.only, names };
  const yes = options.yes || (await protectedAllowed(options, loaded, context));
  const { language } = context;
  const syncOptions: SyncOptions = {
    loaded,
    selection,
    yes,
    force: options.force,
    dryRun: options.dryRun,
    language,
    version: context.version,
    onFact: render,
    onBug: (text) => render(noticeFact('bug', text, language), Date.now()),
    onWatchProblem: (problem) => render(watchNotice(problem, language), Date.now()),
    timeScale: timeScale(context.environment),
    emulator,
  };
  const started = await createSync(syncOptions);
  if (started.ok) return { ok: true, sync: started.sync };
  tellUnmatched(started.unmatched, context);
  return { ok: false, exitCode: 4 };
}

/** Says which parts of the command line nothing answers to: exit code 4 then. */
export function tellUnmatched(unmatched: readonly Unmatched[], { err, language }: Context): void {
  for (const { kind, value } of unmatched) err(`tcb-watch: ${cliWords[language].unmatched[kind](value)}\n`);
}

/** Asks for the protected environments, where there is somebody to ask. */
export async function protectedAllowed(
  options: CommonOptions,
  loaded: LoadedConfig,
  context: Context,
): Promise<boolean> {
  if (!context.interactive || options.json || options.dryRun) return false;
  const selection = { envIds: options.envId, only: [], names: [] };
  const waiting = envSpecsOf(loaded.config, selection, false).filter((env) => env.protected);
  if (waiting.length === 0) return false;
  const question = cliWords[context.language].allowProtected(waiting.map(({ id }) => id).join(', '));
  return /^(y|yes|是)$/i.test((await context.ask(question))?.trim() ?? '');
}

/** Tests scale the scheduler's waits with it; it is not for users. */
function timeScale(environment: Context['environment']): number {
  const scale = Number(environment['TCB_WATCH_TIME_SCALE'] ?? '1');
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}
