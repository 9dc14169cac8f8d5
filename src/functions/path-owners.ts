/** Which functions a path belongs to: those whose content a change there may change. */
import { realpathSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import type { Config } from '../config/model.js';
import { builtInRules, type IgnoreRules } from '../content/ignore.js';
import { sharedFolders } from '../content/source.js';
import type { FunctionName, FunctionSpec } from '../model/nouns.js';
import { isWithin } from '../system/paths.js';

export interface PathOwnersOptions {
  readonly config: Pick<Config, 'functionsRoots' | 'shared'>;
  readonly specs: readonly FunctionSpec[];
  /** Where a function's links lead: that is its own content too. Real path → whether it is a directory. */
  readonly linksOf: (name: FunctionName) => ReadonlyMap<string, boolean>;
  /** A function's ignore rules; null while they are not known. */
  readonly rulesOf: (name: FunctionName) => IgnoreRules | null;
}

export interface PathOwners {
  /** The functions in whose folder the path lies, and those that carry the shared folder it lies in. */
  of(path: string): { readonly own: readonly FunctionName[]; readonly shared: readonly FunctionName[] };
  /** Whether an absolute path is left out by the rules of its owner. `isDirectory` undefined: not known. */
  ignores(path: string, isDirectory: boolean | undefined): boolean;
}

interface Folder {
  readonly dir: string;
  readonly name: FunctionName;
  readonly kind: 'own' | 'shared' | 'linked';
}

export function createPathOwners({ config, specs, linksOf, rulesOf }: PathOwnersOptions): PathOwners {
  const folders = new Map<string, Folder[]>();
  const note = (kind: Folder['kind'], name: FunctionName, dirs: Iterable<string>): void => {
    for (const dir of dirs) folders.set(dir, [...(folders.get(dir) ?? []), { dir, name, kind }]);
  };
  for (const spec of specs) {
    note('linked', spec.name, linksOf(spec.name).keys());
    note('own', spec.name, withRealFolder(spec.dir));
    for (const { dir } of sharedFolders(config, spec)) note('shared', spec.name, withRealFolder(dir));
  }
  /** From the innermost folder outward. */
  const foldersAround = (path: string): Folder[] => {
    const found: Folder[] = [];
    for (let at = path; ; at = dirname(at)) {
      found.push(...(folders.get(at) ?? []));
      if (dirname(at) === at) return found;
    }
  };
  /**
   * Where a root or a folder above it changes, all functions in it may have: a root is named where events were lost, or one of them stands
   * for many.
   */
  const below = (path: string): FunctionName[] =>
    config.functionsRoots.some((root) => isWithin(root, path))
      ? specs.filter(({ dir }) => dir !== path && isWithin(dir, path)).map(({ name }) => name)
      : [];

  return {
    of(path) {
      const found = foldersAround(path);
      const named = (...kinds: readonly Folder['kind'][]): FunctionName[] =>
        found.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
      return {
        own: [...new Set([...named('own', 'linked'), ...below(path)])],
        shared: [...new Set(named('shared'))],
      };
    },
    ignores(path, isDirectory = false) {
      const found = foldersAround(path);
      // Rules of whoever links to it say nothing of what it is elsewhere.
      const folder = found.find(({ kind }) => kind !== 'linked') ?? found[0];
      const rules = folder === undefined || folder.kind === 'shared' ? null : rulesOf(folder.name);
      const from = folder?.dir ?? config.functionsRoots.find((root) => path.startsWith(root + sep));
      if (from === undefined) return false;
      return (rules ?? builtInRules).ignores(relative(from, path).replaceAll(sep, '/'), isDirectory);
    },
  };
}

/** A folder, and the real one where it is a link: events come from there. */
export function withRealFolder(dir: string): readonly string[] {
  const real = realFolder(dir);
  return real === null || real === dir ? [dir] : [dir, real];
}

function realFolder(dir: string): string | null {
  try {
    return realpathSync.native(dir);
  } catch {
    return null; // it is gone: discovery and the scan say so
  }
}
