import { access, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInit } from '../../src/cli/init.js';
import { offerEditorFiles } from '../../src/cli/init-editor.js';
import type { InitOptions } from '../../src/cli/options.js';
import { loadConfig } from '../../src/functions/load.js';
import {
  copyProject,
  type Desk,
  type DeskOptions,
  deskIn,
  folderWith,
  projectNames,
} from '../support/init-rig.js';
import { needs } from '../support/needs.js';

const unset: InitOptions = { envId: [], yes: false };

async function init(
  folder: string,
  options: Partial<InitOptions> = {},
  desk: DeskOptions = {},
): Promise<{ code: number; desk: Desk }> {
  const made = deskIn(folder, desk);
  return { code: await runInit({ ...unset, ...options }, made.context), desk: made };
}

const written = (folder: string): Promise<string> => readFile(join(folder, 'watch.config.json'), 'utf8');

async function configIn(folder: string) {
  const result = await loadConfig({ from: folder, environment: {} });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

const hello = { 'cloudfunctions/hello/index.js': 'exports.main = async () => 1;\n' };

test('says how to go on: with a token, or without an account', async () => {
  const real = await init(await folderWith(hello), { envId: ['dev'] });
  expect(real.desk.out()).toContain('npx tcb-watch --endpoint emulator');
  expect(real.desk.out()).toContain('TCB_COMPONENT_ACCESS_TOKEN');
  expect(real.desk.out()).toMatch(/Next: npx tcb-watch doctor\n$/);
  const other = await init(await folderWith(hello), { envId: ['dev'], config: 'own.json' });
  expect(other.desk.out()).toMatch(/Next: npx tcb-watch doctor --config own\.json\n$/);
  const emulated = await init(await folderWith(hello), { endpoint: 'emulator' });
  expect(emulated.desk.out()).not.toContain('TCB_COMPONENT_ACCESS_TOKEN');
  expect(emulated.desk.out()).toMatch(/Next: npx tcb-watch\n$/);
});

test.each([
  ['next to it', '', './node_modules'],
  ['above it', 'apps/shop/', '../../node_modules'],
])('the schema is that of the package that is installed %s', async (_, below, place) => {
  const schema = 'node_modules/tcb-watch/watch.config.schema.json';
  const files = { [schema]: '{}', [`${below}cloudfunctions/hello/index.js`]: 'exports.main = 1;' };
  const folder = join(await folderWith(files), below);
  expect((await init(folder, { envId: ['dev'] })).code).toBe(0);
  expect(await written(folder)).toContain(`"$schema": "${place}/tcb-watch/watch.config.schema.json"`);
});

describe('three projects of different habits', () => {
  test('a WeChat DevTools project', async () => {
    const folder = await copyProject('devtools');
    const { code, desk } = await init(folder, { yes: true });
    expect(code).toBe(0);
    expect(await configIn(folder)).toMatchObject({
      functionsRoots: [join(folder, 'cloudfunctions')],
      envs: ['diancai-dev-3g7f2c1d0a9b8e65'],
      ignore: ['*.md', '**/*.test.js'],
      shared: { common: ['getList', 'pay'] },
      functions: { pay: { ignore: ['/fixtures/'] } },
    });
    expect(desk.out()).toContain('getList, login, pay');
    // `.json` would leave out every package.json, and an expression is no gitignore pattern: neither goes in silence.
    expect(desk.out()).toMatch(/! project\.config\.json ignores \*\.json/);
    expect(desk.out()).toContain('\\.draft\\d+$');
  });

  test('a cloudbaserc project: variables stay variables, and production is left out', async () => {
    const folder = await copyProject('cloudbaserc');
    const { code, desk } = await init(folder, { yes: true });
    expect(code).toBe(0);
    expect(await written(folder)).toContain('"envs": ["${ENV_ID}", "shop-staging-1a2b3c4d5e6f7g8h"]');
    expect(await configIn(folder)).toMatchObject({
      functionsRoots: [join(folder, 'functions')],
      envs: ['shop-dev-8gk1l2m3n4o5p6q7', 'shop-staging-1a2b3c4d5e6f7g8h'],
      ignore: [],
      functions: {
        hello: { ignore: ['*.md'] },
        report: { ignore: ['templates/draft/**'] },
        cleanup: { dir: join(folder, 'jobs', 'cleanup') },
      },
    });
    const everything = desk.out() + desk.err() + (await written(folder));
    expect(everything).not.toContain('not-to-be-shown');
    expect(everything).not.toContain('shop-prod');
    expect(everything).toContain('.env.production is for production');
    expect(everything).toContain('jobs/retired');
  });

  test('a TypeScript monorepo with a shared folder and a cloudbaserc.js', async () => {
    const folder = await copyProject('monorepo');
    const { code, desk } = await init(folder, { yes: true });
    expect(code).toBe(0);
    expect(await configIn(folder)).toMatchObject({
      functionsRoots: [join(folder, 'services', 'functions')],
      envs: ['mono-dev-2b3c4d5e6f7g8h9i'],
      shared: { common: ['webhook'] },
      functions: { order: { build: { kind: 'esbuild' } } },
    });
    expect(desk.out()).toContain('cloudbaserc.js, line 7: the value is computed');
  });

  test.each(projectNames)(
    '%s: the paths are relative, the file is commented, the end names the next command',
    async (name) => {
      for (const language of ['en', 'zh-CN'] as const) {
        const folder = await copyProject(name);
        const { desk } = await init(folder, { yes: true }, { language });
        const text = await written(folder);
        expect(text).toContain('"$schema": "./node_modules/tcb-watch/watch.config.schema.json"');
        expect(text).not.toContain(folder);
        expect(text).not.toContain('\\');
        expect(text.match(/^ *\/\/ /gm)?.length).toBeGreaterThan(4);
        expect(/[\u4e00-\u9fff]/.test(text)).toBe(language === 'zh-CN');
        expect(desk.out().trimEnd().split('\n').at(-1)).toContain('npx tcb-watch doctor');
      }
    },
  );
});

test.skipIf(process.platform === 'win32')(
  'what is there and cannot be read is told, each place once, and the rest is found',
  async () => {
    const folder = await folderWith({
      'cloudfunctions/hello/index.js': 'exports.main = 1;\n',
      'cloudfunctions/loop/': '',
      'cloudbaserc.json': '{"envId": "{{env.ID}}"}',
      '.env': 'ID=dev-1\n',
    });
    for (const file of ['cloudfunctions/loop/index.js', '.env.staging', 'project.config.json'])
      await symlink(basename(file), join(folder, file));
    const { code, desk } = await init(folder, { yes: true });
    expect(code).toBe(0);
    expect(desk.out().match(/cannot be read \(ELOOP\)/g)).toHaveLength(3);
    for (const file of ['cloudfunctions/loop/index.js', '.env.staging', 'project.config.json'])
      expect(desk.out()).toContain(file);
    expect((await configIn(folder)).envs).toEqual(['dev-1']);
  },
);

describe('what is there is never replaced unasked', () => {
  test.each([{ yes: true }, { yes: false }])(
    'without a terminal: exit 3 and untouched (%o)',
    async (options) => {
      const folder = await folderWith({ ...hello, 'watch.config.json': '// mine\n' });
      const { code, desk } = await init(folder, { envId: ['dev'], ...options });
      expect(code).toBe(3);
      expect(await written(folder)).toBe('// mine\n');
      expect(desk.err()).toContain('watch.config.json already exists');
      expect(desk.err()).toContain('--config');
    },
  );

  test('on a terminal it asks, and anything but yes leaves it', async () => {
    const folder = await folderWith({ ...hello, 'watch.config.json': '// mine\n' });
    expect((await init(folder, { envId: ['dev'] }, { answers: [''] })).code).toBe(3);
    expect(await written(folder)).toBe('// mine\n');
    expect((await init(folder, { envId: ['dev'] }, { answers: ['y'] })).code).toBe(0);
    expect((await configIn(folder)).envs).toEqual(['dev']);
  });

  test.skipIf(process.platform === 'win32')(
    'a link is not followed, and nobody is asked: it may point anywhere',
    async () => {
      const folder = await folderWith({ ...hello, 'elsewhere.txt': 'mine\n' });
      await symlink('elsewhere.txt', join(folder, 'watch.config.json'));
      const { code, desk } = await init(folder, { envId: ['dev'] }, { answers: ['y'] });
      expect(code).toBe(3);
      expect(desk.err()).toContain('watch.config.json is a link');
      expect(await readFile(join(folder, 'elsewhere.txt'), 'utf8')).toBe('mine\n');
    },
  );

  test('--config writes elsewhere, and looks at that folder', async () => {
    const folder = await folderWith({ 'shop/cloudfunctions/pay/index.js': 'exports.main = () => 1;\n' });
    const { code, desk } = await init(folder, { config: 'shop/dev.json', envId: ['dev'] });
    expect(code).toBe(0);
    expect(await readFile(join(folder, 'shop/dev.json'), 'utf8')).toContain(
      '"functionsRoot": "cloudfunctions"',
    );
    expect(desk.out()).toContain('npx tcb-watch doctor --config shop/dev.json');
    await expect(access(join(folder, 'watch.config.json'))).rejects.toThrow('ENOENT');
  });
});

describe('what it must know', () => {
  test('without environments and without a terminal: exit 3, naming the option, and nothing written', async () => {
    const folder = await folderWith(hello);
    const { code, desk } = await init(folder, { yes: true });
    expect(code).toBe(3);
    expect(desk.err()).toContain('--env-id');
    await expect(stat(join(folder, 'watch.config.json'))).rejects.toThrow('ENOENT');
  });

  test('for the emulator any names will do', async () => {
    const folder = await folderWith(hello);
    const { code, desk } = await init(folder, { endpoint: 'emulator' });
    expect(code).toBe(0);
    expect(await configIn(folder)).toMatchObject({ endpoint: 'emulator', envs: ['dev', 'test'] });
    expect(desk.out().trimEnd()).toMatch(/Next: npx tcb-watch$/);
  });

  test('it asks for folder and environments until both can be', async () => {
    const folder = await folderWith({ 'src/server/': '' });
    const answers = ['nowhere', './src/server', '生产', 'dev-1, test-2'];
    const { code, desk } = await init(folder, {}, { answers });
    expect(code).toBe(0);
    expect(desk.questions).toHaveLength(4);
    expect(desk.err()).toContain('The folder nowhere does not exist');
    expect(desk.err()).toContain('生产 is not an environment id');
    expect(await configIn(folder)).toMatchObject({
      functionsRoots: [join(folder, 'src', 'server')],
      envs: ['dev-1', 'test-2'],
    });
  });

  test('a terminal that is closed ends it, with nothing written', async () => {
    const folder = await folderWith(hello);
    const { code, desk } = await init(folder, {}, { answers: [] });
    expect(code).toBe(3);
    expect(desk.err()).toContain('Nothing was written');
    await expect(stat(join(folder, 'watch.config.json'))).rejects.toThrow('ENOENT');
  });

  test('an id that cannot be one is refused', async () => {
    const { code, desk } = await init(await folderWith(hello), { envId: ['dev', 'a b'] });
    expect(code).toBe(3);
    expect(desk.err()).toContain('a b is not an environment id');
  });

  test('without functions: exit 3, saying what to do', async () => {
    const { code, desk } = await init(await folderWith({ 'README.md': '' }), { envId: ['dev'] });
    expect(code).toBe(3);
    expect(desk.err()).toContain('no functions were found here');
  });
});

test('inside a function’s own folder it is that function, and its configuration is not packed', async () => {
  const folder = await folderWith({
    'hello/index.js': 'exports.main = async () => 1;\n',
    'hello/lib/index.js': 'exports.a = 1;\n',
  });
  const { code } = await init(join(folder, 'hello'), { endpoint: 'emulator' });
  expect(code).toBe(0);
  expect((await configIn(join(folder, 'hello'))).functions).toMatchObject({
    hello: { dir: join(folder, 'hello'), ignore: ['/watch.config.json'] },
  });
});

test('a configuration in JavaScript is never run', async () => {
  const folder = await folderWith({
    ...hello,
    'cloudbaserc.js':
      "require('node:fs').writeFileSync('ran', '');\nmodule.exports = { envId: 'dev-a', functionRoot: './cloudfunctions' };\n",
  });
  const { code } = await init(folder, { yes: true });
  expect(code).toBe(0);
  expect((await configIn(folder)).envs).toEqual(['dev-a']);
  for (const place of [folder, process.cwd()])
    await expect(stat(join(place, 'ran'))).rejects.toThrow('ENOENT');
});

test('a file that cannot be read as what it should be is told, and the folders are looked at instead', async () => {
  const folder = await folderWith({ ...hello, 'project.config.json': '{\n  "cloudfunctionRoot": \n}\n' });
  const { code, desk } = await init(folder, { envId: ['dev'] });
  expect(code).toBe(0);
  expect(desk.out()).toContain('project.config.json, line 3: could not be read');
  expect((await configIn(folder)).functionsRoots).toEqual([join(folder, 'cloudfunctions')]);
});

test('a folder that is not there is told and not written', async () => {
  const folder = await folderWith({ ...hello, 'project.config.json': '{ "cloudfunctionRoot": "cloud/" }' });
  const { desk } = await init(folder, { envId: ['dev'] });
  expect(desk.out()).toContain('names the folder cloud, which does not exist');
  expect((await configIn(folder)).functionsRoots).toEqual([join(folder, 'cloudfunctions')]);
});

describe('VS Code', () => {
  const answers = ['dev-1', 'y'];
  const wants = { envId: [], endpoint: 'emulator' } as const;

  test('is offered its files where it is used, and keeps what is there', async () => {
    const own = '{"version":"0.2.0","configurations":[{"name":"mine"}]}\n';
    const folder = await folderWith({ ...hello, '.vscode/launch.json': own });
    const { code, desk } = await init(folder, wants, { answers });
    expect(code).toBe(0);
    expect(desk.questions.at(-1)).toContain('.vscode');
    const launch = await readFile(join(folder, '.vscode/launch.json'), 'utf8');
    expect([launch.includes('"mine"'), launch.includes('.tcb-watch/emulator/.run/dev-1')]).toEqual([
      true,
      true,
    ]);
    expect(await readFile(join(folder, '.vscode/tasks.json'), 'utf8')).toContain('npx tcb-watch --problems');
  });

  test('keeps also what somebody wrote while the question stood', async () => {
    const folder = await folderWith({ ...hello, '.vscode/tasks.json': '{"version":"2.0.0","tasks":[]}\n' });
    await init(folder, wants, { answers: ['dev-1', 'n'] });
    const config = await configIn(folder);
    const { context } = deskIn(folder, {});
    const file = join(folder, '.vscode/tasks.json');
    const confirm = async (): Promise<boolean> => {
      await writeFile(file, '{"version":"2.0.0","tasks":[{"label":"written meanwhile"}]}\n');
      return true;
    };
    await offerEditorFiles(config, { ...context, prompts: { ...context.prompts, confirm } });
    const text = await readFile(file, 'utf8');
    expect([text.includes('written meanwhile'), text.includes('--problems')]).toEqual([true, true]);
  });

  test('is made where somebody sits in VS Code and has no folder of it here yet', async () => {
    const folder = await folderWith(hello);
    const { desk } = await init(folder, wants, {
      answers: ['dev-1', 'y'],
      environment: { TERM_PROGRAM: 'vscode' },
    });
    expect(desk.err()).toBe('');
    expect(await readFile(join(folder, '.vscode/tasks.json'), 'utf8')).toContain('--problems');
  });

  test('is left alone where it is not used, not wanted, or a link', async () => {
    const unused = await folderWith(hello);
    expect((await init(unused, wants, { answers })).desk.questions).toHaveLength(1);
    const unwanted = await folderWith({ ...hello, '.vscode/settings.json': '{}' });
    await init(unwanted, wants, { answers: ['dev-1', 'n'] });
    await expect(access(join(unwanted, '.vscode/tasks.json'))).rejects.toThrow('ENOENT');
    const [linked, elsewhere] = [await folderWith(hello), await folderWith({ 'a.txt': '' })];
    needs('links');
    await symlink(elsewhere, join(linked, '.vscode'), 'junction');
    const { desk } = await init(linked, wants, { answers, environment: { TERM_PROGRAM: 'vscode' } });
    expect(desk.questions).toHaveLength(1);
    await expect(access(join(elsewhere, 'tasks.json'))).rejects.toThrow('ENOENT');
  });
});

describe('events that were saved already', () => {
  const wants = { envId: ['dev-1'], endpoint: 'emulator' } as const;
  const template = '[{"name":"正常","value":{"id":1}}]';
  const files = {
    'cloudfunctions/pay/index.js': hello['cloudfunctions/hello/index.js'],
    ...hello,
    'project.config.json':
      '{"cloudfunctionRoot":"cloudfunctions/","cloudfunctionTemplateRoot":"cloudfunctionTemplate/"}',
    'cloudfunctionTemplate/pay.json': template,
    'cloudfunctionTemplate/hello.json': '[1]',
  };

  test('are offered, and taken with a yes', async () => {
    const folder = await folderWith(files);
    const { code, desk } = await init(folder, wants, { answers: ['y'] });
    expect(code).toBe(0);
    expect(desk.out()).toContain('Events        pay in cloudfunctionTemplate/pay.json');
    expect(desk.questions.at(-1)).toContain('Call pay with');
    const config = await configIn(folder);
    expect(config.functions['pay']?.answers).toBe('all');
    expect([config.answers.proof, config.functions['hello']]).toEqual([true, undefined]);
    expect(await readFile(join(folder, 'cloudfunctionTemplate/pay.json'), 'utf8')).toBe(template);
  });

  test('are left alone with a no, and where nobody is asked', async () => {
    for (const [options, desk] of [
      [wants, { answers: ['n'] }],
      [{ ...wants, yes: true }, {}],
    ] as const) {
      const folder = await folderWith(files);
      const made = await init(folder, options, desk);
      expect([made.code, made.desk.out().includes('Events        pay')]).toEqual([0, true]);
      const config = await configIn(folder);
      expect([config.functions['pay'], config.answers.proof]).toEqual([undefined, false]);
    }
  });
});
