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

/** The characters of base64 that so many bytes make. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Whether the zip could pass the limit, going by the sizes on disk: a zip is never larger than its files and headers. */
export function mayExceed(files: readonly Sized[], maxZipBase64: number): boolean {
  return (
    base64Length(containerBytes(files.map(({ path, stat }) => ({ path, bytes: stat.size })))) > maxZipBase64
  );
}

export function unzippedProblem(files: readonly Sized[]): ContentProblem | null {
  const size = files.reduce((sum, { stat }) => sum + stat.size, 0);
  if (size <= maxUnzippedBytes) return null;
  return { reason: 'too-big', measure: 'unzipped', size, limit: maxUnzippedBytes, largest: largestOf(files) };
}

/** `packedBytes` null counts with the size on disk. */
export function zipProblem(
  files: readonly (Sized & { readonly packedBytes: number | null })[],
  maxZipBase64: number,
): ContentProblem | null {
  const size = base64Length(
    containerBytes(files.map(({ path, stat, packedBytes }) => ({ path, bytes: packedBytes ?? stat.size }))),
  );
  if (size <= maxZipBase64) return null;
  return { reason: 'too-big', measure: 'base64', size, limit: maxZipBase64, largest: largestOf(files) };
}

function largestOf(files: readonly Sized[]): readonly FileSize[] {
  return files
    .map(({ path, stat }) => ({ path, bytes: stat.size }))
    .sort((one, other) => other.bytes - one.bytes || compareCodeUnits(one.path, other.path))
    .slice(0, named);
}
