/** The whole program on loopback: many functions at first, a slow line, an environment that hangs, builds that take long. */
import { randomBytes } from 'node:crypto';
import { createServer, connect as dial, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import {
  configFor,
  entry,
  makeProject,
  type Program,
  runEmulator,
  runWith,
  uploads,
} from '../support/rig.js';
import { median, report } from './rows.js';

const row = { unit: 'ms', p99: null } as const;

function namesOf(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

it('first sync, 300 functions × 12 environments, 400 ms an answer, 2 s a deployment', async (context) => {
  const envs = namesOf(12, 'env');
  const emulator = await runEmulator({ envs, latencyMs: 400, deployMs: 2000 });
  const functions = Object.fromEntries(namesOf(300, 'fn').map((name) => [name, entry(name)]));
  const project = await makeProject(functions, configFor(emulator));
  const startedAt = performance.now();
  const program = runWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(0);
  const requests = uploads(emulator) + emulator.counts().getscflist;
  report(context, {
    ...row,
    what: `push of 300 × 12, until all is live: ${requests} requests`,
    median: performance.now() - startedAt,
    reference: { name: 'requests ÷ rate', median: requests * 100 },
    reach: '≤ 60 s, ≤ 500 requests',
  });
});

/** A link that carries so many bytes a second towards the cloud, whatever the number of connections. */
async function slowLink(target: URL, bytesPerSecond: number): Promise<{ url: string; sent: () => number }> {
  const sliceMs = 20;
  let lastAt = performance.now();
  const waiting: { readonly to: Socket; bytes: Buffer; readonly done: () => void }[] = [];
  let sent = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const slice = Math.floor((bytesPerSecond * (now - lastAt)) / 1000);
    lastAt = now;
    for (let left = slice; left > 0 && waiting.length > 0; ) {
      const [first] = waiting;
      if (first === undefined) break;
      const part = first.bytes.subarray(0, left);
      if (!first.to.destroyed) first.to.write(part);
      sent += part.length;
      left -= part.length;
      first.bytes = first.bytes.subarray(part.length);
      waiting.shift();
      if (first.bytes.length > 0) waiting.push(first);
      else first.done();
    }
  }, sliceMs);
  const server = createServer((socket) => {
    const to = dial(Number(target.port), target.hostname);
    to.pipe(socket);
    socket.on('data', (bytes: Buffer) => {
      socket.pause();
      waiting.push({ to, bytes, done: () => socket.resume() });
    });
    socket.on('close', () => to.destroy());
    for (const each of [socket, to]) each.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    clearInterval(timer);
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, sent: () => sent };
}

it('5 environments, 0.5 MiB, 80 KiB/s up', async (context) => {
  const envs = namesOf(5, 'env');
  const emulator = await runEmulator({ envs });
  const link = await slowLink(new URL(emulator.url), 80 * 1024);
  const zipBytes = 0.5 * 1024 * 1024;
  const files = { ...entry('1'), 'data.bin': randomBytes(zipBytes).toString('base64') };
  const project = await makeProject({ pay: files }, { ...configFor(emulator), endpoint: link.url });
  const startedAt = performance.now();
  const program = runWith(emulator, project, ['push']);
  expect((await program.exit).code).toBe(0);
  const took = performance.now() - startedAt;
  const pushing = program.events.find(({ event }) => event === 'pushing');
  const bytes = (Number(pushing?.['zipBytes']) * 4) / 3;
  report(context, {
    ...row,
    what: 'push of 0.5 MiB to 5 environments, 80 KiB/s up, until all is live',
    median: took,
    reference: { name: 'the bytes’ own time', median: (bytes / (80 * 1024)) * 1000 },
    reach: '≤ 1.5 ×',
  });
  report(context, {
    ...row,
    unit: 'MB',
    what: 'bytes sent for it',
    median: link.sent() / 1e6,
    reference: { name: 'the body', median: bytes / 1e6 },
    reach: '≤ 1.2 ×',
  });
});

/**
 * The milliseconds from a save until it is live. Saves begin in a second of their own, as a person's do: within one second `mod_time` does not
 * move, and what was not seen being deployed counts as live 3 s later only (docs/cloud-api.md).
 */
async function saved(
  program: Program,
  write: () => Promise<void>,
  targets: Parameters<Program['waitForLive']>[0],
): Promise<number> {
  await setTimeout(1000 - (Date.now() % 1000));
  const from = program.events.length;
  const startedAt = performance.now();
  await write();
  await program.waitForLive(targets, from);
  return performance.now() - startedAt;
}

it('one environment of three hangs', async (context) => {
  const emulator = await runEmulator({ envs: ['dev', 'test', 'sick'] });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const program = runWith(emulator, project, ['watch']);
  await program.waitForLive(['dev', 'test', 'sick'].map((env) => ['pay', env] as const));
  const healthy = ['dev', 'test'].map((env) => ['pay', env] as const);
  const save = (version: string): Promise<number> =>
    saved(program, () => project.write('functions/pay/index.js', entry(version)['index.js'] ?? ''), healthy);
  const usual = median([await save('2'), await save('3'), await save('4')]);
  emulator.faults.add({ call: 'batchuploadscfcode', env: 'sick', hang: true });
  const first = await save('5');
  const later = [await save('6'), await save('7'), await save('8')];
  await program.stop();
  const reference = { name: 'without it', median: usual };
  const what = 'save → live in the other two, one environment of three hangs';
  report(context, { ...row, what: `${what}: the first time`, median: first, reference, reach: '≤ 15 s' });
  report(context, {
    ...row,
    what: `${what}: from then on`,
    median: median(later),
    reference,
    reach: 'undelayed',
  });
});

it('a plain save while two builds run', async (context) => {
  const emulator = await runEmulator({ envs: ['dev'] });
  const slow = { command: 'sleep 5 && mkdir -p dist && cp index.js dist/', output: 'dist' };
  const functions = { one: { build: slow }, two: { build: slow } };
  const project = await makeProject(
    { one: entry('1'), two: entry('1'), pay: entry('1') },
    { ...configFor(emulator), functions },
  );
  const program = runWith(emulator, project, ['watch', '--trust']);
  await program.waitForLive(['one', 'two', 'pay'].map((name) => [name, 'dev'] as const));
  const save = (version: string): Promise<number> =>
    saved(program, () => project.write('functions/pay/index.js', entry(version)['index.js'] ?? ''), [
      ['pay', 'dev'],
    ]);
  const plain = [await save('2'), await save('3'), await save('4')];
  for (const name of ['one', 'two'])
    await project.write(`functions/${name}/index.js`, entry('2')['index.js'] ?? '');
  await program.waitFor(({ event, ...seen }) => event === 'held' && seen['reason'] === 'building');
  const during = [await save('5'), await save('6'), await save('7')];
  await program.stop();
  report(context, {
    ...row,
    what: 'save → live of a plain function, while two builds of 5 s run',
    median: median(during),
    reference: { name: 'without them', median: median(plain) },
    reach: '+ 20 ms',
  });
});
