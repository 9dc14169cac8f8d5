/** Finds what a project is: for `init`, and for a start without any configuration. */
import path from 'node:path';
import { findEvents } from '../answers/events.js';
import { defaultConfig } from '../config/config.js';
import type { Variables } from '../config/text.js';
import { nameProblem } from '../functions/discovery.js';
import type { ProjectNote } from '../model/project-note.js';
import { compareCodeUnits, slashRelative } from '../system/paths.js';
import { resolvePeer } from '../system/peer.js';
import { cloudbaseFiles, cloudbaseOfManifest, readCloudbase } from './cloudbase.js';
import { devtoolsFile, readDevtools } from './devtools.js';
import {
  buildOf,
  type CodeFolder,
  codeFolderAt,
  codeFoldersIn,
  findRoots,
  foldersIn,
  isMiniprogram,
  namesUsedBy,
} from './folders.js';
import { lookAt, type ProjectLook } from './look.js';
import type { FoundEnv, FoundFunction, FoundProject, Statement } from './model.js';

/** Reads what is there and runs nothing. Never throws for what is on disk. */
export async function findProject(folder: string, environment: Variables): Promise<FoundProject> {
  const found = await findFunctions(folder, environment);
  return { ...found, events: await eventsOf(folder, found.names) };
}

/** Saved events, where a new configuration finds them: in `events/`, or among the templates of DevTools. */
async function eventsOf(folder: string, names: readonly string[]): Promise<FoundProject['events']> {
  const config = defaultConfig(folder, { envs: [] });
  const found = await Promise.all(names.map(async (name) => [name, await findEvents(config, name)] as const));
  return Object.fromEntries(
    found.flatMap(([name, { file, events }]) =>
      file === null || events.length === 0 ? [] : [[name, slashRelative(folder, file)]],
    ),
  );
}

async function findFunctions(folder: string, environment: Variables): Promise<Omit<FoundProject, 'events'>> {
  const look = lookAt(folder);
  const statements = await readStatements(look, folder, environment);
  const said = await presentRoots(look, folder, statements);
  const named = said.roots.length > 0 ? said.roots : await searchedRoots(look, folder);
  const roots = (await Promise.all(named.map((root) => withGroups(look, folder, root)))).flat();
  const own = roots.length === 0 ? await ownFunction(look, folder, statements) : null;
  const perRoot = await Promise.all(roots.map((root) => contentOf(look, path.join(folder, root))));
  const { stated, notes: absent } = await presentFolders(look, folder, statements);
  const built = await builds(look, folder, [
    ...perRoot.flatMap(({ functions }) => functions),
    ...(own ? [own] : []),
  ]);
  const functions = withBuilds(existing(stated, perRoot), built.builds);
  // A folder that a function has by its `dir` is that function and no other.
  const taken = new Set(
    Object.values(stated).flatMap(({ dir }) => (dir === null ? [] : [path.join(folder, dir)])),
  );
  const inRoots = perRoot.flatMap((content) =>
    content.functions.filter(({ dir }) => !taken.has(dir)).map(({ name }) => name),
  );
  const elsewhere = Object.keys(stated).filter((name) => stated[name]?.dir !== null);
  const whole = {
    folder,
    files: statements.map(({ file }) => file),
    roots,
    envs: distinctEnvs(statements.flatMap(({ envs }) => envs)),
    ignore: [...new Set(statements.flatMap(({ ignore }) => ignore))],
    shared: Object.fromEntries(perRoot.flatMap((content) => Object.entries(content.shared))),
    functions,
    names: [...new Set([...inRoots, ...elsewhere])].sort(compareCodeUnits),
    notes: [
      ...statements.flatMap(({ notes }) => notes),
      ...said.notes,
      ...absent,
      ...built.notes,
      ...look.notes(),
    ],
  };
  return own === null ? whole : asOwnFunction(whole, own, stated);
}

/** How deep the project's own files are looked for below its folder: `apps/shop/project.config.json`. */
const deepestFile = 3;

async function readStatements(
  look: ProjectLook,
  folder: string,
  environment: Variables,
): Promise<Statement[]> {
  const places = await placesOf(look, folder, '.', 0);
  const read = await Promise.all(
    places.flatMap((at) => [readCloudbase(folder, at, environment), readDevtools(folder, at)]),
  );
  return read.filter((statement) => statement !== null);
}

