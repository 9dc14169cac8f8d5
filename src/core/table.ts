/**
 * A map that never changes. It keeps its values in slices of a few: replacing one copies its slice and shares the others and the index,
 * which for 1,000 entries takes less than a microsecond, and nearly every event replaces a function. A slice that is the same array holds the same
 * values, so what follows from it needs no second thought: see `agenda.ts`.
 */
export class Table<K, V extends object> implements ReadonlyMap<K, V> {
  private constructor(
    private readonly index: ReadonlyMap<K, number>,
    /** All but the last have `sliceLength` values. */
    readonly slices: readonly (readonly V[])[],
  ) {}

  /** In the order of the entries. Of two with one key the last counts, in the first one's place. */
  static of<K, V extends object>(entries: Iterable<readonly [K, V]>): Table<K, V> {
    const map = new Map(entries);
    const index = new Map([...map.keys()].map((key, at) => [key, at]));
    return new Table(index, slicesOf([...map.values()]));
  }

  get size(): number {
    return this.index.size;
  }

  get(key: K): V | undefined {
    const at = this.index.get(key);
    return at === undefined ? undefined : this.at(at);
  }

  private at(at: number): V | undefined {
    return this.slices[Math.floor(at / sliceLength)]?.[at % sliceLength];
  }

  has(key: K): boolean {
    return this.index.has(key);
  }

  /** A table with this value; a new key comes last. */
  with(key: K, value: V): Table<K, V> {
    const known = this.index.get(key);
    const at = known ?? this.size;
    const slice = [...(this.slices[Math.floor(at / sliceLength)] ?? [])];
    slice[at % sliceLength] = value;
    const slices = [...this.slices];
    slices[Math.floor(at / sliceLength)] = slice;
    return new Table(known === undefined ? new Map(this.index).set(key, at) : this.index, slices);
  }

  /** A table without this key. */
  without(key: K): Table<K, V> {
    return this.index.has(key) ? Table.of([...this].filter(([other]) => other !== key)) : this;
  }

  /** Every value passed through `change`; the same table when none changed. */
  map(change: (value: V) => V): Table<K, V> {
    let isSame = true;
    const slices = this.slices.map((slice) => {
      const next = mapSlice(slice, change);
      if (next !== slice) isSame = false;
      return next;
    });
    return isSame ? this : new Table(this.index, slices);
  }

  keys(): MapIterator<K> {
    return this.index.keys();
  }

  values(): ArrayIterator<V> {
    return this.slices.flat().values();
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, at] of this.index) {
      const value = this.at(at);
      if (value !== undefined) yield [key, value];
    }
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }
}

/** Replacing one of 1,000 values copies 32 of them and 32 slices. */
const sliceLength = 32;

function slicesOf<V>(list: readonly V[]): V[][] {
  const count = Math.ceil(list.length / sliceLength);
  return Array.from({ length: count }, (_, at) => list.slice(at * sliceLength, (at + 1) * sliceLength));
}

/** The same array when no value changed. */
function mapSlice<V>(slice: readonly V[], change: (value: V) => V): readonly V[] {
  let copy: V[] | null = null;
  for (let at = 0; at < slice.length; at += 1) {
    const value = slice[at];
    if (value === undefined) continue;
    const next = change(value);
    if (next === value) continue;
    copy ??= [...slice];
    copy[at] = next;
  }
  return copy ?? slice;
}
