/** `tcb-watch watch`: until somebody stops it. */
import { noticeFact } from '../text/notices.js';
import { cliWords } from '../text/words/cli.js';
import { daemonWords } from '../text/words/daemon.js';
import { claim } from './claim.js';
import { protectedEnvsOf } from './consent.js';
import type { Context } from './context.js';
import { monitorOutput, monitorTerminal } from './monitor.js';
import type { CommonOptions } from './options.js';
import { rendererFor, withLog } from './output.js';
import { loadTrusted } from './trust.js';

/** Resolves to the exit code. */
export async function runWatch(options: CommonOptions, context: Context): Promise<number> {
  const trusted = await loadTrusted(options, context);
  if (trusted === null) return 3;
  const { loaded, reload: load } = trusted;
  const { config } = loaded;
  const { language, err } = context;
  const ending = new AbortController();
  const { signal } = ending;
  const terminal = monitorTerminal(options, context);
  const screen = terminal === null ? null : monitorOutput(terminal, options, context);
  const interrupted = firstInterrupt(context, () => {
    ending.abort();
    const quiet = screen?.close() === 'idle';
    if (!quiet) err(`${cliWords[language].stopping}\n`);
  });

  /** @param trouble why there can be no lock: the system's code */
  const alone = async (socket: string | null, trouble: string | null): Promise<number> => {
    const render = withLog(screen?.render ?? rendererFor(options, 'holds', config, context), config, context);
    const tell = (fact: Parameters<typeof render>[0]): void => render(fact, Date.now());
    // What the rest needs takes several times as long to load as the screen: the picture comes first. A question is asked on
    // the main screen.
    const willAsk = !options.yes && protectedEnvsOf(config, options.envId).length > 0;
    if (!willAsk) await screen?.open(config);
    const { start } = await import('./start.js');
    const started = await start({
      loaded,
      options,
      names: [],
      context:
        screen === null
          ? context
          : { ...context, ask: (text, end) => screen.aside(() => context.ask(text, end)) },
      render,
      signal,
      onCreated: (sync) => screen?.attach(sync),
    });
    if (!started.ok) {
      screen?.close();
      return started.exitCode;
    }
    const { sync } = started;
    if (signal.aborted) return sync.stop(() => 0);
    const open = async (): Promise<void> => screen?.open(config);
    await open();
    const refused = started.refused(open);
    if (trouble !== null) tell(noticeFact('no-lock', trouble, language));
    const { openDaemon } = await import('../daemon/daemon.js');
    const daemon = socket === null ? null : await openDaemon(sync, socket, context.version, context.stop);
    if (daemon?.ok === false) tell(noticeFact('no-socket', daemon.code, language));
    const { createReloader } = await import('../sync/reload.js');
    const reload = createReloader({ sync, load, language, tell });
    await Promise.race([sync.watch(reload), interrupted, refused]);
    const code = await Promise.race([interrupted.then(() => 0), refused.then(() => 1)]);
    screen?.close();
    if (daemon?.ok === true) await daemon.daemon.close();
    return sync.stop(() => code);
  };

  const claimed = await claim({ config, role: 'watch', patienceSeconds: 0, signal }, context);
  switch (claimed.type) {
    case 'alone':
      try {
        return await alone(claimed.socket, claimed.trouble);
      } finally {
        claimed.lock?.release();
      }
    case 'daemon':
      claimed.talk.close();
      err(`${daemonWords[language].running(claimed.holder.pid)}\n`);
      return 3;
    case 'refused':
      return claimed.exitCode;
    default:
      return claimed satisfies never;
  }
}

/** Resolves at the first interrupt; the process ends at the second. */
export function firstInterrupt(context: Context, onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    const stop = context.onInterrupt(() => {
      stop();
      onFirst();
      resolve();
    });
  });
}
