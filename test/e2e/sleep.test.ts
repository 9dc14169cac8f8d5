/** The machine sleeps, which a process sees as a jump of the clock. At real speed: the clock cannot be scaled. */
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
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
} from '../support/rig.js';

/** One alone: a request of several is overtaken after 5 s, asleep or not. */
const envs = ['dev'];
const names = ['login', 'pay'];
const everyTarget = names.map((name) => [name, 'dev'] as const);
/** Longer than what a busy machine may make a process wait. */
const sleepMs = 5000;
/** A request that is not given up on waking is then waited for until long after the test's own patience. */
const patient = { requestTimeoutSeconds: 300 };

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

async function watched(
  emulator: Emulator,
  endpoint: string,
): Promise<{ project: Project; program: Program }> {
  const project = await makeProject(functions, { ...configFor(emulator), endpoint, ...patient });
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor(isEvent('watching'));
  await program.waitForLive(everyTarget);
  return { project, program };
}

async function expectRunning(emulator: Emulator, name: string, version: string): Promise<void> {
  expect(await running(emulator, 'dev', name)).toEqual(new Map(Object.entries(entry(version))));
}

/** A relay between the program and the cloud, like a router that forgets its connections without a word. */
async function startFront(target: string): Promise<{ readonly url: string; forget(): void }> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    pairs.add([near, far]);
    for (const each of [near, far]) each.on('error', () => each.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const each of [...pairs].flat()) each.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const forget = (): void => {
    for (const [near, far] of pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.pause();
      far.destroy();
    }
  };
  return { url: `http://127.0.0.1:${address.port}`, forget };
}

describe.skipIf(process.platform === 'win32')('after sleep (needs SIGSTOP)', () => {
  it('a request that was on its way is not waited for until its time-out, and everything pending goes out', async () => {
    const emulator = await runEmulator({ envs });
    const { project, program } = await watched(emulator, emulator.url);
    const from = program.events.length;
    emulator.faults.add({ call: 'batchuploadscfcode', times: 1, hang: true });
    const before = emulator.counts().batchuploadscfcode;
    await save(project, 'pay', '2');
    await emulator.waitFor(() => emulator.counts().batchuploadscfcode > before);
    await sleepThrough(program, () => save(project, 'login', '2'));
    await program.waitForLive(everyTarget, from);
    for (const name of names) await expectRunning(emulator, name, '2');
  });

  it('connections that died meanwhile without a word are given up, and what was followed is seen to be live', async () => {
    const emulator = await runEmulator({ envs });
    const front = await startFront(emulator.url);
    const { project, program } = await watched(emulator, front.url);
    const from = program.events.length;
    emulator.faults.add({ call: 'batchuploadscfcode', times: 1, deployMs: sleepMs - 1000 });
    await save(project, 'pay', '2');
    await program.waitFor(isEvent('pushed'), from);
    await sleepThrough(program, async () => front.forget());
    await program.waitForLive([['pay', 'dev']], from);
    await expectRunning(emulator, 'pay', '2');
  });
});
