/**
 * One running sync: a configuration becomes an engine with hands (effects), eyes (watching) and whoever listens. What a new
 * configuration replaces while it runs is in `reconfigure`.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createCaller } from '../answers/caller.js';
import { createFollower, type Follower } from '../answers/follower.js';
import { hasProof } from '../answers/proof.js';
import { createAnswerStore } from '../answers/store.js';
import { createBuiltContent } from '../build/builds.js';
import type { Cloud } from '../cloud/cloud.js';
import { createRedactor, type Redactor } from '../cloud/redact.js';
import type { Config } from '../config/model.js';
import type { Variables } from '../config/text.js';
import { openFileIndex } from '../content/file-index.js';
import { mayCallNow, restingLive } from '../core/calls.js';
import { mayStillGo } from '../core/consent.js';
import { createEngine, type Engine } from '../core/engine.js';
import { ledgerPages } from '../core/remembered.js';
import { pendingOf, type Wants } from '../core/standing.js';
import { carriesHelper, type FunctionState, type State } from '../core/state.js';
import { discover, missingRoots } from '../functions/discovery.js';
import { folderOf } from '../functions/files.js';
import { isSelected, narrowed, type Selection, type Unmatched, unmatchedOf } from '../functions/selection.js';
import { createHistory, type History } from '../history/history.js';
import { changedStandings, standingsOf } from '../history/standings.js';
import type { UndoStep } from '../history/undo.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { Event, EventOf } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, Fingerprint, FunctionName, FunctionSpec, LedgerEntry } from '../model/nouns.js';
import { type ProbeKeys, probeKeys, readProbeSecret, SECRET_FILE } from '../proof/key.js';
import { createReactions } from '../reactions/reactions.js';
import { buildsFolderOf, makeDryRunFolder, makeStateFolder, stateFolderOf } from '../state/folder.js';
import { openLedger } from '../state/ledger.js';
import { steadyNow } from '../system/clock.js';
import { eventNotice } from '../text/answers.js';
import { createFacts } from '../text/facts.js';
import { lostRootFact } from '../text/held-facts.js';
import type { Language } from '../text/language.js';
import { eventsRightNotice, noticeFact } from '../text/notices.js';
import { listOf } from '../text/text.js';
import { createUploadBodies } from '../upload/bodies.js';
import { createGitWatch, type GitWatch } from '../watch/git.js';
import type { WatchProblem } from '../watch/model.js';
import { repositoriesOf, stampOf } from '../watch/watched-places.js';
import { startWatching, type Watching } from '../watch/watching.js';
import { preloadZip } from '../zip/zip.js';
import { connect, type RunningEmulator, sameCloud } from './connection.js';
import { type LiveDifference, liveDifferences } from './differences.js';
import { createEarlier, type Earlier } from './earlier.js';
import { createEffects } from './effects.js';
import { envSpecsOf, settingsOf } from './settings.js';
import { watchForSleep } from './sleep.js';
import { createTally } from './tally.js';
import { createTimers } from './timers.js';
import { until, uploadsEnded, whenAtRest } from './waiting.js';

export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: readonly string[];
  readonly watchFiles: readonly string[];
  readonly variables: Variables;
  readonly reread: () => Promise<Variables>;
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
  /** Before each upload and each write into the folder: false where another process has taken the configuration over. */
  readonly holdsLock?: () => Promise<boolean>;
  /** The steps that a person takes back, before anything of it is sent. */
  readonly undo?: { readonly names: readonly FunctionName[]; readonly steps: readonly UndoStep[] } | null;
  /** When the start began that a user waits for, as `performance.now()` counts; default: when the process did. */
  readonly startedAt?: number;
  /** How long a person was waited for since then, ms; default: not at all. */
  readonly waitedMs?: () => number;
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
  /** Rescans the roots, now. Resolves to all functions there are, whatever this run is narrowed to. */
  discover(): Promise<readonly FunctionSpec[]>;
  /** The embedded emulator's address and token; null where the endpoint is a URL. */
  emulator(): { readonly url: string; readonly token: string } | null;
  /** Calls of functions with saved events: after `live` while it watches, and on demand. */
  readonly answers: Pick<Follower, 'call' | 'choose' | 'eventsOf' | 'standing' | 'uncalled'>;
  /** Targets whose last upload failed, and that are not live. */
  failed(): number;
  /** Takes a configuration that was read again. Everything that can stay as it is stays. Not null: it cannot be taken. */
  reconfigure(loaded: LoadedConfig): Promise<ConfigProblem | null>;
  /** Rescans every function, now. */
  sweep(): Promise<void>;
  /** Somebody looks or asks: sweeps, which rest while nobody does, come as often as configured. */
  used(): void;
  /** The folder was removed and made again: what is known is written into it again. */
  rewrite(): void;
  /** Resolves when what is known by now is on the disk, or could not be written: then others can read it there. */
  written(): Promise<void>;
  cloud(): Cloud;
  /** The versions that were sent, and where each ran. */
  readonly history: History;
  /** The steps with the fingerprints of what is sent for them today: for an `undo` event. */
  aim(name: FunctionName, steps: readonly UndoStep[]): Promise<EventOf<'undo'>['steps']>;
  /** The live content against the disk, file by file. */
  differences(name: FunctionName, envs: readonly EnvId[]): Promise<readonly LiveDifference[]>;
  /** Takes secrets out of a text that is made from the state. */
  redact(text: string): string;
  /** For whoever meets an error that nobody expected. */
  reportBug(error: unknown): void;
  /** Ends: uploads in flight are waited for, 10 s at most; then everything is closed and `stopped` is reported. */
  stop(code: (state: State) => number): Promise<number>;
  /** Reports `stopped` where the process ends before `stop` has. Waits for nothing and closes nothing. */
  breakOff(code: number): void;
}

