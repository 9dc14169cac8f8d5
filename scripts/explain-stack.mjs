// Translates the places of a stack trace that somebody reported from the package to those in the compiler's readable output:
// bundle.mjs gives the same files again. Check the reported version out, `npm ci`, then: npm run explain < stack.txt
import { SourceMap } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const bundled = await bundle(fileURLToPath(new URL('../dist', import.meta.url)));
const mapsOf = new Map(
  bundled.map(({ name, maps }) => [name, maps.map((map) => new SourceMap(JSON.parse(map)))]),
);

const place = /\S*?dist[\\/]((?:parts[\\/])?[\w-]+\.js):(\d+):(\d+)/g;
process.stdout.write((await text(process.stdin)).replace(place, explained));

function explained(written, file, line, column) {
  const maps = mapsOf.get(file.replaceAll('\\', '/'));
  if (maps === undefined) return `${written} (not a file of this version)`;
  let at = { lineNumber: Number(line), columnNumber: Number(column) };
  for (const map of maps) at = map.findOrigin(at.lineNumber, at.columnNumber);
  if (at.fileName === undefined) return written;
  return `dist/${at.fileName.replace(/^(?:\.\.\/)+/, '')}:${at.lineNumber}:${at.columnNumber}`;
}
