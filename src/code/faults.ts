/**
 * The faults that keep a function's code from running in the cloud though it may run here, found without running anything: from the entry on,
 * everything that it loads is read and looked up among what is packed.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import type { CodeFault } from '../model/code-fault.js';
import { type Manifest, manifestName, noManifest, readManifest, unknownManifest } from './manifest.js';
import type { SourceType } from './parse.js';
import { type Need, readLargeSource, readSource, type Source } from './source.js';

/** A packed file. */
export interface CodeFile {
  /** Of the zip, with forward slashes. */
  readonly path: string;
  /** Of its content, so that it is read and parsed once only; null: it is read every time. */
  readonly sha256: string | null;
  /** null: it cannot be read just now. */
  readonly read: () => Promise<string | null>;
}

export interface FaultFinder {
  /**
   * Everything that is wrong, in the order in which the code is loaded.
   * @param isInstalled whether a package lies in the function's own `node_modules`; null: the function has none
   */
  find(
    files: readonly CodeFile[],
    isInstalled: (name: string) => boolean | null,
  ): Promise<readonly CodeFault[]>;
}

/** The file that the cloud's runtime starts (docs/cloud-api.md, "Packing"). */
const cloudEntry = 'index.js';
const otherEntries: readonly string[] = ['index.mjs', 'index.cjs'];
/** The packages that the runtime may bring along by itself; whoever calls them without naming them is only warned. */
const runtimePackage = 'wx-server-sdk';
/** Larger sources are bundles, whose makers looked at what they need: they are only compiled. Characters. */
const largeText = 1024 * 1024;
/** As above, while somebody waits for a save: a tree of so much takes about 6 ms. Characters. */
export const largeTextAtSave = 64 * 1024;
/** Sources that are kept parsed. */
const mostKept = 2000;

export interface FaultFinderOptions {
  /** Awaited between two files, so that the thread is never kept for long. */
  readonly breathe?: () => Promise<void> | undefined;
  /** Characters from which on a source is only compiled. */
  readonly large?: number;
}

export function createFaultFinder({
  breathe = () => undefined,
  large = largeText,
}: FaultFinderOptions = {}): FaultFinder {
  const kept = new Map<string, Source | null>();

  const sourceOf = async (file: CodeFile, declared: SourceType | null): Promise<Source | null> => {
    const key = file.sha256 === null ? null : `${declared} ${file.sha256}`;
    const known = key === null ? undefined : kept.get(key);
    if (known !== undefined) return known;
    await breathe();
    const text = await file.read();
    if (text === null) return null;
    const source = text.length > large ? readLargeSource(text, declared) : readSource(text, declared);
    if (key !== null) {
      if (kept.size >= mostKept) kept.clear();
      kept.set(key, source);
    }
    return source;
  };

  return {
    find: (files, isInstalled) =>
      findFaults(new Map(files.map((file) => [file.path, file])), isInstalled, sourceOf),
  };
}

/** Something to read: `certain` where loading the function loads it. */
interface Loaded {
  readonly path: string;
  readonly certain: boolean;
  readonly by: Need['by'];
}

async function findFaults(
  files: ReadonlyMap<string, CodeFile>,
  isInstalled: (name: string) => boolean | null,
  sourceOf: (file: CodeFile, declared: SourceType | null) => Promise<Source | null>,
): Promise<readonly CodeFault[]> {
  const packed = await readPackage(files);
  const { own } = packed;
  const faults: CodeFault[] = [...own.faults];
  // A file that is sure to be loaded is read first: whatever else loads it too, a fault in it is sure.
  const sure: Loaded[] = [];
  const unsure: Loaded[] = [];
  const seen = new Set<string>();

  const start = files.has(cloudEntry) ? cloudEntry : packed.otherEntry();
  if (start !== null) sure.push({ path: start, certain: true, by: 'require' });
  if (start !== null && start !== cloudEntry)
    faults.push({ kind: 'other-entry', path: start, line: 1, column: 1, certain: true });

  const follow = (path: string, need: Need, certain: boolean): void => {
    const place = { path, line: need.line, column: need.column, certain };
    if (!isRelative(need.specifier)) {
      const fault = need.optional ? null : packageFault(need.specifier, place, own, isInstalled);
      if (fault !== null) faults.push(fault);
      return;
    }
    const target = posix.join(posix.dirname(path), need.specifier);
    const found = packed.resolve(target);
    if (found !== null) return void (certain ? sure : unsure).push({ path: found, certain, by: need.by });
    const actual = packed.resolveAnyCase(target);
    if (actual !== null || !need.optional) faults.push(missingFault(target, need.specifier, place, actual));
  };

  for (let next = sure.shift(); next !== undefined; next = sure.shift() ?? unsure.shift()) {
    const { path, certain } = next;
    const file = files.get(path);
    if (seen.has(path) || file === undefined || !/\.[cm]?js$/.test(path)) continue;
    seen.add(path);
    const source = await sourceOf(file, packed.typeOf(path));
    if (source === null) continue;
    faults.push(...ownFaults(source, next, path === start));
    for (const need of source.ok ? source.needs : []) follow(path, need, certain && need.certain);
  }
  return faults;
}