export type SyncStart =
  | { readonly ok: true; readonly sync: Sync }
  | { readonly ok: false; readonly reason: 'no-match'; readonly unmatched: readonly Unmatched[] }
  | { readonly ok: false; readonly reason: 'no-store'; readonly problem: ConfigProblem };

/** How long uploads in flight are waited for at the end, ms. */
const farewellMs = 10_000;
/** Answers that came in during sleep are read within that; those that have not come by then wait on a connection that may be dead, ms. */
const wokenGraceMs = 1000;
/** A start is over by then; the first save seldom comes earlier, and would load it itself, ms. */
const preloadAfterMs = 1000;
/** A start is over by then: what a killed process did not note of what runs is noted now, ms. */
const noteAfterMs = 2000;
/** A start is over by then, and what was read may be what a killed process would read again, ms. */
const indexAfterMs = 10_000;
/** How long the last notes of history are waited for at the end, ms: a slow disk must not hold up the end. */
const historyFarewellMs = 2000;
const bytesOfMegabyte = 1024 * 1024;

/** Opens everything and begins. Nothing is sent where the command line asks for something that is not there. */
export async function createSync(options: SyncOptions): Promise<SyncStart> {
  const { selection, language, dryRun, timeScale = 1 } = options;
  const { config: firstConfig, secrets, watchFiles } = options.loaded;
  /** The states that the files of the configuration had right after they were read. */
  const configStamp = stampOf(watchFiles);
  const redactor = createRedactor(secrets);
  const tell = (fact: Fact, at = Date.now()): void => options.onFact(redacted(fact, redactor), at);
  const onBug = (error: unknown): void => options.onBug(redactor.redactError(error));

  const folder = stateFolderOf(firstConfig);
  const folderTrouble = dryRun ? null : await makeStateFolder(folder);
  const ledger = await openLedger({
    folder,
    endpoint: firstConfig.endpoint,
    makeFolder: () => makeStateFolder(folder),
    readOnly: dryRun,
    ...(options.holdsLock === undefined ? {} : { mayWrite: options.holdsLock }),
    onTrouble(error) {
      // A folder that cannot be made is reported as that.
      if (folderTrouble === null) tell(noticeFact('ledger-unwritable', error.message, language));
    },
  });
  const known = new Set(ledger.entries.map((entry) => entry.function));
  const discovered = await discover(firstConfig, { known });
  const unmatched = unmatchedOf(selection, firstConfig, discovered);
  if (unmatched.length > 0) return { ok: false, reason: 'no-match', unmatched };
  const isMeant = (spec: FunctionSpec): boolean => isSelected(spec, selection);
  const firstSpecs = discovered.filter(isMeant);

  // A new configuration replaces these.
  let { loaded } = options;
  const connectTo = (config: Config, emulator: RunningEmulator | null) =>
    connect({ config, variables: () => loaded.reread(), redactor, emulator, mayWrite: !dryRun });
  const connected = await connectTo(firstConfig, options.emulator ?? null);
  if (!connected.ok) return { ...connected, reason: 'no-store' };
  let { connection } = connected;
  /** The connection's emulator was ended for one that could not be opened: the next configuration opens it again. */
  let isCut = false;
  let isStopping = false;
  /** The move to another cloud that is under way: what it opens is closed by whoever stops. */
  let moving: Promise<unknown> = Promise.resolve();
  let watching: Watching | null = null;
  /** Where nothing is watched, git is: a `push` waits for it as well. */
  let git: GitWatch | null = null;
  let endTokenWatch = (): void => undefined;

  /** null: no function goes with the helper, or no secret is to be had. */
  let keys: ProbeKeys | null = null;
  /** @returns false: there should be a secret, and none can be had */
  const takeKeys = async (config: Config): Promise<boolean> => {
    const isNeeded = Object.keys(config.functions).some((name) => hasProof(config, name));
    const secret = isNeeded ? await readProbeSecret(folder, !dryRun) : null;
    if (secret !== null) redactor.add(secret.toString('hex'));
    keys = secret === null ? null : probeKeys(secret);
    return secret !== null || !isNeeded || dryRun || folderTrouble !== null;
  };
  const hadKeys = await takeKeys(firstConfig);
  const tellNoKeys = (): void => tell(noticeFact('proof-off', `.tcb-watch/${SECRET_FILE}`, language));

  /** A run that is narrowed to some functions would forget the files of the others. */
  const isNarrowed = selection.names.length > 0 || selection.only.length > 0;
  const mayKeepIndex = async (): Promise<boolean> =>
    !dryRun && !isNarrowed && folderTrouble === null && (await (options.holdsLock?.() ?? true));
  /** Where esbuild's results go. */
  const builds = dryRun ? await makeDryRunFolder() : buildsFolderOf(firstConfig);
  const content = createBuiltContent(
    firstConfig,
    firstSpecs,
    {
      folder: builds,
      environment: () => loaded.variables,
      redact: redactor.redact,
      runsCommands: !dryRun,
    },
    (name) => keys?.digestOf(name) ?? null,
    await openFileIndex(folder, `${options.version} ${process.version}`, mayKeepIndex),
  );
  const bodies = createUploadBodies(content);
  const history = createHistory({
    folder,
    endpoint: () => loaded.config.endpoint,
    bounds() {
      const kept = dryRun || folderTrouble !== null ? null : loaded.config.history;
      return kept === null ? null : { versions: kept.versions, bytes: kept.megabytes * bytesOfMegabyte };
    },
    onTrouble: (error) => tell(noticeFact('history-unwritable', error.message, language)),
  });
  const tally = createTally();

  const engine: Engine = createEngine({
    settings: settingsOf(firstConfig, timeScale),
    clock: { now: steadyNow, after: startTimer },
    perform: (job, signal) => perform(job, signal),
    onBug,
  });
  /** Git as it is on the disk now. A lock that nobody holds counts for a minute only: the core has let go of it then. */
  const isGitBusy = (repository: string, forced: boolean): boolean => {
    if ((watching?.isGitBusy(repository) ?? git?.isBusy(repository)) !== true) return false;
    const { git: busy, gitOperations, settings } = engine.state();
    if (gitOperations.has(repository) && !forced) return true;
    const since = busy.get(repository);
    // It has begun just now: the event of it is taken after the one that is being taken.
    if (since === undefined) return !gitOperations.has(repository);
    return steadyNow() < since + settings.waits.gitLockMs;
  };
  const timers = createTimers({
    isOn: () => loaded.config.triggers && !dryRun,
    cloud: () => connection.cloud,
    mayStillGo: (job) => mayStillGo(engine.state(), job),
    dirOf: (name) => engine.state().functions.get(name)?.spec.dir ?? null,
    language,
    tell,
  });
  const earlier = createEarlier({
    history,
    bodies,
    specOf: (name) =>
      engine.state().functions.get(name)?.spec ?? firstSpecs.find((spec) => spec.name === name),
    keyDigestOf: (name) => keys?.digestOf(name) ?? null,
  });
  const perform = createEffects({
    content,
    timers,
    bodies,
    earlier,
    history,
    cloud: () => connection.cloud,
    tokens: () => connection.tokens,
    ledger,
    redactor,
    now: steadyNow,
    dispatch: (event) => engine.dispatch(event),
    dryRun,
    isGitBusy,
    holdsLock: options.holdsLock ?? (async () => true),
    mayStillGo: (job) => mayStillGo(engine.state(), job),
    stateOf: (name) => engine.state().functions.get(name),
    onBug: options.onBug,
  });
  const reactions = dryRun
    ? null
    : createReactions({
        config: () => loaded.config,
        environment: () => loaded.variables,
        language,
        tell,
        onBug,
      });

  const keyOf = (name: FunctionName): string | null => {
    const key = keys?.keyOf(name) ?? null;
    if (key !== null) redactor.add(key);
    return key;
  };
  /** A call is a request like any other, and goes when no upload could. */
  const takeTurn = async (signal: AbortSignal): Promise<boolean> => {
    // Another call may take the turn that both have seen.
    do await until(engine, signal, () => mayCallNow(engine.state()));
    while (!signal.aborted && !mayCallNow(engine.state()));
    if (signal.aborted) return false;
    engine.dispatch({ type: 'called', at: steadyNow() });
    return true;
  };
  const follower = createFollower({
    caller: createCaller({
      cloud: () => connection.cloud,
      config: () => loaded.config,
      folderOf: (name) => engine.state().functions.get(name)?.spec.dir ?? folderOf(loaded.config, name),
      store: createAnswerStore(dryRun || folderTrouble !== null ? null : folder),
      keyOf,
      turn: takeTurn,
      timeScale,
    }),
    config: () => loaded.config,
    liveOf(name, env) {
      const fingerprint = restingLive(engine.state(), name, env);
      return liveFor(engine.state().functions.get(name), env, fingerprint);
    },
    envsOf: (name) => [...(engine.state().functions.get(name)?.targets.keys() ?? [])],
    causeOf: (name) => engine.state().functions.get(name)?.cause ?? null,
    tell: (answer) => report({ event: 'answer', ...answer }),
    tellProblem: (problem) => tell(eventNotice(problem, language)),
    tellRight: (name, file) => tell(eventsRightNotice(name, file, language)),
    onBug,
  });

  // ------------------------------------------------------------------ what follows from each event

  const report = (fact: Fact): void => {
    tally.take(fact);
    // One time for both: a hook gets the very event that was reported.
    const at = Date.now();
    tell(fact, at);
    reactions?.take(redacted(fact, redactor), at);
    follower.take(fact);
  };
  const factsOf = createFacts(language, () => loaded.config.token);
  engine.observe((event, after, before) => {
    if (after.functions !== before.functions) ledger.update(() => ledgerPages(engine.state()));
    for (const { name, standings } of changedStandings(after, before))
      history.stands(name, standings, Date.now());
    if (event.type === 'settled') for (const each of event.functions) content.interrupt(each.function);
    if (event.type === 'list-ended') setImmediate(() => buildForRuntimes(event));
    if (event.type === 'woke') connection.http.forget(wokenGraceMs);
    if (event.type === 'probe-ended') connection.http.forget();
    const facts = factsOf(event, after, before);
    if (!dryRun) return facts.forEach(report);
    plannedFacts(event).forEach((fact) => {
      tell(fact);
    });
    facts.filter((fact) => reportedInDryRun.has(fact.event)).forEach(report);
  });

  /** Some environments run older versions of Node than others: what is built is built for the oldest. */
  const buildForRuntimes = ({ outcome }: Extract<Event, { type: 'list-ended' }>): void => {
    const older = (outcome.ok ? outcome.functions : []).filter(
      ({ name, runtime }) => engine.state().functions.has(name) && content.noteRuntime(name, runtime ?? ''),
    );
    if (older.length === 0) return;
    const again = { cause: 'config', savedAt: null, full: false, capped: false } as const;
    const functions = older.map(({ name }) => ({ ...again, function: name }));
    engine.dispatch({ type: 'settled', at: steadyNow(), functions });
  };

  // ------------------------------------------------------------------ the configuration, at first and later

  /** @param entries the ledger's, where the cloud is a new one; null where it stays */
  const configure = (specs: readonly FunctionSpec[], entries: readonly LedgerEntry[] | null): void => {
    const { config } = loaded;
    const settings = settingsOf(config, timeScale);
    engine.dispatch({
      type: 'configured',
      at: steadyNow(),
      settings: dryRun ? { ...settings, verify: false } : settings,
      envs: envSpecsOf(config, selection),
      functions: specs.map((spec) => narrowed(spec, selection)),
      ledger: entries ?? [],
      cloudChanged: entries !== null,
    });
  };
  const watchToken = (): void => {
    endTokenWatch();
    endTokenWatch = connection.tokens.onChange(() =>
      engine.dispatch({ type: 'token-source-changed', at: steadyNow() }),
    );
  };
  /** A token of our own making replaces the platform's: said whenever it begins to. */
  const warnOfMinting = (): void => {
    const { endpoint, token } = loaded.config;
    if (endpoint === 'emulator' || token?.kind !== 'component') return;
    tell(noticeFact('component-token', token.appId, language));
  };
  /** A root that is not there holds its functions; where none of them is known, that is reported instead. */
  const tellLostRoots = (specs: readonly FunctionSpec[]): void => {
    const roots = specs.map(({ problem }) => (problem?.reason === 'root-gone' ? problem.root : null));
    for (const root of missingRoots(loaded.config)) {
      if (!roots.includes(root)) tell(lostRootFact(root, language));
    }
  };
  const reconfigure = async (next: LoadedConfig): Promise<ConfigProblem | null> => {
    for (const secret of next.secrets) redactor.add(secret);
    const cloudChanged = isCut || !sameCloud(loaded.config, next.config);
    if (!(await takeKeys(next.config))) tellNoKeys();
    const previous = cloudChanged ? [] : (watching?.specs() ?? firstSpecs);
    const specs = (await discover(next.config, { previous })).filter(isMeant);
    const take = (entries: readonly LedgerEntry[] | null): void => {
      // An environment of the same id is another one elsewhere, which nobody has agreed to.
      if (next.config.endpoint !== loaded.config.endpoint)
        for (const { id } of engine.state().consents)
          engine.dispatch({ type: 'revoke', at: steadyNow(), id });
      loaded = next;
      content.update(next.config, specs);
      watching?.update(next.config, specs, next.watchFiles);
      git?.update(repositoriesOf(specs));
      configure(specs, entries);
    };
    if (cloudChanged) {
      const moved = moveTo(next.config, take);
      moving = moved.catch(() => undefined);
      const problem = await moved;
      if (problem !== null || isStopping) return problem;
    } else {
      take(null);
      // Another .env may hold another token.
      engine.dispatch({ type: 'token-source-changed', at: steadyNow() });
    }
    tell({ event: 'config', state: 'reloaded', problems: [] });
    if (cloudChanged) warnOfMinting();
    tellLostRoots(specs);
    return null;
  };
  /** @returns why the other cloud cannot be opened; null: it was, and the configuration is taken */
  const moveTo = async (
    config: Config,
    take: (entries: readonly LedgerEntry[]) => void,
  ): Promise<ConfigProblem | null> => {
    const before = connection;
    // Two emulators must not share a store: the old one ends first.
    isCut = config.endpoint === 'emulator' && loaded.config.endpoint === 'emulator';
    if (isCut) await before.endpoint.close();
    const other = await connectTo(config, null);
    if (!other.ok) return other.problem;
    if (isStopping) {
      await other.connection.close();
      return null;
    }
    endTokenWatch();
    // A request that is under way ends with the old connection, and is noted as the old cloud's.
    await before.close();
    await ledger.moveTo(config.endpoint, (entries) => {
      connection = other.connection;
      watchToken();
      isCut = false;
      take(entries);
    });
    // Something may have begun there meanwhile.
    await before.close();
    return null;
  };

  // ------------------------------------------------------------------ watching, asking, stopping

  const watch = async (onConfigChanged: () => void): Promise<void> => {
    git?.close();
    git = null;
    watching = startWatching({
      engine,
      content,
      config: loaded.config,
      selection,
      specs: firstSpecs,
      configFiles: loaded.watchFiles,
      configStamp,
      onConfigChanged,
      prepare(name) {
        const { functions, settings } = engine.state();
        const fn = functions.get(name);
        // Environments beyond one request's make another request, with a body of its own.
        const envs = [...(fn?.targets.keys() ?? [])].slice(0, settings.envsPerRequest);
        const helperIn = new Set(fn?.spec.helperIn);
        return bodies.prepare(name, fn?.wanted ?? null, envs, helperIn);
      },
      onProblem: (problem) => options.onWatchProblem?.(problem),
      onBug,
      now: steadyNow,
    });
    follower.begin();
    if (!dryRun) engine.dispatch({ type: 'ask-quotas', at: steadyNow() });
    const { directories } = await watching.ready;
    if (isStopping) return;
    const { functions, envs } = engine.state();
    const waitedMs = options.waitedMs?.() ?? 0;
    const ms = Math.round(performance.now() - (options.startedAt ?? 0) - waitedMs);
    tell({ event: 'watching', functions: functions.size, envs: envs.size, directories, ms });
    // It blocks the thread for a moment: not while anybody may still be busy with the start.
    setTimeout(() => preloadZip().catch(onBug), preloadAfterMs).unref();
  };
  const discoverAll = async (): Promise<readonly FunctionSpec[]> => {
    if (watching !== null) return watching.rediscover();
    const found = await discover(loaded.config);
    const specs = found.filter(isMeant);
    content.update(loaded.config, specs);
    git?.update(repositoriesOf(specs));
    const functions = specs.map((spec) => narrowed(spec, selection));
    engine.dispatch({ type: 'discovered', at: steadyNow(), functions });
    return found;
  };
  let isOver = false;
  const tellStopped = (code: number): void => {
    if (isOver) return;
    isOver = true;
    const pending = pendingOf(engine.state());
    tell({ event: 'stopped', code, ...tally.sum(pending), pending });
  };
  const stop = async (code: (state: State) => number): Promise<number> => {
    isStopping = true;
    engine.dispatch({ type: 'stop', at: steadyNow() });
    sleepWatch.close();
    clearTimeout(noteTimer);
    if (!isNoted) noteAll();
    clearTimeout(indexTimer);
    endTokenWatch();
    git?.close();
    await watching?.close();
    await follower.end();
    await Promise.all([uploadsEnded(engine, farewellMs), reactions?.end(farewellMs)]);
    const state = engine.state();
    const exitCode = code(state);
    ledger.update(() => ledgerPages(state));
    await ledger.close();
    await Promise.race([history.written(), delay(historyFarewellMs, undefined, { ref: false })]);
    await content.keepIndex();
    content.close();
    if (dryRun) await rm(builds, { recursive: true, force: true });
    engine.close();
    await moving;
    await connection.close();
    tellStopped(exitCode);
    return exitCode;
  };

  // ------------------------------------------------------------------ the beginning

  watchToken();
  tell({
    event: 'started',
    version: options.version,
    pid: process.pid,
    endpoint: firstConfig.endpoint,
    envs: envSpecsOf(firstConfig, selection).map(({ id }) => id),
    functions: firstSpecs.map(({ name }) => name),
  });
  if (firstSpecs.length === 0)
    tell(noticeFact('no-functions', listOf(firstConfig.functionsRoots, language), language));
  warnOfMinting();
  if (folderTrouble !== null) tell(noticeFact('state-folder', folderTrouble, language));
  if (!hadKeys) tellNoKeys();
  if (ledger.setAside !== null) tell(noticeFact('ledger-damaged', ledger.setAside, language));
  if (ledger.unread !== null) tell(noticeFact('ledger-unwritable', ledger.unread, language));
  tellLostRoots(firstSpecs);
  const aimed = await aimAll(earlier, options.undo);
  configure(firstSpecs, ledger.entries);
  aimed.forEach((event) => {
    engine.dispatch({ ...event, at: steadyNow() });
  });
  if (!dryRun)
    git = createGitWatch({
      repositories: repositoriesOf(firstSpecs),
      onChange: (repository, state) =>
        engine.dispatch({ type: 'git', at: steadyNow(), repository, ...state }),
    });
  const asking = [...engine.state().envs.keys()];
  if (options.yes)
    engine.dispatch({ type: 'allow', at: steadyNow(), id: 'run', envs: asking, functions: null });
  if (options.askFirst === true) engine.dispatch({ type: 'ask', at: steadyNow(), asking });
  if (options.force)
    engine.dispatch({ type: 'force', at: steadyNow(), id: 'run', function: null, env: null });
  const sleepWatch = watchForSleep(engine);
  let isNoted = false;
  const noteAll = (): void => {
    isNoted = true;
    for (const fn of engine.state().functions.values())
      history.stands(fn.spec.name, standingsOf(fn), Date.now());
  };
  const noteTimer = setTimeout(noteAll, noteAfterMs).unref();
  const indexTimer = setTimeout(() => content.keepIndex().catch(onBug), indexAfterMs).unref();

  const sync: Sync = {
    engine,
    get config() {
      return loaded.config;
    },
    watch,
    atRest: (signal, wants) => whenAtRest(engine, signal, wants),
    observe(other, onFact) {
      const derive = createFacts(other, () => loaded.config.token);
      return engine.observe((event, after, before) => {
        for (const fact of derive(event, after, before)) onFact(redacted(fact, redactor), Date.now());
      });
    },
    discover: discoverAll,
    emulator() {
      const { url, tokenSource } = connection.endpoint;
      return tokenSource.kind === 'fixed' ? { url, token: tokenSource.value } : null;
    },
    answers: follower,
    failed: () => tally.sum(pendingOf(engine.state())).failed,
    reconfigure,
    sweep: async () => watching?.sweep(),
    used: () => watching?.used(),
    rewrite() {
      ledger.forget();
      ledger.update(() => ledgerPages(engine.state()));
    },
    async written() {
      await Promise.all([ledger.written(), history.written()]);
    },
    cloud: () => connection.cloud,
    history,
    aim: earlier.aim,
    async differences(name, envs) {
      const fn = engine.state().functions.get(name);
      return fn === undefined ? [] : liveDifferences(fn, envs, { content, history });
    },
    redact: redactor.redact,
    reportBug: onBug,
    stop,
    breakOff: tellStopped,
  };
  return { ok: true, sync };
}

