/** The limits of the cloud. */

import type { ContentProblem, FileSize } from '../model/nouns.js';
import { compareCodeUnits } from '../system/paths.js';
import { containerBytes } from '../zip/container.js';

/** docs/cloud-api.md, "Packing": 500 MB at most when unzipped. */
const maxUnzippedBytes = 500 * 1024 * 1024;
/** A refusal names this many files. */
const named = 10;

interface Sized {
  readonly path: string;
  readonly stat: { readonly size: number };
}

interface Packable extends Sized {
  /** In a zip; null: not known, and no more than on the disk. */
  readonly packedBytes: number | null;
}

/** The characters of base64 that so many bytes make. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Whether the zip could pass the limit, going by the sizes on disk: it is never larger than its files and headers. */
export function mayExceed(files: readonly Sized[], maxZipBase64: number): boolean {
  return base64Length(containerBytes(sizesOf(files))) > maxZipBase64;
}

export function unzippedProblem(files: readonly Sized[]): ContentProblem | null {
  const size = files.reduce((sum, { stat }) => sum + stat.size, 0);
  return size <= maxUnzippedBytes ? null : tooBig(files, 'unzipped', size, maxUnzippedBytes);
}

export function zipProblem(files: readonly Packable[], maxZipBase64: number): ContentProblem | null {
  const sizes = files.map(({ path, stat, packedBytes }) => ({ path, bytes: packedBytes ?? stat.size }));
  const size = base64Length(containerBytes(sizes));
  return size <= maxZipBase64 ? null : tooBig(files, 'base64', size, maxZipBase64);
}

function sizesOf(files: readonly Sized[]): FileSize[] {
  return files.map(({ path, stat }) => ({ path, bytes: stat.size }));
}

function tooBig(
  files: readonly Sized[],
  measure: 'unzipped' | 'base64',
  size: number,
  limit: number,
): ContentProblem {
  const largest = sizesOf(files)
    .sort((one, other) => other.bytes - one.bytes || compareCodeUnits(one.path, other.path))
    .slice(0, named);
  return { reason: 'too-big', measure, size, limit, largest };
}
