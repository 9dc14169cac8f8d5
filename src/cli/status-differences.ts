/** For `status`: the files in which what is live differs from the disk, of targets that are not live. */
import { createBuiltContent } from '../build/builds.js';
import type { TargetRow } from '../daemon/protocol.js';
import { discover } from '../functions/discovery.js';
import { compare, type Effort, type FileDifference, thorough } from '../history/compare.js';
import { sideOfDisk, sideOfVersion } from '../history/sides.js';
import { openStore } from '../history/store.js';
import { stateFolderOf } from '../state/folder.js';
import type { LoadedConfig } from '../sync/sync.js';

/** The rest of the differences is asked of `diff`. */
const mostCompared = 20;
/** Nobody waits long for a status, ms. */
const effort: Effort = { ...thorough, fileMs: 150, totalMs: 400 };

/** By the key of `keyOf`; what is not kept, and what is the same, is not in it. */
export async function statusDifferences(
  { config }: LoadedConfig,
  rows: readonly TargetRow[],
): Promise<ReadonlyMap<string, readonly FileDifference[]>> {
  const differing = rows.filter(({ live, wanted }) => live !== null && wanted !== null && live !== wanted);
  const found = new Map<string, readonly FileDifference[]>();
  if (differing.length === 0) return found;
  const store = openStore(stateFolderOf(config));
  const content = createBuiltContent(config, await discover(config));
  for (const row of differing) {
    const { function: name, live } = row;
    if (found.has(keyOf(row)) || found.size >= mostCompared) continue;
    const { versions } = await store.read({ function: name, endpoint: config.endpoint }).catch(() => nothing);
    const version = versions.find(({ fingerprint }) => fingerprint === live);
    const scan = version === undefined ? null : await content.scan(name, false);
    const files = content.scannedFiles(name);
    if (version === undefined || scan?.ok !== true || files === null) continue;
    const before = sideOfVersion(version, store.contentOfFile);
    found.set(keyOf(row), await compare(before, sideOfDisk(files), effort));
  }
  return found;
}

const nothing = { versions: [] } as const;

/** Environments that run the same differ alike. */
export function keyOf({ function: name, live }: Pick<TargetRow, 'function' | 'live'>): string {
  return `${name} ${live}`;
}
