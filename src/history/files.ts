/**
 * Files of the history folder: plain ones of ours in plain folders of ours, and nothing else. A repository may bring a
 * `.tcb-watch` along, so a link, or what belongs to another user, is never followed, read, replaced or removed through.
 */
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { retriedWhileHeld } from '../system/held.js';
import { noFollow, readOnly } from '../system/open-flags.js';
import { isOwnedByUs } from '../system/owner.js';

/** As the system has it for what may not be gone through. */
export const refusedCode = 'ELOOP';

/** The entry that lies there itself, if it is ours; null: nothing. Throws what the system says, and `ELOOP` for what is not ours. */
export async function lookAt(path: string): Promise<Stats | null> {
  const stats = await lstat(path).catch(unlessAbsent);
  if (stats !== null && (stats.isSymbolicLink() || !isOwnedByUs(stats))) throw refusal(path);
  return stats;
}

function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function refusal(path: string): Error {
  return Object.assign(new Error(`${refusedCode}: ${path} was not made by tcb-watch`), { code: refusedCode });
}

/** Makes the folder for its owner alone where it is missing: true then. Its parent must be there. */
export async function makeFolder(path: string): Promise<boolean> {
  const stats = await lookAt(path);
  if (stats?.isDirectory() === true) return false;
  if (stats !== null) throw refusal(path);
  await mkdir(path, { mode: 0o700 });
  return true;
}

/** The bytes of a file of ours; null: there is none, or more than `most` bytes. Throws as `lookAt` does. */
export async function readOwn(path: string, most: number): Promise<Buffer | null> {
  if ((await lookAt(path)) === null) return null;
  // Its owner may remove it between the two: a version that leaves is none.
  const handle = await open(path, readOnly | noFollow).catch(unlessAbsent);
  if (handle === null) return null;
  try {
    const stats = await handle.stat();
    if (!isOwnedByUs(stats)) throw refusal(path);
    return stats.isFile() && stats.size <= most ? await handle.readFile() : null;
  } finally {
    await handle.close();
  }
}

let written = 0;

/**
 * Writes it under another name and renames it: a crash leaves the old one or the new one. Not forced onto the disk: what is read
 * is checked by its hash, and a file that a power cut spoils costs one version.
 * @param temporary a folder of ours on the same file system
 */
export async function writeOwn(path: string, parts: readonly Uint8Array[], temporary: string): Promise<void> {
  written += 1;
  const draft = join(temporary, `${process.pid}-${written}-${basename(path)}`);
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      const { bytesWritten } = await handle.writev([...parts]);
      // A disk that is full takes a part without a word, and says so only when the rest is written.
      if (bytesWritten < lengthOf(parts)) await handle.writeFile(Buffer.concat(parts).subarray(bytesWritten));
    } finally {
      await handle.close();
    }
    await lookAt(dirname(path));
    await retriedWhileHeld(() => rename(draft, path));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Removes one file, or a folder with all that is in it; a link is removed itself. */
export async function removeOwn(path: string): Promise<void> {
  await retriedWhileHeld(() => rm(path, { recursive: true, force: true }));
}
