/** The patterns of other tools, as gitignore patterns relative to each function. */
import ignore from 'ignore';
import { builtInPatterns } from '../content/ignore.js';
import type { ProjectNote } from '../model/project-note.js';
import { isRecord } from '../system/json.js';
import { folderFrom, textAt } from './read.js';

/** A pattern and whose: null for every function. */
export interface CarriedPattern {
  readonly function: string | null;
  readonly pattern: string;
}

export interface Carried {
  readonly patterns: readonly CarriedPattern[];
  readonly notes: readonly ProjectNote[];
}

/** Files that a function needs; a pattern that leaves one of them out was meant for the mini program. */
const needed: readonly string[] = [
  'index.js',
  'index.mjs',
  'index.cjs',
  'package.json',
  'config.json',
  'lib/a.js',
  'lib/a.json',
];

/** One entry of `packOptions.ignore`: `{type, value}`, paths from the mini program's folder. */
export function carryPackEntry(
  entry: unknown,
  file: string,
  base: string,
  roots: readonly string[],
): Carried {
  const type = textAt(entry, 'type');
  const value = textAt(entry, 'value');
  if (!isRecord(entry) || type === null || value === null) return nothing;
  switch (type.toLowerCase()) {
    case 'folder':
      return carryPath(`${folderFrom(base, value) ?? '..'}/`, file, roots);
    case 'file':
      return carryPath(folderFrom(base, value) ?? '..', file, roots);
    case 'suffix':
      return carry({ function: null, pattern: `*${escaped(value)}` }, file);
    case 'prefix':
      return carry({ function: null, pattern: `${escaped(value)}*` }, file);
    case 'glob':
      return carryGlob(value, file, base, roots);
    default:
      return { patterns: [], notes: [{ kind: 'pattern-left', file, pattern: value, why: 'regexp' }] };
  }
}

/** A glob from `base`: one that begins with a functions root is taken apart, one that names no folder counts anywhere. */
export function carryGlob(glob: string, file: string, base: string, roots: readonly string[]): Carried {
  if (glob.startsWith('**/') || !glob.replace(/\/$/, '').includes('/')) {
    return carry({ function: null, pattern: glob }, file);
  }
  const from = folderFrom(base, glob);
  return from === null ? nothing : carryPath(glob.endsWith('/') ? `${from}/` : from, file, roots);
}

const nothing: Carried = { patterns: [], notes: [] };

/** A path from the project's folder. Outside the functions it has nothing to leave out. */
function carryPath(path: string, file: string, roots: readonly string[]): Carried {
  const root = roots.find((each) => each === '.' || path.startsWith(`${each}/`));
  if (root === undefined) return nothing;
  const inside = root === '.' ? path : path.slice(root.length + 1);
  const [first = '', ...rest] = inside.split('/');
  const pattern = `/${rest.join('/')}`;
  if (first === '' || pattern === '/') return nothing;
  const everywhere = /^\*{1,2}$/.test(first);
  if (!everywhere && /[*?[\]]/.test(first)) return nothing;
  return carry(
    { function: everywhere ? null : first, pattern: first === '**' ? pattern.slice(1) : pattern },
    file,
  );
}

/** A gitignore pattern as it stands, unless it is left out anyway or would leave out too much. */
export function carry(carried: CarriedPattern, file: string): Carried {
  const { pattern } = carried;
  if (pattern.trim() === '' || isBuiltIn(pattern)) return nothing;
  const list = ignore({ ignorecase: false }).add(pattern);
  if (needed.some((path) => list.ignores(path))) {
    return { patterns: [], notes: [{ kind: 'pattern-left', file, pattern, why: 'needed' }] };
  }
  return { patterns: [carried], notes: [] };
}

const wholeFolder = /\/\*{0,2}$/;

/** `node_modules`, `node_modules/**\/*`, `.git/` and their like say what holds without them. */
function isBuiltIn(pattern: string): boolean {
  let bare = pattern.replace(/^(?:\*\*\/|\.?\/)+/, '');
  for (let end = wholeFolder.exec(bare); end !== null; end = wholeFolder.exec(bare))
    bare = bare.slice(0, end.index);
  return builtInPatterns.includes(bare);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]!#]/g, '\\$&');
}

/** Both as one, each pattern once. */
export function joinCarried(all: readonly Carried[]): Carried {
  const patterns = new Map(
    all
      .flatMap((carried) => carried.patterns)
      .map((each) => [`${each.function ?? ''} ${each.pattern}`, each]),
  );
  return { patterns: [...patterns.values()], notes: all.flatMap((carried) => carried.notes) };
}
