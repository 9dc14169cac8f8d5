/** One run: what stays the same, and what a new configuration replaces. */

import type { Redactor } from '../cloud/redact.js';
import type { Content } from '../content/content.js';
import type { Engine } from '../core/engine.js';
import { discover, missingRoots } from '../functions/discovery.js';
import { isSelected, narrowed } from '../functions/selection.js';
import type { ConfigProblem } from '../model/config-problem.js';
import type { Fact } from '../model/fact.js';
import type { FunctionSpec, LedgerEntry } from '../model/nouns.js';
import type { Reactions } from '../reactions/reactions.js';
import type { Ledger } from '../state/ledger.js';
import { steadyNow } from '../system/clock.js';
import { lostRootFact } from '../text/held-facts.js';
import { noticeFact } from '../text/notices.js';
import type { UploadBodies } from '../upload/bodies.js';
import type { Watching } from '../watch/watching.js';
import { type Connection, connect, sameCloud } from './connection.js';
import type { LoadedConfig, SyncOptions } from './model.js';
import { envSpecsOf, settingsOf } from './settings.js';
import type { Tally } from './tally.js';

/** What stays the same for the whole run. */
export interface Parts {
  readonly options: SyncOptions;
  readonly tell: (fact: Fact, at?: number) => void;
  readonly redactor: Redactor;
  readonly ledger: Ledger;
  readonly content: Content;
  /** Where esbuild's results go. */
  readonly builds: string;
  readonly bodies: UploadBodies;
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
  /** The connection's emulator was ended for one that could not be opened: the next configuration opens it again. */
  cut: boolean;
  watching: Watching | null;
  /** null before the first fact. */
  following: Reactions | null;
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

/**
 * Takes a configuration that was read again. Everything that can stay as it is stays; where its cloud cannot be opened,
 * which is what is returned, everything does.
 */
export async function reconfigure(
  parts: Parts,
  current: Current,
  engine: Engine,
  next: LoadedConfig,
): Promise<ConfigProblem | null> {
  for (const secret of next.secrets) parts.redactor.add(secret);
  const cloudChanged = current.cut || !sameCloud(current.loaded.config, next.config);
  const previous = current.watching?.specs() ?? parts.firstSpecs;
  const found = await discover(next.config, { previous: cloudChanged ? [] : previous });
  const specs = found.filter((spec) => isSelected(spec, parts.options.selection));
  const take = (entries: readonly LedgerEntry[] | null): void => {
    current.loaded = next;
    parts.content.update(next.config, specs);
    current.watching?.update(next.config, specs, next.watchFiles);
    configure(parts, current, engine, specs, entries);
  };
  const problem = cloudChanged ? await moveTo(next, parts, current, engine, take) : null;
  if (problem !== null) return problem;
  if (!cloudChanged) {
    take(null);
    // Another .env may hold another token.
    engine.dispatch({ type: 'token-source-changed', at: steadyNow() });
  }
  parts.tell({ event: 'config', state: 'reloaded', problems: [] });
  if (cloudChanged) warnOfMinting(parts, current);
  tellLostRoots(parts, current, specs);
  return null;
}

/** @returns why the other cloud cannot be opened; null: it was, and the configuration is taken */
async function moveTo(
  next: LoadedConfig,
  parts: Parts,
  current: Current,
  engine: Engine,
  take: (entries: readonly LedgerEntry[]) => void,
): Promise<ConfigProblem | null> {
  const { options, redactor, ledger } = parts;
  const { config } = next;
  const before = current.connection;
  // Two emulators must not share a store: the old one ends first.
  current.cut = config.endpoint === 'emulator' && current.loaded.config.endpoint === 'emulator';
  if (current.cut) await before.endpoint.close();
  const variables = (): ReturnType<typeof next.reread> => current.loaded.reread();
  const connected = await connect({ config, variables, redactor, emulator: null, mayWrite: !options.dryRun });
  if (!connected.ok) return connected.problem;
  current.endTokenWatch();
  // What is under way ends with the old connection, and is noted as the old cloud's.
  await before.close();
  await ledger.moveTo(config.endpoint, (entries) => {
    current.connection = connected.connection;
    current.endTokenWatch = watchToken(current, engine);
    current.cut = false;
    take(entries);
  });
  // Something may have begun there meanwhile.
  await before.close();
  return null;
}
