/** `.tcb-watch` goes while a daemon runs (`git clean -fdx`): it takes it again, or stops where another one was quicker. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import {
  configFor,
  entry,
  makeProject,
  type Project,
  runEmulator,
  runWith,
  uploads,
} from '../support/rig.js';

const quick = { TCB_WATCH_TIME_SCALE: '0.2' };

async function scene(): Promise<{ readonly emulator: Emulator; readonly project: Project }> {
  const emulator = await runEmulator({ envs: ['dev'] });
  return { emulator, project: await makeProject({ pay: entry('1') }, configFor(emulator)) };
}

it('it is made again with what is known, other commands find the daemon, and nothing is sent twice', async () => {
  const { emulator, project } = await scene();
  const daemon = runWith(emulator, project, ['watch'], quick);
  await daemon.waitForLive([['pay', 'dev']]);
  await daemon.waitFor(({ event }) => event === 'watching');
  // The daemon may write into it meanwhile, as beneath `git clean`.
  await rm(join(project.folder, '.tcb-watch'), { recursive: true, maxRetries: 10 });
  await daemon.waitFor(({ event, kind }) => event === 'notice' && kind === 'folder-removed');
  // A folder that is removed while it is made again is made once more.
  const holder = async (): Promise<unknown> =>
    JSON.parse(await readFile(join(project.folder, '.tcb-watch/daemon.lock'), 'utf8'));
  await vi.waitFor(async () => expect(await holder()).toMatchObject({ pid: daemon.pid }), 10_000);
  const second = runWith(emulator, project, ['watch'], quick);
  expect((await second.exit).code).toBe(3);
  const from = daemon.events.length;
  await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
  await daemon.waitForLive([['pay', 'dev']], from);
  const status = runWith(emulator, project, ['status'], quick);
  expect((await status.exit).code).toBe(0);
  expect(status.events[0]).toMatchObject({ daemon: { pid: daemon.pid } });
  await rm(join(project.folder, '.tcb-watch'), { recursive: true, maxRetries: 10 });
  expect(await daemon.stop()).toBe(0);
  const before = uploads(emulator);
  expect((await runWith(emulator, project, ['push'], quick).exit).code).toBe(0);
  expect(uploads(emulator)).toBe(before);
});

it.skipIf(process.platform === 'win32')(
  'one that was asleep meanwhile stops, and sends nothing',
  async () => {
    const { emulator, project } = await scene();
    const first = runWith(emulator, project, ['watch'], quick);
    await first.waitForLive([['pay', 'dev']]);
    await first.waitFor(({ event }) => event === 'watching');
    first.signal('SIGSTOP');
    await rm(join(project.folder, '.tcb-watch'), { recursive: true, maxRetries: 10 });
    const second = runWith(emulator, project, ['watch'], quick);
    await second.waitFor(({ event }) => event === 'watching');
    await second.waitForLive([['pay', 'dev']]);
    await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
    const before = uploads(emulator);
    first.signal('SIGCONT');
    const { code } = await first.exit;
    expect([code, first.stderr()]).toEqual([3, expect.stringContaining(`process ${second.pid} now uploads`)]);
    await second.waitForLive(
      [['pay', 'dev']],
      second.events.findIndex(({ event }) => event === 'changed'),
    );
    expect(uploads(emulator) - before).toBeLessThanOrEqual(1);
    const status = runWith(emulator, project, ['status'], quick);
    await status.exit;
    expect(status.events[0]).toMatchObject({ daemon: { pid: second.pid } });
    expect(await second.stop()).toBe(0);
  },
);

it('without a lock on a file two never run together, and other commands talk to the one', async () => {
  const { emulator, project } = await scene();
  await mkdir(join(project.folder, '.tcb-watch/daemon.lock'), { recursive: true });
  const daemon = runWith(emulator, project, ['watch'], quick);
  await daemon.waitForLive([['pay', 'dev']]);
  await daemon.waitFor(({ event }) => event === 'watching');
  const second = runWith(emulator, project, ['watch'], quick);
  expect((await second.exit).code).toBe(3);
  expect(second.stderr()).toContain(`process ${daemon.pid}`);
  const push = runWith(emulator, project, ['push', '--force'], quick);
  expect((await push.exit).code).toBe(0);
  expect(await daemon.stop()).toBe(0);
});
