/** Offsets of a text as lines and columns, from 1. */
import { expect, it } from 'vitest';
import { positionsIn } from '../../src/system/text-lines.js';

it('each offset has its line and column, whatever ends the lines', () => {
  const text = 'a\nbc\r\n\rd';
  const placeOf = positionsIn(text);
  const places = [...text].map((_, offset) => placeOf(offset)).map(({ line, column }) => `${line}:${column}`);
  expect(places).toEqual(['1:1', '1:2', '2:1', '2:2', '2:3', '2:4', '3:1', '4:1']);
  expect(placeOf(text.length)).toEqual({ line: 4, column: 2 });
  expect(positionsIn('')(0)).toEqual({ line: 1, column: 1 });
});
