/**
 * The container of a ZIP file around contents that are packed already: PKWARE's APPNOTE.TXT 6.3.10, whose sections are named
 * below. No data descriptors, no extra fields, no directory entries, one fixed date: the bytes depend on the contents alone.
 */

import type { Packed } from './deflate.js';

/** A file of the zip: where it stands (forward slashes), and its content. */
export interface ZipEntry {
  readonly path: string;
  readonly executable: boolean;
  readonly packed: Packed;
}

/** Gives a buffer of so many bytes to write a zip into. */
export type Allocate = (bytes: number) => Buffer;

/** Headers before a file's bytes (4.3.7), in the directory (4.3.12), and at the end (4.3.16), without names. */
const localBytes = 30;
const centralBytes = 46;
const endBytes = 22;
/** The zip64 end record and its locator (4.3.14, 4.3.15). */
const end64Bytes = 56 + 20;
/** More entries than this do not fit the end record's two bytes (4.4.1.4). */
const mostEntries = 0xffff;

/** 4.4.3: 2.0 knows deflate; 4.5 knows zip64. */
const version = 20;
const version64 = 45;
/** 4.4.2: the modes are Unix's. */
const madeByUnix = 3 << 8;
/** 4.4.4, bit 11: names are UTF-8. */
const utf8Flag = 0x0800;
/** 4.4.6: 1 January 1980, 00:00, in whatever zone it is read. */
const dosTime = 0;
const dosDate = (0 << 9) | (1 << 5) | 1;
/** The upper half of 4.4.15: a regular file, 0644 or 0755. */
const plainMode = 0o100644;
const executableMode = 0o100755;

/** The length of a zip in bytes, from each file's path and packed size. */
export function containerBytes(entries: Iterable<{ readonly path: string; readonly bytes: number }>): number {
  let total = endBytes;
  let count = 0;
  for (const { path, bytes } of entries) {
    total += localBytes + centralBytes + 2 * Buffer.byteLength(path) + bytes;
    count += 1;
  }
  return count > mostEntries ? total + end64Bytes : total;
}

/** The whole zip, entries in the order given. The caller keeps it under 4 GiB. */
export function writeContainer(
  entries: readonly ZipEntry[],
  allocate: Allocate = Buffer.allocUnsafe,
): Buffer {
  const zip = allocate(
    containerBytes(entries.map(({ path, packed }) => ({ path, bytes: packed.body.length }))),
  );
  let at = 0;
  const offsets: number[] = [];
  for (const entry of entries) {
    offsets.push(at);
    at = writeFile(zip, at, entry);
  }
  const directoryAt = at;
  for (const [index, entry] of entries.entries())
    at = writeDirectoryEntry(zip, at, entry, offsets[index] ?? 0);
  writeEnd(zip, at, { count: entries.length, directoryAt, directoryBytes: at - directoryAt });
  return zip;
}

/** Each of the writers below returns where it ended. */
function writeFile(zip: Buffer, start: number, entry: ZipEntry): number {
  const nameAt = start + localBytes;
  const nameBytes = zip.write(entry.path, nameAt);
  zip.writeUInt32LE(0x04034b50, start);
  zip.writeUInt16LE(version, start + 4);
  writeCommon(zip, start + 6, entry.packed, nameBytes);
  const bodyAt = nameAt + nameBytes;
  entry.packed.body.copy(zip, bodyAt);
  return bodyAt + entry.packed.body.length;
}

/** The fields that a file's header and its directory entry share: flags to the length of the extra fields. */
function writeCommon(zip: Buffer, start: number, packed: Packed, nameBytes: number): void {
  zip.writeUInt16LE(utf8Flag, start);
  zip.writeUInt16LE(packed.method, start + 2);
  zip.writeUInt16LE(dosTime, start + 4);
  zip.writeUInt16LE(dosDate, start + 6);
  zip.writeUInt32LE(packed.crc, start + 8);
  zip.writeUInt32LE(packed.body.length, start + 12);
  zip.writeUInt32LE(packed.size, start + 16);
  zip.writeUInt16LE(nameBytes, start + 20);
  zip.writeUInt16LE(0, start + 22);
}

function writeDirectoryEntry(zip: Buffer, start: number, entry: ZipEntry, offset: number): number {
  const nameBytes = zip.write(entry.path, start + centralBytes);
  zip.writeUInt32LE(0x02014b50, start);
  zip.writeUInt16LE(madeByUnix | version, start + 4);
  zip.writeUInt16LE(version, start + 6);
  writeCommon(zip, start + 8, entry.packed, nameBytes);
  // Comment length, disk, internal attributes: none.
  zip.fill(0, start + 32, start + 38);
  zip.writeUInt32LE(((entry.executable ? executableMode : plainMode) << 16) >>> 0, start + 38);
  zip.writeUInt32LE(offset, start + 42);
  return start + centralBytes + nameBytes;
}

interface Directory {
  readonly count: number;
  readonly directoryAt: number;
  readonly directoryBytes: number;
}

function writeEnd(zip: Buffer, start: number, directory: Directory): void {
  const at = directory.count > mostEntries ? writeEnd64(zip, start, directory) : start;
  const count = Math.min(directory.count, mostEntries);
  zip.writeUInt32LE(0x06054b50, at);
  zip.writeUInt32LE(0, at + 4);
  zip.writeUInt16LE(count, at + 8);
  zip.writeUInt16LE(count, at + 10);
  zip.writeUInt32LE(directory.directoryBytes, at + 12);
  zip.writeUInt32LE(directory.directoryAt, at + 16);
  zip.writeUInt16LE(0, at + 20);
}

function writeEnd64(zip: Buffer, start: number, directory: Directory): number {
  const count = BigInt(directory.count);
  zip.writeUInt32LE(0x06064b50, start);
  // The record's length without these first twelve bytes.
  zip.writeBigUInt64LE(44n, start + 4);
  zip.writeUInt16LE(madeByUnix | version64, start + 12);
  zip.writeUInt16LE(version64, start + 14);
  zip.writeBigUInt64LE(0n, start + 16);
  zip.writeBigUInt64LE(count, start + 24);
  zip.writeBigUInt64LE(count, start + 32);
  zip.writeBigUInt64LE(BigInt(directory.directoryBytes), start + 40);
  zip.writeBigUInt64LE(BigInt(directory.directoryAt), start + 48);
  const locator = start + 56;
  zip.writeUInt32LE(0x07064b50, locator);
  zip.writeUInt32LE(0, locator + 4);
  zip.writeBigUInt64LE(BigInt(start), locator + 8);
  zip.writeUInt32LE(1, locator + 16);
  return locator + 20;
}
