/**
 * One process at a time per state folder. The lock is the kernel's, on an open file: whoever dies lets go of it, however it
 * dies. The file says who holds it, for the one who meets it. Where there is no such lock, a socket is it: it is bound by one process
 * alone, and a dead one does not answer.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { causeOf } from '../system/errno.js';
import { parseJson } from '../system/json.js';
import { noFollow, noWait } from '../system/open-flags.js';
import {
  type Bound,
  bindAt,
  identityOf,
  isAnswering,
  isOurSocket,
  isSocketOf,
  lockPlacesFor,
  removeDeadSocket,
  removeSocket,
} from '../system/socket.js';
import { readTextFileSync } from '../system/text-file.js';
import { makeStateFolder } from './folder.js';

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
  /** Whether it is still this process's. A lock that was removed (`git clean -fdx` does) is taken again, unless somebody else has it. */
  keep(): Promise<Kept>;
  /** Lets go, and removes the file. Can be called more than once; works while the process ends. */
  release(): void;
}

/** `again`: it was gone, and is ours once more. `lost`: another process has it; null: it does not say which. */
export type Kept =
  | { readonly type: 'ours' }
  | { readonly type: 'again' }
  | { readonly type: 'lost'; readonly holder: Holder | null };

export type LockOutcome =
  /** `bound`: the socket is the lock, and the place where this process is to listen. */
  | { readonly type: 'taken'; readonly lock: Lock; readonly bound: Bound | null }
  /** `holder` null: the file does not say who it is. `socket`: where it may answer all the same. */
  | { readonly type: 'held'; readonly holder: Holder | null; readonly socket: string | null }
  /** There can be no lock here (a file system without locks and sockets): the error's code, or what it says. */
  | { readonly type: 'unavailable'; readonly code: string; readonly holder: Holder | null };

const fileName = 'daemon.lock';
const appendAndRead = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | noWait;
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

/**
 * Takes the lock of this folder, or says who has it. What a killed holder left behind is removed. Where the system gives no lock on a
 * file (an add-on that cannot be loaded, a file system, a folder that is not there), a socket that only one process can bind is the lock.
 * @param sockets where that is, in the order of preference; none: there is no such lock
 */
export async function takeLock(
  folder: string,
  holder: Holder,
  name = fileName,
  sockets: readonly string[] = lockPlacesFor(folder),
): Promise<LockOutcome> {
  const path = join(folder, name);
  const attempt = await tryUntilStill(path);
  if (attempt === 'held') return heldBy(await readHolder(path));
  // Through a link nothing is done at all.
  if ('code' in attempt && attempt.code === 'ELOOP')
    return { type: 'unavailable', code: attempt.code, holder: null };
  const before = parseHolder(path);
  const answers = before !== null && (await isAnsweringFor(folder, before));
  if ('code' in attempt) return answers ? heldBy(before) : takeSocket(path, sockets, holder, attempt.code);
  // It could not lock the file, and has the socket instead.
  if (answers) {
    closeSync(attempt.descriptor);
    return heldBy(before);
  }
  if (before?.socket != null && isSocketOf(folder, before.socket)) removeSocket(before.socket);
  return { type: 'taken', lock: keepLock(path, attempt.descriptor, holder), bound: null };
}

/** Whether who is named in the file of this folder lives: somebody answers at its socket. */
async function isAnsweringFor(folder: string, { socket }: Holder): Promise<boolean> {
  if (socket === null || !isSocketOf(folder, socket) || !isOurSocket(socket)) return false;
  return isAnswering(socket);
}

/** Takes an emulator's store for this process, and makes its folder. Rejects with the system's error where it cannot be made. */
export async function takeStore(store: string): Promise<LockOutcome> {
  await mkdir(store, { recursive: true });
  const holder = { v: 1, pid: process.pid, role: 'emulator', socket: null, endpoint: 'emulator' } as const;
  // Nothing but functions may lie in a store.
  const sockets = lockPlacesFor(store).slice(-1);
  return takeLock(store, { ...holder, config: null, version: '' }, storeLockName, sockets);
}

type Attempt = { readonly descriptor: number } | { readonly code: string } | 'held' | 'moved';

async function tryUntilStill(path: string): Promise<Exclude<Attempt, 'moved'>> {
  for (;;) {
    const attempt = await tryOnce(path);
    if (attempt !== 'moved') return attempt;
  }
}

async function tryOnce(path: string): Promise<Attempt> {
  let descriptor: number | null = null;
  const givenUp = (outcome: Attempt): Attempt => {
    if (descriptor !== null) closeSync(descriptor);
    return outcome;
  };
  try {
    descriptor = openSync(path, appendAndRead | noFollow, 0o600);
    if (!fstatSync(descriptor).isFile()) return givenUp({ code: 'EINVAL' });
    const { tryLock } = await import('fs-native-extensions');
    if (!tryLock(descriptor, ...range)) return givenUp('held');
    return isSameFile(path, descriptor) ? { descriptor } : givenUp('moved');
  } catch (error) {
    return givenUp({ code: causeOf(error) });
  }
}

