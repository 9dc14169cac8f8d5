/** The machine sleeps, which a process sees as a jump of the clock (issue 3, point 7). At real speed: the clock cannot be scaled. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/emulator/index.js';
import {
  configFor,
  entry,
  makeProject,
  type Program,
  type Project,
  runEmulator,
  running,
  runWith,
  type Seen,
  temporaryFolder,
} from '../rig.js';

const envs = ['dev', 'test'];
const names = ['login', 'pay'];
const everyTarget = names.flatMap((name) => envs.map((env) => [name, env] as const));
/** Longer than what a busy machine may make a process wait. */
const sleepMs = 5000;

const isEvent =
  (event: string) =>
  (seen: Seen): boolean =>
    seen.event === event;

async function sleepThrough(program: Program, meanwhile: () => Promise<void>): Promise<void> {
  program.signal('SIGSTOP');
  await Promise.all([meanwhile(), new Promise((resolve) => setTimeout(resolve, sleepMs))]);
  program.signal('SIGCONT');
}

const save = (project: Project, name: string, version: string): Promise<void> =>
  project.write(`functions/${name}/index.js`, entry(version)['index.js'] ?? '');

const functions = Object.fromEntries(names.map((name) => [name, entry('1')]));

describe.skipIf(process.platform === 'win32')('after sleep (needs SIGSTOP)', () => {
  it('a request that was on its way is not waited for until its time-out, and everything pending goes out', async () => {
    const emulator = await runEmulator({ envs });
    const project = await makeProject(functions, configFor(emulator));
    const program = runWith(emulator, project, ['watch']);
    await program.waitFor(isEvent('watching'));
    await program.waitForLive(everyTarget);
    const from = program.events.length;
    emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hang: true });
    await save(project, 'pay', '2');
    await emulator.waitFor(() => emulator.counts().batchuploadscfcode > 0);
    await sleepThrough(program, () => save(project, 'login', '2'));
    // The time-out of the request would be 30 s, which is longer than this waits.
    await program.waitForLive(everyTarget, from);
    for (const [name, env] of everyTarget) {
      expect(await running(emulator, env, name)).toEqual(new Map(Object.entries(entry('2'))));
    }
  });

  it('connections that died meanwhile are not used, and a cloud that was away is found again', async () => {
    const store = join(await temporaryFolder(), 'store');
    const options = { envs, store, token: 'loopback-token-of-this-test', deployMs: 20 };
    const first = await startEmulator(options);
    const project = await makeProject(functions, configFor(first));
    const program = runWith(first, project, ['watch']);
    await program.waitFor(isEvent('watching'));
    await program.waitForLive(everyTarget);
    const from = program.events.length;
    const second = await new Promise<typeof first>((resolve, reject) => {
      const meanwhile = async (): Promise<void> => {
        await first.close();
        await save(project, 'pay', '2');
        resolve(await startEmulator({ ...options, port: Number(new URL(first.url).port) }));
      };
      sleepThrough(program, meanwhile).catch(reject);
    });
    onTestFinished(() => second.close());
    await program.waitForLive(
      [
        ['pay', 'dev'],
        ['pay', 'test'],
      ],
      from,
    );
    for (const env of envs) {
      expect(await running(second, env, 'pay')).toEqual(new Map(Object.entries(entry('2'))));
    }
  });
});
