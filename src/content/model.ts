/** The nouns of a function's content: where it comes from, and what a walk finds there. */

import type { ContentProblem } from '../model/nouns.js';
import type { FileStat } from './disk.js';
import type { IgnoreRules } from './ignore.js';

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
  /** Told of every link that is followed, with the real path it leads to: changes there are changes of the function. */
  readonly onLink?: (real: string, directory: boolean) => void;
}

/** A file to pack. `path` is its place in the zip, in NFC; `file` is where it lies. */
export interface WalkedFile {
  readonly path: string;
  readonly file: string;
  readonly stat: FileStat;
}

/** A file as it was read. */
export interface ScannedFile {
  readonly path: string;
  readonly file: string;
  readonly stat: FileStat;
  readonly executable: boolean;
  readonly sha256: string;
  /** Changed so shortly before it was read that an edit in the same tick of the file system's clock would not show. */
  readonly racy: boolean;
  /** Its size in a zip, where the function's size made it worth knowing. */
  readonly packedBytes: number | null;
}

/** Sorted by path. */
export type ScannedFiles = ReadonlyMap<string, ScannedFile>;

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
  /** What it leads to is the function's own content. */
  readonly followed: boolean;
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
  readonly links: readonly WalkedLink[];
  /** What a file says, not only what it is, decided something: no look at states alone can tell that it still holds. */
  readonly readText: boolean;
  /** The first thing that keeps the content from being sent; the walk ends there. */
  readonly problem: ContentProblem | null;
  /** Something vanished after it was listed: look again, it may be a save in progress. */
  readonly moved: boolean;
}
