/** The file that the cloud starts, which makes a folder a function. */

import { posix } from 'node:path';
import { parseJson } from '../system/json.js';

/** The entries that need no package.json. */
export const entryNames: readonly string[] = ['index.js', 'index.mjs', 'index.cjs'];

/** Bytes of a package.json that are read to find its `main`; a larger one is no manifest. */
export const longestManifest = 4 * 1024 * 1024;

/** The `main` of a package.json's text, as it stands there; null if it has none, or is not JSON (yet). */
export function mainOf(packageJson: string): string | null {
  const parsed = parseJson(packageJson);
  if (typeof parsed !== 'object' || parsed === null || !('main' in parsed)) return null;
  return typeof parsed.main === 'string' && parsed.main !== '' ? parsed.main : null;
}

/** The files that `require` would try for a `main`, in its order; none if it leaves the folder. */
export function mainCandidates(main: string): readonly string[] {
  const path = posix.normalize(main.replaceAll('\\', '/')).replace(/\/$/, '');
  if (path === '..' || path.startsWith('../') || path.startsWith('/')) return [];
  const index = entryNames.map((name) => posix.join(path, name));
  return path === '.' ? index : [path, `${path}.js`, `${path}.cjs`, `${path}.mjs`, ...index];
}
