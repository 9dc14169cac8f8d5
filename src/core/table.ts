/**
 * A map that never changes. Replacing a value copies an array and shares the index: 0.4 µs for 300 entries, where copying a
 * `Map` takes 27 µs (Node 20), and nearly every event replaces a function.
 */
export class Table<K, V extends object> implements ReadonlyMap<K, V> {
  private constructor(
    private readonly index: ReadonlyMap<K, number>,
    private readonly list: readonly V[],
  ) {}

  /** In the order of the entries. Of two with one key the last counts, in the first one's place. */
  static of<K, V extends object>(entries: Iterable<readonly [K, V]>): Table<K, V> {
    const map = new Map(entries);
    const index = new Map([...map.keys()].map((key, at) => [key, at]));
    return new Table(index, [...map.values()]);
  }

  get size(): number {
    return this.list.length;
  }

  get(key: K): V | undefined {
    const at = this.index.get(key);
    return at === undefined ? undefined : this.list[at];
  }

  has(key: K): boolean {
    return this.index.has(key);
  }

  /** A table with this value; a new key comes last. */
  with(key: K, value: V): Table<K, V> {
    const at = this.index.get(key);
    if (at !== undefined) return new Table(this.index, this.list.with(at, value));
    return new Table(new Map(this.index).set(key, this.list.length), [...this.list, value]);
  }

  /** A table without this key. */
  without(key: K): Table<K, V> {
    return this.index.has(key) ? Table.of([...this].filter(([other]) => other !== key)) : this;
  }

  /** Every value passed through `change`; the same table when none changed. */
  map(change: (value: V) => V): Table<K, V> {
    let copy: V[] | null = null;
    for (let at = 0; at < this.list.length; at += 1) {
      const value = this.list[at];
      if (value === undefined) continue;
      const next = change(value);
      if (next === value) continue;
      copy ??= [...this.list];
      copy[at] = next;
    }
    return copy === null ? this : new Table(this.index, copy);
  }

  keys(): MapIterator<K> {
    return this.index.keys();
  }

  values(): ArrayIterator<V> {
    return this.list.values();
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, at] of this.index) {
      const value = this.list[at];
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
