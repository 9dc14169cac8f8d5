/**
 * Which functions there are: the direct subfolders of the functions roots that hold an entry, and those that the configuration
 * names. Whatever the disk says is data: a root that is gone holds its functions, it never empties the list.
 */

import { basename, dirname, join, resolve } from 'node:path';
import { takesHelper } from '../answers/proof.js';
import type { Config } from '../config/model.js';
import { attempt, type Disk, type FileKind, realDisk } from '../content/disk.js';
import { entryNames, longestManifest, mainCandidates, mainOf } from '../content/entry.js';
import { isSecretPath } from '../content/ignore.js';
import { createSlices, type Slices } from '../content/slices.js';
import { outerRoots } from '../content/source.js';
import type { ContentProblem, EnvId, FunctionName, FunctionSpec, NameRule } from '../model/nouns.js';
import { compareCodeUnits, isWithin, slashRelative } from '../system/paths.js';

type DiscoveryConfig = Pick<Config, 'folder' | 'functionsRoots' | 'envs' | 'shared' | 'functions'> &
  Partial<Pick<Config, 'answers' | 'protectedEnvs'>>;

export interface DiscoverOptions {
  /** The functions that the last discovery found: where a root is gone now, its functions are taken from here. */
  readonly previous?: readonly FunctionSpec[];
  /** Names known otherwise (the ledger's): their folders stay functions when they lose their entry. */
  readonly known?: ReadonlySet<FunctionName>;
  readonly disk?: Disk;
  readonly slices?: Slices;
}

/** Sorted by name. Never throws for what is on disk: what is wrong with a function is its `problem`. */
export async function discover(
  config: DiscoveryConfig,
  options: DiscoverOptions = {},
): Promise<FunctionSpec[]> {
  return new Discovery(config, options).run();
}

/** The functions roots that are not there now. */
export function missingRoots({ functionsRoots }: Pick<Config, 'functionsRoots'>, disk = realDisk): string[] {
  return [...new Set(functionsRoots)].filter((root) => !attempt(() => disk.entries(root)).ok);
}

/**
 * docs/cloud-api.md, "Packing": 2–60 of letters, digits, `-`, `_`; starts with a letter; does not end in `-` or `_`; with
 * the environment's id at most 118. `env` is the first environment that the name is too long for.
 */
export function nameProblem(name: FunctionName, envs: readonly EnvId[]): ContentProblem | null {
  const rule = brokenRule(name);
  if (rule !== null) return { reason: 'bad-name', rule, env: null };
  const env = envs.find((id) => id.length + name.length > 118);
  return env === undefined ? null : { reason: 'bad-name', rule: 'with-env', env };
}

function brokenRule(name: FunctionName): NameRule | null {
  if (!/^[A-Za-z0-9_-]*$/.test(name)) return 'characters';
  if (!/^[A-Za-z]/.test(name)) return 'start';
  if (/[-_]$/.test(name)) return 'end';
  return name.length < 2 || name.length > 60 ? 'length' : null;
}

interface Candidate {
  readonly name: FunctionName;
  readonly dir: string;
  readonly root: string;
  readonly problem: ContentProblem | null;
}

interface RootScan {
  readonly root: string;
  readonly gone: boolean;
  readonly candidates: readonly Candidate[];
}

class Discovery {
  readonly #config: DiscoveryConfig;
  readonly #disk: Disk;
  readonly #slices: Slices;
  readonly #previous: readonly FunctionSpec[];
  readonly #known: ReadonlySet<FunctionName>;
  /** Folders that the configuration gives to a function by `dir`. */
  readonly #claimed: ReadonlyMap<string, FunctionName>;
  /** The real paths of the project and of roots outside of it, which symbolic links may lead into. */
  readonly #containers: readonly string[];
  readonly #repositoryOf: (dir: string) => string | null;

