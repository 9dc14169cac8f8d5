/** Conversations over real sockets: lines in order, long ones, ends of every kind, and what is left in the file system. */
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Bound,
  bindAt,
  type Conversation,
  connectTo,
  identityOf,
  isAnswering,
  isOurSocket,
  isSocketOf,
  listenAt,
  lockPlacesFor,
  removeDeadSocket,
  removeSocket,
  socketPathFor,
} from '../../src/system/socket.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';
import { soon } from '../support/soon.js';

/** As the folder of a project's state lies: not directly in the system's temporary folder. */
async function stateFolder(): Promise<string> {
  const folder = join(await temporaryFolder(), '.tcb-watch');
  mkdirSync(folder);
  return folder;
}

async function listening(onConversation: (conversation: Conversation) => void, path?: string) {
  const at = path ?? socketPathFor(await stateFolder());
  const outcome = await soon('a socket', listenAt(at, onConversation));
  if (!outcome.ok) throw new Error(outcome.code);
  onTestFinished(() => soon('the end of listening', outcome.listening.close()));
  return { at, listening: outcome.listening };
}

async function connected(at: string): Promise<Conversation> {
  const outcome = await soon('a connection', connectTo(at));
  if (!outcome.ok) throw new Error(outcome.code);
  onTestFinished(() => outcome.conversation.destroy());
  return outcome.conversation;
}

/** Somebody who connects and reads nothing, and our end of that conversation. */
async function withLazyReader() {
  let hear: (other: Conversation) => void = () => {};
  const heard = new Promise<Conversation>((resolve) => {
    hear = resolve;
  });
  const { at, listening: one } = await listening((other) => hear(other));
  const lazy = connect(at).pause();
  onTestFinished(() => void lazy.destroy());
  return { at, listening: one, lazy, other: await soon('a conversation', heard) };
}

const closed = (conversation: Conversation): Promise<void> =>
  soon('the end of a conversation', new Promise((resolve) => conversation.onClosed(resolve)));

/** The first lines that arrive. */
function lines(conversation: Conversation, count: number): Promise<string[]> {
  const found: string[] = [];
  return soon(
    `${count} lines`,
    new Promise((resolve) => {
      conversation.onLine((line) => {
        found.push(line);
        if (found.length === count) resolve(found);
      });
    }),
  );
}

describe('a conversation', () => {
  it('carries values both ways, in order, those of before anybody listened too', async () => {
    const { at } = await listening((other) => {
      other.send('welcome');
      other.onLine((line) => other.send({ heard: JSON.parse(line) }));
    });
    const conversation = await connected(at);
    conversation.send({ text: '订单\nrid' });
    conversation.send(2);
    expect(await lines(conversation, 3)).toEqual([
      '"welcome"',
      '{"heard":{"text":"订单\\nrid"}}',
      '{"heard":2}',
    ]);
  });

  it('says everything before it ends, and nothing after', async () => {
    const { at } = await listening((other) => {
      other.send(1);
      other.end();
      other.send(2);
    });
    const conversation = await connected(at);
    const found: string[] = [];
    conversation.onLine((line) => found.push(line));
    await closed(conversation);
    expect(found).toEqual(['1']);
    conversation.send('into nothing');
  });

  it('ends at both sides, and says so once, to those who ask late too', async () => {
    const ended = vi.fn();
    const { at } = await listening((other) => other.onClosed(ended));
    const conversation = await connected(at);
    conversation.destroy();
    await closed(conversation);
    await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1));
    await closed(conversation);
  });

  it('takes a line of a megabyte, in pieces, and ends at a longer one', async () => {
    const heard: number[] = [];
    const { at } = await listening((other) => other.onLine((line) => heard.push(line.length)));
    const conversation = await connected(at);
    conversation.send('x'.repeat((1 << 20) - 2));
    await vi.waitFor(() => expect(heard).toEqual([1 << 20]));
    conversation.send('x'.repeat((1 << 20) + 100_000));
    await closed(conversation);
    expect(heard).toEqual([1 << 20]);
  });

  it('is broken off where the other end does not read', async () => {
    const { other } = await withLazyReader();
    const end = closed(other);
    for (let sent = 0; sent < 40; sent += 1) other.send('x'.repeat(1 << 20));
    await end;
  });

  it('of a little that is not read yet goes on', async () => {
    const { other, lazy } = await withLazyReader();
    other.send('x'.repeat(8 << 20));
    let bytes = 0;
    lazy.on('data', (chunk) => {
      bytes += chunk.length;
    });
    lazy.resume();
    await vi.waitFor(() => expect(bytes).toBe((8 << 20) + 3));
  });
});

