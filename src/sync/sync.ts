/** Puts the parts together: configuration → engine, effects, watching and whoever listens. */
import { join } from 'node:path';
import { createBuiltContent } from '../build/builds.js';
import type { Http } from '../cloud/http.js';
import { createRedactor, type Redactor } from '../cloud/redact.js';
import type { Engine } from '../core/engine.js';
import { ledgerOf } from '../core/ledger.js';
import { disabledFunctions, discover } from '../functions/discovery.js';
import { isSelected, unmatchedOf } from '../functions/selection.js';
import type { Event, EventOf } from '../model/event.js';
import type { Fact } from '../model/fact.js';
import { createReactions, type Reactions } from '../reactions/reactions.js';
import { makeDryRunFolder, makeStateFolder, stateFolderOf } from '../state/folder.js';
import { openLedger } from '../state/ledger.js';
import { steadyNow } from '../system/clock.js';
import { createFacts } from '../text/facts.js';
import { noticeFact } from '../text/notices.js';
import { createUploadBodies } from '../upload/bodies.js';
import { stampOf } from '../watch/watched-places.js';
import { type Connected, connect } from './connection.js';
import { createHandle } from './handle.js';
import type { Sync, SyncOptions, SyncStart } from './model.js';
import { type Current, configure, type Parts, tellLostRoots, warnOfMinting, watchToken } from './session.js';
import { envSpecsOf } from './settings.js';
import { startEngine } from './start-engine.js';
import { createTally } from './tally.js';
import { plannedFacts, redacted, toldInDryRun } from './telling.js';
import { watchForSleep } from './waiting.js';

export type { LoadedConfig, Sync, SyncOptions, SyncStart } from './model.js';

/** Opens everything and begins. Nothing is sent where the command line asks for something that is not there. */
export async function createSync(options: SyncOptions): Promise<SyncStart> {
  const { loaded, selection, language } = options;
  const configStamp = stampOf(loaded.watchFiles);
  const { config } = loaded;
  const folder = stateFolderOf(config);
  const folderTrouble = options.dryRun ? null : await makeStateFolder(folder);
  const redactor = createRedactor(loaded.secrets);
  const tell = (fact: Fact, at = Date.now()): void => options.onFact(redacted(fact, redactor), at);
  const ledger = await openLedger({
    folder,
    endpoint: config.endpoint,
    makeFolder: () => makeStateFolder(folder),
    readOnly: options.dryRun,
    onTrouble(error) {
      // A folder that cannot be made is reported as that.
      if (folderTrouble === null) tell(noticeFact('ledger-unwritable', error.message, language));
    },
  });
  const known = new Set(ledger.entries.map((entry) => entry.function));
  const discovered = await discover(config, { known });
  const unmatched = unmatchedOf(selection, config, discovered, new Set(disabledFunctions(config)));
  if (unmatched.length > 0) return { ok: false, reason: 'no-match', unmatched };
  const firstSpecs = discovered.filter((spec) => isSelected(spec, selection));
  const opened = await open(options, redactor);
  if (!opened.ok) return { ...opened, reason: 'no-store' };
  const { current } = opened;
  const builds = options.dryRun ? await makeDryRunFolder() : join(folder, 'builds');
  const content = createBuiltContent(config, firstSpecs, {
    folder: builds,
    environment: () => current.loaded.variables,
    redact: redactor.redact,
    runsCommands: !options.dryRun,
  });
  const parts: Parts = {
    ...{ options, tell, redactor, ledger, content, builds, firstSpecs, configStamp },
    bodies: createUploadBodies(content),
    tally: createTally(),
    closing: new AbortController(),
    onBug: (error) => options.onBug(redactor.redactError(error)),
  };
  const troubles = [
    ...(folderTrouble === null ? [] : [noticeFact('state-folder', folderTrouble, language)]),
    ...(ledger.unread === null ? [] : [noticeFact('ledger-unwritable', ledger.unread, language)]),
    ...(ledger.setAside === null ? [] : [noticeFact('ledger-damaged', ledger.setAside, language)]),
  ];
  return { ok: true, sync: begin(parts, current, troubles) };
}

type Opened = { readonly ok: true; readonly current: Current } | Extract<Connected, { ok: false }>;

async function open(options: SyncOptions, redactor: Redactor): Promise<Opened> {
  const { loaded, emulator = null, dryRun } = options;
  const { config } = loaded;
  const variables = (): ReturnType<typeof loaded.reread> => current.loaded.reread();
  const connected = await connect({ config, variables, redactor, emulator, mayWrite: !dryRun });
  if (!connected.ok) return connected;
  const { connection } = connected;
  const idle = { watching: null, following: null, endTokenWatch: () => undefined };
  const current: Current = { loaded, connection, cut: false, ...idle };
  return { ok: true, current };
}

/** @param troubles what went wrong before there was anybody to tell: `started` comes first */
function begin(parts: Parts, current: Current, troubles: readonly Fact[]): Sync {
  const { options } = parts;
  const engine = startEngine(parts, current);
  if (!options.dryRun) current.following = follow(parts, current, engine);
  tellChanges(parts, current, engine);
  current.endTokenWatch = watchToken(current, engine);
  tellStarted(parts, current);
  warnOfMinting(parts, current);
  for (const trouble of troubles) parts.tell(trouble);
  tellLostRoots(parts, current, parts.firstSpecs);
  configure(parts, current, engine, parts.firstSpecs, parts.ledger.entries);
  const asking = [...engine.state().envs.keys()];
  if (options.askFirst === true) engine.dispatch({ type: 'ask', at: steadyNow(), asking });
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

function follow({ options, tell, onBug }: Parts, current: Current, engine: Engine): Reactions {
  return createReactions({
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
  const facts = createFacts(options.language, () => current.loaded.config.token);
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
