import { expect, it } from 'vitest';
import { matchesGlob } from '../../src/config/glob.js';
import { randomOf } from '../support/snapshot-project.js';

/** The same as a regular expression, for patterns that are short enough for one. */
function expected(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.$]/g, '\\$&').replaceAll(/\*+/g, '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'isu').test(text);
}

it('matches as the regular expression does, over 20,000 patterns', () => {
  const random = randomOf(7);
  const word = (letters: string, most: number): string =>
    Array.from(
      { length: Math.floor(random() * most) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('');
  for (let round = 0; round < 20_000; round += 1) {
    const [pattern, text] = [word('ab*?.$B', 8), word('abA.$', 8)];
    expect([pattern, text, matchesGlob(pattern, text)]).toEqual([pattern, text, expected(pattern, text)]);
  }
});

it('answers at once, however many stars there are', () => {
  expect(matchesGlob(`${'*a'.repeat(30)}*b`, 'a'.repeat(60))).toBe(false);
  expect(matchesGlob(`${'*a'.repeat(30)}*`, 'a'.repeat(60))).toBe(true);
});
