import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, type FileMap, type PackedFile } from '../model.js';
import { createOnce, eachLimited } from './tasks.js';

/** Open files at a time: enough to keep the four threads of Node's pool busy, far below any descriptor limit. */
const AT_ONCE = 16;

/** Files up to this size are written at once: four times as fast as through Node's pool. */
const SMALL_BYTES = 64 * 1024;
/** How long such writing may hold the thread. */
const SLICE_MS = 4;

/** Writes files into a new folder. Rejects with the system's error. */
export async function writeTree(folder: string, files: FileMap): Promise<void> {
  const folders = new Set([folder, ...[...files.keys()].map((path) => dirname(join(folder, path)))]);
  await eachLimited(folders, AT_ONCE, async (path) => {
    await mkdir(path, { recursive: true });
  });
  let begun = performance.now();
  for (const [path, file] of files) {
    if (file.content.length > SMALL_BYTES) await writeFile(join(folder, path), file.content);
    else writeFileSync(join(folder, path), file.content);
    // Set apart from the write, because the umask would cut the bits.
    if (file.executable) await chmod(join(folder, path), 0o755);
    if (performance.now() - begun < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    begun = performance.now();
  }
}

/** Reads every regular file below a folder. Rejects with the system's error. */
export async function readTree(folder: string): Promise<FileMap> {
  const paths = (await pathsBelow(folder, '')).sort();
  const files = new Map<string, PackedFile>();
  await eachLimited(paths, AT_ONCE, async (path) => {
    const [content, stats] = await Promise.all([readFile(join(folder, path)), stat(join(folder, path))]);
    files.set(path, { content, executable: (stats.mode & 0o111) !== 0 });
  });
  return new Map(
    [...files].sort(([left], [right]) => {
      return left < right ? -1 : 1;
    }),
  );
}

async function pathsBelow(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) return pathsBelow(folder, path);
    return entry.isFile() ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

/** Deletes a file or folder that may not be there. Windows keeps files open for a moment, hence the retries. */
export const removeTree = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });

/** Renames; on Windows a virus scanner may hold the source for a moment (EPERM, EBUSY, EACCES), so it retries. */
export async function renamePath(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const held = process.platform === 'win32' && ['EPERM', 'EBUSY', 'EACCES'].includes(errorCode(error));
      if (!held || tries === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * tries));
    }
  }
}

/** The names in a folder, with whether each is a folder; nothing when it is not there. */
export async function namesIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A temporary folder for copies of functions to run. */
export interface Scratch {
  /** The folder, made on demand. */
  scratch(): Promise<string>;
  /** Deletes what `scratch` made. */
  close(): Promise<void>;
}

/** A temporary folder made at its first use, its name starting with `prefix`, and gone after `close`. */
export function createScratch(prefix: () => string): Scratch {
  let made: string | null = null;
  const scratch = createOnce(async () => {
    made = await mkdtemp(prefix());
    return made;
  });
  return {
    scratch,
    close: async () => {
      if (made !== null) await removeTree(made);
    },
  };
}
