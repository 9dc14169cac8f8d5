/** Paths as they are compared, sorted and shown: the same on every system. */

import { realpathSync } from 'node:fs';
import path from 'node:path';

/** The order of JavaScript's own `<`, the same in every locale. */
export function compareCodeUnits(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Whether `place` is `folder` or lies below it. Both absolute, in the style's own form (the platform's), without links. */
export function isWithin(place: string, folder: string, { sep } = path): boolean {
  return place === folder || place.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** How people write the way from one folder to another: relative, with forward slashes, `.` for the folder itself. */
export function slashRelative(from: string, to: string, { relative, sep } = path): string {
  const way = relative(from, to);
  return way === '' ? '.' : way.split(sep).join('/');
}

/**
 * Whether two absolute paths name one place, however they are spelled: through links, with another case of letters or of the
 * drive, with short names, with `\\?\`. Places that are not there are the same only where their text is.
 */
export function isSamePlace(one: string, other: string): boolean {
  return one === other || spelledBySystem(one) === spelledBySystem(other);
}

/** An absolute path as the system itself spells it, without links; the path as it is where nothing is there. */
export function spelledBySystem(place: string): string {
  try {
    return realpathSync.native(place);
  } catch {
    return place;
  }
}
