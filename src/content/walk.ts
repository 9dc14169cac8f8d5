/**
 * Which files make up a function: its folder without what is ignored, links followed, shared folders at `<name>/`. Only
 * looks, never reads contents.
 */

import { normalize, sep } from 'node:path';
import type { ContentProblem } from '../model/nouns.js';
import { compareCodeUnits, isWithin } from '../system/paths.js';
import { attempt, type Disk } from './disk.js';
import type { IgnoreRules } from './ignore.js';
import type { SharedSource, SnapshotSource, Walk, WalkedFile } from './model.js';
import type { Slices } from './slices.js';
import { type Frame, linkTarget, unreadable, visit, type Walking } from './visit.js';

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
  const files = walking.files.sort((one, other) => compareCodeUnits(one.path, other.path));
  problem ??= twinProblem(files);
  const { directories, skipped, links, readText, moved } = walking;
  return { files, directories, skipped, links, readText, problem, moved };
}

/** Two names of one folder that are one when composed. */
function twinProblem(files: readonly WalkedFile[]): ContentProblem | null {
  const twin = files.find(({ path }, index) => path === files[index + 1]?.path);
  return twin === undefined ? null : { reason: 'clash', path: twin.path, other: twin.path };
}

function openWalk(source: SnapshotSource, disk: Disk): { walking: Walking; problem: ContentProblem | null } {
  const project = attempt(() => disk.realpath(source.projectFolder));
  const containers = project.ok ? [project.value] : [];
  const walking: Walking = {
    disk,
    containers,
    files: [],
    directories: [],
    skipped: [],
    links: [],
    frames: [],
    onLink: source.onLink,
    readText: false,
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
  if (link) walking.links.push({ file: tree.dir, real, directory: true, followed: false });
  const outside = !containers.some((container) => isWithin(real, container));
  if (outside && link) return { reason: 'outside-link', path, target: linkTarget(disk, tree.dir) };
  if (outside) containers.push(real);
  const prefix = tree.name === '' ? '' : `${tree.name.normalize('NFC')}/`;
  const { rules, shared } = tree;
  const dir = withoutLastSlash(normalize(tree.dir));
  walking.frames.push({ prefix, dir, chain: [real], rules, rulePrefix: '', shared });
  return null;
}

function withoutLastSlash(dir: string): string {
  return dir.endsWith(sep) ? dir.slice(0, -1) : dir;
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
