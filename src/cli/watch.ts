/** `tcb-watch watch`: until somebody stops it. */

import type { Alone } from '../daemon/claim.js';
import type { Daemon } from '../daemon/daemon.js';
import type { Fact } from '../model/fact.js';
import type { Sync } from '../sync/sync.js';
import type { Bound } from '../system/socket.js';
import { noticeFact } from '../text/notices.js';
import { cliWords } from '../text/words/cli.js';
import { daemonWords } from '../text/words/daemon.js';
import { claim } from './claim.js';
import { protectedEnvsOf } from './consent.js';
import type { Context } from './context.js';
import { monitorOutput, monitorTerminal } from './monitor.js';
import { withEnvIds } from './names.js';
import type { CommonOptions } from './options.js';
import { rendererFor, withLog } from './output.js';
import { loadTrusted } from './trust.js';

/** Resolves to the exit code. */
export async function runWatch(asked: CommonOptions, context: Context): Promise<number> {
  const trusted = await loadTrusted(asked, context);
  if (trusted === null) return 3;
  const { loaded, reload: load } = trusted;
  const { config } = loaded;
  const options = withEnvIds(asked, config);
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

  const alone = async ({ lock, socket, bound, trouble }: Alone): Promise<number> => {
    const render = withLog(screen?.render ?? rendererFor(options, 'holds', config, context), config, context);
    const tell = (fact: Fact): void => render(fact, Date.now());
    // The modules that the rest needs take several times as long to load as the screen: the picture comes first. A question is asked on
    // the main screen.
    const willAsk = !options.yes && protectedEnvsOf(config, options.envId).length > 0;
    if (!willAsk) await screen?.open(config);
    const { start } = await import('./start.js');
    const { createTenure } = await import('../daemon/tenure.js');
    let sync: Sync | null = null;
    let takenOver = '';
    const onAgain = (): void => {
      sync?.rewrite();
      tell(noticeFact('folder-removed', '', language));
    };
    const tenure = createTenure({ lock, onAgain });
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
      holdsLock: tenure.holds,
      onCreated(created) {
        sync = created;
        screen?.attach(created);
      },
    });
    if (!started.ok) {
      tenure.end();
      screen?.close();
      return started.exitCode;
    }
    sync = started.sync;
    if (signal.aborted) return sync.stop(() => 0);
    const open = async (): Promise<void> => screen?.open(config);
    await open();
    const refused = started.refused(open);
    if (trouble !== null) tell(noticeFact('no-lock', trouble, language));
    const daemon = await answering(sync, bound ?? socket, tell, context);
    if (daemon !== null) tenure.attach(daemon);
    const { createReloader } = await import('../sync/reload.js');
    const reload = createReloader({ sync, load, language, tell });
    const lost = tenure.lost.then((holder) => {
      takenOver = `${daemonWords[language].takenOver(holder?.pid ?? null)}\n`;
      return 3;
    });
    await Promise.race([sync.watch(reload), interrupted, refused, lost]);
    const code = await Promise.race([interrupted.then(() => 0), refused.then(() => 1), lost]);
    tenure.end();
    screen?.close();
    err(takenOver);
    await daemon?.close();
    return sync.stop(() => code);
  };

  const claimed = await claim({ config, role: 'watch', patienceSeconds: 0, signal }, context);
  switch (claimed.type) {
    case 'alone':
      try {
        return await alone(claimed);
      } finally {
        claimed.lock?.release();
      }
    case 'daemon':
      claimed.talk.close();
      err(`${daemonWords[language].running(claimed.talk.daemon.pid)}\n`);
      return 3;
    case 'refused':
      return claimed.exitCode;
    default:
      return claimed satisfies never;
  }
}

/** Who answers other commands, at a place that may be taken already; null: nobody can. */
async function answering(
  sync: Sync,
  place: string | Bound | null,
  tell: (fact: Fact) => void,
  { version, stop, language }: Context,
): Promise<Daemon | null> {
  if (place === null) return null;
  const { openDaemon } = await import('../daemon/daemon.js');
  const outcome = await openDaemon(sync, place, version, stop);
  if (outcome.ok) return outcome.daemon;
  tell(noticeFact('no-socket', outcome.code, language));
  return null;
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
