/** A running sync at its socket: each question, and how a conversation ends. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type Talk, talkTo } from '../../src/daemon/client.js';
import { type Daemon, openDaemon } from '../../src/daemon/daemon.js';
import type { Answer, Question } from '../../src/daemon/protocol.js';
import type { Sync } from '../../src/sync/sync.js';
import { bindAt, connectTo, isAnswering, socketPathFor } from '../../src/system/socket.js';
import { needs } from '../support/needs.js';
import { entry, temporaryFolder } from '../support/rig.js';
import { type SyncRig, syncRig } from '../support/sync-rig.js';

interface Served {
  readonly rig: SyncRig;
  readonly sync: Sync;
  readonly daemon: Daemon;
  readonly path: string;
  readonly calls: { used: number; stopped: number; readonly bugs: unknown[] };
  talk(): Promise<Talk>;
}

/** @param change instead of what the sync does */
async function served(change: (sync: Sync) => Partial<Sync> = () => ({}), isBound = false): Promise<Served> {
  const rig = await syncRig({ pay: entry('1') });
  const { sync, rest } = await rig.start();
  await rest();
  const calls: Served['calls'] = { used: 0, stopped: 0, bugs: [] };
  const watched: Sync = {
    ...sync,
    used: () => {
      calls.used += 1;
    },
    reportBug: (error) => void calls.bugs.push(error),
    ...change(sync),
  };
  const path = socketPathFor(await temporaryFolder());
  const bound = isBound ? await bindAt(path) : null;
  if (bound?.ok === false) throw new Error(bound.code);
  onTestFinished(() => bound?.bound.release());
  const opened = await openDaemon(watched, bound?.bound ?? path, '1.2.3', () => {
    calls.stopped += 1;
  });
  if (!opened.ok) throw new Error(opened.code);
  onTestFinished(() => opened.daemon.close());
  const talk = async (): Promise<Talk> => {
    const talking = await talkTo({ socket: path });
    if (talking === null) throw new Error('nobody answers');
    onTestFinished(() => talking.close());
    return talking;
  };
  return { rig, sync, daemon: opened.daemon, path, calls, talk };
}

async function ask(talk: Talk, question: Question): Promise<Answer | null> {
  talk.ask(question);
  return talk.next();
}

const looks = {
  json: true,
  language: 'en',
  color: false,
  ascii: false,
  timestamps: false,
  verbose: false,
  problems: false,
} as const;
const everything = { envIds: [], only: [], names: [] };
const pushQuestion: Question = {
  v: 1,
  ask: 'push',
  selection: everything,
  force: false,
  yes: false,
  check: false,
  retry: true,
  looks,
};

/** All answers up to the end of the conversation. */
async function rest(talk: Talk): Promise<Answer[]> {
  const said: Answer[] = [];
  for (let answer = await talk.next(); answer !== null; answer = await talk.next()) said.push(answer);
  return said;
}

it('introduces itself, and where it syncs to', async () => {
  const { talk, rig, sync } = await served();
  expect((await talk()).daemon).toEqual({
    ...{ pid: process.pid, version: '1.2.3', endpoint: rig.emulator.url, config: sync.config.file },
  });
});

it('status: rows with what each target answered to saved events, for somebody who looks', async () => {
  const { talk, calls } = await served(({ answers }) => ({
    answers: {
      ...answers,
      standing: (name, env) => (name === 'pay' && env === 'test' ? { ok: 2, failed: ['bad'] } : null),
    },
  }));
  expect(await ask(await talk(), { v: 1, ask: 'status', language: 'zh-CN' })).toMatchObject({
    say: 'status',
    rows: [
      {
        function: 'pay',
        env: 'dev',
        state: 'live',
        word: expect.stringMatching(/\p{Script=Han}/u),
        answers: null,
      },
      { function: 'pay', env: 'test', state: 'live', answers: { ok: 2, failed: ['bad'] } },
    ],
  });
  expect(calls).toEqual({ used: 1, stopped: 0, bugs: [] });
});

it('status comes when what it says is on the disk', async () => {
  let write = (): void => undefined;
  const written = new Promise<void>((resolve) => {
    write = resolve;
  });
  const { talk } = await served(() => ({ written: () => written }));
  const talking = await talk();
  talking.ask({ v: 1, ask: 'status', language: 'en' });
  expect(await ask(talking, { v: 1, ask: 'emulator' })).toMatchObject({ say: 'emulator' });
  write();
  expect(await talking.next()).toMatchObject({ say: 'status' });
});

