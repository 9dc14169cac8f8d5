import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Services } from './calls/call.js';
import { type FunctionRow, rowOf } from './calls/functions.js';
import type { CallName } from './calls/table.js';
import { type ComponentCredentials, createTokens } from './calls/tokens.js';
import { createHolding, type HeldFilter } from './faults/holding.js';
import { createFaultPlanner, type FaultPlanner } from './faults/plan.js';
import type { FaultRule } from './faults/rules.js';
import { isPlainPath } from './http/control.js';
import {
  createJournal,
  createWaiting,
  type EmulatorEvent,
  type RecordedRequest,
  type WaitFor,
} from './http/journal.js';
import { listen } from './http/server.js';
import { type Clock, DEFAULT_RUNTIME, type FileMap, type FunctionFilter } from './model.js';
import { isEnvId, isFunctionName } from './names.js';
import { createRunner, type SourceFolders } from './runner/runner.js';
import { openCloud } from './store/cloud.js';
import { createDatabase } from './store/database.js';
import { createDiskStorage } from './store/disk.js';
import { createMemoryStorage, type Storage } from './store/storage.js';
import { createScratch } from './store/tree.js';

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
  /** Added to `deployMs` where package.json has dependencies, which the cloud installs. Default: as long as `deployMs`. */
  readonly installMs?: number;
  readonly faults?: readonly FaultRule[];
  /** Lets `api_component_token` issue tokens to whoever knows these. */
  readonly component?: ComponentCredentials;
  /** Base64 characters of a zip; default 20,971,520 (docs/cloud-api.md, "Packing"). */
  readonly maxZipBase64?: number;
  /** Keeps each zip in its recorded request. Default false. */
  readonly keepZips?: boolean;
  /** Takes and runs also what the cloud would refuse: see docs/emulator.md, "Lenient". Default false. */
  readonly lenient?: boolean;
  /** Of functions that are created from now on, as `getscflist` names it. Default `Nodejs16.13`. */
  readonly runtime?: string;
  /** How long a function's process waits for the next call. Default 60 s. */
  readonly idleMs?: number;
  /** Where functions have their sources, whose `node_modules` stand in for what the cloud installs. */
  readonly sources?: SourceFolders;
  /** Functions wait for a debugger at this port of 127.0.0.1: see `inspect`. */
  readonly inspectPort?: number;
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
  /** Replaces the token; the old one is refused (40001) at once, or after a grace. Returns the new one. */
  rotateToken(next?: string, graceMs?: number): string;
  /** The present token is refused (42001) until it is rotated. */
  expireToken(): void;
  /** Requests received, by call. Those to `/__emulator` do not count. */
  counts(): Readonly<Record<CallName, number>>;
  /** The latest 5,000 requests, oldest first. */
  requests(): readonly RecordedRequest[];
  /** The content that a function runs: the last content that was deployed with success; empty when there is none. */
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
  /**
   * Functions that are called from now on wait for a debugger at this port of 127.0.0.1, one at a time and without limits;
   * null ends it.
   */
  inspect(port: number | null): Promise<void>;
  /** Processes of functions that run or wait for a call. */
  instances(): number;
  onEvent(listener: (event: EmulatorEvent) => void): () => void;
  /** Called with each request of the API once its body is read. Returns what ends the listening. */
  onRequest(listener: (request: RecordedRequest) => void): () => void;
  readonly waitFor: WaitFor;
  /** Kills running functions without waiting: for a process that is about to end. */
  killFunctions(): void;
  /** Ends connections, deployments' timers and running functions; resolves when nothing is left. */
  close(): Promise<void>;
}

const DEFAULT_DEPLOY_MS = 600;
const INSTALL_FACTOR = 1;
const DEFAULT_MAX_ZIP_BASE64 = 20_971_520;

/**
 * Starts a local cloud on 127.0.0.1. Rejects with the system's error when the port is taken or the store cannot be read,
 * and with a RangeError for an environment's id that cannot be one.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const wrong = options.envs.find((env) => !isEnvId(env));
  if (wrong !== undefined) throw new RangeError(`not an environment id: ${JSON.stringify(wrong)}`);
  const { now = Date.now, lenient = false, runtime = DEFAULT_RUNTIME } = options;
  const { deployMs = DEFAULT_DEPLOY_MS } = options;
  const storage: Storage =
    options.store === undefined
      ? createMemoryStorage(createScratch(() => join(tmpdir(), 'tcb-emulator-')))
      : createDiskStorage(options.store);
  const journal = createJournal();
  const cloud = await openCloud({
    ...{ envs: [...options.envs], storage, runtime, now },
    onDeployed: (deployment) => journal.deployed(deployment),
  });
  const database = createDatabase(storage);
  const runner = createRunner({
    ...{ cloud, database, storage, lenient },
    inspectFolder: options.store === undefined ? null : join(options.store, '.run'),
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    ...(options.sources === undefined ? {} : { sources: options.sources }),
  });
  if (options.inspectPort !== undefined) await runner.inspect(options.inspectPort);
  const tokens = createTokens(options.token ?? null, now);
  const faults = createFaultPlanner(now);
  faults.add(options.faults ?? []);
  const holding = createHolding(journal);
  const waiting = createWaiting(journal);
  const services: Services = {
    ...{ cloud, runner, tokens, journal, lenient, deployMs, now },
    component: options.component ?? null,
    installMs: options.installMs ?? INSTALL_FACTOR * deployMs,
    maxZipBase64: options.maxZipBase64 ?? DEFAULT_MAX_ZIP_BASE64,
    quotaOf: (call) => faults.quotaOf(call),
  };
  const timing = { latencyMs: options.latencyMs ?? 0, keepZips: options.keepZips ?? false };

  const shutDown = async (idle: () => Promise<void>): Promise<void> => {
    waiting.close();
    holding.close();
    await runner.close();
    await idle();
    await cloud.close();
    await database.close();
    await storage.close();
  };

  const control = { cloud, runner, tokens, journal, faults, holding };
  const server = await listen(options.port ?? 0, { services, faults, holding, ...timing }, control).catch(
    async (error: unknown) => {
      await shutDown(async () => undefined);
      throw error;
    },
  );
  const close = async (): Promise<void> => {
    const stopped = server.stop();
    await shutDown(server.idle);
    await stopped;
  };
  let closing: Promise<void> | null = null;

  return {
    url: `http://127.0.0.1:${server.port}`,
    get token() {
      return tokens.current();
    },
    envs: cloud.envs,
    rotateToken: (next, graceMs = 0) => tokens.rotate(next ?? null, graceMs, null),
    expireToken: () => tokens.expire(),
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
    deploy: async (env, name, files) => {
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
    },
    finishDeployments: (filter = {}) => cloud.finishDeployments(filter),
    faults: { add: (rules) => faults.add(rules), clear: () => faults.clear(), list: () => faults.list() },
    held: () => holding.held(),
    release: (filter = {}) => holding.release(filter),
    inspect: (port) => runner.inspect(port),
    instances: () => runner.instances(),
    killFunctions: () => runner.kill(),
    onEvent: (listener) => journal.onEvent(listener),
    onRequest: (listener) =>
      journal.onEvent((event) => {
        if (event.type === 'received') listener(event.request);
      }),
    waitFor: waiting.waitFor,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
