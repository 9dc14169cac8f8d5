import { expect, it } from 'vitest';
import { createSpareBuffers } from '../../src/io/spare-buffers.js';

const mega = 1024 * 1024;

it('gives the memory of a large buffer again, as a buffer of exactly the size asked for', () => {
  const spares = createSpareBuffers();
  const first = spares.take(3 * mega);
  spares.give(first);
  const second = spares.take(2 * mega);
  expect(second.length).toBe(2 * mega);
  expect(second.buffer).toBe(first.buffer);
  expect(spares.take(2 * mega).buffer).not.toBe(first.buffer);
});

it('gives nothing that is too small, or so large that most of it would lie idle', () => {
  const spares = createSpareBuffers();
  const kept = [spares.take(2 * mega), spares.take(9 * mega)];
  for (const buffer of kept) spares.give(buffer);
  const taken = spares.take(4 * mega);
  expect(kept.map(({ buffer }) => buffer === taken.buffer)).toEqual([false, false]);
});

it('does not bother about small ones', () => {
  const spares = createSpareBuffers();
  const small = spares.take(1000);
  spares.give(small);
  expect(spares.take(1000).buffer).not.toBe(small.buffer);
});
