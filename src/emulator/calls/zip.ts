/**
 * A strict reader of zips. Signatures and offsets of the container are those of PKWARE's APPNOTE 6.3: 4.3.7 (local header),
 * 4.3.12 (central directory), 4.3.16 (its end).
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { FileMap, PackedFile } from '../model.js';

const inflate = promisify(inflateRaw);

/** docs/cloud-api.md, "Packing": unzipped limit 500 MB. */
const MAX_UNZIPPED_BYTES = 500 * 1024 * 1024;

export type Unzipped =
  | { readonly ok: true; readonly files: FileMap }
  | { readonly ok: false; readonly problem: string };

/**
 * Unpacks a zip as strictly as its specification allows: the central directory rules, each local header must agree with
 * it, and every length and CRC must hold. Any fault is data: `problem` says which entry and what.
 */
export async function unzip(zip: Buffer): Promise<Unzipped> {
  const directory = readDirectory(zip);
  if (!directory.ok) return directory;
  const total = directory.entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total > MAX_UNZIPPED_BYTES) return failed(`unzipped size ${total} exceeds ${MAX_UNZIPPED_BYTES}`);
  const files = new Map<string, PackedFile>();
  for (const entry of directory.entries) {
    if (entry.directory) continue;
    if (files.size % FILES_PER_BREATH === FILES_PER_BREATH - 1) await breathe();
    const content = await contentOf(zip, entry);
    if (typeof content === 'string') return failed(`${entry.path}: ${content}`);
    files.set(entry.path, { content, executable: (entry.mode & 0o111) !== 0 });
  }
  return { ok: true, files };
}

async function contentOf(zip: Buffer, entry: DirectoryEntry): Promise<Buffer | string> {
  const packed = zip.subarray(entry.dataStart, entry.dataStart + entry.packedSize);
  const content = entry.method === 0 ? Buffer.from(packed) : await inflated(packed, entry.size);
  if (content === null) return 'the deflated data is damaged';
  if (content.length !== entry.size) return 'the size does not match';
  return crc32(content) === entry.crc ? content : 'the CRC does not match';
}

/** Small ones: a few milliseconds of the thread. */
const FILES_PER_BREATH = 100;
/** Up to here unpacking takes less time than handing it to another thread and waiting for the event loop to come round. */
const SMALL_BYTES = 64 * 1024;

async function inflated(packed: Buffer, size: number): Promise<Buffer | null> {
  // One byte more than declared, so that a longer content shows as a wrong size instead of filling the memory.
  const options = { maxOutputLength: size + 1 };
  try {
    return size <= SMALL_BYTES ? inflateRawSync(packed, options) : await inflate(packed, options);
  } catch {
    return null;
  }
}

const failed = (problem: string): Unzipped => ({ ok: false, problem });

interface DirectoryEntry {
  readonly path: string;
  readonly directory: boolean;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Unix permission and type bits; 0 where the packer was no Unix. */
  readonly mode: number;
  readonly dataStart: number;
}

type Directory =
  | { readonly ok: true; readonly entries: readonly DirectoryEntry[] }
  | { readonly ok: false; readonly problem: string };

const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
const MAX_COMMENT = 0xffff;

interface End {
  readonly count: number;
  readonly start: number;
  readonly size: number;
}

/** Reads and checks the central directory and every local header; no content is looked at. */
function readDirectory(zip: Buffer): Directory {
  const end = findEnd(zip);
  if (typeof end === 'string') return damaged(end);
  const entries: DirectoryEntry[] = [];
  let at = end.start;
  for (let index = 0; index < end.count; index += 1) {
    const read = readCentral(zip, at, end.start, end.start + end.size);
    if (typeof read === 'string') return damaged(read);
    entries.push(read.entry);
    at = read.next;
  }
  if (at !== end.start + end.size) return damaged('the central directory has another size than it says');
  const problem = conflictOf(entries) ?? overlapOf(entries);
  return problem === null ? { ok: true, entries } : damaged(problem);
}

function findEnd(zip: Buffer): End | string {
  const lowest = Math.max(0, zip.length - END_SIZE - MAX_COMMENT);
  for (let at = zip.length - END_SIZE; at >= lowest; at -= 1) {
    if (zip.readUInt32LE(at) !== 0x06054b50) continue;
    if (at + END_SIZE + zip.readUInt16LE(at + 20) !== zip.length) continue;
    return readEnd(zip, at);
  }
  return 'not a zip archive';
}

function readEnd(zip: Buffer, at: number): End | string {
  const count = zip.readUInt16LE(at + 10);
  const size = zip.readUInt32LE(at + 12);
  const start = zip.readUInt32LE(at + 16);
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) return 'zip64 is not supported';
  if (zip.readUInt32LE(at + 4) !== 0 || zip.readUInt16LE(at + 8) !== count)
    return 'split archives are not supported';
  if (start + size !== at) return 'the central directory does not lie where the archive says';
  return { count, start, size };
}

