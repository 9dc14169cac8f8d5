/**
 * Tells when git is at work in a repository: facts only; what waits for it, and for how long, is the core's (a lock that
 * nobody holds is let go after 60 s there).
 *
 * Busy means: `index.lock` exists, or HEAD was rewritten within the last 300 ms. Not busy: a rebase or a merge that
 * stands still (`rebase-merge`, `rebase-apply`, MERGE_HEAD). One that stopped at a conflict may stand for hours while its
 * owner edits and wants to try those edits; while git itself works in it, it takes the lock and moves HEAD for each
 * step, tens of milliseconds apart, which the 300 ms join into one busy time.
 *
 * The git folder is watched with fs.watch, not recursively, and every event is confirmed by `stat`. What was found out
 * about lost hints: a lock that lives for less than a millisecond (`git add` of one file) is gone when its event comes, and then
 * nothing is told; `isBusy` therefore looks at the disk and is to be asked right before an upload. Measure with
 * `npx vitest run test/watch/git`.
 */

import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { look, lookThrough } from './stat.js';

export interface GitWatchOptions {
  /** Top folders of repositories or worktrees (those with a `.git` in them), absolute. */
  readonly repositories: readonly string[];
  /** Told at a change only; a repository that is busy at the start is told at once. */
  readonly onChange: (repository: string, busy: boolean) => void;
  /** How long a rewritten HEAD counts as work, ms. Steps of a rebase are tens of milliseconds apart. */
  readonly burstMs?: number;
  /** How often a busy repository is looked at again, ms, should the event of its lock's end be lost. */
  readonly recheckMs?: number;
}

export interface GitWatch {
  /** Looks at the disk now. False for a repository that is not watched. Tells `onChange` as well if it differs. */
  isBusy(repository: string): boolean;
  update(repositories: readonly string[]): void;
  /** No `onChange` after this. */
  close(): void;
}

interface Repository {
  readonly folder: string;
  gitFolder: string | null;
  watcher: FSWatcher | null;
  busy: boolean;
  /** Until when HEAD's last change counts, by performance.now(). */
  burstUntil: number;
  timer: NodeJS.Timeout | null;
}

type Settings = Required<Pick<GitWatchOptions, 'onChange' | 'burstMs' | 'recheckMs'>>;

const BURST_MS = 300;
const RECHECK_MS = 500;
const HEAD_FILES: ReadonlySet<string> = new Set(['HEAD', 'HEAD.lock', 'ORIG_HEAD']);

export function createGitWatch(options: GitWatchOptions): GitWatch {
  const settings: Settings = {
    onChange: options.onChange,
    burstMs: options.burstMs ?? BURST_MS,
    recheckMs: options.recheckMs ?? RECHECK_MS,
  };
  const known = new Map<string, Repository>();
  const update = (folders: readonly string[]): void => {
    for (const [folder, repository] of known) {
      if (folders.includes(folder)) continue;
      stop(repository);
      known.delete(folder);
    }
    for (const folder of folders) {
      if (known.has(folder)) continue;
      const repository = idle(folder);
      known.set(folder, repository);
      arm(settings, repository);
      examine(settings, repository);
    }
  };
  update(options.repositories);
  return {
    isBusy: (folder) => {
      const repository = known.get(folder);
      if (repository === undefined) return false;
      examine(settings, repository);
      return repository.busy;
    },
    update,
    close: () => update([]),
  };
}

/**
 * Where a repository's index and HEAD are: its `.git` folder, or, for a worktree or a submodule, the folder that the `.git`
 * file names (gitrepository-layout(5)). Null: there is no repository.
 */
export function gitFolderOf(repository: string): string | null {
  const path = join(repository, '.git');
  const stats = lookThrough(path);
  if (stats === null) return null;
  if (stats.isDirectory()) return path;
  const target = /^gitdir: (.+)$/m.exec(readText(path))?.[1]?.trim();
  return target === undefined ? null : resolve(repository, target);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function idle(folder: string): Repository {
  return { folder, gitFolder: null, watcher: null, busy: false, burstUntil: 0, timer: null };
}

function stop(repository: Repository): void {
  repository.watcher?.close();
  repository.watcher = null;
  if (repository.timer !== null) clearTimeout(repository.timer);
  repository.timer = null;
}

/** Puts the watch on the git folder as it is now; without one, `examine` comes back until there is. */
function arm(settings: Settings, repository: Repository): void {
  repository.watcher?.close();
  repository.watcher = null;
  repository.gitFolder = gitFolderOf(repository.folder);
  const { gitFolder } = repository;
  if (gitFolder === null) return;
  try {
    const watcher = watch(gitFolder, { persistent: false });
    repository.watcher = watcher;
    watcher.on('change', (kind, name) => onEvent(settings, repository, watcher, kind, name));
    watcher.on('error', () => lose(settings, repository, watcher));
  } catch {
    // Gone in between, or no watches left: `isBusy` and the slow look still tell.
    repository.watcher = null;
  }
}

function onEvent(
  settings: Settings,
  repository: Repository,
  watcher: FSWatcher,
  kind: string,
  name: string | Buffer | null,
): void {
  if (repository.watcher !== watcher || repository.gitFolder === null) return;
  const text = name === null ? null : String(name);
  // The folder itself went (Linux): it may be back by now, as another one.
  if (kind === 'rename' && text === basename(repository.gitFolder)) {
    lose(settings, repository, watcher);
    return;
  }
  if (text !== null && HEAD_FILES.has(text)) repository.burstUntil = performance.now() + settings.burstMs;
  if (text === null || text === 'index.lock' || HEAD_FILES.has(text)) examine(settings, repository);
}

function lose(settings: Settings, repository: Repository, watcher: FSWatcher): void {
  if (repository.watcher !== watcher) return;
  arm(settings, repository);
  examine(settings, repository);
}

function examine(settings: Settings, repository: Repository): void {
  if (repository.watcher === null) arm(settings, repository);
  const { gitFolder } = repository;
  const isLocked = gitFolder !== null && look(join(gitFolder, 'index.lock')) !== null;
  const burstLeft = repository.burstUntil - performance.now();
  const busy = isLocked || burstLeft > 0;
  lookAgain(settings, repository, isLocked, burstLeft);
  if (busy === repository.busy) return;
  repository.busy = busy;
  settings.onChange(repository.folder, busy);
}

/** A timer exists only while the repository is busy or its folder cannot be watched. */
function lookAgain(settings: Settings, repository: Repository, isLocked: boolean, burstLeft: number): void {
  if (repository.timer !== null) clearTimeout(repository.timer);
  repository.timer = null;
  const isDeaf = repository.watcher === null;
  if (!isLocked && burstLeft <= 0 && !isDeaf) return;
  const wait = isLocked || burstLeft <= 0 ? settings.recheckMs : Math.ceil(burstLeft);
  repository.timer = setTimeout(() => examine(settings, repository), wait);
  repository.timer.unref();
}
