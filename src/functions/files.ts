/** Which file a person opens for a function, or for the configuration. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Config } from '../config/model.js';
import { entryNames } from '../content/entry.js';
import type { FunctionName } from '../model/nouns.js';
import { slashRelative } from '../system/paths.js';

/** Where its sources begin, in the order of who wins. */
const beginnings = ['index.ts', 'src/index.ts', ...entryNames, 'package.json'] as const;

/** Where the files of a function lie, absolute, whether or not they are there. */
export function folderOf(config: Config, name: FunctionName): string {
  const named = Object.hasOwn(config.functions, name) ? (config.functions[name]?.dir ?? null) : null;
  const folders = config.functionsRoots.map((root) => join(root, name));
  return named ?? folders.find((folder) => existsSync(folder)) ?? folders[0] ?? config.folder;
}

/** Both from the project's folder, with forward slashes. */
export function filesOf(config: Config): {
  readonly fileOf: (name: FunctionName) => string;
  readonly configFile: string;
} {
  return {
    fileOf(name) {
      const folder = folderOf(config, name);
      const file = beginnings.find((each) => existsSync(join(folder, each))) ?? 'index.js';
      return slashRelative(config.folder, join(folder, file));
    },
    configFile: config.file === null ? 'watch.config.json' : basename(config.file),
  };
}
