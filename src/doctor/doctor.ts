/** Looks at everything that syncing relies on, and changes nothing. Findings are told as they come. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBuiltContent } from '../build/builds.js';
import { createRedactor, type Redactor } from '../cloud/redact.js';
import type { Config } from '../config/model.js';
import { createIgnoreRules } from '../content/ignore.js';
import { discover } from '../functions/discovery.js';
import { type Finding, verdictOf } from '../model/finding.js';
import type { EnvId, FunctionSpec } from '../model/nouns.js';
import { notifierPackage } from '../reactions/notifier.js';
import { stateFolderOf } from '../state/folder.js';
import { openLedger } from '../state/ledger.js';
import { type Connection, connect, disconnect } from '../sync/connection.js';
import { emulatorStoreOf } from '../sync/endpoint.js';
import type { LoadedConfig } from '../sync/sync.js';
import { errnoOf } from '../system/errno.js';
import { resolvePeer } from '../system/peer.js';
import { explainLimit } from '../watch/limits.js';
import { checkRuntime, type SourceSyntax } from './code.js';
import { examineFunction } from './functions.js';
import { checkDeployed, checkEnvs, checkNetwork, checkToken } from './network.js';

export type Tell = (finding: Finding) => void;

/** A shared folder that a function carries and that `require` does not find on this disk. */
export interface MissingLink {
  readonly function: string;
  readonly dir: string;
  readonly shared: string;
  readonly sharedDir: string;
}

export interface Examined {
  readonly links: readonly MissingLink[];
  readonly sources: ReadonlyMap<string, readonly SourceSyntax[]>;
  readonly specs: readonly FunctionSpec[];
}

/** What was sent before stays a function when it loses its entry, as it does for every other command. */
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
  tell(await checkWatching(config, specs));
  return { links, sources, specs };
}

async function examineFunctions(
  { config, variables, secrets }: LoadedConfig,
  specs: readonly FunctionSpec[],
  tell: Tell,
): Promise<Pick<Examined, 'links' | 'sources'>> {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
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

async function checkWatching(config: Config, specs: readonly FunctionSpec[]): Promise<Finding> {
  const rules = createIgnoreRules([]);
  const tops = [...new Set([...config.functionsRoots, ...specs.map(({ dir }) => dir)])];
  const outer = tops.filter(
    (top) => !tops.some((other) => top !== other && top.startsWith(other + path.sep)),
  );
  const { setting, limit, needed } = await explainLimit('ENOSPC', outer, (place) =>
    rules.ignores(path.basename(place), true),
  );
  const whom = { function: null, env: null } as const;
  if (limit === null || needed === null) return { kind: 'watch-unlimited', ...whom };
  return { kind: needed > limit ? 'watch-limit' : 'watch-ok', ...whom, setting, limit, needed };
}

/** Network, token, environments and what is deployed there. `envs`: only these. */
export async function examineCloud(
  loaded: LoadedConfig,
  envs: readonly EnvId[],
  examined: Examined,
  tell: Tell,
): Promise<void> {
  const redactor = createRedactor();
  for (const secret of loaded.secrets) redactor.add(secret);
  const copy = await copyOf(loaded.config);
  try {
    const code = copy.code ?? (await askThere(loaded, copy.config, redactor, { envs, examined, tell }));
    const store = emulatorStoreOf(loaded.config);
    if (code !== null) tell({ kind: 'store-uncopied', function: null, env: null, store, code });
  } finally {
    await copy.remove();
  }
}

/** The system's code where the copy of the emulator's store cannot be opened; else null. */
async function askThere(
  { reread }: LoadedConfig,
  config: Config,
  redactor: Redactor,
  { envs, examined, tell }: Omit<Asking, 'config'>,
): Promise<string | null> {
  const connected = await connect({ config, variables: reread, redactor, emulator: null, mayWrite: true });
  if (!connected.ok) return connected.problem.code;
  const { connection } = connected;
  try {
    const tellRedacted: Tell = (finding) => tell(redacted(finding, redactor));
    await ask(connection, { config, envs, examined, tell: tellRedacted });
    return null;
  } finally {
    await disconnect(connection);
  }
}

interface Asking {
  readonly config: Config;
  readonly envs: readonly EnvId[];
  readonly examined: Examined;
  readonly tell: Tell;
}

async function ask(connection: Connection, { config, envs, examined, tell }: Asking): Promise<void> {
  const { endpoint, http, tokens, cloud } = connection;
  const network = await checkNetwork(endpoint.url, http, cloud, Date.now);
  network.findings.forEach(tell);
  const token = await checkToken(tokens, config.endpoint === 'emulator' ? null : config.token);
  token.forEach(tell);
  if (!network.reached || token.some((finding) => verdictOf(finding).level === 'bad')) {
    return tell({ kind: 'cloud-unasked', function: null, env: null });
  }
  const { findings, usable } = await checkEnvs(cloud, envs);
  findings.forEach(tell);
  for (const env of usable) {
    // What cannot be sent is told of as that: nothing is going to create it.
    const wanted = examined.specs
      .filter(({ envs: own, problem }) => problem === null && own.includes(env))
      .map(({ name }) => name);
    const deployed = await checkDeployed(cloud, env, wanted, config.createMissing);
    deployed.findings.forEach(tell);
    for (const { name, runtime } of deployed.functions) {
      checkRuntime(name, examined.sources.get(name) ?? [], env, runtime ?? '').forEach(tell);
    }
  }
}

interface Copy {
  readonly config: Config;
  /** What keeps the store from being copied: a system's error code; null: it was, or there is none. */
  readonly code: string | null;
  readonly remove: () => Promise<void>;
}

/**
 * The same configuration where a real cloud is asked. The embedded one gets a copy of its store, because a running
 * daemon's own may be writing to that, and because nothing may be made where nothing is.
 */
async function copyOf(config: Config): Promise<Copy> {
  if (config.endpoint !== 'emulator') return { config, code: null, remove: async () => undefined };
  const folder = await mkdtemp(path.join(tmpdir(), 'tcb-watch-doctor-'));
  const copied = { ...config, folder };
  const code = await copyStore(emulatorStoreOf(config), emulatorStoreOf(copied));
  return { config: copied, code, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A daemon may move away what is just being copied: then it is copied again, so often. */
const copies = 3;

/** null: it was copied, or there is none; otherwise the system's error code. */
async function copyStore(from: string, to: string): Promise<string | null> {
  const passing = /^\.(?:run|part)-/;
  const filter = (file: string): boolean => !passing.test(path.basename(file));
  let code: string | null = null;
  for (let done = 0; done < copies && existsSync(from); done += 1) {
    try {
      await cp(from, to, { recursive: true, filter });
      return null;
    } catch (error) {
      code = errnoOf(error);
      if (code !== 'ENOENT') return code;
    }
  }
  return existsSync(from) ? code : null;
}

/** Texts of the cloud are redacted where they come in; a token's source may put more into its problem. */
function redacted(finding: Finding, redactor: Redactor): Finding {
  if (finding.kind !== 'token-missing') return finding;
  return { ...finding, problem: redactor.redact(finding.problem) };
}
