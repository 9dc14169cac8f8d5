/** One run: what stays the same, and what a new configuration replaces. */
import type { Engine } from '../core/engine.js';
import type { FunctionSpec, LedgerEntry } from '../core/model.js';
import { steadyNow } from '../io/clock.js';
import { discover, missingRoots } from '../io/functions.js';
import type { Ledger } from '../io/ledger.js';
import type { Redactor } from '../io/redact.js';
import type { Fact } from '../ui/facts.js';
import { lostRootFact } from '../ui/held-facts.js';
import { noticeFact } from '../ui/notices.js';
import type { Bodies } from './bodies.js';
import { type Connection, connect, disconnect, sameCloud } from './connection.js';
import type { Content } from './content.js';
import type { Following } from './following.js';
import { envSpecsOf, isSelected, narrowed, settingsOf } from './settings.js';
import type { LoadedConfig, SyncOptions } from './sync-model.js';
import type { Tally } from './tally.js';
import type { Watching } from './watching.js';

/** What stays the same for the whole run. */
export interface Parts {
  readonly options: SyncOptions;
  readonly tell: (fact: Fact, at?: number) => void;
  readonly redactor: Redactor;
  readonly ledger: Ledger;
  readonly content: Content;
  readonly bodies: Bodies;
  readonly tally: Tally;
  readonly closing: AbortController;
  readonly firstSpecs: readonly FunctionSpec[];
  /** What the files of the configuration were right after they were read. */
  readonly configStamp: string;
  readonly onBug: (error: unknown) => void;
}

/** What a new configuration may replace. */
export interface Current {
  loaded: LoadedConfig;
  connection: Connection;
  watching: Watching | null;
  /** null before the first fact. */
  following: Following | null;
  endTokenWatch: () => void;
}

/** Tells the engine when the token's source looks different. */
export function watchToken(current: Current, engine: Engine): () => void {
  return current.connection.tokens.onChange(() =>
    engine.dispatch({ type: 'token-source-changed', at: steadyNow() }),
  );
}

/**
 * Hands the configuration to the engine.
 * @param entries the ledger's, where the cloud is a new one; null where it stays
 */
export function configure(
  { options }: Parts,
  { loaded: { config } }: Current,
  engine: Engine,
  specs: readonly FunctionSpec[],
  entries: readonly LedgerEntry[] | null,
): void {
  const settings = settingsOf(config, options.timeScale ?? 1);
  engine.dispatch({
    type: 'configured',
    at: steadyNow(),
    settings: options.dryRun ? { ...settings, verify: false } : settings,
    envs: envSpecsOf(config, options.selection, options.yes),
    functions: specs.map((spec) => narrowed(spec, options.selection)),
    ledger: entries ?? [],
    cloudChanged: entries !== null,
  });
}

/** A token of our own making replaces the platform's: said whenever it begins to. */
export function warnOfMinting({ options, tell }: Parts, { loaded: { config } }: Current): void {
  if (config.endpoint === 'emulator' || config.token?.kind !== 'component') return;
  tell(noticeFact('component-token', config.token.appId, options.language));
}

/** A root that is not there holds its functions; where none of them is known, that is told instead. */
export function tellLostRoots(
  { options, tell }: Parts,
  { loaded: { config } }: Current,
  specs: readonly FunctionSpec[],
): void {
  const told = new Set(specs.map(({ problem }) => (problem?.reason === 'root-gone' ? problem.root : null)));
  for (const root of missingRoots(config)) {
    if (!told.has(root)) tell(lostRootFact(root, options.language));
  }
}

/** Takes a configuration that was read again. Everything that can stay as it is stays. */
export async function reconfigure(
  parts: Parts,
  current: Current,
  engine: Engine,
  next: LoadedConfig,
): Promise<void> {
  for (const secret of next.secrets) parts.redactor.add(secret);
  const cloudChanged = !sameCloud(current.loaded.config, next.config);
  const entries = cloudChanged ? await parts.ledger.leaveFor(next.config.endpoint) : null;
  current.loaded = next;
  const previous = current.watching?.specs() ?? parts.firstSpecs;
  const found = await discover(next.config, { previous: cloudChanged ? [] : previous });
  const specs = found.filter((spec) => isSelected(spec, parts.options.selection));
  parts.content.update(next.config, specs);
  current.watching?.update(next.config, specs, next.watchFiles);
  if (cloudChanged) await reconnect(parts, current, engine);
  parts.ledger.arrive();
  configure(parts, current, engine, specs, entries);
  // Another .env may hold another token.
  if (!cloudChanged) engine.dispatch({ type: 'token-source-changed', at: steadyNow() });
  parts.tell({ event: 'config', state: 'reloaded', problems: [] });
  if (cloudChanged) warnOfMinting(parts, current);
  tellLostRoots(parts, current, specs);
}

/** The old connection ends first: two emulators must not share a store. */
async function reconnect({ options, redactor }: Parts, current: Current, engine: Engine): Promise<void> {
  current.endTokenWatch();
  await disconnect(current.connection);
  current.connection = await connect({
    config: current.loaded.config,
    variables: () => current.loaded.reread(),
    redactor,
    emulator: null,
    mayWrite: !options.dryRun,
  });
  current.endTokenWatch = watchToken(current, engine);
}
