/** The system's limits of watching, how much of them is used, and how much this project needs. Linux; null elsewhere. */

import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ignores, WatchProblem } from './model.js';

type LimitProblem = Extract<WatchProblem, { kind: 'limit' }>;

/**
 * Explains an ENOSPC (inotify watches of this user) or EMFILE (inotify instances, or open files).
 * Walks /proc and the folders once: tens of milliseconds, only after such an error.
 */
export async function explainLimit(
  code: 'ENOSPC' | 'EMFILE',
  tops: readonly string[],
  ignores: Ignores,
): Promise<LimitProblem> {
  const limits = code === 'ENOSPC' ? WATCHES : INSTANCES;
  if (process.platform !== 'linux') {
    return { kind: 'limit', code, setting: 'open files', limit: null, current: null, needed: null };
  }
  const limit = smallest(limits.files.map(readNumber));
  const current = limits.count();
  const more = code === 'ENOSPC' ? await countDirectories(tops, ignores) : 1;
  return { kind: 'limit', code, setting: limits.setting, limit, current, needed: current + more };
}

/** The user namespace's own limit (containers) binds as well as the system's. */
const WATCHES = {
  setting: 'fs.inotify.max_user_watches',
  files: ['/proc/sys/fs/inotify/max_user_watches', '/proc/sys/user/max_inotify_watches'],
  count: () => sum(inotifyDescriptors().map(watchesOf)),
};
const INSTANCES = {
  setting: 'fs.inotify.max_user_instances',
  files: ['/proc/sys/fs/inotify/max_user_instances', '/proc/sys/user/max_inotify_instances'],
  count: () => inotifyDescriptors().length,
};

/** The fdinfo of every inotify instance of the processes that we may look into (this user's own). */
function inotifyDescriptors(): readonly string[] {
  const processes = list('/proc').filter((name) => /^\d+$/.test(name));
  return processes.flatMap((pid) => {
    const folder = `/proc/${pid}/fdinfo`;
    return list(folder)
      .map((descriptor) => read(join(folder, descriptor)))
      .filter((text) => text.includes('inotify'));
  });
}

function watchesOf(descriptor: string): number {
  return descriptor.split('\n').filter((line) => line.startsWith('inotify ')).length;
}

/** Directories at and below these folders that are not left out: what one watch each is needed for. */
async function countDirectories(tops: readonly string[], ignores: Ignores): Promise<number> {
  const waiting = [...tops];
  let count = 0;
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    count += 1;
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(dir, entry.name);
      if (entry.isDirectory() && !ignores(path, true)) waiting.push(path);
    }
  }
  return count;
}

function smallest(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function readNumber(path: string): number | null {
  const text = read(path).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** Processes end and files close while /proc is read: what is gone counts as nothing. */
function list(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
