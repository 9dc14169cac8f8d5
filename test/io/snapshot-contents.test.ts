import { describe, expect, it } from 'vitest';
import { createContents } from '../../src/io/snapshot-contents.js';

const text = (name: string, bytes = 1000) => Buffer.alloc(bytes, `${name} `);

describe('kept contents', () => {
  it('are packed once, and give the same object again', async () => {
    const contents = createContents();
    contents.keep('a', text('a'));
    const [first, second] = await Promise.all([contents.packed('a'), contents.packed('a')]);
    expect(first).toMatchObject({ method: 8, size: 1000 });
    expect(second).toBe(first);
    expect(contents.packed('a')).toBe(first);
  });

  it('are null when nobody kept them', () => {
    expect(createContents().packed('a')).toBeNull();
  });

  it('go when newer ones need the room, those used longest ago first', async () => {
    const contents = createContents(8_000);
    for (const name of ['a', 'b', 'c', 'd']) contents.keep(name, text(name));
    expect(contents.packed('a')).toBeNull();
    expect(await contents.packed('d')).not.toBeNull();
  });

  it('stay when something comes that is more than all the room', async () => {
    const contents = createContents(8_000);
    contents.keep('a', text('a'));
    contents.keep('huge', text('huge', 10_000));
    expect(contents.packed('huge')).toBeNull();
    expect(await contents.packed('a')).not.toBeNull();
  });

  it('that were used last stay longest once they are packed', async () => {
    const contents = createContents(2_000);
    for (const name of ['a', 'b']) await contents.pack(name, text(name));
    await contents.packed('a');
    await contents.pack('c', text('c'));
    await contents.pack('d', text('d'));
    expect(['a', 'b', 'd'].map((name) => contents.packed(name) !== null)).toEqual([true, false, true]);
  });
});
