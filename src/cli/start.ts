/** What `watch` and `push` have in common: load, ask, start. */

import { envSpecsOf } from '../sync/settings.js';
import { createSync, type LoadedConfig, type Sync, type SyncOptions } from '../sync/sync.js';
import { noticeFact, watchNotice } from '../ui/notices.js';
import type { Renderer } from '../ui/stream.js';
import { cliWords } from '../ui/words/cli.js';
import type { Context } from './context.js';
import { loadOrTell } from './load.js';
import type { CommonOptions } from './options.js';

export type Started =
  | { readonly ok: true; readonly sync: Sync; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly exitCode: number };

export async function start(
  options: CommonOptions,
  names: readonly string[],
  context: Context,
  render: Renderer,
): Promise<Started> {
  const loaded = await loadOrTell(options, context);
  if (loaded === null) return { ok: false, exitCode: 3 };
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
  };
  const started = await createSync(syncOptions);
  if (started.ok) return { ok: true, sync: started.sync, loaded };
  for (const { kind, value } of started.unmatched) {
    context.err(`tcb-watch: ${cliWords[language].unmatched[kind](value)}\n`);
  }
  return { ok: false, exitCode: 4 };
}

/** Asks for the protected environments, where there is somebody to ask. */
async function protectedAllowed(
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
