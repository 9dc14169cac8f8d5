/** The library on a project of two functions, in front of an emulator. */
import { onTestFinished } from 'vitest';
import { createSync, type RunningSync } from '../../src/index.js';
import { configFor, entry, makeProject, runEmulator } from './rig.js';

export const envs = ['dev', 'test'];

export async function made(config: Readonly<Record<string, unknown>> = {}) {
  const cloud = await runEmulator({ envs });
  const project = await makeProject(
    { login: entry('1'), pay: entry('1') },
    { ...configFor(cloud), ...config },
  );
  return { cloud, project, cwd: project.folder, environment: { TEST_TOKEN: cloud.token } };
}

type Options = Parameters<typeof createSync>[0];

/** A sync that is stopped when the test ends. */
export async function started(options: Options): Promise<RunningSync> {
  const created = await createSync(options);
  if (!created.ok) throw new Error(created.message);
  onTestFinished(async () => void (await created.sync.stop()));
  return created.sync;
}
