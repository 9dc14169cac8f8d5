// Makes what the compiler wrote to dist into what the package carries: a few small files of code, and the types that
// index.d.ts leads to. Usage: node scripts/pack-dist.mjs [folder of the package]
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

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
await build({
  entryPoints: ['main.js', 'index.js'].map((name) => path.join(dist, name)),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  charset: 'utf8',
  minify: true,
  legalComments: 'none',
  outdir: packed,
  chunkNames: 'parts/[hash]',
  logLevel: 'warning',
  plugins: [{ name: 'undescribed', setup: leaveOutDescriptions }],
});
for (const file of await declarations(path.join(dist, 'index.d.ts'))) {
  const name = path.relative(dist, file).replaceAll(path.sep, '/');
  const text = await readFile(file, 'utf8');
  const place = path.join(packed, name);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, documented.includes(name) ? text : withoutComments(text));
}
await rm(dist, { recursive: true });
await rename(packed, dist);

/** The configuration's descriptions are what watch.config.schema.json was made from; nothing reads them while it runs. */
function leaveOutDescriptions({ onLoad }) {
  const description = /\.describe\(\s*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`),?\s*\)/g;
  onLoad({ filter: /config-schema\.js$/ }, async ({ path: file }) => ({
    contents: (await readFile(file, 'utf8')).replace(description, ''),
  }));
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
  return text.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '').replace(/^ +/gm, ' ');
}
