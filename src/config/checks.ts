import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigProblem } from '../model/config-problem.js';
import type { TextPosition } from '../model/text-position.js';
import { slashRelative } from '../system/paths.js';
import { matchesGlob } from './glob.js';
import { placeOf } from './issues.js';
import { type KeyPath, pathText } from './path.js';
import type { ConfigFile } from './schema.js';
import { nearest } from './suggest.js';

/** The input of the checks. All paths are absolute. */
export interface Checked {
  readonly entries: ConfigFile;
  /** The configuration's. */
  readonly folder: string;
  readonly roots: readonly string[];
  /** The keys at the top whose values were wrong and gave way to their defaults, which nobody wrote. */
  readonly doubtful: ReadonlySet<string>;
  readonly dirs: ReadonlyMap<string, string>;
  readonly positions: ReadonlyMap<string, TextPosition>;
}

/** Mistakes of a file that has the right shape: parts that do not agree, and folders that are not there. */
export async function checkConfig(checked: Checked): Promise<ConfigProblem[]> {
  const onDisk = await Promise.all([
    ...[checkRoots(checked), checkDirs(checked), checkShared(checked)],
    checkOwnFolder(checked),
  ]);
  return [
    ...checkEnvs(checked),
    ...checkDebounce(checked),
    ...checkForeign(checked),
    ...checkOutputs(checked),
    ...checkAnswers(checked),
    ...checkIgnores(checked),
    ...onDisk.flat(),
  ];
}

function checkEnvs(checked: Checked): ConfigProblem[] {
  const { envs, functions } = checked.entries;
  const lists = Object.entries(functions).map(([name, entry]) => ({
    keys: ['functions', name, 'envs'],
    list: entry.envs ?? [],
  }));
  return [
    ...duplicates(envs, ['envs'], checked),
    ...lists.flatMap(({ keys, list }) => [
      ...duplicates(list, keys, checked),
      ...strangers(list, keys, checked),
    ]),
  ];
}

function duplicates(list: readonly string[], keys: KeyPath, checked: Checked): ConfigProblem[] {
  return list.flatMap((value, index): ConfigProblem[] => {
    const first = list.indexOf(value);
    if (first === index) return [];
    return [
      { ...placeOf([...keys, index], checked), kind: 'duplicate', value, first: pathText([...keys, first]) },
    ];
  });
}

function strangers(list: readonly string[], keys: KeyPath, checked: Checked): ConfigProblem[] {
  const { envs } = checked.entries;
  // Without a list of environments that one is the problem, and every name would be a stranger.
  if (envs.length === 0) return [];
  return list.flatMap((env, index): ConfigProblem[] =>
    envs.includes(env)
      ? []
      : [
          {
            ...placeOf([...keys, index], checked),
            kind: 'not-in-envs',
            env,
            suggestion: nearest(env, envs),
            envs,
          },
        ],
  );
}

function checkDebounce(checked: Checked): ConfigProblem[] {
  const { debounceMs, debounceMaxMs } = checked.entries;
  const doubtful = checked.doubtful.has('debounceMs') || checked.doubtful.has('debounceMaxMs');
  if (doubtful || debounceMs <= debounceMaxMs) return [];
  return [{ ...placeOf(['debounceMs'], checked), kind: 'debounce-order', debounceMs, debounceMaxMs }];
}

/** With `verify: false` nobody looks, and with `onForeignChange: "hold"` every upload waits for a look. */
function checkForeign(checked: Checked): ConfigProblem[] {
  const { verify, onForeignChange } = checked.entries;
  const doubtful = checked.doubtful.has('verify') || checked.doubtful.has('onForeignChange');
  if (doubtful || verify || onForeignChange !== 'hold') return [];
  return [{ ...placeOf(['onForeignChange'], checked), kind: 'hold-unverified' }];
}

/** A pattern may match protected environments, which are left out; to name one is a mistake. */
function checkAnswers(checked: Checked): ConfigProblem[] {
  if (['answers', 'envs', 'protectedEnvs'].some((key) => checked.doubtful.has(key))) return [];
  const { answers, envs, protectedEnvs } = checked.entries;
  return answers.envs.flatMap((env, index): ConfigProblem[] => {
    if (/[*?]/.test(env)) return [];
    const place = placeOf(['answers', 'envs', index], checked);
    if (!envs.includes(env))
      return [{ ...place, kind: 'not-in-envs', env, suggestion: nearest(env, envs), envs }];
    const isProtected = protectedEnvs.some((pattern) => matchesGlob(pattern, env));
    return isProtected ? [{ ...place, kind: 'never-called', env }] : [];
  });
}

/** A build must not fill the folder that it is made of. */
function checkOutputs(checked: Checked): ConfigProblem[] {
  return Object.entries(checked.entries.functions).flatMap(([name, { build }]): ConfigProblem[] => {
    if (typeof build !== 'object') return [];
    const { output } = build;
    const isAround = /^(?:\/|\.\.?(?:\/\.\.)*)\/?$/.test(path.posix.normalize(output.replaceAll('\\', '/')));
    const keys = ['functions', name, 'build', 'output'];
    return isAround ? [{ ...placeOf(keys, checked), kind: 'build-output', output }] : [];
  });
}

