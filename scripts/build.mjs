// Makes dist/, which is both what a checkout runs and what the package carries: `src` bundled once, not minified, and the
// declarations of the library. Everything is made in a folder of its own first. Then dist/ becomes equal to it, file by file:
// what is equal stays untouched, what differs is replaced by a rename, what is left over is removed. So a program that runs
// from dist/ never finds half a file, nothing stale is packed, and `npm pack` after `npm run build` changes nothing.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { bundleOptions, cacheFolder } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = path.join(root, 'src');
const dist = path.join(root, 'dist');

// `npm start` would be silent for seconds; a log needs no such line.
if (process.stderr.isTTY) process.stderr.write('Building tcb-watch…\n');

await mkdir(cacheFolder, { recursive: true });
const fresh = await mkdtemp(path.join(cacheFolder, 'build-'));
try {
  const next = path.join(fresh, 'dist');
  await Promise.all([bundle(next), declare(path.join(fresh, 'types'), path.join(next, 'types'))]);
  await makeEqual(next, dist);
} catch (error) {
  // The compiler says on stdout what is wrong with the sources.
  process.stderr.write(`${error.stdout || error.stack}\n`);
  process.exitCode = 1;
} finally {
  await rm(fresh, { recursive: true, force: true });
}

/** The program and the library; what they share or load late lies in chunks that are named for their sources. */
async function bundle(folder) {
  const bundled = await rolldown({
    ...bundleOptions,
    input: {
      main: path.join(source, 'main.ts'),
      index: path.join(source, 'index.ts'),
      // Started as a process, by src/emulator/separate.ts.
      'emulator/process': path.join(source, 'emulator/process.ts'),
      // Imported by main.ts, and by tests that play command lines without a process: test/support/inside.ts.
      'cli/process': path.join(source, 'cli/process.ts'),
    },
  });
  await bundled.write({
    dir: folder,
    format: 'esm',
    minifyInternalExports: false,
    // Comments are read in src. Of the package they would be a tenth.
    comments: false,
    chunkFileNames: ({ facadeModuleId, moduleIds }) => {
      const module = path.relative(source, facadeModuleId ?? moduleIds.at(-1));
      return module.replaceAll('\\', '/').replace(/\.ts$/, '.js');
    },
  });
  await bundled.close();
}

/** The declarations that index.d.ts imports, directly or not, as the compiler finds them. */
async function declare(all, wanted) {
  await compile('--project', root, '--outDir', all);
  const index = path.join(all, 'index.d.ts');
  const program = await compile('--ignoreConfig', '--listFilesOnly', '--module', 'nodenext', index);
  const files = program.split(/\r?\n/).map((file) => path.relative(all, file));
  for (const file of files.filter((file) => file !== '' && !file.startsWith('..'))) {
    await put(path.join(wanted, file), await readFile(path.join(all, file)));
  }
}

async function compile(...args) {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, ...args]);
  return stdout;
}

async function makeEqual(from, to) {
  const [wanted, found] = await Promise.all([filesBelow(from), filesBelow(to)]);
  for (const file of wanted) {
    const bytes = await readFile(path.join(from, file));
    const there = await readFile(path.join(to, file)).catch(() => null);
    if (there === null || !bytes.equals(there)) await put(path.join(to, file), bytes);
  }
  // Another build may be at it as well.
  for (const file of found) if (!wanted.includes(file)) await rm(path.join(to, file), { force: true });
}

/** Whole or not at all, for whoever reads it meanwhile. */
async function put(file, bytes) {
  await mkdir(path.dirname(file), { recursive: true });
  const written = path.join(fresh, 'written');
  await writeFile(written, bytes);
  await rename(written, file);
}

async function filesBelow(folder) {
  const items = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return items
    .filter((item) => !item.isDirectory())
    .map((item) => path.relative(folder, path.join(item.parentPath, item.name)));
}
