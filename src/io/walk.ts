/**
 * Which files make up a function: its folder without what is ignored, links followed, shared folders at `<name>/`. Only
 * looks, never reads contents.
 */

import { dirname, join, sep } from 'node:path';
import type { ContentProblem } from '../core/model.js';
import { type IgnoreRules, isSecretPath } from './ignore.js';
import { type Attempt, attempt, type DirectoryEntry, type Disk, type FileStat } from './snapshot-disk.js';
import { compareCodeUnits, isInside, slashRelative } from './snapshot-paths.js';
import type { Slices } from './snapshot-slices.js';

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
  readonly rules: IgnoreRules;
  /** Any one of these makes the function complete; the `main` of its package.json does so besides. */
  readonly entries: readonly string[];
  readonly shared: readonly SharedSource[];
}

/** A file to pack. `path` is its place in the zip, in NFC; `file` is where it lies. */
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

/** Something that is not packed, and why; a directory's path ends in a slash. `rule` null: not a rule's doing. */
export interface Skipped {
  readonly path: string;
  readonly rule: string | null;
  /** The rule's source, or `shared` for the local link to a shared folder, or `special` for a socket, pipe or device. */
  readonly source: string | null;
}

export interface Walk {
  /** Sorted by path, in code units. */
  readonly files: readonly WalkedFile[];
  readonly directories: readonly WalkedDirectory[];
  readonly skipped: readonly Skipped[];
  /** The first thing that keeps the content from being sent; the walk ends there. */
  readonly problem: ContentProblem | null;
  /** Something vanished after it was listed: look again, it may be a save in progress. */
  readonly moved: boolean;
}

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

interface Walking {
  readonly disk: Disk;
  /** Real folders that links may lead into. */
  readonly containers: readonly string[];
  readonly files: Map<string, WalkedFile>;
  readonly directories: WalkedDirectory[];
  readonly skipped: Skipped[];
  readonly frames: Frame[];
  moved: boolean;
}

/** Walks a function's folder and its shared folders, breathing between entries. Never throws for what is on disk. */
export async function walk(source: SnapshotSource, disk: Disk, slices: Slices): Promise<Walk> {
  const opened = openWalk(source, disk);
  const { walking } = opened;
  let problem = opened.problem;
  while (problem === null) {
    const frame = walking.frames.pop();
    if (frame === undefined) break;
    problem = await walkDirectory(walking, frame, slices);
  }
  const files = [...walking.files.values()].sort((one, other) => compareCodeUnits(one.path, other.path));
  return { files, directories: walking.directories, skipped: walking.skipped, problem, moved: walking.moved };
}

function openWalk(source: SnapshotSource, disk: Disk): { walking: Walking; problem: ContentProblem | null } {
  const project = attempt(() => disk.realpath(source.projectFolder));
  const containers = project.ok ? [project.value] : [];
  const walking: Walking = {
    disk,
    containers,
    files: new Map(),
    directories: [],
    skipped: [],
    frames: [],
    moved: false,
  };
  const problem =
    source.rules.problem ??
    addTree(walking, containers, { dir: source.dir, name: '', rules: source.rules, shared: source.shared });
  if (problem !== null) return { walking, problem };
  for (const { dir, name, rules } of source.shared) {
    const trouble = rules.problem ?? addTree(walking, containers, { dir, name, rules, shared: [] });
    if (trouble !== null) return { walking, problem: trouble };
  }
  return { walking, problem: null };
}

interface Tree {
  readonly dir: string;
  readonly name: string;
  readonly rules: IgnoreRules;
  readonly shared: readonly SharedSource[];
}

/** A folder to walk from its top. A folder outside the project is fine where the configuration names it, not by a link. */
function addTree(walking: Walking, containers: string[], tree: Tree): ContentProblem | null {
  const { disk } = walking;
  const found = attempt(() => ({
    link: disk.lstat(tree.dir).kind === 'link',
    real: disk.realpath(tree.dir),
  }));
  const path = tree.name === '' ? '.' : tree.name;
  if (!found.ok) return missingTree(tree, path, found.code);
  const { link, real } = found.value;
  const outside = !containers.some((container) => isInside(container, real));
  if (outside && link) return { reason: 'outside-link', path, target: linkTarget(disk, tree.dir) };
  if (outside) containers.push(real);
  const prefix = tree.name === '' ? '' : `${tree.name.normalize('NFC')}/`;
  const { dir, rules, shared } = tree;
  walking.frames.push({ prefix, dir, chain: [real], rules, rulePrefix: '', shared });
  return null;
}

function missingTree(tree: Tree, path: string, code: string): ContentProblem {
  if (code === 'ELOOP') return { reason: 'link-loop', path, target: tree.dir };
  if (tree.name === '' && (code === 'ENOENT' || code === 'ENOTDIR')) return { reason: 'gone', dir: tree.dir };
  return { reason: 'unreadable', path, code };
}

async function walkDirectory(walking: Walking, frame: Frame, slices: Slices): Promise<ContentProblem | null> {
  const path = frame.prefix === '' ? '.' : frame.prefix.slice(0, -1);
  const listed = attempt(() => ({
    stat: walking.disk.stat(frame.dir),
    entries: walking.disk.entries(frame.dir),
  }));
  if (!listed.ok) return unreadable(walking, path, listed.code);
  walking.directories.push({ path, dir: frame.dir, stat: listed.value.stat });
  for (const entry of listed.value.entries) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    const problem = visit(walking, frame, entry);
    if (problem !== null) return problem;
  }
  return null;
}

