/** The code that this Node compiles, and the place of a mistake in other code. */
import { describe, expect, it } from 'vitest';
import { compileScript } from '../../src/code/compile.js';
import { createFaultFinder } from '../../src/code/faults.js';

const large = `// ${'x'.repeat(70_000)}\n`;

describe('a script', () => {
  it.each([
    'exports.main = 1',
    'return 1',
    '#!/usr/bin/env node\n1',
    "'use strict'; const { a } = require('./a'); module.exports = a",
    '',
  ])('%j', (text) => {
    expect(compileScript(text)).toEqual({ ok: true, sourceType: 'script' });
  });

  it('is never run', () => {
    compileScript('globalThis.ran = true');
    expect(globalThis).not.toHaveProperty('ran');
  });
});

it.each([
  ["import a from 'a'", 1, 1],
  ['\nexport const main = 1', 2, 1],
  ['x = import.meta.url', 1, 12],
  ['await x', 1, 1],
])('%j is a module', (text, line, column) => {
  expect(compileScript(text)).toEqual({ ok: false, kind: 'module', line, column });
});

it.each([
  ['a b', 1, 3],
  ['\n\n  const x = ;', 3, 13],
  ['}); (function () {', 1, 1],
  ['let exports = 1', 1, 5],
  ['function f( {', 1, 1],
  ['`\n', 2, 1],
])('%j is broken', (text, line, column) => {
  expect(compileScript(text)).toMatchObject({ ok: false, kind: 'broken', line, column });
});

describe('a large source', () => {
  const faultsOf = async (text: string, manifest = '{}') => {
    const files = { 'index.js': text, 'package.json': manifest };
    const finder = createFaultFinder({ large: 64 * 1024 });
    const listed = Object.entries(files).map(([path, content]) => ({
      path,
      sha256: null,
      read: async () => content,
    }));
    const faults = await finder.find(listed, () => null);
    return faults.map(({ kind, path, line, column }) => `${kind} ${path}:${line}:${column}`);
  };

  it.each<readonly [string, string, readonly string[]]>([
    ['that is good', `${large}require('anything')`, []],
    ['with a syntax error', `${large}  a b`, ['syntax-error index.js:2:5']],
    ['with marks of a merge', `${large}<<<<<<< a\n=======\n>>>>>>> b\n`, ['conflict-marker index.js:2:1']],
    ['of an ES module', `${large}export const main = 1`, ['module-syntax index.js:2:1']],
  ])('%s', async (_, text, expected) => {
    expect(await faultsOf(text)).toEqual(expected);
  });

  it('is taken for what the package.json says', async () => {
    expect(await faultsOf(`${large}export const main = 1`, '{"type": "commonjs"}')).toEqual([
      'syntax-error index.js:2:1',
    ]);
    expect(await faultsOf(large, '{"type": "module"}')).toEqual(['module-syntax index.js:1:1']);
  });
});

describe('code that is nested deeper than a tree can be made of', () => {
  const faultsOf = async (text: string): Promise<readonly string[]> => {
    const finder = createFaultFinder();
    const file = { path: 'index.js', sha256: null, read: async () => text };
    return (await finder.find([file], () => null)).map(({ kind, line }) => `${kind}:${line}`);
  };
  const deep = (count: number): readonly string[] => [
    `exports.main = () => 0;\nx = ${'('.repeat(count)}1${')'.repeat(count)}`,
    `exports.main = () => 0;\nx = ${'1+'.repeat(count)}1`,
    `exports.main = () => 0;\n${'if (a) {} else '.repeat(count)}b`,
  ];

  it.each([...deep(1000), ...deep(50_000)].map((text) => [text.length, text] as const))(
    'is no mistake (%i characters)',
    async (_, text) => {
      expect(await faultsOf(text)).toEqual([]);
    },
  );

  it('is one where Node says so', async () => {
    expect(await faultsOf(`x = ${'1+'.repeat(20_000)}1;\n)`)).toEqual(['syntax-error:2']);
  });
});
