/** Puts the parts together: configuration → engine, effects, watching and whoever listens. */
import { createEngine, type Engine } from '../core/engine.js';
import { ledgerOf } from '../core/ledger.js';
import type { Event, FunctionSpec } from '../core/model.js';
import { narrowState, type Wants } from '../core/narrow.js';
import { failedCount, isAtRest, pendingOf } from '../core/rest.js';
import type { State } from '../core/state.js';
import { type Cloud, createCloud } from '../io/cloud.js';
import type { Config } from '../io/config-model.js';
import type { Variables } from '../io/config-text.js';
import { disabledFunctions, discover } from '../io/functions.js';
import { createHttp, type Http } from '../io/http.js';
import { type Ledger, openLedger } from '../io/ledger.js';
import { createRedactor, type Redactor } from '../io/redact.js';
import { createTokenSource, type Tokens } from '../io/token.js';
import type { WatchProblem } from '../io/watcher-model.js';
import { createFacts, type Fact } from '../ui/facts.js';
import type { Language } from '../ui/language.js';
import { noticeFact } from '../ui/notices.js';
import { type Content, createContent } from './content.js';
import { createEffects } from './effects.js';
import { type Endpoint, openEndpoint, type RunningEmulator } from './endpoint.js';
import { makeStateFolder, stateFolderOf } from './project-folder.js';
import {
  envSpecsOf,
  isSelected,
  narrowed,
  type Selection,
  settingsOf,
  type Unmatched,
  unmatchedOf,
} from './settings.js';
import { createTally } from './tally.js';
import { startWatching, type Watching } from './watching.js';

export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: readonly string[];
  readonly watchFiles: readonly string[];
  readonly variables: Variables;
}

export interface SyncOptions {
  readonly loaded: LoadedConfig;
  readonly selection: Selection;
  /** No environment needs an answer. */
  readonly yes: boolean;
  /** Send nothing before an `ask` event says that a person has answered. */
  readonly askFirst?: boolean;
  /** Send even what the ledger holds for live. */
  readonly force: boolean;
  /** Send nothing, write nothing; `planned` facts say what would be sent. */
  readonly dryRun: boolean;
  readonly language: Language;
  readonly version: string;
  /** Each fact with its time in epoch milliseconds. */
  readonly onFact: (fact: Fact, at: number) => void;
  /** Bugs of ours, redacted. */
  readonly onBug: (text: string) => void;
  readonly onWatchProblem?: (problem: WatchProblem) => void;
  /** Scales all waits of the scheduler; only tests change it. */
  readonly timeScale?: number;
  /** For the endpoint "emulator": one that runs already, instead of our own. */
  readonly emulator?: RunningEmulator | null;
}

export interface Sync {
  readonly engine: Engine;
  readonly config: Config;
  /** Begins to watch. Resolves when every save from here on is seen. */
  watch(onConfigChanged: () => void): Promise<void>;
  /** Resolves when nothing is going to change by itself (in the targets meant), or when the signal aborts. */
  atRest(signal: AbortSignal, wants?: Wants): Promise<void>;
  /** The facts from now on, worded in this language, redacted. Returns how to stop. */
  observe(language: Language, onFact: SyncOptions['onFact']): () => void;
  /** Looks at the roots again, now. Resolves to all functions there are, whatever this run is narrowed to. */
  discover(): Promise<readonly FunctionSpec[]>;
  /** The embedded emulator's address and token; null where the endpoint is a URL. */
  emulator(): { readonly url: string; readonly token: string } | null;
  /** Takes a configuration that was read again. Everything that can stay as it is stays. */
  reconfigure(loaded: LoadedConfig): Promise<void>;
  /** Looks at every function again, now. */
  sweep(): Promise<void>;
  cloud(): Cloud;
  readonly content: Content;
  /** Takes secrets out of a text that is made from the state. */
  redact(text: string): string;
  /** For whoever meets an error that nobody expected. */
  reportBug(error: unknown): void;
  /** Ends: uploads in flight are waited for, 10 s at most; then everything is closed and `stopped` is told. */
  stop(code: (state: State) => number): Promise<number>;
}

export type SyncStart =
  | { readonly ok: true; readonly sync: Sync }
  | { readonly ok: false; readonly unmatched: readonly Unmatched[] };

