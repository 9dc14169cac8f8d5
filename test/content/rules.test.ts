/** The small rules of content: limits, entries, shared folders, and when two contents are the same. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainCandidates, mainOf } from '../../src/content/entry.js';
import { fingerprintOf, type HashedFile } from '../../src/content/fingerprint.js';
import { base64Length, mayExceed, unzippedProblem, zipProblem } from '../../src/content/limits.js';
import { createSlices } from '../../src/content/slices.js';
import { createSnapshots } from '../../src/content/snapshot.js';
import { outerRoots, sharedFolders, snapshotSource } from '../../src/content/source.js';
import { containerBytes } from '../../src/zip/container.js';
import { spec } from '../core/make.js';
import { loaded } from '../support/config-folder.js';

const sized = (path: string, size: number) => ({ path, stat: { size } });
const unzipped = 500 * 1024 * 1024;

describe('limits', () => {
  it('base64 is four characters for each three bytes begun', () => {
    for (const bytes of [0, 1, 2, 3, 4, 5, 6, 300])
      expect(base64Length(bytes)).toBe(Buffer.alloc(bytes).toString('base64').length);
  });

  it('a zip may pass its limit by the sizes on disk', () => {
    const files = [sized('index.js', 300)];
    const most = base64Length(containerBytes([{ path: 'index.js', bytes: 300 }]));
    expect([mayExceed(files, most - 1), mayExceed(files, most), mayExceed(files, most + 1)]).toEqual([
      ...[true, false, false],
    ]);
  });

  it('500 MB unzipped pass, and not a byte more; the largest are named first', () => {
    expect(unzippedProblem([sized('a', unzipped - 1), sized('b', 1)])).toBeNull();
    expect(unzippedProblem([sized('a', 1), sized('c', unzipped / 2), sized('b', unzipped / 2)])).toEqual({
      ...{ reason: 'too-big', measure: 'unzipped', size: unzipped + 1, limit: unzipped },
      largest: [
        { path: 'b', bytes: unzipped / 2 },
        { path: 'c', bytes: unzipped / 2 },
        { path: 'a', bytes: 1 },
      ],
    });
  });

  it('a zip counts by what is packed, where that is known; ten files are named at most', () => {
    const one = { ...sized('index.js', 900), packedBytes: 300 };
    const size = base64Length(containerBytes([{ path: 'index.js', bytes: 300 }]));
    expect(zipProblem([one], size)).toBeNull();
    expect(zipProblem([one], size - 1)).toMatchObject({
      ...{
        reason: 'too-big',
        measure: 'base64',
        size,
        limit: size - 1,
        largest: [{ path: 'index.js', bytes: 900 }],
      },
    });
    expect(zipProblem([{ ...one, packedBytes: null }], size)).not.toBeNull();
    const many = Array.from({ length: 12 }, (_, index) => ({
      ...sized(`f${index}`, index),
      packedBytes: null,
    }));
    const problem = zipProblem(many, 1);
    const largest = problem?.reason === 'too-big' ? problem.largest.map(({ path }) => path) : [];
    expect(largest).toEqual(['f11', 'f10', 'f9', 'f8', 'f7', 'f6', 'f5', 'f4', 'f3', 'f2']);
  });
});

describe('the entry that a package.json names', () => {
  it.each<readonly [string, string | null]>([
    ['{"main":"lib/a.js"}', 'lib/a.js'],
    ['{"main":""}', null],
    ['{"main":3}', null],
    ['{}', null],
    ['null', null],
    ['[]', null],
    ['"text"', null],
    ['{', null],
  ])('%s: %s', (text, main) => {
    expect(mainOf(text)).toBe(main);
  });

  it.each<readonly [string, readonly string[]]>([
    ['a', ['a', 'a.js', 'a.cjs', 'a.mjs', 'a/index.js', 'a/index.mjs', 'a/index.cjs']],
    ['./lib/', ['lib', 'lib.js', 'lib.cjs', 'lib.mjs', 'lib/index.js', 'lib/index.mjs', 'lib/index.cjs']],
    ['lib\\a.js', ['lib/a.js', 'lib/a.js.js', 'lib/a.js.cjs', 'lib/a.js.mjs']],
    ['.', ['index.js', 'index.mjs', 'index.cjs']],
    ['./', ['index.js', 'index.mjs', 'index.cjs']],
    ['..', []],
    ['../a.js', []],
    ['lib/../../a.js', []],
    ['/etc/passwd', []],
    ['..a.js', ['..a.js']],
  ])('%s', (main, first) => {
    expect(mainCandidates(main).slice(0, first.length)).toEqual(first);
    if (first.length === 0 || main.startsWith('.'))
      expect(mainCandidates(main)[0] ?? null).toBe(first[0] ?? null);
    if (first[0] === 'index.js') expect(mainCandidates(main)).toHaveLength(3);
  });
});

describe('two contents', () => {
  const file = (path: string, more: Partial<HashedFile> = {}): HashedFile => ({
    ...{ path, executable: false, sha256: 'a'.repeat(64) },
    ...more,
  });
  const of = (...files: readonly HashedFile[]) => fingerprintOf(files, createSlices());

  it('have the fingerprint that docs/architecture.md describes', async () => {
    const expected = createHash('sha256')
      .update(`tcb-watch content 1\0a.js\0-\0${'a'.repeat(64)}\0b.js\0x\0${'b'.repeat(64)}\0`)
      .digest('hex');
    expect(await of(file('a.js'), file('b.js', { executable: true, sha256: 'b'.repeat(64) }))).toBe(expected);
  });

  it('differ by a path, a bit, a hash, or a file', async () => {
    const all = await Promise.all([
      of(),
      of(file('a')),
      of(file('b')),
      of(file('a', { executable: true })),
      of(file('a', { sha256: 'b'.repeat(64) })),
      of(file('a'), file('b')),
      of(file('ab')),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(await of(file('a'))).toBe(all[1]);
  });
});

describe('where content comes from', () => {
  const files = {
    'functions/pay/index.js': '',
    'functions/common/a.js': '',
    'more/common/b.js': '',
    'more/order/index.js': '',
    'more/only/c.js': '',
  };
  const project = async () => {
    const { config } = await loaded(
      {
        ...{ envs: ['dev'], endpoint: 'http://127.0.0.1:9', token: { file: 'token.txt' } },
        ...{ functionsRoot: ['functions', 'more'], shared: { common: ['*'], only: ['pay'] } },
      },
      { ...files, 'token.txt': 't' },
    );
    const at = (...parts: string[]) => join(config.folder, ...parts);
    return { config, at };
  };

  it('shared folders lie in the function’s own root, else in the first that has them', async () => {
    const { config, at } = await project();
    const of = (name: string, root: string) =>
      sharedFolders(config, { name, root: at(root) }).map((each) => [each.name, each.dir, each.root]);
    expect(of('pay', 'functions')).toEqual([
      ['common', at('functions/common'), at('functions')],
      ['only', at('more/only'), at('more')],
    ]);
    expect(of('order', 'more')).toEqual([['common', at('more/common'), at('more')]]);
    const none = { ...config, shared: { nowhere: ['*'] } };
    expect(sharedFolders(none, { name: 'pay', root: at('more') })).toEqual([
      { name: 'nowhere', dir: at('functions/nowhere'), root: at('functions') },
    ]);
  });

  it('only roots outside of the project’s folder are outer ones', async () => {
    const { config, at } = await project();
    expect(outerRoots(config)).toEqual([]);
    expect(outerRoots({ ...config, functionsRoots: [at('functions'), '/elsewhere/functions'] })).toEqual([
      '/elsewhere/functions',
    ]);
  });

  it('the files of the configuration and its token are secret, under their real names', async () => {
    const { config, at } = await project();
    const pay = { ...spec('pay', ['dev']), dir: at('functions/pay'), root: at('functions') };
    const source = await snapshotSource(config, pay);
    expect(source).toMatchObject({
      ...{ name: 'pay', dir: at('functions/pay'), projectFolder: config.folder, outerRoots: [] },
      entries: ['index.js', 'index.mjs', 'index.cjs'],
    });
    expect(source.shared.map(({ name }) => name)).toEqual(['common', 'only']);
    const namesOf = (files: readonly string[] = []) => files.map((path) => path.split(/[\\/]/).at(-1));
    expect(namesOf(source.secretFiles)).toEqual(['watch.config.json', 'token.txt', 'probe.key']);
    expect((await snapshotSource(config, pay, at('dist'))).dir).toBe(at('dist'));
    const bare = await snapshotSource({ ...config, file: null, token: null }, pay);
    expect(namesOf(bare.secretFiles)).toEqual(['probe.key']);
  });

  it('the helper’s secret is packed under no name, though a function is what this program keeps', async () => {
    const { config, at } = await project();
    await mkdir(at('.tcb-watch'));
    await writeFile(at('.tcb-watch/probe.key'), 'x');
    await writeFile(at('.tcb-watch/index.js'), 'x');
    const own = { ...spec('own', ['dev']), dir: at('.tcb-watch'), root: at('functions') };
    const snapshots = createSnapshots({ maxZipBase64: () => 1_000_000 });
    const listed = await snapshots.files(await snapshotSource(config, own));
    const packed = new Map(listed.files.map((file) => [file.path, file.packed]));
    expect([packed.get('index.js'), packed.get('probe.key')]).toEqual([true, false]);
  });
});
