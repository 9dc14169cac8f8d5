/** Looks at paths, for code that takes every failure as "not there now". Nothing here throws. */

import { lstatSync, type Stats, statSync } from 'node:fs';

/**
 * Which directory this is, beyond its path. Inode numbers are used again at once (ext4, tmpfs), so the time of birth
 * belongs to it; that clock ticks in 1-4 ms, so two directories of one burst may still look alike.
 */
export function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeMs}`;
}

/** The entry itself, links not followed; null when it cannot be looked at. */
export function look(path: string): Stats | null {
  return statOrNull(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** The entry behind links; null when it cannot be looked at. */
export function lookThrough(path: string): Stats | null {
  return statOrNull(() => statSync(path, { throwIfNoEntry: false }));
}

function statOrNull(read: () => Stats | undefined): Stats | null {
  try {
    return read() ?? null;
  } catch {
    // ENOTDIR, EACCES, ELOOP, a dead mount: for a watcher all of them mean "not there now".
    return null;
  }
}
