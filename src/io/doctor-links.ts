/** The local links that make `require('./common/…')` find a shared folder (contract, "Precisely"). */
import { lstat, symlink } from 'node:fs/promises';
import path from 'node:path';

/** Whether something stands at the link's place: whatever it is, the scan judges it. */
export async function isLinked(functionDir: string, shared: string): Promise<boolean> {
  return lstat(path.join(functionDir, shared)).then(
    () => true,
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
  return symlink(target, path.join(functionDir, shared), windows ? 'junction' : 'dir').then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}
