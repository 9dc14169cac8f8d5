/** `tcb-watch stop`, against a daemon in this process. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runHistory } from '../../src/cli/history.js';
import { runStop } from '../../src/cli/stop.js';
import { createSync } from '../../src/index.js';
import { takeLock } from '../../src/state/lock.js';
import { listenAt, socketPathFor } from '../../src/system/socket.js';
import { deskIn } from '../support/init-rig.js';
import { needs } from '../support/needs.js';
import { configFor, entry, makeProject, runEmulator, temporaryFolder } from '../support/rig.js';

async function project() {
  const emulator = await runEmulator({ envs: ['dev'] });
  const made = await makeProject({ pay: entry('1') }, configFor(emulator));
  const environment = { TEST_TOKEN: emulator.token };
  return { emulator, made, environment, cwd: made.folder };
}

it('ends the daemon as an interrupt does, and waits until it has let go of everything', async () => {
  const { cwd, environment } = await project();
  const created = await createSync({ cwd, environment });
  if (!created.ok) throw new Error(created.message);
  await created.sync.watch();
  const desk = deskIn(cwd, { environment });
  expect(await runStop({}, desk.context)).toBe(0);
  expect(desk.err()).toContain(`process ${process.pid} has ended.`);
  expect(await created.sync.stop()).toMatchObject({ event: 'stopped', code: 0 });
  // Nothing is left to stop.
  expect(await runStop({}, desk.context)).toBe(0);
  expect(desk.err()).toContain('nothing runs for this configuration');
});

it('knows the project by another spelling of its folder, as Windows has many', async () => {
  const { cwd, environment } = await project();
  const created = await createSync({ cwd, environment });
  if (!created.ok) throw new Error(created.message);
  await created.sync.watch();
  const spelling = join(await temporaryFolder(), 'spelling');
  needs('links');
  await symlink(cwd, spelling, 'junction');
  const desk = deskIn(spelling, { environment });
  expect(await runStop({}, desk.context)).toBe(0);
  expect(desk.err()).toContain(`process ${process.pid} has ended.`);
  await created.sync.stop();
});

it('leaves a push alone, and says so', async () => {
  const { cwd, environment, made } = await project();
  const folder = join(made.folder, '.tcb-watch');
  await mkdir(folder);
  const holder = {
    v: 1,
    pid: 4711,
    role: 'push',
    socket: null,
    endpoint: 'x',
    config: null,
    version: '1',
  } as const;
  const lock = await takeLock(folder, holder);
  if (lock.type !== 'taken') throw new Error(lock.type);
  onTestFinished(() => lock.lock.release());
  const desk = deskIn(cwd, { environment });
  expect(await runStop({}, desk.context)).toBe(1);
  expect(desk.err()).toContain('process 4711 is a push');
});

it('one that has the lock and does not answer is not called gone: by its process', async () => {
  const { cwd, environment, made } = await project();
  const folder = join(made.folder, '.tcb-watch');
  await mkdir(folder);
  const lock = await takeLock(folder, {
    ...{ v: 1, pid: 4711, role: 'watch', socket: null, endpoint: 'x', config: null, version: '1' },
  });
  if (lock.type !== 'taken') throw new Error(lock.type);
  onTestFinished(() => lock.lock.release());
  const desk = deskIn(cwd, { environment });
  expect(await runStop({}, desk.context)).toBe(1);
  expect(desk.err()).toContain('4711');
  // Nothing is taken from under it, either.
  const asked = { ...{ json: false, trust: false, envId: [] }, forget: true, yes: true };
  expect(await runHistory(asked, 'pay', desk.context)).toBe(1);
  expect(desk.err().match(/4711/g)).toHaveLength(2);
});

it('one that does not let go of its lock is waited for, and after 20 s it is said that it goes on', async () => {
  const { cwd, environment, made, emulator } = await project();
  const folder = join(made.folder, '.tcb-watch');
  await mkdir(folder);
  const socket = socketPathFor(folder);
  const file = join(made.folder, 'watch.config.json');
  const facts = { pid: 4711, version: '1', endpoint: emulator.url, config: file };
  const asked: string[] = [];
  const listening = await listenAt(socket, (conversation) => {
    conversation.send({ v: 1, say: 'hello', daemon: facts });
    conversation.onLine((line) => asked.push(line));
  });
  const taken = await takeLock(folder, { v: 1, role: 'watch', socket, ...facts });
  if (taken.type !== 'taken' || !listening.ok) throw new Error(taken.type);
  onTestFinished(async () => {
    taken.lock.release();
    await listening.listening.close();
  });
  const clock = vi.spyOn(performance, 'now').mockReturnValue(5);
  onTestFinished(() => void clock.mockRestore());
  const desk = deskIn(cwd, { environment });
  const code = runStop({}, desk.context);
  for (const ms of [5, 20_004]) {
    clock.mockReturnValue(ms);
    const { length } = clock.mock.calls;
    await vi.waitUntil(() => clock.mock.calls.length > length + 1, { timeout: 60_000 });
    expect(desk.err()).toBe('');
  }
  clock.mockReturnValue(20_005);
  expect(await code).toBe(1);
  expect(desk.err()).toContain('4711');
  expect(asked.map((line) => JSON.parse(line))).toEqual([{ v: 1, ask: 'stop' }]);
});

it('without a configuration: 3', async () => {
  const { made, environment } = await project();
  const desk = deskIn(made.folder, { environment });
  expect(await runStop({ config: 'none.json' }, desk.context)).toBe(3);
});
