/** A token kept in a file by somebody else, who may write it in place or put a new file in its stead. */
import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
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
  let known = signatureNow(path);
  let stopped = false;
  const seen = (signature: string | null): void => {
    const differs = signature !== null && signature !== known && !stopped;
    known = signature;
    if (differs) listener();
  };
  const look = (): void => {
    stat(path).then(
      (stats) => seen(signatureOf(stats)),
      () => seen(null),
    );
  };
  const folder = watchFolder(path, look);
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  const stop = (): void => {
    stopped = true;
    clearInterval(timer);
    folder?.close();
  };
  signal.addEventListener('abort', stop, { once: true });
  return stop;
}

const signatureOf = (stats: Stats): string => `${stats.ino}:${stats.size}:${stats.mtimeMs}`;

/** At once, so that a change right after the start of watching is a change. */
function signatureNow(path: string): string | null {
  try {
    return signatureOf(statSync(path));
  } catch {
    return null;
  }
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
