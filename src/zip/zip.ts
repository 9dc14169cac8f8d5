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
  const archive = new KeptArchive(allocate);
  const sorted = [...entries].sort((one, other) => compareCodeUnits(one.path, other.path));
  const collected = collect(archive);
  // archiver's own name for an entry is not used: it would cut `ab:x.js` to `x.js`.
  for (const entry of sorted) archive.append(entry.packed.body, { name: 'entry', zipEntry: entry });
  const [zip] = await Promise.all([collected, archive.finalize()]);
  return zip;
}

/** Loads archiver before it is needed: the first zip is then about 90 ms sooner. */
export async function preloadZip(): Promise<void> {
  await loadKeptArchive();
}

type KeptArchive = new (allocate?: Allocate) => import('archiver').Archiver;

let loading: Promise<KeptArchive> | undefined;

function loadKeptArchive(): Promise<KeptArchive> {
  loading ??= import('archiver').then(
    ({ Archiver }) =>
      class extends Archiver {
        constructor(allocate?: Allocate) {
          super();
          this._format = 'zip';
          this._module = containerModule(allocate);
          this._modulePipe();
        }
      },
  );
  return loading;
}

/** Takes the queue's entries and gives out the whole container at its end, in one piece. */
function containerModule(allocate: Allocate | undefined): ArchiverModule {
  const entries: ZipEntry[] = [];
  const output = new Readable({ read: () => undefined });
  return Object.assign(output, {
    append(
      _source: Buffer | Readable,
      data: PackedData,
      done: (error: Error | null, entry?: EntryData) => void,
    ) {
      entries.push(data.zipEntry);
      done(null, data);
    },
    finalize() {
      output.push(writeContainer(entries, allocate));
      output.push(null);
    },
  });
}

/** The one piece that an archive gives out. */
function collect(archive: import('archiver').Archiver): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    archive.once('data', resolve);
    archive.on('error', reject);
  });
}
