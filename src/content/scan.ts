/** One look at a function's files: which they are, what they hold, and whether that was one moment of the function. */

import type { ContentProblem, Fingerprint } from '../model/nouns.js';
import type { Reader } from './content-cache.js';
import { type Attempt, attempt, type Disk, isSameState } from './disk.js';
import { longestManifest, mainCandidates, mainOf } from './entry.js';
import { fingerprintOf } from './fingerprint.js';
import { mayExceed, unzippedProblem, zipProblem } from './limits.js';
import { hashWhole, readWhole, type ScannedFile, type ScannedFiles, tornCode } from './read.js';
import { findSecret, secretProblem } from './secrets.js';
import { mapSome, type Outcome, type Slices } from './slices.js';
import type { SnapshotSource } from './source.js';
import { isRacy, type SeenDirectory, type Stillness, seenDirectories, stillnessOf } from './unchanged.js';
import { type Walk, type WalkedFile, walk } from './walk.js';

/** The things that scans share: the file system, the thread's slices, and the time in ms since the epoch. */
export interface Tools {
  readonly disk: Disk;
  readonly slices: Slices;
  readonly now: () => number;
  /** The most characters of base64 that the cloud takes. */
  readonly maxZipBase64: () => number;
}

export interface ReadingTools extends Tools {
  readonly reader: Reader;
}

export interface Look {
  /** The content that was read, also where a problem keeps it from being sent: it need not be read again. */
  readonly files: ScannedFiles;
  readonly directories: readonly SeenDirectory[];
  readonly fingerprint: Fingerprint;
  readonly bytes: number;
  readonly problem: ContentProblem | null;
  /** By which a glance can see that nothing is different; null where only a whole look can. */
  readonly still: Stillness | null;
  /** The disk moved on during the scan: scan once more. */
  readonly moved: boolean;
}

/** Enough to keep the threads that deflate busy. */
const filesAtOnce = 4;
/** The outcome for a file that was listed a moment ago and is something else, or nothing, now. */
const movedCodes: ReadonlySet<string> = new Set([tornCode, 'ENOENT', 'ENOTDIR', 'EISDIR']);

/** Looks once. Files whose state is that of `before` are not read again; null reads all of them. */
export async function look(
  tools: ReadingTools,
  source: SnapshotSource,
  before: Look | null,
  full: boolean,
): Promise<Look> {
  const since = tools.now();
  const limit = tools.maxZipBase64();
  const walked = await walk(source, tools.disk, tools.slices);
  const problem = walked.problem ?? (await completenessProblem(tools, source, walked.files));
  const old = before?.files ?? new Map<string, ScannedFile>();
  const directories = seenDirectories(walked.directories, before?.directories ?? [], since);
  const halted = (why: ContentProblem, moved: boolean): Look => {
    return { files: old, directories, fingerprint: '', bytes: 0, problem: why, still: null, moved };
  };
  if (problem !== null) return halted(problem, walked.moved);

  const measure = mayExceed(walked.files, limit);
  const readings = await mapSome(walked.files, measure ? filesAtOnce : 1, tools.slices, (file) => {
    const known = full ? undefined : old.get(file.path);
    const fresh = known !== undefined && isTrusted(known, file) && !(measure && known.packedBytes === null);
    if (fresh) return { ok: true, value: known };
    const how = { measure, sent: source.entries !== null };
    return known === undefined ? readFile(tools, file, how) : lookAgain(tools, known, file, how);
  });
  if (!readings.ok) return halted(readings.failure.problem, readings.failure.moved);

  const scanned = readings.value;
  const unfit = secretProblem(source, scanned) ?? (measure ? zipProblem(scanned, limit) : null);
  if (before !== null && isSame(before, scanned)) {
    const still = stillnessOf(source, limit, walked, directories, before.files, since);
    return { ...before, directories, problem: unfit, still, moved: false };
  }
  const files = new Map(scanned.map((file) => [file.path, file]));
  const fingerprint = await fingerprintOf(files.values(), tools.slices);
  const movedPath = await changedSince(tools, walked, files);
  if (movedPath !== null) return halted({ reason: 'unreadable', path: movedPath, code: tornCode }, true);
  const bytes = scanned.reduce((sum, { stat }) => sum + stat.size, 0);
  const still = stillnessOf(source, limit, walked, directories, files, since);
  return { files, directories, fingerprint, bytes, problem: unfit, still, moved: false };
}

/** From here on a file whose hash may be enough is hashed first: reading it would take its size in memory. */
const largeBytes = 1024 * 1024;

async function lookAgain(
  tools: ReadingTools,
  known: ScannedFile,
  walked: WalkedFile,
  how: Reading,
): Promise<Outcome<ScannedFile, Misread>> {
  const unmeasured = how.measure && known.packedBytes === null;
  if (walked.stat.size >= largeBytes && isSameState(known.stat, walked.stat) && !unmeasured) {
    const racy = isRacy(walked.stat, known.seenAt, tools.now());
    const hashed = await hashWhole(tools.disk, walked.file, walked.stat, tools.slices);
    if (hashed.ok && hashed.value === known.sha256 && known.file === walked.file)
      return { ok: true, value: racy === known.racy ? known : { ...known, racy } };
  }
  if (known.stat.size >= largeBytes && !unmeasured) tools.reader.overwritten(known.sha256);
  const outcome = await readFile(tools, walked, how, known);
  // Another program has it open, and it is what it was: its content is known, and it is read again by the next scan.
  if (!outcome.ok && !outcome.failure.moved && !unmeasured && isSameState(known.stat, walked.stat))
    return { ok: true, value: known };
  return asKnown(known, outcome);
}

