/** What is different between what is live and the disk, and what a step back would bring: of a running sync. */
import type { Content } from '../content/content.js';
import type { FunctionState } from '../core/state.js';
import { brief, compare, type FileDifference } from '../history/compare.js';
import type { History } from '../history/history.js';
import type { FunctionHistory } from '../history/model.js';
import { sideOfDisk, sideOfVersion } from '../history/sides.js';
import type { EnvId, Fingerprint } from '../model/nouns.js';

/** Environments that run the same, against the disk. */
export interface LiveDifference {
  readonly envs: readonly EnvId[];
  /** null: not known, or somebody else's. */
  readonly live: Fingerprint | null;
  /** null: what runs there is not kept, or not known. */
  readonly found: readonly FileDifference[] | null;
}

/** Environments that run what is not known are named together. */
export async function liveDifferences(
  fn: FunctionState,
  envs: readonly EnvId[],
  { content, history }: { readonly content: Pick<Content, 'scannedFiles'>; readonly history: History },
): Promise<readonly LiveDifference[]> {
  const groups = new Map<Fingerprint | null, EnvId[]>();
  for (const env of envs) {
    const live = fn.targets.get(env)?.live ?? null;
    groups.set(live, [...(groups.get(live) ?? []), env]);
  }
  const scanned = content.scannedFiles(fn.spec.name);
  const { versions } = await history.read(fn.spec.name);
  return Promise.all(
    [...groups].map(async ([live, places]): Promise<LiveDifference> => {
      if (live !== null && live === fn.wanted && fn.problem === null)
        return { envs: places, live, found: [] };
      const version = versions.find(({ fingerprint }) => fingerprint === live);
      if (version === undefined || scanned === null) return { envs: places, live, found: null };
      const before = sideOfVersion(version, history.contentOfFile);
      return { envs: places, live, found: await compare(before, sideOfDisk(scanned), brief) };
    }),
  );
}

/** What a step back would change there; null: one of the two is not kept. */
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
