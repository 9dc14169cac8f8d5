/** Contents that a zip must bear: odd names, nothing at all, noise, an executable. */
import { packContent, writeZip, type ZipEntry } from '../../src/zip/zip.js';
import { randomOf } from './snapshot-project.js';

type Content = readonly [path: string, content: string | Buffer, executable?: boolean];

export async function entriesOf(contents: readonly Content[]): Promise<ZipEntry[]> {
  return Promise.all(
    contents.map(async ([path, content, executable = false]) => ({
      path,
      executable,
      packed: await packContent(Buffer.from(content)),
    })),
  );
}

export const zipOf = async (contents: readonly Content[]): Promise<Buffer> =>
  writeZip(await entriesOf(contents));

const random = randomOf(7);
export const noise = Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(random() * 256)));
export const sample: readonly Content[] = [
  ['lib/深い/帮助.js', 'exports.问 = "答";\n'.repeat(900)],
  ['index.js', 'exports.main = async () => 1;\n'],
  ['run.sh', '#!/bin/sh\nexit 0\n', true],
  ['empty.txt', ''],
  ['noise.bin', noise],
  ['a/b/c/d.json', '{}'],
  ['ab:x.js', 'odd name'],
  ['emoji 😀.js', '1'],
];
