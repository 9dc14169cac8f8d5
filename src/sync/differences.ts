/** The differences between the live content and the disk, and those that a step back would bring: of a running sync. */

import type { Content } from '../content/content.js';
import type { FunctionState } from '../core/state.js';
import { brief, compare, type FileDifference } from '../history/compare.js';
import type { History } from '../history/history.js';
import type { FunctionHistory } from '../history/model.js';
import { sideOfDisk, sideOfVersion } from '../history/sides.js';
import type { EnvId, Fingerprint } from '../model/nouns.js';
import { grouped } from '../system/grouped.js';

/** Environments that run the same, against the disk. */
export interface LiveDifference {
  readonly envs: readonly EnvId[];
  /** null: not known, or somebody else's. */
  readonly live: Fingerprint | null;
  /** null: what runs there is not kept, or not known. */
  readonly found: readonly FileDifference[] | null;
}

/** Environments that run what is not known are named together, those of one deployment of somebody else apart from the rest. */
export async function liveDifferences(
  fn: FunctionState,
  envs: readonly EnvId[],
  {
    content,
    history,
  }: {
    readonly content: Pick<Content, 'scannedFiles'>;
    readonly history: Pick<History, 'read' | 'contentOfFile'>;
  },
): Promise<readonly LiveDifference[]> {
  const groups = grouped(envs, (env) => {
    const { live = null, foreign = null } = fn.targets.get(env) ?? {};
    return live ?? `foreign ${foreign?.modTime ?? ''} ${foreign?.ours ?? ''}`;
  });
  const scanned = content.scannedFiles(fn.spec.name);
  const { versions } = await history.read(fn.spec.name);
  return Promise.all(
    [...groups.values()].map(async (places): Promise<LiveDifference> => {
      const live = fn.targets.get(places[0] ?? '')?.live ?? null;
      if (live !== null && (live === fn.wanted || live === fn.dressed) && fn.problem === null)
        return { envs: places, live, found: [] };
      const version = versions.find(({ fingerprint }) => fingerprint === live);
      if (version === undefined || scanned === null) return { envs: places, live, found: null };
      const before = sideOfVersion(version, history.contentOfFile);
      return { envs: places, live, found: await compare(before, sideOfDisk(scanned), brief) };
    }),
  );
}

/** The change that a step back would make there; null: one of the two is not kept. */
export async function stepDifferences(
  { versions }: FunctionHistory,
  from: Fingerprint | null,
  to: Fingerprint,
  history: Pick<History, 'contentOfFile'>,
): Promise<readonly FileDifference[] | null> {
  const before = versions.find(({ fingerprint }) => fingerprint === from);
  const after = versions.find(({ fingerprint }) => fingerprint === to);
  if (before === undefined || after === undefined) return null;
  const sideOf = (version: typeof before) => sideOfVersion(version, history.contentOfFile);
  return compare(sideOf(before), sideOf(after), brief);
}
