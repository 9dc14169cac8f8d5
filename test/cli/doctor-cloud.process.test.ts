import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctor } from '../support/doctor-rig.js';
import { entry, makeProject, runEmulator } from '../support/rig.js';

test('nothing is written where nothing is', async () => {
  const project = await makeProject({ fn: entry('1') }, { envs: ['dev'], endpoint: 'emulator' });
  const result = await doctor(project);
  expect(result.code).toBe(0);
  expect(result.of('functions-there')).toEqual(['warning dev']);
  expect(await readdir(project.folder)).toEqual(['functions', 'watch.config.json']);
});

test('a daemon’s store is read from a copy: what runs there stays', async () => {
  const project = await makeProject({ fn: entry('1') }, { envs: ['dev'], endpoint: 'emulator' });
  const store = join(project.folder, '.tcb-watch', 'emulator');
  const running = await runEmulator({ envs: ['dev'], store });
  await running.deploy('dev', 'fn', entry('1'));
  await mkdir(join(store, '.run-1-x'));
  await writeFile(join(store, '.run-1-x', 'socket'), '');
  const before = await readdir(store, { recursive: true });
  const result = await doctor(project);
  expect(result.of('functions-there')).toEqual(['good dev']);
  expect(await readdir(store, { recursive: true })).toEqual(before);
});
