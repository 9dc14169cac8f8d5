/** The findings of `doctor` in a function's code, packages and settings. Real folders, no process. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRuntime, checkSources, type FunctionCode } from '../../src/doctor/code.js';
import { isLinked, makeLink } from '../../src/doctor/links.js';
import { checkPackages, checkSettings } from '../../src/doctor/packages.js';
import { folderWith } from '../support/init-rig.js';
import { needs } from '../support/needs.js';

type Listed = Partial<FunctionCode['files'][number]> & { readonly path: string };

/** A function's files as its listing has them: what is not named by `left` is packed. */
async function codeOf(
  files: Readonly<Record<string, string>>,
  left: readonly Listed[] = [],
): Promise<FunctionCode> {
  const dir = await folderWith(files);
  const packed = Object.keys(files)
    .filter(
      (path) =>
        !left.some((each) => each.path === path || (each.path.endsWith('/') && path.startsWith(each.path))),
    )
    .map((path) => ({ path, packed: true, rule: null, source: null }));
  const leftOut = left.map((each) => ({ packed: false, rule: 'x', source: 's', ...each }));
  return {
    name: 'pay',
    dir,
    files: [...packed, ...leftOut],
    fileOf: (path) => join(dir, path),
    shownAs: (path) => path,
  };
}

const findings = async (code: FunctionCode) => (await checkSources(code)).findings;

describe('files that the code names', () => {
  const index = (path: string, ...more: readonly Listed[]) => ({ path, more });

  it.each<readonly [string, string, Readonly<Record<string, string>>, readonly Listed[], object | null]>([
    ['one that is packed', "require('./a')", { 'a.js': '' }, [], null],
    [
      'one that is packed, and another of its name that is ignored',
      "require('./a')",
      { 'a.js': '', 'a.json': '{}' },
      [index('a.json')],
      null,
    ],
    [
      'one that is ignored',
      "require('./a')",
      { 'a.js': '' },
      [index('a.js')],
      { kind: 'names-ignored', rule: 'x', source: 's' },
    ],
    [
      'one without a source of its rule',
      "require('./a')",
      { 'a.js': '' },
      [{ path: 'a.js', source: null }],
      { kind: 'names-ignored', source: '' },
    ],
    ['one that no rule leaves out', "require('./a')", { 'a.js': '' }, [{ path: 'a.js', rule: null }], null],
    ['one that is not there', "require('./a')", {}, [], null],
    [
      'a folder’s index',
      "require('./lib')",
      { 'lib/index.mjs': '' },
      [index('lib/')],
      { kind: 'names-ignored' },
    ],
    [
      'a folder with something packed',
      "require('./lib')",
      { 'lib/index.js': '', 'lib/b.js': '' },
      [index('lib/index.js')],
      null,
    ],
    [
      'a folder by a slash',
      "require('./lib/')",
      { 'lib/index.js': '' },
      [index('lib/')],
      { kind: 'names-ignored' },
    ],
    [
      'a file that is read',
      "fs.readFileSync('./data.json')",
      { 'data.json': '{}' },
      [index('data.json')],
      { kind: 'names-ignored' },
    ],
    [
      'a file whose ending is left out',
      "fs.readFileSync('./data')",
      { 'data.json': '{}' },
      [index('data.json')],
      null,
    ],
    ['one outside', "require('../shared/log')", {}, [], { kind: 'names-outside', named: '../shared/log' }],
    ['the folder above', "fs.readdirSync('../')", {}, [], { kind: 'names-outside' }],
    ['one of a like name', "require('./..a')", { '..a.js': '' }, [], null],
  ])('%s', async (_, text, files, left, expected) => {
    const found = await findings(await codeOf({ ...files, 'index.js': `// first\n${text};\n` }, left));
    expect(found).toEqual(
      expected === null
        ? []
        : [expect.objectContaining({ function: 'pay', path: 'index.js', line: 2, ...expected })],
    );
  });

  it('are looked for from the file that names them, in JavaScript alone', async () => {
    const files = { 'lib/a.mjs': "import '../b.js';", 'lib/c.txt': "require('../b')", 'b.js': '' };
    const code = await codeOf(files, [{ path: 'b.js' }]);
    expect(await findings(code)).toMatchObject([
      { kind: 'names-ignored', path: 'lib/a.mjs', named: '../b.js' },
    ]);
  });

  it('are not looked for in what is no code, or a bundle; code that cannot be read is a finding', async () => {
    const named = "require('../outside');\n";
    const code = await codeOf({
      'bad.js': '\n((',
      'large.js': named + ' '.repeat(1024 * 1024),
      'small.cjs': named,
    });
    const { findings: found, syntax } = await checkSources(code);
    expect(found).toMatchObject([
      { kind: 'code-unread', path: 'bad.js', line: 2 },
      { kind: 'names-outside', path: 'small.cjs' },
    ]);
    expect(syntax.map(({ path }) => path)).toEqual(['small.cjs']);
  });
});

it.each([
  ['Nodejs10.15', ['?.', '??=, ||=, &&=']],
  ['nodejs14.17', ['??=, ||=, &&=']],
  ['Nodejs15', []],
  ['Nodejs18.15', []],
  ['Python3.9', []],
  ['', []],
])('%s does not load %j', async (runtime, expected) => {
  const { syntax } = await checkSources(await codeOf({ 'a.js': 'x?.y;\n', 'b.js': 'x ??= 1;\n' }));
  const found = checkRuntime('pay', syntax, 'dev', runtime);
  expect(found.map((each) => (each.kind === 'new-syntax' ? each.syntax : each.kind))).toEqual(expected);
  for (const each of found) expect(each).toMatchObject({ function: 'pay', env: 'dev', runtime });
});