it('emulator: its own, or none', async () => {
  const none = await served();
  expect(await ask(await none.talk(), { v: 1, ask: 'emulator' })).toEqual({
    ...{ v: 1, say: 'emulator', url: null, token: null },
  });
  expect(none.calls.used).toBe(1);
  const own = { url: 'http://127.0.0.1:7', token: 't' };
  const { talk } = await served(() => ({ emulator: () => own }));
  expect(await ask(await talk(), { v: 1, ask: 'emulator' })).toEqual({ v: 1, say: 'emulator', ...own });
});

it('stop ends the program, and says nothing', async () => {
  const { talk, calls } = await served();
  const talking = await talk();
  talking.ask({ v: 1, ask: 'stop' });
  await ask(talking, { v: 1, ask: 'emulator' });
  expect(calls.stopped).toBe(1);
});

it('accept: a name that is not there; nothing to accept', async () => {
  const { talk, calls } = await served();
  const talking = await talk();
  const accept = (names: string[]): Question => ({
    ...{ v: 1, ask: 'accept', selection: { ...everything, names } },
  });
  expect(await ask(talking, accept(['pya']))).toEqual({
    ...{ v: 1, say: 'unmatched', unmatched: [{ kind: 'name', value: 'pya', nearest: 'pay' }] },
  });
  expect(await ask(talking, accept(['pay']))).toEqual({ v: 1, say: 'accepted', adopted: [], dismissed: [] });
  expect(calls).toEqual({ used: 2, stopped: 0, bugs: [] });
});

it.each<readonly [string, Question, (error: Error, sync: Sync) => Partial<Sync>]>([
  [
    'accept',
    { v: 1, ask: 'accept', selection: everything },
    (error) => ({ discover: () => Promise.reject(error) }),
  ],
  [
    'status',
    { v: 1, ask: 'status', language: 'en' },
    (error, { answers }) => ({
      answers: {
        ...answers,
        standing() {
          throw error;
        },
      },
    }),
  ],
])(
  '%s that fails by a bug is told as one, and whoever asked does not wait for ever',
  async (_, question, change) => {
    const error = new Error('a bug');
    const { talk, calls } = await served((sync) => change(error, sync));
    expect(await ask(await talk(), question)).toBeNull();
    expect(calls.bugs).toEqual([error]);
  },
);

it('accept: a colleague’s code is taken as it is, and a function is looked for on the disk first', async () => {
  const { talk, rig, sync } = await served();
  await rig.project.write('functions/login/index.js', 'exports.main = async () => 1;\n');
  const talking = await talk();
  const selection = { ...everything, names: ['login'] };
  expect(await ask(talking, { v: 1, ask: 'accept', selection })).toMatchObject({ say: 'accepted' });
  expect(sync.engine.state().functions.has('login')).toBe(true);
});

it('forget: what was kept is gone; where something is left, it says why without secrets', async () => {
  const { talk, sync } = await served();
  await sync.written();
  expect((await sync.history.read('pay')).versions).not.toEqual([]);
  expect(await ask(await talk(), { v: 1, ask: 'forget', function: 'pay' })).toEqual({
    ...{ v: 1, say: 'forgotten', trouble: null },
  });
  expect((await sync.history.read('pay')).versions).toEqual([]);
  for (const thrown of [new Error('EACCES of SECRET'), 'EACCES of SECRET']) {
    const failing = await served(({ history }) => ({
      history: { ...history, forget: () => Promise.reject(thrown) },
      redact: (text) => text.replaceAll('SECRET', '***'),
    }));
    expect(await ask(await failing.talk(), { v: 1, ask: 'forget', function: null })).toEqual({
      ...{ v: 1, say: 'forgotten', trouble: 'EACCES of ***' },
    });
  }
});

