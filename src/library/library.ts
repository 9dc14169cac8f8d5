/** The engine for other programs: what `tcb-watch` does, without a terminal. */
import { existsSync, readFileSync } from 'node:fs';
import type { ConfigResult } from '../config/config.js';
import type { ConfigInput } from '../config/input.js';
import type { Variables } from '../config/text.js';
import { exitCodeOf, pendingOf } from '../core/standing.js';
import { type Alone, claimConfig } from '../daemon/claim.js';
import { type Daemon, openDaemon } from '../daemon/daemon.js';
import { targetRows } from '../daemon/status.js';
import { createTenure, type Tenure } from '../daemon/tenure.js';
import { loadConfig, loadConfigValue } from '../functions/load.js';
import type { Selection, Unmatched } from '../functions/selection.js';
import { createTrustGate } from '../functions/trust.js';
import { createTrustStore } from '../state/trust.js';
import { createReloader } from '../sync/reload.js';
import { type Sync as Core, type LoadedConfig, createSync as startCore } from '../sync/sync.js';
import { steadyNow } from '../system/clock.js';
import { anySignal } from '../system/signals.js';
import type { Bound } from '../system/socket.js';
import type { Language } from '../text/language.js';
import { noticeFact, watchNotice } from '../text/notices.js';
import { sentences } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { type DescribedProblem, describeConfigProblem, explainConfigProblem } from '../text/words/config.js';
import { daemonWords } from '../text/words/daemon.js';
import { createEventStream, type EventStream, type Stopped, type SyncEvent } from './event-stream.js';

/** The options of a sync. */
export interface SyncOptions {
  /** The content of a watch.config.json. Its paths start from `cwd`. */
  readonly config?: ConfigInput;
  /** The file to read instead; without both, watch.config.json in `cwd` or the nearest folder above. */
  readonly configFile?: string;
  /** Default: the process's. */
  readonly cwd?: string;
  /** In place of the configuration's: a URL, or `emulator`. */
  readonly endpoint?: string;
  /** Only these of the configured environments. */
  readonly envIds?: readonly string[];
  /** Only functions whose names match one of these globs. */
  readonly only?: readonly string[];
  /** Only these functions, by their names. */
  readonly names?: readonly string[];
  /** Send even what is live already. */
  readonly force?: boolean;
  /** Agrees, for this sync, to what `tcb-watch trust` would show of the configuration file. A `config` in hand is the program's own. */
  readonly trust?: boolean;
  /** Protected environments are allowed. Nobody is ever asked. */
  readonly yes?: boolean;
  /** Send nothing and write nothing: `planned` events say what would be sent. */
  readonly dryRun?: boolean;
  /** Of details and hints; default `en`. */
  readonly language?: Language;
  /** Stops as `stop()` does. */
  readonly signal?: AbortSignal;
  /** The variables of the configuration and of commands; default: the process's. */
  readonly environment?: Variables;
}

/** How a push ended. */
export interface PushResult {
  /** The exit code that `tcb-watch push` would have: 0 means that all is live. */
  readonly code: number;
  /** Targets whose upload failed for now. */
  readonly failed: number;
  /** Everything that is not live, and why. */
  readonly pending: Stopped['pending'];
}

/** One function in one environment. Fingerprints are 64 hex digits. */
export interface StatusRow {
  readonly function: string;
  readonly env: string;
  readonly state: 'live' | 'adopted' | 'sending' | 'deploying' | 'waiting' | 'queued' | 'held';
  /** The fingerprint of the disk; null where that cannot be sent. */
  readonly wanted: string | null;
  readonly live: string | null;
  /** ISO time. */
  readonly since: string | null;
  readonly inFlight: string | null;
  /** Why it is not live, as in `held.reason`. */
  readonly hold: string | null;
  /** Where it stands, and what to do; null where it is live. */
  readonly detail: string | null;
  readonly hint: string | null;
}

/** A running sync. It begins to compare and to send as soon as it is made. */
export interface RunningSync {
  /**
   * The events of `--json`, as objects. The first reader gets them from the beginning, others from when they begin to
   * read; they end after `stopped`.
   */
  readonly events: AsyncIterable<SyncEvent>;
  /**
   * Looks at every function, sends what differs, and resolves when nothing is going to change by itself: all is live, or
   * what is not waits for somebody. Retries what may pass for as long as it takes; `signal` ends that.
   */
  push(signal?: AbortSignal): Promise<PushResult>;
  /** Begins to watch. Resolves when every save from then on is seen. */
  watch(): Promise<void>;
  /** A row for each function in each environment: what should run there, what does, and why not. */
  status(): readonly StatusRow[];
  /** Finishes the uploads in flight (10 s at most), writes the ledger and lets go of everything. */
  stop(): Promise<Stopped>;
}