describe('packages with install scripts', () => {
  const manifest = (dependencies: unknown) => ({ 'fns/pay/package.json': JSON.stringify({ dependencies }) });
  const installed = (name: string, scripts: unknown) => ({
    [`node_modules/${name}/package.json`]: JSON.stringify({ scripts }),
  });

  it.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'known ones that are not installed',
      manifest({ sharp: '1', lodash: '1', bcrypt: '1' }),
      ['bcrypt', 'sharp'],
    ],
    [
      'known ones whose copy has none',
      { ...manifest({ sharp: '1' }), ...installed('sharp', { test: 'x' }) },
      [],
    ],
    [
      'unknown ones whose copy has one',
      { ...manifest({ mine: '1' }), ...installed('mine', { postinstall: 'x' }) },
      ['mine'],
    ],
    [
      'before and at the install',
      {
        ...manifest({ a: '1', b: '1' }),
        ...installed('a', { preinstall: 'x' }),
        ...installed('b', { install: 'x' }),
      },
      ['a', 'b'],
    ],
    ['scripts that are no texts', { ...manifest({ mine: '1' }), ...installed('mine', { install: 7 }) }, []],
    ['no scripts at all', { ...manifest({ mine: '1' }), ...installed('mine', null) }, []],
    ['no dependencies', manifest(undefined), []],
    ['dependencies that are none', manifest(['sharp']), []],
    ['no package.json', {}, []],
  ])('%s', async (_, files, expected) => {
    const folder = await folderWith({ 'fns/pay/index.js': '', ...files });
    const found = await checkPackages('pay', join(folder, 'fns/pay'));
    expect(found).toEqual(
      expected.length === 0
        ? []
        : [{ kind: 'install-scripts', function: 'pay', env: null, packages: expected }],
    );
  });

  it('the nearest copy counts', async () => {
    const near = { 'fns/pay/node_modules/mine/package.json': '{}' };
    const folder = await folderWith({
      ...manifest({ mine: '1' }),
      ...installed('mine', { install: 'x' }),
      ...near,
    });
    expect(await checkPackages('pay', join(folder, 'fns/pay'))).toEqual([]);
  });
});

it.each<readonly [object, boolean, readonly object[]]>([
  [{}, true, []],
  [{ permissions: { openapi: ['a'] } }, true, [{ kind: 'permissions' }]],
  [
    { triggers: [{ name: 'a', type: 'timer', config: '0 0 2 * * * *' }] },
    true,
    [{ kind: 'timers-on', count: 1 }],
  ],
  [{ triggers: [1, 2] }, false, [{ kind: 'timers-off', count: 2 }]],
  [
    { permissions: { openapi: ['a'] }, triggers: [1] },
    false,
    [{ kind: 'permissions' }, { kind: 'timers-off', count: 1 }],
  ],
])('config.json with %j, timers sent: %s', async (settings, synced, expected) => {
  const folder = await folderWith({ 'config.json': JSON.stringify(settings) });
  expect(await checkSettings('pay', folder, synced)).toEqual(
    expected.map((each) => ({ function: 'pay', env: null, ...each })),
  );
});

describe('the link to a shared folder', () => {
  needs('links');
  it('is made where there is none, relative, and then is there', async () => {
    const folder = await folderWith({ 'fns/pay/index.js': '', 'fns/common/log.js': '' });
    const [pay, common] = [join(folder, 'fns/pay'), join(folder, 'fns/common')];
    expect(await isLinked(pay, 'common', common)).toBe(false);
    expect(await makeLink(pay, 'common', common)).toBeNull();
    expect(await isLinked(pay, 'common', common)).toBe(true);
    expect(await makeLink(pay, 'common', common)).toBe('EEXIST');
  });

  it('replaces the text that git leaves where it cannot make links', async () => {
    const folder = await folderWith({ 'fns/pay/common': '../common', 'fns/common/log.js': '' });
    const [pay, common] = [join(folder, 'fns/pay'), join(folder, 'fns/common')];
    expect(await isLinked(pay, 'common', common)).toBe(false);
    expect(await makeLink(pay, 'common', common)).toBeNull();
    expect(await isLinked(pay, 'common', common)).toBe(true);
  });

  it('is anything that stands there, and cannot be made where nothing can', async () => {
    const folder = await folderWith({ 'fns/pay/common': 'a file', 'fns/common/log.js': '' });
    const [pay, common] = [join(folder, 'fns/pay'), join(folder, 'fns/common')];
    expect(await isLinked(pay, 'common', common)).toBe(true);
    expect(await makeLink(join(folder, 'no'), 'common', common)).toBe('ENOENT');
    await mkdir(dirname(join(pay, 'x')), { recursive: true });
    await symlink('nowhere', join(pay, 'dangling'));
    expect(await isLinked(pay, 'dangling', common)).toBe(true);
    await writeFile(join(pay, 'other'), '../elsewhere');
    expect(await isLinked(pay, 'other', common)).toBe(true);
  });
});