/** Its last holder may have removed the file between our opening and our locking it. */
function isSameFile(path: string, descriptor: number): boolean {
  const opened = fstatSync(descriptor, { bigint: true });
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
}

function heldBy(holder: Holder | null): LockOutcome {
  return { type: 'held', holder, socket: holder?.socket ?? null };
}

function keepLock(path: string, first: number, holder: Holder): Lock {
  let descriptor = first;
  let released = false;
  let keeping: Promise<Kept> | null = null;
  const release = (): void => {
    if (released) return;
    released = true;
    process.removeListener('exit', release);
    try {
      // Removed before it is let go: afterwards it may be another's already.
      if (isSameFile(path, descriptor)) rmSync(path);
    } catch {
      // A folder that has become read-only keeps the file; without the lock on it, it keeps nobody out.
    }
    closeSync(descriptor);
  };
  const takeAgain = async (): Promise<Kept> => {
    // A project that is gone as a whole is not made again.
    if (!existsSync(dirname(dirname(path)))) return { type: 'ours' };
    if ((await makeStateFolder(dirname(path))) !== null) return { type: 'ours' };
    const attempt = await tryUntilStill(path);
    if (attempt === 'held') return { type: 'lost', holder: await readHolder(path) };
    // Nobody else can have it either.
    if ('code' in attempt || released) {
      if ('descriptor' in attempt) closeSync(attempt.descriptor);
      return { type: 'ours' };
    }
    closeSync(descriptor);
    descriptor = attempt.descriptor;
    writeHolder(descriptor, holder);
    return { type: 'again' };
  };
  // An end without a farewell (a second interrupt) comes by here too.
  process.once('exit', release);
  writeHolder(descriptor, holder);
  return {
    async keep() {
      if (released || isSameFile(path, descriptor)) return { type: 'ours' };
      keeping ??= takeAgain().finally(() => {
        keeping = null;
      });
      return keeping;
    },
    release,
  };
}

function writeHolder(descriptor: number, holder: Holder): void {
  ftruncateSync(descriptor);
  writeSync(descriptor, `${JSON.stringify(holder)}\n`);
}

/** How often a place is tried whose socket nobody answers at: each time it is removed first. */
const socketTries = 3;

/** @param code why the file cannot be locked */
async function takeSocket(
  path: string,
  sockets: readonly string[],
  holder: Holder,
  code: string,
): Promise<LockOutcome> {
  for (const socket of sockets) {
    const outcome = await bindOrMeet(socket);
    if (outcome === 'met') return { type: 'held', holder: await readHolder(path), socket };
    if (outcome === null) continue;
    const own = { ...holder, socket };
    nameHolder(path, own);
    return { type: 'taken', lock: keepSocket(path, outcome, own), bound: outcome };
  }
  return { type: 'unavailable', code, holder: parseHolder(path) };
}

/** null: nobody can have this place. */
async function bindOrMeet(socket: string): Promise<Bound | 'met' | null> {
  for (let tries = 0; tries < socketTries; tries += 1) {
    const identity = identityOf(socket);
    const outcome = await bindAt(socket);
    if (outcome.ok) return outcome.bound;
    if (outcome.code !== 'EADDRINUSE') return null;
    if (await isAnswering(socket)) return 'met';
    if (identity !== null) removeDeadSocket(socket, identity);
  }
  return 'met';
}

/** Says in the file who has the socket, where there can be one. */
function nameHolder(path: string, holder: Holder): void {
  try {
    const descriptor = openSync(path, appendAndRead | noFollow, 0o600);
    if (fstatSync(descriptor).isFile()) writeHolder(descriptor, holder);
    closeSync(descriptor);
  } catch {
    // A folder that nobody can write into: others meet the socket itself.
  }
}

function keepSocket(path: string, bound: Bound, holder: Holder): Lock {
  let released = false;
  return {
    async keep() {
      if (released) return { type: 'ours' };
      if (existsSync(dirname(dirname(path)))) await makeStateFolder(dirname(path));
      const renewed = await bound.renew(false);
      if (renewed === 'ours') return { type: 'ours' };
      if (renewed === 'lost') return { type: 'lost', holder: await readHolder(path) };
      nameHolder(path, holder);
      return { type: 'again' };
    },
    release() {
      if (released) return;
      released = true;
      if (parseHolder(path)?.pid === holder.pid) rmSync(path, { force: true });
      bound.release();
    },
  };
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

/** A longer one is none of ours, bytes. */
const longestHolder = 64 * 1024;

/** Null for a file that is not there, not readable or not ours to understand: it may be being written this moment. */
function parseHolder(path: string): Holder | null {
  const read = readTextFileSync(path, longestHolder);
  return read.ok ? (holderSchema.safeParse(parseJson(read.text)).data ?? null) : null;
}
