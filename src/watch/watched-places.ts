/** Which folders and files are watched, for which functions, and whether that has changed. */
import { statSync } from 'node:fs';
import type { Config } from '../config/model.js';
import type { Content } from '../content/content.js';
import { sharedFolders } from '../content/source.js';
import { withRealFolder } from '../functions/path-owners.js';
import type { FunctionSpec } from '../model/nouns.js';
import { errnoOf } from '../system/errno.js';
import { isWithin } from '../system/paths.js';
import type { WatchedPlaces } from './model.js';

/** A text that changes whenever one of these files is written, made or removed. */
export function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
        return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
      } catch (error) {
        // Not there, or closed to us: each is a state that may change.
        return errnoOf(error);
      }
    })
    .join();
}

/** The git repositories that hold the functions, each once. */
export function repositoriesOf(specs: readonly FunctionSpec[]): string[] {
  return [...new Set(specs.flatMap((spec) => (spec.repository === null ? [] : [spec.repository])))];
}

/** Every place where a change of these functions or of the configuration can show. */
export function placesOf(
  config: Config,
  specs: readonly FunctionSpec[],
  configFiles: readonly string[],
  linksOf: Content['linksOf'],
): WatchedPlaces {
  const shared = specs.flatMap((spec) => sharedFolders(config, spec).map(({ dir }) => dir));
  const folders = [...specs.map((spec) => spec.dir), ...shared];
  const links = specs.flatMap((spec) => [...linksOf(spec.name)]);
  const linkedFolders = links.filter(([, directory]) => directory).map(([real]) => real);
  const linkedFiles = links.filter(([, directory]) => !directory).map(([real]) => real);
  const outside = [...folders.flatMap(withRealFolder), ...linkedFolders].filter(
    (dir) => !isInRoots(config, dir),
  );
  return {
    roots: config.functionsRoots,
    extra: [...new Set(outside)],
    files: [...new Set([...configFiles, ...linkedFiles.filter((file) => !isInRoots(config, file))])],
  };
}

function isInRoots(config: Config, dir: string): boolean {
  return config.functionsRoots.some((root) => isWithin(dir, root));
}

/** The same functions, with the same problems. */
export function sameSpecs(one: readonly FunctionSpec[], other: readonly FunctionSpec[]): boolean {
  return one.length === other.length && one.every((spec, index) => isSameSpec(spec, other[index]));
}

/** Field by field: a sweep compares hundreds that are the same, and seldom one that has a problem. */
function isSameSpec(one: FunctionSpec, other: FunctionSpec | undefined): boolean {
  return (
    one.name === other?.name &&
    one.dir === other.dir &&
    one.root === other.root &&
    one.repository === other.repository &&
    one.envs.join(' ') === other.envs.join(' ') &&
    JSON.stringify(one.problem) === JSON.stringify(other.problem)
  );
}
