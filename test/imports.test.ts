/** The house has rooms, and doors between them open one way. See src/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** Which folders each folder may import from, besides itself. */
const doors: Readonly<Record<string, readonly string[]>> = {
  core: [],
  io: ['core'],
  ui: ['core'],
  emulator: [],
  sync: ['core', 'io', 'ui', 'emulator'],
  cli: ['core', 'io', 'ui', 'sync', 'emulator'],
  types: ['io'],
  'main.ts': ['cli'],
  'index.ts': ['core', 'io', 'ui', 'sync', 'emulator'],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    const path = join(folder, item.name);
    if (item.isDirectory()) return sourceFiles(path);
    return item.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)[^;'"]*?from\s*['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/g,
  );
  return [...found].map((match) => ({
    file: relative(source, path),
    from: roomOf(path),
    target: match[1] ?? match[2] ?? '',
  }));
}

function roomOf(path: string): string {
  return relative(source, path).split(/[\\/]/)[0] ?? '';
}

const files = sourceFiles(source);
const imports = files.flatMap(importsOf);

describe('imports run one way', () => {
  it('finds the imports at all', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it.each(Object.keys(doors))('%s', (room) => {
    const allowed = new Set([room, ...(doors[room] ?? [])]);
    const wrong = imports
      .filter(({ from, target }) => from === room && target.startsWith('.'))
      .filter(({ file, target }) => !allowed.has(roomOf(resolve(source, dirname(file), target))));
    expect(wrong).toEqual([]);
  });

  it('every folder has its rule', () => {
    expect(files.map(roomOf).filter((room) => doors[room] === undefined)).toEqual([]);
  });
});

describe('pure parts stay pure', () => {
  it('core imports no library and nothing of Node', () => {
    expect(imports.filter(({ from, target }) => from === 'core' && !target.startsWith('.'))).toEqual([]);
  });

  it('the emulator imports nothing but Node', () => {
    const foreign = imports.filter(
      ({ from, target }) => from === 'emulator' && !target.startsWith('.') && !target.startsWith('node:'),
    );
    expect(foreign).toEqual([]);
  });

  it.each(['core', 'io', 'sync', 'emulator'])('%s neither prints nor ends the process', (room) => {
    const wrong = files
      .filter((path) => roomOf(path) === room)
      .filter((path) =>
        /\bconsole\.|process\.(exit|stdout|stderr)\b/.test(withoutTexts(readFileSync(path, 'utf8'))),
      );
    expect(wrong.map((path) => relative(source, path))).toEqual([]);
  });
});

/** Code without comments and texts, in which the words may well stand. */
function withoutTexts(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n])*'/g, '');
}
