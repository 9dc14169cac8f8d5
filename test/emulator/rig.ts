import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach } from 'vitest';
import {
  type Emulator,
  type EmulatorOptions,
  type FaultRule,
  startEmulator,
} from '../../src/emulator/index.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An emulator that is closed after the test; deployments end when the test says so, unless it says how long. */
export async function start(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ envs: ['dev', 'test'], deployMs: Infinity, ...options });
  cleanups.push(() => emulator.close());
  return emulator;
}

export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-test-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export type Json = { readonly [key: string]: unknown };

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Posts to a call of the API and gives the answer's body. */
export async function call(
  emulator: Emulator,
  path: string,
  body: unknown,
  init: RequestInit = {},
): Promise<Json> {
  const url = path.includes('access_token=')
    ? path
    : `${path}${path.includes('?') ? '&' : '?'}access_token=${emulator.token}`;
  const response = await fetch(`${emulator.url}${url}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
  const value: unknown = await response.json();
  if (!isJson(value)) throw new Error('not a JSON object');
  return value;
}

export const UPDATE = '/componenttcb/batchuploadscfcode';
export const CREATE = '/componenttcb/batchuploadscf';
export const LIST = '/componenttcb/getscflist';

export const HELLO = { 'index.js': "exports.main = async (event) => ({ hello: event.name ?? 'nobody' });\n" };

/** The body of an upload. */
export const uploadOf = (
  functionname: string,
  envs: readonly string[],
  files: Record<string, string>,
): Json => ({
  functionname,
  envs,
  zipfile: zipOf(files).toString('base64'),
});

/** Creates a function and waits until it runs. */
export async function createActive(
  emulator: Emulator,
  name: string,
  envs: readonly string[] = emulator.envs,
  files: Record<string, string> = HELLO,
): Promise<void> {
  const answer = await call(emulator, CREATE, uploadOf(name, envs, files));
  if (answer['errcode'] !== 0 || answer['fail_env_list'] !== undefined)
    throw new Error(JSON.stringify(answer));
  await emulator.finishDeployments({ function: name });
}

/** One entry of a zip as the test wants it, right or wrong. */
export interface ZipEntry {
  readonly path: string | Buffer;
  readonly content?: string | Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly mode?: number;
  readonly crc?: number;
  readonly size?: number;
  /** The name in the local header, where it differs. */
  readonly localPath?: string;
}

export const zipOf = (files: Record<string, string>): Buffer =>
  zipEntries(Object.entries(files).map(([path, content]) => ({ path, content })));

/** A zip writer of the tests' own, so that it can write what no packer would. */
export function zipEntries(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = packEntry(entry, offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function packEntry(entry: ZipEntry, offset: number): { readonly local: Buffer; readonly central: Buffer } {
  const { path, content = '', method = 8, flags = 0x0800, mode = 0o100644 } = entry;
  const name = Buffer.from(path);
  const localName = Buffer.from(entry.localPath ?? path);
  const bytes = Buffer.from(content);
  const packed = method === 8 ? deflateRawSync(bytes) : bytes;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(flags, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(entry.crc ?? crc32(bytes), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(entry.size ?? bytes.length, 18);
  common.writeUInt16LE(localName.length, 22);
  const local = Buffer.concat([signature(0x04034b50), common, localName, packed]);
  common.writeUInt16LE(name.length, 22);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE((mode << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([20, 3]);
  const central = Buffer.concat([signature(0x02014b50), madeBy, common, tail, name]);
  return { local, central };
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The list of environments' failures that an answer holds. */
export function failuresOf(answer: Json, list: 'fail_list' | 'fail_env_list' | 'err_list'): Json[] {
  const rows = answer[list];
  return Array.isArray(rows) ? rows.filter(isJson) : [];
}

/** The list of an environment. */
export const list = (emulator: Emulator, env = 'dev'): Promise<Json> => call(emulator, LIST, { env });

/** New code for `pay`. */
export const update = (emulator: Emulator, envs: readonly string[]): Promise<Json> =>
  call(emulator, UPDATE, uploadOf('pay', envs, { 'index.js': 'new' }));

/** An emulator with these functions, and then these faults. */
export async function startWith(functions: readonly string[], ...faults: FaultRule[]): Promise<Emulator> {
  const emulator = await start();
  for (const name of functions) await createActive(emulator, name);
  emulator.faults.add(faults);
  return emulator;
}
