import {
  type Clock,
  cloudTime,
  DEFAULT_SETTINGS,
  errorText,
  type FileMap,
  type FunctionFilter,
  type FunctionRecord,
  keyOf,
  type StatusReason,
  type UploadOperation,
} from '../model.js';
import { entryOf, NO_ENTRY } from '../names.js';
import { createDeployments, type Deployments, type Finished } from './deployments.js';
import { BUSY_CREATING, BUSY_UPDATING, refusalOf } from './refusals.js';
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

/** What a function runs, and a number that grows with each change of it. */
export interface Running {
  readonly version: number;
  readonly files: FileMap;
}

/** The environments and their functions. Refusals are texts of the cloud, as data. */
export interface Cloud {
  readonly envs: readonly string[];
  /** In the order in which they were created; null for an environment that does not exist. */
  list(env: string): readonly FunctionRecord[] | null;
  find(env: string, name: string): FunctionRecord | null;
  /** Accepts code and starts to deploy it: null, or the text of the refusal. */
  accept(upload: Upload): Promise<string | null>;
  /** Deploys at once, after any deployment under way, with a mod_time that differs from the one before. */
  deployForeign(env: string, name: string, files: FileMap): Promise<void>;
  /** Lets a function look Updating until then, and refuse uploads, without changing it. */
  occupy(env: string, name: string, until: number): void;
  running(env: string, name: string): Promise<Running>;
  change(
    record: FunctionRecord,
    fields: Partial<Pick<FunctionRecord, 'settings' | 'triggers'>>,
  ): Promise<void>;
  remove(record: FunctionRecord): Promise<void>;
  /** Ends deployments under way now; resolves to how many. */
  finishDeployments(filter: FunctionFilter): Promise<number>;
  /** Stops the timers and waits for file work. A deployment under way ends at the next load of the store. */
  close(): Promise<void>;
}

export interface CloudOptions {
  readonly envs: readonly string[];
  readonly storage: Storage;
  readonly now: Clock;
  readonly onDeployed: (finished: Finished) => void;
}

interface State extends CloudOptions {
  readonly records: Map<string, FunctionRecord>;
  /** Until when a function looks busy. */
  readonly occupied: Map<string, number>;
  readonly versions: Map<string, number>;
  /** File work of one function, one after the other. */
  readonly alone: ReturnType<typeof createSerializer>;
  readonly persist: () => Promise<void>;
}

/** Loads what the storage holds and opens the environments. Rejects when the storage cannot be read. */
export async function openCloud(options: CloudOptions): Promise<Cloud> {
  const loaded = await options.storage.load();
  const records = new Map(loaded.map((record) => [keyOf(record.env, record.name), record]));
  const state: State = {
    ...options,
    records,
    occupied: new Map(),
    versions: new Map(),
    alone: createSerializer(),
    persist: createCoalescer(() => options.storage.save([...records.values()])),
  };
  return cloudOf(
    state,
    createDeployments((env, name) => finish(state, env, name)),
  );
}

function cloudOf(state: State, deployments: Deployments): Cloud {
  return {
    envs: state.envs,
    accept: (upload) => accept(state, deployments, upload),
    deployForeign: async (env, name, files) => {
      await deployments.settled(env, name);
      await deployForeign(state, env, name, files);
    },
    list: (env) => list(state, env),
    find: (env, name) => (state.envs.includes(env) ? (state.records.get(keyOf(env, name)) ?? null) : null),
    occupy: (env, name, until) => void state.occupied.set(keyOf(env, name), until),
    running: (env, name) => running(state, env, name),
    change: (record, fields) => {
      put(state, { ...(state.records.get(keyOf(record.env, record.name)) ?? record), ...fields });
      return state.persist();
    },
    remove: async ({ env, name }) => {
      state.records.delete(keyOf(env, name));
      await state.persist();
      await state.alone(keyOf(env, name), () => state.storage.remove(env, name));
    },
    finishDeployments: (filter) => deployments.finish(filter),
    close: async () => {
      await deployments.close();
      await state.persist();
    },
  };
}

const put = (state: State, record: FunctionRecord): void =>
  void state.records.set(keyOf(record.env, record.name), record);

function list(state: State, env: string): readonly FunctionRecord[] | null {
  if (!state.envs.includes(env)) return null;
  const own = [...state.records.values()].filter((record) => record.env === env);
  const rows = own.map(
    (record): FunctionRecord =>
      record.status === 'Active' && isOccupied(state, env, record.name)
        ? { ...record, status: 'Updating' }
        : record,
  );
  return [...rows, ...beingCreated(state, env)];
}

