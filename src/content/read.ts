/** Reads one file so that what was read is one state of it. */

import { createHash, hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Attempt, attempt, type Disk, type FileStat, isSameState, type OpenFile } from './disk.js';
import type { SecretPlace } from './secrets.js';
import type { Slices } from './slices.js';

/** A file as it was read. */
export interface ScannedFile {
  readonly path: string;
  readonly file: string;
  readonly stat: FileStat;
  readonly executable: boolean;
  readonly sha256: string;
  /** When this state of it was first seen, ms since the epoch. */
  readonly seenAt: number;
  /** An edit in the same tick of the file system's clock would not show: it has to be read again to be sure. */
  readonly racy: boolean;
  /** Its size in a zip, where the function's size made it worth knowing. */
  readonly packedBytes: number | null;
  /** The secret in it that must not be sent without a word; null: none was found, or looked for. */
  readonly secret: SecretPlace | null;
}

/** Sorted by path. */
export type ScannedFiles = ReadonlyMap<string, ScannedFile>;

export type FileRead =
  | { readonly ok: true; readonly content: Buffer; readonly sha256: string; readonly stat: FileStat }
  /** `ETORN`: it changed during every try. */
  | { readonly ok: false; readonly code: string };

/** Not an errno of any system: a file that changes whenever it is read. */
export const tornCode = 'ETORN';

/** A file that another program writes to is rarely caught in the middle twice; after this the whole scan starts over. */
const triesPerFile = 3;
/** A step this long takes the thread about a millisecond to read and hash (12 MB take 12.6 ms). */
const stepBytes = 512 * 1024;

/** Reads and hashes the whole of `file`, whose state was `expected`; again, a few times, if it changes meanwhile. */
export async function readWhole(
  disk: Disk,
  file: string,
  expected: FileStat,
  slices: Slices,
): Promise<FileRead> {
  let before = expected;
  for (let tries = 0; tries < triesPerFile; tries += 1) {
    const read = await readOnce(disk, file, before.size, slices);
    if (!read.ok) return read;
    if (isSameState(before, read.stat) && read.content.length === before.size) return read;
    if (read.stat.kind !== 'file') return { ok: false, code: 'ENOENT' };
    before = read.stat;
  }
  return { ok: false, code: tornCode };
}

/**
 * The hash of a file whose state was `expected`, keeping nothing of it: to see that a large file is what it was without taking
 * its size in memory. `ETORN` if it is in another state by now.
 */
export async function hashWhole(
  disk: Disk,
  file: string,
  expected: FileStat,
  slices: Slices,
): Promise<Attempt<string>> {
  const read = await readOpened(disk, file, (opened) => hashSteps(opened, slices));
  if (!read.ok) return read;
  const { value, stat } = read.value;
  return isSameState(expected, stat) ? { ok: true, value } : { ok: false, code: tornCode };
}

/** Exactly this content; null: the file has moved on, or cannot be read. */
export async function readAs(file: string, sha256: string): Promise<Buffer | null> {
  const content = await readFile(file).catch(() => null);
  return content !== null && hash('sha256', content, 'hex') === sha256 ? content : null;
}

interface ReadOpened<T> {
  readonly value: T;
  /** Its state afterwards. */
  readonly stat: FileStat;
}

async function readOpened<T>(
  disk: Disk,
  file: string,
  read: (opened: OpenFile) => Promise<Attempt<T>>,
): Promise<Attempt<ReadOpened<T>>> {
  const opened = attempt(() => disk.open(file));
  if (!opened.ok) return opened;
  const done = await read(opened.value);
  const stat = attempt(() => opened.value.stat());
  const closed = attempt(() => opened.value.close());
  if (!done.ok) return done;
  if (!stat.ok) return stat;
  if (!closed.ok) return closed;
  return { ok: true, value: { value: done.value, stat: stat.value } };
}

async function hashSteps(file: OpenFile, slices: Slices): Promise<Attempt<string>> {
  const step = Buffer.allocUnsafeSlow(stepBytes);
  const running = createHash('sha256');
  for (;;) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    const read = attempt(() => file.read(step, 0, stepBytes));
    if (!read.ok) return read;
    if (read.value === 0) return { ok: true, value: running.digest('hex') };
    running.update(step.subarray(0, read.value));
  }
}

async function readOnce(disk: Disk, file: string, size: number, slices: Slices): Promise<FileRead> {
  const read = await readOpened(disk, file, (opened) => fill(opened, size, slices));
  if (!read.ok) return read;
  const { value, stat } = read.value;
  const { content, digest } = value;
  return { ok: true, content, sha256: digest ?? hash('sha256', content, 'hex'), stat };
}

interface Filled {
  readonly content: Buffer;
  /** Of contents of more than one step, hashed as they came. */
  readonly digest: string | null;
}

async function fill(file: OpenFile, size: number, slices: Slices): Promise<Attempt<Filled>> {
  // Not from Node's shared pool: a kept file of ten bytes would keep eight thousand.
  const content = Buffer.allocUnsafeSlow(size);
  const running = size > stepBytes ? createHash('sha256') : null;
  let length = 0;
  while (length < size) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    const step = attempt(() => file.read(content, length, Math.min(stepBytes, size - length)));
    if (!step.ok) return step;
    if (step.value === 0) break;
    running?.update(content.subarray(length, length + step.value));
    length += step.value;
  }
  const digest = running?.digest('hex') ?? null;
  return { ok: true, value: { content: content.subarray(0, length), digest } };
}