it('push: reports, ends with its code, and closes; asked twice it is done once', async () => {
  const { talk, rig, calls } = await served();
  await rig.project.write('functions/pay/index.js', 'exports.main = async () => 2;\n');
  const talking = await talk();
  talking.ask(pushQuestion);
  talking.ask(pushQuestion);
  const said = await rest(talking);
  expect(said.at(-1)).toEqual({ v: 1, say: 'ended', code: 0 });
  expect(said.filter(({ say }) => say === 'ended')).toHaveLength(1);
  expect(said.filter((each) => each.say === 'text' && each.text.includes('"event":"live"'))).toHaveLength(2);
  expect(calls.bugs).toEqual([]);
});

/** A sync whose targets never come to rest by themselves, and the signals of those who wait for them. */
function restless() {
  const signals: AbortSignal[] = [];
  let begun = (): void => undefined;
  const waiting = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const change = ({ atRest }: Sync): Partial<Sync> => ({
    async atRest(signal, wants) {
      signals.push(signal);
      await atRest(signal, wants);
      begun();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  return { change, waiting, signals };
}

it.each([
  [true, 1],
  [false, 0],
])('a push that its asker ends (interrupted: %s) ends with %d', async (interrupted, code) => {
  const { change, waiting } = restless();
  const { talk } = await served(change);
  const talking = await talk();
  talking.ask(pushQuestion);
  await waiting;
  talking.ask({ v: 1, ask: 'end', interrupted });
  expect((await rest(talking)).at(-1)).toEqual({ v: 1, say: 'ended', code });
});

it('a push ends when its asker is gone', async () => {
  const { change, waiting, signals } = restless();
  const { talk } = await served(change);
  const talking = await talk();
  talking.ask(pushQuestion);
  await waiting;
  talking.close();
  const [signal] = signals;
  await new Promise<void>((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve());
  });
});

it('a push is ended with the program, and its last word is heard', async () => {
  const { change, waiting } = restless();
  const { talk, daemon } = await served(change);
  const talking = await talk();
  talking.ask(pushQuestion);
  await waiting;
  const closed = daemon.close();
  expect((await rest(talking)).at(-1)).toEqual({ v: 1, say: 'ended', code: 0 });
  await closed;
});

it('a push that fails as it should not is reported as a bug, and the conversation is over', async () => {
  const error = new Error('no roots');
  const { talk, calls } = await served(() => ({ discover: () => Promise.reject(error) }));
  const talking = await talk();
  talking.ask(pushQuestion);
  expect(await rest(talking)).toEqual([]);
  expect(calls.bugs).toEqual([error]);
});

it('who says what nobody understands is cut off', async () => {
  const { path } = await served();
  const connected = await connectTo(path);
  if (!connected.ok) throw new Error(connected.code);
  const closed = new Promise<void>((resolve) => connected.conversation.onClosed(resolve));
  connected.conversation.send({ v: 1, ask: 'poem' });
  await closed;
});

it('a socket that was removed is made again, and nobody answers after the end', async () => {
  const { path, daemon, talk } = await served();
  if (process.platform !== 'win32') rmSync(path);
  await daemon.renew();
  await talk();
  await daemon.close();
  expect(await talkTo({ socket: path })).toBeNull();
});

it('a socket that another one has taken the place of is made again: who holds the lock may', async () => {
  needs('sockets');
  const { path, daemon, talk } = await served();
  rmSync(path);
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await daemon.renew();
  expect((await talk()).daemon.version).toBe('1.2.3');
});

it('a place that was taken before is served, and left to the lock to renew', async () => {
  const { path, daemon, talk } = await served(undefined, true);
  expect((await talk()).daemon.version).toBe('1.2.3');
  if (process.platform === 'win32') return;
  rmSync(path);
  await daemon.renew();
  expect(await talkTo({ socket: path })).toBeNull();
});

it('a place that was taken before is not let go of as the answering ends', async () => {
  const { path, daemon, talk } = await served(undefined, true);
  const other = await talk();
  await daemon.close();
  expect(await other.next()).toBeNull();
  expect(await bindAt(path)).toMatchObject({ ok: false, code: 'EADDRINUSE' });
  expect(await isAnswering(path)).toBe(true);
  expect(await talkTo({ socket: path })).toBeNull();
});

it('a place that cannot be listened at is said with the system’s code', async () => {
  const rig = await syncRig({});
  const { sync } = await rig.start();
  const opened = await openDaemon(sync, '/nowhere/at/all/daemon.sock', '1', () => undefined);
  expect(opened).toEqual({ ok: false, code: expect.stringMatching(/^E/) });
});
