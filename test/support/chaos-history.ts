/** The demands of a soak on history: whole, and within its bounds, whatever was killed in the middle of a write. */
import { join } from 'node:path';
import type { SentVersion } from '../../src/history/model.js';
import { keptAlways } from '../../src/history/runs.js';
import { openStore } from '../../src/history/store.js';

/** Small enough for a round of saves to go beyond both. */
export const historyBounds = { versions: 5, megabytes: 1 };

/** Blocks of one version of one function, at most: it is written before the oldest leaves. */
const spareBytes = 128 * 1024;

const blockBytes = 4096;

/** Its objects and its own file with the index, by names of their own. */
function sizesOf({ fingerprint, files }: SentVersion): readonly (readonly [string, number])[] {
  const blocks = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;
  const objects = files.map(({ sha256, size }) => [sha256, blocks(size + 9)] as const);
  return [...objects, [`version ${fingerprint}`, blocks(200 * files.length + 1000) + blocks(20_000)]];
}

export interface HistoryCheck {
  /** @returns each trouble, in words; empty: there is none */
  troubles(names: readonly string[]): Promise<readonly string[]>;
}

/** Looks at the history of one project again and again. */
export function createHistoryCheck(folder: string, endpoint: string): HistoryCheck {
  const store = openStore(join(folder, '.tcb-watch'));
  /** The most blocks of what never leaves that any look found: what left since is removed with the next clearing alone. */
  let mostStaying = 0;

  const troublesOf = async (name: string, staying: Map<string, number>): Promise<readonly string[]> => {
    const troubles: string[] = [];
    const { versions, runs, damaged } = await store.read({ function: name, endpoint });
    const kept = keptAlways(runs);
    const newest = versions[0]?.fingerprint ?? '';
    for (const version of versions.filter(
      ({ fingerprint }) => kept.has(fingerprint) || fingerprint === newest,
    ))
      for (const [object, size] of sizesOf(version)) staying.set(object, size);
    // One more is there while the oldest is about to leave.
    const old = versions.filter(({ fingerprint }) => !kept.has(fingerprint)).length;
    if (old > historyBounds.versions + 1) troubles.push(`history of ${name}: ${old} versions`);
    if (damaged > 0) troubles.push(`history of ${name}: ${damaged} damaged`);
    for (const version of versions) {
      const isWhole = (await store.contentOf(version)) !== null;
      // It may have left since it was read.
      if (!isWhole && (await store.has({ function: name, endpoint }, version.fingerprint)))
        troubles.push(`history of ${name}: ${version.fingerprint.slice(0, 8)} is not whole`);
    }
    return troubles;
  };

  return {
    async troubles(names) {
      const troubles: string[] = [];
      /** As if nothing could be packed. */
      const staying = new Map<string, number>();
      for (const name of names) troubles.push(...(await troublesOf(name, staying)));
      const { bytes, versions } = await store.measure();
      const bound = historyBounds.megabytes * 1024 * 1024;
      const stays = [...staying.values()].reduce((sum, size) => sum + size, 0);
      mostStaying = Math.max(mostStaying, stays);
      // Where what stays is more than the bound, a tenth of it may come before it is cleared again.
      const most = Math.max(bound, mostStaying) + bound / 10 + spareBytes;
      if (bytes > most)
        troubles.push(`history: ${bytes} bytes in ${versions} versions, ${stays} stay, at most ${most}`);
      return troubles;
    },
  };
}
