/** One process at a time: by the kernel's lock on a file, else by the bind of a socket; and when either is removed meanwhile. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Holder, type Lock, type LockOutcome, namedHolder, takeLock } from '../../src/state/lock.js';
import { isOurSocket, lockPlacesFor } from '../../src/system/socket.js';
import { expectMode, needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

const holderOf = (pid: number): Holder => ({
  ...{ v: 1, pid, role: 'watch', socket: null, endpoint: 'e', config: null, version: '0' },
});

async function stateFolder(): Promise<string> {
  const folder = join(await temporaryFolder(), '.tcb-watch');
  await mkdir(folder);
  return folder;
}

function lockOf(outcome: LockOutcome): Lock {
  if (outcome.type !== 'taken') throw new Error(`not taken: ${JSON.stringify(outcome)}`);
  onTestFinished(() => outcome.lock.release());
  return outcome.lock;
}

const take = (folder: string, pid: number): Promise<LockOutcome> => takeLock(folder, holderOf(pid));

/** Its folder gives no lock on a file: a directory lies in its place. */
async function withoutFileLock(): Promise<string> {
  const folder = await stateFolder();
  await mkdir(join(folder, 'daemon.lock'));
  return folder;
}

/** A socket that a killed process left. */
async function deadSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await rename(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  await rename(`${path}.kept`, path);
}

describe('a lock on a file', () => {
  needs('replacing');

  it('that was removed is taken again, and says who has it', async () => {
    const folder = await stateFolder();
    const lock = lockOf(await take(folder, 1));
    expect(await lock.keep()).toEqual({ type: 'ours' });
    await rm(folder, { recursive: true });
    expect(await Promise.all([lock.keep(), lock.keep()])).toEqual([{ type: 'again' }, { type: 'again' }]);
    expect(namedHolder(folder)?.pid).toBe(1);
    expect(await lock.keep()).toEqual({ type: 'ours' });
    expect((await take(folder, 2)).type).toBe('held');
    lock.release();
    expect((await take(folder, 3)).type).toBe('taken');
  });

  it('that another process took meanwhile is lost, and not removed by the loser', async () => {
    const folder = await stateFolder();
    const lock = lockOf(await take(folder, 1));
    await rm(join(folder, 'daemon.lock'));
    lockOf(await take(folder, 2));
    expect(await lock.keep()).toMatchObject({ type: 'lost', holder: { pid: 2 } });
    lock.release();
    expect(namedHolder(folder)?.pid).toBe(2);
  });

  it('is not taken again by who lets go meanwhile', async () => {
    const folder = await stateFolder();
    const lock = lockOf(await take(folder, 1));
    await rm(join(folder, 'daemon.lock'));
    const kept = lock.keep();
    lock.release();
    expect(await kept).toEqual({ type: 'ours' });
    lockOf(await take(folder, 2));
    expect(namedHolder(folder)?.pid).toBe(2);
  });

  it('that nobody can take again counts as kept', async () => {
    const folder = await stateFolder();
    const lock = lockOf(await take(folder, 1));
    await rm(join(folder, 'daemon.lock'));
    await mkdir(join(folder, 'daemon.lock'));
    expect(await lock.keep()).toEqual({ type: 'ours' });
  });

  it('is not taken again in a project that is gone, or through a link', async () => {
    needs('links');
    const folder = await stateFolder();
    const lock = lockOf(await take(folder, 1));
    const outside = await temporaryFolder();
    await rm(folder, { recursive: true });
    await symlink(outside, folder);
    expect(await lock.keep()).toEqual({ type: 'ours' });
    expect(existsSync(join(outside, 'daemon.lock'))).toBe(false);
    await rm(join(folder, '..'), { recursive: true });
    expect(await lock.keep()).toEqual({ type: 'ours' });
    expect(existsSync(join(folder, '..'))).toBe(false);
  });
});

