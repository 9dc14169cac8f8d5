/** The bytes that proof adds to an upload: it goes along with each. */
import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { dressedFiles } from '../../src/proof/dress.js';
import { HELPER_FILE, helperText } from '../../src/proof/helper.js';

/** Of a file in a zip, in addition to its name, which stands there twice: its own header and that of the list. */
const headers = 30 + 46;

it('is 2.2 kB at most', () => {
  const helper = helperText('9f3b'.repeat(16), 'c04d'.repeat(16));
  const [entry] = dressedFiles({ kind: 'append' }, 'index.js', Buffer.alloc(0));
  const packed = deflateRawSync(Buffer.from(helper), { level: 9 }).length;
  const added = packed + headers + 2 * HELPER_FILE.length + (entry?.content.length ?? 0);
  expect(added).toBeLessThanOrEqual(2200);
  expect(packed).toBeGreaterThan(1500);
});
