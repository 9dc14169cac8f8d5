import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FunctionRow, rowOf } from './calls/functions.js';
import { type CallName, callOf } from './calls/table.js';
import { type ComponentCredentials, createTokens } from './calls/tokens.js';
import { createHolding, type HeldFilter } from './faults/holding.js';
import { createPauses } from './faults/pauses.js';
import { createFaultPlanner, type FaultPlanner } from './faults/plan.js';
import type { FaultRule } from './faults/rules.js';
import { type ApiOptions, answerCall } from './http/api.js';
import { answerControl, CONTROL_PREFIX, isPlainPath } from './http/control.js';
import { createJournal, type EmulatorEvent, type RecordedRequest } from './http/journal.js';
import { jsonAnswer, send } from './http/messages.js';
import { createWaiting, type WaitFor } from './http/waiting.js';
import { type Clock, errorText, type FileMap, type FunctionFilter } from './model.js';
import { isEnvId, isFunctionName } from './names.js';
import { createRunner } from './runner/runner.js';
import { openCloud } from './store/cloud.js';
import { createDiskStorage } from './store/disk.js';
import { createScratch } from './store/scratch.js';
import { createMemoryStorage, type Storage } from './store/storage.js';

export interface EmulatorOptions {
  readonly envs: readonly string[];
  /** Default: a random one. */
  readonly token?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** The folder of the functions; without one, they are kept in memory only. */
  readonly store?: string;
  /** Added before every answer of the API. Default 0. */
  readonly latencyMs?: number;
  /** Time spent Updating or Creating. Default 600; `Infinity` leaves the end to `finishDeployments`. */
  readonly deployMs?: number;
  readonly faults?: readonly FaultRule[];
  /** Lets `api_component_token` issue tokens to whoever knows these. */
  readonly component?: ComponentCredentials;
  /** Base64 characters of a zip; default 20,971,520 (cloud-api.md, "Packing rules"). */
  readonly maxZipBase64?: number;
  /** Keeps each zip in its recorded request. Default false. */
  readonly keepZips?: boolean;
  /** The clock of mod_time, token expiry and limits; timers stay real. Default `Date.now`. */
  readonly now?: Clock;
}

/** A running local cloud. */
export interface Emulator {
  /** `http://127.0.0.1:<port>`, the API's base. */
  readonly url: string;
  /** The token that is valid now. */
  readonly token: string;
  readonly envs: readonly string[];
  /** Replaces the token; the old one is refused (40001) at once. Returns the new one. */
  rotateToken(next?: string): string;
  /** The present token is refused (42001) until it is rotated. */
  expireToken(): void;
  /** Requests received, by call. Those to `/__emulator` do not count. */
  counts(): Readonly<Record<CallName, number>>;
  /** The latest 5,000 requests, oldest first. */
  requests(): readonly RecordedRequest[];
  /** What a function runs: the last content that was deployed with success; empty when there is none. */
  files(env: string, functionName: string): Promise<Map<string, Buffer>>;
  /** The paths among `files` that carry the executable bit. */
  executables(env: string, functionName: string): Promise<readonly string[]>;
  /** Rows as getscflist shows them. */
  functions(env: string): readonly FunctionRow[];
  /** Deploys as if somebody else did: at once, with another mod_time. Texts are UTF-8. */
  deploy(env: string, name: string, files: Readonly<Record<string, string | Buffer>>): Promise<void>;
  /** Ends the deployments under way (all, or those meant) now; resolves to how many. */
  finishDeployments(filter?: FunctionFilter): Promise<number>;
  readonly faults: Pick<FaultPlanner, 'add' | 'clear' | 'list'>;
  /** Requests held by a `hold` rule. */
  held(): readonly RecordedRequest[];
  /** Lets held requests go on (all, or those meant); returns how many. */
  release(filter?: HeldFilter): number;
  onEvent(listener: (event: EmulatorEvent) => void): () => void;
  /** Called with each request of the API once its body is read. Returns what ends the listening. */
  onRequest(listener: (request: RecordedRequest) => void): () => void;
  readonly waitFor: WaitFor;
  /** Ends connections, deployments' timers and running functions; resolves when nothing is left. */
  close(): Promise<void>;
}

const DEFAULT_DEPLOY_MS = 600;
const DEFAULT_MAX_ZIP_BASE64 = 20_971_520;

