/** Folders that look like functions, and folders that they share. Only looks. */
import path from 'node:path';
import { namedPaths } from '../code/names.js';
import { parseCode } from '../code/parse.js';
import { entryNames, mainCandidates, mainOf } from '../content/entry.js';
import { isRecord } from '../system/json.js';
import { compareCodeUnits } from '../system/paths.js';
import type { ProjectLook } from './look.js';
import type { FoundBuild } from './model.js';
import { readJson, textAt } from './read.js';

/** A folder with code that could be a function. */
export interface CodeFolder {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  /** The file that starts it, relative to `dir`. */
  readonly entry: string;
  readonly language: 'javascript' | 'typescript';
  /** The entry exports `main`, as the cloud calls it. */
  readonly exportsMain: boolean;
}

const typescriptEntries: readonly string[] = ['index.ts', 'src/index.ts', 'index.mts', 'src/index.mts'];
/** Made by tools, or not the project's own. */
const skipped =
  /^(?:\.|node_modules$|miniprogram_npm$|bower_components$|dist$|build$|unpackage$|coverage$|__pycache__$)/;
/** Names that say by themselves what lies in them. */
const namedForFunctions = /^(?:cloud-?)?functions?$|^cloud$|^scf$/i;
const exportsMain =
  /\bexports\s*\.\s*main\s*=|\bmodule\s*\.\s*exports\s*=\s*\{[^}]*\bmain\b|\bexport\s+(?:async\s+)?(?:function|const|let|var)\s+main\b|\bexport\s*\{[^}]*\bmain\b/;

/** Names of a folder's own folders, sorted. */
export async function foldersIn(look: ProjectLook, dir: string): Promise<string[]> {
  const entries = await look.entries(dir);
  return entries
    .filter((entry) => entry.isDirectory() && !skipped.test(entry.name))
    .map(({ name }) => name)
    .sort(compareCodeUnits);
}

/** Files that a mini program or a page of one has, and no function. */
const miniprogramFiles: ReadonlySet<string> = new Set([
  'project.config.json',
  'app.json',
  'app.wxss',
  'index.wxml',
]);

/** Whether a folder is a mini program, its project, or a page or component of one: none of that is ever a function. */
export async function isMiniprogram(look: ProjectLook, dir: string): Promise<boolean> {
  return (await look.entries(dir)).some(({ name }) => miniprogramFiles.has(name));
}

/** The folder as a function; null where nothing in it could be started. */
export async function codeFolderAt(look: ProjectLook, dir: string): Promise<CodeFolder | null> {
  const manifest = await look.text(path.join(dir, 'package.json'));
  const main = manifest === null ? null : mainOf(manifest);
  const javascript = await firstText(look, dir, entryNames);
  const typescript = javascript === null ? await firstText(look, dir, typescriptEntries) : null;
  const byMain =
    javascript === null && typescript === null && main !== null
      ? await firstText(look, dir, mainCandidates(main))
      : null;
  const found = javascript ?? typescript ?? byMain;
  if (found === null) return null;
  return {
    name: path.basename(dir),
    dir,
    entry: found.file,
    language: typescript === null ? 'javascript' : 'typescript',
    exportsMain: exportsMain.test(found.text),
  };
}

async function firstText(
  look: ProjectLook,
  dir: string,
  files: readonly string[],
): Promise<{ readonly file: string; readonly text: string } | null> {
  for (const file of files) {
    const text = await look.text(path.join(dir, file));
    if (text !== null) return { file, text };
  }
  return null;
}

/** Every folder directly in a root that holds code. */
export async function codeFoldersIn(look: ProjectLook, root: string): Promise<CodeFolder[]> {
  const names = await foldersIn(look, root);
  const found = await Promise.all(
    names.map(async (name) => {
      const dir = path.join(root, name);
      return (await isMiniprogram(look, dir)) ? null : codeFolderAt(look, dir);
    }),
  );
  return found.filter((folder) => folder !== null);
}

/** How deep a functions root is looked for: `apps/shop/cloud/functions`. */
const deepest = 4;

/**
 * Folders that hold functions, none inside another: one whose subfolders export `main`, or one that is named for functions
 * and has any code below it.
 */
export async function findRoots(look: ProjectLook, folder: string, depth = 0): Promise<string[]> {
  const inside = await codeFoldersIn(look, folder);
  const named = namedForFunctions.test(path.basename(folder)) && inside.length > 0;
  if (named || inside.some((each) => each.exportsMain)) return [folder];
  if (depth >= deepest) return [];
  const names = await foldersIn(look, folder);
  const below = await Promise.all(names.map((name) => findRoots(look, path.join(folder, name), depth + 1)));
  return below.flat();
}

/**
 * How a TypeScript function is built: by its own script where that says what it makes and esbuild is not at hand, else
 * by esbuild.
 */
export async function buildOf(
  look: ProjectLook,
  folder: CodeFolder,
  hasEsbuild: boolean,
): Promise<FoundBuild | null> {
  if (folder.language !== 'typescript') return null;
  const manifest = readJson((await look.text(path.join(folder.dir, 'package.json'))) ?? '').value;
  const scripts = isRecord(manifest) ? manifest['scripts'] : null;
  const main = textAt(manifest, 'main')?.replace(/^\.\//, '');
  const output = main?.includes('/') ? main.split('/')[0] : undefined;
  if (hasEsbuild || textAt(scripts, 'build') === null || output === undefined) return 'esbuild';
  return { command: 'npm run build', output };
}

/** Files of one function that are looked at for shared folders, and the size up to which. */
const filesRead = 200;
const bytesRead = 512 * 1024;

/** The first parts of the relative paths that a function's JavaScript names: `require('./common/log')` → `common`. */
export async function namesUsedBy(look: ProjectLook, dir: string): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for (const file of await sourcesIn(look, dir)) {
    const text = await look.text(path.join(dir, file));
    if (text === null || text.length > bytesRead) continue;
    const parsed = parseCode(text);
    for (const named of parsed.ok ? namedPaths(parsed.program) : []) {
      const target = path.posix.join(path.posix.dirname(file), named.path);
      used.add(target.split('/')[0] ?? '');
    }
  }
  return used;
}

/** JavaScript below a folder, relative to it, with forward slashes. */
async function sourcesIn(look: ProjectLook, dir: string, below = ''): Promise<string[]> {
  const entries = await look.entries(path.join(dir, below));
  const found: string[] = [];
  for (const entry of entries) {
    const file = path.posix.join(below, entry.name);
    if (entry.isFile() && /\.[cm]?js$/.test(entry.name)) found.push(file);
    if (entry.isDirectory() && !skipped.test(entry.name)) found.push(...(await sourcesIn(look, dir, file)));
    if (found.length >= filesRead) break;
  }
  return found;
}