/** In the syntax of ignore files a backslash takes the meaning of the next character away: `lib\*.js` is a name with a star. */
function checkIgnores(checked: Checked): ConfigProblem[] {
  const { ignore, functions } = checked.entries;
  const lists = Object.entries(functions).map(([name, entry]) => ({
    keys: ['functions', name, 'ignore'],
    patterns: entry.ignore,
  }));
  return [{ keys: ['ignore'], patterns: ignore }, ...lists].flatMap(({ keys, patterns }) =>
    patterns.flatMap((pattern, index): ConfigProblem[] =>
      /^[^!].*\\[\p{L}\p{N}*_.]/u.test(pattern)
        ? [{ ...placeOf([...keys, index], checked), kind: 'ignore-backslash', pattern }]
        : [],
    ),
  );
}

/**
 * The functions roots to work with, absolute. The one that nobody named is left out when it is not there and functions
 * name folders of their own.
 */
export async function presentRoots(
  named: readonly string[],
  byDefault: boolean,
  dirs: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  if (!byDefault || dirs.size === 0) return named;
  const found = await Promise.all(named.map(whatIs));
  return named.filter((_, index) => found[index] === 'folder');
}

type Found = 'folder' | 'file' | 'nothing';

async function whatIs(place: string): Promise<Found> {
  return stat(place).then(
    (stats) => (stats.isDirectory() ? 'folder' : 'file'),
    () => 'nothing',
  );
}

/** One root that is there is enough: the others' functions are held until they return. */
async function checkRoots(checked: Checked): Promise<ConfigProblem[]> {
  const { roots } = checked;
  if (checked.doubtful.has('functionsRoot')) return [];
  const keys = (index: number): KeyPath =>
    Array.isArray(checked.entries.functionsRoot) ? ['functionsRoot', index] : ['functionsRoot'];
  const repeated = roots.flatMap((root, index): ConfigProblem[] => {
    const first = roots.indexOf(root);
    if (first === index) return [];
    return [
      { ...placeOf(keys(index), checked), kind: 'duplicate', value: root, first: pathText(keys(first)) },
    ];
  });
  const found = await Promise.all(roots.map(whatIs));
  const none = roots.length > 0 && !found.includes('folder');
  if (!none) return repeated;
  return [...repeated, { ...placeOf(['functionsRoot'], checked), kind: 'no-root', folders: roots }];
}

async function checkDirs(checked: Checked): Promise<ConfigProblem[]> {
  const problems = [...checked.dirs].map(async ([name, folder]): Promise<ConfigProblem[]> => {
    const found = await whatIs(folder);
    if (found === 'folder') return [];
    return [{ ...placeOf(['functions', name, 'dir'], checked), kind: 'no-folder', folder, found }];
  });
  return (await Promise.all(problems)).flat();
}

/** By their real paths, since a link is as good. */
async function checkOwnFolder({ folder, roots, dirs, ...checked }: Checked): Promise<ConfigProblem[]> {
  const real = (place: string): Promise<string> => realpath(place).catch(() => place);
  const project = await real(folder);
  const isSeveral = Array.isArray(checked.entries.functionsRoot);
  const named = [
    ...roots.map((place, index) => ({
      keys: isSeveral ? ['functionsRoot', index] : ['functionsRoot'],
      place,
    })),
    ...[...dirs].map(([name, place]) => ({ keys: ['functions', name, 'dir'], place })),
  ];
  const problems = named.map(async ({ keys, place }): Promise<ConfigProblem[]> => {
    const parts = slashRelative(project, await real(place))
      .toLowerCase()
      .split('/');
    return parts.includes('.tcb-watch')
      ? [{ ...placeOf(keys, checked), kind: 'own-folder', folder: place }]
      : [];
  });
  return (await Promise.all(problems)).flat();
}

async function checkShared(checked: Checked): Promise<ConfigProblem[]> {
  if (checked.doubtful.has('functionsRoot')) return [];
  const problems = Object.keys(checked.entries.shared).map(async (name): Promise<ConfigProblem[]> => {
    const folders = checked.roots.map((root) => path.join(root, name));
    const found = await Promise.all(folders.map(isFolderByThatName));
    if (found.includes(true)) return [];
    return [{ ...placeOf(['shared', name], checked), kind: 'no-shared-folder', name, folders }];
  });
  return (await Promise.all(problems)).flat();
}

/** Windows and macOS find a folder under other capital letters too. The cloud does not: it is packed under the name given. */
async function isFolderByThatName(folder: string): Promise<boolean> {
  if ((await whatIs(folder)) !== 'folder') return false;
  const names = await readdir(path.dirname(folder)).catch((): string[] => []);
  return names.some((name) => name.normalize() === path.basename(folder).normalize());
}