/** How long uploads in flight are waited for at the end (contract: 10 s at most). */
const farewellMs = 10_000;

interface Connection {
  readonly endpoint: Endpoint;
  readonly http: Http;
  readonly tokens: Tokens;
  readonly cloud: Cloud;
}

export async function createSync(options: SyncOptions): Promise<SyncStart> {
  const { loaded, selection } = options;
  const { config } = loaded;
  const folder = stateFolderOf(config);
  const folderTrouble = options.dryRun ? null : await makeStateFolder(folder);
  const redactor = createRedactor();
  for (const secret of loaded.secrets) redactor.add(secret);
  const tell = (fact: Fact, at = Date.now()): void => options.onFact(redacted(fact, redactor), at);
  const ledger = await openLedger({
    folder,
    endpoint: config.endpoint,
    readOnly: options.dryRun,
    onTrouble: (error) => tell(noticeFact('ledger-unwritable', error.message, options.language)),
  });
  const known = new Set(ledger.entries.map((entry) => entry.function));
  const discovered = await discover(config, { known });
  const unmatched = unmatchedOf(selection, config, discovered, new Set(disabledFunctions(config)));
  if (unmatched.length > 0) return { ok: false, unmatched };
  const specs = discovered.filter((spec) => isSelected(spec, selection));
  if (folderTrouble !== null) tell(noticeFact('state-folder', folderTrouble, options.language));
  if (ledger.setAside !== null) tell(noticeFact('ledger-damaged', ledger.setAside, options.language));
  return { ok: true, sync: await assemble({ ...options, tell }, redactor, ledger, specs) };
}

type Telling = SyncOptions & { readonly tell: (fact: Fact, at?: number) => void };

