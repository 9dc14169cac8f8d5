/** The local links that make `require('./common/…')` find a shared folder (docs/configuration.md, "Shared code"). */
import { lstat, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { realDisk } from '../content/disk.js';
import { isWrittenLink } from '../content/walk.js';
import { errnoOf } from '../system/errno.js';

/** A shared folder that a function carries and that `require` does not find on this disk. */
export interface MissingLink {
  readonly function: string;
  readonly dir: string;
  readonly shared: string;
  readonly sharedDir: string;
}

/** Whether something stands at the link's place: whatever it is, the scan judges it. git's text for a link is none. */
export async function isLinked(functionDir: string, shared: string, sharedDir: string): Promise<boolean> {
  const place = path.join(functionDir, shared);
  return lstat(place).then(
    (stats) => !(stats.isFile() && isWrittenLink(realDisk, place, sharedDir)),
    () => false,
  );
}

/** Makes a relative link, on Windows a junction, which needs no rights. The system's code where it is refused. */
export async function makeLink(
  functionDir: string,
  shared: string,
  sharedDir: string,
): Promise<string | null> {
  const windows = process.platform === 'win32';
  const target = windows ? sharedDir : path.relative(functionDir, sharedDir);
  const place = path.join(functionDir, shared);
  try {
    if (isWrittenLink(realDisk, place, sharedDir)) await rm(place);
    await symlink(target, place, windows ? 'junction' : 'dir');
    return null;
  } catch (error) {
    return errnoOf(error);
  }
}
