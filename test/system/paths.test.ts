import path, { sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errnoOf } from '../../src/system/errno.js';
import { isRecord, parseJson } from '../../src/system/json.js';
import { isOwnedByUs, isOwnedByUsOrRoot } from '../../src/system/owner.js';
import { compareCodeUnits, isWithin, slashRelative } from '../../src/system/paths.js';
import { loadPeer, resolvePeer } from '../../src/system/peer.js';
import { temporaryFolder } from '../support/rig.js';

const native = (path: string): string => path.replaceAll('/', sep);

describe('paths', () => {
  it.each([
    ['/a/b', '/a/b', true],
    ['/a/b/c', '/a/b', true],
    ['/a/bc', '/a/b', false],
    ['/a', '/a/b', false],
    ['/a', '/', true],
    ['/', '/', true],
    ['/a/b/', '/a/b/', true],
  ])('%s lies in %s: %s', (path, folder, within) => {
    expect(isWithin(native(path), native(folder))).toBe(within);
  });

  it.each([
    ['/a/b', '/a/b', '.'],
    ['/a', '/a/b/c', 'b/c'],
    ['/a/b', '/a/c', '../c'],
  ])('from %s to %s people write %s', (from, to, way) => {
    expect(slashRelative(native(from), native(to))).toBe(way);
  });

  it.each([
    ['C:\\a\\b', 'C:\\a', true],
    ['C:\\ab', 'C:\\a', false],
    ['C:\\a', 'C:\\', true],
    ['D:\\a', 'C:\\', false],
    ['\\\\server\\share\\a', '\\\\server\\share\\', true],
  ])('on Windows %s lies in %s: %s', (place, folder, within) => {
    expect(isWithin(place, folder, path.win32)).toBe(within);
  });

  it.each([
    ['C:\\a', 'C:\\a\\b\\c', 'b/c'],
    ['C:\\a\\b', 'c:\\A\\c', '../c'],
    ['C:\\a', 'D:\\b', 'D:/b'],
    ['C:\\a', 'C:\\a', '.'],
  ])('on Windows from %s to %s people write %s', (from, to, way) => {
    expect(slashRelative(from, to, path.win32)).toBe(way);
  });

  it('are sorted alike in every locale', () => {
    expect(['é', 'b', 'Z', 'a', 'a'].sort(compareCodeUnits)).toEqual(['Z', 'a', 'a', 'b', 'é']);
    expect(compareCodeUnits('a', 'a')).toBe(0);
  });
});

describe('owners', () => {
  it.each([
    [1000, [1000], true, true],
    [1001, [1000], false, false],
    [0, [1000], false, true],
    [1000, [0, 1000], true, true],
    [1001, null, true, true],
  ] as const)('a file of %s, for %j', (uid, us, ours, oursOrRoot) => {
    expect([isOwnedByUs({ uid }, us), isOwnedByUsOrRoot({ uid }, us)]).toEqual([ours, oursOrRoot]);
  });

  it.runIf(process.getuid !== undefined)('count as ours where this process runs', () => {
    const uid = process.getuid?.() ?? 0;
    expect(isOwnedByUs({ uid })).toBe(true);
    expect(isOwnedByUs({ uid: uid + 4_000_001 })).toBe(false);
  });
});

describe('JSON', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    ['\uFEFF[1]', [1]],
    ['{"a":', undefined],
    ['', undefined],
    ['null', null],
  ])('%j', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('is an object, or it is not', () => {
    expect([{}, { a: 1 }, [], null, 'a', 1, undefined].map(isRecord)).toEqual([
      ...[true, true],
      ...[false, false, false, false, false],
    ]);
  });
});

it('knows a system’s error by its code, and throws what is none', () => {
  expect(errnoOf(Object.assign(new Error('gone'), { code: 'ENOENT' }))).toBe('ENOENT');
  for (const bug of [
    new Error('bug'),
    Object.assign(new Error('bug'), { code: 7 }),
    'ENOENT',
    { code: 'ENOENT' },
  ])
    expect(() => errnoOf(bug)).toThrow(bug instanceof Error ? bug : undefined);
});

describe('packages that are the user’s to install', () => {
  it('are found from a project, then from here', async () => {
    const elsewhere = await temporaryFolder();
    expect(resolvePeer('vitest', [elsewhere])).toContain('vitest');
    expect(resolvePeer('no-such-package-anywhere', [elsewhere, process.cwd()])).toBeNull();
    expect(await loadPeer('no-such-package-anywhere', [])).toBeNull();
    expect(await loadPeer('yaml', [])).toHaveProperty('parse');
  });

  it('are the project’s own before ours', async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const folder = await temporaryFolder();
    mkdirSync(`${folder}/node_modules/yaml`, { recursive: true });
    writeFileSync(`${folder}/node_modules/yaml/index.js`, 'exports.mine = true;');
    expect(await loadPeer('yaml', [folder])).toMatchObject({ mine: true });
  });
});
