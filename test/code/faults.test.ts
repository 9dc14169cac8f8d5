import { describe, expect, test } from 'vitest';
import { createFaultFinder } from '../../src/code/faults.js';
import type { CodeFault } from '../../src/model/code-fault.js';
import { describeFault } from '../../src/text/words/code.js';

type Files = Readonly<Record<string, string>>;

async function faultsOf(
  files: Files,
  installed: readonly string[] | null = null,
): Promise<readonly CodeFault[]> {
  const listed = Object.entries(files).map(([path, text]) => ({
    path,
    sha256: null,
    read: () => Promise.resolve(text),
  }));
  return createFaultFinder().find(
    listed,
    installed === null ? () => null : (name) => installed.includes(name),
  );
}

/** `kind path:line`, with a `?` where only some calls may meet it. */
const short = ({ kind, path, line, certain }: CodeFault): string =>
  `${kind} ${path}:${line}${certain ? '' : '?'}`;

async function shortOf(files: Files, installed: readonly string[] | null = null): Promise<string[]> {
  return (await faultsOf(files, installed)).map(short);
}

const main = 'exports.main = async () => 1;\n';

describe('what runs in the cloud has no fault', () => {
  test.each<[string, Files]>([
    ['one file', { 'index.js': main }],
    ['module.exports', { 'index.js': 'module.exports = { main: async () => 1 }' }],
    ['module.exports.main', { 'index.js': "module.exports['main'] = () => 1" }],
    [
      'TypeScript’s own',
      { 'index.js': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.main = main;' },
    ],
    ['a spread', { 'index.js': "module.exports = { ...require('./a') }", 'a.js': '' }],
    ['a bundle', { 'index.js': 'module.exports = (() => { const m = {}; return m; })()' }],
    ['defined', { 'index.js': 'Object.defineProperty(exports, "main", { get: f })' }],
    ['this at the top', { 'index.js': 'this.main = () => 1' }],
    [
      'files of every ending',
      {
        'index.js': `require('./a'); require('./b'); require('./c/'); require('./d.json')\n${main}`,
        'a.js': '',
        'b/index.js': '',
        'c/package.json': '{"main": "lib/x"}',
        'c/lib/x.js': '',
        'd.json': '{',
      },
    ],
    [
      'from a folder upwards',
      { 'index.js': `require('./a/b')\n${main}`, 'a/b.js': "require('..'); require('../c')", 'c.js': '' },
    ],
    [
      'parts of Node',
      { 'index.js': `require('fs/promises'); require('node:test'); require('process')\n${main}` },
    ],
    [
      'declared packages',
      {
        'index.js': `require('a/b'); require('@s/c/d'); require('e'); require('f')\n${main}`,
        'package.json':
          '{"dependencies": {"a": "1", "@s/c": "^1"}, "optionalDependencies": {"e": "1"}, "peerDependencies": {"f": "1"}}',
      },
    ],
    [
      'what a try guards',
      {
        'index.js': `try { require('./none'); require('fast-x'); f(() => import('./n')) } catch {}\n${main}`,
      },
    ],
    ['what is computed', { 'index.js': `require('./' + x); require(y)\n${main}` }],
    [
      'words in comments',
      { 'index.js': `// require('./a')\n/* <<<<<<< */ const s = "require('b')";\n${main}` },
    ],
    [
      'a module that only import() loads',
      { 'index.js': `exports.main = () => import('./a.mjs')`, 'a.mjs': 'export const a = await 1' },
    ],
    ['a test that nothing loads', { 'index.js': main, 'index.test.js': "import x from 'vitest'; const = 1" }],
    [
      'a bundle that hands out its require',
      { 'index.js': `(function (require) { require('./not/here'); require('x') })(f)\n${main}` },
    ],
    [
      'a package beside the code',
      {
        'index.js': `require('own')\n${main}`,
        'package.json': '{"dependencies": {"own": "file:./lib"}}',
        'lib/package.json': '{"name": "own"}',
      },
    ],
    [
      'an alias of npm',
      { 'index.js': `require('x')\n${main}`, 'package.json': '{"dependencies": {"x": "npm:y@1"}}' },
    ],
    [
      'its own name, an alias of its own',
      { 'index.js': `require('self/a'); require('#b')\n${main}`, 'package.json': '{"name": "self"}' },
    ],
    [
      'what is no package',
      {
        'index.js': `require('/opt/a'); require('https://x.example/a'); require('C:\\\\a'); require('C:/a')\n${main}`,
      },
    ],
    [
      'no name',
      { 'index.js': `require(); require(''); require(1); require(\`\${x}\`); other.require('./a')\n${main}` },
    ],
    [
      'a folder by the main of its package.json, or its index.js where that is not there',
      {
        'index.js': `require('./a'); require('./b/'); require('./c')\n${main}`,
        'a/package.json': '{"main": "./lib"}',
        'a/lib/index.js': '',
        'b/package.json': '{"main": "gone"}',
        'b/index.js': '',
        'c/package.json': '{"main": ""}',
        'c/index.js': '',
      },
    ],
    ['the folder itself', { 'index.js': `require('./a')\n${main}`, 'a.js': "require('.'); require('./')" }],
    [
      'a script in a package of modules',
      {
        'index.js': `require('./lib/a.cjs')\n${main}`,
        'lib/package.json': '{"type": "module"}',
        'lib/a.cjs': 'return',
      },
    ],
    [
      'packages beside the code, however they are written',
      {
        'index.js': main,
        'package.json':
          '{"dependencies": {"a": "file:lib/", "b": ".\\\\lib", "c": "././lib", "d": "file:lib/x.tgz"}}',
        'lib/x.tgz': '',
      },
    ],
    ['a package.json with a byte order mark', { 'index.js': main, 'package.json': '\uFEFF{}' }],
    [
      'the main of a package.json next to index.js',
      { 'index.js': main, 'package.json': '{"main": "app"}', 'app.js': '' },
    ],
    ['no entry at all: that is said elsewhere', { 'a.js': '(' }],
    ['a hashbang and a return at the top', { 'index.js': `#!/usr/bin/env node\n${main}if (x) return` }],
  ])('%s', async (_, files) => {
    expect(await shortOf(files)).toEqual([]);
  });
});

describe('what does not', () => {
  test.each<[string, Files, string[]]>([
    ['a syntax error', { 'index.js': `${main}let = = 2` }, ['syntax-error index.js:2']],
    [
      'a syntax error of a script that could be no module',
      { 'index.js': `with (a) b;\nc d` },
      ['syntax-error index.js:2'],
    ],
    ['in what it loads', { 'index.js': `require('./a')\n${main}`, 'a.js': '\n\n(' }, ['syntax-error a.js:3']],
    [
      'in what a call loads',
      { 'index.js': `exports.main = () => require('./a')`, 'a.js': '(' },
      ['syntax-error a.js:1?'],
    ],
    [
      'a conflict',
      { 'index.js': `${main}<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n` },
      ['conflict-marker index.js:2'],
    ],
    [
      'a conflict in package.json',
      { 'index.js': main, 'package.json': '{\n<<<<<<< HEAD\n=======\n>>>>>>> b\n}' },
      ['conflict-marker package.json:2'],
    ],
    [
      'import in index.js',
      {
        'index.js': "const a = 1;\nimport b from './b.js'; export const main = b;",
        'b.js': 'export default 1',
      },
      ['module-syntax index.js:2'],
    ],
    [
      'a package of modules',
      { 'index.js': 'export const main = 1', 'package.json': '{"type": "module"}' },
      ['module-syntax index.js:1'],
    ],
    [
      'require of a module',
      { 'index.js': `require('./a.mjs')\n${main}`, 'a.mjs': '' },
      ['module-syntax a.mjs:1'],
    ],
    [
      'a script by name that is a module',
      { 'index.js': `require('./a.cjs')\n${main}`, 'a.cjs': "\nimport b from './b.js'" },
      ['syntax-error a.cjs:2'],
    ],
    [
      'a module by its nearest package.json',
      {
        'index.js': `require('./lib/deep/a'); require('./own/b')\n${main}`,
        'package.json': '{"type": "commonjs"}',
        'lib/package.json': '{"type": "module"}',
        'lib/deep/a.js': '',
        'own/package.json': '{}',
        'own/b.js': 'export {}',
      },
      ['module-syntax lib/deep/a.js:1', 'module-syntax own/b.js:1'],
    ],
    ['await at the top', { 'index.js': `${main}await 1` }, ['module-syntax index.js:1']],
    ['no file', { 'index.js': `\nrequire('./dist/main')\n${main}` }, ['missing-file index.js:2']],
    ['outside', { 'index.js': `require('../common/a')\n${main}` }, ['missing-file index.js:1']],
    [
      'only some calls need it',
      {
        'index.js': `if (x) require('./a')\ntry { require('./b') } finally { x() }\ntry { x() } catch { require('./c') }\n${main}`,
      },
      ['missing-file index.js:1?', 'missing-file index.js:2?', 'missing-file index.js:3?'],
    ],
    [
      'what stands in a loop, a branch or a function',
      {
        'index.js': [
          main.trim(),
          "x ? require('./a') : 0",
          "x && require('./a')",
          "switch (x) { case 1: require('./a') }",
          "for (;;) require('./a')",
          "for (const y in x) require('./a')",
          "for (const y of x) require('./a')",
          "while (x) require('./a')",
          "do require('./a'); while (x)",
          "function f() { require('./a') }",
          "class A { b = require('./a') }",
          "try { x() } catch {} finally { require('./a') }",
          "f(function ({ require: r }) { require('./a') })",
        ].join('\n'),
      },
      [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((line) => `missing-file index.js:${line}?`),
    ],
    ['a name between backticks', { 'index.js': `require(\`./a\`)\n${main}` }, ['missing-file index.js:1']],
    [
      'letters, also where a try guards it',
      { 'index.js': `try { require('./Lib') } catch {}\n${main}`, 'lib.js': '' },
      ['wrong-case index.js:1?'],
    ],
    [
      'letters',
      { 'index.js': `require('./Lib/A.js'); require('./Lib')\n${main}`, 'lib/a.js': '', 'lib/index.js': '' },
      ['wrong-case index.js:1', 'wrong-case index.js:1'],
    ],
    ['no package.json', { 'index.js': `require('lodash/fp')\n${main}` }, ['undeclared-package index.js:1']],
    [
      'a scoped one',
      { 'index.js': `require('@s/x/y')\n${main}`, 'package.json': '{}' },
      ['undeclared-package index.js:1'],
    ],
    [
      'only for development',
      { 'index.js': `require('x')\n${main}`, 'package.json': '{"devDependencies": {"x": "1"}}' },
      ['undeclared-package index.js:1'],
    ],
    [
      'what another may bring',
      { 'index.js': `require('x')\n${main}`, 'package.json': '{"dependencies": {"y": "1"}}' },
      ['undeclared-package index.js:1?'],
    ],
    [
      'what the runtime may have',
      { 'index.js': `require('wx-server-sdk')\n${main}` },
      ['undeclared-package index.js:1?'],
    ],
    [
      'dependencies that are no list of names',
      {
        'index.js': `require('x')\n${main}`,
        'package.json': '{"dependencies": ["x"], "peerDependencies": "x"}',
      },
      ['undeclared-package index.js:1'],
    ],
    [
      'a package.json that is nested too deeply',
      { 'index.js': main, 'package.json': `{\n"a": ${'['.repeat(100_000)}` },
      ['broken-manifest package.json:2'],
    ],
    [
      'protocols',
      {
        'index.js': main,
        'package.json':
          '{"dependencies": {\n"a": "workspace:*",\n"b": "file:../b",\n"c": "link:../c",\n"d": "portal:x",\n"e": "catalog:",\n"f": "../f",\n"g": "^1", "h": "~2.6.3", "i": "~"}}',
      },
      [
        'local-package package.json:2',
        'local-package package.json:3',
        'local-package package.json:4',
        'local-package package.json:5',
        'local-package package.json:6',
        'local-package package.json:7',
      ],
    ],
    [
      'a comma too many',
      { 'index.js': `require('x')\n${main}`, 'package.json': '{\n"dependencies": {\n"x": "1",\n}}' },
      ['broken-manifest package.json:4'],
    ],
    ['no main', { 'index.js': 'exports.handler = () => 1; module.exports.b = 1' }, ['no-main index.js:1']],
    [
      'no main among the exports',
      { 'index.js': 'module.exports = { handler() {} }; class A { m() { this.x = 1 } }' },
      ['no-main index.js:1'],
    ],
    ['nothing at all', { 'index.js': '' }, ['no-main index.js:1']],
    [
      'both other entries',
      { 'index.cjs': main, 'index.mjs': 'export const main = 1' },
      ['other-entry index.mjs:1', 'module-syntax index.mjs:1'],
    ],
    [
      'a script as the entry',
      { 'index.cjs': main, 'package.json': '{"type": "module"}' },
      ['other-entry index.cjs:1'],
    ],
    [
      'another entry',
      { 'index.mjs': 'export const main = 1' },
      ['other-entry index.mjs:1', 'module-syntax index.mjs:1'],
    ],
    [
      'main elsewhere',
      { 'package.json': '{"main": "src/app"}', 'src/app.js': main },
      ['other-entry src/app.js:1'],
    ],
  ])('%s', async (_, files, expected) => {
    expect(await shortOf(files)).toEqual(expected);
  });

  test.each([
    "module.exports = { 'main': f }",
    "module.exports = { ['ma' + 'in']: f }",
    'module.exports = { ...other }',
    'module.exports = other',
    'module.exports[name] = f',
    "module['exports'] = { main }",
    'exports[`main`] = f',
    'module.other = f',
    'exports.main.other = f',
    'const f = () => { this.main = 1 }',
    'f(exports)',
  ])('may have a main: %s', async (text) => {
    expect(await shortOf({ 'index.js': text })).toEqual([]);
  });

  test.each([
    'module.exports = { 1: f }',
    "module.exports = { 'other': f }",
    'other.exports.main = f',
    'other.main = f',
    'main = f',
    'exports.other = main',
    'function f() { this.main = 1 }',
    'f(function () { this.main = 1 })',
  ])('has no main: %s', async (text) => {
    expect(await shortOf({ 'index.js': text })).toEqual(['no-main index.js:1']);
  });

  test.each([
    ["export * from './a.js'", true],
    ['export default {}', true],
    ['let a, main; export { a as main }', true],
    ["let a, main; export { a as 'main' }", true],
    ['export function main() {}', true],
    ['export class main {}', true],
    ['export const { main } = a', true],
    ['export const a = 1, main = 2', true],
    ['export const a = 1', false],
    ['export function a() {}', false],
    ['let a, main; export { main as a }', false],
    ["let a, main; export { main as 'a' }", false],
    ['export {}; exports.main = 1', false],
  ])('of a module, %s: a main %s', async (text, hasMain) => {
    const kinds = (await faultsOf({ 'index.js': text, 'a.js': '' })).map(({ kind }) => kind);
    expect(kinds.includes('module-syntax')).toBe(true);
    expect(kinds.includes('no-main')).toBe(!hasMain);
  });

  test.each([
    ["  require('./No')", { kind: 'wrong-case', column: 3, named: './No', actual: 'no.js' }],
    ["require('../no')", { kind: 'missing-file', named: '../no', where: 'outside' }],
    ["require('./a/../../no')", { kind: 'missing-file', where: 'outside' }],
    ["require('..')", { kind: 'missing-file', where: 'outside' }],
    ["require('./..no')", { kind: 'missing-file', where: 'nowhere' }],
    ["require('tool/a')", { kind: 'undeclared-package', name: 'tool', development: true }],
    ["require('@s/other/a')", { kind: 'undeclared-package', name: '@s/other', development: false }],
  ])('says of %s what people need to know', async (text, expected) => {
    const files = {
      'index.js': `${text}\n${main}`,
      'no.js': '',
      'package.json': '{"devDependencies": {"tool": "1"}}',
    };
    expect(await faultsOf(files)).toMatchObject([expected]);
  });

  test('what the whole file lacks is said at its beginning', async () => {
    const at = { line: 1, column: 1, certain: true };
    expect(await faultsOf({ 'index.cjs': '\n  x()' })).toMatchObject([
      { kind: 'other-entry', ...at },
      { kind: 'no-main', ...at },
    ]);
  });

  test('a package is surely missing where the function’s own node_modules shows it', async () => {
    const files = { 'index.js': `require('x')\n${main}`, 'package.json': '{"dependencies": {"y": "1"}}' };
    expect(await shortOf(files, ['y'])).toEqual(['undeclared-package index.js:1']);
    expect(await shortOf(files, ['y', 'x'])).toEqual(['undeclared-package index.js:1?']);
  });

  test('what is loaded for sure counts so, wherever else it is loaded', async () => {
    const files = {
      'index.js': `if (x) require('./a');\nrequire('./b');\n${main}`,
      'a.js': '(',
      'b.js': "require('./a')",
    };
    expect(await shortOf(files)).toEqual(['syntax-error a.js:1']);
  });

  test('each is said with its place in both languages', async () => {
    const files = { 'index.js': "require('./No'); require('x');\n", 'no.js': '(' };
    for (const fault of await faultsOf(files)) {
      for (const language of ['en', 'zh-CN'] as const) {
        const { detail, hint } = describeFault(fault, language);
        expect(detail).toContain(fault.path);
        expect(hint).not.toBe('');
      }
    }
  });
});

test('a circle of files ends, and a file that is what it was is not read again', async () => {
  const reads: string[] = [];
  const files = [
    { path: 'index.js', text: `require('./a')\n${main}` },
    { path: 'a.js', text: "require('./index'); require('./b')" },
  ].map(({ path, text }) => ({
    path,
    sha256: text,
    read: () => {
      reads.push(path);
      return Promise.resolve(text);
    },
  }));
  const finder = createFaultFinder();
  for (const _ of [1, 2])
    expect((await finder.find(files, () => null)).map(short)).toEqual(['missing-file a.js:1']);
  expect(reads).toEqual(['index.js', 'a.js']);
});

test('of a file that cannot be read just now nothing is known, nor of packages without their package.json', async () => {
  const file = (path: string, text: string | null) => ({ path, sha256: path, read: async () => text });
  const entry = file('index.js', `require('./a'); require('x')\n${main}`);
  const finder = createFaultFinder();
  const find = async (...others: ReturnType<typeof file>[]) =>
    (await finder.find([entry, ...others], () => null)).map(short);
  expect(await find(file('a.js', null), file('package.json', null))).toEqual([]);
  expect(await find(file('a.js', '('), file('package.json', '{}'))).toEqual([
    'undeclared-package index.js:1',
    'syntax-error a.js:1',
  ]);
});
