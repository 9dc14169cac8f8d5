import { type Entry, fromBuffer } from 'yauzl';

export interface Unzipped {
  readonly entry: Entry;
  readonly content: Buffer;
}

/** Everything in a zip, by yauzl's own reading of it. */
export function unzip(zip: Buffer): Promise<Unzipped[]> {
  return new Promise((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true, strictFileNames: true }, (failed, file) => {
      if (failed) return reject(failed);
      const read: Unzipped[] = [];
      file.on('entry', (entry) => {
        file.openReadStream(entry, (refused, stream) => {
          if (refused) return reject(refused);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('error', reject);
          stream.on('end', () => {
            read.push({ entry, content: Buffer.concat(chunks) });
            file.readEntry();
          });
        });
      });
      file.on('error', reject);
      file.on('end', () => resolve(read));
      file.readEntry();
    });
  });
}
