/** The checks of `doctor` that need no network: configuration, functions, the limits of watching. Findings are reported as they come. */
import { access, constants, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBuiltContent } from '../build/builds.js';
import { createRedactor } from '../cloud/redact.js';
import type { Config } from '../config/model.js';
import { builtInRules } from '../content/ignore.js';
import { discover } from '../functions/discovery.js';
import { openStore } from '../history/store.js';
import type { Finding } from '../model/finding.js';
import type { FunctionSpec } from '../model/nouns.js';
import { notifierPackage } from '../reactions/notifications.js';
import { stateFolderOf } from '../state/folder.js';
import { openLedger } from '../state/ledger.js';
import type { LoadedConfig } from '../sync/sync.js';
import { causeOf, errnoOf } from '../system/errno.js';
import { resolvePeer } from '../system/peer.js';
import { explainLimit } from '../watch/limits.js';
import type { SourceSyntax } from './code.js';
import { examineFunction } from './functions.js';
import type { MissingLink } from './links.js';

export type Tell = (finding: Finding) => void;

export interface Examined {
  readonly links: readonly MissingLink[];
  readonly sources: ReadonlyMap<string, readonly SourceSyntax[]>;
  readonly specs: readonly FunctionSpec[];
}

/** A folder that was sent before stays a function when it loses its entry, as it does for every other command. */
async function sentBefore(config: Config): Promise<ReadonlySet<string>> {
  const { entries } = await openLedger({
    folder: stateFolderOf(config),
    endpoint: config.endpoint,
    readOnly: true,
    onTrouble: () => undefined,
  });
  return new Set(entries.map((entry) => entry.function));
}

/** Configuration, each function, and the limits of watching. */
export async function examineProject(loaded: LoadedConfig, tell: Tell): Promise<Examined> {
  const { config } = loaded;
  const project = { function: null, env: null } as const;
  const specs = await discover(config, { known: await sentBefore(config) });
  tell({
    kind: 'config-ok',
    ...project,
    file: config.file,
    functions: specs.length,
    envs: config.envs.length,
  });
  if (specs.length === 0) tell({ kind: 'no-functions', ...project, roots: config.functionsRoots });
  const { sources, links } = await examineFunctions(loaded, specs, tell);
  if (config.notify && resolvePeer(notifierPackage, [config.folder]) === null) {
    tell({ kind: 'notifier-absent', ...project });
  }
  for (const finding of await checkState(config)) tell(finding);
  for (const finding of await checkHistory(config)) tell(finding);
  tell(await checkWatching(config, specs));
  return { links, sources, specs };
}

async function examineFunctions(
  { config, variables, secrets }: LoadedConfig,
  specs: readonly FunctionSpec[],
  tell: Tell,
): Promise<Pick<Examined, 'links' | 'sources'>> {
  const redactor = createRedactor(secrets);
  const bundles = await mkdtemp(path.join(tmpdir(), 'tcb-watch-bundles-'));
  const bundled = createBuiltContent(config, specs, {
    folder: bundles,
    environment: () => variables,
    redact: redactor.redact,
    runsCommands: false,
  });
  const looking = { asIs: createBuiltContent(config, specs), bundled, bundles };
  const sources = new Map<string, readonly SourceSyntax[]>();
  const links: MissingLink[] = [];
  try {
    for (const spec of specs) {
      const examined = await examineFunction(config, spec, looking);
      examined.findings.forEach(tell);
      sources.set(spec.name, examined.sources);
      links.push(...examined.links);
    }
  } finally {
    bundled.close();
    await rm(bundles, { recursive: true, force: true });
  }
  return { links, sources };
}

/** Whether something can be remembered between runs, and a second run kept away. Writes nothing. */
async function checkState(config: Config): Promise<Finding[]> {
  const whom = { function: null, env: null } as const;
  const folder = stateFolderOf(config);
  try {
    const stats = await lstat(folder).catch(() => null);
    if (stats !== null && !stats.isDirectory())
      return [{ kind: 'state-unwritable', ...whom, code: 'ENOTDIR' }];
    await access(stats === null ? config.folder : folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    return [{ kind: 'state-unwritable', ...whom, code: errnoOf(error) }];
  }
  try {
    await import('fs-native-extensions');
    return [];
  } catch (error) {
    return [{ kind: 'lock-unavailable', ...whom, code: causeOf(error) }];
  }
}

/** How much of earlier uploads lies on this disk; nothing where nothing does. Writes nothing. */
async function checkHistory(config: Config): Promise<Finding[]> {
  const whom = { function: null, env: null } as const;
  try {
    const { versions, bytes } = await openStore(stateFolderOf(config)).measure();
    if (versions === 0 && bytes === 0) return [];
    const bound = config.history === null ? null : config.history.megabytes * 1024 * 1024;
    return [{ kind: 'history-kept', ...whom, versions, bytes, bound }];
  } catch (error) {
    return [{ kind: 'history-unread', ...whom, code: errnoOf(error) }];
  }
}

/** The folders that are watched with all that is in them: none of them lies in another. */
export function watchedTops(
  { functionsRoots }: Pick<Config, 'functionsRoots'>,
  specs: readonly Pick<FunctionSpec, 'dir'>[],
): readonly string[] {
  const tops = [...new Set([...functionsRoots, ...specs.map(({ dir }) => dir)])];
  return tops.filter((top) => !tops.some((other) => top !== other && top.startsWith(other + path.sep)));
}

async function checkWatching(config: Config, specs: readonly FunctionSpec[]): Promise<Finding> {
  const outer = watchedTops(config, specs);
  const { setting, limit, needed } = await explainLimit('ENOSPC', outer, (place) =>
    builtInRules.ignores(path.basename(place), true),
  );
  const whom = { function: null, env: null } as const;
  if (limit === null || needed === null) return { kind: 'watch-unlimited', ...whom };
  return { kind: needed > limit ? 'watch-limit' : 'watch-ok', ...whom, setting, limit, needed };
}
