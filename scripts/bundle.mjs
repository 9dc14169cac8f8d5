// The package's code as it is shipped. The same sources always give the same files, whose names tell them apart: so a place
// in them can be traced back to its source later, although no source map is shipped.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { minify } from '@swc/core';
import { rolldown } from 'rolldown';
import { minify as minifyAgain } from 'rolldown/utils';

/**
 * @param {string} dist what the compiler wrote
 * @returns {Promise<{ name: string, code: string, maps: string[] }[]>} `maps`: source maps, to be followed in this order
 */
export async function bundle(dist) {
  const bundled = await rolldown({
    input: ['main.js', 'index.js'].map((name) => path.join(dist, name)),
    // Names of files are part of what names are made of: they must not say where this lies.
    cwd: dist,
    platform: 'node',
    // Whatever is not a path is a package or Node's own.
    external: /^(?![./]|[A-Za-z]:[\\/])/,
    plugins: [
      { name: 'undescribed', transform: leaveOutDescriptions },
      { name: 'small-programs', load: smallPrograms },
    ],
  });
  const { output } = await bundled.generate({
    format: 'esm',
    chunkFileNames: 'parts/[hash:6].js',
    sourcemap: 'hidden',
    // What is shared goes into parts by who needs it; below this size one costs more, as an import of each, than it spares.
    codeSplitting: {
      groups: [{ name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 6_000 }],
    },
    minify: { compress: true, mangle: false, codegen: false },
  });
  await bundled.close();
  const chunks = output.filter(({ type }) => type === 'chunk');
  return Promise.all(
    chunks.map(async ({ fileName, code, map }) => {
      // `unsafe_arrows`, `unsafe_methods`: no function here is used with `new`.
      const small = await minify(code, {
        module: true,
        ecma: 2022,
        compress: { ecma: 2022, passes: 6, unsafe_arrows: true, unsafe_methods: true },
        sourceMap: true,
      });
      // Each of the two finds what the other leaves.
      const smaller = await minifyAgain(fileName, small.code, {
        module: true,
        compress: { target: 'es2022' },
        mangle: { toplevel: true },
        codegen: { removeWhitespace: true },
        sourcemap: true,
      });
      if (smaller.errors.length > 0) throw new Error(smaller.errors.map(({ message }) => message).join('\n'));
      return {
        name: fileName,
        code: smaller.code,
        maps: [JSON.stringify(smaller.map), small.map, ...(map === null ? [] : [JSON.stringify(map)])],
      };
    }),
  );
}

/** The configuration's descriptions are what watch.config.schema.json was made from; nothing reads them while it runs. */
function leaveOutDescriptions(code, id) {
  if (!/config[\\/]schema\.js$/.test(id)) return null;
  const description = /\.describe\(\s*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`),?\s*\)/g;
  // Blanks keep every other character in its place, so that no map is needed.
  return { code: code.replace(description, (text) => text.replace(/[^\n]/g, ' ')), map: null };
}

/** Modules that hold nothing but programs as text, which no minifier looks into by itself. */
async function smallPrograms(id) {
  if (!/emulator[\\/]\w+-source\.js$/.test(id)) return null;
  const programs = Object.entries(await import(pathToFileURL(id).href));
  const lines = programs.map(async ([name, program]) => {
    const { code } = await minify(program, {
      ecma: 2022,
      compress: { ecma: 2022, passes: 3 },
      toplevel: true,
    });
    return `export const ${name} = ${JSON.stringify(code)};`;
  });
  // Text throws nothing, so no trace leads here.
  return { code: (await Promise.all(lines)).join('\n'), map: { mappings: '' } };
}