async function assemble(
  options: Telling,
  redactor: Redactor,
  ledger: Ledger,
  firstSpecs: readonly FunctionSpec[],
): Promise<Sync> {
  const { tell, selection } = options;
  let { loaded } = options;
  const timeScale = options.timeScale ?? 1;
  const closing = new AbortController();
  const content = createContent(loaded.config, firstSpecs);
  let connection = await connect(
    loaded,
    () => loaded.variables,
    redactor,
    options.emulator ?? null,
    !options.dryRun,
  );
  let watching: Watching | null = null;
  const tally = createTally();
  const onBug = (error: unknown): void => options.onBug(redactor.redactError(error));

  const engine: Engine = createEngine({
    settings: settingsOf(loaded.config, timeScale),
    clock: {
      now: Date.now,
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
    perform: (job) => effects(job),
    onBug,
  });
  const effects = createEffects({
    content,
    cloud: () => connection.cloud,
    tokens: () => connection.tokens,
    ledger,
    redactor,
    now: Date.now,
    dispatch: (event) => engine.dispatch(event),
    signal: closing.signal,
    dryRun: options.dryRun,
    isGitBusy: (repository) => {
      if (watching?.isGitBusy(repository) !== true) return false;
      const { git, settings } = engine.state();
      const since = git.get(repository);
      // A lock that nobody holds counts for a minute only; the core has let go of it then.
      return since !== undefined && Date.now() < since + settings.waits.gitLockMs;
    },
    stateOf: (name) => engine.state().functions.get(name),
    onBug: options.onBug,
  });

  const facts = createFacts(options.language);
  engine.observe((event, after, before) => {
    if (after.functions !== before.functions) ledger.update(() => ledgerOf(engine.state()));
    if (event.type === 'woke' || event.type === 'probe-ended') connection.http.forget();
    for (const fact of options.dryRun ? plannedFacts(event) : []) tell(fact, event.at);
    for (const fact of facts(event, after, before)) {
      if (options.dryRun && !toldInDryRun.has(fact.event)) continue;
      tally.take(fact);
      tell(fact, event.at);
    }
  });

  const configured = (
    specs: readonly FunctionSpec[],
    cloudChanged: boolean,
    entries = ledger.entries,
  ): void => {
    const { config } = loaded;
    const settings = settingsOf(config, timeScale);
    engine.dispatch({
      type: 'configured',
      at: Date.now(),
      settings: options.dryRun ? { ...settings, verify: false } : settings,
      envs: envSpecsOf(config, selection, options.yes),
      functions: specs.map((spec) => narrowed(spec, selection)),
      ledger: cloudChanged ? entries : [],
      cloudChanged,
    });
  };

  const stopWatchingToken = (): (() => void) =>
    connection.tokens.onChange(() => engine.dispatch({ type: 'token-source-changed', at: Date.now() }));
  let endTokenWatch = stopWatchingToken();

  tell({
    event: 'started',
    version: options.version,
    pid: process.pid,
    endpoint: loaded.config.endpoint,
    envs: envSpecsOf(loaded.config, selection, true).map(({ id }) => id),
    functions: firstSpecs.map(({ name }) => name),
  });
  if (firstSpecs.length === 0) {
    tell(noticeFact('no-functions', loaded.config.functionsRoots.join(', '), options.language));
  }
  if (options.askFirst === true) engine.dispatch({ type: 'ask', at: Date.now(), asking: true });
  configured(firstSpecs, true);
  if (options.force) engine.dispatch({ type: 'force', at: Date.now(), function: null, env: null });
  const sleepWatch = watchForSleep(engine);

  return {
    engine,
    get config() {
      return loaded.config;
    },
    content,
    cloud: () => connection.cloud,
    redact: redactor.redact,
    reportBug: onBug,
    async watch(onConfigChanged) {
      watching = startWatching({
        engine,
        content,
        config: loaded.config,
        selection,
        specs: firstSpecs,
        configFiles: loaded.watchFiles,
        onConfigChanged,
        onProblem: (problem) => options.onWatchProblem?.(problem),
        onBug,
        now: Date.now,
      });
      const { directories } = await watching.ready;
      const state = engine.state();
      const counts = { functions: state.functions.size, envs: state.envs.size, directories };
      // Since the process began, which is the start that a user means.
      tell({ event: 'watching', ...counts, ms: Math.round(performance.now()) });
    },
    atRest: (signal, wants) => whenAtRest(engine, signal, wants),
    observe(language, onFact) {
      const derive = createFacts(language);
      return engine.observe((event, after, before) => {
        for (const fact of derive(event, after, before)) onFact(redacted(fact, redactor), event.at);
      });
    },
    discover: async () => watching?.rediscover() ?? discover(loaded.config),
    emulator() {
      const { url, tokenSource } = connection.endpoint;
      return tokenSource.kind === 'fixed' ? { url, token: tokenSource.value } : null;
    },
    async reconfigure(next) {
      for (const secret of next.secrets) redactor.add(secret);
      const before = loaded.config;
      loaded = next;
      const cloudChanged = !sameCloud(before, next.config);
      const previous = watching?.specs() ?? firstSpecs;
      const found = await discover(next.config, { previous: cloudChanged ? [] : previous });
      const specs = found.filter((spec) => isSelected(spec, selection));
      content.update(next.config, specs);
      watching?.update(next.config, specs, next.watchFiles);
      if (cloudChanged) {
        endTokenWatch();
        await ledger.written();
        // The old one first: two emulators must not share a store.
        await disconnect(connection);
        connection = await connect(next, () => loaded.variables, redactor, null, !options.dryRun);
        endTokenWatch = stopWatchingToken();
      }
      const entries = cloudChanged ? ledger.switchTo(next.config.endpoint) : [];
      configured(specs, cloudChanged, entries);
      if (!cloudChanged) engine.dispatch({ type: 'token-source-changed', at: Date.now() });
      tell({ event: 'config', state: 'reloaded', problems: [] });
    },
    sweep: async () => watching?.sweep(),
    async stop(code) {
      engine.dispatch({ type: 'stop', at: Date.now() });
      sleepWatch.close();
      endTokenWatch();
      await watching?.close();
      await uploadsEnded(engine, farewellMs);
      const state = engine.state();
      const exitCode = code(state);
      ledger.update(() => ledgerOf(state));
      await ledger.written();
      closing.abort();
      engine.close();
      await disconnect(connection);
      const pending = pendingOf(state);
      tell({ event: 'stopped', code: exitCode, ...tally.sum(), failed: failedCount(state), pending });
      return exitCode;
    },
  };
}

async function connect(
  { config }: LoadedConfig,
  variables: () => Variables,
  redactor: Redactor,
  emulator: RunningEmulator | null,
  mayWrite: boolean,
): Promise<Connection> {
  const endpoint = await openEndpoint(config, emulator, mayWrite);
  const http = createHttp({
    connectTimeoutMs: config.connectTimeoutSeconds * 1000,
    requestTimeoutMs: config.requestTimeoutSeconds * 1000,
  });
  const tokens = createTokenSource(endpoint.tokenSource, {
    http,
    redactor,
    lookup: (name) => variables()[name],
    endpoint: endpoint.url,
    folder: config.folder,
  });
  const cloud = createCloud({ endpoint: endpoint.url, http, tokens, redactor });
  return { endpoint, http, tokens, cloud };
}

async function disconnect({ tokens, http, endpoint }: Connection): Promise<void> {
  tokens.close();
  await http.close();
  await endpoint.close();
}

/** The emulator is one with the environments it was started for. */
function sameCloud(one: Config, other: Config): boolean {
  const facts = (config: Config): unknown => [
    config.endpoint,
    config.endpoint === 'emulator' ? config.envs : config.token,
    config.connectTimeoutSeconds,
    config.requestTimeoutSeconds,
  ];
  return JSON.stringify(facts(one)) === JSON.stringify(facts(other));
}

/** Told in a dry run besides `planned`: what would keep the rest from being sent. */
const toldInDryRun = new Set<Fact['event']>(['held', 'token', 'offline', 'online', 'notice']);

function plannedFacts(event: Event): Fact[] {
  if (event.type !== 'push-ended' || event.outcome.type !== 'answered') return [];
  const { function: name, envs, fingerprint, cause } = event.job;
  return [{ event: 'planned', function: name, envs, fingerprint, cause }];
}

/** Secrets are kept out of every fact's text; names, sizes and fingerprints hold none. */
function redacted(fact: Fact, redactor: Redactor): Fact {
  switch (fact.event) {
    case 'push-failed':
      return { ...fact, message: redactor.redact(fact.message), hint: redactor.redact(fact.hint) };
    case 'held':
    case 'notice':
      return { ...fact, detail: redactor.redact(fact.detail), hint: redactor.redact(fact.hint) };
    case 'offline':
    case 'online':
      return { ...fact, detail: redactor.redact(fact.detail) };
    case 'token':
      return { ...fact, detail: fact.detail === null ? null : redactor.redact(fact.detail) };
    default:
      return fact;
  }
}

function whenAtRest(engine: Engine, signal: AbortSignal, wants?: Wants): Promise<void> {
  const rests = (): boolean => {
    if (wants !== undefined) return isAtRest(narrowState(engine.state(), wants));
    return engine.running() === 0 && isAtRest(engine.state());
  };
  return new Promise((resolve) => {
    const look = (): void => {
      if (!signal.aborted && !rests()) return;
      stop();
      signal.removeEventListener('abort', look);
      resolve();
    };
    // After the event that ends the last job has been taken whole, and what follows from it begun.
    const stop = engine.observe(() => setImmediate(look));
    signal.addEventListener('abort', look);
    look();
  });
}

/** Uploads on their way are worth waiting for: what they did is known then. Listings are not. */
function uploadsEnded(engine: Engine, atMostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      clearTimeout(timer);
      resolve();
    };
    const look = (): void => {
      const uploading = [...engine.state().requests.values()].some(({ job }) => job.type === 'push');
      if (!uploading) done();
    };
    const timer = setTimeout(done, atMostMs);
    const stop = engine.observe(() => setImmediate(look));
    look();
  });
}

/** How often the clock is looked at while something waits for the network, and what counts as a jump. */
const sleepLookMs = 1000;
const sleepJumpMs = 3000;

/** Notices that the machine slept, by a jump of the clock. Costs nothing while everything is live. */
function watchForSleep(engine: Engine): { close(): void } {
  let timer: NodeJS.Timeout | null = null;
  let last = 0;
  const tick = (): void => {
    const jumped = Date.now() - last > sleepLookMs + sleepJumpMs;
    last = Date.now();
    if (jumped) engine.dispatch({ type: 'woke', at: Date.now() });
  };
  const stop = engine.observe(() => {
    const waiting = engine.state().offline !== null || !isAtRest(engine.state());
    if (waiting && timer === null) {
      last = Date.now();
      timer = setInterval(tick, sleepLookMs);
    }
    if (!waiting && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  });
  return {
    close() {
      stop();
      if (timer !== null) clearInterval(timer);
    },
  };
}
