import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newSyntaxIn } from '../../src/code/names.js';
import { parseCode } from '../../src/code/parse.js';
import { checkRuntime } from '../../src/doctor/code.js';
import type { Emulator } from '../../src/emulator/index.js';
import { deployed, doctor, examine, withToken } from '../support/doctor-rig.js';
import { configFor, entry, makeProject, type Project, runEmulator } from '../support/rig.js';

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
    ['en', '→ Fix it', '1 error, 0 hints.'],
    ['zh-CN', '→ 请修正', '1 个错误，0 个提示。'],
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

test('for people what is well in the same way shares a line, and the rest stands by itself', async () => {
  const envs = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6'];
  const emulator = await runEmulator({ envs });
  const ill = { 'index.js': 'exports.main = (\n' };
  const functions = { f1: entry('1'), f2: entry('2'), f3: entry('3'), f4: entry('4'), ill };
  for (const env of envs)
    for (const [name, files] of Object.entries(functions))
      if (env !== 'e5' || name !== 'f1') await emulator.deploy(env, name, files);
  const project = await makeProject(functions, { ...configFor(emulator), envs });
  const environment = { TEST_TOKEN: emulator.token, LANG: 'C.UTF-8' };
  const { desk } = await doctor(project, { json: false }, { environment });
  const lines = desk
    .out()
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' '));
  const about = lines.filter((line) => /^\S (?:content|syntax|env|functions-there) /.test(line));
  expect(about).toEqual([
    expect.stringMatching(/^✖ syntax ill functions/),
    '✔ content 5 functions: f1, f2, f3 and 2 more',
    '✔ env e1, e2, e3 and 3 more NORMAL',
    expect.stringMatching(/^✔ functions-there e1, e2, e3 and 1 more /),
    expect.stringMatching(/^! functions-there e5 .*: f1$/),
    expect.stringMatching(/^✔ functions-there e6 /),
  ]);
});

test('a request is looked up by its id, however it was copied', async () => {
  const { emulator, project } = await deployed({ one: entry('1') });
  await doctor(project, {}, withToken(emulator));
  const rid = emulator.requests().find(({ call }) => call === 'describeenvs')?.rid ?? '';
  expect(rid).not.toBe('');
  for (const given of [rid, ` (rid: ${rid}).`, `RID ${rid}\n`]) {
    const result = await doctor(project, { rid: given }, withToken(emulator));
    expect([given, result.of('request')]).toEqual([given, ['good']]);
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
      'functions/fn/index.js:1:1 refers to ./local.config, which is left out by *.config.js (.tcbignore)',
    );
    expect(result.detail('names-outside')).toContain('functions/fn/index.js:2:1 refers to ../common/a');
    // A fault that has words of its own is reported once.
    expect(result.of('requires')).toEqual(['bad fn']);
    expect(result.detail('requires')).toContain('functions/fn/index.js:4:1 requires ./nowhere');
    expect(result.code).toBe(6);
  });

  test('what is ignored or outside by itself is no error', async () => {
    const files = { 'index.js': "exports.main = () => require('./a.log')\nrequire('../b')\n", 'a.log': '' };
    const result = await examine(files);
    expect(result.of('names-ignored')).toEqual(['warning fn']);
    expect(result.of('names-outside')).toEqual(['warning fn']);
    expect(result.of('requires')).toEqual([]);
    expect(result.code).toBe(0);
  });

  test('what the cloud would not load or install, each with its place', async () => {
    const result = await examine({
      'index.js': "require('./Lib/a')\nrequire('left-pad')\nrequire('vitest')\nexports.main = 1\n",
      'lib/a.js': '<<<<<<< HEAD\n=======\n>>>>>>> other\n',
      'package.json': '{"dependencies": {\n"shared": "workspace:*"},\n"devDependencies": {"vitest": "1"}}',
    });
    expect(result.of('requires')).toEqual(['bad fn']);
    expect(result.detail('requires')).toContain(
      'functions/fn/index.js:1:1 requires ./Lib/a, but the file is lib/a.js',
    );
    expect(result.of('dependencies')).toEqual(['bad fn', 'warning fn', 'warning fn']);
    expect(result.detail('dependencies')).toContain(
      'functions/fn/package.json:2:1 takes shared from workspace:*',
    );
    expect(result.detail('dependencies')).toContain('functions/fn/index.js:2:1 requires left-pad');
    expect(result.detail('dependencies')).toContain('only in devDependencies');
    expect(result.code).toBe(6);
  });

  test('a package.json with a comma too many, and a merge that was not finished', async () => {
    const broken = await examine({ 'package.json': '{"dependencies": {"a": "1",}}' });
    expect(broken.of('dependencies')).toEqual(['bad fn']);
    expect(broken.detail('dependencies')).toContain('functions/fn/package.json:1:1 is not valid JSON');
    const merged = await examine({ 'index.js': 'exports.main = 1\n<<<<<<< a\n=======\n>>>>>>> b\n' });
    expect(merged.of('syntax')).toEqual(['bad fn']);
    expect(merged.detail('syntax')).toContain('functions/fn/index.js:2:1 holds a merge conflict');
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
    expect(result.of('content')).toEqual(['bad fn']);
    expect(result.detail('content')).toContain('cert/apiclient_key.pem holds a private key');
    expect(result.detail('content')).toContain('1 more file does, too');
    expect(result.code).toBe(6);
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
    const parsed = parseCode('a ||= b?.c\n');
    const sources = [{ path: 'index.js', syntaxes: parsed.ok ? newSyntaxIn(parsed.program) : [] }];
    expect(
      checkRuntime('fn', sources, 'dev', 'Nodejs12.16').map((found) => 'syntax' in found && found.syntax),
    ).toEqual(['?.', '??=, ||=, &&=']);
    expect(checkRuntime('fn', sources, 'dev', 'Nodejs16.13')).toEqual([]);
    expect(checkRuntime('fn', sources, 'dev', 'Python3')).toEqual([]);
  });

  test('a command is not run: what it left is looked at, and where it left nothing that is said', async () => {
    const build = { command: 'node -e "process.exit(1)"', output: 'dist' };
    const config = { functions: { fn: { build } } };
    const none = await examine({ 'src/index.ts': '' }, config);
    expect(none.of('build')).toEqual(['skipped fn']);
    expect(none.detail('build')).toContain('there is no dist');
    expect(none.of('content')).toEqual([]);
    expect(none.code).toBe(0);
    const left = await examine({ 'src/index.ts': '', 'dist/index.js': 'exports.main = (\n' }, config);
    expect(left.of('build')).toEqual(['skipped fn']);
    expect(left.of('content')).toEqual(['good fn']);
    expect(left.detail('syntax')).toContain('functions/fn/dist/index.js:2');
    expect(left.code).toBe(6);
  });

  test('a file that is no JavaScript is said not to have been looked at', async () => {
    const result = await examine({ 'page.js': 'const a = <b>c</b>;\n' });
    expect(result.of('syntax')).toEqual(['skipped fn']);
    expect(result.detail('syntax')).toContain('functions/fn/page.js:1');
    expect(result.code).toBe(0);
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
    expect(after.of('ignored')).toEqual([]);
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
