// Makes what the compiler wrote to dist into what the package carries: a few small files of code, and the types that
// index.d.ts leads to. Usage: node scripts/pack-dist.mjs [folder of the package]
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.mjs';

const folder = path.resolve(process.argv[2] ?? '.');
const dist = path.join(folder, 'dist');
const packed = path.join(folder, 'dist-packed');

/** Declarations whose comments are the library's documentation; the others keep their types alone. */
const documented = [
  'index.d.ts',
  'sync/library.d.ts',
  'sync/event-stream.d.ts',
  'sync/local-cloud.d.ts',
  'ui/fact.d.ts',
  'io/config.d.ts',
  'io/config-model.d.ts',
];

await rm(packed, { recursive: true, force: true });
for (const { name, code } of await bundle(dist)) await write(name, code);
for (const file of await declarations(path.join(dist, 'index.d.ts'))) {
  const name = path.relative(dist, file).replaceAll(path.sep, '/');
  const text = await readFile(file, 'utf8');
  await write(name, documented.includes(name) ? text : withoutComments(text));
}
await rm(dist, { recursive: true });
await rename(packed, dist);

async function write(name, text) {
  const place = path.join(packed, name);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, text);
}

/** The files that a declaration leads to, itself included. */
async function declarations(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const text = await readFile(file, 'utf8');
  for (const [, from, imported] of text.matchAll(/from '(\.[^']+)'|import\(["'](\.[^"']+)["']\)/g)) {
    const next = path.join(path.dirname(file), (from ?? imported).replace(/\.js$/, '.d.ts'));
    await declarations(next, found);
  }
  return found;
}

/** Comments of the compiler's own output stand on lines of their own. */
function withoutComments(text) {
  return text.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '').replace(/^ +/gm, '');
}
