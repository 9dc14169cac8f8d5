/**
 * Which files make up a function: its folder without what is ignored, links followed, shared folders at `<name>/`. Only
 * looks, never reads contents.
 */

import { dirname, normalize, resolve, sep } from 'node:path';
import type { ContentProblem } from '../model/nouns.js';
import { compareCodeUnits, isWithin, slashRelative } from '../system/paths.js';
import { attempt, beginningOf, type DirectoryEntry, type Disk, type FileStat } from './disk.js';
import { type IgnoreRules, isSecretPath } from './ignore.js';
import type { Slices } from './slices.js';
import type { SharedSource, SnapshotSource } from './source.js';

/** A file to pack. `path` is its place in the zip; `file` is where it lies. */
export interface WalkedFile {
  readonly path: string;
  readonly file: string;
  readonly stat: FileStat;
}

export interface WalkedDirectory {
  readonly path: string;
  readonly dir: string;
  readonly stat: FileStat;
}

/** A symbolic link and where it led: null for nowhere. */
export interface WalkedLink {
  readonly file: string;
  readonly real: string | null;
  readonly directory: boolean;
  /** The content that it points to is the function's own. */
  readonly followed: boolean;
}

/** Something that is not packed, and why; a directory's path ends in a slash. `rule` null: not a rule's doing. */
export interface Skipped {
  readonly path: string;
  readonly rule: string | null;
  /**
   * The rule's source, or `shared` for the local link to a shared folder, `special` for a socket, pipe or device, `secret` for a file
   * that the configuration keeps a secret in, and for a link to what is never packed.
   */
  readonly source: string | null;
}

export interface Walk {
  /** Sorted by path, in code units. */
  readonly files: readonly WalkedFile[];
  readonly directories: readonly WalkedDirectory[];
  readonly skipped: readonly Skipped[];
  readonly links: readonly WalkedLink[];
  /** The text of a file, not only its state, decided something: no look at states alone can show that it is still so. */
  readonly readText: boolean;
  /** The first thing that keeps the content from being sent; the walk ends there. */
  readonly problem: ContentProblem | null;
  /** Something vanished after it was listed: scan once more, it may be a save in progress. */
  readonly moved: boolean;
}

/** Walks a function's folder and its shared folders, breathing between entries. Never throws for what is on disk. */
export function walk(source: SnapshotSource, disk: Disk, slices: Slices): Promise<Walk> {
  return new Walker(source, disk, slices).walk();
}

/** A directory to be walked. */
interface Frame {
  /** The directory's place in the zip: '' or ending in a slash. */
  readonly prefix: string;
  readonly dir: string;
  /** Its real path and those of the directories it was reached through, to see a loop. */
  readonly chain: readonly string[];
  readonly rules: IgnoreRules;
  /** Its path as the rules see it: '' or ending in a slash. */
  readonly rulePrefix: string;
  readonly shared: readonly SharedSource[];
}

/** An entry of a directory. */
interface Visited {
  readonly frame: Frame;
  readonly name: string;
  /** Its place in the zip. */
  readonly path: string;
  /** Where it lies. */
  readonly file: string;
}

class Walker {
  readonly #source: SnapshotSource;
  readonly #disk: Disk;
  readonly #slices: Slices;
  /** Real folders that links may lead into. */
  readonly #containers: string[] = [];
  readonly #frames: Frame[] = [];
  readonly #files: WalkedFile[] = [];
  readonly #directories: WalkedDirectory[] = [];
  readonly #skipped: Skipped[] = [];
  readonly #links: WalkedLink[] = [];
  #readText = false;
  #moved = false;

  constructor(source: SnapshotSource, disk: Disk, slices: Slices) {
    this.#source = source;
    this.#disk = disk;
    this.#slices = slices;
  }

