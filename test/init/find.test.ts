/** The configuration that is found for a project of another tool: roots, functions, environments, shared folders, builds. Real folders. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configOfFound } from '../../src/init/config.js';
import { findProject } from '../../src/init/find.js';
import type { FoundProject } from '../../src/init/model.js';
import { resolveEnvId } from '../../src/init/variables.js';
import { folderWith } from '../support/init-rig.js';
import { needs } from '../support/needs.js';

type Files = Readonly<Record<string, string>>;
const main = 'exports.main = async () => 1;\n';
const json = (value: unknown): string => JSON.stringify(value);

async function found(
  files: Files,
  environment: Readonly<Record<string, string>> = {},
): Promise<FoundProject> {
  return findProject(await folderWith(files), environment);
}

describe('functions roots', () => {
  it.each<readonly [string, Files, readonly string[], readonly string[]]>([
    ['by what they hold', { 'cloudfunctions/pay/index.js': main }, ['cloudfunctions'], ['pay']],
    ['by their name, with any code', { 'functions/pay/index.js': 'x = 1;' }, ['functions'], ['pay']],
    ['named for the cloud', { 'cloud/pay/index.js': 'x = 1;' }, ['cloud'], ['pay']],
    ['named for functions, without code', { 'functions/pay/readme.md': '' }, [], []],
    ['of another name, without main', { 'lib/pay/index.js': 'x = 1;' }, [], []],
    ['of another name, with main', { 'lib/pay/index.js': main }, ['lib'], ['pay']],
    ['deep', { 'a/b/c/functions/pay/index.js': main }, ['a/b/c/functions'], ['pay']],
    ['too deep', { 'a/b/c/d/e/functions/pay/index.js': main }, [], []],
    ['several', { 'a/pay/index.js': main, 'b/login/index.js': main }, ['a', 'b'], ['login', 'pay']],
    ['not inside another', { 'fns/pay/index.js': main, 'fns/pay/sub/x/index.js': main }, ['fns'], ['pay']],
    ['of ES modules', { 'lib/pay/index.mjs': 'export const main = 1;' }, ['lib'], ['pay']],
    ['of lists of exports', { 'lib/pay/index.js': 'module.exports = { a, main };' }, ['lib'], ['pay']],
    ['of exported names', { 'lib/pay/index.mjs': 'const main = 1;\nexport { main };' }, ['lib'], ['pay']],
    ['of TypeScript', { 'lib/pay/index.ts': 'export async function main() {}' }, ['lib'], ['pay']],
    [
      'by the package’s main',
      { 'lib/pay/package.json': json({ main: 'app.js' }), 'lib/pay/app.js': main },
      ['lib'],
      ['pay'],
    ],
    [
      'not what tools make',
      { 'dist/pay/index.js': main, 'node_modules/a/index.js': main, '.x/a/index.js': main },
      [],
      [],
    ],
  ])('are found %s', async (_, files, roots, names) => {
    const project = await found(files);
    expect([project.roots, project.names]).toEqual([roots, names]);
    expect(project.notes).toEqual([]);
  });

  it('are those that are said, where they are there; the others are noted', async () => {
    const file = { 'project.config.json': json({ cloudfunctionRoot: 'cf/' }) };
    const there = await found({ ...file, 'cf/pay/index.js': main, 'other/login/index.js': main });
    expect([there.roots, there.names, there.notes]).toEqual([['cf'], ['pay'], []]);
    const gone = await found({ ...file, 'other/login/index.js': main });
    expect([gone.roots, gone.names]).toEqual([['other'], ['login']]);
    expect(gone.notes).toEqual([{ kind: 'root-missing', file: 'project.config.json', root: 'cf' }]);
  });

  it('are none where the folder itself is a function', async () => {
    const project = await found({ 'index.js': main, 'lib/x/index.js': main });
    expect(project).toMatchObject({ roots: [], shared: {} });
    expect(Object.values(project.functions)).toEqual([
      { dir: '.', ignore: ['/watch.config.json'], build: null },
    ]);
    expect(project.names).toHaveLength(1);
  });
});

describe('the files of other tools', () => {
  const cloudbase = (value: object): Files => ({ 'cloudbaserc.json': json(value), 'fns/pay/index.js': main });

  it('are looked for three folders deep, the nearest alone', async () => {
    const deep = {
      'a/b/c/project.config.json': json({ cloudfunctionRoot: 'cf' }),
      'a/b/c/cf/pay/index.js': main,
    };
    expect((await found(deep)).files).toEqual(['a/b/c/project.config.json']);
    expect((await found(deep)).roots).toEqual(['a/b/c/cf']);
    const deeper = { 'a/b/c/d/project.config.json': json({}), 'fns/pay/index.js': main };
    expect((await found(deeper)).files).toEqual([]);
    const above = { ...deep, 'a/project.config.json': json({ cloudfunctionRoot: 'x' }) };
    expect((await found(above)).files).toEqual(['a/project.config.json']);
  });

  it('are both read where both are there, and name each environment once', async () => {
    const project = await found({
      ...cloudbase({ envId: 'shop-1a2b', functionRoot: './fns' }),
      'project.config.json': json({ miniprogramRoot: 'mini/', cloudfunctionRoot: 'fns/' }),
      'mini/app.js':
        "wx.cloud.init({ traceUser: true, env: 'shop-1a2b' })\n// wx.cloud.init({ env: 'old-9z8y' })\n",
      'mini/envList.js': 'const envList = [{ envId: "test-3c4d" }]',
    });
    expect(project.files).toEqual(['cloudbaserc.json', 'project.config.json']);
    expect(project.roots).toEqual(['fns']);
    expect(project.envs).toEqual([
      { written: 'shop-1a2b', id: 'shop-1a2b', file: 'cloudbaserc.json' },
      { written: 'test-3c4d', id: 'test-3c4d', file: 'mini/envList.js' },
    ]);
  });

  it('give functions their patterns and folders', async () => {
    const project = await found({
      ...cloudbase({
        functionRoot: 'fns',
        functions: [
          { name: 'pay', ignore: ['*.md', './docs/**'] },
          { name: 'far', dir: 'elsewhere/far' },
          { name: 'near', functionPath: './fns/near' },
          { name: 'gone', dir: 'nowhere' },
          { name: 'nothing', ignore: ['*.md'] },
          { dir: 'elsewhere/far' },
        ],
      }),
      'elsewhere/far/index.js': main,
      'fns/near/index.js': main,
    });
    expect(project.functions).toEqual({
      pay: { dir: null, ignore: ['*.md', '/docs/**'], build: null },
      far: { dir: 'elsewhere/far', ignore: [], build: null },
    });
    expect(project.names).toEqual(['far', 'near', 'pay']);
    expect(project.notes).toEqual([{ kind: 'root-missing', file: 'cloudbaserc.json', root: 'nowhere' }]);
  });

  it('keep what each said of one function', async () => {
    const project = await found({
      ...cloudbase({ functionRoot: 'fns', functions: [{ name: 'pay', ignore: ['a.txt'] }] }),
      'project.config.json': json({
        cloudfunctionRoot: 'fns',
        packOptions: { ignore: [{ type: 'folder', value: 'fns/pay/docs' }] },
      }),
    });
    expect(project.functions['pay']?.ignore).toEqual(['a.txt', '/docs/']);
  });

  it('in the older form, by a plug-in', async () => {
    const inputs = { functionRootPath: 'fns', functions: [{ name: 'pay', ignore: ['b.txt'] }] };
    const project = await found(
      cloudbase({
        framework: {
          plugins: { web: { use: 'x' }, fn: { use: '@cloudbase/framework-plugin-function', inputs } },
        },
      }),
    );
    expect([project.roots, project.functions]).toEqual([
      ['fns'],
      { pay: { dir: null, ignore: ['b.txt'], build: null } },
    ]);
  });

  it.each<readonly [string, string, object]>([
    ['cloudbaserc.json', '{"envId":', { kind: 'not-understood', line: 1 }],
    ['cloudbaserc.json', '[]', { kind: 'not-understood' }],
    ['cloudbaserc.yaml', 'a: 1\nwhat\n', { kind: 'not-understood', line: 2 }],
    ['cloudbaserc.yml', '- 1\n', { kind: 'not-understood', line: null }],
    ['cloudbaserc.js', 'module.exports = {', { kind: 'not-understood', line: 1 }],
    ['cloudbaserc.cjs', 'module.exports = {\n  envId: make(),\n}', { kind: 'computed', line: 2 }],
    ['project.config.json', '{"a":1,\n"b":}', { kind: 'not-understood', line: 2 }],
  ])('%s that cannot be understood is noted: %j', async (file, text, note) => {
    const project = await found({ [file]: text, 'fns/pay/index.js': main });
    expect(project.notes).toEqual([{ file, ...note }].map((each) => expect.objectContaining(each)));
    expect(project.names).toEqual(['pay']);
  });

  it('are taken in the order of their tool', async () => {
    const files = { 'cloudbaserc.json': json({ envId: 'first-1' }), 'cloudbaserc.yaml': 'envId: second-2\n' };
    expect((await found({ ...files, 'fns/pay/index.js': main })).envs.map(({ id }) => id)).toEqual([
      'first-1',
    ]);
  });
});

describe('environments behind variables', () => {
  const file = 'cloudbaserc.json';
  const mode = (name: string, values: Readonly<Record<string, string>>) => ({
    file: `.env.${name}`,
    mode: name,
    values,
  });

  it.each<readonly [string, string, Parameters<typeof resolveEnvId>[2], object]>([
    [
      'an id',
      'dev-1',
      { common: {}, modes: [], notes: [] },
      { envs: [{ written: 'dev-1', id: 'dev-1', file }], notes: [] },
    ],
    [
      'no id',
      'no id!',
      { common: {}, modes: [], notes: [] },
      { envs: [], notes: [{ kind: 'placeholder', file, value: 'no id!' }] },
    ],
    [
      'a variable',
      '{{env.ID}}',
      { common: { ID: 'dev-1' }, modes: [], notes: [] },
      { envs: [{ written: '${ID}', id: 'dev-1', file }], notes: [] },
    ],
    [
      'one that is not set',
      '{{ env.ID }}',
      { common: {}, modes: [], notes: [] },
      { envs: [], notes: [{ kind: 'variable-unset', file, name: 'ID' }] },
    ],
    [
      'one that is no id',
      '{{env.ID}}',
      { common: { ID: 'a b' }, modes: [], notes: [] },
      { envs: [], notes: [{ kind: 'variable-unset', file, name: 'ID' }] },
    ],
    [
      'one of modes',
      '{{env.ID}}',
      {
        common: { ID: 'dev-1' },
        modes: [mode('staging', { ID: 'st-2' }), mode('dev', { ID: 'dev-1' }), mode('x', {})],
        notes: [],
      },
      {
        envs: [
          { written: '${ID}', id: 'dev-1', file },
          { written: 'st-2', id: 'st-2', file: '.env.staging' },
        ],
        notes: [],
      },
    ],
    [
      'one of production alone',
      '{{env.ID}}',
      { common: {}, modes: [mode('production', { ID: 'p-1' })], notes: [] },
      { envs: [], notes: [{ kind: 'production-left', file: '.env.production' }] },
    ],
  ])('%s', (_, written, variables, expected) => {
    expect(resolveEnvId(written, file, variables)).toEqual(expected);
  });

  it('are read from the files next to it', async () => {
    const project = await found(
      {
        'cloudbaserc.json': json({ envId: '{{env.ID}}' }),
        'fns/pay/index.js': main,
        '.env': 'ID=dev-1\n',
        '.env.staging': 'ID=st-2\n',
        '.env.staging.local': 'ID=st-3\n',
        '.env.example': 'ID=ex-4\n',
        '.env.prod': 'ID=prod-5\n',
      },
      {},
    );
    expect(project.envs.map(({ written }) => written)).toEqual(['${ID}', 'st-2', 'st-3']);
    expect(project.notes).toEqual([{ kind: 'production-left', file: '.env.prod' }]);
  });

  it('stand as they are where the file lies elsewhere', async () => {
    const project = await found({
      'app/cloudbaserc.json': json({ envId: '{{env.ID}}' }),
      'app/.env': 'ID=dev-1\n',
      'fns/pay/index.js': main,
    });
    expect(project.envs).toEqual([{ written: 'dev-1', id: 'dev-1', file: 'app/cloudbaserc.json' }]);
  });
});

describe('shared folders', () => {
  const use = "const log = require('./common/log');\nexports.main = 1;\n";

  it.each<readonly [string, Files, Readonly<Record<string, readonly string[]>>]>([
    [
      'of all functions',
      { 'fns/pay/index.js': use, 'fns/login/index.js': use, 'fns/common/log.js': '' },
      { common: ['*'] },
    ],
    [
      'of some',
      { 'fns/pay/index.js': use, 'fns/login/index.js': main, 'fns/common/log.js': '' },
      { common: ['pay'] },
    ],
    [
      'of one that has its own',
      { 'fns/pay/index.js': use, 'fns/pay/common/log.js': '', 'fns/common/log.js': '' },
      {},
    ],
    ['that are not there', { 'fns/pay/index.js': use }, {}],
    [
      'named from below',
      { 'fns/pay/index.js': main, 'fns/pay/lib/a.js': "require('../common/log')", 'fns/common/log.js': '' },
      { common: ['*'] },
    ],
    [
      'named within',
      { 'fns/pay/index.js': main, 'fns/pay/lib/a.js': "require('./common/log')", 'fns/common/log.js': '' },
      {},
    ],
    [
      'next to TypeScript',
      { 'fns/pay/index.js': use, 'fns/ts/index.ts': 'export const main = 1;', 'fns/common/log.js': '' },
      { common: ['pay'] },
    ],
  ])('%s', async (_, files, shared) => {
    expect((await found(files)).shared).toEqual(shared);
  });

  it('are no functions, though they have an entry; a link to one is none of the function’s own', async () => {
    const folder = await folderWith({
      'fns/pay/index.js': use,
      'fns/common/index.js': main,
      'fns/common/log.js': '',
    });
    needs('links');
    await symlink('../common', join(folder, 'fns/pay/common'));
    const project = await findProject(folder, {});
    expect([project.names, project.shared]).toEqual([['pay'], { common: ['*'] }]);
  });
});

describe('TypeScript', () => {
  const ts = 'export async function main() {}\n';

  it('is built by esbuild, which is missed where it is not installed', async () => {
    const project = await found({ 'fns/pay/index.ts': ts, 'fns/login/index.js': main });
    expect(project.functions).toEqual({ pay: { dir: null, ignore: [], build: 'esbuild' } });
  });

  it('keeps what was said of the function', async () => {
    const project = await found({
      'fns/pay/index.ts': ts,
      'cloudbaserc.json': json({ functionRoot: 'fns', functions: [{ name: 'pay', ignore: ['*.md'] }] }),
    });
    expect(project.functions).toEqual({ pay: { dir: null, ignore: ['*.md'], build: 'esbuild' } });
  });
});

describe('the configuration of a start without any file', () => {
  it('is for the emulator and two invented environments', async () => {
    const folder = await folderWith({
      'fns/pay/index.js': main,
      'fns/ts/index.ts': 'export const main = 1;',
      '.env': 'A=1\n',
    });
    const loaded = await configOfFound(folder, { B: '2' });
    expect(loaded?.config).toMatchObject({
      ...{
        file: null,
        folder,
        functionsRoots: [join(folder, 'fns')],
        envs: ['dev', 'test'],
        endpoint: 'emulator',
      },
      functions: { ts: { dir: null, envs: null, enabled: true, build: { kind: 'esbuild' } } },
    });
    expect(loaded?.variables).toMatchObject({ A: '1', B: '2' });
    expect(await loaded?.reread()).toMatchObject({ A: '1', B: '2' });
    const files = ['watch.config.json', '.env', '.env.local'].map((name) => join(folder, name));
    expect([...(loaded?.watchFiles ?? [])].sort()).toEqual(files.sort());
  });

  it('is that of the one function, or none', async () => {
    const own = await folderWith({ 'index.js': main });
    expect(Object.values((await configOfFound(own, {}))?.config.functions ?? {})).toMatchObject([
      { dir: own, build: null },
    ]);
    expect(await configOfFound(await folderWith({ 'readme.md': '' }), {})).toBeNull();
  });
});
