/** The real program without a network, with an expired token, with half a list, and with one environment that makes everything fail. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.js';
import { inside, insideWith } from '../support/inside.js';
import {
  configFor,
  entry,
  type Files,
  makeProject,
  type Played,
  type Project,
  runEmulator,
  running,
  type Seen,
  temporaryFolder,
  uploads,
} from '../support/rig.js';

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

async function watched(emulator: Emulator, project: Project, env: Files = quick): Promise<Played> {
  const program = insideWith(emulator, project, ['watch'], env);
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
  const program = insideWith(emulator, project, ['push']);
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

/** A port that takes no connection: its process is stopped, and more wait for it than the system's queue holds. */
async function deafPort(): Promise<{ readonly port: number; end(): Promise<void> }> {
  const code = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await once(child.stdout, 'data');
  const port = Number(line);
  child.kill('SIGSTOP');
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  const end = async (): Promise<void> => {
    for (const socket of waiting) socket.destroy();
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(end);
  await Promise.any(waiting.map((socket) => once(socket, 'connect')));
  return { port, end };
}

describe.skipIf(process.platform !== 'linux')(
  'a cloud that takes no connection (needs Linux’s queue)',
  () => {
    it('is given up after connectTimeoutSeconds, shown as offline, and found again', async () => {
      const deaf = await deafPort();
      const token = 'loopback-token-of-this-test';
      const project = await projectWith({
        envs,
        endpoint: `http://127.0.0.1:${deaf.port}`,
        token: { env: 'TEST_TOKEN' },
        connectTimeoutSeconds: 1,
      });
      const options = { cwd: project.folder, env: { ...quick, TEST_TOKEN: token } };
      const program = inside(['watch', '--json'], options);
      const started = await program.waitFor(isEvent('started'));
      const offline = await program.waitFor(isEvent('offline'));
      expect(String(offline['detail'])).toMatch(/timeout/i);
      // Without the setting it would be 10 s.
      expect(Date.parse(String(offline.at)) - Date.parse(String(started.at))).toBeLessThan(10_000);
      await deaf.end();
      const emulator = await startEmulator({ envs, token, deployMs: 20, port: deaf.port });
      onTestFinished(() => emulator.close());
      await program.waitForLive(everyTarget);
      await expectVersion(emulator, '1');
    });
  },
);

it('waits as long as a Retry-After with a date asks, and no longer', async () => {
  const emulator = await runEmulator({ envs });
  const project = await projectWith(configFor(emulator));
  const program = await watched(emulator, project);
  const from = program.events.length;
  // A date has whole seconds. The back-off by itself would be a fortieth of a second at first.
  const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000);
  const headers = { 'retry-after': until.toUTCString() };
  emulator.faults.add({ call: 'batchuploadscfcode', times: 1, status: 503, headers });
  await project.write('functions/pay/index.js', entry('2')['index.js'] ?? '');
  await program.waitFor(isEvent('push-failed', { function: 'pay', class: 'transient' }), from);
  const again = await program.waitFor(isEvent('pushing', { function: 'pay', attempt: 2 }), from);
  expect(Date.parse(String(again.at))).toBeGreaterThanOrEqual(until.getTime());
  const pays = envs.map((env) => ['pay', env] as const);
  await program.waitForLive(pays, from);
});

it('takes nothing for missing that a list of the first page alone leaves out, and says once that it is not whole', async () => {
  const emulator = await runEmulator({ envs: ['dev'] });
  for (const name of ['login', 'pay']) await emulator.deploy('dev', name, entry('old'));
  const row = { name: 'login', status: 'Active', mod_time: '2026-01-01 00:00:00', add_time: '' };
  const body = JSON.stringify({ errcode: 0, errmsg: 'ok', total_count: 2, functions: [row] });
  emulator.faults.add({ call: 'getscflist', status: 200, body });
  const functions = { pay: entry('1'), login: entry('1'), fresh: entry('1') };
  const project = await makeProject(functions, configFor(emulator));
  const program = insideWith(emulator, project, ['watch'], quick);
  for (const name of Object.keys(functions)) await program.waitFor(isEvent('pushed', { function: name }));
  await program.waitForLive([['login', 'dev']]);
  const from = program.events.length;
  await project.write('functions/login/index.js', entry('2')['index.js'] ?? '');
  // Lists since then have left out what was pushed before.
  await program.waitForLive([['login', 'dev']], from);
  expect(program.events.filter(isEvent('notice', { kind: 'list-partial' })).length).toBe(1);
  // A function that is not listed is not sent again, and only what the cloud itself has called missing was created.
  const sent = program.events.slice(from).filter(isEvent('pushing'));
  expect(new Set(sent.map((seen) => seen['function']))).toEqual(new Set(['login']));
  expect(emulator.counts().batchuploadscf).toBe(1);
  for (const name of ['pay', 'fresh']) {
    expect(await running(emulator, 'dev', name)).toEqual(new Map(Object.entries(entry('1'))));
  }
});

it('lets an environment that hangs whole requests keep the others for seconds, and only once', async () => {
  const emulator = await runEmulator({ envs: ['dev', 'test', 'sick'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const program = insideWith(emulator, project, ['watch']);
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
