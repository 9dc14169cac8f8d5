import { randomUUID } from 'node:crypto';
import { mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import {
  errorText,
  type FileMap,
  type FunctionRecord,
  isJsonObject,
  type JsonObject,
  keyOf,
} from '../model.js';
import type { Cloud } from '../store/cloud.js';
import { CLOUD_ENTRY, dependenciesOf, entryOf } from '../store/code.js';
import type { Database } from '../store/database.js';
import type { Storage } from '../store/storage.js';
import { createOnce, createSerializer } from '../store/tasks.js';
import { removeTree, writeTree } from '../store/tree.js';
import { BOOTSTRAP } from './bootstrap.js';
import { type Answered, type FailureKind, Instance, type Invocation } from './instance.js';
import { absentIn, findNode, majorOf, nodeArguments } from './runtimes.js';
import { SDK } from './sdk.js';
import { withSourceMap } from './source-map.js';

export type { Invocation } from './instance.js';

export interface Runner {
  /**
   * Runs the code that the function runs now, or with `old` the version before, with at most `limitMs` for its `main`. Never
   * rejects but for a disk that refuses.
   */
  invoke(record: FunctionRecord, event: unknown, limitMs: number, old?: boolean): Promise<Invocation>;
  /**
   * From now on functions that are called wait for a debugger at this port of 127.0.0.1, one at a time and without limits, and
   * lie where they always lie: `<store>/.run/<env>/<name>`. null ends it. Rejects with the system's error when the port is taken.
   */
  inspect(port: number | null): Promise<void>;
  /** How often each function was called from outside, by environment and name. */
  counts(): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How many processes run or wait for a call. */
  instances(): number;
  /** Kills what runs, without waiting: for a process that is about to end. */
  kill(): void;
  /** Kills what runs and waits for its end. */
  close(): Promise<void>;
}

/** Where functions have their sources. */
export interface SourceFolders {
  /** Folders in which each function has a folder of its name. */
  readonly roots: readonly string[];
  /** Other folders, by the function's name. */
  readonly named: Readonly<Record<string, string>>;
  /** Where the source maps of bundled functions lie: see `source-map.ts`. */
  readonly maps?: string;
}

export interface RunnerOptions {
  readonly cloud: Cloud;
  readonly database: Database;
  readonly storage: Pick<Storage, 'scratch'>;
  /** Runs also what the cloud would not. */
  readonly lenient: boolean;
  /** How long a process waits for the next call. Default 60 s. */
  readonly idleMs?: number;
  /** Where functions have their sources: their `node_modules` stand in for what the cloud installs, and a debugger shows them. */
  readonly sources?: SourceFolders;
  /** Where copies lie while functions are inspected; null: with all others. */
  readonly inspectFolder: string | null;
}

/** Functions that call each other for ever end here. */
const MAX_DEPTH = 5;
/** Loading has a limit of its own, as a cold start has in the cloud. */
const LOAD_LIMIT_MS = 10_000;
const IDLE_MS = 60_000;
/** More calls than this wait for one another; the cloud's own limit is far higher, this machine's is not. */
const MAX_RUNNING = 32;
/** The number of runs that may wait for a call, over all functions; beyond it the one that has waited longest ends. */
const MAX_WAITING = 12;
/** cloud.tencent.com/document/product/583/11637: an answer of a synchronous call holds at most 6 MB. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A copy of one version of a function, to run in. */
interface Copy {
  readonly version: number;
  readonly folder: string;
  readonly entry: string | null;
  readonly packages: Packages;
  readonly waiting: Set<Waiting>;
  /** The errors in it after a call had its result; the next call's log says so. */
  late: readonly string[];
  users: number;
}

/** The packages that were linked to a copy. */
interface Packages {
  /** The folders that they really lie in, with those that they use themselves. */
  readonly folders: readonly string[];
  /** The words of the log before the first lines of code that runs with them. */
  readonly remarks: readonly string[];
}

/** A warm process. */
interface Waiting {
  readonly instance: Instance;
  readonly temp: string;
  readonly timer: NodeJS.Timeout;
  readonly since: number;
}

/** The copies that a function has: of the version that it runs, and of the one before. */
interface Copies {
  readonly current: Copy;
  readonly before: Copy | null;
}

export function createRunner(options: RunnerOptions): Runner {
  const { cloud, database, storage, lenient, idleMs = IDLE_MS, sources = { roots: [], named: {} } } = options;
  const { inspectFolder } = options;
  let inspectPort: number | null = null;
  const copies = new Map<string, Copies>();
  const instances = new Set<Instance>();
  /** How deep the call that each process runs lies in calls of functions by functions. */
  const depths = new WeakMap<Instance, number>();
  const calls = new Set<Promise<unknown>>();
  const counts = new Map<string, Map<string, number>>();
  const alone = createSerializer();
  const slots = createSlots(MAX_RUNNING);
  const inspected = createSlots(1);
  const nodes = new Map<string, Promise<string | null>>();
  let closed = false;

  async function invoke(
    record: FunctionRecord,
    event: unknown,
    limitMs: number,
    { old, depth }: { readonly old: boolean; readonly depth: number },
  ): Promise<Invocation> {
    // A function that is called by a function must not wait for the slot of its caller.
    const turns = inspectPort === null ? slots : inspected;
    const free = depth > 1 ? () => undefined : await turns.take();
    try {
      const copy = await takeCopy(record, old);
      try {
        return await runIn(copy, record, event, limitMs, depth);
      } finally {
        copy.users -= 1;
        await dropIfUnused(record, copy);
      }
    } finally {
      free();
    }
  }

  async function runIn(
    copy: Copy,
    record: FunctionRecord,
    event: unknown,
    limitMs: number,
    depth: number,
  ): Promise<Invocation> {
    if (closed) return failed('stopped', 'the emulator was closed');
    if (copy.entry === null) return failed('missing', `[${record.name}] has no code that runs`);
    return run(record, copy, copy.entry, event, limitMs, depth);
  }

  async function run(
    record: FunctionRecord,
    copy: Copy,
    entry: string,
    event: unknown,
    limitMs: number,
    depth: number,
  ): Promise<Invocation> {
    const warm = takeWarm(copy);
    const temp = warm?.temp ?? (await makeTemp());
    // One debugger sees one process: a function that another one calls runs as ever.
    const port = depth === 1 ? inspectPort : null;
    if (warm === null && port !== null) await endAllWarm();
    const instance = warm?.instance ?? (await startInstance(record, copy, entry, temp, port));
    depths.set(instance, depth);
    const limit = inspectPort === null ? limitMs : null;
    const result = await instance.run({ event, context: contextOf(record, limitMs), limitMs: limit });
    if (instance.isUsable && !closed) keepWarm(copy, instance, temp);
    else void instance.end();
    const remarks = warm === null ? copy.packages.remarks : [];
    const logs = [...remarks, ...copy.late, ...result.logs, ...lacking(result, record.runtime)];
    copy.late = [];
    return checked(shown({ ...result, logs }, copy.folder));
  }

  async function startInstance(
    record: FunctionRecord,
    copy: Copy,
    entry: string,
    temp: string,
    port: number | null,
  ): Promise<Instance> {
    const root = await baseOf();
    const node = lenient ? null : await nodeFor(record.runtime);
    const own = node === null;
    const variables = variablesOf(record);
    const instance = new Instance({
      node: node ?? process.execPath,
      nodeArguments: own && !lenient ? nodeArguments : [],
      bootstrap: join(root, 'bootstrap.cjs'),
      argument: {
        env: record.env,
        folder: copy.folder,
        entry: join(copy.folder, lenient ? entry : CLOUD_ENTRY),
        temp,
        roots: [root, copy.folder, ...copy.packages.folders],
        absent: own && !lenient ? absentIn(record.runtime) : [],
        strict: !lenient,
        wxContext: wxContextOf(record),
        inspectPort: port,
      },
      variables,
      memoryMb: lenient || port !== null ? null : record.settings.memorySize,
      loadLimitMs: inspectPort === null ? LOAD_LIMIT_MS : null,
      answer: (asking, what, data) => answerAsk(record.env, what, data, depths.get(asking) ?? MAX_DEPTH),
      onLateError: (lines) => {
        copy.late = [...copy.late, ...lines];
      },
    });
    instances.add(instance);
    void instance.ended.then(async () => {
      instances.delete(instance);
      await removeTree(temp).catch(() => undefined);
    });
    return instance;
  }

  async function answerAsk(env: string, what: string, data: unknown, depth: number): Promise<Answered> {
    const fields = isJsonObject(data) ? data : {};
    if (what === 'database') return database.run(env, fields);
    if (what !== 'call') return refusal(-1, `the emulator does not know ${what}`);
    const result = await callOther(env, String(fields['name']), fields['data'], depth);
    if (result.ok) return { ok: true, value: result.value };
    return refusal(
      result.kind === 'too-long' ? -504003 : result.kind === 'missing' ? -501000 : -504002,
      result.text,
    );
  }

  async function callOther(env: string, name: string, data: unknown, depth: number): Promise<Invocation> {
    const record = cloud.find(env, name);
    if (record === null) return failed('missing', `FunctionName parameter could not be found [${name}]`);
    if (depth >= MAX_DEPTH) return failed('missing', `functions call each other more than ${MAX_DEPTH} deep`);
    const limitMs = record.settings.timeoutSeconds * 1000;
    try {
      return await tracked(invoke(record, data, limitMs, { old: false, depth: depth + 1 }));
    } catch (error) {
      // A disk that refuses the copy is that call's failure, reported to the caller's code.
      return failed('stopped', errorText(error));
    }
  }

  // ---- warm processes

  function takeWarm(copy: Copy): Waiting | null {
    for (const waiting of copy.waiting) {
      copy.waiting.delete(waiting);
      clearTimeout(waiting.timer);
      if (waiting.instance.isUsable) return waiting;
    }
    return null;
  }

  function keepWarm(copy: Copy, instance: Instance, temp: string): void {
    const end = (): void => {
      copy.waiting.delete(waiting);
      void instance.end();
    };
    const timer = setTimeout(end, idleMs);
    timer.unref();
    const waiting: Waiting = { instance, temp, timer, since: performance.now() };
    copy.waiting.add(waiting);
    const all = [...copies.values()].flatMap(({ current, before }) =>
      [current, before].flatMap((one) => [...(one?.waiting ?? [])].map((each) => ({ copy: one, each }))),
    );
    if (all.length <= MAX_WAITING) return;
    const oldest = all.reduce((a, b) => (a.each.since <= b.each.since ? a : b));
    clearTimeout(oldest.each.timer);
    oldest.copy?.waiting.delete(oldest.each);
    void oldest.each.instance.end();
  }

  async function endWarm(copy: Copy): Promise<void> {
    const waiting = [...copy.waiting];
    copy.waiting.clear();
    for (const { timer } of waiting) clearTimeout(timer);
    await Promise.all(waiting.map(({ instance }) => instance.end()));
  }

  async function endAllWarm(): Promise<void> {
    const all = [...copies.values()].flatMap(({ current, before }) => [current, before ?? []].flat());
    await Promise.all(all.map(endWarm));
  }

  // ---- copies of the code

  /** The copy of what the function runs, made at its first use and kept until the second version after it is run. */
  function takeCopy(record: FunctionRecord, old: boolean): Promise<Copy> {
    const key = keyOf(record.env, record.name);
    return alone(key, async () => {
      const kept = copies.get(key) ?? null;
      const copy = await currentCopy(record, kept);
      const chosen = old ? (copies.get(key)?.before ?? copy) : copy;
      chosen.users += 1;
      return chosen;
    });
  }

  async function currentCopy(record: FunctionRecord, kept: Copies | null): Promise<Copy> {
    if (kept !== null && kept.current.version === cloud.version(record.env, record.name)) return kept.current;
    const { version, files } = await cloud.running(record.env, record.name);
    const ended = kept === null ? null : endWarm(kept.current);
    // While functions are inspected, the next version lies in the same place at the same port.
    if (inspectPort !== null) await ended;
    const current = await makeCopy(record, version, files);
    copies.set(keyOf(record.env, record.name), { current, before: kept?.current ?? null });
    if (kept?.before != null) await dropIfUnused(record, kept.before);
    return current;
  }

  async function makeCopy(record: FunctionRecord, version: number, files: FileMap): Promise<Copy> {
    const folder =
      inspectPort !== null && inspectFolder !== null
        ? join(inspectFolder, record.env, record.name)
        : join(await baseOf(), record.env, `${record.name}@${version}`);
    await removeTree(folder);
    await writeTree(folder, inspectPort === null ? files : await withSourceMap(record.name, files, sources));
    const packages = await installPackages(folder, record.name, files);
    return { version, folder, entry: entryOf(files), packages, waiting: new Set(), late: [], users: 0 };
  }

  async function dropIfUnused(record: FunctionRecord, copy: Copy): Promise<void> {
    const kept = copies.get(keyOf(record.env, record.name));
    if (copy === kept?.current || copy === kept?.before || copy.users > 0) return;
    await endWarm(copy);
    if (copy.folder !== kept?.current.folder) await removeTree(copy.folder);
  }

  /** Links what package.json names to where it is installed next to the sources. */
  async function installPackages(folder: string, name: string, files: FileMap): Promise<Packages> {
    const wanted = dependenciesOf(files);
    const folders = [sources.named[name] ?? [], sources.roots.map((root) => join(root, name))].flat();
    const remarks: string[] = [];
    const linked: string[] = [];
    for (const dependency of wanted.filter((one) => one !== 'wx-server-sdk')) {
      const place = join(folder, 'node_modules', dependency);
      const installed = await installedAt(folders, dependency);
      if (installed === null) {
        remarks.push(
          `emulator: ${dependency} is in package.json, but not installed here. Run npm install in the function's folder; the cloud installs it by itself.`,
        );
      } else if (!files.has(`node_modules/${dependency}/package.json`)) {
        await mkdir(dirname(place), { recursive: true });
        await symlink(installed, place, 'junction');
        linked.push(await packagesFolder(installed));
      }
    }
    if (lenient || wanted.includes('wx-server-sdk'))
      await writeSdk(join(folder, 'node_modules', 'wx-server-sdk'));
    return { folders: [...new Set(linked)], remarks };
  }

  // ---- the folder of all copies

  const baseOf = createOnce(async () => {
    const folder = await storage.scratch();
    await Promise.all([
      writeFile(join(folder, 'bootstrap.cjs'), BOOTSTRAP),
      // Ends the search for a package.json here: one further up could turn index.js into an ES module.
      writeFile(join(folder, 'package.json'), '{"private":true}\n'),
    ]);
    return folder;
  });

  async function makeTemp(): Promise<string> {
    const folder = join(await baseOf(), 'tmp', randomUUID());
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** The real Node of a runtime; null where this process's own must stand in for it. */
  function nodeFor(runtime: string): Promise<string | null> {
    const major = majorOf(runtime);
    if (major === null || process.versions.node.startsWith(`${major}.`)) return Promise.resolve(null);
    const found = nodes.get(runtime) ?? findNode(major);
    nodes.set(runtime, found);
    return found;
  }

  function tracked<Value>(call: Promise<Value>): Promise<Value> {
    calls.add(call);
    return call.finally(() => calls.delete(call));
  }

  return {
    invoke: (record, event, limitMs, old = false) => {
      const names = counts.get(record.env) ?? new Map<string, number>();
      counts.set(record.env, names.set(record.name, (names.get(record.name) ?? 0) + 1));
      return tracked(invoke(record, event, limitMs, { old, depth: 1 }));
    },
    inspect: async (port) => {
      if (port !== null) await mustBeFree(port);
      inspectPort = port;
      await endAllWarm();
      // The copies lie elsewhere from now on.
      copies.clear();
    },
    counts: () => Object.fromEntries([...counts].map(([env, names]) => [env, Object.fromEntries(names)])),
    instances: () => instances.size,
    kill: () => {
      for (const instance of instances) instance.kill();
    },
    close: async () => {
      closed = true;
      // A process that is just being started shows up meanwhile.
      while (instances.size > 0 || calls.size > 0) {
        await Promise.all([...instances].map((instance) => instance.end()));
        await Promise.allSettled(calls);
      }
      if (inspectFolder !== null) await removeTree(inspectFolder);
    },
  };
}

const failed = (kind: FailureKind, text: string): Invocation => ({
  ok: false,
  kind,
  text,
  stack: '',
  logs: [],
});

const refusal = (errCode: number, errMsg: string): Answered => ({ ok: false, error: { errCode, errMsg } });

/** The part that the error does not say: that this machine's Node has it is no comfort. */
function lacking(result: Invocation, runtime: string): readonly string[] {
  const name = result.ok ? undefined : /^ReferenceError: (\w+) is not defined/.exec(result.text)?.[1];
  if (name === undefined || !absentIn(runtime).includes(name)) return [];
  return [`emulator: ${name} came after ${runtime}, which runs this function in the cloud.`];
}

/** Frames of our own script are nobody's business; in the cloud, others stand there. */
const withoutBootstrap = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => !/[\\/]bootstrap\.cjs:\d+:\d+\)?$/.test(line))
    .join('\n');

