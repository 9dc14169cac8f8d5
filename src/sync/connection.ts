/**
 * The cloud that a configuration names, a URL or the embedded emulator, with its client and its token. Replaced whole when
 * the configuration moves on.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, createCloud } from '../cloud/cloud.js';
import { createHttp, type Http } from '../cloud/http.js';
import type { Redactor } from '../cloud/redact.js';
import { type AnyTokenSource, createTokenSource, type Tokens } from '../cloud/token/token.js';
import type { Config } from '../config/model.js';
import type { Variables } from '../config/text.js';
import type { Emulator, EmulatorOptions } from '../emulator/index.js';
import type { ConfigProblem } from '../model/config-problem.js';
import { buildsFolderOf, stateFolderOf } from '../state/folder.js';
import { takeStore } from '../state/lock.js';
import { errnoOf } from '../system/errno.js';

export interface Connection {
  readonly endpoint: Endpoint;
  readonly http: Http;
  readonly tokens: Tokens;
  readonly cloud: Cloud;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly config: Config;
  /** Asked at each reading of the token: a refused one may have been replaced before the watcher reports it. */
  readonly variables: () => Promise<Variables>;
  readonly redactor: Redactor;
  /** An emulator that runs already, for the endpoint "emulator". */
  readonly emulator: RunningEmulator | null;
  /** Whether an embedded emulator may make its store. */
  readonly mayWrite: boolean;
}

export type Connected =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly problem: ConfigProblem<'no-store'> };

/** An embedded emulator whose store cannot be opened is data; whatever else is thrown is a bug. */
export async function connect(options: ConnectOptions): Promise<Connected> {
  const { config, emulator, mayWrite } = options;
  try {
    const endpoint = await openEndpoint(config, emulator, mayWrite);
    return { ok: true, connection: connectionTo(endpoint, options) };
  } catch (error) {
    const [code, folder] = [errnoOf(error), emulatorStoreOf(config)];
    const problem = { kind: 'no-store', path: 'endpoint', at: null, folder, code } as const;
    return { ok: false, problem };
  }
}

function connectionTo(endpoint: Endpoint, options: ConnectOptions): Connection {
  const { config, redactor } = options;
  const http = createHttp({
    connectTimeoutMs: config.connectTimeoutSeconds * 1000,
    requestTimeoutMs: config.requestTimeoutSeconds * 1000,
  });
  const tokens = createTokenSource(endpoint.tokenSource, {
    http,
    redactor,
    variables: options.variables,
    endpoint: endpoint.url,
    folder: config.folder,
  });
  const cloud = createCloud({ endpoint: endpoint.url, http, tokens, redactor });
  return {
    endpoint,
    http,
    tokens,
    cloud,
    async close() {
      tokens.close();
      await http.close();
      await endpoint.close();
    },
  };
}

/** The emulator is one with the environments it was started for. */
export function sameCloud(one: Config, other: Config): boolean {
  const facts = (config: Config): unknown => [
    config.endpoint,
    config.endpoint === 'emulator' ? config.envs : config.token,
    config.connectTimeoutSeconds,
    config.requestTimeoutSeconds,
  ];
  return JSON.stringify(facts(one)) === JSON.stringify(facts(other));
}

export interface Endpoint {
  readonly url: string;
  readonly tokenSource: AnyTokenSource;
  close(): Promise<void>;
}

/** Where the emulator keeps what each environment runs. */
export function emulatorStoreOf(config: Config): string {
  return join(stateFolderOf(config), 'emulator');
}

/** Where the emulator, which installs no packages and builds nothing, finds those of the functions and their source maps. */
export const sourcesOf = (config: Config) => ({
  roots: config.functionsRoots,
  maps: buildsFolderOf(config),
  named: Object.fromEntries(
    Object.entries(config.functions).flatMap(([name, { dir }]) => (dir === null ? [] : [[name, dir]])),
  ),
});

/** An emulator that another process runs. */
export interface RunningEmulator {
  readonly url: string;
  readonly token: string;
}

/**
 * Starts the emulator where the configuration asks for it and none runs yet. It is loaded only then. Rejects with the
 * system's error where its store cannot be read.
 */
async function openEndpoint(
  config: Config,
  running: RunningEmulator | null,
  mayWrite: boolean,
): Promise<Endpoint> {
  if (config.endpoint !== 'emulator') {
    return {
      url: config.endpoint,
      tokenSource: config.token ?? { kind: 'none' },
      close: async () => undefined,
    };
  }
  if (running !== null) {
    const tokenSource = { kind: 'fixed', value: running.token } as const;
    return { url: running.url, tokenSource, close: async () => undefined };
  }
  const store = emulatorStoreOf(config);
  // A dry run leaves nothing behind: without a store there is nothing to load either.
  const kept: { readonly store?: string } = mayWrite || existsSync(store) ? { store } : {};
  const sources = sourcesOf(config);
  const emulator = await keepingStore(kept.store, async () => {
    const { startSeparately } = await import('../emulator/separate.js');
    return startSeparately({ envs: [...config.envs], sources, ...kept });
  });
  return {
    url: emulator.url,
    tokenSource: { kind: 'fixed', value: emulator.token },
    // The trouble that keeps it from writing at its end keeps the next one from opening, which reports it.
    close: () => emulator.close().catch((error: unknown) => void errnoOf(error)),
  };
}

/** The facts that a caller needs of an emulator that it started. */
export type OpenedEmulator = Pick<Emulator, 'url' | 'token' | 'envs' | 'close'>;

/**
 * Starts an emulator in this process, and keeps its store for it until it is closed. Rejects with the system's error where it
 * cannot listen, or where its store cannot be used: `EBUSY` with the process that has it.
 */
export function openEmulator(settings: EmulatorOptions): Promise<OpenedEmulator> {
  return keepingStore(settings.store, async () => {
    const { startEmulator } = await import('../emulator/index.js');
    return startEmulator(settings);
  });
}

async function keepingStore(
  store: string | undefined,
  start: () => Promise<OpenedEmulator>,
): Promise<OpenedEmulator> {
  const taken = store === undefined ? null : await takeStore(store);
  if (taken?.type === 'held') throw new StoreHeld(taken.holder?.pid ?? null);
  const release = (): void => {
    if (taken?.type === 'taken') taken.lock.release();
  };
  try {
    const { url, token, envs, close } = await start();
    return { url, token, envs, close: () => close().finally(release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** Another process's emulator has the store open. In the form of a system error, so that it is reported as they are. */
class StoreHeld extends Error {
  readonly code: string;

  constructor(pid: number | null) {
    const code = pid === null ? 'EBUSY' : `EBUSY, PID ${pid}`;
    super(code);
    this.code = code;
  }
}
