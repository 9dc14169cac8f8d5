/** Asking whoever the lock file names: a daemon, somebody silent, somebody who speaks otherwise, or nobody. */
import { existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Config } from '../../src/config/model.js';
import { claimConfig } from '../../src/daemon/claim.js';
import {
  emulatorOfDaemon,
  silentDaemon,
  statusOfDaemon,
  talkTo,
  talkToDaemonOf,
} from '../../src/daemon/client.js';
import { type Answer, parseAnswer, parseQuestion } from '../../src/daemon/protocol.js';
import type { Holder } from '../../src/state/lock.js';
import { listenAt, socketPathFor } from '../../src/system/socket.js';
import { folderWith, loaded } from '../support/config-folder.js';
import { needs } from '../support/needs.js';
import { patienceMs } from '../support/rig.js';

const facts = { pid: 77, version: '1.2.3', endpoint: 'emulator', config: null };
const hello = { v: 1, say: 'hello', daemon: facts } as const;
const row = {
  ...{ function: 'pay', env: 'dev', state: 'live', group: 'live', word: 'live', wanted: 'a', live: 'a' },
  ...{ proof: false, answers: null },
  ...{ since: null, inFlight: null, hold: null, detail: null, hint: null },
} as const;

/** A configuration whose lock file names a listener that says this at once, and answers each line with the rest, or with nothing. */
async function daemon(
  first: readonly unknown[],
  answers: readonly unknown[] | 'silence' = [],
  socket = true,
) {
  const { config } = await loaded({ envs: ['dev'] });
  const folder = join(config.folder, '.tcb-watch');
  mkdirSync(folder);
  const path = socketPathFor(folder);
  const asked: string[] = [];
  let ends = 0;
  const outcome = await listenAt(path, (conversation) => {
    conversation.onClosed(() => {
      ends += 1;
    });
    for (const value of first) conversation.send(value);
    conversation.onLine((line) => {
      asked.push(line);
      if (answers === 'silence') return;
      for (const value of answers) conversation.send(value);
      if (answers.length === 0) conversation.destroy();
    });
  });
  if (!outcome.ok) throw new Error(outcome.code);
  onTestFinished(() => outcome.listening.close());
  const holder: Holder = {
    ...{ v: 1, pid: 77, role: 'watch', socket: socket ? path : null, endpoint: 'emulator' },
    ...{ config: null, version: '1.2.3' },
  };
  writeFileSync(join(folder, 'daemon.lock'), JSON.stringify(holder));
  return { config, holder, asked, ends: () => ends, close: () => outcome.listening.close() };
}

