/** Projects as people have them: what is carried over, and what is named because it is not. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInit } from '../../src/cli/init.js';
import { findProject } from '../../src/init/find.js';
import type { FoundProject } from '../../src/init/model.js';
import type { ProjectNote } from '../../src/model/project-note.js';
import { deskIn, folderWith } from '../support/init-rig.js';

const code = 'exports.main = async () => 1;\n';

async function found(files: Readonly<Record<string, string>>, below = ''): Promise<FoundProject> {
  return findProject(join(await folderWith(files), below), {});
}

const rc = (value: unknown): string => JSON.stringify(value);
const short = (note: ProjectNote): string =>
  [
    note.kind,
    ...('value' in note ? [note.value] : []),
    ...('root' in note ? [note.root] : []),
    ...('key' in note ? [note.key] : []),
  ].join(' ');

describe('ignore in every form', () => {
  test.each([
    ['a text', { functions: [{ name: 'a', ignore: '*.pem' }] }, [], ['*.pem']],
    ['a list', { functions: [{ name: 'a', ignore: ['*.pem', 'docs/**'] }] }, [], ['*.pem', 'docs/**']],
    [
      'the default',
      { functionDefaultConfig: { ignore: ['*.pem'] }, functions: [{ name: 'a' }] },
      ['*.pem'],
      [],
    ],
    ['the default as a text', { functionDefaultConfig: { ignore: '*.pem' } }, ['*.pem'], []],
    [
      'both',
      { functionDefaultConfig: { ignore: 'x/' }, functions: [{ name: 'a', ignore: 'y/' }] },
      ['x/'],
      ['y/'],
    ],
    [
      'of a plug-in',
      {
        framework: {
          plugins: {
            f: {
              use: '@cloudbase/framework-plugin-function',
              inputs: { functionDefaultConfig: { ignore: 'x/' }, functions: [{ name: 'a', ignore: 'y/' }] },
            },
          },
        },
      },
      ['x/'],
      ['y/'],
    ],
  ])('%s', async (_, value, all, own) => {
    const project = await found({
      'cloudbaserc.json': rc({ functionRoot: 'fns', ...value }),
      'fns/a/index.js': code,
    });
    expect(project.ignore).toEqual(all);
    expect(project.functions['a']?.ignore ?? []).toEqual(own);
    expect(project.notes).toEqual([]);
  });

  test('a form that is not known is named, with its place', async () => {
    const value = { functionRoot: 'fns', envId: 5, functions: [{ name: 'a', ignore: { x: 1 } }] };
    const project = await found({ 'cloudbaserc.json': rc(value), 'fns/a/index.js': code });
    expect(project.notes.map(short)).toEqual(['odd-value a.ignore', 'odd-value envId']);
    expect(project.names).toEqual(['a']);
  });
});

describe('the folder itself is the function', () => {
  test.each(['./', '.', ''])(
    'as dir %j: its name and its patterns are kept, and no other tool’s file is packed',
    async (dir) => {
      const value = { functions: [{ name: 'pay-api', dir, ignore: ['*.pem'] }] };
      const project = await found(
        { 'x/cloudbaserc.json': rc(value), 'x/index.js': code, 'x/key.pem': '' },
        'x',
      );
      expect(project.names).toEqual(['pay-api']);
      expect(project.functions).toEqual({
        'pay-api': { dir: '.', ignore: ['/watch.config.json', '/cloudbaserc.json', '*.pem'], build: null },
      });
    },
  );

  test('a mini program never is, whatever it has', async () => {
    const program = {
      'app.js': 'App({})',
      'app.json': '{"pages": []}',
      'index.js': code,
      'package.json': '{"main": "app.js"}',
    };
    const settings = rc({ cloudfunctionRoot: 'cloudfunctions', miniprogramRoot: './' });
    for (const files of [{ ...program, 'project.config.json': settings }, program]) {
      const project = await found(files);
      expect(project.names).toEqual([]);
      const desk = deskIn(project.folder);
      expect(await runInit({ envId: ['dev'], yes: true }, desk.context)).toBe(3);
    }
  });

  test('nor are its pages', async () => {
    const project = await found({
      'project.config.json': rc({ cloudfunctionRoot: './' }),
      'pay/index.js': code,
      'index/index.js': 'Page({})',
      'index/index.wxml': '',
      'program/app.json': '{}',
      'program/index.js': '',
    });
    expect(project.names).toEqual(['pay']);
  });
});

describe('where functions lie', () => {
  const plugin = (inputs: unknown) => ({ use: '@cloudbase/framework-plugin-function', inputs });

  test('several function plug-ins', async () => {
    const plugins = {
      one: plugin({ functionRootPath: 'fns', functions: [{ name: 'a' }] }),
      two: plugin({ functionRootPath: './more/', functions: [{ name: 'b', ignore: 'x/' }] }),
      site: { use: '@cloudbase/framework-plugin-website' },
    };
    const project = await found({
      'cloudbaserc.json': rc({ framework: { plugins } }),
      'fns/a/index.js': code,
      'more/b/index.js': code,
    });
    expect(project.roots).toEqual(['fns', 'more']);
    expect(project.names).toEqual(['a', 'b']);
    expect(project.functions['b']?.ignore).toEqual(['x/']);
  });

  test('what a build made of them is what is sent', async () => {
    const plugins = { one: plugin({ functionRootPath: 'src', functionDistPath: 'dist-fns' }) };
    const project = await found({
      'cloudbaserc.json': rc({ framework: { plugins } }),
      'src/a/index.js': code,
      'dist-fns/a/index.js': code,
    });
    expect(project.roots).toEqual(['dist-fns']);
  });

  test.each([
    ['with project.config.json', { 'project.config.json': rc({ cloudfunctionRoot: 'cloudfunctions/' }) }],
    ['without', {}],
  ])('in groups, %s', async (_, files) => {
    const project = await found({
      ...files,
      'cloudfunctions/user/login/index.js': code,
      'cloudfunctions/order/v2/create/index.js': code,
    });
    expect(project.roots).toEqual(['cloudfunctions/order/v2', 'cloudfunctions/user']);
    expect(project.names).toEqual(['create', 'login']);
    const mixed = await found({
      ...files,
      'cloudfunctions/user/login/index.js': code,
      'cloudfunctions/pay/index.js': code,
    });
    expect(mixed.roots).toEqual(['cloudfunctions', 'cloudfunctions/user']);
    expect(mixed.names).toEqual(['login', 'pay']);
  });

  test.each(['../fns', '..\\fns\\', '../fns/'])('next to the project: %s', async (root) => {
    const project = await found(
      { 'fns/a/index.js': code, 'app/project.config.json': rc({ cloudfunctionRoot: root }) },
      'app',
    );
    expect(project.roots).toEqual(['../fns']);
    expect(project.names).toEqual(['a']);
    expect(project.notes).toEqual([]);
  });

  test('a slash in front means the project’s own', async () => {
    const project = await found({
      'project.config.json': rc({ cloudfunctionRoot: '/fns/' }),
      'fns/a/index.js': code,
    });
    expect(project.roots).toEqual(['fns']);
  });

  test('one that is not there is named', async () => {
    const project = await found({
      'project.config.json': rc({ cloudfunctionRoot: '../none' }),
      'cloudfunctions/a/index.js': code,
    });
    expect(project.notes.map(short)).toEqual(['root-missing ../none']);
    expect(project.names).toEqual(['a']);
  });

  test('a folder with a name of its own counts once', async () => {
    const value = {
      functionRoot: 'cloudfunctions',
      functions: [{ name: 'api', dir: './cloudfunctions/hello' }],
    };
    const project = await found({
      'cloudbaserc.json': rc(value),
      'cloudfunctions/hello/index.js': code,
      'cloudfunctions/b/index.js': code,
    });
    expect(project.names).toEqual(['api', 'b']);
  });
});

describe('where a project says it', () => {
  const value = { functionRoot: 'fns', envId: 'shop-1a' };
  test.each([
    ['package.json#cloudbase', { 'package.json': rc({ name: 'x', cloudbase: value }) }],
    ['cloudbaserc', { cloudbaserc: rc(value) }],
    ['cloudbaserc', { cloudbaserc: 'envId: shop-1a\nfunctionRoot: ./fns\n' }],
    ['.cloudbaserc', { '.cloudbaserc': 'envId: shop-1a\nfunctionRoot: ./fns\n' }],
  ])('%s', async (file, files) => {
    const project = await found({ ...files, 'fns/a/index.js': code });
    expect(project.files).toEqual([file]);
    expect(project.roots).toEqual(['fns']);
    expect(project.envs).toEqual([{ written: 'shop-1a', id: 'shop-1a', file }]);
  });

  test('what is neither JSON nor YAML is named with its line', async () => {
    const project = await found({ cloudbaserc: 'a: [\n', 'fns/a/index.js': code });
    expect(project.notes).toMatchObject([{ kind: 'not-understood', file: 'cloudbaserc' }]);
  });
});

describe('an environment that nobody has filled in', () => {
  test.each([
    '{{envId}}',
    'your-env-id',
    'your_env_id',
    'YOUR-ENV',
    'my-env-id',
    'xxx',
    'cloud1-xxxxxx',
    'env-id',
    'envId',
    '请填写环境ID',
    '<env>',
    'TODO',
  ])('%s', async (envId) => {
    const project = await found({
      'cloudbaserc.json': rc({ envId, functionRoot: 'fns' }),
      'fns/a/index.js': code,
    });
    expect(project.envs).toEqual([]);
    expect(project.notes).toEqual([{ kind: 'placeholder', file: 'cloudbaserc.json', value: envId }]);
    // The rest of the file was used, and it is said so; the environment is asked for, or has to be given.
    expect(project.roots).toEqual(['fns']);
    const desk = deskIn(project.folder);
    expect(await runInit({ envId: [], yes: true }, desk.context)).toBe(3);
    expect(desk.out().replaceAll(/\s+/g, ' ')).toContain(`${envId} is a placeholder`);
    expect(desk.err()).toContain('--env-id');
  });

  test.each(['dev-3gewtf9c10f60c76', 'prod-env', 'test', 'cloud1-9g2xxk', 'environment-7'])(
    '%s is one',
    async (envId) => {
      const project = await found({ 'cloudbaserc.json': rc({ envId }), 'fns/a/index.js': code });
      expect(project.envs.map(({ id }) => id)).toEqual([envId]);
    },
  );

  test('in the mini program', async () => {
    const project = await found({
      'project.config.json': rc({ cloudfunctionRoot: 'fns', miniprogramRoot: 'mini' }),
      'mini/app.js': "wx.cloud.init({ env: 'your-env-id' })",
      'fns/a/index.js': code,
    });
    expect(project.envs).toEqual([]);
    expect(project.notes).toEqual([{ kind: 'placeholder', file: 'mini/app.js', value: 'your-env-id' }]);
  });
});
