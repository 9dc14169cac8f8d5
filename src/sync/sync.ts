/** Puts the parts together: configuration → engine, effects, watching and whoever listens. */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../core/engine.js';
import { ledgerOf } from '../core/ledger.js';
import type { Event, EventOf } from '../core/model.js';
import { pendingOf } from '../core/rest.js';
import type { State } from '../core/state.js';
import { steadyNow } from '../io/clock.js';
import { disabledFunctions, discover } from '../io/functions.js';
import type { Http } from '../io/http.js';
import { openLedger } from '../io/ledger.js';
import { createRedactor } from '../io/redact.js';
import { preloadZip } from '../io/zip.js';
import { createFacts, type Fact } from '../ui/facts.js';
import { noticeFact } from '../ui/notices.js';
import { createBodies } from './bodies.js';
import { connect, disconnect } from './connection.js';
import { createContent } from './content.js';
import { createFollowing, type Following } from './following.js';
import { makeStateFolder, stateFolderOf } from './project-folder.js';
import {
  type Current,
  configure,
  type Parts,
  reconfigure,
  tellLostRoots,
  warnOfMinting,
  watchToken,
} from './session.js';
import { envSpecsOf, isSelected, unmatchedOf } from './settings.js';
import { startEngine } from './start-engine.js';
import type { Sync, SyncOptions, SyncStart } from './sync-model.js';
import { createTally } from './tally.js';
import { plannedFacts, redacted, toldInDryRun } from './telling.js';
import { uploadsEnded, watchForSleep, whenAtRest } from './waiting.js';
import { stampOf } from './watched-places.js';
import { startWatching } from './watching.js';

export type { LoadedConfig, Sync, SyncOptions, SyncStart } from './sync-model.js';

/** How long uploads in flight are waited for at the end (contract: 10 s at most). */
const farewellMs = 10_000;

/** A dry run writes nothing that stays: what it has to build is made here and removed at its end. */
const dryRunBuilds = join(tmpdir(), `tcb-watch-builds-${process.pid}`);

/** Opens everything and begins. Nothing is sent where the command line asks for something that is not there. */
export async function createSync(options: SyncOptions): Promise<SyncStart> {
  const { loaded, selection, language } = options;
  const configStamp = stampOf(loaded.watchFiles);
  const { config } = loaded;
  const folder = stateFolderOf(config);
  const folderTrouble = options.dryRun ? null : await makeStateFolder(folder);
  const redactor = createRedactor();
  for (const secret of loaded.secrets) redactor.add(secret);
  const tell = (fact: Fact, at = Date.now()): void => options.onFact(redacted(fact, redactor), at);
  const ledger = await openLedger({
    folder,
    endpoint: config.endpoint,
    makeFolder: () => makeStateFolder(folder),
    readOnly: options.dryRun,
    onTrouble: (error) => tell(noticeFact('ledger-unwritable', error.message, language)),
  });
  const known = new Set(ledger.entries.map((entry) => entry.function));
  const discovered = await discover(config, { known });
  const unmatched = unmatchedOf(selection, config, discovered, new Set(disabledFunctions(config)));
  if (unmatched.length > 0) return { ok: false, unmatched };
  const firstSpecs = discovered.filter((spec) => isSelected(spec, selection));
  const troubles = [
    ...(folderTrouble === null ? [] : [noticeFact('state-folder', folderTrouble, language)]),
    ...(ledger.setAside === null ? [] : [noticeFact('ledger-damaged', ledger.setAside, language)]),
  ];
  const onBug = (error: unknown): void => options.onBug(redactor.redactError(error));
  const content = createContent(config, firstSpecs, {
    folder: options.dryRun ? dryRunBuilds : join(folder, 'builds'),
    environment: () => loaded.variables,
    redact: redactor.redact,
    runsCommands: !options.dryRun,
  });
  const bodies = createBodies(content);
  const [tally, closing] = [createTally(), new AbortController()];
  const parts: Parts = {
    options,
    tell,
    redactor,
    ledger,
    content,
    bodies,
    tally,
    closing,
    firstSpecs,
    configStamp,
    onBug,
  };
  return { ok: true, sync: await begin(parts, troubles) };
}