function readCentral(
  zip: Buffer,
  at: number,
  dataEnd: number,
  end: number,
): { readonly entry: DirectoryEntry; readonly next: number } | string {
  if (at + CENTRAL_SIZE > end || zip.readUInt32LE(at) !== 0x02014b50)
    return 'the central directory is damaged';
  const nameLength = zip.readUInt16LE(at + 28);
  const next = at + CENTRAL_SIZE + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  if (next > end) return 'the central directory is damaged';
  const flags = zip.readUInt16LE(at + 8);
  const rawName = zip.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameLength);
  const path = decodeName(rawName, (flags & 0x0800) !== 0);
  if (path === null) return 'a file name is neither ASCII nor marked as UTF-8';
  const problem = pathProblem(path);
  if (problem !== null) return `${JSON.stringify(path)}: ${problem}`;
  const read = readEntry(zip, at, path, flags);
  if (typeof read === 'string') return `${path}: ${read}`;
  const dataStart = localDataStart(zip, zip.readUInt32LE(at + 42), rawName, read.method);
  if (dataStart === null) return `${path}: the local header does not agree with the central directory`;
  if (dataStart + read.packedSize > dataEnd) return `${path}: the data does not lie inside the archive`;
  return { entry: { ...read, dataStart }, next };
}

function readEntry(
  zip: Buffer,
  at: number,
  path: string,
  flags: number,
): Omit<DirectoryEntry, 'dataStart'> | string {
  const method = zip.readUInt16LE(at + 10);
  const packedSize = zip.readUInt32LE(at + 20);
  const size = zip.readUInt32LE(at + 24);
  // The upper byte of "version made by" is 3 for Unix and 19 for macOS: only then are the upper attributes a mode.
  const madeBy = zip.readUInt16LE(at + 4) >> 8;
  const mode = madeBy === 3 || madeBy === 19 ? zip.readUInt32LE(at + 38) >>> 16 : 0;
  const directory = path.endsWith('/');
  if ((flags & 0x2041) !== 0) return 'encrypted entries are not supported';
  if (method !== 0 && method !== 8) return `compression method ${method} is not supported`;
  if ((mode & 0o170000) === 0o120000) return 'symbolic links are not supported';
  if (method === 0 && packedSize !== size) return 'a stored entry has two sizes';
  if (directory && size !== 0) return 'a directory has content';
  return { path, directory, method, crc: zip.readUInt32LE(at + 16), packedSize, size, mode };
}

function localDataStart(zip: Buffer, at: number, name: Buffer, method: number): number | null {
  if (at + LOCAL_SIZE > zip.length || zip.readUInt32LE(at) !== 0x04034b50) return null;
  const start = at + LOCAL_SIZE + zip.readUInt16LE(at + 26);
  const agrees = zip.readUInt16LE(at + 8) === method && zip.subarray(at + LOCAL_SIZE, start).equals(name);
  return agrees ? start + zip.readUInt16LE(at + 28) : null;
}

function decodeName(raw: Buffer, utf8: boolean): string | null {
  if (raw.every((byte) => byte < 0x80)) return raw.toString('latin1');
  const text = raw.toString('utf8');
  return utf8 && Buffer.from(text, 'utf8').equals(raw) ? text : null;
}

/** The lengths that Linux, which runs the cloud's functions, allows (limits.h: PATH_MAX, NAME_MAX). */
const MAX_PATH_LENGTH = 4095;
const MAX_NAME_BYTES = 255;

/** Why a path cannot be a file of a function; null when it can. */
function pathProblem(path: string): string | null {
  if (path.includes('\\')) return 'a backslash in the path';
  if (path.includes('\0')) return 'a zero byte in the path';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'an absolute path';
  const parts = path.replace(/\/$/, '').split('/');
  if (path.length > MAX_PATH_LENGTH || parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES))
    return 'a path that is too long';
  return parts.some((part) => part === '' || part === '.' || part === '..')
    ? 'not a plain relative path'
    : null;
}

function conflictOf(entries: readonly DirectoryEntry[]): string | null {
  // With the slash as the lowest character, what lies below a path comes right after it.
  const sortable = entries.map(({ path, directory }) => ({
    key: path.replace(/\/$/, '').replaceAll('/', '\0'),
    path,
    directory,
  }));
  sortable.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  for (const [index, { key, path, directory }] of sortable.entries()) {
    const next = sortable[index + 1];
    if (next?.path === path) return `${path}: twice in the archive`;
    const isParent = next !== undefined && (next.key === key || next.key.startsWith(`${key}\0`));
    if (isParent && !directory) return `${path}: both a file and a directory`;
    if (next?.key === key && !next.directory) return `${next.path}: both a file and a directory`;
  }
  return null;
}

function overlapOf(entries: readonly DirectoryEntry[]): string | null {
  const sorted = [...entries].sort((a, b) => a.dataStart - b.dataStart);
  let end = 0;
  for (const entry of sorted) {
    if (entry.dataStart < end) return `${entry.path}: overlaps another entry`;
    end = entry.dataStart + entry.packedSize;
  }
  return null;
}

const damaged = (problem: string): Directory => ({ ok: false, problem });
