/** From a function of the configuration to the folders and rules that make up its content. */

import { join } from 'node:path';
import { matchesGlob } from '../config/glob.js';
import type { Config } from '../config/model.js';
import { tokenFileOf } from '../config/token.js';
import type { FunctionSpec } from '../model/nouns.js';
import { SECRET_FILE } from '../proof/key.js';
import { stateFolderOf } from '../state/folder.js';
import { isWithin } from '../system/paths.js';
import { attempt, type Disk, realDisk } from './disk.js';
import { entryNames } from './entry.js';
import { type IgnoreRules, loadIgnoreRules } from './ignore.js';

/** A shared folder that a function carries at `<name>/` of its zip. */
export interface SharedSource {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  readonly rules: IgnoreRules;
}

/** Where a function's content comes from. */
export interface SnapshotSource {
  readonly name: string;
  /** Absolute: the function's folder, or what its build made. */
  readonly dir: string;
  /** Absolute: links may lead anywhere inside it. */
  readonly projectFolder: string;
  /** Functions roots that the configuration names outside of it, absolute: links may lead anywhere inside these too. */
  readonly outerRoots?: readonly string[];
  readonly rules: IgnoreRules;
  /**
   * Any one of these makes the function complete; the `main` of its package.json does so too. null: these are sources of a
   * build, which need no entry and know no limit of size.
   */
  readonly entries: readonly string[] | null;
  readonly shared: readonly SharedSource[];
  /** The digest of the key that uploads with the helper answer to; null: none carries it. */
  readonly keyDigest?: string | null;
  /** Real paths of the files that the configuration keeps secrets in, its own, and the helper's secret: never packed, under whatever name. */
  readonly secretFiles?: readonly string[];
  /** Called with every link that is followed, and the real path it points to: changes there are changes of the function. */
  readonly onLink?: (real: string, directory: boolean) => void;
}

type SourceConfig = Pick<
  Config,
  'file' | 'folder' | 'functionsRoots' | 'shared' | 'ignore' | 'functions' | 'token'
>;

/**
 * Reads the ignore files again each time. `dir` is the folder to pack if it is not the function's own (what its build made); its files
 * are ignored by the function's rules, seen from that folder.
 */
export async function snapshotSource(
  config: SourceConfig,
  spec: FunctionSpec,
  dir: string = spec.dir,
): Promise<SnapshotSource> {
  const rules = await loadIgnoreRules(config, spec.name, spec.dir, spec.root);
  const shared: SharedSource[] = [];
  for (const { name, dir: folder, root } of sharedFolders(config, spec)) {
    shared.push({ name, dir: folder, rules: await loadIgnoreRules(config, name, folder, root) });
  }
  const secretFiles = secretFilesOf(config);
  return {
    ...{ name: spec.name, dir, projectFolder: config.folder, rules, entries: entryNames, shared },
    secretFiles,
    outerRoots: outerRoots(config),
  };
}

/** Named as such, not by a link that the project brings. Using one needs an agreement (docs/configuration.md, "Trust"). */
export function outerRoots({
  folder,
  functionsRoots,
}: Pick<Config, 'folder' | 'functionsRoots'>): readonly string[] {
  return functionsRoots.filter((root) => !isWithin(root, folder));
}

/** As the disk spells them; of one that is not there, as it is written. */
function secretFilesOf(config: SourceConfig): readonly string[] {
  const own = join(stateFolderOf(config), SECRET_FILE);
  const files = [config.file, tokenFileOf(config.token), own].filter((path) => path !== null);
  return files.map((path) => {
    const real = attempt(() => realDisk.realpath(path));
    return real.ok ? real.value : path;
  });
}

/** A shared folder that a function carries, and the functions root it lies in. */
export interface SharedFolder {
  readonly name: string;
  readonly dir: string;
  readonly root: string;
}

/** The shared folders of a function: in its own root, else in the first root that has one of that name. */
export function sharedFolders(
  config: Pick<Config, 'functionsRoots' | 'shared'>,
  spec: Pick<FunctionSpec, 'name' | 'root'>,
  disk: Disk = realDisk,
): readonly SharedFolder[] {
  const roots = [spec.root, ...config.functionsRoots];
  return Object.entries(config.shared)
    .filter(([, globs]) => globs.some((glob) => matchesGlob(glob, spec.name)))
    .map(([name]) => {
      const root =
        roots.find((folder) => attempt(() => disk.stat(join(folder, name))).ok) ??
        config.functionsRoots[0] ??
        spec.root;
      return { name, dir: join(root, name), root };
    });
}
