/** Looking at a project's files. What is not there is nothing; what is there and cannot be read is noted, and then nothing. */
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import type { ProjectNote } from '../model/project-note.js';
import { errnoOf } from '../system/errno.js';
import { slashRelative } from '../system/paths.js';
import { readTextFile } from '../system/text-file.js';

/** Places are absolute. */
export interface ProjectLook {
  /** A file's text; null where no file is. */
  text(place: string): Promise<string | null>;
  /** A folder's entries; none where there is no folder. */
  entries(place: string): Promise<readonly Dirent[]>;
  isFolder(place: string): Promise<boolean>;
  /** Of a link itself; null where nothing is. */
  own(place: string): Promise<Stats | null>;
  /** The files that could not be read so far, each once; of a folder, the folder alone. */
  notes(): readonly ProjectNote[];
}

const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

export function lookAt(project: string): ProjectLook {
  const unread = new Map<string, Extract<ProjectNote, { kind: 'unreadable' }>>();
  const note = (place: string, code: string): void => {
    const file = slashRelative(project, place);
    if (!absent.has(code)) unread.set(file, { kind: 'unreadable', file, code });
  };
  /** Whoever cannot be let into a folder hears of it once, not of each file that was looked for there. */
  const isBelowUnread = (file: string): boolean =>
    [...unread.keys()].some((folder) => file.startsWith(`${folder}/`));
  const attempt = async <T>(place: string, read: Promise<T>): Promise<T | null> => {
    try {
      return await read;
    } catch (error) {
      note(place, errnoOf(error));
      return null;
    }
  };
  return {
    async text(place) {
      const read = await readTextFile(place);
      if (read.ok) return read.text;
      note(place, read.code);
      return null;
    },
    entries: async (place) => (await attempt(place, readdir(place, { withFileTypes: true }))) ?? [],
    isFolder: async (place) => (await attempt(place, stat(place)))?.isDirectory() ?? false,
    own: (place) => attempt(place, lstat(place)),
    notes: () => [...unread.values()].filter(({ file }) => !isBelowUnread(file)),
  };
}
