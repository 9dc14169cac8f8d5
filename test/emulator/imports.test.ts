import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../src/emulator');

test('the emulator imports Node and itself, nothing of the product and no library', async () => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts'));
  expect(files).toContain('index.ts');
  for (const file of files) {
    const text = await readFile(join(FOLDER, file), 'utf8');
    const sources = [...text.matchAll(/^(?:import|export|\}).*?from '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    for (const source of sources) expect(source, file).toMatch(/^(node:[a-z/_]+|\.\/[a-z-]+\.js)$/);
  }
});
