/**
 * How the commands of one user talk to the running daemon: a socket in a folder that only its owner can enter (a named pipe
 * on Windows), one JSON object a line.
 */
import { hash, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, lstatSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from './errno.js';
import { isOwnedByUs } from './owner.js';
import { isSamePlace, spelledBySystem } from './paths.js';

/** Longer paths are cut by the system without a word: 108 bytes on Linux, 104 on macOS, one of them the end's zero. */
const longestPathBytes = 100;
const folderPrefix = 'tcb-watch-';
const socketName = 'daemon.sock';
const pipePrefix = `\\\\.\\pipe\\${folderPrefix}`;

/**
 * Where the daemon of this state folder is to listen: in a folder of its own in the system's temporary folder where the path
 * would be too long. Makes nothing: who does not get the lock must leave nothing.
 */
export function socketPathFor(folder: string): string {
  if (process.platform === 'win32') {
    const place = hash('sha256', folder, 'hex').slice(0, 16);
    // A name that nobody can guess: the default rights of a pipe let others read, and nothing is said unasked.
    return `${pipePrefix}${place}-${randomBytes(8).toString('hex')}`;
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

/**
 * Where the socket itself is to be the lock of this state folder, in the order of preference: the same for everybody who cannot lock the
 * folder otherwise. Makes nothing.
 */
export function lockPlacesFor(
  folder: string,
  user: number | null = process.getuid?.() ?? null,
): readonly string[] {
  const place = hash('sha256', spelledBySystem(folder), 'hex').slice(0, 16);
  if (process.platform === 'win32') return [`${pipePrefix}${place}`];
  const own = join(folder, socketName);
  const shared = join(shortPlace, `${folderPrefix}${user ?? 'lock'}-${place}`, socketName);
  return Buffer.byteLength(own) <= longestPathBytes ? [own, shared] : [shared];
}

/**
 * Whether a lock file that names this place can be believed: it is a socket of this program's kind, in a folder that this user alone can
 * enter. A repository can bring a lock file along that names any other: a service of this machine, or on Windows another machine.
 */
export function isOurSocket(path: string, platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32')
    return path.startsWith(pipePrefix) && !/[\\/]/.test(path.slice(pipePrefix.length));
  if (basename(path) !== socketName) return false;
  try {
    const [folder, socket] = [lstatSync(dirname(path)), lstatSync(path)];
    return folder.isDirectory() && isOwnedByUs(folder) && socket.isSocket() && isOwnedByUs(socket);
  } catch {
    return false; // it is gone: nobody listens there
  }
}

/** Whether a daemon of this state folder can have listened there: a lock file says so of any place it likes. */
export function isSocketOf(folder: string, path: string): boolean {
  if (process.platform === 'win32' || isTemporary(path)) return true;
  return basename(path) === socketName && isSamePlace(dirname(path), folder);
}

/** Removes a socket and the temporary folder that was made for it. Touches nothing that is not one. */
export function removeSocket(path: string): void {
  if (process.platform === 'win32' || basename(path) !== socketName) return;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path, { force: true });
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
  /**
   * Whoever removes the socket's file leaves it deaf: then it begins to listen again. `lost`: somebody else has the place.
   * @param mine whatever lies there may be removed: only for the holder of the folder's lock
   */
  renew(mine: boolean): Promise<'ours' | 'again' | 'lost'>;
  /** Ends every conversation and removes the socket. */
  close(): Promise<void>;
}

/** A place that is taken, and where nobody is answered yet: who comes by is turned away. */
export interface Bound extends Listening {
  /** Answers from now on. The end of that ends conversations; the place stays taken, and who comes by is turned away again. */
  serve(onConversation: (conversation: Conversation) => void): Listening;
  /** Lets go of it at once. Works while the process ends. */
  release(): void;
}

export type BindOutcome =
  | { readonly ok: true; readonly bound: Bound }
  /** The system's code: `EADDRINUSE` where a socket is there already. */
  | { readonly ok: false; readonly code: string };

export type ListenOutcome =
  | { readonly ok: true; readonly listening: Listening }
  | { readonly ok: false; readonly code: string };

/**
 * Begins to listen, in place of whatever socket is there: only the holder of the folder's lock may call this. A folder of mode 0700 is
 * made for a temporary one. A path that cannot be listened at is data: the system's code.
 */
export async function listenAt(
  path: string,
  onConversation: (conversation: Conversation) => void,
): Promise<ListenOutcome> {
  const outcome = await bindAt(path, true);
  if (!outcome.ok) return outcome;
  outcome.bound.serve(onConversation);
  return { ok: true, listening: outcome.bound };
}

/**
 * Takes a place that nobody has. The system sees to it that only one process can.
 * @param mine whatever socket is there is replaced
 */
export async function bindAt(path: string, mine = false): Promise<BindOutcome> {
  const sockets = new Set<Socket>();
  const turnAway = (conversation: Conversation): void => conversation.destroy();
  let answer = turnAway;
  const open = (own: boolean): Promise<Opened> =>
    openServer(path, own, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      answer(converse(socket));
    });
  const opened = await open(mine);
  if (!opened.ok) return opened;
  let { server, identity } = opened;
  let isClosed = false;
  const isThere = (): boolean => process.platform === 'win32' || identityOf(path) === identity;
  const remove = (): void => {
    if (isThere()) removeSocket(path);
  };
  const endConversations = async (): Promise<void> => {
    answer = turnAway;
    await Promise.all([...sockets].map(farewell));
  };
  // An end without a farewell (a second interrupt) comes by here too.
  process.once('exit', remove);
  const bound: Bound = {
    async renew(own) {
      // A socket that was let go of on purpose is not missed.
      if (isClosed || isThere()) return 'ours';
      const next = await open(own);
      if (!next.ok) return 'lost';
      server.close();
      ({ server, identity } = next);
      return 'again';
    },
    serve(onConversation) {
      answer = onConversation;
      return { renew: bound.renew, close: endConversations };
    },
    release() {
      isClosed = true;
      process.removeListener('exit', remove);
      remove();
      server.close();
    },
    async close() {
      bound.release();
      await endConversations();
    },
  };
  return { ok: true, bound };
}

type Opened =
  | { readonly ok: true; readonly server: Server; readonly identity: string | null }
  | { readonly ok: false; readonly code: string };

/**
 * Listens under a name of its own, which then becomes `path`: as a server closes, the system removes the name that it was bound to, whoever
 * has it by then.
 */
function openServer(path: string, own: boolean, onSocket: (socket: Socket) => void): Promise<Opened> {
  const isPipe = process.platform === 'win32';
  const refused = isPipe ? null : makePlace(path);
  if (refused !== null) return Promise.resolve({ ok: false, code: refused });
  const server = createServer(onSocket);
  const bound = isPipe ? path : join(dirname(path), `.${randomBytes(3).toString('hex')}`);
  return new Promise((resolve) => {
    server.once('error', (error) => resolve({ ok: false, code: errnoOf(error) }));
    server.listen(bound, () => {
      const code = isPipe ? null : publish(bound, path, own);
      if (code !== null) server.close();
      resolve(
        code === null
          ? { ok: true, server, identity: isPipe ? null : identityOf(path) }
          : { ok: false, code },
      );
    });
  });
}

/** @param own a socket at `path` is replaced. The system's code, `EADDRINUSE` where another socket is there; null: it is done. */
function publish(bound: string, path: string, own: boolean): string | null {
  try {
    chmodSync(bound, 0o600);
    const there = lstatSync(path, { throwIfNoEntry: false });
    // Nobody who finds it unanswered may take it for a dead socket, and remove it.
    if (there?.isSocket() === false) return 'ENOTSOCK';
    if (there !== undefined && !own) return 'EADDRINUSE';
    if (own) renameSync(bound, path);
    else linkSync(bound, path);
    return null;
  } catch (error) {
    const code = errnoOf(error);
    return code === 'EEXIST' ? 'EADDRINUSE' : code;
  } finally {
    rmSync(bound, { force: true });
  }
}

/** The folder of a temporary place: made, or there and its owner's alone. The system's code where it is not; null: it is. */
function makePlace(path: string): string | null {
  if (!isTemporary(path)) return null;
  const folder = dirname(path);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return null;
  } catch (error) {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    const isOurs = stats?.isDirectory() === true && isOwnedByUs(stats) && (stats.mode & 0o077) === 0;
    return isOurs ? null : errnoOf(error);
  }
}

