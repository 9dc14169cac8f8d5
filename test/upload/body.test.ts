import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { base64Length } from '../../src/content/limits.js';
import { buildUploadBody } from '../support/upload-body.js';

const mebibyte = 1024 * 1024;

test.each([0, 1, 2, 3, 4, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, 200_001])(
  'a zip of %i bytes gives what JSON.stringify would',
  async (size) => {
    const zip = randomBytes(size);
    const body = await buildUploadBody({ functionname: 'a"名', envs: ['dev-1', 'te"st'], zip });
    const expected = { functionname: 'a"名', envs: ['dev-1', 'te"st'], zipfile: zip.toString('base64') };
    expect(body.toString()).toBe(JSON.stringify(expected));
    expect(base64Length(size)).toBe(expected.zipfile.length);
  },
);

test('a part of a larger buffer is encoded, not the whole', async () => {
  const zip = new Uint8Array(Buffer.from('xxhelloxx')).subarray(2, 7);
  const body = await buildUploadBody({ functionname: 'f', envs: [], zip });
  expect(body.toString()).toBe('{"functionname":"f","envs":[],"zipfile":"aGVsbG8="}');
});

interface Cost {
  readonly peakBytes: number;
  readonly turns: number;
}

async function costOf(zip: Buffer): Promise<Cost> {
  const idle = process.memoryUsage.rss();
  let [peakBytes, turns, on] = [0, 0, true];
  const turn = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss() - idle);
    turns += 1;
    if (on) setImmediate(turn);
  };
  turn();
  await buildUploadBody({ functionname: 'f', envs: ['dev'], zip });
  turn();
  on = false;
  return { peakBytes, turns };
}

test('15 MiB let other work have its turn and cost at most 4 times their size', async () => {
  const zip = randomBytes(15 * mebibyte);
  const costs = [await costOf(zip), await costOf(zip), await costOf(zip)];
  expect(Math.min(...costs.map((cost) => cost.turns))).toBeGreaterThan(2);
  // The zip itself is one of the four.
  expect(Math.max(...costs.map((cost) => cost.peakBytes))).toBeLessThan(3 * zip.length);
});
