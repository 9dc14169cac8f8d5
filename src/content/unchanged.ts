/**
 * Whether a function is still what a look found, by the states of what it found alone: directories are not listed, names not
 * matched with the rules. A directory's times change with every entry that is added, removed or renamed, as git's untracked
 * cache relies on too; where a file system keeps them otherwise, the whole look in between (snapshot.ts) shows it.
 */

import { attempt, coarseOf, type Disk, type FileStat, isSameState } from './disk.js';
import type { ScannedFiles } from './read.js';
import type { Slices } from './slices.js';
import type { SnapshotSource } from './source.js';
import type { Walk, WalkedDirectory, WalkedLink } from './walk.js';

/** The longest tick of a file system's clock: FAT counts in twos of seconds. */
const tickMs = 2_000;
/** By how much a file server's clock may differ from ours and still be believed to be set. */
const skewMs = 60 * 60_000;

/**
 * Whether another edit in the same tick of the file system's clock would not show in this state. git compares the file's time with
 * its own clock; a file server's clock may be minutes off, so here our own clock alone says how long the state has stood.
 * @param seenAt when this state was first seen, ms since the epoch
 */
export function isRacy(stat: FileStat, seenAt: number, nowMs: number): boolean {
  return nowMs - seenAt < tickMs && isYoung(stat, nowMs);
}

/** Changed lately, as far as clocks can be believed. */
export function isYoung(stat: FileStat, nowMs: number): boolean {
  return changedAfter(stat, nowMs - skewMs);
}

function changedAfter(stat: FileStat, atMs: number): boolean {
  const atNs = BigInt(Math.floor(atMs)) * 1_000_000n;
  return stat.mtimeNs >= atNs || stat.ctimeNs >= atNs;
}

/** A directory, and since when it has been seen in this state, ms since the epoch. */
export interface SeenDirectory extends WalkedDirectory {
  readonly seenAt: number;
}

/** @param before the directories of the look before, by their `dir` */
export function seenDirectories(
  directories: readonly WalkedDirectory[],
  before: readonly SeenDirectory[],
  nowMs: number,
): readonly SeenDirectory[] {
  const known = new Map(before.map((directory) => [directory.dir, directory]));
  return directories.map((directory) => {
    const old = known.get(directory.dir);
    const seenAt = old !== undefined && isSameState(old.stat, directory.stat) ? old.seenAt : nowMs;
    return { ...directory, seenAt };
  });
}

/** The facts that a look found that its files do not say. */
export interface Stillness {
  readonly source: SnapshotSource;
  /** The limit that the content was held against. */
  readonly maxZipBase64: number;
  readonly directories: readonly WalkedDirectory[];
  readonly links: readonly WalkedLink[];
  /**
   * Of each directory and then each file its state, five numbers: as objects they would take several times the memory. Times are
   * exact to 250 ns: what follows so shortly after another change is read again to be sure (`isRacy`).
   */
  readonly states: Float64Array;
}

const numbersPerState = 5;

/**
 * null: states alone cannot show that this look still holds, as while something changed so shortly before that a change in the
 * same tick of the clock would not show.
 * @param sinceMs when the look began, ms since the epoch
 */
export function stillnessOf(
  source: SnapshotSource,
  maxZipBase64: number,
  { links, readText }: Walk,
  directories: readonly SeenDirectory[],
  files: ScannedFiles,
  sinceMs: number,
): Stillness | null {
  if (readText || directories.some(({ stat, seenAt }) => isRacy(stat, seenAt, sinceMs))) return null;
  for (const { racy } of files.values()) if (racy) return null;
  return { source, maxZipBase64, directories, links, states: statesOf(directories, files) };
}

function statesOf(directories: readonly WalkedDirectory[], files: ScannedFiles): Float64Array {
  const states = new Float64Array((directories.length + files.size) * numbersPerState);
  let at = 0;
  const put = (stat: FileStat): void => {
    const { size, mtimeMs, ctimeMs, ino, mode } = coarseOf(stat);
    states.set([size, mtimeMs, ctimeMs, ino, mode], at);
    at += numbersPerState;
  };
  for (const { stat } of directories) put(stat);
  for (const { stat } of files.values()) put(stat);
  return states;
}

/** Looks at each state once, breathing in between; ends at the first that differs. Reports the links to the source. */
export async function isStill(
  disk: Disk,
  slices: Slices,
  still: Stillness,
  files: ScannedFiles,
  source: SnapshotSource,
): Promise<boolean> {
  if (!isSameSource(still.source, source)) return false;
  for (const link of still.links) if (!leadsAsBefore(disk, link)) return false;
  let at = 0;
  for (const { dir } of still.directories) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    if (!isAsBefore(disk, dir, still.states, at)) return false;
    at += numbersPerState;
  }
  for (const { file } of files.values()) {
    const pause = slices.breathe();
    if (pause !== undefined) await pause;
    if (!isAsBefore(disk, file, still.states, at)) return false;
    at += numbersPerState;
  }
  for (const { real, directory, followed } of still.links)
    if (followed && real !== null) source.onLink?.(real, directory);
  return true;
}

function isAsBefore(disk: Disk, file: string, states: Float64Array, at: number): boolean {
  const found = attempt(() => disk.findCoarse(file));
  if (!found.ok || found.value === null) return false;
  const { size, mtimeMs, ctimeMs, ino, mode } = found.value;
  return (
    size === states[at] &&
    mtimeMs === states[at + 1] &&
    ctimeMs === states[at + 2] &&
    ino === states[at + 3] &&
    mode === states[at + 4]
  );
}

function leadsAsBefore(disk: Disk, { file, real }: WalkedLink): boolean {
  const now = attempt(() => disk.realpath(file));
  return (now.ok ? now.value : null) === real;
}

function isSameSource(one: SnapshotSource, other: SnapshotSource): boolean {
  return (
    one.dir === other.dir &&
    one.projectFolder === other.projectFolder &&
    one.rules === other.rules &&
    one.entries === other.entries &&
    (one.keyDigest ?? null) === (other.keyDigest ?? null) &&
    (one.secretFiles ?? []).join('\0') === (other.secretFiles ?? []).join('\0') &&
    one.shared.length === other.shared.length &&
    one.shared.every(({ name, dir, rules }, index) => {
      const now = other.shared[index];
      return now?.name === name && now.dir === dir && now.rules === rules;
    })
  );
}
