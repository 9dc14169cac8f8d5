import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../src/emulator');

/** Each source file, by its path from the folder, with what it imports: `node:…`, or a path from the folder. */
async function imports(): Promise<Map<string, string[]>> {
  const names = await readdir(FOLDER, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => name.split(sep).join('/'));
  const found = new Map<string, string[]>();
  for (const file of files) {
    const text = await readFile(join(FOLDER, file), 'utf8');
    const sources = [
      ...text.matchAll(/^import '([^']+)'|^(?:import|export|\}).*?from '([^']+)'|\bimport\('([^']+)'\)/gm),
    ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
    found.set(
      file,
      sources.map((source) =>
        source.startsWith('.')
          ? relative(FOLDER, join(FOLDER, dirname(file), source))
              .split(sep)
              .join('/')
              .replace(/\.js$/, '.ts')
          : source,
      ),
    );
  }
  return found;
}

test('the emulator imports Node and itself, nothing of the product and no library', async () => {
  const found = await imports();
  expect(found.has('index.ts')).toBe(true);
  for (const [file, sources] of found) {
    for (const source of sources) {
      const known = source.startsWith('node:') || found.has(source);
      expect(known, `${file} imports ${source}`).toBe(true);
    }
  }
});

test('no file imports itself, however many files lie between', async () => {
  const found = await imports();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    else for (const next of found.get(file) ?? []) if (found.has(next)) visit(next, [...path, file]);
  };
  for (const file of found.keys()) visit(file, []);
  expect(circles).toEqual([]);
});