/** For each function the event of the steps that are taken at the start. */
async function aimAll(
  { aim }: Pick<Earlier, 'aim'>,
  undo: SyncOptions['undo'],
): Promise<readonly EventOf<'undo'>[]> {
  const { names = [], steps = [] } = undo ?? {};
  const at = steadyNow();
  return Promise.all(
    names.map(async (name): Promise<EventOf<'undo'>> => {
      return { type: 'undo', at, id: 'run', function: name, steps: await aim(name, steps) };
    }),
  );
}

/** The code that a function is called as; null: it is not there, or about to be replaced. */
function liveFor(fn: FunctionState | undefined, env: EnvId, fingerprint: Fingerprint | null) {
  const target = fn?.targets.get(env);
  if (fingerprint === null || fn === undefined || target === undefined) return null;
  return { fingerprint, carriesHelper: carriesHelper(fn, target), isLatest: target.undone === null };
}

function startTimer(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Reported in a dry run in addition to `planned`: what would keep the rest from being sent. */
const reportedInDryRun = new Set<Fact['event']>(['held', 'token', 'offline', 'online', 'notice']);

/** A dry run's uploads: accepted at once, and never sent. */
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
    case 'lost':
    case 'offline':
    case 'notice':
      return { ...fact, detail: redactor.redact(fact.detail), hint: redactor.redact(fact.hint) };
    case 'answer':
      return redactedAnswer(fact, redactor);
    case 'online':
      return { ...fact, detail: redactor.redact(fact.detail) };
    case 'token':
      return { ...fact, detail: fact.detail === null ? null : redactor.redact(fact.detail) };
    default:
      return fact;
  }
}

/** Its texts come from the cloud, where the client has redacted them; this is for what was put together since. */
function redactedAnswer(fact: Extract<Fact, { event: 'answer' }>, redactor: Redactor): Fact {
  return { ...fact, diff: fact.diff === null ? null : redactor.redact(fact.diff) };
}
