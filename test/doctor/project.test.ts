/** The checks of `doctor` that need no network: of the project, and of each function in it. Real folders; no process. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineProject, watchedTops } from '../../src/doctor/project.js';
import { loadConfigValue } from '../../src/functions/load.js';
import { openStore } from '../../src/history/store.js';
import type { Finding } from '../../src/model/finding.js';
import { notifierPackage } from '../../src/reactions/notifications.js';
import { expectWhole } from '../support/doctor-rig.js';
import { folderWith } from '../support/init-rig.js';
import { needs } from '../support/needs.js';
import { entry } from '../support/rig.js';
import { syncRig } from '../support/sync-rig.js';

const index = 'exports.main = async () => 1;\n';

async function examine(
  files: Readonly<Record<string, string>>,
  config: Readonly<Record<string, unknown>> = {},
  before: (folder: string) => Promise<void> = async () => undefined,
) {
  const folder = await folderWith({ 'functions/': '', ...files });
  await before(folder);
  const loaded = await loadConfigValue(
    {
      ...{ functionsRoot: 'functions', envs: ['dev'], endpoint: 'http://127.0.0.1:9', token: { env: 'T' } },
      ...config,
    },
    { from: folder, environment: { T: 'token-of-the-test' } },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const findings: Finding[] = [];
  const examined = await examineProject(loaded, (finding) => findings.push(finding));
  expectWhole(findings);
  const of = <Kind extends Finding['kind']>(kind: Kind): Finding[] =>
    findings.filter((finding) => finding.kind === kind);
  return { folder, findings, examined, of, kinds: findings.map(({ kind }) => kind) };
}

describe('the project', () => {
  it('that is as it should be', async () => {
    const { kinds, of, examined } = await examine({ 'functions/pay/index.js': index });
    expect(kinds.slice(0, 2)).toEqual(['config-ok', 'function-ok']);
    expect(kinds.at(-1)).toMatch(/^watch-/);
    expect(kinds).toHaveLength(3);
    expect(of('config-ok')).toEqual([
      { kind: 'config-ok', function: null, env: null, file: null, functions: 1, envs: 1 },
    ]);
    expect(of('function-ok')).toMatchObject([
      { function: 'pay', entry: 'index.js', files: 1, zipBytes: expect.any(Number) },
    ]);
    expect(examined.specs.map(({ name }) => name)).toEqual(['pay']);
    expect(examined.sources.get('pay')).toMatchObject([{ path: 'functions/pay/index.js' }]);
    expect(examined.links).toEqual([]);
  });

  it('without functions', async () => {
    const { of, folder } = await examine({});
    expect(of('no-functions')).toMatchObject([{ roots: [join(folder, 'functions')] }]);
  });

  it('a folder that was sent before stays a function when it loses its entry', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    await sync.stop(() => 0);
    await rig.project.write('functions/pay/other.txt', 'x');
    await rig.project.remove('functions/pay/index.js');
    const findings: Finding[] = [];
    await examineProject(await rig.load(), (finding) => findings.push(finding));
    expect(findings).toContainEqual(
      expect.objectContaining({
        kind: 'function-problem',
        problem: expect.objectContaining({ reason: 'no-entry' }),
      }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        kind: 'history-kept',
        versions: 1,
        bytes: expect.any(Number),
        bound: 256 * 1024 * 1024,
      }),
    );
  });

  it.each<readonly [string, Readonly<Record<string, string>>, string | null]>([
    ['is not there yet', {}, null],
    ['is a folder', { '.tcb-watch/': '' }, null],
    ['is a file', { '.tcb-watch': '' }, 'ENOTDIR'],
  ])('its state folder %s', async (_, files, code) => {
    const { of } = await examine({ 'functions/pay/index.js': index, ...files });
    expect(of('state-unwritable')).toMatchObject(code === null ? [] : [{ code }]);
  });

  it('its state folder cannot be written', async () => {
    needs('modes');
    if (process.getuid?.() === 0) return;
    const { of } = await examine({ 'functions/pay/index.js': index, '.tcb-watch/x': '' }, {}, (folder) =>
      chmod(join(folder, '.tcb-watch'), 0o500),
    );
    expect(of('state-unwritable')).toMatchObject([{ code: 'EACCES' }]);
  });

  it('history that is off has no bound, and one that cannot be read says why', async () => {
    const rig = await syncRig({ pay: entry('1') });
    const { sync, rest } = await rig.start();
    await rest();
    await sync.stop(() => 0);
    const off = await rig.load();
    const findings: Finding[] = [];
    await examineProject({ ...off, config: { ...off.config, history: null } }, (finding) =>
      findings.push(finding),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'history-kept', versions: 1, bound: null }),
    );
    expect((await openStore(join(rig.project.folder, '.tcb-watch')).measure()).versions).toBe(1);
  });

  it('history that was not begun is not spoken of, and one that is not ours is not read', async () => {
    const none = await examine({ 'functions/pay/index.js': index, '.tcb-watch/history/': '' });
    expect(none.kinds.filter((kind) => kind.startsWith('history'))).toEqual([]);
    needs('links');
    const rig = await syncRig({ pay: entry('1') });
    const loaded = await rig.load();
    await mkdir(join(rig.project.folder, '.tcb-watch'), { recursive: true });
    await symlink(rig.project.root, join(rig.project.folder, '.tcb-watch/history'), 'junction');
    const findings: Finding[] = [];
    await examineProject(loaded, (finding) => findings.push(finding));
    expect(findings.filter(({ kind }) => kind.startsWith('history'))).toEqual([
      { kind: 'history-unread', function: null, env: null, code: 'ELOOP' },
    ]);
  });

  it('notifications need nothing more where their package is installed', async () => {
    const files = {
      'functions/pay/index.js': index,
      [`node_modules/${notifierPackage}/index.js`]: '',
    };
    expect((await examine(files, { notify: true })).of('notifier-absent')).toEqual([]);
    expect((await examine(files)).of('notifier-absent')).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('counts the watches that are needed', async () => {
    const files = {
      'functions/pay/index.js': index,
      'functions/pay/lib/a.js': '',
      'functions/login/index.js': index,
    };
    const { findings } = await examine(files, { functions: { pay: { dir: 'functions/pay' } } });
    expect(findings.at(-1)).toMatchObject({
      ...{ kind: 'watch-ok', setting: 'fs.inotify.max_user_watches' },
      ...{ needed: expect.any(Number), limit: expect.any(Number) },
    });
  });

  it.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
    ['a root with all its functions', ['fns'], ['fns/pay', 'fns/login'], ['fns']],
    ['a function elsewhere', ['fns'], ['fns/pay', 'src/far'], ['fns', 'src/far']],
    ['a root in a root', ['fns', 'fns/more'], ['fns/more/pay'], ['fns']],
    ['a folder whose name only begins alike', ['fns'], ['fns-old/pay'], ['fns', 'fns-old/pay']],
    ['a function that is its root', ['fns'], ['fns'], ['fns']],
    ['functions without a root', [], ['a/b', 'a'], ['a']],
  ])('watches each folder once: %s', (_, functionsRoots, dirs, expected) => {
    const at = (names: readonly string[]): string[] => names.map((name) => join('/p', name));
    const specs = at(dirs).map((dir) => ({ dir }));
    expect(watchedTops({ functionsRoots: at(functionsRoots) }, specs)).toEqual(at(expected));
  });
});

describe('a function', () => {
  it('whose code cannot run: each fault once, and nothing is hidden by it', async () => {
    const { of } = await examine({
      'functions/pay/index.js': "require('./nowhere');\nrequire('./left');\nexports.main = 1;\n",
      'functions/pay/left.js': '',
      'functions/.tcbignore': 'left.js\n',
      'functions/login/index.js': 'exports.main = ;\n',
    });
    expect(of('code-fault')).toMatchObject([
      { function: 'login', fault: { kind: 'syntax-error', path: 'functions/login/index.js' } },
      { function: 'pay', fault: { kind: 'missing-file', path: 'functions/pay/index.js', line: 1 } },
    ]);
    expect(of('names-ignored')).toMatchObject([{ function: 'pay', line: 2, rule: 'left.js' }]);
    expect(of('code-unread')).toEqual([]);
  });

  it('that cannot be sent says why, and nothing else of its code', async () => {
    const { of, kinds } = await examine({ 'functions/pay/readme.md': 'x' }, { functions: { pay: {} } });
    expect(of('function-problem')).toMatchObject([{ function: 'pay', problem: { reason: 'no-entry' } }]);
    expect(kinds).not.toContain('code-fault');
    expect(kinds).not.toContain('function-ok');
  });

  it('with another entry is named by it; what is left out is counted by its rule, the busiest first', async () => {
    const { of } = await examine({
      'functions/pay/main.js': index,
      'functions/pay/package.json': '{"main":"main.js"}',
      'functions/pay/a.log': '',
      'functions/pay/x.tmp': '',
      'functions/pay/y.tmp': '',
      'functions/pay/z.tmp': '',
      'functions/.tcbignore': 'b.txt\n*.log\n*.tmp\n',
    });
    expect(of('function-ok')).toMatchObject([{ entry: 'main', files: 2 }]);
    expect(of('left-out')).toMatchObject([
      {
        rules: [
          { rule: '*.tmp', count: 3 },
          { rule: '*.log', count: 1 },
        ],
      },
    ]);
  });

  it('that is large is warned of, and is all right', async () => {
    // Bytes that cannot be made smaller: three quarters of the limit are a little more than it in base64.
    const { of } = await examine({ 'functions/pay/index.js': index }, {}, (folder) =>
      writeFile(join(folder, 'functions/pay/data.bin'), randomBytes(7_864_320)),
    );
    expect(of('function-ok')).toMatchObject([{ files: 2 }]);
    expect(of('request-large')).toMatchObject([{ function: 'pay', limit: 10_485_760 }]);
    const [large] = of('request-large');
    expect(large !== undefined && 'base64' in large ? large.base64 : 0).toBeGreaterThan(10_485_760);
  });

  it('with saved events: how many, or what is wrong with them', async () => {
    const files = { 'functions/pay/index.js': index };
    const config = { functions: { pay: { answers: true } } };
    const good = await examine({ ...files, 'events/pay.json': '[{"name":"a","value":{}}]' }, config);
    expect(good.of('events-ok')).toMatchObject([{ function: 'pay', count: 1, file: 'events/pay.json' }]);
    const none = await examine(files, config);
    expect([none.of('events-ok'), none.of('events-wrong').length]).toEqual([[], 1]);
    const wrong = await examine(
      { ...files, 'events/pay.json': '[{"name":"a","value":{}},{"name":3}]' },
      config,
    );
    expect([wrong.of('events-ok'), wrong.of('events-wrong').length]).toEqual([[], 1]);
    const unasked = await examine({ ...files, 'events/pay.json': '[]' });
    expect([...unasked.of('events-ok'), ...unasked.of('events-wrong')]).toEqual([]);
  });

  it('with packages and settings that the cloud does not take', async () => {
    const { of } = await examine({
      'functions/pay/index.js': index,
      'functions/pay/package.json': '{"dependencies":{"sharp":"*"}}',
      'functions/pay/config.json':
        '{"permissions":{"openapi":["a"]},"triggers":[{"name":"t","type":"timer","config":"0 0 2 1 * * *"}]}',
    });
    expect(of('install-scripts')).toMatchObject([{ packages: ['sharp'] }]);
    expect(of('permissions')).toHaveLength(1);
    expect(of('timers-off')).toMatchObject([{ count: 1 }]);
  });

  it('that is built by a command: what it made last, or nothing yet', async () => {
    const config = { functions: { pay: { build: { command: 'make', output: 'dist' } } } };
    const source = { 'functions/pay/index.ts': 'x' };
    const unbuilt = await examine(source, config);
    expect(unbuilt.of('build-unchecked')).toMatchObject([{ function: 'pay', output: 'dist' }]);
    expect(unbuilt.of('function-ok')).toEqual([]);
    const built = await examine(
      { ...source, 'functions/pay/dist/index.js': "require('./nowhere');\nexports.main = 1;\n" },
      config,
    );
    expect(built.of('build-left')).toMatchObject([{ function: 'pay', output: 'dist' }]);
    expect(built.of('code-fault')).toMatchObject([
      { fault: { kind: 'missing-file', path: 'functions/pay/dist/index.js' } },
    ]);
    expect(built.examined.sources.get('pay')).toMatchObject([{ path: 'functions/pay/dist/index.js' }]);
  });

  it('that carries a shared folder: its link is missing, or there; faults in it are named where it lies', async () => {
    const files = {
      'functions/pay/index.js': "require('./common/log');\nexports.main = 1;\n",
      'functions/common/log.js': "require('./nowhere');\n",
    };
    const config = { shared: { common: ['pay'] } };
    const without = await examine(files, config);
    expect(without.examined.links).toMatchObject([{ function: 'pay', shared: 'common' }]);
    expect(without.of('code-fault')).toMatchObject([
      { fault: { kind: 'missing-file', path: 'functions/common/log.js' } },
    ]);
    expect(without.of('left-out')).toEqual([]);
    needs('links');
    const linked = await examine(files, config, async (folder) => {
      await mkdir(join(folder, 'functions/pay'), { recursive: true });
      await symlink(join(folder, 'functions/common'), join(folder, 'functions/pay/common'), 'junction');
    });
    expect(linked.examined.links).toEqual([]);
    expect(linked.of('left-out')).toEqual([]);
  });
});