/** Why there is no sync. `code` is the exit code that `tcb-watch` would have, `message` is in the language asked for. */
export type SyncRefused = { readonly ok: false; readonly code: number; readonly message: string } & (
  | {
      readonly reason: 'config';
      readonly file: string | null;
      readonly problems: readonly DescribedProblem[];
    }
  /** Environments, globs or names that nothing in the project answers to. */
  | { readonly reason: 'no-match'; readonly unmatched: readonly Unmatched[] }
  /** Another process syncs this configuration. */
  | { readonly reason: 'running'; readonly pid: number | null }
);

export type SyncCreated = { readonly ok: true; readonly sync: RunningSync } | SyncRefused;

/**
 * Reads the configuration, takes the project for this process, and begins to sync. What is wrong with the arguments or the
 * project is data; a rejection is a bug.
 */
export async function createSync(options: SyncOptions = {}): Promise<SyncCreated> {
  const startedAt = performance.now();
  const { language = 'en' } = options;
  const pass = trustOf(options);
  const read = await loaderOf(options)();
  const loaded = await pass(read, true);
  if (!loaded.ok) return refusedConfig(loaded, language);
  const claimed = options.dryRun === true ? null : await claimConfig(loaded.config, 'watch', version());
  if (claimed?.type === 'held') {
    const pid = claimed.holder?.pid ?? null;
    return { ok: false, code: 3, reason: 'running', pid, message: daemonWords[language].running(pid) };
  }
  // A file that is gone for a moment is not looked for elsewhere: the folder above may have one, with other environments.
  const { file } = loaded.config;
  const again = loaderOf(file === null ? options : { ...options, configFile: file });
  const load: Load = async () => pass(await again(), false);
  const stream = createEventStream();
  let core: Core | null = null;
  const tenure = createTenure({
    lock: claimed?.lock ?? null,
    onAgain() {
      core?.rewrite();
      stream.push(noticeFact('folder-removed', '', language));
    },
  });
  const started = await startCore({
    ...coreOptions(options, loaded, stream),
    startedAt,
    holdsLock: tenure.holds,
  });
  if (started.ok) {
    core = started.sync;
    return { ok: true, sync: running({ core, stream, claimed, tenure, options, load }) };
  }
  tenure.end();
  claimed?.lock?.release();
  if (started.reason === 'no-store') {
    const { file } = loaded.config;
    return { ...refusedConfig({ ok: false, file, problems: [started.problem] }, language), code: 6 };
  }
  const { unmatched } = started;
  const message = unmatched.map(({ kind, value }) => cliWords[language].unmatched[kind](value)).join('\n');
  return { ok: false, code: 4, reason: 'no-match', unmatched, message };
}

type Load = () => Promise<ConfigResult>;

/** The things that a configuration file asks for must have been agreed to; a value in hand is the program's own. */
function trustOf({
  config,
  trust,
  environment = process.env,
}: SyncOptions): (result: ConfigResult, isFirst: boolean) => Promise<ConfigResult> {
  if (config !== undefined) return async (result) => result;
  const gate = createTrustGate(createTrustStore(environment));
  const given = trust === true || environment['TCB_WATCH_TRUST'] === '1';
  return (result, isFirst) => {
    if (given && isFirst && result.ok) gate.grant(result);
    return gate.pass(result);
  };
}

function loaderOf({ config, configFile, cwd, endpoint, environment }: SyncOptions): Load {
  const options = {
    from: cwd ?? process.cwd(),
    environment: environment ?? process.env,
    ...(endpoint === undefined ? {} : { overrides: { endpoint } }),
  };
  if (config !== undefined) return () => loadConfigValue(config, options);
  return () => loadConfig({ ...options, ...(configFile === undefined ? {} : { file: configFile }) });
}

