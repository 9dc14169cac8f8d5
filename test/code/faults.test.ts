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
    ['a hashbang and a return at the top', { 'index.js': `#!/usr/bin/env node\n${main}if (x) return` }],
  ])('%s', async (_, files) => {
    expect(await shortOf(files)).toEqual([]);
  });
});

describe('what does not', () => {
  test.each<[string, Files, string[]]>([
    ['a syntax error', { 'index.js': `${main}let = = 2` }, ['syntax-error index.js:2']],
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
