import { expect, it } from 'vitest';
import { createSync } from '../../src/index.js';
import { start } from '../support/emulator-command.js';
import { entry, makeProject } from '../support/rig.js';

it('is the project’s own by default: a sync with the embedded emulator is refused meanwhile', async () => {
  const project = await makeProject({ pay: entry('1') }, { envs: ['dev'], endpoint: 'emulator' });
  const emulator = start(project.folder);
  await emulator.begun;
  const refused = await createSync({ cwd: project.folder, environment: {} });
  expect(refused).toMatchObject({ ok: false, code: 6, reason: 'config' });
  expect(refused.ok ? '' : refused.message).toContain('EBUSY');
  emulator.interrupt();
  expect(await emulator.code).toBe(0);
  const created = await createSync({ cwd: project.folder, environment: {} });
  if (!created.ok) throw new Error(created.message);
  const second = start(project.folder);
  expect(await second.code).toBe(6);
  await created.sync.stop();
});
