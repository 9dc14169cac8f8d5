/** The `.tcb-watch` folder next to the configuration: made for its owner alone, and kept out of git by its own .gitignore. */
import type { Dirent } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/model.js';
import { errnoOf } from '../system/errno.js';
import { isOwnedByUs } from '../system/owner.js';

const stateFolderName = '.tcb-watch';

export function stateFolderOf(config: Pick<Config, 'folder'>): string {
  return join(config.folder, stateFolderName);
}

/** Where the results of `"build": "esbuild"` lie, with their source maps next to them. */
export function buildsFolderOf(config: Pick<Config, 'folder'>): string {
  return join(stateFolderOf(config), 'builds');
}

/** Something in `.tcb-watch` that this program did not put there: nothing is read, written or removed through it. */
export interface Intruder {
  /** Absolute. */
  readonly path: string;
  readonly why: 'link' | 'owner' | 'special';
}

/** How deep folders of ours hold folders of ours: `emulator/dev/pay`. */
const deepestOwn = 3;

/**
 * A link, a pipe, or something of another user, among the files and folders that this program keeps: a repository can bring them along, to
 * have what lies elsewhere overwritten or removed. null: there is none, or no such folder.
 */
export async function findIntruder(folder: string): Promise<Intruder | null> {
  const stats = await lstat(folder).catch(() => null);
  if (stats === null) return null;
  if (stats.isSymbolicLink()) return { path: folder, why: 'link' };
  if (!isOwnedByUs(stats)) return { path: folder, why: 'owner' };
  return intruderIn(folder, 1);
}

async function intruderIn(folder: string, depth: number): Promise<Intruder | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // The folder that a killed emulator leaves of its runs holds links of ours, and is only ever removed whole.
    if (entry.name.startsWith('.run-')) continue;
    if (entry.isSymbolicLink()) return { path, why: 'link' };
    // To open a pipe would wait for somebody at its other end.
    if (entry.isFIFO() || entry.isBlockDevice() || entry.isCharacterDevice()) return { path, why: 'special' };
    // A running program writes and removes files here all the time.
    const stats = depth === 1 ? await lstat(path).catch(() => null) : null;
    if (stats !== null && !isOwnedByUs(stats)) return { path, why: 'owner' };
    const found = entry.isDirectory() && depth < deepestOwn ? await intruderIn(path, depth + 1) : null;
    if (found !== null) return found;
  }
  return null;
}

/** Where a dry run builds what it has to look at: a new folder for each, which nobody can have made before. */
export function makeDryRunFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tcb-watch-builds-'));
}

/** Makes the folder where it is missing. A file system that refuses is data: the code of the error, or null. */
export async function makeStateFolder(folder: string): Promise<string | null> {
  try {
    const there = await lstat(folder).catch(() => null);
    if (there?.isSymbolicLink() === true) return 'ELOOP';
    if (there !== null && !isOwnedByUs(there)) return 'EPERM';
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    // One that somebody else's tool made may be open to others.
    if (made === undefined) await chmod(folder, 0o700);
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 }).catch(unlessThere);
    return null;
  } catch (error) {
    return errnoOf(error);
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** The files that a killed process leaves: half-written ledgers (write-file-atomic's names), half-made secrets, the watcher's self-test, sockets without their name. */
const leftover = /^((?:ledger|files)\.json\.\d+|probe\.key\..+|watch-test-.+|\.[0-9a-f]{6})$/;

/** Removes what dead processes left behind. Only for the holder of the folder's lock. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const paths = names.filter((name) => leftover.test(name)).map((name) => join(folder, name));
  await Promise.allSettled(paths.map((path) => rm(path, { recursive: true, force: true })));
}
