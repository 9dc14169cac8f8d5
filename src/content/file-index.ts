/**
 * The content that an earlier run read of each function, in `.tcb-watch/files.json`: a file whose state is still the same is not read again at
 * the next start. As in git's index, a state counts only if it had stood long enough when it was seen (`isRacy`), and a file that
 * may hold a secret is read each time.
 */

import { lstat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import { errnoOf } from '../system/errno.js';
import { parseJson } from '../system/json.js';
import { readTextFile } from '../system/text-file.js';
import type { FileStat } from './disk.js';
import type { ScannedFile, ScannedFiles } from './read.js';

/** The facts that are known of one function's content. */
export interface KnownContent {
  readonly files: ScannedFiles;
  /** The content in whose code nothing was found that would keep it from running; null: not known. */
  readonly faultless: Fingerprint | null;
}

export interface FileIndex {
  /** The content that an earlier run knew of a function, once: whoever asks again knows more by then. null: nothing. */
  take(name: FunctionName): KnownContent | null;
  /** The same, for as long as nobody has taken it: a run that ends early has not asked for all of it. */
  untaken(name: FunctionName): KnownContent | null;
  /**
   * Writes what is known now, where that is something else than what is there. What the disk refuses only costs time at the next
   * start.
   * @param breathe awaited between two functions
   */
  write(
    contents: Iterable<readonly [FunctionName, KnownContent]>,
    breathe: () => Promise<void> | undefined,
  ): Promise<void>;
}

/** Nothing is known, and nothing is kept. */
export const noFileIndex: FileIndex = {
  take: () => null,
  untaken: () => null,
  write: async () => undefined,
};

const fileName = 'files.json';
/** Two hundred thousand files take 40 MB. */
const mostBytes = 64 * 1024 * 1024;

const decimal = z.string().regex(/^\d{1,20}$/);
/** Path in the zip, where it lies (null: there, below `dir`), the state in five numbers, hash, executable, size in a zip. */
const row = z.tuple([
  z.string(),
  z.string().nullable(),
  z.number(),
  decimal,
  decimal,
  decimal,
  z.number(),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.boolean(),
  z.number().nullable(),
]);
type Row = z.infer<typeof row>;

/** The functions are checked one by one, each when its files are looked at: ten thousand files at once would block the thread. */
const indexFile = z.object({
  v: z.literal(1),
  maker: z.string(),
  functions: z.array(z.looseObject({ name: z.string() })),
});
const indexed = z.object({ dir: z.string(), faultless: z.string().nullable(), files: z.array(row) });

/**
 * @param folder the `.tcb-watch` folder
 * @param maker the version of this program and of what it parses code with: others may find other things in the same files
 * @param mayWrite asked before each write: false where another process writes it, or nobody does
 */
export async function openFileIndex(
  folder: string,
  maker: string,
  mayWrite: () => Promise<boolean>,
): Promise<FileIndex> {
  const path = join(folder, fileName);
  const known = await read(path, maker);
  const pages = createPages();
  let onDisk: readonly string[] | null = null;

  return {
    take(name) {
      const content = contentOf(known.get(name));
      known.delete(name);
      return content;
    },
    untaken: (name) => contentOf(known.get(name)),
    async write(contents, breathe) {
      const now: string[] = [];
      for (const [name, content] of contents) {
        now.push(pages.of(name, content));
        const pause = breathe();
        if (pause !== undefined) await pause;
      }
      if (onDisk?.length === now.length && onDisk.every((page, index) => page === now[index])) return;
      if (!(await mayWrite())) return;
      const text = `{"v":1,"maker":${JSON.stringify(maker)},"functions":[${now.join(',')}]}\n`;
      if (await replace(path, text)) onDisk = now;
    },
  };
}

/** JSON of each function, which is mostly the same in the next write. */
function createPages(): { of(name: FunctionName, content: KnownContent): string } {
  const made = new WeakMap<ScannedFiles, { readonly faultless: Fingerprint | null; readonly page: string }>();
  return {
    of(name, { files, faultless }) {
      const before = made.get(files);
      if (before?.faultless === faultless) return before.page;
      const [first] = files.values();
      const dir = first === undefined ? '' : folderOf(first);
      const rows = [...files.values()].filter(isWorthKnowing).map((file) => rowOf(file, dir));
      const page = JSON.stringify({ name, dir, faultless, files: rows });
      made.set(files, { faultless, page });
      return page;
    },
  };
}

function isWorthKnowing({ racy, secret, stat }: ScannedFile): boolean {
  return !racy && secret === null && stat.kind === 'file';
}

/** Below which the file lies where its path in the zip says; '' if it comes from elsewhere. */
function folderOf({ path, file }: ScannedFile): string {
  const below = sep + path.split('/').join(sep);
  return file.endsWith(below) ? file.slice(0, -below.length) : '';
}

function fileIn(dir: string, path: string): string {
  return dir + sep + path.split('/').join(sep);
}

function rowOf({ path, file, stat, sha256, executable, packedBytes }: ScannedFile, dir: string): Row {
  const { size, mtimeNs, ctimeNs, ino, mode } = stat;
  const where = file === fileIn(dir, path) ? null : file;
  return [path, where, size, `${mtimeNs}`, `${ctimeNs}`, `${ino}`, mode, sha256, executable, packedBytes];
}

function fileOf(
  [path, where, size, mtime, ctime, ino, mode, sha256, executable, packedBytes]: Row,
  dir: string,
) {
  const [mtimeNs, ctimeNs] = [BigInt(mtime), BigInt(ctime)];
  const stat: FileStat = { kind: 'file', size, mtimeNs, ctimeNs, ino: BigInt(ino), mode };
  const file = where ?? fileIn(dir, path);
  const known: ScannedFile = {
    ...{ path, file, stat, executable, sha256, packedBytes },
    ...{ seenAt: 0, racy: false, secret: null },
  };
  return known;
}

async function read(path: string, maker: string): Promise<Map<FunctionName, unknown>> {
  const text = await readTextFile(path, { mostBytes });
  const parsed = text.ok ? indexFile.safeParse(parseJson(text.text)) : null;
  if (parsed?.success !== true || parsed.data.maker !== maker) return new Map();
  return new Map(parsed.data.functions.map((known) => [known.name, known]));
}

function contentOf(known: unknown): KnownContent | null {
  const parsed = indexed.safeParse(known);
  if (!parsed.success) return null;
  const { dir, faultless, files } = parsed.data;
  return { files: new Map(files.map((one) => [one[0], fileOf(one, dir)])), faultless };
}

/** False: the disk refused it. */
async function replace(path: string, text: string): Promise<boolean> {
  try {
    // The library follows a link to what it replaces.
    if ((await lstat(path).catch(() => null))?.isSymbolicLink() === true) return false;
    await writeFileAtomic(path, text, { mode: 0o600, fsync: false });
    return true;
  } catch (error) {
    errnoOf(error);
    return false;
  }
}
