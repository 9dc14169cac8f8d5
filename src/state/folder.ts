/** The `.tcb-watch` folder beside the configuration: made for its owner alone, and kept out of git by itself. */
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/model.js';
import { errnoOf } from '../system/errno.js';

export const stateFolderName = '.tcb-watch';

export function stateFolderOf(config: Config): string {
  return join(config.folder, stateFolderName);
}

/** A dry run writes nothing that stays: what it has to build is made here and removed at its end. */
export const dryRunBuilds = join(tmpdir(), `tcb-watch-builds-${process.pid}`);

/** Makes the folder where it is missing. A file system that refuses is data: the code of the error, or null. */
export async function makeStateFolder(folder: string): Promise<string | null> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    // One that somebody else's tool made may be open to others.
    if (made === undefined) await chmod(folder, 0o700);
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 }).catch(unlessThere);
    return null;
  } catch (error) {
    return errnoOf(error);
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** What a killed process leaves: half-written ledgers (write-file-atomic's names) and the watcher's self-test. */
const leftover = /^(ledger\.json\.\d+|watch-test-.+)$/;

/** Removes what dead processes left behind. Only for the holder of the folder's lock. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const paths = names.filter((name) => leftover.test(name)).map((name) => join(folder, name));
  await Promise.allSettled(paths.map((path) => rm(path, { recursive: true, force: true })));
}