/** The nearest folders with one of the files; what lies below such a folder is its own affair. */
async function placesOf(look: ProjectLook, folder: string, at: string, depth: number): Promise<string[]> {
  const names = (await look.entries(path.join(folder, at))).map(({ name }) => name);
  if (names.some((name) => name === devtoolsFile || cloudbaseFiles.includes(name))) return [at];
  if (names.includes('package.json') && (await cloudbaseOfManifest(folder, at)) !== null) return [at];
  if (depth >= deepestFile) return [];
  const folders = await foldersIn(look, path.join(folder, at));
  const below = await Promise.all(
    folders.map((name) => placesOf(look, folder, path.posix.join(at, name), depth + 1)),
  );
  return below.flat();
}

async function presentRoots(
  look: ProjectLook,
  folder: string,
  statements: readonly Statement[],
): Promise<{ readonly roots: readonly string[]; readonly notes: readonly ProjectNote[] }> {
  const roots = new Set<string>();
  const notes: ProjectNote[] = [];
  for (const { file, roots: named } of statements) {
    for (const root of named) {
      if (await look.isFolder(path.join(folder, root))) roots.add(root);
      else notes.push({ kind: 'root-missing', file, root });
    }
  }
  return { roots: [...roots], notes };
}

/**
 * A root, and the folders below it that hold functions in groups (`cloudfunctions/user/login`): each of these is a root of its own.
 * Only folders that are no functions themselves are looked into.
 */
async function withGroups(look: ProjectLook, folder: string, root: string): Promise<string[]> {
  const place = path.join(folder, root);
  const direct = await codeFoldersIn(look, place);
  const taken = new Set(direct.map(({ name }) => name));
  const others = (await foldersIn(look, place)).filter((name) => !taken.has(name));
  const groups = await Promise.all(
    others.map((name) => findRoots(look, path.join(place, name), deepestGroup)),
  );
  const below = groups.flat().map((group) => slashRelative(folder, group));
  return direct.length === 0 && below.length > 0 ? below : [root, ...below];
}

/** Where `findRoots` begins to count for a group: two folders further down at most. */
const deepestGroup = 2;

/** The project's own folder as a function: where a file says so, or where its code is one and no mini program lies around it. */
async function ownFunction(
  look: ProjectLook,
  folder: string,
  statements: readonly Statement[],
): Promise<CodeFolder | null> {
  const isStated = statements.some(({ functions }) =>
    Object.values(functions).some(({ dir }) => dir === '.'),
  );
  if (!isStated && (await isMiniprogram(look, folder))) return null;
  return codeFolderAt(look, folder);
}

async function searchedRoots(look: ProjectLook, folder: string): Promise<string[]> {
  // Inside a function's own folder its subfolders are parts of it.
  if ((await codeFolderAt(look, folder))?.exportsMain === true) return [];
  return (await findRoots(look, folder)).map((root) => slashRelative(folder, root));
}

interface RootContent {
  readonly functions: readonly CodeFolder[];
  readonly shared: Readonly<Record<string, readonly string[]>>;
}

/** The functions in a root, and the folders next to them that they name as if they were inside. */
async function contentOf(look: ProjectLook, root: string): Promise<RootContent> {
  const folders = await codeFoldersIn(look, root);
  const names = await foldersIn(look, root);
  const users = new Map<string, string[]>();
  for (const { name, dir, language } of folders) {
    if (language !== 'javascript') continue;
    const used = await namesUsedBy(look, dir);
    for (const other of names) {
      if (other === name || !used.has(other) || (await isOwnPlace(look, path.join(dir, other)))) continue;
      users.set(other, [...(users.get(other) ?? []), name]);
    }
  }
  const functions = folders.filter(({ name }) => !users.has(name));
  const all = functions.filter(({ language }) => language === 'javascript').length;
  const shared = [...users].map(
    ([name, by]) => [name, by.length === all && all === functions.length ? ['*'] : by] as const,
  );
  return { functions, shared: Object.fromEntries(shared) };
}

/** A folder of the function's own; a link there is what makes `require` find the shared one. */
async function isOwnPlace(look: ProjectLook, place: string): Promise<boolean> {
  return (await look.own(place))?.isSymbolicLink() === false;
}

