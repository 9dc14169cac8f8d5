/** `tcb-watch watch`: until somebody stops it. */
import { envSpecsOf } from '../sync/settings.js';
import type { LoadedConfig, Sync } from '../sync/sync.js';
import { noticeFact } from '../text/notices.js';
import { cliWords } from '../text/words/cli.js';
import { daemonWords } from '../text/words/daemon.js';
import { type Claim, claim } from './claim.js';
import type { Context } from './context.js';
import { loadFor, loadOrTell } from './load.js';
import { withLog } from './log.js';
import { type MonitorOutput, monitorOutput, monitorTerminal } from './monitor.js';
import type { CommonOptions } from './options.js';
import { rendererFor } from './output.js';

/** The usual `push --timeout`: what a first picture needs is loaded here, and options.ts is not. */
const pushSeconds = 600;

export async function runWatch(options: CommonOptions, context: Context): Promise<number> {
  // Without a watcher there is nothing to wait for: a dry run is the same for both.
  if (options.dryRun) return (await import('./push.js')).runPush(options, [], pushSeconds, context);
  const loaded = await loadOrTell(options, context);
  if (loaded === null) return 3;
  const ending = new AbortController();
  const { signal } = ending;
  const terminal = monitorTerminal(options, context);
  const screen = terminal === null ? null : monitorOutput(terminal, options, context);
  const interrupted = firstInterrupt(context, () => {
    ending.abort();
    const quiet = screen?.close() === 'idle';
    if (!quiet) context.err(`${cliWords[context.language].stopping}\n`);
  });
  const claimed = await claim({ config: loaded.config, role: 'watch', patienceSeconds: 0, signal }, context);
  switch (claimed.type) {
    case 'alone':
      try {
        return await watchAlone(loaded, options, context, claimed, { signal, interrupted }, screen);
      } finally {
        claimed.lock?.release();
      }
    case 'daemon':
      claimed.talk.close();
      context.err(`${daemonWords[context.language].running(claimed.holder.pid)}\n`);
      return 3;
    case 'refused':
      return claimed.exitCode;
    default:
      return claimed satisfies never;
  }
}

/** Both at the first interrupt. */
interface Ending {
  readonly signal: AbortSignal;
  readonly interrupted: Promise<void>;
}

async function watchAlone(
  loaded: LoadedConfig,
  options: CommonOptions,
  context: Context,
  { socket, trouble }: Extract<Claim, { type: 'alone' }>,
  { signal, interrupted }: Ending,
  screen: MonitorOutput | null,
): Promise<number> {
  const shown = screen?.render ?? rendererFor(options.json, context, options.ascii);
  const render = withLog(shown, loaded.config, context);
  // What the rest needs takes several times as long to load as the screen: the picture comes first.
  if (!willAsk(options, loaded)) await screen?.open(loaded.config);
  const { start } = await import('./start.js');
  const asking: Context =
    screen === null
      ? context
      : { ...context, ask: (text, end) => screen.aside(() => context.ask(text, end)) };
  const onCreated = (sync: Sync): void => screen?.attach(sync);
  const started = await start(loaded, options, [], asking, render, { signal, onCreated });
  if (!started.ok) {
    screen?.close();
    return started.exitCode;
  }
  const { sync } = started;
  if (signal.aborted) return sync.stop(() => 0);
  const open = async (): Promise<void> => screen?.open(loaded.config);
  await open();
  const refused = started.refused(open);
  if (trouble !== null) render(noticeFact('no-lock', trouble, context.language), Date.now());
  const { openDaemon } = await import('../daemon/daemon.js');
  const daemon = socket === null ? null : await openDaemon(sync, socket, context.version);
  if (daemon?.ok === false) render(noticeFact('no-socket', daemon.code, context.language), Date.now());
  const { createReloader } = await import('../sync/reload.js');
  // A file that is gone for a moment is not looked for elsewhere: the folder above may have one, with other environments.
  const { file } = loaded.config;
  const reload = createReloader({
    sync,
    load: () => loadFor(file === null ? options : { ...options, config: file }, context),
    language: context.language,
    tell: (fact) => render(fact, Date.now()),
  });
  await Promise.race([sync.watch(reload), interrupted, refused]);
  const code = await Promise.race([interrupted.then(() => 0), refused.then(() => 1)]);
  screen?.close();
  if (daemon?.ok === true) await daemon.daemon.close();
  return sync.stop(() => code);
}

/** A question is asked on the main screen. */
function willAsk(options: CommonOptions, { config }: LoadedConfig): boolean {
  const selection = { envIds: options.envId, only: [], names: [] };
  return !options.yes && envSpecsOf(config, selection, false).some((env) => env.protected);
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
