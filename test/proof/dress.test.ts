/** Which entry takes the helper, and how; `dress.process.test.ts` runs what comes of it. */
import { describe, expect, it } from 'vitest';
import { dressedFiles, dressingOf, isReserved } from '../../src/proof/dress.js';

const dressed = (text: string, path = 'index.js', isModulePackage = false) =>
  dressingOf({ path, text, isModulePackage });

describe('an entry', () => {
  it.each([
    ['a script', 'exports.main = () => 1;'],
    ['a script behind a byte order mark', '\uFEFFexports.main = () => 1;'],
    ['a script with a hashbang', '#!/usr/bin/env node\nexports.main = () => 1;'],
    ['inner names', 'exports.main = () => { const module = 1; var require = module; return require; };'],
    ['the module’s own exports', 'module.exports = { main: () => 1 };\nif (module == 1 || require === 2) 3;'],
    ['no `main`, as far as can be seen', 'module.exports = make();'],
  ])('%s takes a line at its end', (_, text) => {
    expect(dressed(text)).toEqual({ kind: 'append' });
    expect(dressed(text, 'index.cjs', true)).toEqual({ kind: 'append' });
  });

  it.each(['exports.main = () => 1;\nreturn;', '#!/usr/bin/env node\nexports.main = 1;\nreturn;'])(
    'that may return before its end moves: %j',
    (text) => {
      expect(dressed(text)).toEqual({ kind: 'move' });
    },
  );

  it.each([
    'var module = {}; exports.main = () => 1;',
    'var a,require=a;exports.main=()=>1',
    'function require() {}\nexports.main = () => 1;',
    'if (true) { var module; } exports.main = () => 1;',
    'exports.main = () => 1;\nrequire = null;',
    '#!/usr/bin/env node\nexports.main = () => 1;module = null',
    'let undefined; var module; exports.main = () => 1;',
  ])('that has a `require` or `module` of its own moves: %j', (text) => {
    expect(dressed(text)).toEqual({ kind: 'move' });
  });

  it.each<readonly [string, boolean]>([
    ['export const main = () => 1;', false],
    ['export const { other } = it, main = 1;', false],
    ['export function main() {}', false],
    ['export async function main() {}\nexport default 1;', true],
    ['export class main {}', false],
    ['const run = 1; export { run as main };', false],
    ["const run = 1; export { run as 'main', run as default };", true],
    ["export * from './other.js';", false],
    ["export * as main from './other.js';", false],
    ["#!/usr/bin/env node\nexport { main } from './other.js';", false],
    ['\uFEFFexport const main = 1;', false],
  ])('of an ES module: %s', (text, hasDefault) => {
    for (const [path, isModulePackage] of [
      ['index.mjs', false],
      ['index.js', true],
      ['index.js', false],
    ] as const)
      expect(dressed(text, path, isModulePackage)).toEqual({ kind: 'move-module', hasDefault });
  });

  it.each([
    'export const other = 1;',
    'export default { main: 1 };',
    "export * as other from './other.js';",
    'export const { main } = it;',
    'export function other() {} const main = 1;',
    'export {}; main();',
  ])('without a `main` that can be seen stays: %s', (text) => {
    expect(dressed(text, 'index.mjs')).toEqual({ kind: 'none', why: 'no-main' });
  });

  it('that no Node would load stays', () => {
    const broken = { kind: 'none', why: 'broken' };
    expect(dressed('exports.main = (')).toEqual(broken);
    expect(dressed('exports.main = (', 'index.mjs')).toEqual(broken);
    expect(dressed('export const main = 1;', 'index.cjs')).toEqual(broken);
    // A `.cjs` file is a script whatever the package says.
    expect(dressed('export const main = 1;', 'index.cjs', true)).toEqual(broken);
    // They are parameters of the function that Node puts around it.
    expect(dressed('let module = 1; exports.main = () => 1;', 'index.cjs')).toEqual(broken);
    expect(dressed('const require = 1; exports.main = () => 1;').kind).toBe('none');
    // Code that closes the function that Node puts around it is no script.
    expect(dressed('}); (function () {')).toEqual({ kind: 'append' });
  });

  it('that is a script in a package of modules is read as a module', () => {
    expect(dressed('exports.main = 1; return;', 'index.js', true)).toEqual({ kind: 'none', why: 'broken' });
    expect(dressed('exports.main = 1;', 'index.mjs')).toEqual({ kind: 'none', why: 'no-main' });
  });

  it('of more than 1 MiB is left alone where it is a module, and only there', () => {
    const filled = (text: string, length: number): string =>
      `${text}//${'x'.repeat(length - text.length - 2)}`;
    const module = 'export const main = 1;';
    expect(dressed(filled(module, 1024 * 1024), 'index.mjs').kind).toBe('move-module');
    expect(dressed(filled(module, 1024 * 1024 + 1), 'index.mjs')).toEqual({
      kind: 'none',
      why: 'large-module',
    });
    expect(dressed(filled('exports.main = 1;', 1024 * 1024 + 1)).kind).toBe('append');
  });
});

describe('the files of the upload', () => {
  const entry = Buffer.from('the entry');
  const files = (dressing: Parameters<typeof dressedFiles>[0], path: string): Record<string, string> =>
    Object.fromEntries(
      dressedFiles(dressing, path, entry).map((file) => [file.path, file.content.toString()]),
    );

  it('keep the entry whole, with one line behind it', () => {
    const line = (helper: string): string =>
      `the entry\n;try{require("${helper}/__tcb-watch.cjs")(module)}catch(_){}\n`;
    expect(files({ kind: 'append' }, 'index.js')).toEqual({ 'index.js': line('.') });
    expect(files({ kind: 'append' }, 'lib/deep/main.js')).toEqual({ 'lib/deep/main.js': line('../..') });
  });

  it('have the entry next to itself, and load it from its place', () => {
    expect(files({ kind: 'move' }, 'lib/main.cjs')).toEqual({
      'lib/__tcb-watch-entry.main.cjs': 'the entry',
      'lib/main.cjs':
        'module.exports = require("./__tcb-watch-entry.main.cjs");\nrequire("../__tcb-watch.cjs")(module);\n',
    });
  });

  it('export what the module exported, with its default where it has one', () => {
    const made = (hasDefault: boolean): readonly string[] =>
      files({ kind: 'move-module', hasDefault }, 'index.mjs')['index.mjs']?.split('\n') ?? [];
    const line = 'export { default } from "./__tcb-watch-entry.index.mjs";';
    expect(made(true)).toContain(line);
    expect(made(true).filter((each) => each !== line)).toEqual(made(false));
    expect(made(false)).toEqual([
      'import * as real from "./__tcb-watch-entry.index.mjs";',
      "import { createRequire } from 'module';",
      'export * from "./__tcb-watch-entry.index.mjs";',
      'export const main = createRequire(import.meta.url)("./__tcb-watch.cjs").live(real);',
      '',
    ]);
  });

  it('are the function’s own where nothing is added', () => {
    expect(dressedFiles({ kind: 'none', why: 'broken' }, 'index.js', entry)).toEqual([]);
  });

  it('have names that a function’s own files are known by', () => {
    for (const name of ['__tcb-watch-entry.js', 'lib/__tcb-watch.cjs']) expect(isReserved(name)).toBe(true);
    for (const name of ['index.js', '__tcb-watch/index.js', 'not__tcb-watch'])
      expect(isReserved(name)).toBe(false);
  });
});
