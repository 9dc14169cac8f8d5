/** A function's package.json as the cloud reads it: which packages it will install, and which it cannot. */
import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { CodeFault } from '../model/code-fault.js';
import { tooDeepAt } from '../system/json.js';
import type { SourceType } from './parse.js';
import { conflictLine } from './source.js';

export const manifestName = 'package.json';

export interface Manifest {
  readonly name: string | null;
  readonly main: string | null;
  /** The kind that `type` makes of its `.js` files; null: it says nothing. */
  readonly type: SourceType | null;
  /** The packages that the cloud installs. */
  readonly installed: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
  readonly faults: readonly CodeFault[];
  /** False: it is there and cannot be read, so nothing is known of the packages. */
  readonly known: boolean;
}

export const noManifest: Manifest = {
  name: null,
  main: null,
  type: null,
  installed: new Set(),
  development: new Set(),
  faults: [],
  known: true,
};

export const unknownManifest: Manifest = { ...noManifest, known: false };

/**
 * @param path of the package.json in the zip
 * @param isPacked whether a path of the zip is a packed file, or holds some
 */
export function readManifest(path: string, text: string, isPacked: (path: string) => boolean): Manifest {
  const plain = text.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const deep = tooDeepAt(plain);
  const root =
    deep === null
      ? parseTree(plain, errors, { disallowComments: true, allowTrailingComma: false })
      : undefined;
  const [first] = errors;
  if (root === undefined || first !== undefined) {
    const conflict = conflictLine(plain);
    const line = conflict ?? lineAt(plain, first?.offset ?? deep ?? 0);
    const kind = conflict === null ? 'broken-manifest' : 'conflict-marker';
    return { ...unknownManifest, faults: [{ kind, path, line, column: 1, certain: true }] };
  }
  const type = textAt(root, 'type');
  return {
    name: textAt(root, 'name'),
    main: textAt(root, 'main'),
    type: type === 'module' ? 'module' : type === 'commonjs' ? 'script' : null,
    installed: new Set(installedKeys.flatMap((key) => dependenciesOf(root, key).map(({ name }) => name))),
    development: new Set(dependenciesOf(root, 'devDependencies').map(({ name }) => name)),
    faults: dependenciesOf(root, 'dependencies')
      .filter(({ range }) => isLocal(range, isPacked))
      .map(({ name, range, offset }) => ({
        kind: 'local-package',
        path,
        line: lineAt(plain, offset),
        column: 1,
        certain: true,
        name,
        range,
      })),
    known: true,
  };
}

/** npm installs the peers of a package at the root too. */
const installedKeys = ['dependencies', 'optionalDependencies', 'peerDependencies'];

interface Dependency {
  readonly name: string;
  readonly range: string;
  readonly offset: number;
}

function dependenciesOf(root: Node, key: string): Dependency[] {
  const found = findNodeAtLocation(root, [key]);
  return (found?.children ?? []).flatMap(({ children }) => {
    const [name, range] = children ?? [];
    if (name === undefined || range === undefined) return [];
    return [{ name: String(name.value), range: String(range.value), offset: name.offset }];
  });
}

/** Protocols of pnpm, Yarn and npm for what lies on this machine. */
const localProtocol = /^(?:workspace|catalog|link|portal|patch|exec):/;

function isLocal(range: string, isPacked: (path: string) => boolean): boolean {
  if (localProtocol.test(range)) return true;
  const place = range.startsWith('file:') ? range.slice('file:'.length) : range;
  if (place === range && !/^(?:\.{1,2}(?:[\\/]|$)|[\\/]|~[\\/])/.test(range)) return false;
  // A package that is packed lies next to the package.json in the cloud too.
  const inside = place
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/$/, '');
  return !isPacked(inside);
}

function textAt(root: Node, key: string): string | null {
  const value: unknown = findNodeAtLocation(root, [key])?.value;
  return typeof value === 'string' && value !== '' ? value : null;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
