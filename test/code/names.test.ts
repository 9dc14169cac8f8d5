/** Which files code names, and which Node its syntax needs. */
import { describe, expect, it } from 'vitest';
import { namedPaths, newSyntaxIn } from '../../src/code/names.js';
import { parseCode } from '../../src/code/parse.js';

function programOf(text: string) {
  const parsed = parseCode(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return parsed.program;
}

const named = (text: string): string[] =>
  namedPaths(programOf(text)).map(({ kind, path, line }) => `${kind} ${path}:${line}`);

describe('a file that code names', () => {
  it.each<readonly [string, readonly string[]]>([
    ["require('./a')", ['module ./a:1']],
    ["\n\nrequire('../a.json')", ['module ../a.json:3']],
    ['require(`./a`)', ['module ./a:1']],
    ["require.resolve('./a')", ['module ./a:1']],
    ["import a from './a.js'", ['module ./a.js:1']],
    ["export { a } from './a.js'", ['module ./a.js:1']],
    ["export * from './a.js'", ['module ./a.js:1']],
    ["import('./a.js')", ['module ./a.js:1']],
    ["readFileSync('./a.txt')", ['file ./a.txt:1']],
    ["fs.promises.readFile('./a.txt')", ['file ./a.txt:1']],
    ["path.join(__dirname, 'a', 'b.json')", ['file ./a/b.json:1']],
    ["path.resolve(__dirname, '..', 'b.json')", ['file ../b.json:1']],
    ["join(import.meta.dirname, 'a.json')", ['file ./a.json:1']],
    ["open(__dirname + '/a.txt')", ['file ./a.txt:1']],
    ['open(`${__dirname}/a.txt`)', ['file ./a.txt:1']],
    ["open(new URL('./a.txt', import.meta.url))", ['file ./a.txt:1']],
  ])('%s', (text, expected) => {
    expect(named(text)).toEqual(expected);
  });

  it.each([
    "require('a')",
    'require()',
    'join()',
    'open()',
    "open(__dirname + 'a')",
    'open(`${__dirname}.json`)',
    "join(import.meta['dirname'], 'a')",
    "join(import.meta.url, 'a')",
    'new URL()',
    "f()('./a')",
    'require(name)',
    'require(1)',
    'require(`./${name}`)',
    "resolve('./a')",
    "join('./a', 'b')",
    "path.join(__dirname, name, 'b')",
    "writeFile('./a')",
    "fs['readFile']('./a')",
    "handlers[open]('./a')",
    "__dirname - '/a'",
    "other + '/a'",
    '`x${__dirname}/a`',
    '`${__dirname}/a/${name}`',
    '`${other}/a`',
    "new URL('./a')",
    "new URL('./a', other)",
    "new URL('./a', import.meta.dirname)",
    "new Other('./a', import.meta.url)",
    "new URL('./a', import.meta[url])",
    "export const a = './a'",
  ])('no file: %s', (text) => {
    expect(named(text)).toEqual([]);
  });
});

describe('syntax that an older Node does not load', () => {
  it.each<readonly [string, readonly string[]]>([
    ['try {} catch {}', ['10 catch {']],
    ['try {} catch (error) {}', []],
    ['async () => { for await (const a of b) a(); }', ['10 for await']],
    ['for (const a of b) a();', []],
    ['class A { a = 1 }', ['12 class { field = … }']],
    ['class A { #a = 1 }', ['12 #private']],
    ['class A { #a() {} }', ['14 #private()']],
    ['class A { a() {} }', []],
    ['class A { static {} }', ['16 static {']],
    ['class A { #a; has(o) { return #a in o } }', ['12 #private', '16 #private in …']],
    ["'a' in o", []],
    ["import('./a')", ['13 import(…)']],
    ['a?.b', ['14 ?.']],
    ['a ?? b', ['14 ??']],
    ['a || b', []],
    ['a ??= b', ['15 ??=, ||=, &&=']],
    ['a += b', []],
    ["import a from './a.json' with { type: 'json' }", ['18 import … with {']],
    ["import a from './a.json'", []],
    ['1n', ['10 1n']],
    ['1_000', ['12 1_000']],
    ["'1_000'", []],
    ['/a/d', ['16 /…/d']],
    ['/a/v', ['20 /…/v']],
    ['/a/gimsuy', []],
    ['{ using a = b(); }', ['24 using']],
    ['const a = b()', []],
  ])('%s', (text, expected) => {
    expect(newSyntaxIn(programOf(text)).map(({ since, syntax }) => `${since} ${syntax}`)).toEqual(expected);
  });

  it('is named where it stands first', () => {
    const found = newSyntaxIn(programOf('a ?? b;\n1n;\na ?? b;\n2n;'));
    expect(found).toEqual([
      { syntax: '??', since: 14, line: 1, column: 1 },
      { syntax: '1n', since: 10, line: 2, column: 1 },
    ]);
    const first = (text: string) => newSyntaxIn(programOf(text)).map(({ line, column }) => [line, column]);
    expect(first('(a ?? b) ?? c')).toEqual([[1, 1]]);
    expect(first('f(\n a ?? b) ?? c')).toEqual([[1, 1]]);
    expect(first('  a ?? b;\nc ?? d')).toEqual([[1, 3]]);
  });
});
