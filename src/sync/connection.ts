/** Everything that belongs to one endpoint: its address, its client, its token. Replaced whole when the configuration moves on. */

import { type Cloud, createCloud } from '../cloud/cloud.js';
import { createHttp, type Http } from '../cloud/http.js';
import type { Redactor } from '../cloud/redact.js';
import { createTokenSource, type Tokens } from '../cloud/token/token.js';
import type { Config } from '../config/model.js';
import type { Variables } from '../config/text.js';
import type { ConfigProblem } from '../model/config-problem.js';
import { errnoOf } from '../system/errno.js';
import { type Endpoint, emulatorStoreOf, openEndpoint, type RunningEmulator } from './endpoint.js';

export interface Connection {
  readonly endpoint: Endpoint;
  readonly http: Http;
  readonly tokens: Tokens;
  readonly cloud: Cloud;
}

export interface ConnectOptions {
  readonly config: Config;
  /** Asked at each reading of the token: a refused one may have been replaced before the watcher tells of it. */
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
  return { endpoint, http, tokens, cloud };
}

export async function disconnect({ tokens, http, endpoint }: Connection): Promise<void> {
  tokens.close();
  await http.close();
  await endpoint.close();
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
