// How `src` is bundled: by scripts/build.mjs for the package, and here for a script that runs one module of `src`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** For what is made and thrown away. Packages are found from here. */
export const cacheFolder = path.join(root, 'node_modules/.cache/tcb-watch');

export const bundleOptions = {
  cwd: root,
  platform: 'node',
  // Whatever is not a path is a package or Node's own.
  external: /^(?![./]|[A-Za-z]:[\\/])/,
};

/**
 * Imports modules of `src`, which Node 20 cannot read by itself.
 * @param {...string} modules relative to `src`
 * @returns {Promise<Record<string, any>>} what all of them export, in one
 */
export async function importSource(...modules) {
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(path.join(cacheFolder, 'import-'));
  try {
    const entry = '\0entry';
    const bundled = await rolldown({
      ...bundleOptions,
      input: { entry },
      plugins: [
        {
          name: 'entry',
          resolveId: (id) => (id === entry ? id : null),
          load: (id) => (id === entry ? modules.map(exportOf).join('\n') : null),
        },
      ],
    });
    await bundled.write({ dir: folder, format: 'esm', codeSplitting: false });
    await bundled.close();
    return await import(pathToFileURL(path.join(folder, 'entry.js')).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function exportOf(module) {
  return `export * from ${JSON.stringify(path.join(root, 'src', module))};`;
}
