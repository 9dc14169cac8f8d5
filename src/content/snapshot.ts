/**
 * A function's content: its fingerprint, and the zip of exactly that fingerprint. What was hashed is what is packed: files
 * are read once, their bytes kept by hash (within a bound), and where they are not kept any more they are read and
 * hashed again before they go into a zip.
 */

import type { ScanResult } from '../model/event.js';
import type { ContentProblem, Fingerprint, FunctionName } from '../model/nouns.js';
import { compareCodeUnits } from '../system/paths.js';
import { type Allocate, type Packed, writeZip, type ZipEntry } from '../zip/zip.js';
import { type ContentCache, createContentCache } from './content-cache.js';
import { type Disk, realDisk } from './disk.js';
import { createDresser, type Dresser } from './dressing.js';
import type { HashedFile } from './fingerprint.js';
import { zipProblem } from './limits.js';
import { readWhole, type ScannedFile, type ScannedFiles, tornCode } from './read.js';
import { type Look, look, type ReadingTools, type Tools } from './scan.js';
import { createSlices, mapSome, type Outcome, type Slices } from './slices.js';
import type { SnapshotSource } from './source.js';
import { isStill } from './unchanged.js';
import { hasGrown, missingParts } from './unfinished.js';
import { walk } from './walk.js';

export interface SnapshotOptions {
  /** The most characters of base64 that a zip may take; asked each time, since a reload may change it. */
  readonly maxZipBase64: () => number;
  /** How many bytes of contents to keep for packing; 64 MiB by default. */
  readonly keepBytes?: number;
  readonly disk?: Disk;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** To share the thread's slices with other long work. */
  readonly slices?: Slices;
  /** The files that an earlier run read of a function, for its first scan; null: none. */
  readonly remembered?: (name: FunctionName) => ScannedFiles | null;
}

/** A file as it stands in a zip, with the hash of its content. */
export interface PackedFile extends HashedFile, ZipEntry {}

export type PackResult =
  | {
      readonly ok: true;
      readonly zip: Buffer;
      readonly files: number;
      readonly bytes: number;
      /** The files of the zip, sorted by path. */
      readonly entries: readonly PackedFile[];
    }
  /** Nothing may be sent: this is what is on disk instead. */
  | { readonly ok: false; readonly scan: ScanResult };

/** A row of `status --files`. A directory that is left out as a whole ends in a slash. */
export interface ListedFile {
  readonly path: string;
  readonly packed: boolean;
  /** null for what is not packed. */
  readonly bytes: number | null;
  readonly rule: string | null;
  /** Where the rule stands, or why there is none: see `Skipped`. */
  readonly source: string | null;
}

export interface FileListing {
  readonly files: readonly ListedFile[];
  /** The problem that keeps it from being sent; the listing may have ended early there. */
  readonly problem: ContentProblem | null;
}

export interface Snapshots {
  /** Looks at a function's files, reading only what changed since the last look; all of them if `full`. */
  scan(source: SnapshotSource, full: boolean): Promise<ScanResult>;
  /** As `scan`, at the least cost where nothing is different: for sweeps. */
  glance(source: SnapshotSource): Promise<ScanResult>;
  /** The zip of exactly this fingerprint, in the buffer that `allocate` gives, or what is on disk instead. */
  pack(source: SnapshotSource, fingerprint: Fingerprint, allocate?: Allocate): Promise<PackResult>;
  files(source: SnapshotSource): Promise<FileListing>;
  /** The files of the last scan that found content to send; null: there was none. */
  filesOf(name: FunctionName): ScannedFiles | null;
  /** Those of these files that are gone and still named by the function's code: see unfinished.ts. */
  missingParts(files: ScannedFiles): readonly string[];
  /** Whether this file, by its absolute path, is what it was at the last scan and more behind it. */
  hasGrown(name: FunctionName, file: string): boolean;
  /** Frees what is known of a function; its next scan reads everything. */
  forget(name: FunctionName): Promise<void>;
}

interface Known {
  readonly last: Look;
  /** The last look that found content to send. */
  readonly sound: Look | null;
  /** How many glances found it still since the last whole look. */
  readonly glances: number;
}

/**
 * Glances that believe the times of directories, before one look that lists them again: at a sweep every 30 s, what a file
 * system's odd times hide is found within 5 min of use. The first ones are spread, so that a sweep lists a tenth of the functions.
 */
const glancesPerLook = 10;

/** A function that changes under each of so many looks is being written; its next event starts the next scan. */
const looksPerScan = 4;
/** As above, for contents that had to be read again while packing. */
const packsPerRequest = 3;
const packedAtOnce = 4;
/** A function of up to this size is packed sooner on this thread, in slices, than by handing its files about (measured). */
const smallFunctionBytes = 1024 * 1024;
const inlineBytes = 64 * 1024;

