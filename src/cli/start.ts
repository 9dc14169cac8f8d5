/** The common start of `watch` and `push`: ask, and start. */
import { createSync, type LoadedConfig, type Sync, type SyncOptions } from '../sync/sync.js';
import { noticeFact, watchNotice } from '../text/notices.js';
import type { Renderer } from '../text/stream.js';
import { canAsk, mayOverwrite, protectedAllowed, refusedLater } from './consent.js';
import { type Context, interruptedTwice } from './context.js';
import { tellNoStore } from './load.js';
import { tellUnmatched } from './names.js';
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
  readonly loaded: LoadedConfig;
  readonly options: CommonOptions;
  /** Function names; none: all. */
  readonly names: readonly string[];
  readonly context: Context;
  readonly render: Renderer;
  /** Aborts when nobody waits for the start any longer. */
  readonly signal: AbortSignal;
  readonly emulator?: SyncOptions['emulator'];
  readonly holdsLock?: SyncOptions['holdsLock'];
  readonly undo?: SyncOptions['undo'];
  /** Before anything is asked. */
  readonly onCreated?: (sync: Sync) => void;
}

/** Where a person said no, everything is closed, nothing was sent, and the exit code is 1. */
export async function start(all: StartOptions): Promise<Started> {
  const { loaded, options, names, context, render, signal, emulator = null, undo = null, onCreated } = all;
  const { language } = context;
  const yes = options.yes || (await protectedAllowed(options, loaded.config, context, signal));
  const askFirst = options.adopt || (canAsk(options, context) && !options.yes);
  const started = await createSync({
    loaded,
    selection: { envIds: options.envId, only: options.only, names },
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
    undo,
    waitedMs: context.waitedMs,
    ...(all.holdsLock === undefined ? {} : { holdsLock: all.holdsLock }),
  });
  if (!started.ok) {
    const exitCode =
      started.reason === 'no-store'
        ? tellNoStore(started.problem, loaded, context)
        : tellUnmatched(started.unmatched, context);
    return { ok: false, exitCode };
  }
  const { sync } = started;
  onCreated?.(sync);
  // Programs that read events wait for the last one, however the end comes.
  if (options.json) context.atEnd?.((code) => code === interruptedTwice && sync.breakOff(code));
  const asking = { sync, context, signal, adopt: options.adopt };
  if (askFirst && !(await mayOverwrite(asking)) && !signal.aborted)
    return { ok: false, exitCode: await sync.stop(() => 1) };
  return { ok: true, sync, refused: (onAllowed) => refusedLater(asking, onAllowed) };
}

/** Tests scale the scheduler's waits with it; it is not for users. */
export function timeScale(environment: Context['environment']): number {
  const scale = Number(environment['TCB_WATCH_TIME_SCALE'] ?? '1');
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}