/**
 * Removes a socket that nobody listens at any more, where it is still the one that was looked at: another process may have removed it and
 * begun to listen meanwhile.
 */
export function removeDeadSocket(path: string, identity: string): void {
  const aside = join(dirname(path), `.${randomBytes(3).toString('hex')}`);
  try {
    if (identityOf(path) !== identity) return;
    renameSync(path, aside);
    // Between these two lines, if ever.
    if (identityOf(aside) !== identity) linkSync(aside, path);
    rmSync(aside, { force: true });
  } catch {
    // It is gone, or there again: who comes next finds out by binding.
  }
}

/** Distinguishes a file from another that comes in its place: numbers are given again. null: nothing is there, or can be. */
export function identityOf(path: string): string | null {
  try {
    const { ino, birthtimeNs } = lstatSync(path, { bigint: true });
    return `${ino} ${birthtimeNs}`;
  } catch {
    // It is gone, a file lies in place of its folder, or nobody may look: binding there says the code.
    return null;
  }
}

/** Whether somebody listens there. */
export async function isAnswering(path: string): Promise<boolean> {
  const connected = await connectTo(path);
  if (connected.ok) connected.conversation.destroy();
  // Any other refusal is that of a socket that somebody has: too many wait at it, or it is another user's.
  return connected.ok || !['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(connected.code);
}

/** How long the last words may take to be read, ms. */
const farewellMs = 1000;

/** Lets what was sent arrive, and closes. */
function farewell(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), farewellMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.destroySoon();
  });
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
  // The error does not matter here: the close that follows is what counts.
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
