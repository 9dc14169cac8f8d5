/** Packages that are the user's to install: found from the user's project, then from where this program lies. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { spelledBySystem } from './paths.js';

/** The file that a package starts with; null where it is not installed. @param folders absolute, in this order */
export function resolvePeer(name: string, folders: readonly string[]): string | null {
  for (const from of [...folders.map((folder) => path.join(folder, 'x.js')), import.meta.url]) {
    try {
      return createRequire(from).resolve(name);
    } catch (error) {
      if (!isOfResolver(error)) throw error;
    }
  }
  return null;
}

/**
 * Not there, or not to be loaded by its name: Node's resolver says so with a code. Of a package.json on the way that is no JSON, as one
 * that is being written, it says so without.
 */
function isOfResolver(error: unknown): boolean {
  return error instanceof Error && ('code' in error || error.name === 'SyntaxError');
}

/** The exports of the package, to be looked at before it is believed; null where it is not installed. */
export async function loadPeer(name: string, folders: readonly string[]): Promise<unknown> {
  const file = resolvePeer(name, folders);
  // Without links: Node resolves them through a cache of its own that can be older than a link, and what the package itself asks
  // for is looked for next to the place where it really lies.
  return file === null ? null : import(pathToFileURL(spelledBySystem(file)).href);
}
