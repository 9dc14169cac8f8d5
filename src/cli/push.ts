/** `tcb-watch push`: once, until it is live; in this process, or by the daemon that runs for this configuration. */

import { codeOfCalls } from '../answers/exit-code.js';
import type { Config } from '../config/model.js';
import { exitCodeOf, worstOf } from '../core/standing.js';
import type { Talk } from '../daemon/client.js';
import type { UndoStep } from '../history/undo.js';
import type { Answer } from '../model/answer.js';
import type { Lock } from '../state/lock.js';
import type { LoadedConfig, Sync } from '../sync/sync.js';
import { noticeFact } from '../text/notices.js';
import { listOf } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { daemonWords } from '../text/words/daemon.js';
import { claim, otherProject, otherVersion } from './claim.js';
import { protectedAllowed, restUnasked } from './consent.js';
import type { Context } from './context.js';
import { functionNames, tellUnmatched, withEnvIds } from './names.js';
import type { CommonOptions } from './options.js';
import { looksFor, rendererFor, withLog } from './output.js';
import { start } from './start.js';
import { loadToLook, loadTrusted } from './trust.js';

/** Timers of Node hold 31 bits, 24 days: a longer one would end at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Resolves to the exit code.
 * @param given names or folders of functions; none: all
 * @param timeoutSeconds how long to go on retrying; 0: without an end
 */
export async function runPush(
  asked: CommonOptions,
  given: readonly string[],
  timeoutSeconds: number,
  context: Context,
  { check }: { readonly check: boolean } = { check: false },
): Promise<number> {
  const loaded = asked.dryRun
    ? await loadToLook(asked, context)
    : ((await loadTrusted(asked, context))?.loaded ?? null);
  if (loaded === null) return 3;
  const names = await functionNames(given, loaded.config, context);
  const options = withEnvIds(asked, loaded.config);
  return push({ loaded, options, names, undo: null, check, timeoutSeconds }, context);
}

export interface Pushing {
  readonly loaded: LoadedConfig;
  readonly options: CommonOptions;
  /** None: all functions. */
  readonly names: readonly string[];
  /** Go back there, instead of sending what is on disk. */
  readonly undo: readonly UndoStep[] | null;
  /** When all is live, functions are called with their saved events. */
  readonly check: boolean;
  readonly timeoutSeconds: number;
}

