/** A function's files: which of them is run, and the packages that the cloud installs for them. */
import { expect, test } from 'vitest';
import type { FileMap } from '../../../src/emulator/model.js';
import { dependenciesOf, entryOf } from '../../../src/emulator/store/code.js';

const filesOf = (...paths: readonly string[]): FileMap =>
  new Map(paths.map((path) => [path, { content: Buffer.alloc(0), executable: false }]));

const withManifest = (files: FileMap, text: string): FileMap =>
  new Map([...files, ['package.json', { content: Buffer.from(text), executable: false }]]);

test.each<[string, readonly string[], string | null]>([
  ['nothing', [], null],
  ['index.js before the others', ['index.cjs', 'index.mjs', 'index.js'], 'index.js'],
  ['index.mjs before index.cjs', ['index.cjs', 'index.mjs'], 'index.mjs'],
  ['index.cjs', ['index.cjs', 'app.js'], 'index.cjs'],
  ['index.ts alone', ['index.ts'], null],
  ['an index.js further down', ['lib/index.js'], null],
])('the entry of %s', (_, paths, entry) => {
  expect(entryOf(filesOf(...paths))).toBe(entry);
});

test.each<[unknown, readonly string[], string | null]>([
  ['app.js', ['app.js'], 'app.js'],
  ['./app.js', ['app.js'], 'app.js'],
  ['././app', ['app.js', 'app.cjs'], 'app.js'],
  ['app', ['app.cjs', 'app/index.js'], 'app.cjs'],
  ['lib', ['lib/index.js'], 'lib/index.js'],
  ['lib/', ['lib/index.js'], 'lib/index.js'],
  ['app', ['app', 'app.js'], 'app'],
  ['app.js', ['other.js'], null],
  ['app.js', ['app.js', 'index.js'], 'index.js'],
  [7, ['7'], null],
  [undefined, ['undefined'], null],
])('the entry where package.json says %j and there is %j', (main, paths, entry) => {
  expect(entryOf(withManifest(filesOf(...paths), JSON.stringify({ main })))).toBe(entry);
});

test.each<[string, readonly string[]]>([
  ['{"dependencies":{"a":"1","@b/c":"2"},"devDependencies":{"d":"3"}}', ['a', '@b/c']],
  [
    '{"dependencies":{"../up":"1","@b/../c":"1","a/b":"1",".hidden":"1","":"1","ok-1.x_~":"1"}}',
    ['ok-1.x_~'],
  ],
  [`{"dependencies":{"${'a'.repeat(214)}":"1","${'b'.repeat(215)}":"1"}}`, ['a'.repeat(214)]],
  ['{"dependencies":["a"]}', []],
  ['{"dependencies":"a"}', []],
  ['{}', []],
  ['[{"dependencies":{"a":"1"}}]', []],
  ['{"dependencies":{"a"', []],
])('the packages of %s', (text, packages) => {
  expect(dependenciesOf(withManifest(filesOf('index.js'), text))).toEqual(packages);
});

test('without a package.json there are none', () => {
  expect(dependenciesOf(filesOf('index.js', 'lib/package.json'))).toEqual([]);
});