/** The copy's place means nothing to anybody; in the cloud, code lies in /var/user. */
function shown(result: Invocation, folder: string): Invocation {
  const there = (text: string): string =>
    text
      .replaceAll(`file://${folder}`, 'file:///var/user')
      .replaceAll(folder, '/var/user')
      .replaceAll(JSON.stringify(folder).slice(1, -1), '/var/user')
      .replace(/\/var\/user\S*\\\S*/g, (path) => path.replaceAll('\\', '/'));
  const logs = result.logs.map(there);
  if (result.ok)
    return {
      ...result,
      value: result.value.replaceAll(JSON.stringify(folder).slice(1, -1), '/var/user'),
      logs,
    };
  return { ...result, text: there(result.text), stack: there(withoutBootstrap(result.stack)), logs };
}

function checked(result: Invocation): Invocation {
  if (!result.ok || Buffer.byteLength(result.value) <= MAX_PAYLOAD_BYTES) return result;
  const bytes = Buffer.byteLength(result.value);
  return {
    ...failed('too-large', `the answer has ${bytes} bytes, at most ${MAX_PAYLOAD_BYTES}`),
    logs: result.logs,
  };
}

/** As the vendor's page on Node.js functions lists it (cloud.tencent.com/document/product/583/11060). */
function contextOf(record: FunctionRecord, limitMs: number): JsonObject {
  const variables = variablesOf(record);
  return {
    callbackWaitsForEmptyEventLoop: false,
    memory_limit_in_mb: record.settings.memorySize,
    time_limit_in_ms: limitMs,
    request_id: randomUUID(),
    environ: Object.entries(variables)
      .map(([key, value]) => `${key}=${value}`)
      .join(';'),
    environment: JSON.stringify(variables),
    function_name: record.name,
    function_version: '$LATEST',
    namespace: record.env,
    tencentcloud_region: 'ap-shanghai',
    tencentcloud_appid: '1250000000',
    tencentcloud_uin: '100000000000',
  };
}

