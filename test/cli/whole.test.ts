/** A command line from the process's arguments to its exit code: its streams, and all that means "stop". The process is this one. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runProcess } from '../../src/cli/process.js';
import { temporaryFolder } from '../support/rig.js';

const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'exit'] as const;
const written = { out: '', err: '' };

/** The event, as the system would bring it. */
const happens = (name: string, ...about: readonly unknown[]): boolean =>
  Reflect.apply(process.emit, process, [name, ...about]);

beforeEach(() => {
  Object.assign(written, { out: '', err: '' });
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
      const done = rest.at(-1);
      if (typeof done === 'function') queueMicrotask(() => Reflect.apply(done, null, []));
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
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** An emulator, which goes on until it is stopped; resolves once it listens. */
async function endless() {
  const store = await temporaryFolder();
  const code = runProcess(['emulator', '--env-id', 'dev', '--json', '--store', store], '1.2.3');
  await vi.waitUntil(() => written.out.includes('listening'), { timeout: 60_000 });
  return { code };
}

it('prints what it was asked for, and ends with 0; a mistake is said elsewhere, and ends with 3', async () => {
  expect(await runProcess(['--version'], '1.2.3')).toBe(0);
  expect(written).toEqual({ out: '1.2.3\n', err: '' });
  expect(await runProcess(['psuh'], '1.2.3')).toBe(3);
  expect(written.out).toBe('1.2.3\n');
  expect(written.err).toContain('push');
});

it('says nothing to a build server that would be a command to it', async () => {
  vi.stubEnv('GITHUB_ACTIONS', 'true');
  expect(await runProcess(['::set-env name=a::b'], '1.2.3')).toBe(3);
  expect(written.err).toContain('set-env');
  expect(written.err).not.toMatch(/^\s*::/m);
});

describe('stops, in good order,', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'])('at %s', async (signal) => {
    const { code } = await endless();
    happens(signal);
    expect(await code).toBe(0);
  });

  it('where that came before it had begun', async () => {
    const args = ['emulator', '--env-id', 'dev', '--json', '--store', await temporaryFolder()];
    const code = runProcess(args, '1.2.3');
    happens('SIGTERM');
    expect(await code).toBe(0);
  });

  it('where nobody reads its lines any more', async () => {
    const { code } = await endless();
    process.stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    expect(await code).toBe(0);
    expect(written.err).toBe('');
  });

  it('where they cannot be written, which is an error of its own', async () => {
    const { code } = await endless();
    process.stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect(await code).toBe(6);
    expect(written.err).toContain('ENOSPC');
  });
});

it('ends at once when it is interrupted a second time, but for a terminal that hangs up twice', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const { code } = await endless();
  happens('SIGHUP');
  happens('SIGHUP');
  expect(exit).not.toHaveBeenCalled();
  happens('SIGINT');
  expect(exit).toHaveBeenCalledWith(130);
  expect(await code).toBe(0);
});

it('takes one press of Ctrl-C for one under npm start, which hands it on once more', async () => {
  vi.stubEnv('npm_lifecycle_event', 'start');
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const { code } = await endless();
  // Whole milliseconds: differences of others are not exact.
  const at = Math.ceil(performance.now());
  const clock = vi.spyOn(performance, 'now').mockReturnValue(at);
  happens('SIGINT');
  clock.mockReturnValue(at + 99);
  happens('SIGINT');
  expect(exit).not.toHaveBeenCalled();
  clock.mockReturnValue(at + 100);
  happens('SIGINT');
  expect(exit).toHaveBeenCalledWith(130);
  clock.mockRestore();
  expect(await code).toBe(0);
});
