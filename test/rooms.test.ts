/** The house: every folder of src is a room on a floor, and imports run downstairs only. See src/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { floors } from './support/floors.js';

const source = fileURLToPath(new URL('../src', import.meta.url));

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

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

const files = sourceFiles(source);
const imports = files.flatMap(importsOf);
const rooms = floors.flat();

describe('imports run downstairs', () => {
  it('finds the imports at all', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it('every folder has its floor', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual([...rooms].sort());
  });

  it.each(rooms)('%s', (room) => {
    const wrong = imports
      .filter(({ from, target }) => from === room && target.startsWith('.'))
      .map(({ file, target }) => ({ file, target: relative(source, resolve(source, dirname(file), target)) }))
      .filter(({ target }) => {
        const to = roomOf(join(source, target));
        return to !== room && floorOf(to) >= floorOf(room);
      });
    expect(wrong).toEqual([]);
  });
});

describe('pure parts stay pure', () => {
  it.each(['model', 'core'])('%s imports no library and nothing of Node', (room) => {
    expect(imports.filter(({ from, target }) => from === room && !target.startsWith('.'))).toEqual([]);
  });

  it('the emulator imports nothing but Node', () => {
    const foreign = imports.filter(
      ({ from, target }) => from === 'emulator' && !target.startsWith('.') && !target.startsWith('node:'),
    );
    expect(foreign).toEqual([]);
  });

  it.each(rooms.filter((room) => !['text', 'monitor', 'cli', 'main.ts'].includes(room)))(
    '%s neither prints nor ends the process',
    (room) => {
      const wrong = files
        .filter((path) => roomOf(path) === room)
        .filter(
          (path) =>
            // The emulator's process is one: it ends itself.
            relative(source, path) !== join('emulator', 'process.ts') &&
            /\bconsole\.|process\.(exit|stdout|stderr)\b/.test(withoutTexts(readFileSync(path, 'utf8'))),
        );
      expect(wrong.map((path) => relative(source, path))).toEqual([]);
    },
  );
});

/** Code without comments and texts, in which the words may well stand. */
function withoutTexts(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n])*'/g, '');
}
