/** A token kept in a file by somebody else, who may write it in place or put a new file in its stead. */
import { type FSWatcher, type Stats, unwatchFile, watch, watchFile } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkToken, type Reading } from './token-reading.js';

/** A file above this holds no token. */
const mostBytes = 64 * 1024;
/** How often the file is looked at besides its folder's events, which are lost when the folder or a link is replaced. */
const lookEveryMs = 2000;

/** The file's content, trimmed. Plain text only. */
export async function readTokenFile(path: string): Promise<Reading> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) return { ok: false, problem: `malformed:${path}` };
    return checkToken(await readFile(path, 'utf8'), path);
  } catch (error) {
    const code = codeOf(error);
    return {
      ok: false,
      problem: code === 'ENOENT' ? `file-missing:${path}` : `file-unreadable:${code}:${path}`,
    };
  }
}

/** The code of a file system's error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

/**
 * Calls `listener` when the file is there and differs from when it was last looked at, by inode, size or time. Keeps no
 * process alive.
 * @returns how to stop
 */
export function watchTokenFile(path: string, listener: () => void, signal: AbortSignal): () => void {
  let known: string | null = null;
  const seen = (stats: Stats): void => {
    const signature =
      stats.ino === 0 && stats.mtimeMs === 0 ? null : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
    const differs = signature !== null && signature !== known;
    known = signature;
    if (differs) listener();
  };
  const look = (): void => {
    stat(path).then(seen, () => {
      known = null;
    });
  };
  const poll = (now: Stats): void => seen(now);
  const first = stat(path).then(
    (stats) => {
      known = `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
    },
    () => {},
  );
  const folder = watchFolder(path, () => void first.then(look));
  watchFile(path, { interval: lookEveryMs, persistent: false }, poll);
  const stop = (): void => {
    folder?.close();
    unwatchFile(path, poll);
  };
  signal.addEventListener('abort', stop, { once: true });
  return stop;
}

/** Null where the folder cannot be watched (it is not there yet): looking now and then has to do. */
function watchFolder(path: string, changed: () => void): FSWatcher | null {
  try {
    const watcher = watch(dirname(path), { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
