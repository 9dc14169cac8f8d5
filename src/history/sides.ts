/** Where the two contents of a comparison come from: a version that is kept, or the disk. */
import { readAs, type ScannedFiles } from '../content/read.js';
import type { ComparedFile, Side } from './compare.js';
import type { Version } from './model.js';

/** @param contentOf of one of its files; null: it is gone, or damaged */
export function sideOfVersion(
  { files }: Pick<Version, 'files'>,
  contentOf: (file: ComparedFile) => Promise<Buffer | null>,
): Side {
  return { files, content: contentOf };
}

/** The files as a scan found them. One that has changed since then cannot be had any more. */
export function sideOfDisk(scanned: ScannedFiles): Side {
  const files = [...scanned.values()].map(({ path, executable, sha256, stat }) => ({
    ...{ path, executable, sha256 },
    size: stat.size,
  }));
  return {
    files,
    async content({ path, sha256 }) {
      const file = scanned.get(path)?.file;
      return file === undefined ? null : readAs(file, sha256);
    },
  };
}
