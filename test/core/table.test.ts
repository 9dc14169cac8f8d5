import { describe, expect, it } from 'vitest';
import { Table } from '../../src/core/table.js';

const one = { n: 1 };
const two = { n: 2 };
const three = { n: 3 };
const table = Table.of([
  ['a', one],
  ['b', two],
]);

describe('a table', () => {
  it('answers as a Map of the same entries does', () => {
    const map = new Map([...table]);
    expect([...table.keys()]).toEqual([...map.keys()]);
    expect([...table.values()]).toEqual([...map.values()]);
    expect([...table.entries()]).toEqual([...map.entries()]);
    expect([table.size, table.get('b'), table.get('c'), table.has('a'), table.has('c')]).toEqual([
      2,
      two,
      undefined,
      true,
      false,
    ]);
    const seen: unknown[] = [];
    table.forEach((value, key) => void seen.push([key, value]));
    expect(seen).toEqual([...map]);
  });

  it('keeps the last of two values with one key, in the first one’s place', () => {
    const entries = [
      ['a', one],
      ['b', two],
      ['a', three],
    ] as const;
    expect([...Table.of(entries)]).toEqual([
      ['a', three],
      ['b', two],
    ]);
  });

  it('stays as it is when a value is replaced or added', () => {
    expect([...table.with('a', three)]).toEqual([
      ['a', three],
      ['b', two],
    ]);
    expect([...table.with('c', three)].at(-1)).toEqual(['c', three]);
    expect([...table]).toEqual([
      ['a', one],
      ['b', two],
    ]);
  });

  it('is itself when nothing changes', () => {
    expect(table.map((value) => value)).toBe(table);
    expect([...table.map((value) => (value === two ? three : value)).values()]).toEqual([one, three]);
  });
});
