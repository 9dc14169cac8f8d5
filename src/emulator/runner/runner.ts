import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, type FileMap, type FunctionRecord, keyOf } from '../model.js';
import { entryOf } from '../names.js';
import type { Cloud } from '../store/cloud.js';
import type { Storage } from '../store/storage.js';
import { createSerializer } from '../store/tasks.js';
import { removeTree, writeTree } from '../store/tree.js';
import { BOOTSTRAP } from './bootstrap.js';
import { type Invocation, runProcess } from './process.js';
import { SDK } from './sdk.js';

export interface Runner {
  /** Runs the code that the function runs now, with at most `limitMs` for its `main`. */
  invoke(record: FunctionRecord, event: unknown, limitMs: number): Promise<Invocation>;
  /** Kills what runs and waits for its end. */
  close(): Promise<void>;
}

/** A copy of one version of a function, to run in. */
interface Copy {
  readonly version: number;
  readonly folder: string;
  readonly entry: string | null;
  users: number;
}

interface State {
  readonly cloud: Cloud;
  readonly scratch: () => Promise<string>;
  readonly copies: Map<string, Copy>;
  readonly kills: Set<() => void>;
  readonly running: Set<Promise<Invocation>>;
  readonly alone: ReturnType<typeof createSerializer>;
  base: Promise<string> | null;
  closed: boolean;
}

/** Functions that call each other for ever end here. */
const MAX_DEPTH = 5;

export function createRunner(cloud: Cloud, storage: Pick<Storage, 'scratch'>): Runner {
  const state: State = {
    cloud,
    scratch: () => storage.scratch(),
    copies: new Map(),
    kills: new Set(),
    running: new Set(),
    alone: createSerializer(),
    base: null,
    closed: false,
  };
  return {
    invoke: (record, event, limitMs) => tracked(state, invoke(state, record, event, limitMs, 1)),
    close: async () => {
      state.closed = true;
      for (const kill of state.kills) kill();
      await Promise.allSettled(state.running);
    },
  };
}

async function tracked(state: State, invocation: Promise<Invocation>): Promise<Invocation> {
  state.running.add(invocation);
  return invocation.finally(() => state.running.delete(invocation));
}

async function invoke(
  state: State,
  record: FunctionRecord,
  event: unknown,
  limitMs: number,
  depth: number,
): Promise<Invocation> {
  const copy = await takeCopy(state, record);
  try {
    if (state.closed) return missing('stopped', 'the emulator was closed');
    if (copy.entry === null) return missing('missing', `[${record.name}] has no code that runs`);
    return await run(state, record, { copy, entry: copy.entry, event, limitMs, depth });
  } finally {
    await release(state, record, copy);
  }
}

interface Run {
  readonly copy: Copy;
  readonly entry: string;
  readonly event: unknown;
  readonly limitMs: number;
  readonly depth: number;
}

async function run(state: State, record: FunctionRecord, what: Run): Promise<Invocation> {
  const { copy, entry, event, limitMs, depth } = what;
  let kill: (() => void) | null = null;
  const names = { TCB_ENV: record.env, SCF_NAMESPACE: record.env, SCF_FUNCTIONNAME: record.name };
  const input = {
    bootstrap: join(await baseOf(state), 'bootstrap.cjs'),
    folder: copy.folder,
    entry: join(copy.folder, entry),
    event,
    context: contextOf(record, limitMs),
    variables: { ...names, TENCENTCLOUD_RUNENV: 'SCF', ...record.settings.variables },
    limitMs,
    call: (name: string, data: unknown) => callOther(state, record.env, name, data, depth),
  };
  const result = await runProcess(input, (end) => {
    kill = end;
    state.kills.add(end);
    if (state.closed) end();
  });
  if (kill !== null) state.kills.delete(kill);
  return result;
}

function callOther(
  state: State,
  env: string,
  name: string,
  data: unknown,
  depth: number,
): Promise<Invocation> {
  const record = state.cloud.find(env, name);
  const refuse = (text: string): Promise<Invocation> => Promise.resolve(missing('missing', text));
  if (record === null)
    return refuse(`errCode: -501000 | FunctionName parameter could not be found [${name}]`);
  if (depth >= MAX_DEPTH) return refuse(`functions call each other more than ${MAX_DEPTH} deep`);
  const limitMs = record.settings.timeoutSeconds * 1000;
  // A disk that refuses the copy is that call's failure, told to the caller's code.
  return tracked(state, invoke(state, record, data, limitMs, depth + 1)).catch((error: unknown) =>
    refuse(errorText(error)),
  );
}

const missing = (kind: 'missing' | 'stopped', text: string): Invocation => ({
  ok: false,
  kind,
  text,
  stack: '',
  logs: [],
});

const contextOf = (record: FunctionRecord, limitMs: number): { readonly [key: string]: unknown } => ({
  callbackWaitsForEmptyEventLoop: false,
  memory_limit_in_mb: record.settings.memorySize,
  time_limit_in_ms: limitMs,
  request_id: randomUUID(),
  function_name: record.name,
  function_version: '$LATEST',
  namespace: record.env,
});

/** The copy of what the function runs now, made at its first use and kept until another version is run. */
async function takeCopy(state: State, record: FunctionRecord): Promise<Copy> {
  const key = keyOf(record.env, record.name);
  return state.alone(key, async () => {
    const { version, files } = await state.cloud.running(record.env, record.name);
    const before = state.copies.get(key);
    const copy = before?.version === version ? before : await makeCopy(state, record, version, files);
    state.copies.set(key, copy);
    copy.users += 1;
    if (before !== undefined && before !== copy && before.users === 0) await removeTree(before.folder);
    return copy;
  });
}

async function makeCopy(
  state: State,
  record: FunctionRecord,
  version: number,
  files: FileMap,
): Promise<Copy> {
  const folder = join(await baseOf(state), record.env, `${record.name}@${version}`);
  await removeTree(folder);
  await writeTree(folder, files);
  return { version, folder, entry: entryOf(files), users: 0 };
}

async function release(state: State, record: FunctionRecord, copy: Copy): Promise<void> {
  copy.users -= 1;
  const current = state.copies.get(keyOf(record.env, record.name));
  if (copy !== current && copy.users === 0) await removeTree(copy.folder);
}

/** The folder of all copies, with what a function finds beside itself. */
function baseOf(state: State): Promise<string> {
  state.base ??= prepare(state);
  return state.base;
}

async function prepare(state: State): Promise<string> {
  const base = await state.scratch();
  const sdk = join(base, 'node_modules', 'wx-server-sdk');
  await mkdir(sdk, { recursive: true });
  await Promise.all([
    writeFile(join(base, 'bootstrap.cjs'), BOOTSTRAP),
    // Ends the search for a package.json here: one further up could turn index.js into an ES module.
    writeFile(join(base, 'package.json'), '{"private":true}\n'),
    writeFile(join(sdk, 'package.json'), '{"name":"wx-server-sdk","version":"0.0.0","main":"index.js"}\n'),
    writeFile(join(sdk, 'index.js'), SDK),
  ]);
  return base;
}