function unreadable(walking: Walking, path: string, code: string): ContentProblem {
  // What was just listed is not there any more: a save or a checkout is under way.
  if (code === 'ENOENT' || code === 'ENOTDIR') walking.moved = true;
  return { reason: 'unreadable', path, code };
}

function visit(walking: Walking, frame: Frame, entry: DirectoryEntry): ContentProblem | null {
  const file = join(frame.dir, entry.name);
  // macOS lists names decomposed that others compose: in one form they fingerprint alike, and the code finds its files.
  const name = entry.name.normalize('NFC');
  const path = frame.prefix + name;
  const shared = frame.shared.find((candidate) => candidate.name.normalize('NFC') === name);
  if (shared !== undefined) return visitShared(walking, path, file, entry, shared);
  if (entry.kind === 'link') return visitLink(walking, frame, file, name);
  const verdict = frame.rules.explain(frame.rulePrefix + name, entry.kind === 'directory');
  if (verdict.ignored) return skip(walking, path, entry.kind === 'directory', verdict.rule, verdict.source);
  if (unfitName(path)) return { reason: 'unreadable', path, code: 'EILSEQ' };
  switch (entry.kind) {
    case 'other':
      return skip(walking, path, false, null, 'special');
    case 'directory':
      return descend(walking, frame, file, name, join(frame.chain.at(-1) ?? frame.dir, entry.name));
    case 'file':
      return addFile(
        walking,
        path,
        file,
        attempt(() => walking.disk.stat(file)),
      );
    default:
      return entry.kind satisfies never;
  }
}

/**
 * Names that a zip cannot carry everywhere: bytes that are not Unicode (the system shows them as U+FFFD), a backslash, which
 * readers take for a folder, and a beginning like a drive's, which they refuse.
 */
function unfitName(path: string): boolean {
  return /^[A-Za-z]:|[\uFFFD\\\p{Surrogate}]/u.test(path);
}

function skip(
  walking: Walking,
  path: string,
  directory: boolean,
  rule: string | null,
  source: string | null,
): null {
  walking.skipped.push({ path: directory ? `${path}/` : path, rule, source });
  return null;
}

function descend(walking: Walking, frame: Frame, dir: string, name: string, real: string): null {
  walking.frames.push({
    prefix: `${frame.prefix}${name}/`,
    dir,
    chain: [...frame.chain, real],
    rules: frame.rules,
    rulePrefix: `${frame.rulePrefix}${name}/`,
    shared: [],
  });
  return null;
}

function addFile(
  walking: Walking,
  path: string,
  file: string,
  stat: Attempt<FileStat>,
): ContentProblem | null {
  if (!stat.ok) return unreadable(walking, path, stat.code);
  if (stat.value.kind !== 'file') {
    walking.moved = true;
    return { reason: 'unreadable', path, code: 'ENOENT' };
  }
  const twin = walking.files.get(path);
  if (twin !== undefined) return { reason: 'clash', path, other: path };
  walking.files.set(path, { path, file, stat: stat.value });
  return null;
}

/** The place of a shared folder is taken by the local link to it, which is not packed, or by something that must not be there. */
function visitShared(
  walking: Walking,
  path: string,
  file: string,
  entry: DirectoryEntry,
  shared: SharedSource,
): ContentProblem | null {
  const { disk } = walking;
  const same = attempt(() => disk.realpath(file) === disk.realpath(shared.dir));
  if (entry.kind === 'link' && same.ok && same.value) return skip(walking, path, false, null, 'shared');
  return { reason: 'clash', path, other: slashRelative(dirname(dirname(file)), shared.dir) };
}

function visitLink(walking: Walking, frame: Frame, file: string, name: string): ContentProblem | null {
  const { disk } = walking;
  const path = frame.prefix + name;
  const target = attempt(() => ({ real: disk.realpath(file), stat: disk.stat(file) }));
  const directory = target.ok && target.value.stat.kind === 'directory';
  const verdict = frame.rules.explain(frame.rulePrefix + name, directory);
  if (verdict.ignored) return skip(walking, path, directory, verdict.rule, verdict.source);
  if (!target.ok) return brokenLink(walking, path, file, target.code);
  const { real, stat } = target.value;
  const container = walking.containers.find((folder) => isInside(folder, real));
  if (container === undefined) return { reason: 'outside-link', path, target: linkTarget(disk, file) };
  if (isSecretPath(slashRelative(container, real))) return skip(walking, path, directory, null, 'built-in');
  if (unfitName(path)) return { reason: 'unreadable', path, code: 'EILSEQ' };
  if (!directory) {
    return stat.kind === 'file'
      ? addFile(walking, path, file, { ok: true, value: stat })
      : skip(walking, path, false, null, 'special');
  }
  if (frame.chain.includes(real)) return { reason: 'link-loop', path, target: linkTarget(disk, file) };
  return descend(walking, frame, file, name, real);
}

function brokenLink(walking: Walking, path: string, file: string, code: string): ContentProblem {
  if (code === 'ELOOP') return { reason: 'link-loop', path, target: linkTarget(walking.disk, file) };
  return { reason: 'unreadable', path, code };
}

/** Where a link says that it leads; '' if it is gone by now. */
function linkTarget(disk: Disk, file: string): string {
  const target = attempt(() => disk.readlink(file));
  return target.ok ? target.value.split(sep).join('/') : '';
}
