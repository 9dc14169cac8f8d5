/** The real program without a network, with an expired token, and with one environment that makes everything fail. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import {
  configFor,
  entry,
  type Files,
  makeProject,
  type Program,
  type Project,
  runEmulator,
  running,
  runWith,
  type Seen,
  temporaryFolder,
  uploads,
} from '../rig.js';

const envs = ['dev', 'test', 'stage'];
const names = ['login', 'order', 'pay'];
const everyTarget = names.flatMap((name) => envs.map((env) => [name, env] as const));
const quick: Files = { TCB_WATCH_TIME_SCALE: '0.05' };

function isEvent(event: string, fields: Readonly<Record<string, unknown>> = {}): (seen: Seen) => boolean {
  return (seen) =>
    seen.event === event && Object.entries(fields).every(([key, value]) => seen[key] === value);
}

async function editAll(project: Project, version: string): Promise<void> {
  await Promise.all(
    names.map((name) => project.write(`functions/${name}/index.js`, entry(version)['index.js'] ?? '')),
  );
}

async function expectVersion(emulator: Emulator, version: string): Promise<void> {
  for (const [name, env] of everyTarget) {
    expect(await running(emulator, env, name)).toEqual(new Map(Object.entries(entry(version))));
  }
}

function projectWith(config: Readonly<Record<string, unknown>>): Promise<Project> {
  return makeProject(Object.fromEntries(names.map((name) => [name, entry('1')])), {
    requestsPerSecond: 100,
    ...config,
  });
}

async function watched(emulator: Emulator, project: Project, env: Files = quick): Promise<Program> {
  const program = runWith(emulator, project, ['watch'], env);
  await program.waitFor(isEvent('watching'));
  await program.waitForLive(everyTarget);
  return program;
}

it('holds everything when the token expires in mid-work, with two uploads at most, until its file is rewritten', async () => {
  const emulator = await runEmulator({ envs });
  const tokenFile = join(await temporaryFolder(), 'token');
  await writeFile(tokenFile, emulator.token);
  const project = await projectWith({ ...configFor(emulator), token: { file: tokenFile } });
  const program = await watched(emulator, project);
  const before = uploads(emulator);
  const from = program.events.length;
  emulator.expireToken();
  await editAll(project, '2');
  await program.waitFor(isEvent('token', { state: 'rejected' }), from);
  for (const name of names) await program.waitFor(isEvent('held', { function: name, reason: 'token' }), from);
  expect(uploads(emulator) - before).toBeLessThanOrEqual(2);
  const again = program.events.length;
  await writeFile(tokenFile, emulator.rotateToken());
  await program.waitFor(isEvent('token', { state: 'refreshed' }), again);
  await program.waitForLive(everyTarget, again);
  await expectVersion(emulator, '2');
});

it('says which variable has no token, waits, and exits 2 from push', async () => {
  const emulator = await runEmulator({ envs });
  const project = await projectWith({ ...configFor(emulator), token: { env: 'NO_SUCH_TOKEN' } });
  const program = runWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(2);
  const token = program.events.find(isEvent('token', { state: 'unavailable' }));
  expect(String(token?.['detail'])).toContain('NO_SUCH_TOKEN');
  const held = program.events.find(isEvent('held', { reason: 'token' }));
  expect(`${held?.['detail']} ${held?.['hint']}`).toContain('NO_SUCH_TOKEN');
  expect(uploads(emulator)).toBe(0);
});

it('shows no network as one offline, then online, and everything goes out', async () => {
  const store = join(await temporaryFolder(), 'store');
  const options = { envs, store, token: 'loopback-token-of-this-test', deployMs: 20 };
  const first = await startEmulator(options);
  const project = await projectWith(configFor(first));
  const program = await watched(first, project);
  const from = program.events.length;
  await first.close();
  await editAll(project, '2');
  for (const name of names)
    await program.waitFor(isEvent('held', { function: name, reason: 'offline' }), from);
  const second = await startEmulator({ ...options, port: Number(new URL(first.url).port) });
  onTestFinished(() => second.close());
  await program.waitFor(isEvent('online'), from);
  await program.waitForLive(everyTarget, from);
  const seen = program.events.slice(from).map(({ event }) => event);
  expect(seen.filter((event) => event === 'offline')).toEqual(['offline']);
  expect(seen.filter((event) => event === 'online')).toEqual(['online']);
  expect(seen.filter((event) => event === 'push-failed').length).toBeLessThanOrEqual(names.length);
  await expectVersion(second, '2');
  expect(uploads(second)).toBeLessThanOrEqual(names.length);
});

it('lets an environment that hangs whole requests keep the others for seconds, and only once', async () => {
  const emulator = await runEmulator({ envs: ['dev', 'test', 'sick'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const program = runWith(emulator, project, ['watch']);
  await program.waitFor((seen) => seen.event === 'watching');
  await program.waitForLive(['dev', 'test', 'sick'].map((env) => ['pay', env] as const));
  emulator.faults.add({ call: 'batchuploadscfcode', env: 'sick', hang: true });
  const healthy = ['dev', 'test'].map((env) => ['pay', env] as const);
  const save = async (version: string): Promise<unknown[]> => {
    const from = program.events.length;
    await project.write('functions/pay/index.js', `exports.main = async () => ${version};\n`);
    await program.waitForLive(healthy, from);
    const failed = program.events.slice(from).filter((seen) => seen.event === 'push-failed');
    return failed.filter(({ envs }) => Array.isArray(envs) && envs.includes('dev'));
  };
  // Not the request's own time-out, which comes after half a minute.
  expect(await save('2')).toMatchObject([
    { message: expect.stringMatching(/^no answer within 5\d\d\d ms$/) },
  ]);
  expect(await save('3')).toEqual([]);
});

it('lets one failing environment of three make nobody wait, at real speed', async () => {
  const emulator = await runEmulator({ envs });
  const project = await projectWith(configFor(emulator));
  const program = await watched(emulator, project, {});
  emulator.faults.add({ call: 'batchuploadscfcode', env: 'stage', envError: 'InternalError' });
  for (const version of ['2', '3', '4']) {
    const from = program.events.length;
    await editAll(project, version);
    await program.waitForLive(
      everyTarget.filter(([, env]) => env !== 'stage'),
      from,
    );
    const waits = program.events.slice(from).filter(isEvent('live'));
    for (const { sinceSaveMs } of waits.map((seen) => ({ sinceSaveMs: Number(seen['sinceSaveMs']) }))) {
      expect(sinceSaveMs).toBeLessThan(4500);
    }
  }
  emulator.faults.clear();
  await program.waitForLive(
    names.map((name) => [name, 'stage'] as const),
    program.events.length,
  );
  await expectVersion(emulator, '4');
});
