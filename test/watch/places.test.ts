/** Where the named folders really are: missing, links, replaced. */
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPlaces } from '../../src/watch/places.js';
import { needs } from '../support/needs.js';
import { tempFolder } from '../support/watcher-rig.js';

function scene(roots: readonly string[], extra: readonly string[] = []) {
  const base = tempFolder('places');
  const path = (name: string): string => join(base, name);
  const moves: [string, string | null, string | null][] = [];
  const named = (names: readonly string[]): string[] => names.map(path);
  return {
    path,
    moves,
    make: () =>
      createPlaces({ roots: named(roots), extra: named(extra) }, (place, before) => {
        moves.push([place.given, before, place.real]);
      }),
  };
}

test('one that is missing is no top, and is told when it comes and goes', () => {
  const { path, moves, make } = scene(['fns']);
  const places = make();
  expect(places.tops()).toEqual([]);
  expect(places.all()).toMatchObject([{ given: path('fns'), kind: 'root', real: null, identity: null }]);
  places.look();
  mkdirSync(path('fns'));
  places.look();
  places.look();
  expect(places.tops()).toEqual([path('fns')]);
  rmSync(path('fns'), { recursive: true });
  places.look();
  expect(moves).toEqual([
    [path('fns'), null, path('fns')],
    [path('fns'), path('fns'), null],
  ]);
});

test('a link is where it leads, and paths are told in the caller’s terms', () => {
  const { path, moves, make } = scene(['fns'], ['lib']);
  for (const dir of ['one', 'two', 'lib']) mkdirSync(path(dir));
  needs('links');
  symlinkSync(path('one'), path('fns'), 'junction');
  const places = make();
  expect(places.tops()).toEqual([path('one'), path('lib')]);
  expect(places.at(path('one'))?.given).toBe(path('fns'));
  expect(places.at(path('fns'))).toBe(undefined);
  expect(places.toGiven(path('one/pay/index.js'))).toBe(path('fns/pay/index.js'));
  expect(places.toGiven(path('one'))).toBe(path('fns'));
  expect(places.toGiven(path('lib/a.js'))).toBe(path('lib/a.js'));
  expect(places.toGiven(path('oneself'))).toBe(path('oneself'));
  unlinkSync(path('fns'));
  needs('links');
  symlinkSync(path('two'), path('fns'), 'junction');
  places.look();
  expect(moves).toEqual([[path('fns'), path('one'), path('two')]]);
});

test('one that another folder has replaced is told, though its path is the same', () => {
  const { path, moves, make } = scene(['fns']);
  mkdirSync(path('fns'));
  mkdirSync(path('next'));
  const places = make();
  renameSync(path('fns'), path('old'));
  renameSync(path('next'), path('fns'));
  places.look();
  expect(moves).toEqual([[path('fns'), path('fns'), path('fns')]]);
});

test('with places inside each other the innermost names a path', () => {
  const { path, make } = scene(['fns'], ['inner']);
  mkdirSync(path('real/deep'), { recursive: true });
  needs('links');
  symlinkSync(path('real'), path('fns'), 'junction');
  needs('links');
  symlinkSync(path('real/deep'), path('inner'), 'junction');
  const places = make();
  expect(places.toGiven(path('real/deep/a.js'))).toBe(path('inner/a.js'));
  expect(places.toGiven(path('real/b.js'))).toBe(path('fns/b.js'));
});

test('another list: those that are gone are told as gone, new ones as come, the others stay', () => {
  const { path, moves, make } = scene(['one', 'two']);
  for (const dir of ['one', 'two', 'three']) mkdirSync(path(dir));
  const places = make();
  places.update({ roots: [path('two'), path('two')], extra: [path('two'), path('three')] });
  expect(moves).toEqual([
    [path('one'), path('one'), null],
    [path('three'), null, path('three')],
  ]);
  expect(places.all().map(({ given, kind }) => [given, kind])).toEqual([
    [path('two'), 'root'],
    [path('three'), 'extra'],
  ]);
});
