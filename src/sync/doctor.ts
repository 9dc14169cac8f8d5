/** Looks at everything that syncing relies on, and changes nothing. Findings are told as they come. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Finding, verdictOf } from '../core/finding.js';
import type { EnvId, FunctionSpec } from '../core/model.js';
import { createCloud } from '../io/cloud.js';
import type { Config } from '../io/config-model.js';
import { checkRuntime } from '../io/doctor-code.js';
import { checkDeployed, checkEnvs, checkNetwork, checkToken } from '../io/doctor-network.js';
import { discover } from '../io/functions.js';
import { createHttp } from '../io/http.js';
import { createIgnoreRules } from '../io/ignore.js';
import { createRedactor, type Redactor } from '../io/redact.js';
import { createTokenSource } from '../io/token.js';
import { explainLimit } from '../io/watcher-limits.js';
import { createContent } from './content.js';
import { examineFunction, type Sources } from './doctor-functions.js';
import { emulatorStoreOf, openEndpoint } from './endpoint.js';
import type { LoadedConfig } from './sync.js';

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
  readonly sources: ReadonlyMap<string, Sources>;
  readonly specs: readonly FunctionSpec[];
}

/** Configuration, each function, and the limits of watching. */
export async function examineProject({ config }: LoadedConfig, tell: Tell): Promise<Examined> {
  const project = { function: null, env: null } as const;
  const specs = await discover(config);
  tell({
    kind: 'config-ok',
    ...project,
    file: config.file,
    functions: specs.length,
    envs: config.envs.length,
  });
  if (specs.length === 0) tell({ kind: 'no-functions', ...project, roots: config.functionsRoots });
  const content = createContent(config, specs);
  const sources = new Map<string, Sources>();
  const links: MissingLink[] = [];
  for (const spec of specs) {
    const examined = await examineFunction(config, spec, content);
    examined.findings.forEach(tell);
    sources.set(spec.name, examined.sources);
    links.push(...examined.links);
  }
  tell(await checkWatching(config, specs));
  return { links, sources, specs };
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
  const { config } = loaded;
  const redactor = createRedactor();
  for (const secret of loaded.secrets) redactor.add(secret);
  const { endpoint, close } = await openCopy(config);
  const http = createHttp({
    connectTimeoutMs: config.connectTimeoutSeconds * 1000,
    requestTimeoutMs: config.requestTimeoutSeconds * 1000,
  });
  const tokens = createTokenSource(endpoint.tokenSource, {
    http,
    redactor,
    lookup: (name) => loaded.variables[name],
    endpoint: endpoint.url,
    folder: config.folder,
  });
  const cloud = createCloud({ endpoint: endpoint.url, http, tokens, redactor });
  const say: Tell = (finding) => tell(redacted(finding, redactor));
  const isReady = async (): Promise<boolean> => {
    const network = await checkNetwork(endpoint.url, http, cloud, Date.now);
    const token = await checkToken(tokens, config.endpoint === 'emulator' ? null : config.token);
    [...network.findings, ...token].forEach(say);
    return network.reached && token.every((finding) => verdictOf(finding).level !== 'bad');
  };
  try {
    if (!(await isReady())) return say({ kind: 'cloud-unasked', function: null, env: null });
    const { findings, usable } = await checkEnvs(cloud, envs);
    findings.forEach(say);
    for (const env of usable) {
      const wanted = examined.specs.filter((spec) => spec.envs.includes(env)).map(({ name }) => name);
      const deployed = await checkDeployed(cloud, env, wanted, config.createMissing);
      deployed.findings.forEach(say);
      for (const { name, runtime } of deployed.functions) {
        checkRuntime(name, examined.sources.get(name) ?? [], env, runtime ?? '').forEach(say);
      }
    }
  } finally {
    tokens.close();
    await http.close();
    await close();
  }
}

/** The configured cloud; of the embedded one a copy, because a running daemon's own may be writing to that store. */
async function openCopy(config: Config): Promise<{
  readonly endpoint: Awaited<ReturnType<typeof openEndpoint>>;
  readonly close: () => Promise<void>;
}> {
  if (config.endpoint !== 'emulator') {
    const endpoint = await openEndpoint(config, null, false);
    return { endpoint, close: () => endpoint.close() };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'tcb-watch-doctor-'));
  const copied = { ...config, folder };
  const passing = /^\.(?:run|part)-/;
  // What the daemon moves away while it is copied is missing from the copy, as it would be from a listing at that moment.
  await cp(emulatorStoreOf(config), emulatorStoreOf(copied), {
    recursive: true,
    filter: (from) => !passing.test(path.basename(from)),
  }).catch(() => undefined);
  const endpoint = await openEndpoint(copied, null, true);
  const close = async (): Promise<void> => {
    await endpoint.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { endpoint, close };
}

/** Texts of the cloud are redacted where they come in; a token's source may put more into its problem. */
function redacted(finding: Finding, redactor: Redactor): Finding {
  if (finding.kind !== 'token-missing') return finding;
  return { ...finding, problem: redactor.redact(finding.problem) };
}
