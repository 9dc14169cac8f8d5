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
