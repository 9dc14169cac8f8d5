/** The content of an upload with the helper that proves which code answers (`proof/`): what is added to a function's own files. */
import { posix } from 'node:path';
import type { Fingerprint } from '../model/nouns.js';
import { type Dressing, dressedFiles, dressingOf, isReserved } from '../proof/dress.js';
import { HELPER_FILE, helperText } from '../proof/helper.js';
import { dressedFingerprint } from '../proof/key.js';
import { isRecord, parseJson } from '../system/json.js';
import { packContent, unpackContent } from '../zip/deflate.js';
import type { ZipEntry } from '../zip/zip.js';
import { entryNames, mainCandidates, mainOf } from './entry.js';
import { fingerprintOf, type HashedFile } from './fingerprint.js';
import { createSlices } from './slices.js';
import type { SnapshotSource } from './source.js';

/** A function's files, and what they are together. */
export interface Dressable<F extends HashedFile> {
  readonly files: ReadonlyMap<string, F>;
  readonly fingerprint: Fingerprint;
  /** Why there is nothing to send; null: there is. */
  readonly problem: unknown;
}

/** Whose files they are: names of entries, and the key that the helper answers to. */
export type DressingFor = Pick<SnapshotSource, 'name' | 'entries' | 'keyDigest'>;

export interface Dresser<F extends HashedFile> {
  /** The fingerprint of what is sent where the helper goes along; null: the content goes as it is. */
  fingerprintOf(source: DressingFor, look: Dressable<F>): Promise<Fingerprint | null>;
  /** The same files with the helper; null: a file is not any more what the look found. */
  dress(
    source: DressingFor,
    look: Dressable<F>,
    entries: readonly ZipEntry[],
  ): Promise<readonly ZipEntry[] | null>;
  forget(name: string): void;
}

/** The step that is taken about a function's entry, as of its last look. */
interface Plan<F> {
  readonly key: string;
  readonly entry: F | null;
  readonly dressing: Dressing;
}

const none: Dressing = { kind: 'none', why: 'no-main' };

/** @param readFile the bytes that this look hashed; null: they are not there any more */
export function createDresser<F extends HashedFile>(
  readFile: (file: F) => Promise<Buffer | null>,
): Dresser<F> {
  const plans = new Map<string, Plan<F>>();

  const textOf = async (file: F): Promise<string> => (await readFile(file))?.toString('utf8') ?? '';

  const entryOf = async ({ entries }: DressingFor, files: ReadonlyMap<string, F>): Promise<F | null> => {
    const firstOf = (names: readonly string[]): F | null =>
      names.map((name) => files.get(name)).find((file) => file !== undefined) ?? null;
    const named = firstOf(entries ?? []);
    const manifest = files.get('package.json');
    if (named !== null || manifest === undefined) return named;
    const main = mainOf(await textOf(manifest));
    return main === null ? null : firstOf(mainCandidates(main));
  };

  const plan = async (source: DressingFor, { files }: Dressable<F>): Promise<Plan<F>> => {
    const entry = await entryOf(source, files);
    if (entry === null || [...files.keys()].some(isReserved)) return { key: '', entry, dressing: none };
    const manifest = nearestManifest(files, entry.path);
    const key = [entry.path, entry.sha256, manifest?.sha256 ?? ''].join(' ');
    const known = plans.get(source.name);
    if (known?.key === key) return { ...known, entry };
    const type = manifest === undefined ? null : parseJson(await textOf(manifest));
    const isModulePackage = isRecord(type) && type['type'] === 'module';
    const bytes = await readFile(entry);
    const dressing =
      bytes === null ? none : dressingOf({ path: entry.path, text: bytes.toString('utf8'), isModulePackage });
    const made = { key, entry, dressing };
    if (bytes !== null) plans.set(source.name, made);
    return made;
  };

  return {
    async fingerprintOf(source, look) {
      if (source.keyDigest == null || look.problem !== null) return null;
      const { dressing } = await plan(source, look);
      return dressing.kind === 'none' ? null : dressedFingerprint(look.fingerprint, source.keyDigest);
    },
    async dress(source, look, entries) {
      const { entry, dressing } = await plan(source, look);
      const bytes = entry === null ? null : await readFile(entry);
      if (entry === null || bytes === null || source.keyDigest == null) return null;
      const fingerprint = dressedFingerprint(look.fingerprint, source.keyDigest);
      const changed = [
        ...dressedFiles(dressing, entry.path, bytes),
        { path: HELPER_FILE, content: Buffer.from(helperText(fingerprint, source.keyDigest)) },
      ];
      const executable = new Map(entries.map((each) => [each.path, each.executable]));
      const packed = await Promise.all(
        changed.map(async ({ path, content }): Promise<ZipEntry> => {
          const packedContent = await packContent(content);
          return { path, executable: executable.get(path) ?? false, packed: packedContent };
        }),
      );
      const paths = new Set(changed.map(({ path }) => path));
      return [...entries.filter(({ path }) => !paths.has(path)), ...packed];
    },
    forget: (name) => void plans.delete(name),
  };
}

/** Content that was packed before, with the helper of today. */
export interface DressedAgain {
  readonly fingerprint: Fingerprint;
  readonly entries: readonly ZipEntry[];
}

/** @returns null: it goes as it is */
export async function dressAgain(
  name: string,
  files: readonly (HashedFile & ZipEntry)[],
  keyDigest: string,
): Promise<DressedAgain | null> {
  const dresser = createDresser<HashedFile & ZipEntry>(({ packed }) => unpackContent(packed));
  const source = { name, entries: entryNames, keyDigest };
  const fingerprint = await fingerprintOf(files, createSlices());
  const content = { files: new Map(files.map((file) => [file.path, file])), fingerprint, problem: null };
  const dressed = await dresser.fingerprintOf(source, content);
  const entries = dressed === null ? null : await dresser.dress(source, content, files);
  return dressed === null || entries === null ? null : { fingerprint: dressed, entries };
}

/** It decides whether a `.js` file is a module. */
function nearestManifest<F>(files: ReadonlyMap<string, F>, path: string): F | undefined {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const found = files.get(posix.join(folder, 'package.json'));
    if (found !== undefined || folder === '.' || folder === '/') return found;
  }
}
