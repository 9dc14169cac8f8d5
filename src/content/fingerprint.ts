/** When two contents of a function are the same. */

import { createHash } from 'node:crypto';
import type { Fingerprint } from '../model/nouns.js';
import type { Slices } from './slices.js';

/** The parts of a file that count: where it stands in the zip, its executable bit, and the SHA-256 of its content in hex. */
export interface HashedFile {
  readonly path: string;
  readonly executable: boolean;
  readonly sha256: string;
}

/** Of the content's form below, so that a later form never looks like this one. */
const form = 'tcb-watch content 1\0';

/**
 * Of each file the path, the executable bit and the content's hash, each ended by a byte that no path can hold.
 * @param files sorted by path in code units
 */
export async function fingerprintOf(files: Iterable<HashedFile>, slices: Slices): Promise<Fingerprint> {
  const total = createHash('sha256').update(form);
  for (const { path, executable, sha256 } of files) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    total.update(`${path}\0${executable ? 'x' : '-'}\0${sha256}\0`);
  }
  return total.digest('hex');
}