describe('where no file can be locked, the socket is the lock', () => {
  needs('sockets');

  it('one has it, others meet it, and the next one gets it', async () => {
    const folder = await withoutFileLock();
    const lock = lockOf(await take(folder, 1));
    const [socket = ''] = lockPlacesFor(folder);
    expect(await take(folder, 2)).toEqual({ type: 'held', holder: null, socket });
    expect(await lock.keep()).toEqual({ type: 'ours' });
    lock.release();
    expect(existsSync(socket)).toBe(false);
    // Who has let go takes nothing back, and takes nothing from the next one.
    expect(await lock.keep()).toEqual({ type: 'ours' });
    expect(existsSync(socket)).toBe(false);
    const next = lockOf(await take(folder, 3));
    lock.release();
    expect(await next.keep()).toEqual({ type: 'ours' });
    expect((await take(folder, 4)).type).toBe('held');
  });

  it('is bound in the next place where the first cannot be had, and there is none where no place can', async () => {
    const folder = await withoutFileLock();
    const [absent, good] = [join(folder, 'no', 'daemon.sock'), join(folder, 'daemon.sock')];
    const named = (places: readonly string[]) => takeLock(folder, holderOf(1), 'daemon.lock', places);
    expect(await named([absent])).toEqual({ type: 'unavailable', code: 'EISDIR', holder: null });
    lockOf(await named([absent, good]));
    expect(existsSync(good)).toBe(true);
  });

  it('what a killed process left is removed, and of many who come at once one gets it', async () => {
    const round = async (): Promise<void> => {
      const folder = await withoutFileLock();
      await deadSocket(lockPlacesFor(folder)[0] ?? '');
      const outcomes = await Promise.all(Array.from({ length: 12 }, (_, pid) => take(folder, pid + 1)));
      expect(outcomes.filter(({ type }) => type === 'taken')).toHaveLength(1);
      expect(outcomes.filter(({ type }) => type === 'unavailable')).toEqual([]);
      for (const outcome of outcomes) if (outcome.type === 'taken') outcome.lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, round));
  });

  it('one that was removed is bound again, or lost to who was quicker', async () => {
    const folder = await withoutFileLock();
    const [socket = ''] = lockPlacesFor(folder);
    const lock = lockOf(await take(folder, 1));
    await rm(socket);
    expect(await lock.keep()).toEqual({ type: 'again' });
    expect((await take(folder, 2)).type).toBe('held');
    await rm(socket);
    const other = lockOf(await take(folder, 3));
    expect((await lock.keep()).type).toBe('lost');
    lock.release();
    expect(await other.keep()).not.toMatchObject({ type: 'lost' });
    expect((await take(folder, 4)).type).toBe('held');
  });

  it('one whose project is gone does not make it again', async () => {
    const folder = await withoutFileLock();
    const lock = lockOf(await take(folder, 1));
    await rm(join(folder, '..'), { recursive: true });
    expect((await lock.keep()).type).not.toBe('again');
    expect(existsSync(join(folder, '..'))).toBe(false);
  });

  it('one whose folder is gone is bound in it again', async () => {
    const folder = await withoutFileLock();
    const lock = lockOf(await take(folder, 1));
    await rm(folder, { recursive: true });
    expect(await lock.keep()).toEqual({ type: 'again' });
    expect(existsSync(join(folder, '.gitignore'))).toBe(true);
  });

  it('what lies in its place and is no socket stays there, and the next place is the lock', async () => {
    const folder = await withoutFileLock();
    const [socket = ''] = lockPlacesFor(folder);
    await writeFile(socket, 'precious');
    lockOf(await take(folder, 1));
    expect((await take(folder, 2)).type).toBe('held');
    expect(await readFile(socket, 'utf8')).toBe('precious');
  });

  it('who has it is named in the file where there can be one, and the file goes with the lock', async () => {
    const folder = await withoutFileLock();
    const [socket = ''] = lockPlacesFor(folder);
    const file = join(folder, 'daemon.lock');
    const namedAgain = async (lock: Lock): Promise<void> => {
      await rm(file, { recursive: true });
      await rm(socket);
      expect(await lock.keep()).toEqual({ type: 'again' });
      expect(namedHolder(folder)).toEqual({ ...holderOf(1), socket });
      expectMode(file, 0o600);
    };
    const lock = lockOf(await take(folder, 1));
    await namedAgain(lock);
    lock.release();
    expect(existsSync(file)).toBe(false);
    await mkdir(file);
    const other = lockOf(await take(folder, 1));
    await namedAgain(other);
    await writeFile(file, JSON.stringify(holderOf(2)));
    other.release();
    expect(namedHolder(folder)?.pid).toBe(2);
  });

  it('who can lock the file meets who could not', async () => {
    const folder = await withoutFileLock();
    lockOf(await take(folder, 1));
    const [socket = ''] = lockPlacesFor(folder);
    await rm(join(folder, 'daemon.lock'), { recursive: true });
    await writeFile(join(folder, 'daemon.lock'), JSON.stringify({ ...holderOf(1), socket }));
    const open = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
    const before = open();
    for (let turn = 0; turn < 10; turn += 1)
      expect(await take(folder, 2)).toMatchObject({ type: 'held', holder: { pid: 1 }, socket });
    expect(open()).toBeLessThan(before + 5);
    expect(existsSync(socket)).toBe(true);
  });

  it('a folder that cannot hold a socket has one in the temporary folder', async () => {
    const folder = join(await temporaryFolder(), 'a-long-name-'.repeat(9), '.tcb-watch');
    await mkdir(join(folder, 'daemon.lock'), { recursive: true });
    const lock = lockOf(await take(folder, 1));
    expect((await take(folder, 2)).type).toBe('held');
    lock.release();
    for (const place of lockPlacesFor(folder)) expect(existsSync(join(place, '..'))).toBe(false);
  });
});

describe('a place that a lock file names', () => {
  it.each([
    ['a service of this machine', '/var/run/docker.sock', 'linux'],
    ['a port', '8080', 'linux'],
    ['another machine', '\\\\evil.example\\pipe\\tcb-watch-1', 'win32'],
    ['another program’s pipe', '\\\\.\\pipe\\docker_engine', 'win32'],
    ['another machine, disguised', '\\\\.\\pipe\\tcb-watch-x\\..\\..\\evil\\pipe\\x', 'win32'],
  ] as const)('is not connected to where it is %s', (_what, path, platform) => {
    expect(isOurSocket(path, platform)).toBe(false);
  });

  it('is where it is a socket of this user’s', async () => {
    needs('sockets');
    const folder = await withoutFileLock();
    lockOf(await take(folder, 1));
    expect(isOurSocket(lockPlacesFor(folder)[0] ?? '')).toBe(true);
    expect(isOurSocket('\\\\.\\pipe\\tcb-watch-0123456789abcdef-00', 'win32')).toBe(true);
    await writeFile(join(folder, 'x'), '');
    expect(isOurSocket(join(folder, 'x'))).toBe(false);
  });
});
