// Makes what the compiler wrote to dist into what the package carries: a few small files of code, and one of types.
// Usage: node scripts/pack-dist.mjs [folder of the package]
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.mjs';
import { types } from './types.mjs';

const folder = path.resolve(process.argv[2] ?? '.');
const dist = path.join(folder, 'dist');
const packed = path.join(folder, 'dist-packed');

await rm(packed, { recursive: true, force: true });
for (const { name, code } of await bundle(dist)) await write(name, code);
await write('index.d.ts', await types(dist));
await rm(dist, { recursive: true });
await rename(packed, dist);

async function write(name, text) {
  const place = path.join(packed, name);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, text);
}
