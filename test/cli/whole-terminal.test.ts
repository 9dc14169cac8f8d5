/** A command line in this process, as one on a terminal and as one in a pipe: who is asked, how it looks, what is read, and how it ends. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runProcess } from '../../src/cli/process.js';
import { runInvokingCloud } from '../support/invoking-cloud.js';
import { put } from '../support/put.js';
import { configFor, entry, makeProject, patienceMs, runEmulator, temporaryFolder } from '../support/rig.js';

const written = { out: '', err: '', all: '' };
/** Whether a write is on its way as soon as it is made. */
let isQuick = true;
/** The command line has come to its end. */
let isOver = false;
/** Called when the other end has read. */
const unread: (() => void)[] = [];

const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'exit', 'SIGCONT', 'SIGQUIT'] as const;

beforeEach(() => {
  Object.assign(written, { out: '', err: '', all: '' });
  isQuick = true;
  unread.length = 0;
  const before = new Map(events.map((name) => [name, process.listeners(name as 'exit')]));
  const errors = [process.stdout, process.stderr].map(
    (stream) => [stream, stream.listeners('error')] as const,
  );
  for (const [stream, key] of [
    [process.stdout, 'out'],
    [process.stderr, 'err'],
  ] as const)
    vi.spyOn(stream, 'write').mockImplementation((text, ...rest) => {
      written[key] += String(text);
      written.all += String(text);
      const done = rest.at(-1);
      const call = (): void => void (typeof done === 'function' && Reflect.apply(done, null, []));
      if (isQuick) queueMicrotask(call);
      else unread.push(call);
      return true;
    });
  onTestFinished(() => {
    for (const [name, listeners] of before)
      for (const listener of process.listeners(name as 'exit'))
        if (!listeners.includes(listener)) process.off(name, listener);
    for (const [stream, listeners] of errors)
      for (const listener of stream.listeners('error') as (() => void)[])
        if (!listeners.includes(listener)) stream.off('error', listener);
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

interface Place {
  readonly out?: boolean;
  readonly in?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Node before 22 crashes where it ends by itself once its terminal is gone. */
const dies = Number.parseInt(process.versions.node, 10) < 22;
let kill = vi.fn();

/** The process stands in this folder, and its streams are a terminal where it says so. */
async function at(folder: string, { out = false, in: isIn = false, env = {} }: Place = {}) {
  const stdin = new PassThrough();
  put(process, 'stdin', stdin);
  put(stdin, 'isTTY', isIn);
  put(process.stdout, 'isTTY', out);
  put(process.stderr, 'isTTY', out);
  put(process.stdout, 'columns', 80);
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  kill = vi.fn(() => true);
  put(process, 'kill', kill);
  const home = await temporaryFolder();
  const usual = { CI: '', NO_COLOR: '', TERM: 'xterm', LANG: 'en_US.UTF-8', LC_ALL: '', GITHUB_ACTIONS: '' };
  for (const [name, value] of Object.entries({ ...usual, XDG_STATE_HOME: home, ...env }))
    vi.stubEnv(name, value);
  return stdin;
}

/** The command line, and what the end of its process brings: nothing of it is left for the next test. */
async function run(args: readonly string[]): Promise<number> {
  const before = process.listeners('exit');
  isOver = false;
  const code = await runProcess(args, '1.2.3').finally(() => {
    isOver = true;
  });
  for (const listener of process.listeners('exit')) if (!before.includes(listener)) listener(code);
  return code;
}

const hooked = () => makeProject({ pay: entry('1') }, { envs: ['dev'], hooks: { afterLive: 'echo live' } });

const person: Place = { in: true, out: true };
/** Waits for this text; a command that has ended will not say it any more. */
async function said(text: string): Promise<void> {
  await vi.waitUntil(() => written.all.includes(text) || isOver, { timeout: patienceMs });
  expect(written.all).toContain(text);
}

describe('a question', () => {
  it.each([
    ['y', 0],
    ['n', 1],
  ])('is put to who sits at a terminal: %s', async (answer, expected) => {
    const stdin = await at((await hooked()).folder, person);
    const code = run(['trust']);
    await said('[y/N]');
    stdin.write(`${answer}\n`);
    expect(await code).toBe(expected);
    expect(written.err).toContain('echo live');
    expect(kill).not.toHaveBeenCalled();
    // Else the process would go on.
    expect(stdin.isPaused()).toBe(true);
  });

  it.each([
    ['trust', 'asked again only\nif one'],
    ['history --forget', 'of all\nfunctions? They cannot be restored.\n[y/N] '],
  ])('is seen where errors go to a file, and Ctrl-C ends it: %s', async (line, question) => {
    const stdin = await at((await hooked()).folder, person);
    put(process.stderr, 'isTTY', false);
    put(process.stdout, 'columns', 40);
    const code = run(line.split(' '));
    await said('[y/N] ');
    expect(written.out.replaceAll(/\u001b\[\d*\w/g, '')).toContain(question);
    expect(written.out.includes('echo live')).toBe(line === 'trust');
    expect(written.err).not.toContain('[y/N]');
    stdin.write('\u0003');
    expect(await code).toBe(1);
  });

  it('says what it is about on a terminal that has no size', async () => {
    const stdin = await at((await hooked()).folder, person);
    put(process.stdout, 'columns', 0);
    const code = run(['trust']);
    await said('[y/N]');
    expect(written.err).toContain('echo live');
    stdin.write('n\n');
    expect(await code).toBe(1);
  });

  it('ends the command at Ctrl-C', async () => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const config = { ...configFor(emulator), protectedEnvs: ['*'] };
    const project = await makeProject({ pay: entry('1') }, config);
    const stdin = await at(project.folder, { ...person, env: { TEST_TOKEN: emulator.token } });
    put(process.stderr, 'isTTY', true);
    const code = run(['watch', '--plain']);
    await said('[y/N]');
    stdin.write('\u0003');
    expect(await code).toBe(0);
    expect(written.err).toMatch(/stopping/i);
  });

  it('is put to nobody any more who has said: stop', async () => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const config = { ...configFor(emulator), protectedEnvs: ['*'] };
    const project = await makeProject({ pay: entry('1') }, config);
    await at(project.folder, { ...person, env: { TEST_TOKEN: emulator.token } });
    const code = run(['push', '--plain']);
    process.emit('SIGTERM');
    expect(await code).toBe(1);
    expect(written.err).not.toContain('[y/N]');
  });

  it.skipIf(process.platform === 'win32')('goes on after Ctrl-Z and fg, with its last line', async () => {
    const stdin = await at((await hooked()).folder, person);
    put(process.stderr, 'isTTY', true);
    const code = run(['trust']);
    await said('[y/N]');
    stdin.write('\u001a');
    await vi.waitUntil(() => kill.mock.calls.length > 0, { timeout: patienceMs });
    // All of the group: an npm that has started us would keep the terminal.
    expect(kill.mock.calls).toEqual([[0, 'SIGTSTP']]);
    Object.assign(written, { err: '', all: '' });
    process.emit('SIGCONT');
    await said('[y/N]');
    expect(written.err).not.toContain('echo live');
    stdin.write('y\n');
    expect(await code).toBe(0);
  });

  it('costs a start no time: what a person took for the answer is not counted', async () => {
    const emulator = await runEmulator({ envs: ['dev', 'test'] });
    const config = { ...configFor(emulator), protectedEnvs: ['test'] };
    const project = await makeProject({ pay: entry('1') }, config);
    const stdin = await at(project.folder, { ...person, env: { TEST_TOKEN: emulator.token } });
    const now = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    const code = run(['watch', '--plain']);
    await said('[y/N]');
    ahead = 1000 * 60_000;
    stdin.write('y\n');
    await said('watching');
    process.emit('SIGTERM');
    expect(await code).toBe(0);
    expect(written.out.replace(/\s+/g, ' ')).toMatch(/ready after (?:[\d.]+ m?s|\d{1,2} min)\b/);
  });

  it.each<readonly [string, Place]>([
    ['reads a pipe', { in: true }],
    ['comes from a pipe', { out: true }],
    ['is a build server', { ...person, env: { CI: 'true' } }],
  ])('is put to nobody where it %s', async (_, place) => {
    await at((await hooked()).folder, place);
    expect(await run(['trust'])).toBe(3);
    expect(written.out).toContain('echo live');
    expect(written.err).not.toContain('[y/N]');
    // In one file both stand in the order in which they were said.
    expect(written.all).toMatch(/echo live[\s\S]*tcb-watch: /);
  });

  it('whose terminal goes away agrees to nothing', async () => {
    const stdin = await at((await hooked()).folder, person);
    const code = run(['trust']);
    await said('[y/N]');
    stdin.end();
    expect(await code).toBe(1);
  });
});

describe('colours', () => {
  const beginning = '\u001b[';
  it.each<readonly [string, Place, boolean]>([
    ['a terminal', { out: true }, true],
    ['a pipe', {}, false],
    ['a terminal without colours', { out: true, env: { NO_COLOR: '1' } }, false],
    ['a terminal that can do nothing', { out: true, env: { TERM: 'dumb' } }, false],
  ])('on %s', async (_, place, expected) => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    await at(project.folder, { ...place, env: { TEST_TOKEN: emulator.token, ...place.env } });
    expect(await run(['push', '--plain', '--yes'])).toBe(0);
    expect(written.out).toContain('live');
    expect(written.out.includes(beginning)).toBe(expected);
  });
});

describe('the screen', () => {
  const [opened, closed] = ['\u001b[?1049h', '\u001b[?1049l'];

  it('is taken over where somebody sits at a whole terminal, and given back at q', async () => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    const stdin = await at(project.folder, { ...person, env: { TEST_TOKEN: emulator.token } });
    const code = run(['watch']);
    await said(opened);
    stdin.write('q');
    expect(await code).toBe(0);
    expect(written.out).toContain(closed);
  });

  it.each<readonly [string, Place]>([
    ['stdout is a pipe', { in: true }],
    ['stdin is a pipe', { out: true }],
  ])('is left alone where %s', async (_, place) => {
    const emulator = await runEmulator({ envs: ['dev'] });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    await at(project.folder, { ...place, env: { TEST_TOKEN: emulator.token } });
    const code = run(['watch']);
    await said('watching');
    process.emit('SIGTERM');
    expect(await code).toBe(0);
    expect(written.out).not.toContain(opened);
  });
});

describe('lines', () => {
  it.each<readonly [string, Place, boolean]>([
    ['a terminal', { out: true }, true],
    ['a pipe', {}, false],
  ])('are broken at the width of %s (%j): %s', async (_, place, isBroken) => {
    const project = await makeProject(
      { pay: { 'other.js': '1;' } },
      { envs: ['dev'], functions: { pay: {} } },
    );
    await at(project.folder, { ...place, env: { NO_COLOR: '1' } });
    expect(await run(['push', '--plain', '--dry-run'])).toBe(0);
    const lines = written.out.split('\n');
    expect(written.out).toContain('pay');
    expect(lines.every((line) => line.length <= 80)).toBe(isBroken);
  });

  it.each<readonly [string, Place, string]>([
    ['a terminal: at once', { out: true }, '1.2.3\n'],
    ['a pipe: at the end of a turn', {}, ''],
  ])('come to %s', async (_, place, expected) => {
    await at(await temporaryFolder(), place);
    const code = run(['--version']);
    expect(written.out).toBe(expected);
    expect(await code).toBe(0);
    expect(written.out).toBe('1.2.3\n');
  });

  it('come to a pipe, too, where the process ends in the same turn', async () => {
    await at(await temporaryFolder());
    const before = process.listeners('exit');
    const code = runProcess(['--version'], '1.2.3');
    for (const listener of process.listeners('exit')) if (!before.includes(listener)) listener(0);
    expect(written.out).toBe('1.2.3\n');
    expect(await code).toBe(0);
  });

  it('that a build server shows next to the code follow what they are about', async () => {
    const emulator = await runEmulator({ envs: ['dev'] });
    emulator.faults.add({ call: 'batchuploadscf', errcode: -604_101 });
    const project = await makeProject({ pay: entry('1') }, configFor(emulator));
    await at(project.folder, { env: { TEST_TOKEN: emulator.token, GITHUB_ACTIONS: 'true' } });
    expect(await run(['push'])).not.toBe(0);
    expect(written.err).toMatch(/^::error /m);
    const line = written.all.indexOf('✖ failed');
    expect(line).toBeGreaterThan(0);
    expect(written.all.search(/^::/m)).toBeGreaterThan(line);
  });
});

describe('stdin', () => {
  it('is read as a whole, whatever it is cut into', async () => {
    const cloud = await runInvokingCloud(({ event }) => event);
    const { folder } = await makeProject(
      { pay: entry('1') },
      { ...configFor(cloud.emulator), endpoint: cloud.url },
    );
    const stdin = await at(folder, { env: { TEST_TOKEN: cloud.emulator.token } });
    expect(await run(['push', '--yes', '-e', 'dev'])).toBe(0);
    const text = Buffer.from('{"a":"你"}');
    const code = run(['invoke', 'pay', '-', '-e', 'dev']);
    for (const part of [text.subarray(0, 7), text.subarray(7)]) stdin.write(part);
    stdin.end();
    expect(await code).toBe(0);
    expect(cloud.invoked).toMatchObject([{ event: { a: '你' } }]);
  });

  const endless = async (more: readonly string[]) => {
    const store = await temporaryFolder();
    const args = ['emulator', '--env-id', 'dev', '--json', '--store', store, ...more];
    return { code: run(args) };
  };

  it('that ends means: stop, where a program says so', async () => {
    const stdin = await at(await temporaryFolder());
    const { code } = await endless(['--stdin-ends']);
    await said('listening');
    stdin.end();
    expect(await code).toBe(0);
  });

  it('that broke means so, too', async () => {
    const stdin = await at(await temporaryFolder());
    const { code } = await endless(['--stdin-ends']);
    await said('listening');
    stdin.destroy(new Error('gone'));
    expect(await code).toBe(0);
  });

  it('that has ended before means so, too', async () => {
    const stdin = await at(await temporaryFolder());
    stdin.resume().end();
    await vi.waitUntil(() => stdin.readableEnded, { timeout: patienceMs });
    expect(await (await endless(['--stdin-ends'])).code).toBe(0);
  });

  it.each<readonly [string, Place, readonly string[]]>([
    ['nobody said so', {}, []],
    ['it is a terminal', { in: true }, ['--stdin-ends']],
  ])('that ends means nothing where %s', async (_, place, more) => {
    const stdin = await at(await temporaryFolder(), place);
    stdin.resume();
    const { code } = await endless(more);
    await said('listening');
    stdin.end();
    await vi.waitUntil(() => stdin.readableEnded, { timeout: patienceMs });
    const over = Promise.race([code, new Promise((resolve) => setImmediate(resolve, 'goes on'))]);
    expect(await over).toBe('goes on');
    process.emit('SIGTERM');
    expect(await code).toBe(0);
  });
});

describe('the end', () => {
  it('waits until a pipe has taken everything, however long', async () => {
    await at(await temporaryFolder());
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    isQuick = false;
    put(process.stdout, 'writableLength', 7);
    const code = run(['--version']);
    await vi.waitUntil(() => unread.length > 1, { timeout: patienceMs });
    vi.advanceTimersByTime(3_600_000);
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    for (const call of unread) call();
    expect(await code).toBe(0);
  });

  it('waits for no terminal that does not read', async () => {
    await at(await temporaryFolder(), { out: true });
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    isQuick = false;
    put(process.stdout, 'writableLength', 7);
    const code = run(['--version']);
    await vi.waitUntil(() => vi.getTimerCount() > 0, { timeout: patienceMs });
    vi.advanceTimersByTime(1000);
    expect(await code).toBe(0);
  });

  it('of a reader is none of the terminal from which it was started', async () => {
    await at(await temporaryFolder(), { in: true });
    const store = await temporaryFolder();
    const code = run(['emulator', '--env-id', 'dev', '--json', '--store', store]);
    await said('listening');
    process.stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    expect(await code).toBe(0);
    expect(kill).not.toHaveBeenCalled();
  });

  it.each(['stdout', 'stderr'] as const)(
    'of a terminal is no error of ours, and the log has all of it: %s',
    async (stream) => {
      const emulator = await runEmulator({ envs: ['dev'], deployMs: 600_000 });
      const project = await makeProject({ pay: entry('1') }, configFor(emulator));
      await at(project.folder, { ...person, env: { TEST_TOKEN: emulator.token } });
      const code = run(['push', '--plain', '--yes']);
      await vi.waitUntil(() => emulator.counts().batchuploadscf > 0, { timeout: patienceMs });
      put(process.stderr, 'isTTY', true);
      process[stream].emit('error', Object.assign(new Error('gone'), { code: 'EIO' }));
      expect(await code).toBe(1);
      expect(kill.mock.calls).toEqual(dies ? [[process.pid, 'SIGKILL']] : []);
      const log = join(project.folder, '.tcb-watch', 'log');
      if (dies) expect(existsSync(log) && (await readFile(log, 'utf8'))).toContain('stopped');
    },
  );
});
