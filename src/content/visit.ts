/** One entry of a directory: packed, descended into, left out, or the reason why the function cannot be sent. */

import { dirname, resolve, sep } from 'node:path';
import type { ContentProblem } from '../model/nouns.js';
import { isWithin, slashRelative } from '../system/paths.js';
import { type Attempt, attempt, type DirectoryEntry, type Disk, type FileStat } from './disk.js';
import { type IgnoreRules, isSecretPath } from './ignore.js';
import type {
  SharedSource,
  Skipped,
  SnapshotSource,
  WalkedDirectory,
  WalkedFile,
  WalkedLink,
} from './model.js';

/** A directory to be walked. */
export interface Frame {
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

/** A walk under way. */
export interface Walking {
  readonly disk: Disk;
  /** Real folders that links may lead into. */
  readonly containers: readonly string[];
  readonly files: WalkedFile[];
  readonly directories: WalkedDirectory[];
  readonly skipped: Skipped[];
  readonly links: WalkedLink[];
  readonly frames: Frame[];
  readonly onLink: SnapshotSource['onLink'];
  readText: boolean;
  moved: boolean;
}

export function unreadable(walking: Walking, path: string, code: string): ContentProblem {
  // What was just listed is not there any more: a save or a checkout is under way.
  if (code === 'ENOENT' || code === 'ENOTDIR') walking.moved = true;
  return { reason: 'unreadable', path, code };
}

export function visit(walking: Walking, frame: Frame, entry: DirectoryEntry): ContentProblem | null {
  // Not `join`, which costs as much as the rest of this function for each of many thousand names.
  const file = frame.dir + sep + entry.name;
  // macOS lists names decomposed that others compose: in one form they fingerprint alike, and the code finds its files.
  const name = entry.name.normalize('NFC');
  const path = frame.prefix + name;
  const shared = frame.shared.find((candidate) => candidate.name.normalize('NFC') === name);
  if (shared !== undefined) return visitShared(walking, path, file, entry, shared);
  if (entry.kind === 'link') return visitLink(walking, frame, file, name);
  const verdict = frame.rules.explain(rulePath(frame, path, name), entry.kind === 'directory');
  if (verdict.ignored) return skip(walking, path, entry.kind === 'directory', verdict.rule, verdict.source);
  if (unfitName(path)) return { reason: 'unreadable', path, code: 'EILSEQ' };
  switch (entry.kind) {
    case 'other':
      return skip(walking, path, false, null, 'special');
    case 'directory':
      return descend(walking, frame, file, name, (frame.chain.at(-1) ?? frame.dir) + sep + entry.name);
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

/** The very same string where it can be: hashing thousands of new ones is what costs. */
function rulePath(frame: Frame, path: string, name: string): string {
  return frame.prefix === frame.rulePrefix ? path : frame.rulePrefix + name;
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
  walking.files.push({ path, file, stat: stat.value });
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
  const linked =
    entry.kind === 'link' ? leadsTo(walking, file, shared.dir) : isWrittenHere(walking, file, shared);
  if (linked) return skip(walking, path, false, null, 'shared');
  return { reason: 'clash', path, other: slashRelative(dirname(file), shared.dir) };
}

function leadsTo({ disk, links }: Walking, file: string, dir: string): boolean {
  const same = attempt(() => ({ real: disk.realpath(file), wanted: disk.realpath(dir) }));
  if (!same.ok) return false;
  links.push({ file, real: same.value.real, directory: true, followed: false });
  return same.value.real === same.value.wanted;
}

function isWrittenHere(walking: Walking, file: string, shared: SharedSource): boolean {
  walking.readText = true;
  return isWrittenLink(walking.disk, file, shared.dir);
}

/** Longest path of a link that is worth reading, bytes (PATH_MAX of Linux). */
const longestLink = 4096;

/** Where git may make no links (`core.symlinks` false, as on many a Windows) it writes a file that holds the link's target. */
export function isWrittenLink(disk: Disk, file: string, target: string): boolean {
  const text = attempt(() => {
    const opened = disk.open(file);
    try {
      const content = Buffer.alloc(longestLink);
      return content.toString('utf8', 0, opened.read(content, 0, longestLink)).trim();
    } finally {
      opened.close();
    }
  });
  return text.ok && text.value !== '' && resolve(dirname(file), text.value) === resolve(target);
}

function visitLink(walking: Walking, frame: Frame, file: string, name: string): ContentProblem | null {
  const { disk } = walking;
  const path = frame.prefix + name;
  const target = attempt(() => ({ real: disk.realpath(file), stat: disk.stat(file) }));
  const directory = target.ok && target.value.stat.kind === 'directory';
  const verdict = frame.rules.explain(rulePath(frame, path, name), directory);
  const led = { file, real: target.ok ? target.value.real : null, directory };
  if (verdict.ignored) {
    walking.links.push({ ...led, followed: false });
    return skip(walking, path, directory, verdict.rule, verdict.source);
  }
  if (!target.ok) return brokenLink(walking, path, file, target.code);
  const { real, stat } = target.value;
  const container = walking.containers.find((folder) => isWithin(real, folder));
  if (container === undefined) return { reason: 'outside-link', path, target: linkTarget(disk, file) };
  const secret = isSecretPath(slashRelative(container, real));
  walking.links.push({ ...led, followed: !secret });
  if (secret) return skip(walking, path, directory, null, 'built-in');
  if (unfitName(path)) return { reason: 'unreadable', path, code: 'EILSEQ' };
  walking.onLink?.(real, directory);
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
export function linkTarget(disk: Disk, file: string): string {
  const target = attempt(() => disk.readlink(file));
  return target.ok ? target.value.split(sep).join('/') : '';
}
