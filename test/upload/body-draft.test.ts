import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { draftUploadBody } from '../../src/upload/body.js';
import { packContent } from '../../src/zip/deflate.js';

const upload = { functionname: 'pay', envs: ['dev', 'test'] };

function zipOf(body: Buffer): Buffer {
  const { zipfile, ...rest }: { zipfile: string } = JSON.parse(body.toString('utf8'));
  expect(rest).toEqual(upload);
  return Buffer.from(zipfile, 'base64');
}

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 49_151, 49_152, 49_153, 147_457, 3_000_001])(
  'a zip of %i bytes that lies in the body itself becomes its text',
  async (bytes) => {
    const content = randomBytes(bytes);
    const draft = draftUploadBody(upload);
    const space = draft.allocate(bytes);
    content.copy(space);
    const body = await draft.finish(space);
    expect(body.buffer).toBe(space.buffer);
    expect(zipOf(body).equals(content)).toBe(true);
  },
);

test('a zip that lies elsewhere is taken as well', async () => {
  const content = randomBytes(1000);
  expect(zipOf(await draftUploadBody(upload).finish(content)).equals(content)).toBe(true);
});

test('large content that shrinks nowhere is kept as it is, and what shrinks anywhere is deflated', async () => {
  const dense = randomBytes(2 * 1024 * 1024);
  expect((await packContent(dense)).body).toBe(dense);
  dense.fill(0, 700_000, 900_000);
  expect(await packContent(dense)).toMatchObject({ method: 8 });
});
