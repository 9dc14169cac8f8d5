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