/** Never throws for what is on disk. Calls for one function wait for each other. */
export function createSnapshots(options: SnapshotOptions): Snapshots {
  const slices = options.slices ?? createSlices();
  const contents = createContentCache(options.keepBytes);
  const { disk = realDisk, now = Date.now, maxZipBase64, remembered = () => null } = options;
  const tools: PackingTools = { disk, contents, slices, now, maxZipBase64 };
  const known = new Map<FunctionName, Known>();
  const dresser = createDresser<ScannedFile>((file) => bytesOf(tools, file));
  const inTurn = createTurns();

  const scan = async (source: SnapshotSource, full: boolean): Promise<ScanResult> => {
    const before = known.get(source.name);
    const earlier = before?.last ?? unchecked(remembered(source.name));
    const reader = contents.reader();
    let last: Look;
    try {
      last = await lookUntilStill({ ...tools, reader }, source, earlier, full);
      replace(contents, before?.last.files ?? null, last.files);
    } finally {
      reader.end();
    }
    const sound = last.problem === null ? last : (before?.sound ?? null);
    known.set(source.name, { last, sound, glances: before === undefined ? known.size % glancesPerLook : 0 });
    return withHelper(source, last, resultOf(last, before?.sound ?? null));
  };

  const glance = async (source: SnapshotSource): Promise<ScanResult> => {
    const before = known.get(source.name);
    const still = before?.last.still ?? null;
    if (before === undefined || still === null || still.maxZipBase64 !== maxZipBase64())
      return scan(source, false);
    const believed = before.glances < glancesPerLook;
    if (!believed || !(await isStill(disk, slices, still, before.last.files, source)))
      return scan(source, false);
    known.set(source.name, { ...before, glances: before.glances + 1 });
    return withHelper(source, before.last, resultOf(before.last, before.last));
  };

  const withHelper = async (source: SnapshotSource, found: Look, result: ScanResult): Promise<ScanResult> => {
    const dressed = result.ok ? await dresser.fingerprintOf(source, found) : null;
    return result.ok && dressed !== null ? { ...result, dressed } : result;
  };

  /** The content that is on disk, or the last look if that was it. `wanted` may be that of the content with the helper. */
  const current = async (
    source: SnapshotSource,
    wanted: Fingerprint,
    full: boolean,
  ): Promise<Look | ScanResult> => {
    const last = known.get(source.name)?.last;
    if (!full && last !== undefined && (await isOf(source, last, wanted))) return last;
    const result = await scan(source, full);
    const isWanted = result.ok && (result.fingerprint === wanted || result.dressed === wanted);
    return (isWanted && known.get(source.name)?.last) || result;
  };
  const isOf = async (source: SnapshotSource, found: Look, wanted: Fingerprint): Promise<boolean> =>
    found.fingerprint === wanted || (await dresser.fingerprintOf(source, found)) === wanted;

  const pack = async (
    source: SnapshotSource,
    fingerprint: Fingerprint,
    allocate: Allocate | undefined,
  ): Promise<PackResult> => {
    for (let tries = 0; tries < packsPerRequest; tries += 1) {
      const content = await current(source, fingerprint, tries > 0);
      if ('ok' in content) return { ok: false, scan: content };
      if (content.problem?.reason === 'secret') return unsent(content.problem);
      const dress = fingerprint === content.fingerprint ? null : dresser.dress;
      const packed = await packLook(tools, source, content, { allocate, dress });
      if (packed !== null) return packed;
    }
    return unsent({ reason: 'unreadable', path: '.', code: tornCode });
  };

  return {
    scan: (source, full) => inTurn(source.name, () => scan(source, full)),
    glance: (source) => inTurn(source.name, () => glance(source)),
    pack: (source, fingerprint, allocate) => inTurn(source.name, () => pack(source, fingerprint, allocate)),
    files: (source) =>
      inTurn(source.name, async () => {
        const scanned = await scan(source, false);
        return listFiles(tools, source, scanned.ok ? null : scanned.problem);
      }),
    filesOf: (name) => known.get(name)?.sound?.files ?? null,
    missingParts: (files) => missingParts(files, disk),
    hasGrown(name, file) {
      for (const scanned of known.get(name)?.last.files.values() ?? [])
        if (scanned.file === file) return hasGrown(scanned, disk);
      return false;
    },
    forget: (name) =>
      inTurn(name, async () => {
        replace(contents, known.get(name)?.last.files ?? null, new Map());
        known.delete(name);
        dresser.forget(name);
      }),
  };
}

/** A day of saves would otherwise fill the room for contents with what is no file's content any more. */
function replace(contents: ContentCache, before: ScannedFiles | null, now: ScannedFiles): void {
  if (before === now) return;
  contents.hold(hashesOf(now));
  if (before !== null) contents.letGo(hashesOf(before));
}

function hashesOf(files: ScannedFiles): readonly string[] {
  return [...files.values()].map(({ sha256 }) => sha256);
}

