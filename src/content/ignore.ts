/**
 * The files of a function's folder that count: one list decides what is watched, fingerprinted and packed. Patterns are
 * gitignore's, relative to the function's root, the last match wins, and an ignored directory is not descended. They are
 * case-sensitive on every system, so that the same project packs to the same files everywhere.
 */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import ignore from 'ignore';
import type { Config } from '../config/model.js';
import type { ContentProblem } from '../model/nouns.js';
import { isOwnedByUsOrRoot } from '../system/owner.js';
import { mayPass, readTextFile, readTextFileSync, type TextRead } from '../system/text-file.js';
import { attempt } from './disk.js';

/** Patterns from one place; `source` names the place: `built-in`, a key of the configuration, or a file. */
export interface IgnoreLayer {
  readonly source: string;
  readonly patterns: readonly string[];
}

/** The list's verdict on one path. `rule` and `source` are null where nothing ignores it. */
export interface IgnoreVerdict {
  readonly ignored: boolean;
  readonly rule: string | null;
  readonly source: string | null;
}

/** Paths are relative to the function's root, with forward slashes; the root itself (`''`) is never ignored. */
export interface IgnoreRules {
  ignores(path: string, isDirectory: boolean): boolean;
  explain(path: string, isDirectory: boolean): IgnoreVerdict;
  /** Whether a `!` pattern names this very file, and not only a folder around it or every file. */
  takesIn(path: string): boolean;
  /** An ignore file that is there but cannot be read: nothing may be packed, or it might be what the file keeps out. */
  readonly problem: ContentProblem | null;
}

/** The file of patterns in a functions root and in a function. It is never packed itself. */
export const ignoreFileName = '.tcbignore';

/**
 * No pattern takes these back in: secrets, what the cloud installs by itself, the repository, and what this program writes, which would be a change
 * of the function each time.
 */
const neverPacked: readonly string[] = ['.env*', 'node_modules', '.git', 'watch.config.json', '.tcb-watch'];

/** The list of docs/configuration.md, "What is packed". `#` is escaped because it starts a comment in gitignore's syntax. */
export const builtInPatterns: readonly string[] = [
  ...neverPacked,
  '.svn',
  '.hg',
  '.DS_Store',
  'Thumbs.db',
  '*.log',
  ignoreFileName,
  '*~',
  '.*.sw?',
  '4913',
  '.#*',
  '\\#*#',
  '*___jb_tmp___',
  '*___jb_old___',
  '.subl*.tmp',
  '*.crswap',
];

const builtIn = 'built-in';
const notIgnored: IgnoreVerdict = { ignored: false, rule: null, source: null };

/** Without regard to case: on macOS and Windows `.ENV` is the same file as `.env`, and as secret. */
const never = /(?:^|\/)(?:(\.env)[^/]*|(node_modules)|(\.git)|(watch\.config\.json)|(\.tcb-watch))(?:\/|$)/i;

function neverRule(path: string): string | null {
  const match = never.exec(path);
  if (match === null) return null;
  return neverPacked[match.slice(1).findIndex((found) => found !== undefined)] ?? null;
}

/** The library remembers every path it was ever asked about; after this many questions it starts over. */
const questionsPerList = 250_000;

function createList(layers: readonly IgnoreLayer[]): () => ReturnType<typeof ignore> {
  const make = (): ReturnType<typeof ignore> => {
    const list = ignore({ ignorecase: false });
    for (const { source, patterns } of layers)
      list.add(patterns.map((pattern) => ({ pattern, mark: source })));
    return list;
  };
  let list = make();
  let questions = 0;
  return () => {
    questions += 1;
    if (questions % questionsPerList === 0) list = make();
    return list;
  };
}

/**
 * Whether a path must not be packed under any other name either: the target of a link that points to an `.env` file, into a
 * repository, or to what this program keeps. (`node_modules` may be linked to: a link there is a wish, not a leak.)
 */
export function isSecretPath(path: string): boolean {
  return path.split('/').some((part) => /^\.env|^\.git$|^\.tcb-watch$|^watch\.config\.json$/i.test(part));
}

/** The built-in list and then `layers`, in order. */
export function createIgnoreRules(
  layers: readonly IgnoreLayer[],
  problem: ContentProblem | null = null,
): IgnoreRules {
  const list = createList([{ source: builtIn, patterns: builtInPatterns }, ...layers]);
  const explain = (path: string, isDirectory: boolean): IgnoreVerdict => {
    const tested = isDirectory ? `${path}/` : path;
    if (path === '' || !ignore.isPathValid(tested)) return notIgnored;
    const hard = neverRule(path);
    if (hard !== null) return { ignored: true, rule: hard, source: builtIn };
    const { ignored, rule } = list().test(tested);
    return ignored ? { ignored, rule: rule?.pattern ?? null, source: rule?.mark ?? null } : notIgnored;
  };
  const taken = layers.flatMap(({ patterns }) => patterns.filter((pattern) => pattern.startsWith('!')));
  return {
    ignores: (path, isDirectory) => explain(path, isDirectory).ignored,
    explain,
    takesIn: (path) => taken.some((pattern) => namesFile(pattern, path)),
    problem,
  };
}

