/**
 * The edge to the file system. Synchronous, because that is four times faster here than asynchronous calls
 * (docs/decisions.md, "Why are files read synchronously?"); whoever calls many of these in a row breathes between them (slices.ts).
 * Every call throws the system's error, which `attempt` turns into data.
 */

import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { errnoOf } from '../system/errno.js';
import { readOnly } from '../system/open-flags.js';

export type FileKind = 'file' | 'directory' | 'link' | 'other';

/** The values that distinguish one state of a file from another. Times are nanoseconds since the epoch. */
export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  readonly mode: number;
}

/** A state as numbers: times in ms since the epoch, exact to 250 ns. */
export interface CoarseStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
}

/** The very numbers that Node makes of this state where it is not asked for big integers. */
export function coarseOf({ size, mtimeNs, ctimeNs, ino, mode }: FileStat): CoarseStat {
  return { size, mtimeMs: msOf(mtimeNs), ctimeMs: msOf(ctimeNs), ino: Number(ino), mode };
}

function msOf(ns: bigint): number {
  return Number(ns / 1_000_000_000n) * 1000 + Number(ns % 1_000_000_000n) / 1_000_000;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** A file opened for reading. */
export interface OpenFile {
  /** Reads at most `length` bytes of what follows to `target`, from `offset` on; how many it were, 0 at the end. */
  read(target: Buffer, offset: number, length: number): number;
  stat(): FileStat;
  close(): void;
}

export interface Disk {
  entries(directory: string): readonly DirectoryEntry[];
  /** Of what a link points to. */
  stat(path: string): FileStat;
  /** The same, null where nothing is there. */
  find(path: string): FileStat | null;
  /** `coarseOf` of the same; null where nothing is there. A fifth sooner than with big integers: for looks at many thousand files. */
  findCoarse(path: string): CoarseStat | null;
  /** Of the link itself. */
  lstat(path: string): FileStat;
  realpath(path: string): string;
  readlink(path: string): string;
  open(path: string): OpenFile;
}

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string };

/** Makes data of an operating system's refusal; anything else thrown is a bug and stays thrown. */
export function attempt<T>(action: () => T): Attempt<T> {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    return { ok: false, code: errnoOf(error) };
  }
}

/** Two looks at one file that saw the same state of it. */
export function isSameState(one: FileStat, other: FileStat): boolean {
  return (
    one.ino === other.ino &&
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs &&
    one.mode === other.mode &&
    one.kind === other.kind
  );
}

function kindOf(entry: Dirent): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** As `kindOf`, without three questions that each make big integers: a sweep asks for many thousand files. */
function kindOfMode(mode: number): FileKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFLNK:
      return 'link';
    default:
      return 'other';
  }
}

function fileStat(stats: BigIntStats): FileStat {
  const mode = Number(stats.mode);
  return {
    kind: kindOfMode(mode),
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    ino: stats.ino,
    mode,
  };
}

/** An error costs ten times what the question does: it is made only where there is one to report. */
function existing(stats: BigIntStats | undefined): FileStat | null {
  return stats === undefined ? null : fileStat(stats);
}

function open(path: string): OpenFile {
  const descriptor = openSync(path, readOnly);
  return {
    read: (target, offset, length) => readSync(descriptor, target, offset, length, null),
    stat: () => fileStat(fstatSync(descriptor, { bigint: true })),
    close: () => closeSync(descriptor),
  };
}

/** The real file system of a platform. */
export function diskOf(platform: NodeJS.Platform): Disk {
  /**
   * macOS lists names decomposed that others compose, and finds them in either form: composed, they fingerprint as elsewhere,
   * and the code finds its files in the cloud. Other systems distinguish both forms: there a name is what it is.
   */
  const listed = (name: string): string => (platform === 'darwin' ? name.normalize('NFC') : name);
  return {
    entries: (directory) =>
      readdirSync(directory, { withFileTypes: true }).map((entry) => ({
        name: listed(entry.name),
        kind: kindOf(entry),
      })),
    stat: (path) => fileStat(statSync(path, { bigint: true })),
    find: (path) => existing(statSync(path, { bigint: true, throwIfNoEntry: false })),
    findCoarse: (path) => statSync(path, { throwIfNoEntry: false }) ?? null,
    lstat: (path) => fileStat(lstatSync(path, { bigint: true })),
    realpath: (path) => realpathSync.native(path),
    readlink: (path) => readlinkSync(path),
    open,
  };
}

export const realDisk: Disk = diskOf(process.platform);

/** The first bytes of a file; null if it cannot be read. */
export function beginningOf(file: string, bytes: number, disk: Disk): Buffer | null {
  const read = attempt(() => {
    const opened = disk.open(file);
    try {
      const content = Buffer.alloc(Math.min(bytes, opened.stat().size));
      let length = 0;
      while (length < content.length) {
        const step = opened.read(content, length, content.length - length);
        if (step === 0) break;
        length += step;
      }
      return content.subarray(0, length);
    } finally {
      opened.close();
    }
  });
  return read.ok ? read.value : null;
}
