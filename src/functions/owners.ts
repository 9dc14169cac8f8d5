/** Whose content a path belongs to. */
import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Config } from '../config/model.js';
import type { Content } from '../content/content.js';
import type { IgnoreRules } from '../content/ignore.js';
import { sharedFolders } from '../content/source.js';
import type { FunctionName, FunctionSpec } from '../model/nouns.js';

export interface Owners {
  /** The functions in whose folder the path lies, and those that carry the shared folder it lies in. */
  of(path: string): { readonly own: readonly FunctionName[]; readonly shared: readonly FunctionName[] };
  /** Whether an absolute path is left out by the rules of what it belongs to. */
  ignores(path: string, isDirectory: boolean | undefined, content: Content, fallback: IgnoreRules): boolean;
}

interface Folder {
  readonly dir: string;
  readonly name: FunctionName;
  readonly kind: 'own' | 'shared' | 'linked';
}

/**
 * @param linksOf where a function's links lead: what lies there is its own too
 */
export function createOwners(
  config: Config,
  specs: readonly FunctionSpec[],
  linksOf: Content['linksOf'] = () => new Map(),
): Owners {
  const folders: Folder[] = specs.flatMap((spec) => [
    ...[...linksOf(spec.name).keys()].map((dir) => ({ dir, name: spec.name, kind: 'linked' as const })),
    ...foldersOf(spec.dir).map((dir) => ({ dir, name: spec.name, kind: 'own' as const })),
    ...sharedFolders(config, spec).flatMap((shared) =>
      foldersOf(shared.dir).map((dir) => ({ dir, name: spec.name, kind: 'shared' as const })),
    ),
  ]);
  const byDir = new Map<string, Folder[]>();
  for (const folder of folders) byDir.set(folder.dir, [...(byDir.get(folder.dir) ?? []), folder]);

  const holding = (path: string): Folder[] => {
    const found: Folder[] = [];
    for (let at = path; ; at = parentOf(at)) {
      found.push(...(byDir.get(at) ?? []));
      if (parentOf(at) === at) return found;
    }
  };
  const named = (found: readonly Folder[], kind: Folder['kind']): FunctionName[] => [
    ...new Set(found.filter((folder) => folder.kind === kind).map(({ name }) => name)),
  ];
  return {
    of(path) {
      const found = holding(path);
      const inRoot = config.functionsRoots.filter((root) => root.startsWith(path + sep));
      const below = inRoot.length === 0 ? [] : specs.filter((spec) => spec.dir.startsWith(path + sep));
      return {
        own: [
          ...new Set([...named(found, 'own'), ...named(found, 'linked'), ...below.map(({ name }) => name)]),
        ],
        shared: named(found, 'shared'),
      };
    },
    ignores(path, isDirectory, content, fallback) {
      const found = holding(path);
      // Rules of whoever links to it say nothing of what it is elsewhere.
      const folder = found.find(({ kind }) => kind !== 'linked') ?? found[0];
      if (folder === undefined) return outsideIgnored(path, isDirectory, config, fallback);
      const rules = (folder.kind === 'shared' ? null : content.rulesOf(folder.name)) ?? fallback;
      return rules.ignores(slashed(relative(folder.dir, path)), isDirectory ?? false);
    },
  };
}

/** A folder, and the real one where it is a link: events come from there. */
export function foldersOf(dir: string): readonly string[] {
  const real = realFolder(dir);
  return real === null || real === dir ? [dir] : [dir, real];
}

function realFolder(dir: string): string | null {
  try {
    return realpathSync(dir);
  } catch {
    return null; // it is gone: discovery and the scan say so
  }
}

function outsideIgnored(
  path: string,
  isDirectory: boolean | undefined,
  config: Config,
  fallback: IgnoreRules,
): boolean {
  const root = config.functionsRoots.find((candidate) => path.startsWith(candidate + sep));
  if (root === undefined) return false;
  return fallback.ignores(slashed(relative(root, path)), isDirectory ?? false);
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf(sep);
  return cut <= 0 ? path.slice(0, 0) || path : path.slice(0, cut);
}