function variablesOf({ env, name, runtime, settings }: FunctionRecord): Readonly<Record<string, string>> {
  return {
    TCB_ENV: env,
    SCF_NAMESPACE: env,
    SCF_FUNCTIONNAME: name,
    SCF_FUNCTIONVERSION: '$LATEST',
    SCF_RUNTIME: runtime,
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'ap-shanghai',
    USER_CODE_ROOT: '/var/user/',
    TZ: 'UTC',
    ...settings.variables,
  };
}

/** No real app has it. */
export const EMULATED_APP_ID = 'wx0000000000000000';

/** Nobody is logged in here; the identifiers only have the form of real ones. */
const wxContextOf = ({ env }: FunctionRecord): JsonObject => ({
  OPENID: 'oEmulatedOpenId0000000000000',
  UNIONID: 'oEmulatedUnionId000000000000',
  APPID: EMULATED_APP_ID,
  ENV: env,
  SOURCE: 'wx_http',
});

async function writeSdk(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    '{"name":"wx-server-sdk","version":"2.6.3","main":"index.js"}\n',
  );
  await writeFile(join(folder, 'index.js'), SDK);
}

/** Where a package lies for code in one of these folders; null where it is not installed. */
async function installedAt(folders: readonly string[], dependency: string): Promise<string | null> {
  for (const start of folders) {
    for (let folder = start; ; folder = dirname(folder)) {
      const place = join(folder, 'node_modules', dependency);
      if (await isFolder(place)) return place;
      if (dirname(folder) === folder) break;
    }
  }
  return null;
}

/** Where a package really lies, up to the outermost `node_modules` around it: what it uses itself lies there too. */
async function packagesFolder(place: string): Promise<string> {
  const real = await realpath(place);
  return /^.*?[\\/]node_modules(?=[\\/])/.exec(real)?.[0] ?? real;
}

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

/** Rejects with the system's error when something listens at the port already. */
function mustBeFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

/** So many may go on at a time, in their order; `take` resolves to what ends one's turn. */
function createSlots(limit: number): { take(): Promise<() => void> } {
  const queue: (() => void)[] = [];
  let free = limit;
  const giveBack = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      return giveBack;
    },
  };
}