function refusedConfig(
  { file, problems }: Extract<ConfigResult, { ok: false }>,
  language: Language,
): SyncRefused {
  const described = problems.map((problem) => describeConfigProblem(problem, language));
  const lines = problems.map((problem) => {
    const { detail, hint } = explainConfigProblem(problem, language);
    return `  ${sentences(detail, hint)}`;
  });
  const message = [cliWords[language].configTrouble(file, problems.length), ...lines].join('\n');
  return { ok: false, code: 3, reason: 'config', file, problems: described, message };
}

function coreOptions(
  options: SyncOptions,
  loaded: LoadedConfig,
  stream: EventStream,
): Parameters<typeof startCore>[0] {
  const { language = 'en' } = options;
  return {
    loaded,
    selection: selectionOf(options),
    yes: options.yes ?? false,
    force: options.force ?? false,
    dryRun: options.dryRun ?? false,
    language,
    version: version(),
    onFact: stream.push,
    onBug: (text) => stream.push(noticeFact('bug', text, language)),
    onWatchProblem: (problem) => stream.push(watchNotice(problem, language)),
  };
}

interface Parts {
  readonly core: Core;
  readonly stream: EventStream;
  /** null for a dry run, which needs none. */
  readonly claimed: Alone | null;
  readonly tenure: Tenure;
  readonly options: SyncOptions;
  readonly load: Load;
}

function running({ core, stream, claimed, tenure, options, load }: Parts): RunningSync {
  const { language = 'en', dryRun = false, signal: ended } = options;
  const ending = new AbortController();
  let daemon: Promise<Daemon | null> | null = null;
  let watching: Promise<void> | null = null;
  let stopping: Promise<Stopped> | null = null;

  const end = async (): Promise<Stopped> => {
    ending.abort();
    tenure.end();
    await (await daemon)?.close();
    await core.stop((state) => (watching !== null || dryRun ? 0 : exitCodeOf(state)));
    claimed?.lock?.release();
    return stream.end();
  };
  const stop = (): Promise<Stopped> => {
    stopping ??= end();
    return stopping;
  };
  const stopQuietly = (): void => void stop().catch(core.reportBug);
  const listen = async (place: string | Bound): Promise<Daemon | null> => {
    const outcome = await openDaemon(core, place, version(), stopQuietly);
    if (outcome.ok) {
      tenure.attach(outcome.daemon);
      return outcome.daemon;
    }
    stream.push(noticeFact('no-socket', outcome.code, language));
    return null;
  };
  // `tcb-watch status`, `push` and `stop` meet this process. Where there can be no lock, nobody is answered either.
  const place = claimed?.lock == null ? null : (claimed.bound ?? claimed.socket);
  if (place !== null) daemon = listen(place);
  void tenure.lost.then(stopQuietly);
  if (ended?.aborted === true) stopQuietly();
  ended?.addEventListener('abort', stopQuietly, { once: true, signal: ending.signal });
  let pushes = 0;

  return {
    events: stream.events,
    async push(signal) {
      // A file that is under way was looked at when this sync began.
      if (pushes > 0 || watching !== null) await lookAgain(core);
      pushes += 1;
      const signals = signal === undefined ? [ending.signal] : [ending.signal, signal];
      await core.atRest(anySignal(signals));
      const state = core.engine.state();
      return { code: dryRun ? 0 : exitCodeOf(state), failed: core.failed(), pending: pendingOf(state) };
    },
    watch() {
      watching ??= core.watch(createReloader({ sync: core, load, language, tell: stream.push }));
      return watching;
    },
    status: () =>
      targetRows(core.engine.state(), { language, place: 'lines', token: core.config.token }, 'running'),
    stop,
  };
}

/** Functions that came and went, content that changed, and what failed and may pass now. */
async function lookAgain(core: Core): Promise<void> {
  await core.discover();
  const at = steadyNow();
  // First, so that a build that failed is not made once for each.
  core.engine.dispatch({ type: 'retry', at, function: null, env: null });
  const looked = { cause: 'change', savedAt: null, full: false, capped: false } as const;
  const functions = [...core.engine.state().functions.keys()].map((name) => ({ ...looked, function: name }));
  core.engine.dispatch({ type: 'settled', at, functions });
}

function selectionOf({ envIds = [], only = [], names = [] }: SyncOptions): Selection {
  return { envIds, only, names };
}

/** This package's version. Its package.json lies one folder above the package's bundle, and two above this file. */
function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    const file = new URL(place, import.meta.url);
    if (!existsSync(file)) continue;
    return /"version": *"([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '0.0.0';
  }
  return '0.0.0';
}