/** @param troubles what went wrong before there was anybody to tell: `started` comes first */
async function begin(parts: Parts, troubles: readonly Fact[]): Promise<Sync> {
  const { options, redactor } = parts;
  const current: Current = {
    loaded: options.loaded,
    connection: await connect({
      config: options.loaded.config,
      variables: () => current.loaded.reread(),
      redactor,
      emulator: options.emulator ?? null,
      mayWrite: !options.dryRun,
    }),
    watching: null,
    following: null,
    endTokenWatch: () => undefined,
  };
  const engine = startEngine(parts, current);
  if (!options.dryRun) current.following = follow(parts, current, engine);
  tellChanges(parts, current, engine);
  current.endTokenWatch = watchToken(current, engine);
  tellStarted(parts, current);
  warnOfMinting(parts, current);
  for (const trouble of troubles) parts.tell(trouble);
  tellLostRoots(parts, current, parts.firstSpecs);
  if (options.askFirst === true) engine.dispatch({ type: 'ask', at: steadyNow(), asking: true });
  configure(parts, current, engine, parts.firstSpecs, parts.ledger.entries);
  if (options.force) engine.dispatch({ type: 'force', at: steadyNow(), function: null, env: null });
  return createHandle(parts, current, engine, watchForSleep(engine));
}

/** Some environments run older versions of Node than others: what is built is built for the oldest. */
function buildForRuntimes(
  { outcome }: EventOf<'list-ended'>,
  content: Parts['content'],
  engine: Engine,
): void {
  for (const { name, runtime } of outcome.ok ? outcome.functions : []) {
    if (!engine.state().functions.has(name) || !content.noteRuntime(name, runtime ?? '')) continue;
    const again = { cause: 'config', savedAt: null, full: false } as const;
    engine.dispatch({ type: 'settled', at: steadyNow(), function: name, ...again });
  }
}

function follow({ options, tell, onBug }: Parts, current: Current, engine: Engine): Following {
  return createFollowing({
    config: () => current.loaded.config,
    environment: () => current.loaded.variables,
    cloud: () => current.connection.cloud,
    dirOf: (name) => engine.state().functions.get(name)?.spec.dir ?? null,
    language: options.language,
    tell,
    onBug,
  });
}

/** What came in during sleep is read within that; what has not come by then waits on a connection that may be dead. */
const wokenGraceMs = 1000;

function forgetConnections({ type }: Event, http: Http): void {
  if (type === 'woke') http.forget(wokenGraceMs);
  if (type === 'probe-ended') http.forget();
}

function tellChanges(
  { options, tally, tell, ledger, content, redactor }: Parts,
  current: Current,
  engine: Engine,
): void {
  const facts = createFacts(options.language);
  engine.observe((event, after, before) => {
    if (after.functions !== before.functions) ledger.update(() => ledgerOf(engine.state()));
    if (event.type === 'settled') content.interrupt(event.function);
    if (event.type === 'list-ended') setImmediate(() => buildForRuntimes(event, content, engine));
    forgetConnections(event, current.connection.http);
    for (const fact of options.dryRun ? plannedFacts(event) : []) tell(fact);
    for (const fact of facts(event, after, before)) {
      if (options.dryRun && !toldInDryRun.has(fact.event)) continue;
      tally.take(fact);
      // One time for both: a hook gets the very event that was told.
      const at = Date.now();
      tell(fact, at);
      current.following?.take(redacted(fact, redactor), at);
    }
  });
}

function tellStarted({ options, tell, firstSpecs }: Parts, { loaded: { config } }: Current): void {
  tell({
    event: 'started',
    version: options.version,
    pid: process.pid,
    endpoint: config.endpoint,
    envs: envSpecsOf(config, options.selection, true).map(({ id }) => id),
    functions: firstSpecs.map(({ name }) => name),
  });
  if (firstSpecs.length > 0) return;
  tell(noticeFact('no-functions', config.functionsRoots.join(', '), options.language));
}