/** What is busy and was never created looks as if it were being created. */
function beingCreated({ occupied, records, now }: State, env: string): FunctionRecord[] {
  const time = cloudTime(now());
  const blank = { reason: null, pending: null, settings: DEFAULT_SETTINGS, triggers: [] };
  return [...occupied]
    .filter(([key, until]) => key.startsWith(keyOf(env, '')) && until > now() && !records.has(key))
    .map(([key]) => {
      const name = key.slice(keyOf(env, '').length);
      return { env, name, status: 'Creating', modTime: time, addTime: time, ...blank };
    });
}

const isOccupied = (state: State, env: string, name: string): boolean =>
  (state.occupied.get(keyOf(env, name)) ?? 0) > state.now();

function running(state: State, env: string, name: string): Promise<Running> {
  const key = keyOf(env, name);
  return state.alone(key, async () => {
    const files = await state.storage.read(env, name);
    return { version: state.versions.get(key) ?? 0, files };
  });
}

async function accept(state: State, deployments: Deployments, upload: Upload): Promise<string | null> {
  const { env, name, operation, files } = upload;
  const key = keyOf(env, name);
  if (!state.envs.includes(env)) return `ResourceNotFound.Namespace: can't find the env [${env}]`;
  const before = state.records.get(key);
  if (isOccupied(state, env, name)) return before === undefined ? BUSY_CREATING : BUSY_UPDATING;
  const refused = refusalOf(operation, before, name);
  if (refused !== null) return refused;
  put(state, begun(upload, before, cloudTime(state.now())));
  // Answered only once content and record are kept, so that an accepted deployment outlives a kill.
  const broken = await failureOf(async () => {
    await state.alone(key, () => state.storage.stage(env, name, files));
    await state.persist();
  });
  if (broken === null) deployments.start(env, name, upload.deployMs);
  else if (before === undefined) state.records.delete(key);
  else put(state, before);
  return broken?.errmsg ?? null;
}

/** Ends an accepted deployment as was decided when it was accepted; a disk that refuses fails it. */
async function finish(state: State, env: string, name: string): Promise<void> {
  const record = state.records.get(keyOf(env, name));
  if (!record?.pending) return;
  const planned = record.pending.failure;
  // While the record still says "under way" no other upload can stage, so this touches this deployment's content only.
  const broken = await failureOf(() =>
    planned === null ? promote(state, env, name) : discard(state, env, name),
  );
  const ended = endOf(record, planned ?? broken);
  put(state, ended);
  // Records that could not be written say "under way" at the next load, which comes to the same end.
  await failureOf(state.persist);
  state.onDeployed({ env, name, status: ended.status });
}

const promote = (state: State, env: string, name: string): Promise<void> =>
  state.alone(keyOf(env, name), async () => {
    await state.storage.promote(env, name);
    state.versions.set(keyOf(env, name), (state.versions.get(keyOf(env, name)) ?? 0) + 1);
  });

const discard = (state: State, env: string, name: string): Promise<void> =>
  state.alone(keyOf(env, name), () => state.storage.discard(env, name));

async function deployForeign(state: State, env: string, name: string, files: FileMap): Promise<void> {
  const key = keyOf(env, name);
  await state.alone(key, () => state.storage.stage(env, name, files));
  await promote(state, env, name);
  const before = state.records.get(key);
  const modTime = laterThan(before?.modTime, state.now());
  put(state, { ...(before ?? newRecord(env, name, modTime)), status: 'Active', reason: null, modTime });
  await state.persist();
  state.onDeployed({ env, name, status: 'Active' });
}

function newRecord(env: string, name: string, time: string): FunctionRecord {
  const times = { modTime: time, addTime: time };
  const nothing = { reason: null, pending: null, settings: DEFAULT_SETTINGS, triggers: [] };
  return { env, name, status: 'Active', ...times, ...nothing };
}

function begun(upload: Upload, before: FunctionRecord | undefined, modTime: string): FunctionRecord {
  const record = before ?? newRecord(upload.env, upload.name, modTime);
  const status = upload.operation === 'create' ? 'Creating' : 'Updating';
  const failure = upload.failure ?? (entryOf(upload.files) === null ? NO_ENTRY : null);
  return { ...record, status, modTime, reason: null, pending: { failure } };
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