/** By this process alone, or by the one that is at work. Resolves to the exit code. */
export async function push(
  { loaded, options, names, undo, check, timeoutSeconds }: Pushing,
  context: Context,
): Promise<number> {
  const { config } = loaded;
  const { language, err } = context;
  const words = daemonWords[language];
  const ending = new AbortController();
  const { signal } = ending;
  let interrupted = false;
  const stopListening = context.onInterrupt(() => {
    interrupted = true;
    err(`${cliWords[language].stopping}\n`);
    ending.abort();
  });
  const timeoutMs = Math.min(timeoutSeconds * 1000, longestTimerMs);
  const timer = timeoutSeconds === 0 ? null : setTimeout(() => ending.abort(), timeoutMs);

  /** One process at a time writes the ledger: alone with the lock, or through whoever has it. */
  const once = async (): Promise<number> => {
    if (options.dryRun) return alone(null, null);
    const claimed = await claim({ config, role: 'push', patienceSeconds: timeoutSeconds, signal }, context);
    switch (claimed.type) {
      case 'alone':
        try {
          return await alone(claimed.trouble, claimed.lock);
        } finally {
          claimed.lock?.release();
        }
      case 'daemon':
        return through(claimed.talk);
      case 'refused':
        return claimed.exitCode;
      default:
        return claimed satisfies never;
    }
  };

  /** @param trouble why there can be no lock: the system's code */
  const alone = async (trouble: string | null, lock: Lock | null): Promise<number> => {
    const shown = rendererFor(options, 'outcomes', config, context);
    const render = options.dryRun ? shown : withLog(shown, config, context);
    const emulator = options.dryRun ? await runningEmulator(config) : null;
    const { createTenure } = await import('../daemon/tenure.js');
    const tenure = createTenure({ lock, onAgain: () => undefined });
    const { holds: holdsLock } = tenure;
    const back = undo === null ? null : { names, steps: undo };
    const started = await start({
      ...{ loaded, options, names, context, render, emulator, signal, holdsLock, undo: back },
    });
    if (!started.ok) {
      tenure.end();
      return started.exitCode;
    }
    const { sync, refused } = started;
    if (trouble !== null) render(noticeFact('no-lock', trouble, language), Date.now());
    const lost = tenure.lost.then((holder) => `${words.takenOver(holder?.pid ?? null)}\n`);
    const end = await Promise.race([restUnasked(sync, signal), refused(), lost]);
    tenure.end();
    if (typeof end === 'string') err(end);
    const called = check && !options.dryRun && typeof end !== 'string' ? await callAll(sync, signal) : 0;
    return sync.stop((state) => {
      if (typeof end === 'string') return 3;
      if (options.dryRun) return 0;
      return worstOf([exitCodeOf(state, undefined, undo !== null), called]) || (interrupted ? 1 : 0);
    });
  };

  /** The daemon does the work, and its lines for these targets are printed here. */
  const through = async (talk: Talk): Promise<number> => {
    const refusal = otherProject(config, talk.daemon, context) ?? otherVersion(talk, context);
    if (refusal !== null) {
      err(`${refusal}\n`);
      talk.close();
      return 3;
    }
    const yes = options.yes || (await protectedAllowed(options, config, context, signal));
    talk.ask({
      v: 1,
      ask: 'push',
      selection: { envIds: [...options.envId], only: [...options.only], names: [...names] },
      force: options.force,
      yes,
      ...(undo === null ? {} : { undo: [...undo] }),
      check,
      retry: true,
      looks: {
        ...looksFor(options.json, context, options.ascii),
        verbose: options.verbose,
        problems: options.problems,
      },
    });
    const end = (): void => talk.ask({ v: 1, ask: 'end', interrupted });
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    const code = await listen(talk);
    signal.removeEventListener('abort', end);
    talk.close();
    return code;
  };

  const listen = async ({ daemon, next }: Talk): Promise<number> => {
    for (;;) {
      const answer = await next();
      switch (answer?.say) {
        case 'text':
          context.out(answer.text);
          continue;
        case 'ended':
          return answer.code;
        case 'unmatched':
          return tellUnmatched(answer.unmatched, context);
        case 'narrower':
          err(`${words.narrower(daemon.pid, listOf(answer.missing, context.language))}\n`);
          return 3;
        default:
          err(`${words.ended(daemon.pid)}\n`);
          return 1;
      }
    }
  };

  const code = await once();
  if (timer !== null) clearTimeout(timer);
  stopListening();
  const timedOut = signal.aborted && !interrupted;
  if (timedOut) err(`${cliWords[language].timedOut(timeoutSeconds)}\n`);
  return code;
}

/** Calls whatever is live, in the targets of this run. @returns the exit code of it */
async function callAll(sync: Sync, signal: AbortSignal): Promise<number> {
  const answers: Answer[] = [];
  const names = [...sync.engine.state().functions.keys()];
  const onAnswer = (answer: Answer): void => void answers.push(answer);
  const problems = await sync.answers.call({ names, envs: null, signal, onAnswer });
  return codeOfCalls(answers, problems);
}

/** A dry run takes no lock, but a store that the daemon's emulator has open must not be opened a second time. */
async function runningEmulator(config: Config): Promise<{ url: string; token: string } | null> {
  if (config.endpoint !== 'emulator') return null;
  const { emulatorOfDaemon } = await import('../daemon/client.js');
  return emulatorOfDaemon(config);
}
