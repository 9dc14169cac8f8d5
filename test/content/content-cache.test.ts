import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { type ContentCache, createContentCache } from '../../src/content/content-cache.js';

const content = Buffer.from('exports.main = 1;\n'.repeat(20));

/** A look that came to an end: as many files hold what it read. */
function readOnce(files: number): ContentCache {
  const contents = createContentCache();
  const reader = contents.reader();
  reader.keep('a', content);
  contents.hold(Array.from({ length: files }, () => 'a'));
  reader.end();
  return contents;
}

it('keeps a content as long as some file has it, and not longer', async () => {
  const contents = readOnce(2);
  contents.letGo(['a']);
  expect((await contents.packed('a'))?.size).toBe(content.length);
  contents.letGo(['a']);
  expect(contents.packed('a')).toBeNull();
});

it('keeps a content while it is being read, and not if the look comes to nothing', async () => {
  const contents = createContentCache();
  const reader = contents.reader();
  reader.keep('a', content);
  await reader.pack('b', content);
  expect(contents.read('a')).toEqual(content);
  expect(contents.read('b')).toEqual(content);
  reader.end();
  expect(contents.read('a')).toBeNull();
  expect(contents.read('b')).toBeNull();
});

it('keeps a content that another look reads at the same time', () => {
  const contents = createContentCache();
  const [one, other] = [contents.reader(), contents.reader()];
  one.keep('a', content);
  other.keep('a', content);
  one.end();
  expect(contents.read('a')).toEqual(content);
});

it('does not keep what is deflated after its last file is gone', async () => {
  const contents = readOnce(1);
  const deflating = contents.packed('a');
  contents.letGo(['a']);
  expect((await deflating)?.size).toBe(content.length);
  expect(contents.read('a')).toBeNull();
});

it('a kept deflated content holds its own bytes, not the room that zlib worked in', async () => {
  const packed = await createContentCache().pack('a', content);
  expect(packed.body.length).toBeLessThan(content.length);
  expect(packed.body.buffer.byteLength).toBe(packed.body.length);
});

it('lets go of a content that was overwritten, unless another file has it', async () => {
  const shared = readOnce(2);
  shared.reader().overwritten('a');
  expect((await shared.packed('a'))?.size).toBe(content.length);
  const only = readOnce(1);
  only.reader().overwritten('a');
  expect(only.packed('a')).toBeNull();
});

it('gives a content back as it was read, deflated or not, and nothing that it does not have', async () => {
  const contents = createContentCache();
  const reader = contents.reader();
  const noise = randomBytes(5000);
  for (const [hash, bytes] of [
    ['a', content],
    ['b', noise],
  ] as const) {
    reader.keep(hash, bytes);
    expect(contents.read(hash)).toEqual(bytes);
    await contents.packed(hash);
    expect(contents.read(hash)).toEqual(bytes);
  }
  expect(contents.read('c')).toBeNull();
  expect(contents.packed('c')).toBeNull();
});

it('deflates each content once, also where two ask at the same time', async () => {
  const contents = createContentCache();
  const reader = contents.reader();
  const one = reader.pack('a', content);
  expect(contents.pack('a', content)).toBe(one);
  expect(contents.packed('a')).toBe(one);
  const packed = await one;
  expect(contents.pack('a', content)).toBe(packed);
  reader.keep('a', Buffer.from('another'));
  expect(contents.read('a')).toEqual(content);
});

it('lets go of what was used longest ago when room is short, and takes nothing that is larger than all of it', () => {
  const contents = createContentCache(10_000);
  const reader = contents.reader();
  const left = (...hashes: readonly string[]) => hashes.filter((hash) => contents.read(hash) !== null);
  const part = Buffer.alloc(2000);
  reader.keep('a', part);
  reader.keep('b', part);
  contents.read('a');
  reader.keep('c', part);
  expect(left('a', 'b', 'c')).toEqual(['a', 'c']);
  reader.keep('d', Buffer.alloc(5000));
  expect(left('a', 'c', 'd')).toEqual(['a', 'c']);
  reader.keep('a', Buffer.alloc(1000));
  reader.keep('e', Buffer.alloc(1000));
  expect(left('a', 'c', 'e')).toEqual(['a', 'c', 'e']);
});
