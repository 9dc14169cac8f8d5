/**
 * History on the disk, in `.tcb-watch/history`:
 *
 *     objects/ab/<SHA-256 of a content>   how it stands in a zip: a head of 9 bytes, then the packed bytes
 *     versions/<function>-<hash>/<fingerprint>.json   the files of a content that was sent, by their hashes
 *     versions/<function>-<hash>/index.json           when each was sent, and which environment ran it when
 *     drafts/                                          what is being written
 *
 * Whatever is read is checked: an object by the hash it is named by, a version by the fingerprint that follows from its files.
 * So what is damaged, or was put there by somebody else, is of no use, and never sent. One process writes: whoever holds the lock.
 */
import { hash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { fingerprintOf } from '../content/fingerprint.js';
import { createSlices } from '../content/slices.js';
import type { PackedFile } from '../content/snapshot.js';
import type { Fingerprint, FunctionName } from '../model/nouns.js';
import { makeStateFolder } from '../state/folder.js';
import { parseJson } from '../system/json.js';
import { unpackContent } from '../zip/deflate.js';
import { lookAt, makeFolder, readOwn, refusedCode, removeOwn, writeOwn } from './files.js';
import type { FunctionHistory, Run, SentVersion, Version } from './model.js';
import { keptAlways } from './runs.js';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
/** A time that a `Date` can hold, ms since the epoch. */
const time = z.number().min(0).max(8.64e15);

/** As a path in a zip is: from the function's folder, and never out of it. */
function isPlainPath(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
  );
}

const versionFile = z.object({
  v: z.literal(1),
  at: time,
  zipBytes: z.number(),
  files: z.array(
    z.object({
      path: z.string().refine(isPlainPath),
      executable: z.boolean(),
      sha256: hex64,
      size: z.number().min(0),
    }),
  ),
  /** The fingerprint of the files, where what was sent had the helper in addition (`proof/`). */
  content: hex64.optional(),
  commit: z.object({ id: z.string().regex(/^[0-9a-f]{40,64}$/), dirty: z.boolean().nullable() }).nullable(),
});

const run = z.object({
  env: z.string(),
  fingerprint: hex64,
  from: time,
  to: time.nullable(),
  ended: z.enum(['replaced', 'foreign', 'missing']).nullable(),
  undo: z.boolean(),
});

const indexFile = z.object({
  v: z.literal(1),
  function: z.string(),
  endpoint: z.string(),
  /** When each content was sent last, by its fingerprint. */
  sent: z.record(hex64, time),
  runs: z.array(run),
});

export interface HistoryIndex {
  readonly sent: Readonly<Record<Fingerprint, number>>;
  readonly runs: readonly Run[];
}

const emptyIndex: HistoryIndex = { sent: {}, runs: [] };

/** Larger than any that is written: a version of 50,000 files takes 8 MB. */
const mostManifestBytes = 32 * 1024 * 1024;
/** The most that the cloud takes of a function, unzipped (docs/cloud-api.md, "Packing"). */
const mostContentBytes = 500 * 1024 * 1024;
/** Method, CRC-32 and size of a content, before its packed bytes. */
const headBytes = 9;
/** The least that a file takes on the disk: a block of nearly every file system. */
const blockBytes = 4096;
/** When there is too much, so much of the bound is left: else every save would begin another clearing. */
const leftOfBound = 0.8;

/** Of the hash of endpoint and name in a folder's name: a name alone may stand for two on a disk that ignores case. */
const hashDigits = 12;

export interface StoreSize {
  readonly bytes: number;
  readonly versions: number;
  readonly functions: number;
}

/** One function's place in the store. */
export interface Place {
  readonly function: FunctionName;
  readonly endpoint: string;
}

export interface HistoryStore {
  /** Everything that is known of a function. */
  read(place: Place): Promise<FunctionHistory>;
  /** The index alone. */
  index(place: Place): Promise<HistoryIndex>;
  /** The files of a version as they stood in its zip; null: one of them is gone, or damaged. */
  contentOf(version: Version): Promise<readonly PackedFile[] | null>;
  /** One of these, unpacked; null as above. */
  contentOfFile(file: Pick<PackedFile, 'sha256'>): Promise<Buffer | null>;
  /** Whether the version is there, by its name. */
  has(place: Place, fingerprint: Fingerprint): Promise<boolean>;
  /** Keeps a version, its objects first: what of it is there already stays as it is. */
  write(place: Place, version: Version, files: readonly PackedFile[]): Promise<void>;
  writeIndex(place: Place, index: HistoryIndex): Promise<void>;
  removeVersion(place: Place, fingerprint: Fingerprint): Promise<void>;
  /** Removes what a killed process left half written. */
  clearDrafts(): Promise<void>;
  /** Bytes on the disk, as far as this process knows them: exact after `measure`. */
  bytes(): number;
  measure(): Promise<StoreSize>;
  /** Removes the oldest versions until the store is well below `bound`, and the objects that no version names. */
  clear(bound: number): Promise<void>;
  /** Removes what is known of a function, at every endpoint; null: everything. */
  forget(name: FunctionName | null): Promise<void>;
}