/** The facts that are said of functions, without those whose own folder is not there. */
async function presentFolders(
  look: ProjectLook,
  folder: string,
  statements: readonly Statement[],
): Promise<{ readonly stated: Record<string, FoundFunction>; readonly notes: readonly ProjectNote[] }> {
  const stated = mergeFunctions(statements);
  const notes: ProjectNote[] = [];
  for (const { file, functions } of statements) {
    for (const [name, { dir }] of Object.entries(functions)) {
      if (dir === null || (await look.isFolder(path.join(folder, dir)))) continue;
      notes.push({ kind: 'root-missing', file, root: dir });
      delete stated[name];
    }
  }
  return { stated, notes };
}

function mergeFunctions(statements: readonly Statement[]): Record<string, FoundFunction> {
  const all: Record<string, FoundFunction> = {};
  for (const [name, found] of statements.flatMap(({ functions }) => Object.entries(functions))) {
    const before = all[name];
    const ignore = [...new Set([...(before?.ignore ?? []), ...found.ignore])];
    all[name] = { dir: found.dir ?? before?.dir ?? null, ignore, build: null };
  }
  return all;
}

/** Without those that are not on the disk, and without folders that are where a root has them anyway. */
function existing(
  stated: Readonly<Record<string, FoundFunction>>,
  roots: readonly RootContent[],
): Record<string, FoundFunction> {
  const inRoots = new Set(roots.flatMap(({ functions }) => functions.map(({ name }) => name)));
  const kept = Object.entries(stated)
    .map(([name, found]) => [name, inRoots.has(name) ? { ...found, dir: null } : found] as const)
    .filter(
      ([name, found]) =>
        (found.dir !== null || found.ignore.length > 0) && (inRoots.has(name) || found.dir !== null),
    );
  return Object.fromEntries(kept);
}

type Builds = ReadonlyMap<string, FoundFunction['build']>;

async function builds(
  look: ProjectLook,
  folder: string,
  folders: readonly CodeFolder[],
): Promise<{ readonly builds: Builds; readonly notes: readonly ProjectNote[] }> {
  const hasEsbuild = resolvePeer('esbuild', [folder]) !== null;
  const found = await Promise.all(
    folders.map(async (each) => [each.name, await buildOf(look, each, hasEsbuild)] as const),
  );
  const needing = found.filter(([, build]) => build === 'esbuild').map(([name]) => name);
  const notes: ProjectNote[] =
    needing.length > 0 && !hasEsbuild ? [{ kind: 'esbuild-absent', functions: needing }] : [];
  return { builds: new Map(found.filter(([, build]) => build !== null)), notes };
}

function withBuilds(
  functions: Readonly<Record<string, FoundFunction>>,
  builds: Builds,
): Record<string, FoundFunction> {
  const all: Record<string, FoundFunction> = { ...functions };
  for (const [name, build] of builds) all[name] = { dir: null, ignore: [], ...all[name], build };
  return all;
}

function distinctEnvs(envs: readonly FoundEnv[]): FoundEnv[] {
  return envs.filter((env, index) => envs.findIndex(({ id }) => id === env.id) === index);
}

/** The project's folder is one function. Its configuration lies in it and is not packed. */
function asOwnFunction(
  found: Omit<FoundProject, 'events'>,
  own: CodeFolder,
  rows: Readonly<Record<string, FoundFunction>>,
): Omit<FoundProject, 'events'> {
  const entries = Object.entries(rows);
  // A single function without a folder of its own can only be this one.
  const [single] = entries.length === 1 ? entries : [];
  const stated =
    entries.find(([, { dir }]) => dir === '.') ?? (single?.[1].dir === null ? single : undefined);
  const usual = nameProblem(own.name, []) === null ? own.name : 'main';
  const name = stated?.[0] ?? usual;
  const build = found.functions[own.name]?.build ?? stated?.[1].build ?? null;
  // Other tools' files may hold variables of the environment: they are no more packed than ours.
  const files = found.files
    .map((file) => `/${file.split('#', 1)[0]}`)
    .filter((file) => file !== '/package.json');
  const ignore = ['/watch.config.json', ...files, ...(stated?.[1].ignore ?? [])];
  const others = Object.entries(found.functions).filter(
    ([each, { dir }]) => each !== own.name && dir !== null && dir !== '.',
  );
  const functions = { ...Object.fromEntries(others), [name]: { dir: '.', ignore, build } };
  return { ...found, names: Object.keys(functions).sort(compareCodeUnits), functions };
}
