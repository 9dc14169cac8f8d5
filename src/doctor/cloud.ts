/** The checks of `doctor` that ask the cloud: the way there, the token, the environments and what is deployed in them. Reads only. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cloud } from '../cloud/cloud.js';
import type { Http } from '../cloud/http.js';
import { portOf } from '../cloud/proxy.js';
import { createRedactor, type Redactor } from '../cloud/redact.js';
import type { Tokens } from '../cloud/token/token.js';
import type { Config, TokenSource } from '../config/model.js';
import type { CloudFunction } from '../model/event.js';
import type { Finding } from '../model/finding.js';
import type { EnvId, Failure } from '../model/nouns.js';
import { storeLockName } from '../state/lock.js';
import { type Connection, connect, emulatorStoreOf } from '../sync/connection.js';
import type { LoadedConfig } from '../sync/sync.js';
import { errnoOf } from '../system/errno.js';
import { checkRuntime } from './code.js';
import type { Examined, Tell } from './project.js';
import { checkQuotas } from './quotas.js';

/** Network, token, environments and what is deployed there. `envs`: only these. */
export async function examineCloud(
  loaded: LoadedConfig,
  envs: readonly EnvId[],
  examined: Examined,
  tell: Tell,
): Promise<void> {
  const redactor = createRedactor(loaded.secrets);
  const copy = await copyOf(loaded.config);
  try {
    const code = copy.code ?? (await askThere(loaded, copy.config, redactor, { envs, examined, tell }));
    const store = emulatorStoreOf(loaded.config);
    if (code !== null) tell({ kind: 'store-uncopied', ...project, store, code });
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
    await connection.close();
  }
}

interface Asking {
  readonly config: Config;
  readonly envs: readonly EnvId[];
  readonly examined: Examined;
  readonly tell: Tell;
}

async function ask(
  { endpoint, http, tokens, cloud }: Connection,
  { config, envs, examined, tell }: Asking,
): Promise<void> {
  const isReached = await checkNetwork(new URL(endpoint.url), http, cloud, tell);
  const hasToken = await checkToken(tokens, config.endpoint === 'emulator' ? null : config.token, tell);
  if (!isReached || !hasToken) return tell({ kind: 'cloud-unasked', ...project });
  const usable = await checkEnvs(cloud, envs, tell);
  for (const env of usable) {
    // A function that cannot be sent is reported as that: nothing is going to create it.
    const wanted = examined.specs
      .filter(({ envs: own, problem }) => problem === null && own.includes(env))
      .map(({ name }) => name);
    for (const { name, runtime } of await checkDeployed(cloud, env, wanted, config.createMissing, tell)) {
      checkRuntime(name, examined.sources.get(name) ?? [], env, runtime ?? '').forEach(tell);
    }
  }
  if (usable.length > 0) (await checkQuotas(cloud, config)).forEach(tell);
}