/** @param stateFolder the `.tcb-watch` folder */
export function openStore(stateFolder: string): HistoryStore {
  const folder = join(stateFolder, 'history');
  const objects = join(folder, 'objects');
  const versions = join(folder, 'versions');
  const drafts = join(folder, 'drafts');
  const slices = createSlices();
  /** Objects that this process has seen there. */
  let seen = new Set<string>();
  let bytes = 0;

  const folderOf = ({ endpoint, function: name }: Place): string => {
    const digits = hash('sha256', `${endpoint}\n${name}`, 'hex').slice(0, hashDigits);
    return join(versions, `${name}-${digits}`);
  };
  const objectPath = (sha256: string): string => join(objects, sha256.slice(0, 2), sha256);

  /** Somebody may remove the folder at any time (`git clean -fdx` does): then it starts over. */
  const makeFolders = async (): Promise<void> => {
    if ((await lookAt(stateFolder)) === null) await makeStateFolder(stateFolder);
    await makeFolder(folder);
    if (await makeFolder(objects)) seen = new Set();
    await makeFolder(versions);
    await makeFolder(drafts);
  };

  const writeObject = async ({ sha256, packed }: PackedFile): Promise<void> => {
    if (seen.has(sha256)) return;
    const path = objectPath(sha256);
    await makeFolder(join(objects, sha256.slice(0, 2)));
    const size = headBytes + packed.body.length;
    const there = await lookAt(path);
    const isThere = there?.isFile() === true && there.size === size && (await isSound(sha256, packed.body));
    if (!isThere) {
      const head = Buffer.alloc(headBytes);
      head.writeUInt8(packed.method, 0);
      head.writeUInt32LE(packed.crc, 1);
      head.writeUInt32LE(packed.size, 5);
      await writeOwn(path, [head, packed.body], drafts);
      bytes += onDisk(size);
    }
    seen.add(sha256);
  };

  /** Power that fails may leave a file of the right size and nothing in it: every later version would share it. */
  const isSound = async (sha256: string, body: Buffer): Promise<boolean> => {
    const stored = await readOwn(objectPath(sha256), mostContentBytes + headBytes);
    return stored?.subarray(headBytes).equals(body) === true || (await readObject(sha256)) !== null;
  };

  const readObject = async (
    sha256: string,
  ): Promise<{ packed: PackedFile['packed']; content: Buffer } | null> => {
    if (!(await areOurs(folder, objects, join(objects, sha256.slice(0, 2))))) return null;
    const stored = await readOwn(objectPath(sha256), mostContentBytes + headBytes);
    if (stored === null || stored.length < headBytes) return null;
    const method = stored.readUInt8(0);
    const crc = stored.readUInt32LE(1);
    const size = stored.readUInt32LE(5);
    if ((method !== 0 && method !== 8) || size > mostContentBytes) return null;
    const body = stored.subarray(headBytes);
    const content = await unpackContent({ method, body, size });
    const isWhole = content?.length === size && crc32(content) === crc;
    if (content === null || !isWhole) return null;
    if (hash('sha256', content, 'hex') !== sha256) return null;
    return { packed: { method, crc, size, body }, content };
  };

  /** null: there is none. `damaged`: what is there is not what it is named. */
  const readVersion = async (path: string, fingerprint: string): Promise<Version | null | 'damaged'> => {
    const text = await readOwn(versionPath(path, fingerprint), mostManifestBytes);
    if (text === null) return null;
    const parsed = versionFile.safeParse(parseJson(text.toString('utf8')));
    if (!parsed.success) return 'damaged';
    const { files, at, zipBytes, commit, content = fingerprint } = parsed.data;
    if ((await fingerprintOf(files, slices)) !== content) return 'damaged';
    return { fingerprint, content, at, zipBytes, files, commit };
  };

  const readIndex = async (path: string): Promise<(HistoryIndex & Place) | null> => {
    const text = await readOwn(join(path, 'index.json'), mostManifestBytes);
    if (text === null) return null;
    const parsed = indexFile.safeParse(parseJson(text.toString('utf8')));
    return parsed.success ? parsed.data : null;
  };

  const indexOf = async (place: Place): Promise<HistoryIndex> => {
    if (!(await areOurs(folder, versions, folderOf(place)))) return emptyIndex;
    const path = folderOf(place);
    const { sent, runs } = (await readIndex(path)) ?? emptyIndex;
    // A version that was written and not yet named by the index when its process was killed counts like all others.
    const unnamed: Record<Fingerprint, number> = {};
    for (const fingerprint of await fingerprintsIn(path)) {
      if (sent[fingerprint] !== undefined) continue;
      const version = await readVersion(path, fingerprint);
      if (version !== null) unnamed[fingerprint] = version === 'damaged' ? 0 : version.at;
    }
    return { sent: { ...sent, ...unnamed }, runs };
  };

  const read = async (place: Place): Promise<FunctionHistory> => {
    const path = folderOf(place);
    const nothing: FunctionHistory = { versions: [], runs: [], damaged: 0 };
    if (!(await areOurs(folder, versions, path))) return nothing;
    const { sent, runs } = await indexOf(place);
    const found: SentVersion[] = [];
    let damaged = 0;
    for (const fingerprint of await fingerprintsIn(path)) {
      const version = await readVersion(path, fingerprint);
      if (version === 'damaged') damaged += 1;
      else if (version !== null) found.push({ ...version, sentAt: sent[fingerprint] ?? version.at });
    }
    return { versions: found.sort((one, other) => other.sentAt - one.sentAt), runs, damaged };
  };

  /** @returns the bytes that it took on the disk, without its objects */
  const removeVersion = async (path: string, fingerprint: Fingerprint): Promise<number> => {
    const file = versionPath(path, fingerprint);
    const size = onDisk((await lookAt(file).catch(ifNotOurs))?.size ?? 0);
    await removeOwn(file);
    bytes -= size;
    return size;
  };

  /** Folders below that are ours, by their names. */
  const foldersIn = async (path: string): Promise<readonly string[]> => {
    if (!(await areOurs(folder, path))) return [];
    const names = await readdir(path, { withFileTypes: true });
    return names.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  };

  /** Every object with its size on the disk. */
  const objectsThere = async (): Promise<ReadonlyMap<string, number>> => {
    const sizes = new Map<string, number>();
    for (const path of await foldersIn(objects)) {
      for (const name of await readdir(path)) {
        const stats = await lookAt(join(path, name)).catch(() => null);
        if (stats?.isFile() === true) sizes.set(name, onDisk(stats.size));
      }
    }
    return sizes;
  };

  const everyVersion = async (): Promise<readonly Candidate[]> => {
    const all: Candidate[] = [];
    for (const path of await foldersIn(versions)) {
      const { sent, runs } = (await readIndex(path).catch(ifNotOurs)) ?? emptyIndex;
      const kept = keptAlways(runs);
      const [newest] = Object.entries(sent).sort(([, one], [, other]) => other - one);
      for (const fingerprint of await fingerprintsIn(path)) {
        // A version that cannot be read just now is not damaged: nothing may be removed for it.
        const version = await readVersion(path, fingerprint).catch(ifNotOurs);
        const isOld = version === null || version === 'damaged';
        const hashes = isOld ? [] : version.files.map(({ sha256 }) => sha256);
        const usedAt = isOld ? 0 : lastUse(fingerprint, sent[fingerprint] ?? version.at, runs);
        const stays = !isOld && (kept.has(fingerprint) || newest?.[0] === fingerprint);
        all.push({ path, fingerprint, hashes: new Set(hashes), usedAt, stays });
      }
    }
    return all.sort((one, other) => one.usedAt - other.usedAt);
  };

  const measure = async (): Promise<StoreSize> => {
    let total = 0;
    let count = 0;
    const places = await foldersIn(versions);
    for (const size of (await objectsThere()).values()) total += size;
    for (const path of places) {
      for (const name of await readdir(path)) {
        total += onDisk((await lookAt(join(path, name)).catch(() => null))?.size ?? 0);
        if (isVersionName(name)) count += 1;
      }
    }
    bytes = total;
    return { bytes: total, versions: count, functions: places.length };
  };

  const removeObjects = async (isNeeded: (sha256: string) => boolean): Promise<void> => {
    for (const sha256 of (await objectsThere()).keys()) {
      if (isNeeded(sha256)) continue;
      seen.delete(sha256);
      await removeOwn(objectPath(sha256));
    }
  };

  const clear = async (bound: number): Promise<void> => {
    const all = await everyVersion();
    const sizes = await objectsThere();
    const needed = countHolders(all);
    const freed = (hashes: Iterable<string>): number => {
      let sum = 0;
      for (const hash of hashes) sum += sizes.get(hash) ?? 0;
      return sum;
    };
    let left = (await measure()).bytes - freed([...sizes.keys()].filter((hash) => !needed.has(hash)));
    for (const { path, fingerprint, hashes, stays } of all) {
      if (left <= bound * leftOfBound) break;
      if (stays) continue;
      left -= await removeVersion(path, fingerprint);
      left -= freed(letGo(needed, hashes));
    }
    await removeObjects((hash) => needed.has(hash));
    await measure();
  };

  const clearDrafts = async (): Promise<void> => {
    if (!(await areOurs(folder, drafts))) return;
    for (const name of await readdir(drafts)) await removeOwn(join(drafts, name));
  };

  return {
    read,
    index: indexOf,
    async contentOf({ files }) {
      const found: PackedFile[] = [];
      for (const { path, executable, sha256 } of files) {
        const object = await readObject(sha256).catch(() => null);
        if (object === null) return null;
        found.push({ path, executable, sha256, packed: object.packed });
      }
      return found;
    },
    contentOfFile: async ({ sha256 }) => (await readObject(sha256).catch(() => null))?.content ?? null,
    async has(place, fingerprint) {
      const path = folderOf(place);
      if (!(await areOurs(folder, versions, path))) return false;
      return (await lookAt(versionPath(path, fingerprint)))?.isFile() === true;
    },
    async write(place, { fingerprint, content, ...version }, files) {
      await makeFolders();
      for (const file of files) await writeObject(file);
      const path = folderOf(place);
      await makeFolder(path);
      const there = await readVersion(path, fingerprint);
      if (there !== null && there !== 'damaged') return;
      const own = content === fingerprint ? {} : { content };
      const text = Buffer.from(`${JSON.stringify({ v: 1, ...own, ...version })}\n`);
      await writeOwn(versionPath(path, fingerprint), [text], drafts);
      bytes += onDisk(text.length);
    },
    async writeIndex(place, index) {
      await makeFolders();
      await makeFolder(folderOf(place));
      const text = Buffer.from(`${JSON.stringify({ v: 1, ...place, ...index })}\n`);
      await writeOwn(join(folderOf(place), 'index.json'), [text], drafts);
    },
    removeVersion: async (place, fingerprint) => void (await removeVersion(folderOf(place), fingerprint)),
    clearDrafts,
    bytes: () => bytes,
    measure,
    clear,
    async forget(name) {
      seen = new Set();
      // A draft that a killed process left is as old, and names nobody.
      await clearDrafts();
      if (name === null) {
        await removeOwn(folder);
        bytes = 0;
        return;
      }
      for (const path of await foldersIn(versions)) {
        const index = await readIndex(path).catch(ifNotOurs);
        // An index that cannot be read names nobody: the folder does.
        const isMeant = (index?.function ?? basename(path).slice(0, -1 - hashDigits)) === name;
        if (isMeant) await removeOwn(path);
      }
      const needed = new Set((await everyVersion()).flatMap(({ hashes }) => [...hashes]));
      await removeObjects((hash) => needed.has(hash));
      await measure();
    },
  };
}