/** The built-in list alone: for what has no rules of its own, or none that are known. */
export const builtInRules = createIgnoreRules([]);

/** Kinds of files that hold keys: whoever takes all of one kind in means them. Code is of no such kind. */
const keyKinds = /^\*+\.(?:pem|key|p12|pfx|jks|keystore)$/i;

/** Whether the last part of a `!` pattern is the file's own name, or its kind where that is one of keys, and the whole of it fits. */
function namesFile(pattern: string, path: string): boolean {
  const positive = pattern.slice(1).trimEnd();
  const last = positive.slice(positive.lastIndexOf('/') + 1);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!keyKinds.test(last) && unescaped(last) !== name) return false;
  return ignore({ ignorecase: false }).add({ pattern: positive }).ignores(path);
}

const unescaped = (pattern: string): string => pattern.replaceAll(/\\(.)/g, '$1');

/** The pattern that takes one file in, and no other. `path` is relative to the folder of the rules. */
export function patternFor(path: string): string {
  return `!/${path.replaceAll(/[\\*?[\]!# ]/g, '\\$&')}`;
}

/**
 * The rules of the function (or shared folder) `name` in `dir`, which lies in the functions root `root`: the built-in list,
 * `ignore`, `functions.<name>.ignore`, the root's `.tcbignore`, the function's own. Reads both files again each time; the
 * caller does so whenever one of them or the configuration may have changed.
 */
export async function loadIgnoreRules(
  config: Pick<Config, 'ignore' | 'functions'>,
  name: string,
  dir: string,
  root: string,
): Promise<IgnoreRules> {
  const own = Object.hasOwn(config.functions, name) ? config.functions[name] : undefined;
  const ofRoot = root === dir ? noFile : await readPatterns(root, `../${ignoreFileName}`);
  const ofFunction = await readPatterns(dir, ignoreFileName);
  return memoized(
    [
      { source: 'ignore', patterns: config.ignore },
      { source: `functions.${name}.ignore`, patterns: own?.ignore ?? [] },
      { source: `../${ignoreFileName}`, patterns: ofRoot.patterns.flatMap((line) => alsoFrom(name, line)) },
      { source: ignoreFileName, patterns: ofFunction.patterns },
    ].filter((layer) => layer.patterns.length > 0),
    ofRoot.problem ?? ofFunction.problem,
  );
}

interface PatternFile {
  readonly patterns: readonly string[];
  readonly problem: ContentProblem | null;
}

const noFile: PatternFile = { patterns: [], problem: null };

async function readPatterns(folder: string, path: string): Promise<PatternFile> {
  const read = await readPatternFile(join(folder, ignoreFileName));
  if (read.ok) return { patterns: read.text.split(/\r?\n/), problem: null };
  if (read.code === 'ENOENT' || read.code === 'ENOTDIR') return noFile;
  return { patterns: [], problem: { reason: 'unreadable', path, code: read.code } };
}

/** Somebody else's: no system has such a code. */
const notOurs = 'NOTOURS';
/** Larger ones are no lists of patterns, bytes. */
const mostPatternBytes = 1024 * 1024;

/**
 * It is looked for with every scan and hardly ever there: a question to another thread would make every save wait for that
 * thread's turn (0.4 ms, on a busy machine 30).
 */
async function readPatternFile(path: string): Promise<TextRead> {
  const stat = attempt(() => statSync(path, { throwIfNoEntry: false }));
  if (!stat.ok) return stat;
  if (stat.value === undefined) return { ok: false, code: 'ENOENT' };
  // As with a configuration: another user's patterns could take in what is to stay here.
  if (!isOwnedByUsOrRoot(stat.value)) return { ok: false, code: notOurs };
  const read = readTextFileSync(path, mostPatternBytes);
  if (read.ok || (stat.value.isFile() && !mayPass(read.code))) return read;
  return readTextFile(path, { mostBytes: mostPatternBytes });
}

/**
 * A line of the root's file, and, where it begins with the function's own folder (`pay/fixtures/`, as in a .gitignore next to
 * it), the same seen from inside the function.
 */
function alsoFrom(name: string, line: string): readonly string[] {
  const [, negation = '', rest = ''] = /^(!?)\/?(.*)$/.exec(line) ?? [];
  return rest.startsWith(`${name}/`) && rest.length > name.length + 1
    ? [line, `${negation}${rest.slice(name.length)}`]
    : [line];
}

/** Most functions have the same rules; one object for all of them keeps their compiled patterns and answers once. */
const known = new Map<string, IgnoreRules>();
/** More than the different rules of any real project; past it the memory starts over. */
const knownAtMost = 500;

function memoized(layers: readonly IgnoreLayer[], problem: ContentProblem | null): IgnoreRules {
  if (layers.length === 0 && problem === null) return builtInRules;
  const key = JSON.stringify([layers, problem]);
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= knownAtMost) known.clear();
  const rules = createIgnoreRules(layers, problem);
  known.set(key, rules);
  return rules;
}
