/** The rest of a text where there is no room for all of it. */
import { expect, it } from 'vitest';
import { telling, tellingNames } from '../../src/monitor/telling.js';
import { columnsOf } from '../../src/text/text.js';

it.each([
  ['fits whole', 10, 'fits whole'],
  // The request's id and the attempts go first.
  ['code exception (rid 65f0-ab)', 14, 'code exception'],
  ['代码异常（已尝试 3 次）', 8, '代码异常'],
  ['system busy (3 attempts)', 11, 'system busy'],
  ['system busy (1 attempt) (tried twice)', 11, 'system busy'],
  // Then what leads up to the reason.
  ['Function code exception caught: cannot find module', 26, '…cannot find module'],
  ['a: b: cannot find the module', 24, '…cannot find the module'],
  ['a: something: cannot find it now', 31, '…something: cannot find it now'],
  ['异常：找不到模块请检查', 20, '…找不到模块请检查'],
  // A number or a path's end says nothing alone.
  ['the request failed with code: 12', 20, 'the request failed …'],
  // Then the end.
  ['no colon in this long sentence', 12, 'no colon in…'],
  ['lead: the reason itself is much too long', 15, '…the reason it…'],
])('%j in %i columns', (message, columns, expected) => {
  const told = telling(message, columns, '…');
  expect(told).toBe(expected);
  expect(columnsOf(told)).toBeLessThanOrEqual(columns);
});

it.each<readonly [readonly string[], number, readonly string[]]>([
  [['dev', 'test'], 4, ['dev', 'test']],
  [['shop-dev-1a2b', 'shop-test-1a2b'], 6, ['dev-1a', 'test-1']],
  // Not from the middle of a word.
  [['shopdev-1', 'shopdat-1'], 6, ['shopde', 'shopda']],
  [['shopdev-1', 'shopdat-1'], 4, ['1', '2']],
  [['env-aaaa1', 'env-aaaa2'], 3, ['1', '2']],
  [['only-one-long-name'], 4, ['only']],
  [['a1234567', 'a12345678'], 3, ['7', '78']],
  [['same-name', 'same-name'], 4, ['1', '2']],
])('%j in %i columns each', (names, columns, expected) => {
  expect(tellingNames(names, columns)).toEqual(expected);
});
