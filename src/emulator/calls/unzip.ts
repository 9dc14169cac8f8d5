import { setImmediate as breathe } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { FileMap, PackedFile } from '../model.js';
import { type DirectoryEntry, readDirectory } from './zip-directory.js';

const inflate = promisify(inflateRaw);

/** cloud-api.md, "Packing rules": unzipped limit 500 MB. */
export const MAX_UNZIPPED_BYTES = 500 * 1024 * 1024;

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
