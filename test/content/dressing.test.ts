/** Content that was kept, as it goes once more with the helper of today; and which of a function's files the helper is put into. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDresser, dressAgain } from '../../src/content/dressing.js';
import { entryNames } from '../../src/content/entry.js';
import { fingerprintOf } from '../../src/content/fingerprint.js';
import { createSlices } from '../../src/content/slices.js';
import { HELPER_FILE } from '../../src/proof/helper.js';
import { dressedFingerprint } from '../../src/proof/key.js';
import { packContent, unpackContent } from '../../src/zip/deflate.js';

const key = 'k'.repeat(64);
const main = 'exports.main = () => 1;\n';

async function kept(files: Readonly<Record<string, string>>, executables: readonly string[] = []) {
  return Promise.all(
    Object.entries(files).map(async ([path, text]) => ({
      path,
      executable: executables.includes(path),
      sha256: createHash('sha256').update(text).digest('hex'),
      packed: await packContent(Buffer.from(text)),
    })),
  );
}

/** The files by name, with their texts. */
async function textsOf(entries: Awaited<ReturnType<typeof kept>>): Promise<Record<string, string>> {
  const texts = entries.map(async ({ path, packed }) => [path, (await unpackContent(packed))?.toString()]);
  return Object.fromEntries(await Promise.all(texts));
}

describe('kept content', () => {
  it('goes with the helper: the entry loads it, and all else is as it was', async () => {
    const files = await kept({ 'index.js': main, 'lib/a.js': 'a' }, ['index.js']);
    const again = await dressAgain('pay', files, key);
    const texts = await textsOf((again?.entries ?? []) as typeof files);
    expect(Object.keys(texts).sort()).toEqual([HELPER_FILE, 'index.js', 'lib/a.js']);
    expect(texts['index.js']).toContain(main);
    expect(texts['index.js']).toContain(HELPER_FILE);
    expect(texts['lib/a.js']).toBe('a');
    const executable = again?.entries.filter((each) => each.executable).map(({ path }) => path);
    expect(executable).toEqual(['index.js']);
    expect(again?.fingerprint).toBe(dressedFingerprint(await fingerprintOf(files, createSlices()), key));
    expect(texts[HELPER_FILE]).toContain(again?.fingerprint);
  });

  it.each([
    ['without an entry', { 'other.js': main }],
    ['with a name of ours in it', { 'index.js': main, [HELPER_FILE]: '' }],
    ['that is broken', { 'index.js': ')' }],
    ['of a module without main', { 'index.mjs': 'export const other = 1' }],
  ])('%s goes as it is', async (_, files) => {
    expect(await dressAgain('pay', await kept(files), key)).toBeNull();
  });

  it.each([
    ['index.js before others', { 'index.js': main, 'index.cjs': main }, 'index.js'],
    [
      'the main of its package.json',
      { 'package.json': '{"main": "src/app"}', 'src/app.js': main },
      'src/app.js',
    ],
    ['index.mjs', { 'index.mjs': 'export const main = 1' }, 'index.mjs'],
  ])('has as its entry %s', async (_, files, entry) => {
    const again = await dressAgain('pay', await kept(files), key);
    const texts = await textsOf((again?.entries ?? []) as Awaited<ReturnType<typeof kept>>);
    const changed = Object.entries(files).filter(([path, text]) => texts[path] !== text);
    expect(changed.map(([path]) => path)).toEqual([entry]);
  });

  it.each([
    ['the root’s', { 'package.json': '{"type": "module", "main": "a/b.js"}' }, true],
    [
      'the nearest one',
      { 'package.json': '{"type": "module", "main": "a/b.js"}', 'a/package.json': '{}' },
      false,
    ],
    [
      'that of its folder',
      { 'package.json': '{"main": "a/b.js"}', 'a/package.json': '{"type": "module"}' },
      true,
    ],
    ['no list', { 'package.json': '{"main": "a/b.js"}', 'a/package.json': '["module"]' }, false],
  ])('is a module as %s package.json says', async (_, files, isModule) => {
    const again = await dressAgain('pay', await kept({ ...files, 'a/b.js': 'export const main = 1' }), key);
    const asScript = await dressAgain('pay', await kept({ ...files, 'a/b.js': main }), key);
    expect(again).not.toBeNull();
    expect(asScript === null).toBe(isModule);
  });
});

describe('the content on disk', () => {
  const source = { name: 'pay', entries: entryNames, keyDigest: key };
  const lookOf = async (text: string) => {
    const files = await kept({ 'index.js': text });
    return {
      files: new Map(files.map((file) => [file.path, file])),
      fingerprint: 'f'.repeat(64),
      problem: null,
    };
  };

  it('is read once for each entry, and again when it is another or was forgotten', async () => {
    const reads: string[] = [];
    const dresser = createDresser<Awaited<ReturnType<typeof kept>>[number]>(async ({ path, packed }) => {
      reads.push(path);
      return unpackContent(packed);
    });
    const look = await lookOf(main);
    for (const _ of [1, 2]) await dresser.fingerprintOf(source, look);
    expect(reads).toEqual(['index.js']);
    expect(await dresser.fingerprintOf(source, await lookOf(')'))).toBeNull();
    expect(reads).toHaveLength(2);
    await dresser.fingerprintOf(source, look);
    dresser.forget('pay');
    await dresser.fingerprintOf(source, look);
    expect(reads).toHaveLength(4);
  });

  it('goes as it is without a key, without an entry that can be read, and where there is nothing to send', async () => {
    const dresser = createDresser<Awaited<ReturnType<typeof kept>>[number]>(async () => null);
    const look = await lookOf(main);
    expect(await dresser.fingerprintOf(source, look)).toBeNull();
    expect(await dresser.dress(source, look, [...look.files.values()])).toBeNull();
    const good = createDresser<Awaited<ReturnType<typeof kept>>[number]>(({ packed }) =>
      unpackContent(packed),
    );
    expect(await good.fingerprintOf({ ...source, keyDigest: null }, look)).toBeNull();
    expect(await good.fingerprintOf(source, { ...look, problem: 'too big' })).toBeNull();
    expect(await good.fingerprintOf({ ...source, entries: null }, look)).toBeNull();
    expect(await good.dress({ ...source, keyDigest: null }, look, [])).toBeNull();
    expect(await good.fingerprintOf(source, look)).toBe(dressedFingerprint(look.fingerprint, key));
  });
});
