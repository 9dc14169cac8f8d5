import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createContentCache } from '../../src/content/content-cache.js';

const content = Buffer.from('exports.main = 1;\n'.repeat(20));

it('keeps a content as long as some file has it, and not longer', async () => {
  const contents = createContentCache();
  contents.keep('a', content);
  contents.hold(['a', 'a']);
  contents.letGo(['a']);
  expect((await contents.packed('a'))?.size).toBe(content.length);
  contents.letGo(['a']);
  expect(contents.packed('a')).toBeNull();
});

it('a kept deflated content holds its own bytes, not the room that zlib worked in', async () => {
  const packed = await createContentCache().pack('a', content);
  expect(packed.body.length).toBeLessThan(content.length);
  expect(packed.body.buffer.byteLength).toBe(packed.body.length);
});

it('lets go of a content that was overwritten, unless another file has it', async () => {
  const contents = createContentCache();
  contents.keep('a', content);
  contents.hold(['a', 'a']);
  contents.overwritten('a');
  expect((await contents.packed('a'))?.size).toBe(content.length);
  const again = createContentCache();
  again.keep('a', content);
  again.hold(['a']);
  again.overwritten('a');
  expect(again.packed('a')).toBeNull();
});

it('gives a content back as it was read, deflated or not, and nothing that it does not have', async () => {
  const contents = createContentCache();
  const noise = randomBytes(5000);
  for (const [hash, bytes] of [
    ['a', content],
    ['b', noise],
  ] as const) {
    contents.keep(hash, bytes);
    expect(contents.read(hash)).toEqual(bytes);
    await contents.packed(hash);
    expect(contents.read(hash)).toEqual(bytes);
  }
  expect(contents.read('c')).toBeNull();
  expect(contents.packed('c')).toBeNull();
});

it('deflates each content once, also where two ask at the same time', async () => {
  const contents = createContentCache();
  const one = contents.pack('a', content);
  expect(contents.pack('a', content)).toBe(one);
  expect(contents.packed('a')).toBe(one);
  const packed = await one;
  expect(contents.pack('a', content)).toBe(packed);
  contents.keep('a', Buffer.from('another'));
  expect(contents.read('a')).toEqual(content);
});

it('lets go of what was used longest ago when room is short, and takes nothing that is larger than all of it', () => {
  const contents = createContentCache(10_000);
  const part = Buffer.alloc(2000);
  contents.keep('a', part);
  contents.keep('b', part);
  contents.read('a');
  contents.keep('c', part);
  expect(['a', 'b', 'c'].map((hash) => contents.read(hash) !== null)).toEqual([true, false, true]);
  contents.keep('d', Buffer.alloc(5000));
  expect(['a', 'c', 'd'].map((hash) => contents.read(hash) !== null)).toEqual([true, true, false]);
  contents.keep('a', Buffer.alloc(1000));
  contents.keep('e', Buffer.alloc(1000));
  expect(['a', 'c', 'e'].map((hash) => contents.read(hash) !== null)).toEqual([true, true, true]);
});