/** Runs what is asked for one name one after the other. The work never rejects but for a bug, which its caller sees. */
function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const ends = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const result = (ends.get(name) ?? Promise.resolve()).then(work);
    const end = result
      .catch(() => undefined)
      .then(() => {
        if (ends.get(name) === end) ends.delete(name);
      });
    ends.set(name, end);
    return result;
  };
}

/** The content that an earlier run read, as a look that came to no end: each file's state still has to be compared. */
function unchecked(files: ScannedFiles | null): Look | null {
  if (files === null) return null;
  return { files, directories: [], fingerprint: '', bytes: 0, problem: null, still: null, moved: false };
}

async function lookUntilStill(
  tools: ReadingTools,
  source: SnapshotSource,
  before: Look | null,
  full: boolean,
): Promise<Look> {
  let last = await look(tools, source, before, full);
  for (let looks = 1; last.moved && looks < looksPerScan; looks += 1) {
    last = await look(tools, source, before, full);
  }
  return last;
}

function resultOf(now: Look, before: Look | null): ScanResult {
  if (now.problem !== null) return { ok: false, problem: now.problem };
  const changed = before === null ? [] : changedPaths(before.files, now.files);
  return { ok: true, fingerprint: now.fingerprint, files: now.files.size, bytes: now.bytes, changed };
}

function changedPaths(before: ScannedFiles, now: ScannedFiles): readonly string[] {
  if (before === now) return [];
  const changed = [...now.values()].filter((file) => {
    const old = before.get(file.path);
    return old === undefined || old.sha256 !== file.sha256 || old.executable !== file.executable;
  });
  const removed = [...before.keys()].filter((path) => !now.has(path));
  return [...changed.map(({ path }) => path), ...removed].sort(compareCodeUnits);
}

interface PackingTools extends Tools {
  readonly contents: ContentCache;
}

interface Packing {
  readonly allocate: Allocate | undefined;
  /** Adds the helper; null: the content is packed as it is. */
  readonly dress: Dresser<ScannedFile>['dress'] | null;
}

/** null: a file that had to be read again is not any more what was hashed. */
async function packLook(
  tools: PackingTools,
  source: SnapshotSource,
  content: Look,
  { allocate, dress }: Packing,
): Promise<PackResult | null> {
  const inline = content.bytes <= smallFunctionBytes ? inlineBytes : undefined;
  const entries = await mapSome([...content.files.values()], packedAtOnce, tools.slices, (file) => {
    const packed = tools.contents.packed(file.sha256, inline) ?? readAgain(tools, file);
    return packed instanceof Promise ? packed.then((done) => entryOf(file, done)) : entryOf(file, packed);
  });
  if (!entries.ok) return null;
  const zipped = dress === null ? entries.value : await dress(source, content, entries.value);
  if (zipped === null) return null;
  const sizes = zipped.map(({ path, packed }) => ({
    path,
    stat: packed,
    packedBytes: packed.body.length,
  }));
  const problem = zipProblem(sizes, tools.maxZipBase64());
  if (problem !== null) return unsent(problem);
  return {
    ok: true,
    zip: await writeZip(zipped, allocate),
    files: content.files.size,
    bytes: content.bytes,
    entries: entries.value,
  };
}

function unsent(problem: ContentProblem): PackResult {
  return { ok: false, scan: { ok: false, problem } };
}

function entryOf(
  { path, executable, sha256 }: ScannedFile,
  packed: Packed | null,
): Outcome<PackedFile, null> {
  return packed === null
    ? { ok: false, failure: null }
    : { ok: true, value: { path, executable, sha256, packed } };
}

/** The content that the look hashed; null: it is not kept, and not on disk any more. */
async function bytesOf(tools: PackingTools, file: ScannedFile): Promise<Buffer | null> {
  return tools.contents.read(file.sha256) ?? onDisk(tools, file);
}

async function readAgain(tools: PackingTools, file: ScannedFile): Promise<Packed | null> {
  const content = await onDisk(tools, file);
  return content === null ? null : tools.contents.pack(file.sha256, content);
}

async function onDisk(
  { disk, slices }: PackingTools,
  { file, stat, sha256 }: ScannedFile,
): Promise<Buffer | null> {
  const read = await readWhole(disk, file, stat, slices);
  return read.ok && read.sha256 === sha256 ? read.content : null;
}

async function listFiles(
  tools: Tools,
  source: SnapshotSource,
  found: ContentProblem | null,
): Promise<FileListing> {
  const walked = await walk(source, tools.disk, tools.slices);
  const packed = walked.files.map(({ path, stat }) => ({
    path,
    packed: true,
    bytes: stat.size,
    rule: null,
    source: null,
  }));
  const skipped = walked.skipped.map((entry) => ({ ...entry, packed: false, bytes: null }));
  const files = [...packed, ...skipped].sort((one, other) => compareCodeUnits(one.path, other.path));
  return { files, problem: walked.problem ?? found };
}
