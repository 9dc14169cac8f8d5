/**
 * The methods that archiver 8 offers to a subclass of its `Archiver`, as its own `ZipArchive` uses it (archiver/index.js and
 * lib/core.js), and which @types/archiver leaves out.
 */

import type { Readable } from 'node:stream';

declare module 'archiver' {
  /** The part that knows a format: archiver's queue gives it one entry at a time, then asks it to finish. */
  interface ArchiverModule extends Readable {
    append(
      source: Buffer | Readable,
      data: PackedData,
      done: (error: Error | null, entry?: EntryData) => void,
    ): void;
    finalize(): void;
  }

  interface Archiver {
    _format: string;
    _module: ArchiverModule;
    _modulePipe(): void;
  }

  interface EntryData {
    /** Ours: the content as it stands in the zip. The queue hands unknown fields on. */
    zipEntry?: import('./container.js').ZipEntry;
  }

  /** Whoever has a format of ours gives each entry its content. */
  interface PackedData extends EntryData {
    zipEntry: import('./container.js').ZipEntry;
  }
}
