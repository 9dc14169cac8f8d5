import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deployed, doctor, serve, withToken } from '../support/doctor-rig.js';
import { freePort } from '../support/free-port.js';
import { configFor, entry, makeProject } from '../support/rig.js';

describe('the cloud', () => {
  test('no token: 2, with the variable’s name, and the cloud is not asked', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    const result = await doctor(project);
    expect(result.of('token')).toEqual(['bad']);
    expect(result.detail('token')).toContain('TEST_TOKEN');
    expect(result.of('cloud')).toEqual(['skipped']);
    expect(result.code).toBe(2);
    expect(emulator.counts().describeenvs).toBe(0);
  });

  test('a token that is refused: 2', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    const result = await doctor(project, {}, { environment: { TEST_TOKEN: 'not-the-right-token' } });
    expect(result.of('token-accepted')).toEqual(['bad']);
    expect(result.code).toBe(2);
    expect(result.desk.out()).not.toContain('not-the-right-token');
    expect(result.desk.out()).not.toContain(emulator.token);
  });

  test('an address that is not allow-listed: 2, and the address is named', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    const errmsg = 'access clientip is not registered requestIP: 203.0.113.7';
    emulator.faults.add({ call: 'describeenvs', errcode: 61004, errmsg });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('address')).toEqual(['bad']);
    expect(result.detail('address')).toContain('203.0.113.7');
    expect(result.code).toBe(2);
  });

  test('an error of the cloud: 5', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    emulator.faults.add({ call: 'describeenvs', errcode: -1, errmsg: 'system error' });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('cloud')).toEqual(['bad']);
    expect(result.code).toBe(5);
  });

  test('an environment that is not there: 4; only the one that is asked for counts', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    await project.configure({ ...configFor(emulator), envs: ['dev', 'gone'] });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('env')).toEqual(['good dev', 'bad gone']);
    expect(result.detail('env')).toContain('dev, test');
    expect(result.code).toBe(4);
    expect((await doctor(project, { envId: ['dev'] }, withToken(emulator))).code).toBe(0);
  });

  test('functions that are missing: created by the first upload, or 4 where that is forbidden', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    await project.write('functions/fresh/index.js', 'exports.main = 1\n');
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('functions-there')).toEqual(['warning dev', 'warning test']);
    expect(result.detail('functions-there')).toContain('Not in the environment yet: fresh');
    expect(result.code).toBe(0);
    await project.configure({ ...configFor(emulator), createMissing: false });
    expect((await doctor(project, {}, withToken(emulator))).code).toBe(4);
  });

  test('a function that cannot be sent is not said to be created', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    await project.configure({ ...configFor(emulator), functions: { mistyped: { ignore: ['x'] } } });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('content')).toEqual(['good fn', 'bad mistyped']);
    expect(result.of('functions-there')).toEqual(['good dev', 'good test']);
    expect(result.code).toBe(6);
  });

  test('functions that the cloud does not list because it lists only some: known to be missing nowhere', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    await project.write('functions/fresh/index.js', 'exports.main = 1\n');
    await project.configure({ ...configFor(emulator), createMissing: false });
    const first = { name: 'fn', status: 'Active', mod_time: '2026-01-01 00:00:00' };
    const body = JSON.stringify({ errcode: 0, total_count: 2, functions: [first] });
    emulator.faults.add({ call: 'getscflist', status: 200, body });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('functions-there')).toEqual(['warning dev', 'warning test']);
    expect(result.detail('functions-there')).toContain('incomplete');
    expect(result.detail('functions-there')).toContain('fresh');
    expect(result.code).toBe(0);
  });

  test('of several things the worst decides: token before files before the network', async () => {
    const { emulator, project } = await deployed({ fn: { 'index.js': 'exports.main = (\n' } });
    const port = await freePort();
    await project.configure({ ...configFor(emulator), endpoint: `http://127.0.0.1:${port}` });
    expect((await doctor(project)).code).toBe(2);
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['syntax', 'network']);
    expect(result.code).toBe(6);
  });

  test('an endpoint that cannot be reached: 5', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    const port = await freePort();
    await project.configure({ ...configFor(emulator), endpoint: `http://127.0.0.1:${port}` });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('network')).toEqual(['bad']);
    expect(result.of('cloud')).toEqual(['skipped']);
    expect(result.code).toBe(5);
  });

  test('the proxy of the environment is named, without its password', async () => {
    const { project } = await deployed({ fn: entry('1') });
    const port = await freePort();
    await project.configure({ envs: ['dev'], token: { env: 'TEST_TOKEN' } });
    for (const name of ['https_proxy', 'HTTPS_PROXY']) vi.stubEnv(name, `http://me:hidden@127.0.0.1:${port}`);
    for (const name of ['no_proxy', 'NO_PROXY']) vi.stubEnv(name, '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const result = await doctor(project, {}, { environment: { TEST_TOKEN: 't' } });
    expect(result.of('proxy')).toEqual(['good']);
    expect(result.detail('proxy')).toContain(`127.0.0.1:${port}`);
    expect(result.of('network')).toEqual(['bad']);
    expect(result.desk.out()).not.toContain('hidden');
    expect(result.code).toBe(5);
  });

  test('a clock that is wrong, an environment that is isolated, a deployment that failed, an old runtime', async () => {
    const url = await serve({
      describeenvs: {
        info_list: [
          { env: 'dev', status: 'NORMAL' },
          { env: 'test', status: 'ISOLATED' },
        ],
      },
      getscflist: {
        total_count: 1,
        functions: [
          {
            name: 'fn',
            status: 'UpdateFailed',
            mod_time: '1',
            runtime: 'Nodejs10.15',
            status_reason: [{ errmsg: 'no entry' }],
          },
        ],
      },
    });
    const project = await makeProject({ fn: { 'index.js': 'exports.main = async (e) => e?.a\n' } }, {});
    await project.configure({ envs: ['dev', 'test'], endpoint: url, token: { env: 'TEST_TOKEN' } });
    const result = await doctor(project, {}, { environment: { TEST_TOKEN: 'any-token-at-all' } });
    expect(result.of('clock')).toEqual(['warning']);
    expect(result.of('env')).toEqual(['good dev', 'bad test']);
    expect(result.of('deployed')).toEqual(['warning fn']);
    expect(result.detail('deployed')).toContain('no entry');
    expect(result.detail('runtime')).toContain(
      'functions/fn/index.js:1:29 uses ?., which needs Node 14; the environment runs Nodejs10.15',
    );
    expect(result.code).toBe(5);
  });
});

describe('with the embedded emulator', () => {
  test.skipIf(process.platform === 'win32')(
    'a store that cannot be copied is told, with its place',
    async () => {
      const project = await makeProject({ fn: entry('1') }, { envs: ['dev'], endpoint: 'emulator' });
      const store = join(project.folder, '.tcb-watch', 'emulator');
      await mkdir(store, { recursive: true });
      const server = createServer().listen(join(store, 'its.sock'));
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      const result = await doctor(project);
      expect(result.code).toBe(6);
      expect(result.desk.out()).toContain(store);
      expect(result.desk.out()).toContain('ERR_FS_CP_SOCKET');
      expect(await readdir(store)).toEqual(['its.sock']);
    },
  );
});
