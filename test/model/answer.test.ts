/** An answer in short: whether it is good, and its error as one line. */
import { expect, it } from 'vitest';
import { isGoodAnswer, textOfError } from '../../src/model/answer.js';

it.each([
  [{ ok: true, proven: true }, true],
  [{ ok: true, proven: null }, true],
  [{ ok: true, proven: false }, false],
  [{ ok: false, proven: true }, false],
  [{ ok: false, proven: null }, false],
  [{ ok: false, proven: false }, false],
] as const)('%j is good: %s', (answer, good) => {
  expect(isGoodAnswer(answer)).toBe(good);
});

it('an error without a name is its message alone', () => {
  expect(textOfError({ name: 'TypeError', message: 'boom' })).toBe('TypeError: boom');
  expect(textOfError({ name: '', message: 'boom' })).toBe('boom');
});
