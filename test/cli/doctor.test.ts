import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DoctorOptions, runDoctor } from '../../src/cli/doctor.js';
import type { Emulator } from '../../src/emulator/index.js';
import { checkRuntime } from '../../src/io/doctor-code.js';
import { configFor, entry, type Files, makeProject, type Project, runEmulator } from '../rig.js';
import { type Desk, type DeskOptions, deskIn } from './init-rig.js';

const unset: DoctorOptions = { envId: [], json: true, yes: false };

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly level: string;
  readonly function: string | null;
  readonly env: string | null;
  readonly detail: string;
  readonly hint: string | null;
}

interface Result {
  readonly code: number;
  readonly checks: readonly Check[];
  readonly desk: Desk;
  /** Of one name, as `level function-or-env`. */
  of(name: string): string[];
  detail(name: string): string;
}

async function doctor(
  project: Pick<Project, 'folder'>,
  options: Partial<DoctorOptions> = {},
  desk: DeskOptions = {},
): Promise<Result> {
  const made = deskIn(project.folder, desk);
  const code = await runDoctor({ ...unset, ...options }, made.context);
  const lines = made
    .out()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const checks: Check[] = lines.map((line) => JSON.parse(line));
  const named = (name: string): Check[] => checks.filter((check) => check.name === name);
  return {
    code,
    checks,
    desk: made,
    of: (name) => named(name).map((check) => `${check.level} ${check.function ?? check.env ?? ''}`.trim()),
    detail: (name) =>
      named(name)
        .map((check) => `${check.detail} ${check.hint ?? ''}`)
        .join('\n'),
  };
}

async function deployed(
  functions: Readonly<Record<string, Files>>,
): Promise<{ emulator: Emulator; project: Project }> {
  const emulator = await runEmulator({ envs: ['dev', 'test'] });
  for (const env of emulator.envs) {
    for (const [name, files] of Object.entries(functions)) await emulator.deploy(env, name, files);
  }
  return { emulator, project: await makeProject(functions, configFor(emulator)) };
}

const withToken = (emulator: Emulator): DeskOptions => ({ environment: { TEST_TOKEN: emulator.token } });

/** One function in a project of its own, before an emulator that has it. */
async function examine(files: Files, config: Readonly<Record<string, unknown>> = {}): Promise<Result> {
  const { emulator, project } = await deployed({ fn: { ...entry('1'), ...files } });
  await project.configure({ ...configFor(emulator), ...config });
  return doctor(project, {}, withToken(emulator));
}

test('a healthy project: every line is a check, nothing to mend, exit 0, and the token is shown nowhere', async () => {
  const { emulator, project } = await deployed({ one: entry('1'), two: entry('2') });
  const result = await doctor(project, {}, withToken(emulator));
  expect(result.code).toBe(0);
  expect(result.checks.filter(({ level }) => level !== 'good')).toEqual([]);
  expect(result.of('content')).toEqual(['good one', 'good two']);
  expect(result.of('env')).toEqual(['good dev', 'good test']);
  expect(result.of('functions-there')).toEqual(['good dev', 'good test']);
  expect(result.checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['config', 'watch-limit', 'proxy', 'network', 'clock', 'token', 'token-accepted']),
  );
  for (const check of result.checks) {
    expect(check).toMatchObject({
      v: 1,
      event: 'check',
      at: expect.stringMatching(/Z$/),
      ok: true,
      hint: null,
    });
  }
  expect(result.desk.out()).not.toContain(emulator.token);
  expect(emulator.counts()).toMatchObject({ batchuploadscf: 0, batchuploadscfcode: 0 });
});

test('for people: marks, remedies and a summary, in both languages', async () => {
  const { emulator, project } = await deployed({ fn: { 'index.js': 'exports.main = (\n' } });
  for (const [language, remedy, summary] of [
    ['en', '→ Mend it', '1 to mend, 0 to know.'],
    ['zh-CN', '→ 请修正', '1 项需要修正，0 项需要了解。'],
  ] as const) {
    const environment = { TEST_TOKEN: emulator.token, LANG: 'C.UTF-8' };
    const { code, desk } = await doctor(project, { json: false }, { language, environment });
    expect(code).toBe(6);
    expect(desk.out()).toMatch(/^✔ config {2,}/);
    expect(desk.out()).toContain('✖ syntax');
    expect(desk.out()).toContain(remedy);
    expect(desk.out().trimEnd().split('\n').at(-1)).toBe(summary);
  }
});

