/**
 * How the commands of one user talk to the running daemon: a socket in a folder that only its owner can enter (a named pipe
 * on Windows), one JSON object a line.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isSamePlace } from './paths.js';

/** Longer paths are cut by the system without a word: 108 bytes on Linux, 104 on macOS, one of them the end's zero. */
const longestPathBytes = 100;
const folderPrefix = 'tcb-watch-';
const socketName = 'daemon.sock';

/**
 * Where the daemon of this state folder is to listen: in a folder of its own in the system's temporary folder where the path
 * would be too long. Makes nothing: who does not get the lock must leave nothing.
 */
export function socketPathFor(folder: string): string {
  if (process.platform === 'win32') {
    const place = createHash('sha256').update(folder).digest('hex').slice(0, 16);
    // A name that nobody can guess: the default rights of a pipe let others read, and nothing is said unasked.
    return `\\\\.\\pipe\\${folderPrefix}${place}-${randomBytes(8).toString('hex')}`;
  }
  const path = join(folder, socketName);
  if (Buffer.byteLength(path) <= longestPathBytes) return path;
  // Unguessable, so that nobody else can have made it before.
  const name = join(`${folderPrefix}${randomBytes(6).toString('hex')}`, socketName);
  const place = temporaryPlaces().find((each) => Buffer.byteLength(join(each, name)) <= longestPathBytes);
  return join(place ?? shortPlace, name);
}

/** Where there always is one, and short: the user's own may have a long name. */
const shortPlace = '/tmp';

function temporaryPlaces(): readonly string[] {
  return [tmpdir(), shortPlace];
}

/** Whether a daemon of this state folder can have listened there: a lock file says so of any place it likes. */
export function isSocketOf(folder: string, path: string): boolean {
  if (process.platform === 'win32' || isTemporary(path)) return true;
  return basename(path) === socketName && isSamePlace(dirname(path), folder);
}

/** Removes a socket and the temporary folder that was made for it. Touches nothing that is not one. */
export function removeSocket(path: string): void {
  if (process.platform === 'win32' || basename(path) !== socketName) return;
  unlinkSocket(path);
  if (!isTemporary(path)) return;
  try {
    rmdirSync(dirname(path));
  } catch {
    // Something else lies in it, or it is gone: not ours to remove, and in nobody's way.
  }
}

/** Lies in a folder that was made for it. */
function isTemporary(path: string): boolean {
  const folder = dirname(path);
  return temporaryPlaces().includes(dirname(folder)) && basename(folder).startsWith(folderPrefix);
}

function unlinkSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path, { force: true });
}

/** One end of a conversation. Values are JSON; what arrives is text for the receiver to parse strictly. */
export interface Conversation {
  send(value: unknown): void;
  /** Lets everything sent arrive, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  /** Lines in the order of arrival; none is lost if this is called in the turn in which the conversation began. */
  onLine(listener: (line: string) => void): void;
  /** Called once when the other end is gone, however it went. */
  onClosed(listener: () => void): void;
}

export interface Listening {
  /** Ends every conversation and removes the socket. */
  close(): Promise<void>;
}

export type ListenOutcome =
  | { readonly ok: true; readonly listening: Listening }
  | { readonly ok: false; readonly code: string };

/**
 * Begins to listen, in place of whatever socket is there: only the holder of the folder's lock may call this. A folder of mode 0700 is
 * made for a temporary one. A path that cannot be listened at is data: the system's code.
 */
export function listenAt(
  path: string,
  onConversation: (conversation: Conversation) => void,
): Promise<ListenOutcome> {
  const refused = process.platform === 'win32' ? null : clearPlace(path);
  if (refused !== null) return Promise.resolve({ ok: false, code: refused });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onConversation(converse(socket));
  });
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ ok: false, code: error.code ?? 'unknown' }),
    );
    server.listen(path, () => {
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      resolve({ ok: true, listening: listeningOf(server, path, sockets) });
    });
  });
}

/** The system's code where the place cannot be had; null: it is there and free. */
function clearPlace(path: string): string | null {
  try {
    if (isTemporary(path)) mkdirSync(dirname(path), { mode: 0o700 });
    else unlinkSocket(path);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** How long the last words may take to be read, ms. */
const farewellMs = 1000;

function listeningOf(server: Server, path: string, sockets: ReadonlySet<Socket>): Listening {
  const remove = (): void => removeSocket(path);
  // An end without a farewell (a second interrupt) comes by here too.
  process.once('exit', remove);
  return {
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, farewellMs);
        server.close(() => {
          clearTimeout(timer);
          process.removeListener('exit', remove);
          remove();
          resolve();
        });
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}

export type ConnectOutcome =
  | { readonly ok: true; readonly conversation: Conversation }
  /** Nobody listens there: the system's code. */
  | { readonly ok: false; readonly code: string };

export function connectTo(path: string): Promise<ConnectOutcome> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const onError = (error: NodeJS.ErrnoException): void =>
      resolve({ ok: false, code: error.code ?? 'unknown' });
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve({ ok: true, conversation: converse(socket) });
    });
  });
}

/** A line longer than this is no question of ours, bytes; an other end that does not read may keep so many waiting. */
const longestLineBytes = 1 << 20;
const mostUnreadBytes = 16 << 20;

function converse(socket: Socket): Conversation {
  const lines = createLines();
  let closed = false;
  let onClosed: (() => void) | null = null;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    if (!lines.take(text)) socket.destroy();
  });
  // What broke does not matter here: the close that follows is what counts.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    closed = true;
    onClosed?.();
  });
  return {
    send(value) {
      if (closed || socket.destroyed || socket.writableEnded) return;
      socket.write(`${JSON.stringify(value)}\n`);
      if (socket.writableLength > mostUnreadBytes) socket.destroy();
    },
    end: () => socket.destroySoon(),
    destroy: () => void socket.destroy(),
    onLine: (listener) => lines.listen(listener),
    onClosed(listener) {
      onClosed = listener;
      if (closed) listener();
    },
  };
}

interface Lines {
  /** False: a line grew too long. */
  take(text: string): boolean;
  listen(listener: (line: string) => void): void;
}

function createLines(): Lines {
  let rest = '';
  let listener: ((line: string) => void) | null = null;
  const early: string[] = [];
  return {
    take(text) {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        if (listener === null) early.push(line);
        else listener(line);
      }
      return rest.length <= longestLineBytes;
    },
    listen(next) {
      listener = next;
      for (const line of early.splice(0)) next(line);
    },
  };
}
