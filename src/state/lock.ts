/**
 * One process at a time per state folder. The lock is the kernel's, on an open file: whoever dies lets go of it, however it
 * dies. The file says who holds it, for the one who meets it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isSocketOf, removeSocket } from '../system/socket.js';
import { noFollow } from './folder.js';

const holderSchema = z.object({
  v: z.literal(1),
  pid: z.number().int().positive(),
  /** `push` holds it only until it is done, so it is worth waiting for. */
  role: z.enum(['watch', 'push', 'emulator']),
  /** Where it answers; null where it could not listen. */
  socket: z.string().nullable(),
  endpoint: z.string(),
  /** The configuration's file; null where there is none. */
  config: z.string().nullable(),
  version: z.string(),
});

/** Who holds the lock, as the file says it. */
export type Holder = z.infer<typeof holderSchema>;

export interface Lock {
  /** Lets go, and removes the file. Can be called more than once; works while the process ends. */
  release(): void;
}

export type LockOutcome =
  | { readonly type: 'taken'; readonly lock: Lock }
  /** `holder` null: the file does not say who it is. */
  | { readonly type: 'held'; readonly holder: Holder | null }
  /** There can be no lock here (a read-only folder, a file system without locks): the system's code. */
  | { readonly type: 'unavailable'; readonly code: string; readonly holder: Holder | null };

const fileName = 'daemon.lock';
const appendAndRead = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
/** In the folder of an emulator's store. */
export const storeLockName = 'emulator.lock';

/**
 * Windows keeps others from reading a locked range, so a byte far behind the text is locked there. macOS can lock whole
 * files only (fs-native-extensions, src/apple.c), and there as on Linux the lock keeps nobody from reading.
 */
const range: readonly [offset: number, length: number] = process.platform === 'win32' ? [2 ** 30, 1] : [0, 0];

/** How often the file's text is looked at when its holder has not written it yet: it does so right after locking. */
const readTries = 20;
const readEveryMs = 25;

/** Takes the lock of this folder, which must exist, or says who has it. What a killed holder left behind is removed. */
export async function takeLock(folder: string, holder: Holder, name = fileName): Promise<LockOutcome> {
  const path = join(folder, name);
  for (;;) {
    const attempt = await tryOnce(path);
    if (attempt === 'moved') continue;
    if (typeof attempt === 'string') return { type: 'held', holder: await readHolder(path) };
    if ('code' in attempt) return { type: 'unavailable', code: attempt.code, holder: parseHolder(path) };
    const before = parseHolder(path);
    if (before?.socket != null && isSocketOf(folder, before.socket)) removeSocket(before.socket);
    return { type: 'taken', lock: keepLock(path, attempt.descriptor, holder) };
  }
}

/** Takes an emulator's store for this process, and makes its folder. Rejects with the system's error where it cannot be made. */
export async function takeStore(store: string): Promise<LockOutcome> {
  await mkdir(store, { recursive: true });
  const holder = { v: 1, pid: process.pid, role: 'emulator', socket: null, endpoint: 'emulator' } as const;
  return takeLock(store, { ...holder, config: null, version: '' }, storeLockName);
}

type Attempt = { readonly descriptor: number } | { readonly code: string } | 'held' | 'moved';

async function tryOnce(path: string): Promise<Attempt> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, appendAndRead | noFollow, 0o600);
    const { tryLock } = await import('fs-native-extensions');
    if (!tryLock(descriptor, ...range)) {
      closeSync(descriptor);
      return 'held';
    }
    if (isSameFile(path, descriptor)) return { descriptor };
    closeSync(descriptor);
    return 'moved';
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    return { code: (error as NodeJS.ErrnoException).code ?? 'unsupported' };
  }
}

/** Its last holder may have removed the file between our opening and our locking it. */
function isSameFile(path: string, descriptor: number): boolean {
  const opened = fstatSync(descriptor, { bigint: true });
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

function keepLock(path: string, descriptor: number, holder: Holder): Lock {
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    process.removeListener('exit', release);
    try {
      // Removed before it is let go: afterwards it may be another's already.
      if (isSameFile(path, descriptor)) rmSync(path, { force: true });
    } catch {
      // A folder that has become read-only keeps the file; without the lock on it, it keeps nobody out.
    }
    closeSync(descriptor);
  };
  // An end without a farewell (a second interrupt) comes by here too.
  process.once('exit', release);
  ftruncateSync(descriptor);
  writeSync(descriptor, `${JSON.stringify(holder)}\n`);
  return { release };
}

/** Who is named as the holder, without trying the lock: whether it still lives is to be asked at its socket. */
export function namedHolder(folder: string): Holder | null {
  return parseHolder(join(folder, fileName));
}

async function readHolder(path: string): Promise<Holder | null> {
  for (let tries = 0; tries < readTries; tries += 1) {
    const holder = parseHolder(path);
    if (holder !== null) return holder;
    await new Promise((resolve) => setTimeout(resolve, readEveryMs));
  }
  return null;
}

/** Null for a file that is not there, not readable or not ours to understand. */
function parseHolder(path: string): Holder | null {
  try {
    return holderSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null;
  } catch {
    return null; // being written this moment, or left over by another program: it names nobody
  }
}
