/**
 * Writes a zip with archiver, whose queue is given a format module of our own: archiver itself cannot take content that is
 * deflated already, and deflating is nearly all of the time (docs/decisions.md, "Why is archiver driven by a format of ours?").
 */

import { Readable } from 'node:stream';
import type { ArchiverModule, EntryData, PackedData } from 'archiver';
import { compareCodeUnits } from '../system/paths.js';
import { type Allocate, writeContainer, type ZipEntry } from './container.js';

export type { Allocate, ZipEntry } from './container.js';
export { containerBytes } from './container.js';
export { type Packed, packContent } from './deflate.js';

/** The zip of these files, sorted by path in code units. The same entries give the same bytes, wherever they come from. */
export async function writeZip(entries: readonly ZipEntry[], allocate?: Allocate): Promise<Buffer> {
  const KeptArchive = await loadKeptArchive();
  const sorted = [...entries].sort((one, other) => compareCodeUnits(one.path, other.path));
  const queued = await new Promise<readonly ZipEntry[]>((resolve, reject) => {
    const archive = new KeptArchive(resolve);
    archive.on('error', reject);
    // archiver's own name for an entry is not used: it would cut `ab:x.js` to `x.js`.
    for (const entry of sorted) archive.append(entry.packed.body, { name: 'entry', zipEntry: entry });
    archive.finalize().catch(reject);
  });
  return writeContainer(queued, allocate);
}

/** Loads archiver before it is needed: the first zip is then about 90 ms sooner. */
export async function preloadZip(): Promise<void> {
  await loadKeptArchive();
}

type TakeEntries = (entries: readonly ZipEntry[]) => void;
type KeptArchive = new (take: TakeEntries) => import('archiver').Archiver;

let loading: Promise<KeptArchive> | undefined;

function loadKeptArchive(): Promise<KeptArchive> {
  loading ??= import('archiver').then(
    ({ Archiver }) =>
      class extends Archiver {
        constructor(take: TakeEntries) {
          super();
          this._format = 'zip';
          this._module = entriesModule(take);
          this._modulePipe();
        }
      },
  );
  return loading;
}

/** Takes the queue's entries, and hands them over at its end. No bytes go through archiver's stream, which could cut them. */
function entriesModule(take: TakeEntries): ArchiverModule {
  const entries: ZipEntry[] = [];
  return Object.assign(new Readable({ read: () => undefined }), {
    append(
      _source: Buffer | Readable,
      data: PackedData,
      done: (error: Error | null, entry?: EntryData) => void,
    ) {
      entries.push(data.zipEntry);
      done(null, data);
    },
    finalize: () => take(entries),
  });
}