describe('functions', () => {
  test('no entry', async () => {
    const result = await examine({}, { functions: { bare: {} } });
    expect(result.of('content')).toEqual(['bad bare', 'good fn']);
    expect(result.code).toBe(6);
  });

  test('what is left out, and by which rule', async () => {
    const files = {
      'a.log': '',
      'b.log': '',
      'node_modules/x/index.js': '',
      '.tcbignore': 'docs/\n',
      'docs/a.md': '',
    };
    const result = await examine(files);
    expect(result.detail('ignored')).toContain('*.log ×2 (built-in)');
    expect(result.detail('ignored')).toContain('docs/ ×1 (.tcbignore)');
    expect(result.code).toBe(0);
  });

  test('a syntax error, with its line', async () => {
    const result = await examine({ 'index.js': 'exports.main = 1\nlet = = 2\n' });
    expect(result.of('syntax')).toEqual(['bad fn']);
    expect(result.detail('syntax')).toContain('index.js:2');
    expect(result.code).toBe(6);
  });

  test('code that names what is ignored, and what lies outside', async () => {
    const result = await examine({
      'index.js':
        "require('./local.config')\nrequire('../common/a')\nrequire('./there')\nrequire('./nowhere')\n",
      'local.config.js': '',
      'there/index.js': '',
      '.tcbignore': '*.config.js\n',
    });
    expect(result.checks.filter(({ name }) => name.startsWith('names-')).map(({ name }) => name)).toEqual([
      'names-ignored',
      'names-outside',
    ]);
    expect(result.detail('names-ignored')).toContain(
      'index.js:1 names ./local.config, which is left out by *.config.js (.tcbignore)',
    );
    expect(result.detail('names-outside')).toContain('index.js:2 names ../common/a');
    expect(result.code).toBe(0);
  });

  test('private keys that are packed, by name and by content, but not those left out', async () => {
    const key = '-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n';
    const files = {
      'cert/apiclient_key.pem': '',
      'cert/apiclient_cert.pem': 'x',
      'k.js': `module.exports = \`${key}\``,
      'no.pem': key,
    };
    const result = await examine({ ...files, '.tcbignore': 'no.pem\n' });
    expect(result.of('private-key')).toEqual(['warning fn', 'warning fn']);
    expect(result.detail('private-key')).toContain('cert/apiclient_key.pem is a private key');
    expect(result.detail('private-key')).toContain('k.js is a private key');
    expect(result.desk.out()).not.toContain('MII');
  });

  test('permissions and timers of config.json', async () => {
    const settings = {
      permissions: { openapi: ['a.b'] },
      triggers: [{ name: 't', type: 'timer', config: '0 0 9 * * * *' }],
    };
    const files = { 'config.json': JSON.stringify(settings) };
    expect((await examine(files)).of('triggers')).toEqual(['warning fn']);
    const synced = await examine(files, { triggers: true });
    expect(synced.of('triggers')).toEqual(['good fn']);
    expect(synced.of('permissions')).toEqual(['warning fn']);
    expect((await examine({ 'config.json': '{"permissions": {"openapi": []}}' })).of('permissions')).toEqual(
      [],
    );
  });

  test('dependencies with install scripts: the installed copy decides, else a list of known ones', async () => {
    const dependencies = { sharp: '1', 'has-script': '1', plain: '1', sqlite3: '1' };
    const result = await examine({
      'package.json': JSON.stringify({ main: 'index.js', dependencies }),
      'node_modules/sharp/package.json': '{"scripts":{"test":"x"}}',
      'node_modules/has-script/package.json': '{"scripts":{"postinstall":"node x"}}',
      'node_modules/plain/package.json': '{}',
    });
    expect(result.of('install-scripts')).toEqual(['warning fn']);
    expect(result.detail('install-scripts')).toMatch(/^has-script, sqlite3:/);
  });

  test('syntax newer than what an environment runs', () => {
    const sources = [{ path: 'index.js', text: 'a ||= b?.c\n' }];
    expect(
      checkRuntime('fn', sources, 'dev', 'Nodejs12.16').map((found) => 'syntax' in found && found.syntax),
    ).toEqual(['?.', '??=, ||=, &&=']);
    expect(checkRuntime('fn', sources, 'dev', 'Nodejs16.13')).toEqual([]);
    expect(checkRuntime('fn', sources, 'dev', 'Python3')).toEqual([]);
  });

  test('a build is not run; without esbuild it says how to get it', async () => {
    const built = await examine(
      { 'src/index.ts': '' },
      { functions: { fn: { build: { command: 'exit 1', output: 'dist' } } } },
    );
    expect(built.of('build')).toEqual(['skipped fn']);
    expect(built.code).toBe(0);
  });
});