describe('a place to listen at', () => {
  needs('sockets');
  it('is in the folder, for its owner alone, and gone at the end', async () => {
    const folder = await stateFolder();
    const { at, listening: one } = await listening(() => {}, socketPathFor(folder));
    expect(at).toBe(join(folder, 'daemon.sock'));
    expect(statSync(at).mode & 0o777).toBe(0o600);
    await soon('the end of listening', one.close());
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is a folder of its own where the path is too long', async () => {
    const folder = join(await temporaryFolder(), 'x'.repeat(100));
    const path = socketPathFor(folder);
    expect(socketPathFor(folder)).not.toBe(path);
    expect(dirname(dirname(path))).toBe(tmpdir());
    expect(existsSync(dirname(path))).toBe(false);
    const { listening: one } = await listening(() => {}, path);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    await connected(path);
    await soon('the end of listening', one.close());
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('is in the folder up to 100 bytes', () => {
    const folder = (length: number): string => `/${'a'.repeat(length - '/daemon.sock'.length - 1)}`;
    expect(socketPathFor(folder(100))).toBe(`${folder(100)}/daemon.sock`);
    expect(socketPathFor(folder(101))).not.toBe(`${folder(101)}/daemon.sock`);
    expect(socketPathFor(`/${'名'.repeat(30)}`)).not.toContain('名');
  });

  it('is /tmp where the system’s own is long as well', () => {
    vi.stubEnv('TMPDIR', `/${'t'.repeat(90)}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const path = socketPathFor(`/${'x'.repeat(100)}`);
    expect(path).toMatch(/^\/tmp\/tcb-watch-[0-9a-f]{12}\/daemon\.sock$/);
    expect(isSocketOf('/x', path)).toBe(true);
  });

  it('is taken over from one that died, and from nothing else', async () => {
    const folder = await stateFolder();
    const at = socketPathFor(folder);
    const dead = createServer().listen(at);
    await new Promise((resolve) => dead.once('listening', resolve));
    await listening((other) => other.send('new'), at);
    expect(await lines(await connected(at), 1)).toEqual(['"new"']);
    dead.close();

    const taken = join(await stateFolder(), 'daemon.sock');
    writeFileSync(taken, 'a file');
    expect(await listenAt(taken, () => {})).toEqual({ ok: false, code: 'ENOTSOCK' });
    expect(await listenAt(join(folder, 'no', 'daemon.sock'), () => {})).toMatchObject({ ok: false });
  });

  it('may be somebody else’s: a folder that is there already is not used', async () => {
    const folder = join(tmpdir(), `tcb-watch-${process.pid}-test`);
    mkdirSync(folder);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    expect(await listenAt(join(folder, 'daemon.sock'), () => {})).toEqual({ ok: false, code: 'EEXIST' });
  });

  it('where nobody listens is a code', async () => {
    const folder = await stateFolder();
    const outcome = await soon('a refusal', connectTo(join(folder, 'daemon.sock')));
    expect(outcome).toEqual({ ok: false, code: 'ENOENT' });
  });
});

describe('a place that a lock file names', () => {
  needs('sockets');
  it.each([
    ['/p/.tcb-watch', '/p/.tcb-watch/daemon.sock', true],
    ['/p/.tcb-watch', '/q/.tcb-watch/daemon.sock', false],
    ['/p/.tcb-watch', join(tmpdir(), 'tcb-watch-0a', 'daemon.sock'), true],
    ['/p/.tcb-watch', join(tmpdir(), 'other-0a', 'daemon.sock'), false],
    ['/p/.tcb-watch', join(tmpdir(), 'tcb-watch-0a', 'deeper', 'daemon.sock'), false],
  ])('a daemon of %s can listen at %s: %s', (folder, path, can) => {
    expect(isSocketOf(folder, path)).toBe(can);
  });
});

describe('a place that a socket is believed at', () => {
  needs('sockets');

  it('is one where a socket of our name lies, in a folder', async () => {
    const folder = await stateFolder();
    const { at } = await listening(() => {}, join(folder, 'daemon.sock'));
    expect(isOurSocket(at)).toBe(true);
    linkSync(at, join(folder, 'other.sock'));
    expect(isOurSocket(join(folder, 'other.sock'))).toBe(false);
    expect(isOurSocket(join(folder, 'absent', 'daemon.sock'))).toBe(false);
    const other = await stateFolder();
    writeFileSync(join(other, 'daemon.sock'), '');
    expect(isOurSocket(join(other, 'daemon.sock'))).toBe(false);
  });

  it('is none where a link stands for its folder', async () => {
    needs('links');
    const folder = await stateFolder();
    await listening(() => {}, join(folder, 'daemon.sock'));
    symlinkSync(folder, `${folder}-link`);
    expect(isOurSocket(join(`${folder}-link`, 'daemon.sock'))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)(
    'is none where the folder or the socket is somebody else’s',
    async () => {
      const folder = await stateFolder();
      const { at } = await listening(() => {}, join(folder, 'daemon.sock'));
      const other = (process.getuid?.() ?? 0) + 4_000_001;
      chownSync(at, other, -1);
      expect(isOurSocket(at)).toBe(false);
      chownSync(at, process.getuid?.() ?? 0, -1);
      chownSync(folder, other, -1);
      expect(isOurSocket(at)).toBe(false);
    },
  );

  it.each([
    ['\\\\.\\pipe\\tcb-watch-0123456789abcdef-00', true],
    ['\\\\.\\pipe\\tcb-watch-a\\b', false],
    ['\\\\.\\pipe\\tcb-watch-a/b', false],
    ['\\\\.\\pipe\\docker_engine\\\\.\\pipe\\tcb-watch-', false],
    ['C:\\p\\daemon.sock', false],
  ])('on Windows, %s: %s', (path, ours) => {
    expect(isOurSocket(path, 'win32')).toBe(ours);
  });
});

describe('the places of which a socket is the lock', () => {
  needs('sockets');

  it('are the folder, where that is short enough, and one that all who cannot use it find', async () => {
    const folder = await stateFolder();
    const [own, shared, ...more] = lockPlacesFor(folder, 7);
    expect([own, more]).toEqual([join(folder, 'daemon.sock'), []]);
    expect(shared).toMatch(/^\/tmp\/tcb-watch-7-[0-9a-f]{16}\/daemon\.sock$/);
    expect(lockPlacesFor(folder, null)[1]).toBe(shared?.replace('watch-7-', 'watch-lock-'));
    expect(lockPlacesFor(folder)[1]).toContain(`tcb-watch-${process.getuid?.()}-`);
    expect(lockPlacesFor(`${folder}2`, 7)[1]).not.toBe(shared);
    const at = (length: number) => lockPlacesFor(`/${'a'.repeat(length - '/daemon.sock'.length - 1)}`);
    expect([at(100), at(101)].map((places) => places.length)).toEqual([2, 1]);
  });

  it('are the same through a link', async () => {
    needs('links');
    const folder = await stateFolder();
    symlinkSync(folder, `${folder}-link`);
    expect(lockPlacesFor(`${folder}-link`, 7)[1]).toBe(lockPlacesFor(folder, 7)[1]);
  });
});

/** A socket that a killed process left. */
async function deadSocket(): Promise<string> {
  const path = join(await stateFolder(), 'daemon.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${path}.kept`, path);
  return path;
}

describe('a socket that may be dead', () => {
  needs('sockets');
  const answers = (path: string): Promise<boolean> => soon('whether somebody answers', isAnswering(path));

  it('is one that nobody answers at', async () => {
    const { at } = await listening(() => {});
    expect(await answers(at)).toBe(true);
    expect(await answers(await deadSocket())).toBe(false);
    const folder = await stateFolder();
    expect(await answers(join(folder, 'daemon.sock'))).toBe(false);
    writeFileSync(join(folder, 'daemon.sock'), 'a file');
    expect(await answers(join(folder, 'daemon.sock'))).toBe(false);
  });

  it('is removed if it is still the one that was looked at', async () => {
    const path = await deadSocket();
    removeDeadSocket(path, 'another');
    expect(existsSync(path)).toBe(true);
    removeDeadSocket(path, identityOf(path) ?? '');
    expect(readdirSync(dirname(path))).toEqual([]);
    removeDeadSocket(path, 'gone already');
  });

  it('differs from another in its place, and nothing is like none', async () => {
    const folder = await stateFolder();
    const file = join(folder, 'file');
    expect(identityOf(file)).toBeNull();
    writeFileSync(file, '1');
    const first = identityOf(file);
    expect(first).toMatch(/^\d+ \d+$/);
    expect(identityOf(file)).toBe(first);
    writeFileSync(`${file}.new`, '2');
    renameSync(`${file}.new`, file);
    expect(identityOf(file)).not.toBe(first);
    expect(identityOf(join(file, 'below'))).toBeNull();
  });
});

describe('a place that is taken', () => {
  needs('sockets');

  async function bound(path?: string): Promise<{ readonly at: string; readonly bound: Bound }> {
    const at = path ?? socketPathFor(await stateFolder());
    const outcome = await soon('a socket', bindAt(at));
    if (!outcome.ok) throw new Error(outcome.code);
    onTestFinished(() => soon('the end of a place', outcome.bound.close()));
    return { at, bound: outcome.bound };
  }

  it('is nobody else’s, and free when it is let go of', async () => {
    const { at, bound: one } = await bound();
    expect(readdirSync(dirname(at))).toEqual(['daemon.sock']);
    expect(await bindAt(at)).toEqual({ ok: false, code: 'EADDRINUSE' });
    one.release();
    expect(readdirSync(dirname(at))).toEqual([]);
    await bound(at);
  });

  it.runIf(process.platform === 'linux')('costs nothing who comes too late', async () => {
    const { at } = await bound();
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let turn = 0; turn < 20; turn += 1) await bindAt(at);
    await vi.waitFor(() => expect(open()).toBeLessThan(before + 10));
  });

  it('turns everybody away until it is served, and after that', async () => {
    const { at, bound: one } = await bound();
    await closed(await connected(at));
    const served = one.serve((other) => other.send('welcome'));
    const visitor = await connected(at);
    expect(await lines(visitor, 1)).toEqual(['"welcome"']);
    await served.close();
    await closed(visitor);
    await closed(await connected(at));
    expect(existsSync(at)).toBe(true);
    expect(await served.renew(false)).toBe('ours');
  });

  it('is taken again where its socket was removed, and lost to who was quicker', async () => {
    const { at, bound: one } = await bound();
    one.serve((other) => other.send('here'));
    expect(await one.renew(false)).toBe('ours');
    rmSync(at);
    expect(await one.renew(false)).toBe('again');
    expect(await lines(await connected(at), 1)).toEqual(['"here"']);
    rmSync(at);
    const { bound: other } = await bound(at);
    other.serve((visitor) => visitor.send('another'));
    expect(await one.renew(false)).toBe('lost');
    expect(await lines(await connected(at), 1)).toEqual(['"another"']);
    expect(await one.renew(true)).toBe('again');
    expect(await lines(await connected(at), 1)).toEqual(['"here"']);
    // It is another's by now.
    other.release();
    expect(existsSync(at)).toBe(true);
  });

  it('is let go of where this process ends without a word, and is nobody’s business after that', async () => {
    const before = process.listeners('exit');
    const { at, bound: one } = await bound();
    const added = process.listeners('exit').filter((listener) => !before.includes(listener));
    for (const listener of added) listener.call(process, 0);
    expect(existsSync(at)).toBe(false);
    one.release();
    expect(process.listeners('exit')).toEqual(before);
  });

  it('may be in a temporary folder that is there, if it is for us alone', async () => {
    const folder = join(tmpdir(), `tcb-watch-${process.pid}-mine`);
    mkdirSync(folder, { mode: 0o700 });
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { bound: one } = await bound(join(folder, 'daemon.sock'));
    one.release();
    expect(existsSync(folder)).toBe(false);
    writeFileSync(folder, 'a file');
    expect(await bindAt(join(folder, 'daemon.sock'))).toEqual({ ok: false, code: 'EEXIST' });
  });

  it('cannot be where the temporary folder is not there', async () => {
    vi.stubEnv('TMPDIR', '/not/there');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await bindAt('/not/there/tcb-watch-0a/daemon.sock')).toEqual({ ok: false, code: 'ENOENT' });
  });
});

describe('removing', () => {
  needs('sockets');
  it('takes the folder that was made for a socket, and leaves what else lies there', async () => {
    const made = join(tmpdir(), `tcb-watch-${process.pid}-removed`);
    mkdirSync(made);
    onTestFinished(() => rmSync(made, { recursive: true, force: true }));
    writeFileSync(join(made, 'other'), '');
    removeSocket(join(made, 'daemon.sock'));
    expect(readdirSync(made)).toEqual(['other']);
    rmSync(join(made, 'other'));
    removeSocket(join(made, 'daemon.sock'));
    expect(existsSync(made)).toBe(false);
  });

  it('touches no file of that name, no socket of another, and no folder that is not ours', async () => {
    const folder = await stateFolder();
    writeFileSync(join(folder, 'daemon.sock'), 'a file');
    removeSocket(join(folder, 'daemon.sock'));
    expect(existsSync(join(folder, 'daemon.sock'))).toBe(true);
    const other = createServer().listen(join(folder, 'other.sock'));
    await new Promise((resolve) => other.once('listening', resolve));
    onTestFinished(() => void other.close());
    removeSocket(join(folder, 'other.sock'));
    expect(existsSync(join(folder, 'other.sock'))).toBe(true);
    removeSocket(join(folder, 'empty', 'daemon.sock'));
  });
});

describe('the end of listening', () => {
  it('lets last words arrive, and ends every conversation', async () => {
    const { other, lazy, listening: one } = await withLazyReader();
    const gone = closed(other);
    const text = new Promise((resolve) => {
      let all = '';
      lazy.on('data', (chunk) => {
        all += String(chunk);
      });
      lazy.once('end', () => resolve(all));
    });
    other.send('bye');
    lazy.resume();
    await soon('the end of listening', one.close());
    expect(await soon('the last words', text)).toBe('"bye"\n');
    await gone;
  });

  it('does not wait for one who never reads', async () => {
    const { at, other, listening: one } = await withLazyReader();
    other.send('x'.repeat(8 << 20));
    await soon('the end of listening', one.close());
    expect(existsSync(at)).toBe(false);
  });
});

it('a socket that was let go of is not made again by who still looks after it', async () => {
  const at = socketPathFor(await stateFolder());
  for (const letGo of ['close', 'release'] as const) {
    const outcome = await bindAt(at);
    if (!outcome.ok) throw new Error(outcome.code);
    await outcome.bound[letGo]();
    expect(await outcome.bound.renew(false)).toBe('ours');
    expect(existsSync(at)).toBe(false);
  }
});
