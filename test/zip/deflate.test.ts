/** How contents are packed: what shrinks, where it is looked for, on which thread, and the way back. */
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packContent, unpackContent } from '../../src/zip/deflate.js';

const text = Buffer.alloc(40_000, 'exports.main = async () => 42;\n');
const mebibyte = 1024 * 1024;

describe('a large content', () => {
  const [probes, probeBytes] = [16, 16 * 1024];
  /** Where the parts begin that are looked at, evenly from its beginning to its end. */
  const placesIn = (bytes: number): readonly number[] =>
    Array.from({ length: probes }, (_, probe) => Math.floor((probe * (bytes - probeBytes)) / (probes - 1)));

  it.each(placesIn(mebibyte))('is deflated where the part at %i shrinks', async (at) => {
    const content = randomBytes(mebibyte).fill(0, at, at + probeBytes);
    expect(await packContent(content)).toMatchObject({ method: 8, size: mebibyte });
  });

  it.each([
    [mebibyte - 1, 8],
    [mebibyte, 0],
  ])('of %i bytes that shrinks only where nobody looks has method %i', async (bytes, method) => {
    const content = randomBytes(bytes);
    for (const at of placesIn(bytes).slice(0, -1))
      content.fill(0, at + probeBytes + 100, at + probeBytes + 1000);
    const packed = await packContent(content);
    expect(packed.method).toBe(method);
    expect(packed.body === content).toBe(method === 0);
  });
});

describe('a small content', () => {
  /** Whether it was deflated before the event loop came round, as only work on this thread can be. */
  async function isInline(content: Buffer, ...most: readonly number[]): Promise<boolean> {
    let done = false;
    const packing = packContent(content, ...most).then(() => {
      done = true;
    });
    for (let turn = 0; turn < 20; turn += 1) await null;
    const early = done;
    await packing;
    return early;
  }

  it('is deflated on this thread, a larger one on another', async () => {
    expect(await isInline(text.subarray(0, 8 * 1024))).toBe(true);
    expect(await isInline(text.subarray(0, 8 * 1024 + 1))).toBe(false);
  });

  it('is one of as many bytes as the caller says', async () => {
    expect(await isInline(text.subarray(0, 20_000), 20_000)).toBe(true);
    expect(await isInline(text.subarray(0, 20_001), 20_000)).toBe(false);
  });

  it.each([8 * 1024, 40_000])(
    'of %i bytes holds no more memory than it has bytes, and a little',
    async (bytes) => {
      const { method, body } = await packContent(text.subarray(0, bytes));
      expect(method).toBe(8);
      expect(body.buffer.byteLength).toBeLessThan(body.length + 256);
    },
  );

  it('that does not shrink stays what it is', async () => {
    for (const content of [Buffer.alloc(0), Buffer.from('ab'), randomBytes(9000)])
      expect((await packContent(content)).body).toBe(content);
  });
});

describe('the way back', () => {
  it.each([Buffer.alloc(0), Buffer.from('ab'), text, randomBytes(9000)])(
    'gives the content',
    async (content) => {
      const packed = await packContent(content);
      expect((await unpackContent(packed))?.equals(content)).toBe(true);
    },
  );

  it('is none for bytes that deflating did not give, or that give more than there was', async () => {
    const { method, size, body } = await packContent(text);
    expect(await unpackContent({ method, size, body: body.subarray(0, -1) })).toBeNull();
    expect(await unpackContent({ method, size, body: Buffer.from('no deflated bytes') })).toBeNull();
    expect(await unpackContent({ method, size: size - 1, body })).toBeNull();
  });

  it('is empty for nothing that was deflated', async () => {
    expect(await unpackContent({ method: 8, size: 0, body: deflateRawSync('') })).toHaveLength(0);
    expect(await unpackContent({ method: 8, size: 0, body: deflateRawSync('ab') })).toBeNull();
  });
});
