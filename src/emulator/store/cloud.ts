import {
  type Clock,
  cloudTime,
  DEFAULT_SETTINGS,
  errorText,
  type FileMap,
  type FunctionFilter,
  type FunctionRecord,
  type FunctionStatus,
  keyOf,
  type Pending,
  type StatusReason,
  type UploadOperation,
} from '../model.js';
import { entryOf, NO_ENTRY } from './code.js';
import { createDeployments, type Finished } from './deployments.js';
import type { Storage } from './storage.js';
import { createCoalescer, createSerializer } from './tasks.js';

/** One function's new code for one environment. */
export interface Upload {
  readonly operation: UploadOperation;
  readonly env: string;
  readonly name: string;
  readonly files: FileMap;
  /** Makes the deployment fail with this reason; null lets the content decide. */
  readonly failure: StatusReason | null;
  /** How long it takes from acceptance to its end. `Infinity`: until `finishDeployments`. */
  readonly deployMs: number;
}

/** The content that a function runs, and a number that grows with each change of its code or settings. */
export interface Running {
  readonly version: number;
  readonly files: FileMap;
}

/** The environments and their functions. Refusals are texts of the cloud, as data. */
export interface Cloud {
  readonly envs: readonly string[];
  /** In the order in which they were created; null for an environment that does not exist. */
  list(env: string): readonly FunctionRecord[] | null;
  /** The same as it was so many milliseconds ago; what happened before the latest 5,000 changes counts as unchanged. */
  listBefore(env: string, lagMs: number): readonly FunctionRecord[] | null;
  find(env: string, name: string): FunctionRecord | null;
  /** Accepts code and starts to deploy it: null, or the text of the refusal. */
  accept(upload: Upload): Promise<string | null>;
  /** Deploys at once, after any deployment under way, with a mod_time that differs from the one before. */
  deployForeign(env: string, name: string, files: FileMap): Promise<void>;
  /** Lets a function look Updating until then, and refuse uploads, without changing it. */
  occupy(env: string, name: string, until: number): void;
  running(env: string, name: string): Promise<Running>;
  /** The number of `running`, without reading its files. */
  version(env: string, name: string): number;
  setTriggers(record: FunctionRecord, triggers: FunctionRecord['triggers']): Promise<void>;
  /** Starts to change settings: null, or the text of the refusal. They are in effect at once; the state says when it ended. */
  configure(record: FunctionRecord, settings: FunctionRecord['settings'], ms: number): Promise<string | null>;
  remove(record: FunctionRecord): Promise<void>;
  /** Ends deployments under way now; resolves to how many. */
  finishDeployments(filter: FunctionFilter): Promise<number>;
  /** Stops the timers and waits for file work. A deployment under way ends at the next load of the store. */
  close(): Promise<void>;
}

export interface CloudOptions {
  readonly envs: readonly string[];
  readonly storage: Storage;
  /** Of functions that are created from now on, as `getscflist` names it. */
  readonly runtime: string;
  readonly now: Clock;
  readonly onDeployed: (finished: Finished) => void;
}

const busyText = (status: FunctionStatus): string =>
  `FailedOperation.UpdateFunctionCode: 当前函数处于${status}状态，无法进行此操作，请稍后重试。`;
/** docs/cloud-api.md, "Errors". The one of settings is reported publicly in qkqpttgf/OneDrive_SCF#51. */
export const BUSY_UPDATING = busyText('Updating');
const BUSY_SETTINGS =
  'FailedOperation.UpdateFunctionConfiguration: 当前函数状态无法进行此操作，请在函数状态正常时重试。';

/** Why code is not taken for a function in the state it is in; null when it is. */
export function refusalOf(
  operation: UploadOperation,
  status: FunctionStatus | null,
  name: string,
): string | null {
  switch (status) {
    case null:
      return operation === 'create'
        ? null
        : `ResourceNotFound.Function: FunctionName parameter could not be found, function [${name}]`;
    case 'CreateFailed':
    case 'DeleteFailed':
      // No source has the words: a text of its own, so that it is neither waited for nor tried the other way.
      return `InvalidStatus.Function: [${name}] is ${status} and must be deleted before it can be created again`;
    case 'Creating':
    case 'Updating':
    case 'Publishing':
    case 'Deleting':
      return operation === 'create' ? alreadyThere(name) : busyText(status);
    case 'Active':
    case 'UpdateFailed':
    case 'PublishFailed':
      return operation === 'create' ? alreadyThere(name) : null;
    default:
      return status satisfies never;
  }
}

