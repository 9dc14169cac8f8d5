import { expect, it } from 'vitest';
import { createContents } from '../../src/io/snapshot-contents.js';

const content = Buffer.from('exports.main = 1;\n'.repeat(20));

it('keeps a content as long as some file has it, and not longer', async () => {
  const contents = createContents();
  contents.keep('a', content);
  contents.hold(['a', 'a']);
  contents.letGo(['a']);
  expect((await contents.packed('a'))?.size).toBe(content.length);
  contents.letGo(['a']);
  expect(contents.packed('a')).toBeNull();
});

it('a kept deflated content holds its own bytes, not the room that zlib worked in', async () => {
  const packed = await createContents().pack('a', content);
  expect(packed.body.length).toBeLessThan(content.length);
  expect(packed.body.buffer.byteLength).toBe(packed.body.length);
});

const large = Buffer.alloc(2 * 1024 * 1024, 'x');

it('gives the memory of a content that was overwritten to the next, unless another file has it', () => {
  const contents = createContents();
  contents.keep('a', large);
  contents.hold(['a', 'a']);
  contents.overwritten('a');
  expect(contents.room(large.length).buffer).not.toBe(large.buffer);
  contents.letGo(['a']);
  contents.overwritten('a');
  expect(contents.room(large.length).buffer).toBe(large.buffer);
  expect(contents.packed('a')).toBeNull();
});

it('never gives what is being deflated', async () => {
  const contents = createContents();
  contents.keep('a', large);
  contents.hold(['a']);
  const packing = contents.pack('a', large);
  contents.letGo(['a']);
  expect(contents.room(large.length).buffer).not.toBe(large.buffer);
  expect((await packing).size).toBe(large.length);
});