describe('links to shared folders', () => {
  async function withShared(): Promise<{ emulator: Emulator; project: Project; link: string }> {
    const { emulator, project } = await deployed({ fn: { 'index.js': "require('./common/a')\n" } });
    await project.write('functions/common/a.js', '');
    await project.configure({ ...configFor(emulator), shared: { common: ['*'] } });
    return { emulator, project, link: join(project.root, 'fn', 'common') };
  }

  test('a missing one is told, and not made unasked', async () => {
    const { emulator, project, link } = await withShared();
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('shared-link')).toEqual(['warning fn']);
    expect(result.of('names-ignored')).toEqual([]);
    expect(result.code).toBe(0);
    await expect(lstat(link)).rejects.toThrow('ENOENT');
  });

  test('on a terminal it asks: no leaves it, yes makes a link that is found next time', async () => {
    const { emulator, project, link } = await withShared();
    const ask = (answer: string) =>
      doctor(project, { json: false }, { ...withToken(emulator), answers: [answer] });
    expect((await ask('n')).desk.questions).toHaveLength(1);
    await expect(lstat(link)).rejects.toThrow('ENOENT');
    await ask('y');
    expect(await readFile(join(link, 'a.js'), 'utf8')).toBe('');
    if (process.platform !== 'win32') expect(await readlink(link)).toBe(join('..', 'common'));
    const after = await doctor(project, {}, withToken(emulator));
    expect(after.of('shared-link')).toEqual([]);
    expect(after.of('content')).toEqual(['good fn']);
  });

  test('--yes makes it without asking', async () => {
    const { emulator, project, link } = await withShared();
    const result = await doctor(project, { yes: true }, withToken(emulator));
    expect(result.of('shared-link')).toEqual(['good fn']);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });
});

describe('configuration', () => {
  test('every mistake is a check, and the exit code is 3', async () => {
    const { project } = await deployed({ fn: entry('1') });
    await project.configure({ envs: ['a b'], debounce: 1 });
    const result = await doctor(project);
    expect(result.of('config')).toEqual(['bad', 'bad']);
    expect(result.detail('config')).toContain('debounceMs');
    expect(result.code).toBe(3);
  });

  test('no functions at all', async () => {
    const { emulator, project } = await deployed({});
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('functions')).toEqual(['bad']);
    expect(result.code).toBe(6);
  });

  test('an environment that is not configured: 4', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    const result = await doctor(project, { envId: ['nope'] }, withToken(emulator));
    expect(result.code).toBe(4);
    expect(result.desk.err()).toContain('nope');
  });
});

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
    expect(result.detail('functions-there')).toContain('Not there yet: fresh');
    expect(result.code).toBe(0);
    await project.configure({ ...configFor(emulator), createMissing: false });
    expect((await doctor(project, {}, withToken(emulator))).code).toBe(4);
  });

  test('of several things the worst decides: token before files before the network', async () => {
    const { emulator, project } = await deployed({ fn: { 'index.js': 'exports.main = (\n' } });
    const { port } = await closedPort();
    await project.configure({ ...configFor(emulator), endpoint: `http://127.0.0.1:${port}` });
    expect((await doctor(project)).code).toBe(2);
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['syntax', 'network']);
    expect(result.code).toBe(6);
  });

  test('an endpoint that cannot be reached: 5', async () => {
    const { emulator, project } = await deployed({ fn: entry('1') });
    const { port } = await closedPort();
    await project.configure({ ...configFor(emulator), endpoint: `http://127.0.0.1:${port}` });
    const result = await doctor(project, {}, withToken(emulator));
    expect(result.of('network')).toEqual(['bad']);
    expect(result.of('cloud')).toEqual(['skipped']);
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
      'index.js:1 uses ?., which Node 14 brought; the environment runs Nodejs10.15',
    );
    expect(result.code).toBe(5);
  });
});

describe('with the embedded emulator', () => {
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
});

/** A port that nobody listens on. */
async function closedPort(): Promise<{ port: number }> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return { port };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

/** A cloud whose clock stands in 2001. */
async function serve(answers: Readonly<Record<string, object>>): Promise<string> {
  const server = createServer((request, response) => {
    const call = /\/componenttcb\/(\w+)/.exec(request.url ?? '')?.[1] ?? '';
    response.setHeader('date', 'Mon, 01 Jan 2001 00:00:00 GMT');
    response.end(JSON.stringify({ errcode: 0, errmsg: 'ok', ...answers[call] }));
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}
