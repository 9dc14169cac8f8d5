/** `status` next to a process that has the lock and says nothing, as one that was stopped by Ctrl-Z. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runCommand } from '../../src/cli/process.js';
import { takeLock } from '../../src/state/lock.js';
import { listenAt, socketPathFor } from '../../src/system/socket.js';
import { deskIn } from '../support/init-rig.js';
import { entry, makeProject, patienceMs } from '../support/rig.js';

it('names it, and shows what the disk and the ledger say', async () => {
  const project = await makeProject({ pay: entry('1') }, { envs: ['dev'] });
  const folder = join(project.folder, '.tcb-watch');
  await mkdir(folder);
  const socket = socketPathFor(folder);
  const listening = await listenAt(socket, () => undefined);
  const facts = { endpoint: 'x', config: null, version: '1' };
  const taken = await takeLock(folder, { v: 1, pid: 4711, role: 'watch', socket, ...facts });
  if (taken.type !== 'taken' || !listening.ok) throw new Error(taken.type);
  onTestFinished(async () => {
    taken.lock.release();
    await listening.listening.close();
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const desk = deskIn(project.folder);
  const code = runCommand(['status'], desk.context);
  // For so long it may introduce itself.
  await vi.waitUntil(() => vi.getTimerCount() > 0, { timeout: patienceMs });
  vi.advanceTimersByTime(5000);
  expect(await code).toBe(1);
  expect(desk.out()).toMatch(/4711[\s\S]*pay +dev/);
});