interface Candidate {
  readonly path: string;
  readonly fingerprint: Fingerprint;
  readonly hashes: ReadonlySet<string>;
  readonly usedAt: number;
  readonly stays: boolean;
}

/** By how many versions each object is needed. */
function countHolders(all: readonly Candidate[]): Map<string, number> {
  const holders = new Map<string, number>();
  for (const { hashes } of all) for (const hash of hashes) holders.set(hash, (holders.get(hash) ?? 0) + 1);
  return holders;
}

/** A version is gone. @returns the objects that no other one needs */
function letGo(holders: Map<string, number>, hashes: ReadonlySet<string>): readonly string[] {
  return [...hashes].filter((hash) => {
    const left = (holders.get(hash) ?? 1) - 1;
    if (left > 0) holders.set(hash, left);
    else holders.delete(hash);
    return left <= 0;
  });
}

/** When a version was sent last, or ran last; one that runs is used for ever. */
function lastUse(fingerprint: Fingerprint, sentAt: number, runs: readonly Run[]): number {
  const ends = runs
    .filter((one) => one.fingerprint === fingerprint)
    .map(({ to }) => to ?? Number.POSITIVE_INFINITY);
  return Math.max(sentAt, ...ends);
}

/** For a link, or what belongs to another user: as if it were not there. Throws what the system says otherwise. */
function ifNotOurs(error: NodeJS.ErrnoException): null {
  if (error.code === refusedCode) return null;
  throw error;
}

function onDisk(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}

/** @param path the function's folder */
function versionPath(path: string, fingerprint: Fingerprint): string {
  return join(path, `${fingerprint}.json`);
}

function isVersionName(name: string): boolean {
  return /^[0-9a-f]{64}\.json$/.test(name);
}

async function fingerprintsIn(path: string): Promise<readonly Fingerprint[]> {
  return (await readdir(path)).filter(isVersionName).map((name) => name.slice(0, 64));
}

/** Whether these folders are there, one inside the other; throws where one is not ours. */
async function areOurs(...paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if ((await lookAt(path))?.isDirectory() !== true) return false;
  return true;
}
