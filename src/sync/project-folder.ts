/** The `.tcb-watch` folder beside the configuration: made for its owner alone, and kept out of git by itself. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../io/config-model.js';

export const stateFolderName = '.tcb-watch';

export function stateFolderOf(config: Config): string {
  return join(config.folder, stateFolderName);
}

/** Makes the folder where it is missing. A file system that refuses is data: the code of the error, or null. */
export async function makeStateFolder(folder: string): Promise<string | null> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return code === 'EEXIST' ? null : code;
  }
}