interface Copy {
  readonly config: Config;
  /** The reason that the store is not copied: a system's error code; null: it was, or there is none. */
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
  const filter = (file: string): boolean =>
    !passing.test(path.basename(file)) && path.basename(file) !== storeLockName;
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

const project = { function: null, env: null } as const;

/** Off by more than this, certificates and the token's times begin to be misjudged. */
const skewAllowedMs = 60_000;

/** Proxy, reachability and clock. False: asking further makes no sense. */
async function checkNetwork(url: URL, http: Http, cloud: Cloud, tell: Tell): Promise<boolean> {
  const proxy = http.proxyFor(url);
  if (proxy.kind === 'proxy')
    tell({ kind: 'proxy-used', ...project, proxy: `${proxy.url.hostname}:${portOf(proxy.url)}` });
  else tell({ kind: 'proxy-none', ...project });
  const { reachable, detail } = await cloud.probe();
  if (!reachable) {
    tell({ kind: 'unreachable', ...project, detail });
    return false;
  }
  tell({ kind: 'reachable', ...project, place: detail });
  tell(await checkClock(url, http));
  return true;
}

/** Compares with the time in an answer's head. The request is a bare GET and carries no token. */
async function checkClock(url: URL, http: Http): Promise<Finding> {
  const outcome = await http.request({ method: 'GET', url: url.href, headers: {}, body: null, signal: null });
  const theirs = Date.parse((outcome.ok ? outcome.headers['date'] : undefined) ?? '');
  if (Number.isNaN(theirs)) return { kind: 'clock-unknown', ...project };
  // The header counts in whole seconds and was true some milliseconds ago.
  const skewMs = Date.now() - theirs;
  return { kind: Math.abs(skewMs) > skewAllowedMs ? 'clock-wrong' : 'clock-ok', ...project, skewMs };
}

/** Whether there is a token to send. Reading a source that mints makes a new token, so that is reported. */
async function checkToken(tokens: Tokens, source: TokenSource | null, tell: Tell): Promise<boolean> {
  if (source?.kind === 'component') tell({ kind: 'token-mints', ...project, appId: source.appId });
  const outcome = await tokens.read();
  if (outcome.ok)
    tell({ kind: 'token-read', ...project, source: source === null ? 'emulator' : sourceText(source) });
  else tell({ kind: 'token-missing', ...project, problem: outcome.problem });
  return outcome.ok;
}

/** Where the token comes from, in the configuration's own words; never a secret. */
function sourceText(source: TokenSource): string {
  switch (source.kind) {
    case 'env':
      return source.name;
    case 'file':
      return source.path;
    case 'command':
      return 'token.command';
    case 'url':
    case 'wxcomponent':
      return new URL(source.url).host;
    case 'cloudbase':
      return `cloudbase ${sourceText(source.from)}`;
    case 'component':
      return source.appId;
    case 'withheld':
      return '';
    default:
      return source satisfies never;
  }
}

/** The address is not on the platform's allow list (docs/cloud-api.md, "Errors"). */
const notAllowListed: ReadonlySet<number> = new Set([61004, 40164]);

/** Token accepted, address allow-listed, each environment there and NORMAL. @returns those that can be asked further */
async function checkEnvs(cloud: Cloud, envs: readonly EnvId[], tell: Tell): Promise<readonly EnvId[]> {
  const outcome = await cloud.describeEnvs();
  if (!outcome.ok) {
    tell({ kind: kindOfRefusal(outcome.failure), ...project, failure: outcome.failure });
    return [];
  }
  tell({ kind: 'token-accepted', ...project });
  const known = outcome.envs.map(({ env }) => env);
  const usable: EnvId[] = [];
  for (const env of envs) {
    const row = outcome.envs.find((each) => each.env === env);
    if (row === undefined) tell({ kind: 'env-missing', function: null, env, known });
    else if (row.status !== 'NORMAL') tell({ kind: 'env-abnormal', function: null, env, status: row.status });
    else {
      tell({ kind: 'env-ok', function: null, env, alias: row.alias });
      usable.push(env);
    }
  }
  return usable;
}

function kindOfRefusal({ class: failureClass, errcode }: Failure) {
  if (failureClass === 'token') return 'token-rejected';
  return errcode !== null && notAllowListed.has(errcode) ? 'address-refused' : 'cloud-refused';
}

function absence(listedWhole: boolean, createMissing: boolean) {
  if (!listedWhole) return 'functions-unlisted';
  return createMissing ? 'functions-created' : 'functions-missing';
}

/** One environment's deployments, compared with the disk. @returns those of the wanted functions */
async function checkDeployed(
  cloud: Cloud,
  env: EnvId,
  wanted: readonly string[],
  createMissing: boolean,
  tell: Tell,
): Promise<readonly CloudFunction[]> {
  const outcome = await cloud.list(env);
  if (!outcome.ok) {
    tell({ kind: 'list-failed', function: null, env, failure: outcome.failure });
    return [];
  }
  const rows = outcome.functions.filter(({ name }) => wanted.includes(name));
  const names = wanted.filter((name) => !rows.some((row) => row.name === name));
  if (names.length === 0) tell({ kind: 'functions-present', function: null, env, count: rows.length });
  else tell({ kind: absence(outcome.whole, createMissing), function: null, env, names });
  for (const { name, status, statusReason: reason } of rows) {
    if (status.endsWith('Failed')) tell({ kind: 'function-broken', function: name, env, status, reason });
  }
  return rows;
}