/**
 * Starts a local cloud on 127.0.0.1. Rejects with the system's error when the port is taken or the store cannot be read,
 * and with a RangeError for an environment's id that cannot be one.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const wrong = options.envs.find((env) => !isEnvId(env));
  if (wrong !== undefined) throw new RangeError(`not an environment id: ${JSON.stringify(wrong)}`);
  const parts = await assemble(options);
  const server = createServer((request, response) => {
    const answered = route(parts, request, response).finally(() => parts.answering.delete(answered));
    parts.answering.add(answered);
  });
  // Node's default of 5 s closes idle connections just when a client uses them again, which looks like a fault.
  server.keepAliveTimeout = 10 * 60 * 1000;
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    await shutDown(parts);
    throw error;
  }
  return emulatorOf(parts, server);
}

type Parts = Awaited<ReturnType<typeof assemble>>;

async function assemble(options: EmulatorOptions) {
  const now = options.now ?? Date.now;
  const storage: Storage =
    options.store === undefined
      ? createMemoryStorage(createScratch(() => join(tmpdir(), 'tcb-emulator-')))
      : createDiskStorage(options.store);
  const journal = createJournal();
  const cloud = await openCloud({
    envs: [...options.envs],
    storage,
    now,
    onDeployed: (deployment) => journal.deployed(deployment),
  });
  const pauses = createPauses();
  const services = {
    cloud,
    runner: createRunner(cloud, storage),
    tokens: createTokens(options.token ?? null, now),
    journal,
    component: options.component ?? null,
    deployMs: options.deployMs ?? DEFAULT_DEPLOY_MS,
    maxZipBase64: options.maxZipBase64 ?? DEFAULT_MAX_ZIP_BASE64,
    now,
  };
  const faults = createFaultPlanner(now);
  faults.add(options.faults ?? []);
  const holding = createHolding(journal);
  const timing = {
    latencyMs: options.latencyMs ?? 0,
    keepZips: options.keepZips ?? false,
    pause: pauses.pause,
  };
  const api: ApiOptions = { services, faults, holding, ...timing };
  const waiting = createWaiting(journal);
  return { ...services, storage, faults, holding, pauses, api, waiting, answering: new Set<Promise<void>>() };
}

/** Sends a request where it belongs. What is caught here is a bug of the emulator, and is shown as one. */
async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const call = callOf(url.pathname);
  try {
    if (url.pathname.startsWith(CONTROL_PREFIX)) await answerControl(parts, url, request, response);
    else if (call !== null) await answerCall(parts.api, call, url, request, response);
    else send(response, jsonAnswer(404, { errcode: 40066, errmsg: 'invalid url' }));
  } catch (error) {
    if (response.headersSent) response.socket?.destroy();
    else send(response, jsonAnswer(500, { errcode: -1, errmsg: `emulator bug: ${errorText(error)}` }));
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function shutDown({
  holding,
  pauses,
  waiting,
  runner,
  cloud,
  storage,
  answering,
}: Parts): Promise<void> {
  waiting.close();
  holding.close();
  pauses.close();
  await runner.close();
  await Promise.all(answering);
  await cloud.close();
  await storage.close();
}

function emulatorOf(parts: Parts, server: Server): Emulator {
  const { cloud, tokens, journal, faults, holding, waiting } = parts;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    ...viewOf(parts),
    url: `http://127.0.0.1:${port}`,
    get token() {
      return tokens.current();
    },
    envs: cloud.envs,
    rotateToken: (next) => tokens.rotate(next ?? null, 0, null),
    expireToken: () => tokens.expire(),
    deploy: (env, name, files) => deployForeign(parts, env, name, files),
    finishDeployments: (filter = {}) => cloud.finishDeployments(filter),
    faults: { add: (rules) => faults.add(rules), clear: () => faults.clear(), list: () => faults.list() },
    release: (filter = {}) => holding.release(filter),
    onEvent: (listener) => journal.onEvent(listener),
    onRequest: (listener) =>
      journal.onEvent((event) => {
        if (event.type === 'received') listener(event.request);
      }),
    waitFor: waiting.waitFor,
    close: closerOf(parts, server),
  };
}

type View = Pick<Emulator, 'counts' | 'requests' | 'files' | 'executables' | 'functions' | 'held'>;

const viewOf = ({ cloud, journal, holding }: Parts): View => ({
  counts: () => journal.counts(),
  requests: () => journal.requests(),
  files: async (env, name) => {
    const { files } = await cloud.running(env, name);
    return new Map([...files].map(([path, { content }]) => [path, content]));
  },
  executables: async (env, name) => {
    const { files } = await cloud.running(env, name);
    return [...files].filter(([, file]) => file.executable).map(([path]) => path);
  },
  functions: (env) => (cloud.list(env) ?? []).map(rowOf),
  held: () => holding.held(),
});

function closerOf(parts: Parts, server: Server): () => Promise<void> {
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await shutDown(parts);
    await closed;
  };
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= close();
    return closing;
  };
}

/** Rejects with a RangeError for an environment, name or path that cannot be. */
async function deployForeign(
  { cloud }: Parts,
  env: string,
  name: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const paths = Object.keys(files);
  if (!cloud.envs.includes(env) || !isFunctionName(name) || !paths.every(isPlainPath)) {
    throw new RangeError(`cannot deploy ${paths.join(', ')} as ${name} in ${env}`);
  }
  const contents: FileMap = new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      { content: Buffer.from(content), executable: false },
    ]),
  );
  await cloud.deployForeign(env, name, contents);
}
