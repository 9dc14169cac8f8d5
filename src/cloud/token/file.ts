/** A token kept in a file by somebody else, who may write it in place or put a new file in its stead. */
import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { notUtf8, readTextFile, tooLarge } from '../../system/text-file.js';
import { checkToken, noToken, type Reading } from './reading.js';

/** A file above this holds no token. */
const mostBytes = 64 * 1024;
/**
 * From an event in its folder to the look. Who replaces the file writes another one first and then renames it: on Windows a look is
 * an open handle for a moment, and a look at the first event would have the rename refused.
 */
const gatherMs = 50;
/** How often the file is looked at where its folder cannot be watched. */
const lookEveryMs = 2000;
/** The same, in addition to the events of its folder and of the one above, which are lost when a link on the way to it is replaced. */
const lookSeldomMs = 30_000;

/** The file's content, trimmed. Plain text only. */
export async function readTokenFile(path: string): Promise<Reading> {
  const read = await readTextFile(path, { mostBytes });
  if (read.ok) return checkToken(read.text, path);
  switch (read.code) {
    case 'ENOENT':
      return noToken(`file-missing:${path}`);
    case notUtf8:
    case tooLarge:
      return noToken(`malformed:${path}`);
    default:
      return noToken(`file-unreadable:${read.code}:${path}`);
  }
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
  let gathering: NodeJS.Timeout | undefined;
  const lookSoon = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      look();
    }, gatherMs).unref();
  };
  let folder: FSWatcher | null = null;
  let above: FSWatcher | null = null;
  let timer: NodeJS.Timeout | undefined;
  const own = dirname(path);
  /** Watches the folder that is there now; the next time after a while, or as soon as this one goes. */
  const arm = (): void => {
    if (stopped) return;
    folder?.close();
    above?.close();
    clearTimeout(timer);
    // Windows says nothing of a folder's own coming and going to who watches it, and goes on watching one that was renamed away.
    above = watchQuietly(dirname(own), (kind, name) => {
      if (kind === 'rename' && (name === null || name === basename(own))) armSoon();
    });
    folder = watchQuietly(own, (kind, name) => {
      lookSoon();
      // A change of the folder itself bears its own name.
      if (kind === 'rename' && name === basename(own)) setImmediate(armAndLook);
    });
    timer = setTimeout(armAndLook, folder === null ? lookEveryMs : lookSeldomMs);
    timer.unref();
  };
  let arming: NodeJS.Timeout | undefined;
  /** A folder that is put in place of another may come in two steps, and each step is an event. */
  const armSoon = (): void => {
    arming ??= setTimeout(() => {
      arming = undefined;
      armAndLook();
    }, gatherMs).unref();
  };
  const armAndLook = (): void => {
    arm();
    look();
  };
  arm();
  const stop = (): void => {
    stopped = true;
    clearTimeout(gathering);
    clearTimeout(arming);
    clearTimeout(timer);
    folder?.close();
    above?.close();
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
function watchQuietly(folder: string, heard: (kind: string, name: string | null) => void): FSWatcher | null {
  try {
    const watcher = watch(folder, { persistent: false }, heard);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
