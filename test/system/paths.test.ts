import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path, { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { causeOf, errnoOf } from '../../src/system/errno.js';
import { collectGarbage } from '../../src/system/garbage.js';
import { isRecord, parseJson } from '../../src/system/json.js';
import { isOwnedByUs, isOwnedByUsOrRoot, ourUsers } from '../../src/system/owner.js';
import {
  compareCodeUnits,
  isSamePlace,
  isWithin,
  slashRelative,
  spelledBySystem,
} from '../../src/system/paths.js';
import { loadPeer, resolvePeer } from '../../src/system/peer.js';
import { withoutEnd } from '../../src/system/text-end.js';
import { needs } from '../support/needs.js';
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

  it('name one place through a link, and are compared as texts where nothing is', async () => {
    needs('links');
    const folder = spelledBySystem(await temporaryFolder());
    const [real, link, absent] = [join(folder, 'real'), join(folder, 'link'), join(folder, 'absent')];
    mkdirSync(real);
    symlinkSync(real, link);
    expect(spelledBySystem(link)).toBe(real);
    expect(spelledBySystem(absent)).toBe(absent);
    expect([real, link, absent].map((place) => isSamePlace(place, link))).toEqual([true, true, false]);
    expect([isSamePlace(absent, absent), isSamePlace(absent, `${absent}2`)]).toEqual([true, false]);
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

  it.each([
    [{}, 1000, [1000]],
    [{}, 0, [0]],
    [{ SUDO_UID: '1000' }, 0, [0, 1000]],
    [{ SUDO_UID: '1000' }, 500, [500]],
    [{ SUDO_UID: 'me' }, 0, [0]],
    [{ SUDO_UID: '1000' }, null, null],
  ] as const)('with %j, for the user %s, are those of %j', (environment, user, users) => {
    expect(ourUsers(environment, user)).toEqual(users);
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

it.each([
  [Object.assign(new Error('no such file\nat all'), { code: 'ENOENT' }), 'ENOENT'],
  [Object.assign(new Error('seven'), { code: 7 }), 'seven'],
  [new Error('first\nsecond'), 'first'],
  [new TypeError(''), 'TypeError'],
  ['a text', 'a text'],
  [undefined, 'undefined'],
])('the cause of %o is %s', (error, cause) => {
  expect(causeOf(error)).toBe(cause);
});

it.each([
  ['https://a//', '/', 'https://a'],
  ['//', '/', ''],
  ['', '/', ''],
  ['/a', '/', '/a'],
  ['a, [ ', ' ,[', 'a'],
])('%j without %j at its end is %j', (text, characters, rest) => {
  expect(withoutEnd(text, characters)).toBe(rest);
});

it('memory that nobody uses is given back when that is asked for', async () => {
  const unused = new WeakRef({});
  // It is kept until the turn in which it was made is over.
  await new Promise((resolve) => setImmediate(resolve));
  for (const _ of [1, 2]) collectGarbage();
  expect(unused.deref()).toBeUndefined();
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
    const folder = await temporaryFolder();
    mkdirSync(`${folder}/node_modules/yaml`, { recursive: true });
    writeFileSync(`${folder}/node_modules/yaml/index.js`, 'exports.mine = true;');
    expect(await loadPeer('yaml', [folder])).toMatchObject({ mine: true });
    // As one that is being written.
    const broken = await temporaryFolder();
    mkdirSync(`${broken}/node_modules/yaml`, { recursive: true });
    writeFileSync(`${broken}/node_modules/yaml/package.json`, '{');
    expect(resolvePeer('yaml', [broken, folder])).toContain(folder);
  });
});
