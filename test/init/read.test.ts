import { expect, it } from 'vitest';
import { folderFrom, oneOrMore, textAt } from '../../src/init/read.js';

it.each([
  ['.', './functions/', 'functions'],
  ['.', 'functions', 'functions'],
  ['.', '.', '.'],
  ['app', '../functions', 'functions'],
  ['app', '.\\cloud\\functions\\', 'app/cloud/functions'],
  ['.', '../functions', null],
  ['app', '../../functions', null],
  ['.', '/functions', null],
  ['.', 'a/../..', null],
])('from %s, %s is %s', (base, written, folder) => {
  expect(folderFrom(base, written)).toBe(folder);
});

it('a text, or a list of them', () => {
  const value = { one: 'a', more: ['a', 'b'], none: 7 };
  expect([oneOrMore(value, 'one'), oneOrMore(value, 'more'), oneOrMore(value, 'none')]).toEqual([
    ['a'],
    ['a', 'b'],
    [],
  ]);
  expect([textAt(value, 'one'), textAt(value, 'none'), textAt('one', 'one')]).toEqual(['a', null, null]);
});