  async walk(): Promise<Walk> {
    let problem = this.#addTrees();
    while (problem === null) {
      const frame = this.#frames.pop();
      if (frame === undefined) break;
      problem = await this.#walkDirectory(frame);
    }
    return {
      files: this.#files.sort((one, other) => compareCodeUnits(one.path, other.path)),
      directories: this.#directories,
      skipped: this.#skipped,
      links: this.#links,
      readText: this.#readText,
      problem,
      moved: this.#moved,
    };
  }

  #addTrees(): ContentProblem | null {
    const { dir, projectFolder, outerRoots = [], rules, shared } = this.#source;
    for (const container of [projectFolder, ...outerRoots]) {
      const real = attempt(() => this.#disk.realpath(container));
      if (real.ok) this.#containers.push(real.value);
    }
    const trees = [
      { dir, name: '', rules, shared },
      ...shared.map((folder) => ({ ...folder, shared: [] as readonly SharedSource[] })),
    ];
    for (const tree of trees) {
      const problem = tree.rules.problem ?? this.#addTree(tree);
      if (problem !== null) return problem;
    }
    return null;
  }

  /** A folder to walk from its top. A folder outside the project is fine where the configuration names it, not by a link. */
  #addTree({
    dir,
    name,
    rules,
    shared,
  }: SharedSource & Pick<SnapshotSource, 'shared'>): ContentProblem | null {
    const path = name === '' ? '.' : name;
    const found = attempt(() => ({
      isLink: this.#disk.lstat(dir).kind === 'link',
      real: this.#disk.realpath(dir),
    }));
    if (!found.ok) return this.#missingTree(dir, name, found.code);
    const { isLink, real } = found.value;
    if (isLink) this.#links.push({ file: dir, real, directory: true, followed: false });
    const container = this.#containers.find((each) => isWithin(real, each));
    const isOutside = container === undefined;
    const isSecret = !isOutside && isSecretPath(slashRelative(container, real));
    if (isLink && (isOutside || isSecret))
      return { reason: 'outside-link', path, target: this.#linkTarget(dir) };
    if (isOutside) this.#containers.push(real);
    this.#frames.push({
      prefix: name === '' ? '' : `${name}/`,
      dir: withoutLastSlash(normalize(dir)),
      chain: [real],
      rules,
      rulePrefix: '',
      shared,
    });
    return null;
  }

  #missingTree(dir: string, name: string, code: string): ContentProblem {
    const path = name === '' ? '.' : name;
    if (code === 'ELOOP') return { reason: 'link-loop', path, target: dir };
    if (name === '' && isAbsent(code)) return { reason: 'gone', dir };
    return { reason: 'unreadable', path, code };
  }

  async #walkDirectory(frame: Frame): Promise<ContentProblem | null> {
    const path = frame.prefix === '' ? '.' : frame.prefix.slice(0, -1);
    const listed = attempt(() => ({
      stat: this.#disk.stat(frame.dir),
      entries: this.#disk.entries(frame.dir),
    }));
    if (!listed.ok) return this.#unreadable(path, listed.code);
    this.#directories.push({ path, dir: frame.dir, stat: listed.value.stat });
    const composed = new Map<string, string>();
    for (const entry of listed.value.entries) {
      const pause = this.#slices.breathe();
      if (pause !== undefined) await pause;
      const problem = this.#visit(frame, entry, composed);
      if (problem !== null) return problem;
    }
    return null;
  }

  /** Packed, descended into, left out, or the reason why the function cannot be sent. */
  #visit(frame: Frame, entry: DirectoryEntry, composed: Map<string, string>): ContentProblem | null {
    // Not `join`, which costs as much as the rest of this method for each of many thousand names.
    const file = frame.dir + sep + entry.name;
    const { name } = entry;
    const at: Visited = { frame, name, path: frame.prefix + name, file };
    const shared = frame.shared.find((candidate) => candidate.name === name);
    if (shared !== undefined) return this.#visitShared(at, entry, shared);
    if (entry.kind === 'link') return this.#visitLink(at, composed);
    const verdict = frame.rules.explain(rulePath(at), entry.kind === 'directory');
    if (verdict.ignored) return this.#skip(at.path, entry.kind === 'directory', verdict.rule, verdict.source);
    const unfit = nameProblem(at, composed);
    if (unfit !== null) return unfit;
    switch (entry.kind) {
      case 'other':
        return this.#skip(at.path, false, null, 'special');
      case 'directory':
        return this.#descend(at, (frame.chain.at(-1) ?? frame.dir) + sep + entry.name);
      case 'file':
        return this.#isSecretFile((frame.chain.at(-1) ?? frame.dir) + sep + name)
          ? this.#skip(at.path, false, null, 'secret')
          : this.#addFile(at);
      default:
        return entry.kind satisfies never;
    }
  }

  #skip(path: string, isDirectory: boolean, rule: string | null, source: string | null): null {
    this.#skipped.push({ path: isDirectory ? `${path}/` : path, rule, source });
    return null;
  }

  #descend({ frame, name, file }: Visited, real: string): null {
    this.#frames.push({
      prefix: `${frame.prefix}${name}/`,
      dir: file,
      chain: [...frame.chain, real],
      rules: frame.rules,
      rulePrefix: `${frame.rulePrefix}${name}/`,
      shared: [],
    });
    return null;
  }

  /** @param real its path as the disk has it */
  #isSecretFile(real: string): boolean {
    return this.#source.secretFiles?.includes(real) === true;
  }

  #addFile({ path, file }: Visited): ContentProblem | null {
    const stat = attempt(() => this.#disk.stat(file));
    if (!stat.ok) return this.#unreadable(path, stat.code);
    if (stat.value.kind !== 'file') return this.#unreadable(path, 'ENOENT');
    this.#files.push({ path, file, stat: stat.value });
    return null;
  }

  #unreadable(path: string, code: string): ContentProblem {
    // A file that was just listed is not there any more: a save or a checkout is under way.
    if (isAbsent(code)) this.#moved = true;
    return { reason: 'unreadable', path, code };
  }

  /** The place of a shared folder is taken by the local link to it, which is not packed, or by something that must not be there. */
  #visitShared({ path, file }: Visited, entry: DirectoryEntry, shared: SharedSource): ContentProblem | null {
    const isLocalLink =
      entry.kind === 'link' ? this.#leadsTo(file, shared.dir) : this.#isWrittenHere(file, shared.dir);
    if (isLocalLink) return this.#skip(path, false, null, 'shared');
    return { reason: 'clash', path, other: slashRelative(dirname(file), shared.dir) };
  }

  #leadsTo(file: string, dir: string): boolean {
    const found = attempt(() => ({ real: this.#disk.realpath(file), wanted: this.#disk.realpath(dir) }));
    if (!found.ok) return false;
    const { real, wanted } = found.value;
    this.#links.push({ file, real, directory: true, followed: false });
    return real === wanted;
  }

  #isWrittenHere(file: string, dir: string): boolean {
    this.#readText = true;
    return isWrittenLink(this.#disk, file, dir);
  }

  #visitLink(at: Visited, composed: Map<string, string>): ContentProblem | null {
    const { path, file, frame } = at;
    const target = attempt(() => ({ real: this.#disk.realpath(file), stat: this.#disk.stat(file) }));
    const directory = target.ok && target.value.stat.kind === 'directory';
    const verdict = frame.rules.explain(rulePath(at), directory);
    const link = { file, real: target.ok ? target.value.real : null, directory };
    if (verdict.ignored) {
      this.#links.push({ ...link, followed: false });
      return this.#skip(path, directory, verdict.rule, verdict.source);
    }
    if (!target.ok) return this.#brokenLink(at, target.code);
    const { real, stat } = target.value;
    const container = this.#containers.find((folder) => isWithin(real, folder));
    if (container === undefined) return { reason: 'outside-link', path, target: this.#linkTarget(file) };
    const isSecret = isSecretPath(slashRelative(container, real)) || this.#isSecretFile(real);
    this.#links.push({ ...link, followed: !isSecret });
    if (isSecret) return this.#skip(path, directory, null, 'secret');
    const unfit = nameProblem(at, composed);
    if (unfit !== null) return unfit;
    this.#source.onLink?.(real, directory);
    if (stat.kind === 'file') {
      this.#files.push({ path, file, stat });
      return null;
    }
    if (!directory) return this.#skip(path, false, null, 'special');
    if (frame.chain.includes(real)) return { reason: 'link-loop', path, target: this.#linkTarget(file) };
    return this.#descend(at, real);
  }

  #brokenLink({ path, file }: Visited, code: string): ContentProblem {
    const target = this.#linkTarget(file);
    if (code === 'ELOOP') return { reason: 'link-loop', path, target };
    this.#watchForTarget(file);
    return target === '' ? this.#unreadable(path, code) : { reason: 'unreadable', path, code, target };
  }

  /** The file that comes to be where a dangling link leads is the function's own: each step of the way that lies in the project. */
  #watchForTarget(link: string): void {
    for (let file = link, steps = 0; steps < mostLinkSteps; steps += 1) {
      const at = file;
      const read = attempt(() => resolve(dirname(at), this.#disk.readlink(at)));
      if (!read.ok || !this.#containers.some((folder) => isWithin(read.value, folder))) return;
      file = read.value;
      this.#source.onLink?.(file, false);
    }
  }

  /** Where a link says that it leads; '' if it is gone by now. */
  #linkTarget(file: string): string {
    const target = attempt(() => this.#disk.readlink(file));
    return target.ok ? target.value.split(sep).join('/') : '';
  }
}

/** Links that point to links, before the system itself gives up (40 on Linux); nobody has more than a few. */
const mostLinkSteps = 8;

function isAbsent(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function withoutLastSlash(dir: string): string {
  return dir.endsWith(sep) ? dir.slice(0, -1) : dir;
}

/** The very same string where it can be: hashing thousands of new ones is what costs. */
function rulePath({ frame, path, name }: Visited): string {
  return frame.prefix === frame.rulePrefix ? path : frame.rulePrefix + name;
}

/** Only ASCII: such a name is composed whatever happens, and most are. */
const plain = /^[\x20-\x7e]*$/;
/**
 * Names that a zip cannot carry everywhere: bytes that are not Unicode (the system shows them as U+FFFD), a backslash, which
 * readers take for a folder, and a beginning like a drive's, which they refuse.
 */
const unfit = /^[A-Za-z]:|[\uFFFD\\\p{Surrogate}]/u;

/** @param composed the names of this folder by their composed form: two that are one there are one file elsewhere */
function nameProblem({ frame, path, name }: Visited, composed: Map<string, string>): ContentProblem | null {
  if (unfit.test(path)) return { reason: 'unreadable', path, code: 'EILSEQ' };
  if (plain.test(name)) return null;
  const twin = composed.get(name.normalize('NFC'));
  if (twin !== undefined)
    return { reason: 'clash', path: spelled(path), other: spelled(frame.prefix + twin) };
  composed.set(name.normalize('NFC'), name);
  return null;
}

/** Two names that look alike, made distinguishable. */
function spelled(path: string): string {
  return `${path} (${path === path.normalize('NFC') ? 'NFC' : 'NFD'})`;
}

/** Longest path of a link that is worth reading, bytes (PATH_MAX of Linux). */
const longestLink = 4096;

/** Where git may make no links (`core.symlinks` false, as on many a Windows) it writes a file that holds the link's target. */
export function isWrittenLink(disk: Disk, file: string, target: string): boolean {
  const text = beginningOf(file, longestLink, disk)?.toString('utf8').trim() ?? '';
  return text !== '' && resolve(dirname(file), text) === resolve(target);
}
