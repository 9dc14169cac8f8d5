/** Hashes of single files wherever they lie, each read again only when its state has changed or is too young to be believed. */

import { attempt, type Disk, type FileStat, isSameState } from './disk.js';
import { hashWhole } from './read.js';
import type { Slices } from './slices.js';
import { isRacy, isYoung } from './unchanged.js';

export interface FileHashes {
  /** By path. The hash of a file that is gone, or cannot be read, is a text that no content has. */
  of(files: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  /** Changed lately, as far as clocks can be believed; false for a file whose hash was never asked for. */
  isYoung(file: string): boolean;
}

interface Known {
  readonly stat: FileStat;
  readonly seenAt: number;
  readonly racy: boolean;
  readonly hash: string;
}

export function createFileHashes({
  disk,
  slices,
  now,
}: {
  readonly disk: Disk;
  readonly slices: Slices;
  /** ms since the epoch */
  readonly now: () => number;
}): FileHashes {
  const known = new Map<string, Known>();

  const hashOf = async (file: string): Promise<string> => {
    const stat = attempt(() => disk.find(file));
    if (!stat.ok) return stat.code;
    if (stat.value === null) return 'ENOENT';
    const before = known.get(file);
    const isSame = before !== undefined && isSameState(before.stat, stat.value);
    if (isSame && !before.racy) return before.hash;
    const readAt = now();
    const seenAt = isSame ? before.seenAt : readAt;
    const hashed = await hashWhole(disk, file, stat.value, slices);
    // Torn: the next time its state is another one.
    const hash = hashed.ok ? hashed.value : hashed.code;
    known.set(file, { stat: stat.value, seenAt, racy: isRacy(stat.value, seenAt, readAt), hash });
    return hash;
  };
  return {
    async of(files) {
      const hashes = new Map<string, string>();
      for (const file of files) hashes.set(file, await hashOf(file));
      return hashes;
    },
    isYoung(file) {
      const stat = known.get(file)?.stat;
      return stat !== undefined && isYoung(stat, now());
    },
  };
}
