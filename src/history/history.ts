/**
 * What a running sync keeps of what it sent: noted while requests are on the wire, one note after the other, and nothing waits
 * for it. What cannot be kept costs history alone.
 */
import type { PackedFile } from '../content/snapshot.js';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import { createCommits } from './commits.js';
import type { FunctionHistory, Version } from './model.js';
import { keptAlways, type Standing, withStanding } from './runs.js';
import { type HistoryIndex, openStore, type Place } from './store.js';

export interface HistoryBounds {
  /** Versions of one function, at most. */
  readonly versions: number;
  /** Bytes of all together, at most. */
  readonly bytes: number;
}

export interface Sent {
  readonly function: FunctionName;
  readonly fingerprint: Fingerprint;
  readonly files: readonly PackedFile[];
  readonly zipBytes: number;
  readonly at: number;
  /** The function's folder, and the top folder of its repository; null: there is none. */
  readonly dir: string;
  readonly repository: string | null;
}

export interface History {
  /** A content is on the wire. */
  sent(sent: Sent): void;
  /** What is known of a function's environments now. */
  stands(name: FunctionName, standings: readonly Standing[], at: number): void;
  /** Everything that is known of a function. */
  read(name: FunctionName): Promise<FunctionHistory>;
  /** The files of a version, as they were sent; null: it is not there any more, or damaged. */
  filesOf(name: FunctionName, fingerprint: Fingerprint): Promise<readonly PackedFile[] | null>;
  /** The content of one of its files; null as above. */
  contentOfFile(file: { readonly sha256: string }): Promise<Buffer | null>;
  forget(name: FunctionName | null): Promise<void>;
  /** Resolves when all that was noted is on the disk, or could not be written. */
  written(): Promise<void>;
}

export interface HistoryOptions {
  /** The `.tcb-watch` folder. */
  readonly folder: string;
  /** Asked at each note: a new configuration may bring others. */
  readonly endpoint: () => string;
  /** null: nothing is kept. */
  readonly bounds: () => HistoryBounds | null;
  /** Called once for each row of failures; the text is the system's. */
  readonly onTrouble: (error: Error) => void;
}

export function createHistory({ folder, endpoint, bounds, onTrouble }: HistoryOptions): History {
  const store = openStore(folder);
  const commits = createCommits();
  let last: Promise<void> = Promise.resolve();
  let troubled = false;
  let isMeasured = false;

  /**
   * One after the other: each reads what the one before wrote.
   * @param work true: something was written
   */
  const inTurn = (work: () => Promise<boolean>): Promise<void> => {
    last = last.then(async () => {
      try {
        if (await work()) troubled = false;
      } catch (error) {
        if (!troubled) onTrouble(error instanceof Error ? error : new Error(String(error)));
        troubled = true;
      }
    });
    return last;
  };

  /** What is too much goes before it is forgotten: a crash in between leaves a name of nothing. */
  const writeIndex = async (place: Place, index: HistoryIndex, limits: HistoryBounds): Promise<void> => {
    const left = within(index, limits.versions);
    for (const old of Object.keys(index.sent))
      if (left.sent[old] === undefined) await store.removeVersion(place, old);
    await store.writeIndex(place, left);
  };

  const keepWithin = async ({ bytes }: HistoryBounds): Promise<void> => {
    if (!isMeasured) {
      isMeasured = true;
      await store.clearDrafts();
      await store.measure();
    }
    if (store.bytes() > bytes) await store.clear(bytes);
  };

  const keep = async (sent: Sent, place: Place, limits: HistoryBounds): Promise<void> => {
    const { fingerprint, files, zipBytes, at, repository, dir } = sent;
    const isKnown = repository === null || (await store.has(place, fingerprint));
    const commit = isKnown ? null : await commits.of(repository, dir);
    await store.write(place, versionOf({ fingerprint, at, zipBytes, commit }, files), files);
    const index = await store.index(place);
    await writeIndex(place, { ...index, sent: { ...index.sent, [fingerprint]: at } }, limits);
    await keepWithin(limits);
  };

  return {
    sent(sent) {
      const limits = bounds();
      const place = { function: sent.function, endpoint: endpoint() };
      if (limits === null) return;
      void inTurn(async () => {
        await keep(sent, place, limits);
        return true;
      });
    },
    stands(name, standings, at) {
      const limits = bounds();
      const place = { function: name, endpoint: endpoint() };
      if (limits === null) return;
      void inTurn(async () => {
        const index = await store.index(place);
        // Of what was never kept, nobody could go back to anything.
        if (Object.keys(index.sent).length === 0) return false;
        let { runs } = index;
        for (const standing of standings) runs = withStanding(runs, standing, at);
        if (runs === index.runs) return false;
        await writeIndex(place, { ...index, runs }, limits);
        return true;
      });
    },
    read: (name) => store.read({ function: name, endpoint: endpoint() }),
    async filesOf(name, fingerprint) {
      const { versions } = await store.read({ function: name, endpoint: endpoint() });
      const version = versions.find((one) => one.fingerprint === fingerprint);
      return version === undefined ? null : store.contentOf(version);
    },
    contentOfFile: store.contentOfFile,
    forget: (name) =>
      inTurn(async () => {
        await store.forget(name);
        return true;
      }),
    written: () => last,
  };
}

function versionOf(about: Omit<Version, 'files'>, files: readonly PackedFile[]): Version {
  return {
    ...about,
    files: files.map(({ path, executable, sha256, packed: { size } }) => ({
      path,
      executable,
      sha256,
      size,
    })),
  };
}

/** The newest of these, and what runs or ran before somewhere, whatever its age. */
function within(index: HistoryIndex, most: number): HistoryIndex {
  const kept = keptAlways(index.runs);
  const byAge = Object.entries(index.sent).sort(([, one], [, other]) => other - one);
  const sent = Object.fromEntries(
    byAge.filter(([fingerprint], place) => place < most || kept.has(fingerprint)),
  );
  return { ...index, sent };
}
