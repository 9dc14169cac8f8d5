/** Commands in a real shell: what they print, how they end, and that nothing of them is left. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type CommandOptions, runCommand } from '../../src/system/command.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';

needs('shell');

const run = async (command: string, more: Partial<CommandOptions> = {}) =>
  runCommand({
    command,
    folder: await temporaryFolder(),
    environment: { PATH: process.env['PATH'] },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    ...more,
  });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Starts something that goes on for long with the output open, and writes both process ids down. */
const hanging = 'sleep 600 & echo "$$ $!" > pids.tmp; mv pids.tmp pids';

async function gone(folder: string): Promise<void> {
  const pids = readFileSync(join(folder, 'pids'), 'utf8').split(' ').map(Number);
  expect(pids).toHaveLength(2);
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
}

it('both outputs are kept, together and apart, without colours and without blanks around them', async () => {
  const outcome = await run("printf ' \\033[31mred\\033[0m\\n'; sleep 0.1; echo ' warning' >&2");
  expect(outcome).toEqual({ code: '0', output: 'red\n warning', stdout: 'red', stderr: 'warning' });
});

it.each([
  ['exit 3', '3'],
  ['kill -TERM $$', 'SIGTERM'],
])('%s ends with %s', async (command, code) => {
  expect((await run(command)).code).toBe(code);
});

it('a folder that is not there is the system’s error', async () => {
  expect((await run('true', { folder: '/not/there' })).code).toBe('ENOENT');
});

it('runs in the folder, with the variables that are given and no others', async () => {
  const folder = await temporaryFolder();
  const { stdout } = await run('pwd -P; echo "$MINE$VITEST"', { folder, environment: { MINE: 'given' } });
  expect(stdout.split('\n')).toEqual([expect.stringContaining(folder), 'given']);
});

describe('input', () => {
  it('is read to its end', async () => {
    expect(await run('cat', { input: 'one\ntwo' })).toMatchObject({ code: '0', stdout: 'one\ntwo' });
    expect(await run('cat')).toMatchObject({ code: '0', stdout: '' });
  });

  it('that a command does not read is nobody’s fault', async () => {
    expect(await run('exec 0<&-; echo done', { input: 'x'.repeat(1 << 20) })).toMatchObject({
      code: '0',
      stdout: 'done',
    });
  });
});

it('of a long output the last 64 KiB are kept', async () => {
  const { stdout } = await run('printf a; printf %65535s | tr " " b; printf c');
  expect(stdout).toBe(`${'b'.repeat(65_535)}c`);
});

describe('is ended with all that it started', () => {
  it('when its time is over, with what it said until then', async () => {
    const folder = await temporaryFolder();
    const outcome = await run(`echo asking; ${hanging}; wait`, { folder, timeoutMs: 2000 });
    expect(outcome).toMatchObject({ code: 'TIMED_OUT', stdout: 'asking' });
    await gone(folder);
  });

  it('when it is broken off', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const running = run(`${hanging}; wait`, { folder, signal: controller.signal });
    await vi.waitFor(() => expect(existsSync(join(folder, 'pids'))).toBe(true), { timeout: 10_000 });
    controller.abort();
    expect((await running).code).toBe('ABORTED');
    await gone(folder);
  });

  it('when it was broken off before it began', async () => {
    expect((await run('sleep 600', { signal: AbortSignal.abort() })).code).toBe('ABORTED');
  });

  it('where it has ended, and what it left running holds its output open', async () => {
    const folder = await temporaryFolder();
    expect(await run(`echo done; ${hanging}; exit 4`, { folder })).toMatchObject({
      code: '4',
      stdout: 'done',
    });
    await gone(folder);
  });

  it('when this process ends, and no longer when it has ended itself', async () => {
    const folder = await temporaryFolder();
    const before = process.listeners('exit');
    const running = [run(`${hanging}; wait`, { folder }), run('sleep 600')];
    await vi.waitFor(() => expect(existsSync(join(folder, 'pids'))).toBe(true), { timeout: 10_000 });
    const added = process.listeners('exit').filter((listener) => !before.includes(listener));
    expect(added).toHaveLength(1);
    for (const listener of added) listener.call(process, 0);
    expect((await Promise.all(running)).map(({ code }) => code)).toEqual(['SIGKILL', 'SIGKILL']);
    await gone(folder);
    expect(process.listeners('exit')).toEqual(before);
  });
});