/** A file that had to be read again to be sure, and is what it was: then the look may find that everything is. */
function asKnown(known: ScannedFile, outcome: Outcome<ScannedFile, Misread>): Outcome<ScannedFile, Misread> {
  if (!outcome.ok) return outcome;
  const { file, stat, sha256, racy, packedBytes } = outcome.value;
  const same = file === known.file && sha256 === known.sha256 && isSameState(stat, known.stat);
  return same && racy === known.racy && packedBytes === known.packedBytes
    ? { ok: true, value: known }
    : outcome;
}

/** Nothing differs and nothing is missing: it is the content of the last look, if that look came to its end. */
function isSame(before: Look, scanned: readonly ScannedFile[]): boolean {
  if (before.fingerprint === '' || before.files.size !== scanned.length) return false;
  return scanned.every((file) => before.files.get(file.path) === file);
}

function isTrusted(known: ScannedFile, walked: WalkedFile): boolean {
  return !known.racy && known.file === walked.file && isSameState(known.stat, walked.stat);
}

async function completenessProblem(
  tools: Tools,
  { entries }: SnapshotSource,
  files: readonly WalkedFile[],
): Promise<ContentProblem | null> {
  if (entries === null) return null;
  return (await entryProblem(tools, entries, files)) ?? unzippedProblem(files);
}

async function entryProblem(
  tools: Tools,
  entries: readonly string[],
  files: readonly WalkedFile[],
): Promise<ContentProblem | null> {
  const hasOneOf = (wanted: readonly string[]) => files.some(({ path }) => wanted.includes(path));
  if (hasOneOf(entries)) return null;
  const manifest = files.find(({ path, stat }) => path === 'package.json' && stat.size <= longestManifest);
  const read = manifest && (await readWhole(tools.disk, manifest.file, manifest.stat, tools.slices));
  const main = read?.ok ? mainOf(read.content.toString('utf8')) : null;
  if (main !== null && hasOneOf(mainCandidates(main))) return null;
  const expected = main === null ? entries : [...new Set([...entries, main])];
  return { reason: 'no-entry', expected };
}

/** The use of a content after it is hashed. */
interface Reading {
  /** Its size in the zip is found out. */
  readonly measure: boolean;
  /** It is sent, and so searched for secrets. Sources of a build are not: its output is. */
  readonly sent: boolean;
}

interface Misread {
  readonly problem: ContentProblem;
  readonly moved: boolean;
}

async function readFile(
  tools: ReadingTools,
  walked: WalkedFile,
  how: Reading,
  known: ScannedFile | null = null,
): Promise<Outcome<ScannedFile, Misread>> {
  const readAt = tools.now();
  const { path, file } = walked;
  const isHashed = !how.sent && walked.stat.size >= largeBytes;
  const read = isHashed ? await hashContent(tools, walked) : await readContent(tools, walked, how);
  if (!read.ok) {
    const moved = movedCodes.has(read.code);
    return { ok: false, failure: { problem: { reason: 'unreadable', path, code: read.code }, moved } };
  }
  const { stat } = read.value;
  const seenAt = known !== null && isSameState(known.stat, stat) ? known.seenAt : readAt;
  return { ok: true, value: { path, file, seenAt, racy: isRacy(stat, seenAt, readAt), ...read.value } };
}

/** All that is known of a file by its content. */
type Contained = Pick<ScannedFile, 'stat' | 'sha256' | 'executable' | 'packedBytes' | 'secret'>;

async function readContent(
  tools: ReadingTools,
  { path, file, stat: expected }: WalkedFile,
  { measure, sent }: Reading,
): Promise<Attempt<Contained>> {
  const read = await readWhole(tools.disk, file, expected, tools.slices);
  if (!read.ok) return read;
  const { sha256, stat, content } = read;
  if (!measure) tools.reader.keep(sha256, content);
  const packedBytes = measure ? (await tools.reader.pack(sha256, content)).body.length : null;
  const found = sent ? findSecret(path, content, tools.slices) : null;
  const secret = found instanceof Promise ? await found : found;
  return { ok: true, value: { stat, sha256, executable: isProgram(content), packedBytes, secret } };
}

/** A large source of a build, of any size: nothing but a build reads it. */
async function hashContent(tools: Tools, { file, stat }: WalkedFile): Promise<Attempt<Contained>> {
  const hashed = await hashWhole(tools.disk, file, stat, tools.slices);
  if (!hashed.ok) return hashed;
  const nothing = { executable: false, packedBytes: null, secret: null };
  return { ok: true, value: { stat, sha256: hashed.value, ...nothing } };
}

/** A file that Linux can start: a script that names its interpreter, or an ELF file. */
const programStarts: readonly Buffer[] = [Buffer.from('#!'), Buffer.from('\x7fELF', 'latin1')];

/**
 * Whether it is packed as executable. By its content, not by its mode: Windows has no such bit, and under WSL every file of a
 * Windows drive has it, so that one folder would have as many fingerprints as systems that look at it.
 */
function isProgram(content: Buffer): boolean {
  return programStarts.some((start) => content.subarray(0, start.length).equals(start));
}

/** The first path that is not any more as the scan found it; null if the scan saw one moment of the function. */
async function changedSince(tools: Tools, walked: Walk, files: ScannedFiles): Promise<string | null> {
  const seen = [
    ...walked.directories.map(({ path, dir, stat }) => ({ path, file: dir, stat })),
    ...files.values(),
  ];
  for (const { path, file, stat } of seen) {
    const pause = tools.slices.breathe();
    if (pause !== undefined) await pause;
    const again = attempt(() => tools.disk.stat(file));
    if (!again.ok || !isSameState(stat, again.value)) return path;
  }
  return null;
}
