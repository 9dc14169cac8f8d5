/** The differences between two contents of a function, file by file and line by line. */
import type { StructuredPatchHunk } from 'diff';
import type { HashedFile } from '../content/fingerprint.js';
import { compareCodeUnits } from '../system/paths.js';

export interface ComparedFile extends HashedFile {
  /** Of its content. */
  readonly size: number;
}

/** One of the two contents. */
export interface Side {
  readonly files: readonly ComparedFile[];
  /** Of one of its files; null: it cannot be had any more. */
  content(file: ComparedFile): Promise<Buffer | null>;
}

/** Why lines cannot be shown: no text, more than is compared, too many differences, or the content is gone. */
export type Unshown = 'binary' | 'large' | 'different' | 'unavailable';

export interface FileDifference {
  readonly path: string;
  /** `mode`: the executable bit alone. */
  readonly change: 'added' | 'removed' | 'changed' | 'mode';
  readonly before: ComparedFile | null;
  readonly after: ComparedFile | null;
  /** null: `unshown` says why they are not known. */
  readonly lines: { readonly added: number; readonly removed: number } | null;
  readonly hunks: readonly StructuredPatchHunk[];
  readonly unshown: Unshown | null;
}

/** The costs that comparing may have. */
export interface Effort {
  /** For one file, ms: beyond it is too different. */
  readonly fileMs: number;
  /** For all files, ms: those that are left are too different as well. */
  readonly totalMs: number;
  /** Lines of context around a difference. */
  readonly context: number;
  /** Leave the thread to others after each step: what takes long takes several times as long then. */
  readonly inTurns: boolean;
}

/** For a command that does nothing else: 20,000 lines with few edits take 12 ms, the worst gives up after 0.5 s (measured). */
export const thorough: Effort = { fileMs: 500, totalMs: 5000, context: 3, inTurns: false };
/** For a running program, which has other things to do. */
export const brief: Effort = { fileMs: 250, totalMs: 1000, context: 3, inTurns: true };

/** Of larger files, only the hashes are compared, bytes. */
const mostTextBytes = 2 * 1024 * 1024;
/** Lines that were added or removed, at most: comparing costs their square. */
const mostEdits = 2000;

/** The files that are different, by path. Never throws for what they hold. */
export async function compare(before: Side, after: Side, effort: Effort): Promise<readonly FileDifference[]> {
  // Loading the library is no part of what comparing costs.
  await import('diff');
  const until = performance.now() + effort.totalMs;
  const found: FileDifference[] = [];
  for (const pair of pairsOf(before.files, after.files)) {
    found.push(await compareFile(pair, before, after, effort, until));
  }
  return found;
}

interface Pair {
  readonly path: string;
  readonly was: ComparedFile | null;
  readonly is: ComparedFile | null;
}

function pairsOf(before: readonly ComparedFile[], after: readonly ComparedFile[]): Pair[] {
  const old = new Map(before.map((file) => [file.path, file]));
  const now = new Map(after.map((file) => [file.path, file]));
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort(compareCodeUnits)
    .map((path) => ({ path, was: old.get(path) ?? null, is: now.get(path) ?? null }))
    .filter(({ was, is }) => was?.sha256 !== is?.sha256 || was?.executable !== is?.executable);
}

async function compareFile(
  { path, was, is }: Pair,
  before: Side,
  after: Side,
  effort: Effort,
  until: number,
): Promise<FileDifference> {
  const base = { path, change: changeOf(was, is), before: was, after: is, hunks: [] };
  const unshown = (why: Unshown): FileDifference => ({ ...base, lines: null, unshown: why });
  if (was?.sha256 === is?.sha256) return { ...base, lines: { added: 0, removed: 0 }, unshown: null };
  if (Math.max(was?.size ?? 0, is?.size ?? 0) > mostTextBytes) return unshown('large');
  const old = was === null ? Buffer.alloc(0) : await before.content(was);
  const now = is === null ? Buffer.alloc(0) : await after.content(is);
  if (old === null || now === null) return unshown('unavailable');
  const texts = [textOf(old), textOf(now)] as const;
  const [oldText, newText] = texts;
  if (oldText === null || newText === null) return unshown('binary');
  if (was === null || is === null) return { ...base, ...wholeFile(was === null, oldText + newText) };
  const left = Math.min(effort.fileMs, until - performance.now());
  const hunks = left <= 0 ? null : await hunksOf(oldText, newText, effort, left);
  return hunks === null ? unshown('different') : { ...base, lines: countLines(hunks), hunks, unshown: null };
}

function changeOf(was: ComparedFile | null, is: ComparedFile | null): FileDifference['change'] {
  if (was === null) return 'added';
  if (is === null) return 'removed';
  return was.sha256 === is.sha256 ? 'mode' : 'changed';
}

/** null: it is no text. */
function textOf(content: Buffer): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}

/** A file that only one side has: there is nothing to compare. */
function wholeFile(isAdded: boolean, text: string): Pick<FileDifference, 'lines' | 'hunks' | 'unshown'> {
  const lines = text.split('\n');
  const endsWhole = lines.at(-1) === '';
  if (endsWhole) lines.pop();
  const count = lines.length;
  const mark = isAdded ? '+' : '-';
  const counted = isAdded ? { added: count, removed: 0 } : { added: 0, removed: count };
  if (count === 0) return { lines: counted, hunks: [], unshown: null };
  const [oldLines, newLines] = isAdded ? [0, count] : [count, 0];
  const places = { oldStart: Math.min(1, oldLines), oldLines, newStart: Math.min(1, newLines), newLines };
  const shown = lines.map((line) => `${mark}${line}`);
  const end = endsWhole ? [] : [noNewline];
  return { lines: counted, hunks: [{ ...places, lines: [...shown, ...end] }], unshown: null };
}

/** As every patch has it. */
const noNewline = '\\ No newline at end of file';

/** null: it takes longer than it may, or they are too different. */
async function hunksOf(
  before: string,
  after: string,
  { context, inTurns }: Effort,
  timeout: number,
): Promise<readonly StructuredPatchHunk[] | null> {
  const { structuredPatch } = await import('diff');
  const options = { context, timeout, maxEditLength: mostEdits };
  if (!inTurns) return structuredPatch('', '', before, after, '', '', options)?.hunks ?? null;
  return new Promise((resolve) => {
    structuredPatch('', '', before, after, '', '', {
      ...options,
      callback: (patch) => resolve(patch?.hunks ?? null),
    });
  });
}

function countLines(hunks: readonly StructuredPatchHunk[]): { added: number; removed: number } {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const count = (mark: string): number => lines.filter((line) => line.startsWith(mark)).length;
  return { added: count('+'), removed: count('-') };
}
