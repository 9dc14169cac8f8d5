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
    expect(table.without('c')).toBe(table);
  });
});

describe('a table of many', () => {
  const values = Array.from({ length: 100 }, (_, n) => ({ n }));
  const many = Table.of(values.map((value) => [value.n, value] as const));

  it('finds and keeps the order of all, whichever slice they are in', () => {
    expect([...many.values()]).toEqual(values);
    expect([...many.keys()].map((key) => many.get(key))).toEqual(values);
    expect([many.size, many.get(100), many.get(-1)]).toEqual([100, undefined, undefined]);
  });

  it('shares every slice in which nothing is replaced', () => {
    const next = many.with(40, one);
    expect(next.get(40)).toBe(one);
    const differ = next.slices.map((slice, at) => slice !== many.slices[at]);
    expect(differ).toEqual([false, true, false, false]);
    expect(many.map((value) => (value.n === 99 ? two : value)).slices[0]).toBe(many.slices[0]);
  });

  it('takes up one after the other, and grows where they came last', () => {
    const grown = values.reduce(
      (table, value) => table.with(value.n, value),
      Table.of<number, { n: number }>([]),
    );
    expect([...grown]).toEqual([...many]);
    expect([...grown.without(31).values()]).toEqual(values.filter(({ n }) => n !== 31));
  });
});
