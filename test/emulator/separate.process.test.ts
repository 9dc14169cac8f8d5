/** The emulator in a process of its own: it ends with its program, comes back after it died, and nothing secret reaches it. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type SeparateEmulator, type SeparateOptions, startSeparately } from '../../src/emulator/separate.js';
import { freshFolder, type Json, LIST } from './rig.js';

async function start(options: Partial<SeparateOptions> = {}): Promise<SeparateEmulator> {
  const emulator = await startSeparately({ envs: ['dev'], ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

async function post(url: string, body: Json): Promise<Json> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return Object(await response.json());
}

const list = (emulator: SeparateEmulator): Promise<Json> =>
  post(`${emulator.url}${LIST}?access_token=${emulator.token}`, { env: 'dev' });

const deploy = (emulator: SeparateEmulator, code: string): Promise<Json> =>
  post(`${emulator.url}/__emulator/deploy?access_token=${emulator.token}`, {
    ...{ env: 'dev', name: 'pay', files: { 'index.js': code } },
  });

const invoke = (emulator: SeparateEmulator): Promise<Json> =>
  post(`${emulator.url}/tcb/invokecloudfunction?env=dev&name=pay&access_token=${emulator.token}`, {});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Asks until it is answered: the process that was killed is started again after a pause. */
async function eventually<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test('it answers from another process, which is gone once it is closed', async () => {
  const emulator = await start();
  expect(await list(emulator)).toMatchObject({ errcode: 0, total_count: 0 });
  const pid = emulator.pid() ?? 0;
  expect([pid === process.pid, isAlive(pid)]).toEqual([false, true]);
  await Promise.all([emulator.close(), emulator.close()]);
  expect(isAlive(pid)).toBe(false);
});

test('killed, it comes back at its address, with its token and its store', async () => {
  const emulator = await start({ store: await freshFolder() });
  await deploy(emulator, 'exports.main = async () => 7;');
  const first = emulator.pid() ?? 0;
  process.kill(first, 'SIGKILL');
  await eventually(async () => {
    if (emulator.pid() === first) throw new Error('not yet');
  });
  expect(await eventually(() => list(emulator))).toMatchObject({ errcode: 0, functions: [{ name: 'pay' }] });
  expect(await invoke(emulator)).toMatchObject({ resp_data: '7' });
});

test.skipIf(process.platform === 'win32')(
  'Ctrl-C and a closed terminal leave it to its program',
  async () => {
    const emulator = await start();
    const pid = emulator.pid() ?? 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    expect(await list(emulator)).toMatchObject({ errcode: 0 });
  },
);

test('a port that is taken, an id that is none: the error that startEmulator gives', async () => {
  const emulator = await start();
  const port = Number(new URL(emulator.url).port);
  await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', syscall: 'listen' });
  await expect(start({ envs: ['../up'] })).rejects.toThrow('../up');
});

test.skipIf(process.platform !== 'linux')('no variable of the program reaches it', async () => {
  process.env['TCB_COMPONENT_ACCESS_TOKEN'] = 'very-secret';
  onTestFinished(() => void delete process.env['TCB_COMPONENT_ACCESS_TOKEN']);
  const emulator = await start();
  expect(await readFile(`/proc/${emulator.pid()}/environ`, 'utf8')).not.toContain('very-secret');
});

test('a program that is killed takes it along, and the function that it runs', async () => {
  const { spawn } = await import('node:child_process');
  const module = new URL('../../dist/emulator/separate.js', import.meta.url).href;
  const program = `
    const { startSeparately } = await import(${JSON.stringify(module)});
    const emulator = await startSeparately({ envs: ['dev'] });
    const post = (path, body) => fetch(emulator.url + path + 'access_token=' + emulator.token, { method: 'POST', body: JSON.stringify(body) });
    const code = 'exports.main = () => { require("fs").writeFileSync("/dev/stderr", ""); for (;;) ; };';
    await post('/__emulator/deploy?', { env: 'dev', name: 'pay', files: { 'index.js': code } });
    process.stdout.write(String(emulator.pid()) + '\\n');
    await post('/tcb/invokecloudfunction?env=dev&name=pay&', {});
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = await once(child.stdout, 'data');
  const pid = Number(String(chunk).trim());
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await eventually(async () => {
    if (isAlive(pid)) throw new Error('not yet');
  });
});
