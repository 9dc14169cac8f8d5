/** Items by their keys. */
import { expect, it } from 'vitest';
import { grouped } from '../../src/system/grouped.js';

it('keeps the order of the first of each key, and of the items of one', () => {
  const groups = grouped(['pay', 'login', 'pear', 'list', 'pay'], (name) => name.charAt(0));
  expect([...groups]).toEqual([
    ['p', ['pay', 'pear', 'pay']],
    ['l', ['login', 'list']],
  ]);
  expect(grouped([], String).size).toBe(0);
});