function createHandle(parts: Parts, current: Current, engine: Engine, sleepWatch: { close(): void }): Sync {
  const { content, redactor, tally } = parts;
  let over = false;
  const tellStopped = (code: number): void => {
    if (over) return;
    over = true;
    const pending = pendingOf(engine.state());
    parts.tell({ event: 'stopped', code, ...tally.sum(pending), pending });
  };
  return {
    engine,
    failed: () => tally.sum(pendingOf(engine.state())).failed,
    get config() {
      return current.loaded.config;
    },
    content,
    cloud: () => current.connection.cloud,
    redact: redactor.redact,
    reportBug: parts.onBug,
    watch: (onConfigChanged) => watch(parts, current, engine, onConfigChanged),
    atRest: (signal, wants) => whenAtRest(engine, signal, wants),
    observe(language, onFact) {
      const derive = createFacts(language);
      return engine.observe((event, after, before) => {
        for (const fact of derive(event, after, before)) onFact(redacted(fact, redactor), Date.now());
      });
    },
    discover: async () => current.watching?.rediscover() ?? discover(current.loaded.config),
    emulator() {
      const { url, tokenSource } = current.connection.endpoint;
      return tokenSource.kind === 'fixed' ? { url, token: tokenSource.value } : null;
    },
    reconfigure: (next) => reconfigure(parts, current, engine, next),
    sweep: async () => current.watching?.sweep(),
    used: () => current.watching?.used(),
    async stop(code) {
      engine.dispatch({ type: 'stop', at: steadyNow() });
      sleepWatch.close();
      const exitCode = await stop(parts, current, engine, code);
      tellStopped(exitCode);
      return exitCode;
    },
    breakOff: tellStopped,
  };
}

/** A start is over by then; the first save seldom comes earlier, and would load it itself. */
const preloadAfterMs = 1000;

async function watch(
  { options, bodies, content, firstSpecs, configStamp, onBug, tell }: Parts,
  current: Current,
  engine: Engine,
  onConfigChanged: () => void,
): Promise<void> {
  current.watching = startWatching({
    engine,
    content,
    config: current.loaded.config,
    selection: options.selection,
    specs: firstSpecs,
    configFiles: current.loaded.watchFiles,
    configStamp,
    onConfigChanged,
    prepare(name) {
      const { functions, settings } = engine.state();
      const fn = functions.get(name);
      // Environments beyond one request's make another request, with a body of its own.
      const envs = [...(fn?.targets.keys() ?? [])].slice(0, settings.envsPerRequest);
      return bodies.prepare(name, fn?.wanted ?? null, envs);
    },
    onProblem: (problem) => options.onWatchProblem?.(problem),
    onBug,
    now: steadyNow,
  });
  const { directories } = await current.watching.ready;
  const { functions, envs } = engine.state();
  // Since the process began, which is the start that a user means.
  const ms = Math.round(performance.now());
  tell({ event: 'watching', functions: functions.size, envs: envs.size, directories, ms });
  // It blocks the thread for a moment: not while anybody may still be busy with the start.
  setTimeout(() => preloadZip().catch(onBug), preloadAfterMs).unref();
}

async function stop(
  { options, ledger, closing, content }: Parts,
  current: Current,
  engine: Engine,
  code: (state: State) => number,
): Promise<number> {
  current.endTokenWatch();
  await current.watching?.close();
  await Promise.all([uploadsEnded(engine, farewellMs), current.following?.end(farewellMs)]);
  const state = engine.state();
  const exitCode = code(state);
  ledger.update(() => ledgerOf(state));
  await ledger.written();
  closing.abort();
  content.close();
  if (options.dryRun) await rm(dryRunBuilds, { recursive: true, force: true });
  engine.close();
  await disconnect(current.connection);
  return exitCode;
}