/** The files that are packed, as `require` sees it. */
interface Package {
  /** Of the zip's root: the only one that the cloud installs from. */
  readonly own: Manifest;
  /** The kind that its `.js` ending and the nearest package.json make of a file; null: neither says. */
  typeOf(path: string): SourceType | null;
  /** The packed file that `require` finds at a path without an ending; null: none. */
  resolve(path: string): string | null;
  /** As `resolve`, where large and small letters do not count. */
  resolveAnyCase(path: string): string | null;
  /** The entry that there is where the cloud's own is missing; null: none. */
  otherEntry(): string | null;
}

const endings: readonly string[] = ['', '.js', '.json', '.node', '.cjs', '.mjs'];
const indexes: readonly string[] = ['/index.js', '/index.json', '/index.node', '/index.cjs', '/index.mjs'];

async function readPackage(files: ReadonlyMap<string, CodeFile>): Promise<Package> {
  const folders = new Set([...files.keys()].flatMap(foldersAbove));
  const isPacked = (path: string): boolean => files.has(path) || folders.has(path);
  const manifests = new Map<string, Manifest>();
  for (const [path, file] of files) {
    if (posix.basename(path) !== manifestName) continue;
    const text = await file.read();
    const manifest = text === null ? unknownManifest : readManifest(path, text, isPacked);
    manifests.set(posix.dirname(path), manifest);
  }
  const own = manifests.get('.') ?? noManifest;
  const byLetters = new Map([...files.keys()].map((path) => [path.toLowerCase(), path]));

  const lookUp = (path: string, find: (candidate: string) => string | undefined): string | null => {
    const plain = path.replace(/\/$/, '');
    const main = manifests.get(plain)?.main ?? null;
    const inside = main === null ? [] : candidatesOf(posix.join(plain, main));
    for (const candidate of [...endings.map((ending) => plain + ending), ...inside, ...indexesOf(plain)]) {
      const found = find(candidate);
      if (found !== undefined) return found;
    }
    return null;
  };
  const exact = (candidate: string): string | undefined => (files.has(candidate) ? candidate : undefined);

  return {
    own,
    typeOf(path) {
      if (path.endsWith('.mjs')) return 'module';
      if (path.endsWith('.cjs')) return 'script';
      const near = [...foldersAbove(path), '.'].find((folder) => manifests.has(folder));
      return near === undefined ? null : (manifests.get(near)?.type ?? null);
    },
    resolve: (path) => lookUp(path, exact),
    resolveAnyCase: (path) => lookUp(path, (candidate) => byLetters.get(candidate.toLowerCase())),
    otherEntry: () =>
      otherEntries.find((entry) => files.has(entry)) ??
      (own.main === null ? null : lookUp(posix.normalize(own.main), exact)),
  };
}

const indexesOf = (path: string): readonly string[] =>
  path === '.' ? indexes.map((index) => index.slice(1)) : indexes.map((index) => path + index);

const candidatesOf = (path: string): readonly string[] => [
  ...endings.map((ending) => path + ending),
  ...indexesOf(path),
];

/** `a/b` and `a` of `a/b/c.js`, the nearest first. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = posix.dirname(path); at !== '.' && at !== '/'; at = posix.dirname(at)) folders.push(at);
  return folders;
}

type At = Pick<CodeFault, 'path' | 'line' | 'column' | 'certain'>;

/** The faults of a file whatever it loads. */
function ownFaults(source: Source, { path, certain, by }: Loaded, isEntry: boolean): CodeFault[] {
  if (!source.ok) {
    const at = { path, line: source.line, column: source.column, certain };
    const { message } = source;
    return [source.conflict ? { kind: 'conflict-marker', ...at } : { kind: 'syntax-error', ...at, message }];
  }
  const faults: CodeFault[] = [];
  if (source.sourceType === 'module' && by === 'require')
    faults.push({ kind: 'module-syntax', path, ...source.modulePlace, certain });
  if (isEntry && !source.exportsMain)
    faults.push({ kind: 'no-main', path, line: 1, column: 1, certain: true });
  return faults;
}

function missingFault(target: string, named: string, at: At, actual: string | null): CodeFault {
  if (actual !== null) return { kind: 'wrong-case', ...at, named, actual };
  const outside = target === '..' || target.startsWith('../');
  return { kind: 'missing-file', ...at, named, where: outside ? 'outside' : 'nowhere' };
}

const isRelative = (specifier: string): boolean => /^\.{1,2}(?:\/|$)/.test(specifier);

const builtIn: ReadonlySet<string> = new Set(builtinModules);

/** A package that the cloud does not install. Without a package.json that can be read, nothing is known of any. */
function packageFault(
  specifier: string,
  at: At,
  own: Manifest,
  isInstalled: (name: string) => boolean | null,
): CodeFault | null {
  const name = packageName(specifier);
  if (name === null || name === own.name || own.installed.has(name) || !own.known) return null;
  // Another package may bring it along. Where the function's packages are installed here, that shows.
  const mayComeAlong = own.installed.size > 0 && isInstalled(name) !== false;
  const certain = at.certain && name !== runtimePackage && !mayComeAlong;
  return { kind: 'undeclared-package', ...at, certain, name, development: own.development.has(name) };
}

/** `@scope/a` of `@scope/a/b`; null for what is no package: a part of Node, an address, a path, `#alias`. */
function packageName(specifier: string): string | null {
  if (/^[#/]|^[a-z]+:/i.test(specifier) || /^[a-z]:\\/i.test(specifier)) return null;
  const [scope = '', rest = ''] = specifier.split('/');
  if (builtIn.has(specifier) || builtIn.has(scope)) return null;
  return scope.startsWith('@') ? `${scope}/${rest}` : scope;
}