/** A socket that nobody listens at, as a process leaves it that was killed. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}-1`, resolve));
  linkSync(`${path}-1`, path);
  await new Promise((resolve) => server.close(resolve));
}

describe('a daemon', () => {
  it('introduces itself, answers in order, and is gone when it is gone', async () => {
    const { holder } = await daemon(
      [hello],
      [
        { v: 1, say: 'text', text: 'a' },
        { v: 1, say: 'ended', code: 0 },
      ],
    );
    const talk = await talkTo(holder);
    expect(talk?.daemon).toEqual(facts);
    talk?.ask({ v: 1, ask: 'emulator' });
    expect([await talk?.next(), await talk?.next()]).toMatchObject([{ say: 'text' }, { say: 'ended' }]);
    const late = talk?.next();
    talk?.close();
    expect(await late).toBeNull();
    expect(await talk?.next()).toBeNull();
  });

  it('that introduces itself and then says nothing is waited for so long, and counts as gone', async () => {
    const { holder } = await daemon([hello], 'silence');
    const talk = await talkTo(holder, { helloMs: 5000, replyMs: 20 });
    talk?.ask({ v: 1, ask: 'status', language: 'en' });
    expect(await talk?.reply()).toBeNull();
    expect(await talk?.next()).toBeNull();
  });

  it('that says what nobody understands counts as gone', async () => {
    const { holder } = await daemon(
      [hello],
      [
        { v: 1, say: 'poem' },
        { v: 1, say: 'ended', code: 0 },
      ],
    );
    const talk = await talkTo(holder);
    talk?.ask({ v: 1, ask: 'emulator' });
    expect([await talk?.next(), await talk?.next()]).toEqual([null, null]);
    talk?.close();
  });

  it.each<readonly [string, readonly unknown[]]>([
    ['says something else first', [{ v: 1, say: 'ended', code: 0 }, hello]],
    ['speaks another version', [{ ...hello, v: 2 }]],
    ['is no daemon', ['HTTP/1.1 200 OK']],
  ])('is none where it %s', async (_, first) => {
    const { holder, config, ends } = await daemon(first);
    expect(await talkTo(holder)).toBeNull();
    expect(await talkToDaemonOf(config)).toBeNull();
    // Nobody is left to talk to a command that went on.
    await vi.waitUntil(() => ends() === 2, { timeout: patienceMs });
  });

  it('is none without a socket, without a listener, without a lock', async () => {
    const without = await daemon([hello], [], false);
    expect(await talkTo(without.holder)).toBeNull();
    expect(await silentDaemon(without.config)).toBeNull();
    const { config } = await loaded({ envs: ['dev'] });
    expect(await talkTo({ ...without.holder, socket: socketPathFor(config.folder) })).toBeNull();
    expect([
      await talkToDaemonOf(config),
      await silentDaemon(config),
      await emulatorOfDaemon(config),
    ]).toEqual([...[null, null, null]]);
    expect(await statusOfDaemon(config, 'en')).toBeNull();
    // The listener is gone, and the lock file still names it.
    const gone = await daemon([hello]);
    await gone.close();
    expect([await talkTo(gone.holder), await silentDaemon(gone.config)]).toEqual([null, null]);
    needs('sockets');
    // Its socket is still there: it died.
    await leaveSocket(socketPathFor(join(gone.config.folder, '.tcb-watch')));
    expect([await talkTo(gone.holder), await silentDaemon(gone.config)]).toEqual([null, null]);
  });

  it('that takes connections and may be silent is known by its process', async () => {
    expect(await silentDaemon((await daemon([])).config)).toBe(77);
  });
});

describe('one question', () => {
  const answered = async (
    ...answers: readonly unknown[]
  ): Promise<{ config: Config; asked: readonly string[] }> => daemon([hello], answers);

  it('about the status', async () => {
    const { config, asked } = await answered({ v: 1, say: 'status', rows: [row] });
    expect(await statusOfDaemon(config, 'zh-CN')).toEqual({ daemon: facts, rows: [row] });
    expect(asked.map((line) => parseQuestion(line))).toEqual([{ v: 1, ask: 'status', language: 'zh-CN' }]);
    expect(await statusOfDaemon((await answered({ v: 1, say: 'ended', code: 0 })).config, 'en')).toBeNull();
    expect(await statusOfDaemon((await answered()).config, 'en')).toBeNull();
  });

  it.each<readonly [string, unknown, object | null]>([
    ['has one', { url: 'http://127.0.0.1:7', token: 't' }, { url: 'http://127.0.0.1:7', token: 't' }],
    ['has none', { url: null, token: null }, null],
    ['has none to give', { url: 'http://127.0.0.1:7', token: null }, null],
    ['has a token alone', { url: null, token: 't' }, null],
  ])('about its emulator: it %s', async (_, said, expected) => {
    const { config } = await answered({ v: 1, say: 'emulator', ...Object(said) });
    expect(await emulatorOfDaemon(config)).toEqual(expected);
  });

  it('that is answered otherwise is not answered', async () => {
    expect(await emulatorOfDaemon((await answered({ v: 1, say: 'status', rows: [] })).config)).toBeNull();
    expect(await emulatorOfDaemon((await answered()).config)).toBeNull();
  });
});

describe('the protocol', () => {
  const looks = {
    json: true,
    language: 'en',
    color: false,
    ascii: false,
    timestamps: false,
    verbose: false,
    problems: false,
  };
  const selection = { envIds: [], only: [], names: [] };

  it.each<readonly [boolean, unknown]>([
    [true, { v: 1, ask: 'status', language: 'en' }],
    [true, { v: 1, ask: 'emulator' }],
    [true, { v: 1, ask: 'stop' }],
    [true, { v: 1, ask: 'end', interrupted: true }],
    [true, { v: 1, ask: 'push', selection, force: false, yes: true, retry: true, check: true, looks }],
    [false, { v: 1, ask: 'status', language: 'fr' }],
    [false, { v: 2, ask: 'stop' }],
    [false, { v: 1, ask: 'stop', now: true }],
    [
      false,
      {
        v: 1,
        ask: 'push',
        selection: { ...selection, more: [] },
        force: false,
        yes: true,
        retry: true,
        looks,
      },
    ],
    [
      false,
      { v: 1, ask: 'push', selection, force: false, yes: true, retry: true, looks: { ...looks, more: 1 } },
    ],
    [false, { v: 1, ask: 'end' }],
    [false, 'stop'],
  ])('%s: a question %j', (understood, value) => {
    expect(parseQuestion(JSON.stringify(value))).toEqual(understood ? value : null);
  });

  it('takes answers with more in them than it knows, from a newer daemon', () => {
    const answer: Answer = { v: 1, say: 'ended', code: 3 };
    expect(parseAnswer(JSON.stringify({ ...answer, more: 1 }))).toEqual(answer);
    expect(parseAnswer('{')).toBeNull();
    expect(parseAnswer(JSON.stringify({ ...answer, code: '3' }))).toBeNull();
  });
});

describe('taking a configuration', () => {
  it('as a watcher names where it listens; as a push nowhere; and the next one hears of it', async () => {
    const { config } = await loaded({ envs: ['dev'], endpoint: 'http://127.0.0.1:7', token: { env: 'T' } });
    const folder = join(config.folder, '.tcb-watch');
    const first = await claimConfig(config, 'watch', '1.2.3');
    expect(first).toMatchObject({
      type: 'alone',
      socket: process.platform === 'win32' ? expect.any(String) : join(folder, 'daemon.sock'),
      trouble: null,
      other: null,
    });
    expect(await claimConfig(config, 'push', '1.2.3')).toMatchObject({
      type: 'held',
      holder: { pid: process.pid, role: 'watch', endpoint: 'http://127.0.0.1:7', config: config.file },
    });
    if (first.type === 'alone') first.lock?.release();
    writeFileSync(join(folder, 'watch-test-1'), '');
    const push = await claimConfig(config, 'push', '1.2.3');
    expect(push).toMatchObject({ type: 'alone', socket: null });
    expect(existsSync(join(folder, 'watch-test-1'))).toBe(false);
    if (push.type === 'alone') push.lock?.release();
  });

  it.each<readonly [string, string | null, (folder: string, elsewhere: string) => void]>([
    [
      'the lock is a link',
      'ELOOP',
      (folder, elsewhere) => symlinkSync(elsewhere, join(folder, 'daemon.lock')),
    ],
  ])('where %s there is no lock, and why is said', async (_, trouble, spoil) => {
    needs('links');
    const { config } = await loaded({ envs: ['dev'] });
    const folder = join(config.folder, '.tcb-watch');
    mkdirSync(folder);
    spoil(folder, config.folder);
    expect(await claimConfig(config, 'watch', '1.2.3')).toMatchObject({
      ...{ type: 'alone', lock: null, bound: null, trouble, other: null },
      socket: process.platform === 'win32' ? expect.any(String) : join(folder, 'daemon.sock'),
    });
  });

  it('where the folder leads elsewhere there is no socket, and nothing is removed there', async () => {
    needs('links');
    const { config } = await loaded({ envs: ['dev'] });
    const elsewhere = await folderWith({ 'watch-test-1': '' });
    symlinkSync(elsewhere, join(config.folder, '.tcb-watch'), 'junction');
    const claimed = await claimConfig(config, 'watch', '1.2.3');
    expect(claimed).toMatchObject({ type: 'alone', socket: null, trouble: null });
    expect(existsSync(join(elsewhere, 'watch-test-1'))).toBe(true);
    if (claimed.type === 'alone') claimed.lock?.release();
  });

  it.each<readonly [string, (folder: string) => void]>([
    ['there can be no folder', (folder) => writeFileSync(folder, 'a file')],
    [
      'the lock cannot be opened',
      (folder) => void mkdirSync(join(folder, 'daemon.lock'), { recursive: true }),
    ],
  ])('where %s a socket is the lock, and the next one meets it', async (_, spoil) => {
    needs('windowsItself');
    const { config } = await loaded({ envs: ['dev'] });
    spoil(join(config.folder, '.tcb-watch'));
    const first = await claimConfig(config, 'watch', '1.2.3');
    expect(first).toMatchObject({ type: 'alone', trouble: null, other: null });
    expect(await claimConfig(config, 'push', '1.2.3')).toMatchObject({ type: 'held' });
    if (first.type === 'alone') first.lock?.release();
    const next = await claimConfig(config, 'push', '1.2.3');
    expect(next).toMatchObject({ type: 'alone' });
    if (next.type === 'alone') next.lock?.release();
  });
});
