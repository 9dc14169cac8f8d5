/** What `watch` and `push` have in common: ask, start. */

import type { Config } from '../config/model.js';
import type { DaemonFacts } from '../daemon/protocol.js';
import type { Unmatched } from '../functions/selection.js';
import { envSpecsOf } from '../sync/settings.js';
import { createSync, type LoadedConfig, type Sync, type SyncOptions } from '../sync/sync.js';
import { noticeFact, watchNotice } from '../text/notices.js';
import type { Renderer } from '../text/stream.js';
import { cliWords } from '../text/words/cli.js';
import { daemonWords } from '../text/words/daemon.js';
import { isYes, mayOverwrite, refusedLater } from './confirm.js';
import { type Context, interruptedTwice } from './context.js';
import { tellNoStore } from './load.js';
import type { CommonOptions } from './options.js';

export type Started =
  | {
      readonly ok: true;
      readonly sync: Sync;
      /** Asks what could not be asked before: see `refusedLater`. */
      readonly refused: (onAllowed?: () => Promise<void>) => Promise<void>;
    }
  | { readonly ok: false; readonly exitCode: number };

export interface StartOptions {
  /** Aborts when nobody waits for the start any longer. */
  readonly signal: AbortSignal;
  readonly emulator?: SyncOptions['emulator'];
  /** Before anything is asked. */
  readonly onCreated?: (sync: Sync) => void;
}

export async function start(
  loaded: LoadedConfig,
  options: CommonOptions,
  names: readonly string[],
  context: Context,
  render: Renderer,
  { signal, emulator = null, onCreated }: StartOptions,
): Promise<Started> {
  const selection = { envIds: options.envId, only: options.only, names };
  const yes = options.yes || (await protectedAllowed(options, loaded, context, signal));
  const { language } = context;
  const askFirst = canAsk(options, context) && !options.yes;
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
    askFirst,
  };
  const started = await createSync(syncOptions);
  if (started.ok) {
    const { sync } = started;
    onCreated?.(sync);
    // Programs that read events wait for the last one, however the end comes.
    if (options.json) context.atEnd?.((code) => code === interruptedTwice && sync.breakOff(code));
    return confirmed(sync, askFirst, context, signal);
  }
  if (started.reason === 'no-store')
    return { ok: false, exitCode: tellNoStore(started.problem, loaded, context) };
  tellUnmatched(started.unmatched, context);
  return { ok: false, exitCode: 4 };
}

/** @returns the sync, or, where a person said no, exit code 1 with everything closed and nothing sent */
async function confirmed(
  sync: Sync,
  askFirst: boolean,
  context: Context,
  signal: AbortSignal,
): Promise<Started> {
  if (!askFirst || (await mayOverwrite(sync, context, signal)) || signal.aborted)
    return { ok: true, sync, refused: (onAllowed) => refusedLater(sync, context, signal, onAllowed) };
  return { ok: false, exitCode: await sync.stop(() => 1) };
}

function canAsk(options: CommonOptions, context: Context): boolean {
  return context.interactive && !options.json && !options.dryRun;
}

/** Says which parts of the command line nothing answers to: exit code 4 then. */
export function tellUnmatched(unmatched: readonly Unmatched[], { err, language }: Context): void {
  for (const { kind, value } of unmatched) err(`tcb-watch: ${cliWords[language].unmatched[kind](value)}\n`);
}

/** Why a daemon with another configuration or endpoint cannot be meant; null: it can. */
export function otherProject(
  { file, endpoint }: Config,
  { pid, config, endpoint: theirs }: DaemonFacts,
  { language }: Context,
): string | null {
  const words = daemonWords[language];
  if (config !== file) return words.otherConfig(pid, config ?? '-', file ?? '-');
  return theirs === endpoint ? null : words.otherEndpoint(pid, theirs, endpoint);
}

/** Asks for the protected environments, where there is somebody to ask. */
export async function protectedAllowed(
  options: CommonOptions,
  loaded: LoadedConfig,
  context: Context,
  signal: AbortSignal,
): Promise<boolean> {
  if (!canAsk(options, context)) return false;
  const selection = { envIds: options.envId, only: [], names: [] };
  const waiting = envSpecsOf(loaded.config, selection, false).filter((env) => env.protected);
  if (waiting.length === 0) return false;
  const question = cliWords[context.language].allowProtected(waiting.map(({ id }) => id).join(', '));
  return isYes(await context.ask(question, signal));
}

/** Tests scale the scheduler's waits with it; it is not for users. */
function timeScale(environment: Context['environment']): number {
  const scale = Number(environment['TCB_WATCH_TIME_SCALE'] ?? '1');
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}
