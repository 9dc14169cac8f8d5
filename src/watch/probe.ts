/**
 * Is the watcher alive? A file of our own, written into a folder of our own that the same tree watches, must come back as an
 * event. And the one case in which that proves nothing: file systems that others change behind our back.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { spelledBySystem } from '../system/paths.js';

export interface Probe {
  /** The folder to watch; null when it could not be made (a read-only disk): then nothing is tested. */
  readonly dir: string | null;
  /** An event came from it. */
  seen(): void;
  /** Writes and waits: true when the event came in time, or when there is no folder to test with. */
  test(waitMs: number): Promise<boolean>;
  close(): void;
}

/** @param stateDir our own folder, made when it is missing. Each process probes in a folder of its own. */
export function createProbe(stateDir: string): Probe {
  const dir = makeDir(join(stateDir, `watch-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`));
  let heard = (_alive: boolean): void => undefined;
  let count = 0;
  const attempt = (waitMs: number, folder: string): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => setImmediate(() => resolve(false)), waitMs);
      heard = (alive) => {
        clearTimeout(timer);
        resolve(alive);
      };
      count += 1;
      if (writeQuietly(join(folder, 'touch'), String(count))) return;
      // A full disk is not the watcher's fault. Where the folder was deleted, the next test finds the new one unwatched.
      makeDir(folder);
      heard(true);
    });
  return {
    dir,
    seen: () => heard(true),
    // Twice half the time: an event that waits behind a busy thread is not taken for a lost one.
    test: async (waitMs) =>
      dir === null || (await attempt(waitMs / 2, dir)) || (await attempt(waitMs / 2, dir)),
    close: () => {
      heard(true);
      if (dir !== null) remove(dir);
    },
  };
}

function makeDir(dir: string): string | null {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return spelledBySystem(dir);
  } catch {
    return null;
  }
}

function writeQuietly(path: string, text: string): boolean {
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

function remove(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {
    // A leftover empty folder in our own state folder harms nobody.
  }
}

/**
 * Linux magic numbers (statfs(2)) of file systems that another machine or the host writes to without an event here. FUSE is
 * sshfs, but also Docker Desktop's and virtiofs' mounts; 9p is WSL's /mnt.
 */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xfe534d42, 'smb2'],
  [0xff534d42, 'cifs'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x786f4256, 'vboxsf'],
  [0xbacbacbc, 'vmhgfs'],
  [0x7c7c6673, 'prl_fs'],
  [0x5346414f, 'afs'],
  [0x00c36400, 'ceph'],
]);

/**
 * The first of these folders that lies on such a file system, or null. Only Linux reports this.
 * @param typeOf replaced in tests: a machine has few of them
 */
export async function remoteFolder(
  dirs: readonly string[],
  typeOf: (dir: string) => Promise<number> = typeOfFileSystem,
): Promise<{ dir: string; fileSystem: string } | null> {
  if (process.platform !== 'linux') return null;
  for (const dir of dirs) {
    const type = await typeOf(dir).catch(() => null);
    // 32-bit magic numbers come sign-extended from some kernels.
    const fileSystem = type === null ? undefined : REMOTE.get(type >>> 0);
    if (fileSystem !== undefined) return { dir, fileSystem };
  }
  return null;
}

async function typeOfFileSystem(dir: string): Promise<number> {
  const { type } = await statfs(dir);
  return type;
}