  constructor(
    config: DiscoveryConfig,
    { previous = [], known = new Set(), disk = realDisk, slices = createSlices() }: DiscoverOptions,
  ) {
    this.#config = config;
    this.#disk = disk;
    this.#slices = slices;
    this.#previous = previous;
    this.#known = new Set([...known, ...previous.map(({ name }) => name)]);
    this.#claimed = new Map(
      Object.entries(config.functions).flatMap(([name, { dir }]) =>
        dir === null ? [] : [[resolve(dir), name] as const],
      ),
    );
    this.#containers = [config.folder, ...outerRoots(config)].flatMap((folder) => {
      const real = attempt(() => disk.realpath(folder));
      return real.ok ? [real.value] : [];
    });
    this.#repositoryOf = createRepositoryFinder(disk);
  }

  async run(): Promise<FunctionSpec[]> {
    const scanned: RootScan[] = [];
    for (const root of new Set(this.#config.functionsRoots)) scanned.push(await this.#scanRoot(root));
    const candidates = [
      ...scanned.flatMap(({ candidates }) => candidates),
      ...this.#configured(scanned),
      ...scanned.flatMap(({ root, gone }) => (gone ? this.#lostWith(root) : [])),
    ];
    const lost = this.#lostFromLedger(scanned, new Set(candidates.map(({ name }) => name)));
    return this.#joinByName([...candidates, ...lost]).sort((one, other) =>
      compareCodeUnits(one.name, other.name),
    );
  }

  async #scanRoot(root: string): Promise<RootScan> {
    const listed = attempt(() => this.#disk.entries(root));
    const folders = listed.ok
      ? listed.value.filter(({ kind }) => kind === 'directory' || kind === 'link')
      : [];
    if (!listed.ok || this.#wasUnmounted(root, folders.length)) return { root, gone: true, candidates: [] };
    const candidates: Candidate[] = [];
    for (const { name, kind } of folders) {
      const pause = this.#slices.breathe();
      if (pause !== undefined) await pause;
      const candidate = this.#mayBeFunction(root, name) ? this.#candidate(root, name, kind === 'link') : null;
      if (candidate !== null) candidates.push(candidate);
    }
    return { root, gone: false, candidates };
  }

  /** The mount point of a drive that is gone is an empty folder. (A single function may simply have been deleted.) */
  #wasUnmounted(root: string, folders: number): boolean {
    return folders === 0 && this.#previous.filter((spec) => spec.root === root).length > 1;
  }

  #mayBeFunction(root: string, name: string): boolean {
    if (name.startsWith('.') || name === 'node_modules') return false;
    if (Object.hasOwn(this.#config.shared, name)) return false;
    const own = this.#configOf(name);
    // A function whose `dir` says otherwise lives there, whatever else is named like it.
    return !this.#claimed.has(join(root, name)) && (own === undefined || own.dir === null);
  }

  #candidate(root: string, name: string, isLink: boolean): Candidate | null {
    const dir = join(root, name);
    const isWanted = this.#known.has(name) || this.#configOf(name) !== undefined;
    if (isLink && !this.#isOf(dir, 'directory')) return null;
    if (!isWanted && !this.#hasEntry(dir)) return null;
    return { name, dir, root, problem: isLink ? this.#linkProblem(dir, name) : null };
  }

  #linkProblem(dir: string, name: string): ContentProblem | null {
    const real = attempt(() => this.#disk.realpath(dir));
    const container = real.ok ? this.#containers.find((each) => isWithin(real.value, each)) : undefined;
    if (real.ok && container !== undefined && !isSecretPath(slashRelative(container, real.value)))
      return null;
    const target = attempt(() => this.#disk.readlink(dir));
    return { reason: 'outside-link', path: name, target: target.ok ? target.value : '' };
  }

  #isOf(path: string, kind: FileKind): boolean {
    const found = attempt(() => this.#disk.find(path));
    return found.ok && found.value?.kind === kind;
  }

  /** Whether one of the files is there that the cloud could start, ignored or not. */
  #hasEntry(dir: string): boolean {
    const isFile = (path: string): boolean => this.#isOf(join(dir, path), 'file');
    if (entryNames.some(isFile)) return true;
    if (!isFile('package.json')) return false;
    const main = mainOf(this.#readText(join(dir, 'package.json')));
    return main !== null && mainCandidates(main).some(isFile);
  }

  /** '' where it cannot be read: discovery then finds no entry, and reads it at the next change. */
  #readText(path: string): string {
    const text = attempt(() => {
      const file = this.#disk.open(path);
      try {
        const content = Buffer.alloc(Math.min(file.stat().size, longestManifest));
        return content.toString('utf8', 0, file.read(content, 0, content.length));
      } finally {
        file.close();
      }
    });
    return text.ok ? text.value : '';
  }

  /** Functions that the configuration names and no root showed: elsewhere by `dir`, or not there at all. */
  #configured(scanned: readonly RootScan[]): readonly Candidate[] {
    const found = new Set(scanned.flatMap(({ candidates }) => candidates.map(({ name }) => name)));
    const goneRoot = scanned.find(({ gone }) => gone)?.root;
    const root = goneRoot ?? this.#config.functionsRoots[0] ?? this.#config.folder;
    return Object.entries(this.#config.functions).flatMap(([name, { dir }]): readonly Candidate[] => {
      if (dir !== null) return [this.#explicit(name, resolve(dir))];
      if (found.has(name)) return [];
      const gone: ContentProblem = { reason: 'gone', dir: join(root, name) };
      return [
        { name, dir: join(root, name), root, problem: goneRoot ? { reason: 'root-gone', root } : gone },
      ];
    });
  }

  #explicit(name: FunctionName, dir: string): Candidate {
    const root = this.#config.functionsRoots.find((folder) => isWithin(dir, folder)) ?? dirname(dir);
    const there = attempt(() => this.#disk.stat(dir).kind === 'directory');
    if (!there.ok && there.code !== 'ENOENT' && there.code !== 'ENOTDIR') {
      return { name, dir, root, problem: { reason: 'unreadable', path: '.', code: there.code } };
    }
    if (!there.ok || !there.value) return { name, dir, root, problem: { reason: 'gone', dir } };
    const isLink = attempt(() => this.#disk.lstat(dir).kind === 'link');
    return { name, dir, root, problem: isLink.ok && isLink.value ? this.#linkProblem(dir, name) : null };
  }

  #lostWith(root: string): readonly Candidate[] {
    return this.#previous
      .filter((spec) => spec.root === root && !this.#claimed.has(spec.dir))
      .map(({ name, dir }) => ({ name, dir, root, problem: { reason: 'root-gone', root } }));
  }

  /** At a start nobody knows which root a function lay in: one that is nowhere else lay in the root that is gone. */
  #lostFromLedger(scanned: readonly RootScan[], found: ReadonlySet<FunctionName>): readonly Candidate[] {
    const root = scanned.find(({ gone }) => gone)?.root;
    if (root === undefined || this.#previous.length > 0) return [];
    return [...this.#known]
      .filter((name) => !found.has(name) && !Object.hasOwn(this.#config.shared, name))
      .map((name) => ({ name, dir: join(root, name), root, problem: { reason: 'root-gone', root } }));
  }

  /** One function for each name that is switched on; two folders of one name block each other. */
  #joinByName(candidates: readonly Candidate[]): FunctionSpec[] {
    const byName = new Map<FunctionName, Candidate>();
    for (const candidate of candidates) {
      const first = byName.get(candidate.name);
      byName.set(candidate.name, first === undefined ? candidate : this.#merged(first, candidate));
    }
    return [...byName.values()]
      .filter(({ name }) => this.#configOf(name)?.enabled !== false)
      .map((candidate) => this.#specOf(candidate));
  }

  #merged(first: Candidate, other: Candidate): Candidate {
    // A folder that went away with its root is not a second function: it may have moved to another root.
    if (other.problem?.reason === 'root-gone') return first;
    const { folder } = this.#config;
    const path = slashRelative(folder, first.dir);
    return { ...first, problem: { reason: 'clash', path, other: slashRelative(folder, other.dir) } };
  }

  #specOf({ name, dir, root, problem }: Candidate): FunctionSpec {
    const own = this.#configOf(name)?.envs ?? this.#config.envs;
    const envs = this.#config.envs.filter((env) => own.includes(env));
    const isLost = problem?.reason === 'root-gone';
    // Looked for only then: for each of many functions in every sweep, it would cost more than looking at their folders.
    const before = isLost ? this.#previous.find((spec) => spec.name === name) : undefined;
    const repository = isLost ? (before?.repository ?? null) : this.#repositoryOf(dir);
    const built = this.#configOf(name)?.build != null;
    const helperIn = envs.filter((env) => takesHelper(this.#config, name, env));
    const spec = { name, dir, root, envs, repository, built, problem: problem ?? nameProblem(name, envs) };
    return helperIn.length === 0 ? spec : { ...spec, helperIn };
  }

  #configOf(name: FunctionName) {
    const { functions } = this.#config;
    return Object.hasOwn(functions, name) ? functions[name] : undefined;
  }
}

/** The nearest folder upward with a `.git`: a folder in a repository, a file in a worktree or submodule. */
function createRepositoryFinder(disk: Disk): (dir: string) => string | null {
  const found = new Map<string, string | null>();
  const find = (dir: string): string | null => {
    const before = found.get(dir);
    if (before !== undefined) return before;
    const parent = dirname(dir);
    const here = attempt(() => basename(dir) !== '.git' && disk.find(join(dir, '.git')) !== null);
    const repository = here.ok && here.value ? dir : parent === dir ? null : find(parent);
    found.set(dir, repository);
    return repository;
  };
  return find;
}
