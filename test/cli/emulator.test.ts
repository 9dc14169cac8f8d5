/** `tcb-watch emulator` in this process: one emulator at a time may use a store. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/cli/options.js';
import { runCommand } from '../../src/cli/process.js';
import { start } from '../support/emulator-command.js';
import { deskIn } from '../support/init-rig.js';
import { entry, makeProject, temporaryFolder } from '../support/rig.js';

describe('a store', () => {
  it('is refused while another emulator has it, and free again afterwards', async () => {
    const cwd = await temporaryFolder();
    const first = start(cwd, { envId: ['dev'], store: 'store' });
    await first.begun;
    expect(JSON.parse(first.desk.out())).toMatchObject({ v: 1, event: 'listening', envs: ['dev'] });
    const second = start(cwd, { envId: ['dev'], store: 'store' });
    expect(await second.code).toBe(6);
    expect(second.desk.out()).toBe('');
    expect(second.desk.err()).toContain(`EBUSY, PID ${process.pid}`);
    expect(second.desk.err()).toContain(join(cwd, 'store'));
    const other = start(cwd, { envId: ['dev'], store: 'other' });
    await other.begun;
    other.interrupt();
    expect(await other.code).toBe(0);
    first.interrupt();
    expect(await first.code).toBe(0);
    expect(await readdir(join(cwd, 'store'))).not.toContain('emulator.lock');
    const third = start(cwd, { envId: ['dev'], store: 'store' });
    await third.begun;
    third.interrupt();
    expect(await third.code).toBe(0);
  });

  it('that is a file is refused', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'store'), 'kept');
    const run = start(cwd, { envId: ['dev'], store: 'store' });
    expect(await run.code).toBe(6);
    expect(await readFile(join(cwd, 'store'), 'utf8')).toBe('kept');
  });
});

describe('what it is started with', () => {
  it('is said in words, or in one line for programs: its address, its token, its environments', async () => {
    const cwd = await temporaryFolder();
    const run = start(cwd, {
      envId: ['dev', 'test'],
      json: false,
      token: 'token-of-the-test',
      store: 'store',
    });
    await run.begun;
    run.interrupt();
    expect(await run.code).toBe(0);
    expect(run.desk.out().split('\n')[0]).toContain(join(cwd, 'store'));
    for (const part of [/http:\/\/127\.0\.0\.1:\d+/, /token-of-the-test/, /dev, test/])
      expect(run.desk.out()).toMatch(part);
    expect(run.desk.err()).toBe('');
  });

  it('counts over the configuration, which names the rest', async () => {
    const project = await makeProject({ pay: entry('1') }, { envs: ['dev', 'test'], endpoint: 'emulator' });
    const envsOf = async (options: Partial<EmulatorOptions>): Promise<unknown> => {
      const run = start(project.folder, options);
      await run.begun;
      run.interrupt();
      await run.code;
      return JSON.parse(run.desk.out()).envs;
    };
    expect(await envsOf({})).toEqual(['dev', 'test']);
    expect(await readdir(join(project.folder, '.tcb-watch'))).toContain('emulator');
    expect(await envsOf({ config: 'watch.config.json', envId: ['other'] })).toEqual(['other']);
    expect(await envsOf({ envId: ['other'] })).toEqual(['other']);
  });

  it('holds: its faults', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'faults.json'), '[{"call":"describeenvs","errcode":40001}]');
    const run = start(cwd, { envId: ['dev'], token: 't', faults: 'faults.json', latency: 1 });
    await run.begun;
    const { url } = JSON.parse(run.desk.out());
    const answered = await fetch(`${url}/componenttcb/describeenvs?access_token=t`, {
      method: 'POST',
      body: '{}',
    });
    expect(await answered.json()).toMatchObject({ errcode: 40001 });
    run.interrupt();
    expect(await run.code).toBe(0);
  });
});

it('holds: how long it deploys', async () => {
  const run = start(await temporaryFolder(), { envId: ['dev'], token: 't', deploy: 0 });
  await run.begun;
  const { url } = JSON.parse(run.desk.out());
  const config = { envs: ['dev'], endpoint: url, token: { env: 'TEST_TOKEN' }, verify: false };
  const project = await makeProject({ pay: entry('1') }, config);
  const desk = deskIn(project.folder, { environment: { TEST_TOKEN: 't' } });
  expect(await runCommand(['push'], desk.context)).toBe(0);
  const state = await (await fetch(`${url}/__emulator/state?access_token=t`)).json();
  expect(state).toMatchObject({ envs: { dev: [{ name: 'pay', status: 'Active' }] } });
  run.interrupt();
  expect(await run.code).toBe(0);
});

describe('mistakes', () => {
  it.each<readonly [string, string, string]>([
    ['no JSON', '[{', 'JSON'],
    ['no rules', '{"call":1}', 'list'],
    ['a rule that is none', '[{"call":"describeenvs","errcod":1}]', 'errcod'],
  ])('a fault file that holds %s: 3', async (_, text, said) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'faults.json'), text);
    const run = start(cwd, { envId: ['dev'], faults: 'faults.json' });
    expect(await run.code).toBe(3);
    expect(run.desk.err()).toContain(join(cwd, 'faults.json'));
    expect(run.desk.err()).toContain(said);
    expect(run.desk.out()).toBe('');
  });

  it.each<readonly [string, Partial<EmulatorOptions>, number, string]>([
    ['no configuration and no environment', {}, 3, '--env-id'],
    ['an id that cannot be one', { envId: ['a b'] }, 3, 'a b'],
    ['a fault file that is not there', { envId: ['dev'], faults: 'none.json' }, 3, 'none.json'],
  ])('%s', async (_, options, code, said) => {
    const run = start(await temporaryFolder(), options);
    expect(await run.code).toBe(code);
    expect(run.desk.err()).toContain(said);
    expect(run.desk.out()).toBe('');
  });

  it('a port that is taken: 3', async () => {
    const cwd = await temporaryFolder();
    const first = start(cwd, { envId: ['dev'] });
    await first.begun;
    const { port } = new URL(JSON.parse(first.desk.out()).url);
    // Also where it is the one at which a debugger would be waited for.
    for (const options of [{ port: Number(port) }, { inspect: Number(port) }]) {
      const second = start(cwd, { envId: ['dev'], ...options });
      expect(await second.code).toBe(3);
      expect(second.desk.err()).toContain(port);
    }
    first.interrupt();
    await first.code;
  });
});