const alreadyThere = (name: string): string => `ResourceInUse.Function: function [${name}] already exists`;

/** How many changes of records are remembered for lists that lag behind. */
const REMEMBERED_CHANGES = 5000;

/** Loads what the storage holds and opens the environments. Rejects when the storage cannot be read. */
export async function openCloud({ envs, storage, runtime, now, onDeployed }: CloudOptions): Promise<Cloud> {
  const loaded = await storage.load();
  const records = new Map(loaded.map((record) => [keyOf(record.env, record.name), record]));
  /** The contents that changes replaced, oldest first. */
  const changes: { readonly at: number; readonly key: string; readonly before: FunctionRecord | null }[] = [];
  /** Until when a function only looks busy. */
  const occupied = new Map<string, number>();
  const versions = new Map<string, number>();
  /** File work of one function, one after the other. */
  const alone = createSerializer();
  const persist = createCoalescer(() => storage.save([...records.values()]));
  const deployments = createDeployments(finish);

  function put(key: string, record: FunctionRecord | null): void {
    changes.push({ at: now(), key, before: records.get(key) ?? null });
    if (changes.length > REMEMBERED_CHANGES) changes.shift();
    if (record === null) records.delete(key);
    else records.set(key, record);
  }

  const versionOf = (key: string): number => versions.get(key) ?? 0;
  const countUp = (key: string): void => void versions.set(key, versionOf(key) + 1);
  const isOccupied = (key: string): boolean => (occupied.get(key) ?? 0) > now();

  function list(env: string): readonly FunctionRecord[] | null {
    if (!envs.includes(env)) return null;
    const own = [...records.values()].filter((record) => record.env === env);
    const shown = own.map(
      (record): FunctionRecord =>
        record.status === 'Active' && isOccupied(keyOf(env, record.name))
          ? { ...record, status: 'Updating' }
          : record,
    );
    return [...shown, ...beingCreated(env)];
  }

  /** A function that is busy and was never created looks as if it were being created. */
  function beingCreated(env: string): FunctionRecord[] {
    const prefix = keyOf(env, '');
    return [...occupied.keys()]
      .filter((key) => key.startsWith(prefix) && isOccupied(key) && !records.has(key))
      .map((key) => ({ ...newRecord(env, key.slice(prefix.length), cloudTime(now())), status: 'Creating' }));
  }

  function listBefore(env: string, lagMs: number): readonly FunctionRecord[] | null {
    if (!envs.includes(env)) return null;
    const then = new Map(records);
    for (const { at, key, before } of changes.toReversed()) {
      if (at <= now() - lagMs) break;
      if (before === null) then.delete(key);
      else then.set(key, before);
    }
    return [...then.values()].filter((record) => record.env === env);
  }

  async function accept(upload: Upload): Promise<string | null> {
    const { env, name, operation, files } = upload;
    const key = keyOf(env, name);
    if (!envs.includes(env)) return `ResourceNotFound.Namespace: can't find the env [${env}]`;
    const before = records.get(key) ?? null;
    if (isOccupied(key)) return busyText(before === null ? 'Creating' : 'Updating');
    const refused = refusalOf(operation, before?.status ?? null, name);
    if (refused !== null) return refused;
    put(key, begun(upload, before));
    // Answered only once content and record are kept, so that an accepted deployment outlives a kill.
    const broken = await failureOf(async () => {
      await alone(key, () => storage.stage(env, name, files));
      await persist();
    });
    if (broken === null) deployments.start(env, name, upload.deployMs);
    else put(key, before);
    return broken?.errmsg ?? null;
  }

  function begun(
    { env, name, operation, files, failure }: Upload,
    before: FunctionRecord | null,
  ): FunctionRecord {
    const modTime = cloudTime(now());
    const planned = failure ?? (entryOf(files) === null ? NO_ENTRY : null);
    return {
      ...(before ?? newRecord(env, name, modTime)),
      status: operation === 'create' ? 'Creating' : 'Updating',
      modTime,
      reason: null,
      pending: { failure: planned, code: true },
    };
  }

  /** Ends an accepted change as was decided when it was accepted; a disk that refuses fails it. */
  async function finish(env: string, name: string): Promise<void> {
    const key = keyOf(env, name);
    const record = records.get(key);
    if (!record?.pending) return;
    const { pending } = record;
    // While the record still says "under way" no other upload can stage, so this touches this deployment's content only.
    const broken = pending.code ? await failureOf(() => settleCode(env, name, pending)) : null;
    const ended = endOf(record, pending.failure ?? broken);
    put(key, ended);
    // Records that could not be written say "under way" at the next load, which comes to the same end.
    await failureOf(persist);
    onDeployed({ env, name, status: ended.status });
  }

  const settleCode = (env: string, name: string, { failure }: Pending): Promise<void> =>
    failure === null ? promote(env, name) : alone(keyOf(env, name), () => storage.discard(env, name));

  const promote = (env: string, name: string): Promise<void> =>
    alone(keyOf(env, name), async () => {
      await storage.promote(env, name);
      countUp(keyOf(env, name));
    });

  async function deployForeign(env: string, name: string, files: FileMap): Promise<void> {
    const key = keyOf(env, name);
    await deployments.settled(env, name);
    await alone(key, () => storage.stage(env, name, files));
    await promote(env, name);
    const before = records.get(key);
    const modTime = laterThan(before?.modTime, now());
    put(key, { ...(before ?? newRecord(env, name, modTime)), status: 'Active', reason: null, modTime });
    await persist();
    onDeployed({ env, name, status: 'Active' });
  }

  async function configure(
    { env, name }: FunctionRecord,
    settings: FunctionRecord['settings'],
    ms: number,
  ): Promise<string | null> {
    const key = keyOf(env, name);
    const record = records.get(key);
    const isFree = record?.status === 'Active' || record?.status === 'UpdateFailed';
    if (record === undefined || !isFree || isOccupied(key)) return BUSY_SETTINGS;
    put(key, {
      ...record,
      settings,
      status: 'Updating',
      modTime: cloudTime(now()),
      reason: null,
      pending: { failure: null, code: false },
    });
    countUp(key);
    await persist();
    deployments.start(env, name, ms);
    return null;
  }

  function newRecord(env: string, name: string, time: string): FunctionRecord {
    const times = { modTime: time, addTime: time };
    const nothing = { reason: null, pending: null, settings: DEFAULT_SETTINGS, triggers: [] };
    return { env, name, runtime, status: 'Active', ...times, ...nothing };
  }

  return {
    envs,
    list,
    listBefore,
    accept,
    deployForeign,
    configure,
    find: (env, name) => (envs.includes(env) ? (records.get(keyOf(env, name)) ?? null) : null),
    occupy: (env, name, until) => void occupied.set(keyOf(env, name), until),
    version: (env, name) => versionOf(keyOf(env, name)),
    running: (env, name) =>
      alone(keyOf(env, name), async () => {
        const files = await storage.read(env, name);
        return { version: versionOf(keyOf(env, name)), files };
      }),
    setTriggers: (record, triggers) => {
      const key = keyOf(record.env, record.name);
      put(key, { ...(records.get(key) ?? record), triggers });
      return persist();
    },
    remove: async ({ env, name }) => {
      const key = keyOf(env, name);
      put(key, null);
      countUp(key);
      await persist();
      await alone(key, () => storage.remove(env, name));
    },
    finishDeployments: (filter) => deployments.finish(filter),
    close: async () => {
      await deployments.close();
      await persist();
    },
  };
}

function endOf(record: FunctionRecord, failure: StatusReason | null): FunctionRecord {
  if (failure === null) return { ...record, status: 'Active', reason: null, pending: null };
  const status = record.status === 'Creating' ? 'CreateFailed' : 'UpdateFailed';
  return { ...record, status, reason: failure, pending: null };
}

/** The system's refusal as the cloud would word its own: `InternalError`. */
async function failureOf(work: () => Promise<void>): Promise<StatusReason | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { errcode: 'InternalError', errmsg: `InternalError: ${errorText(error)}` };
  }
}

/** A deployment by somebody else must be tellable from the one before it, even within one second. */
function laterThan(before: string | undefined, at: number): string {
  const secondMs = 1000;
  let time = at;
  while (cloudTime(time) === before) time += secondMs;
  return cloudTime(time);
}
