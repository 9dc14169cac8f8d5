/**
 * The versions that a running sync keeps: noted while requests are on the wire, one note after the other, and nothing waits
 * for it. What cannot be kept costs history alone.
 */
import { fingerprintOf } from '../content/fingerprint.js';
import { createSlices } from '../content/slices.js';
import type { PackedFile } from '../content/snapshot.js';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import { type Commits, createCommits } from './commits.js';
import type { Commit, FunctionHistory, Version } from './model.js';
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
  /** The version of which this is the content, sent once more: it was made at the same commit. */
  readonly again: Version | null;
}

export interface History {
  /** A content is on the wire. */
  sent(sent: Sent): void;
  /** The facts that are known of a function's environments now. */
  stands(name: FunctionName, standings: readonly Standing[], at: number): void;
  /** Everything that is known of a function. */
  read(name: FunctionName): Promise<FunctionHistory>;
  /** The files of a version, as they were sent; null: it is not there any more, or damaged. */
  filesOf(name: FunctionName, fingerprint: Fingerprint): Promise<readonly PackedFile[] | null>;
  /** The content of one of its files; null as above. */
  contentOfFile(file: { readonly sha256: string }): Promise<Buffer | null>;
  /** Rejects with what the system says, where something is left. */
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
  /** Which commit a folder is at; git itself by default. */
  readonly commits?: Commits;
}

/** Of the bound: so much more may come before it is cleared again, where what stays is more than the bound. */
const spare = 0.1;
/** Beyond the bound it is cleared again after so long at the latest, ms: what stayed then may be free to leave by now. */
const clearEveryMs = 60_000;

export function createHistory(options: HistoryOptions): History {
  const { folder, endpoint, bounds, onTrouble, commits = createCommits() } = options;
  const store = openStore(folder);
  const slices = createSlices();
  let last: Promise<void> = Promise.resolve();
  let troubled = false;
  let isSwept = false;
  /** The bytes that stayed at the last clearing, and a little more, where they alone are more than the bound: another one would free nothing. */
  let most = 0;
  let clearedAt = 0;

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

  /** A version that is too much goes before it is forgotten: a crash in between leaves a name of nothing. */
  const writeIndex = async (place: Place, index: HistoryIndex, limits: HistoryBounds): Promise<void> => {
    const left = within(index, limits.versions);
    for (const old of Object.keys(index.sent))
      if (left.sent[old] === undefined) await store.removeVersion(place, old);
    await store.writeIndex(place, left);
  };

  const keepWithin = async ({ bytes }: HistoryBounds, at: number): Promise<void> => {
    const allowed = at - clearedAt < clearEveryMs ? Math.max(bytes, most) : bytes;
    if (isSwept && store.bytes() <= allowed) return;
    clearedAt = at;
    if (!isSwept) {
      // A killed process leaves them, and contents of versions that have left.
      await store.clearDrafts();
      await store.clear(Number.POSITIVE_INFINITY);
    }
    isSwept = true;
    if (store.bytes() > bytes) await store.clear(bytes);
    most = store.bytes() > bytes ? store.bytes() + bytes * spare : 0;
  };

  const commitOf = async (
    { again, fingerprint, repository, dir }: Sent,
    place: Place,
  ): Promise<Commit | null> => {
    if (again !== null) return again.commit;
    if (repository === null || (await store.has(place, fingerprint))) return null;
    return commits.of(repository, dir);
  };

  const keep = async (
    sent: Sent,
    commit: Promise<Commit | null>,
    place: Place,
    limits: HistoryBounds,
  ): Promise<void> => {
    const { fingerprint, files, zipBytes, at } = sent;
    const content = await fingerprintOf(files, slices);
    await store.write(
      place,
      versionOf({ fingerprint, content, at, zipBytes, commit: await commit }, files),
      files,
    );
    const index = await store.index(place);
    await writeIndex(place, { ...index, sent: { ...index.sent, [fingerprint]: at } }, limits);
    await keepWithin(limits, at);
  };

  const placeOf = (name: FunctionName): Place => ({ function: name, endpoint: endpoint() });
  /** With what was noted up to now: it may not be on the disk yet. */
  const read: History['read'] = async (name) => {
    const place = placeOf(name);
    await last;
    return store.read(place);
  };

  return {
    sent(sent) {
      const limits = bounds();
      const place = placeOf(sent.function);
      if (limits === null) return;
      // Outside of the turn, so that those of a long row are asked of git together.
      const commit = commitOf(sent, place).catch(() => null);
      void inTurn(async () => {
        await keep(sent, commit, place, limits);
        return true;
      });
    },
    stands(name, standings, at) {
      const limits = bounds();
      const place = placeOf(name);
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
    read,
    async filesOf(name, fingerprint) {
      const { versions } = await read(name);
      const version = versions.find((one) => one.fingerprint === fingerprint);
      return version === undefined ? null : store.contentOf(version);
    },
    contentOfFile: store.contentOfFile,
    async forget(name) {
      let failed: unknown = null;
      await inTurn(async () => {
        await store.forget(name).catch((error: unknown) => {
          failed = error ?? new Error('not forgotten');
        });
        return false;
      });
      if (failed !== null) throw failed;
    },
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
