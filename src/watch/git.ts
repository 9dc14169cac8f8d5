/**
 * Reports when git is running in a repository: facts only; the core decides what waits for it, and for how long.
 *
 * Two facts. Busy: `index.lock` exists, or HEAD was rewritten within the last 300 ms; steps of a rebase are tens of
 * milliseconds apart, and this joins them. An operation: a rebase, a merge, a cherry-pick, a revert or a bisection that has
 * begun and is not over, which git notes in files of its own (gitrepository-layout(5), sequencer.c, wt-status.c): until then the
 * working tree holds what nobody means to keep.
 *
 * The git folder is watched with fs.watch, not recursively, and every event is confirmed by `stat`. What was found out
 * about lost hints: a lock that lives for less than a millisecond (`git add` of one file) is gone when its event comes, and then
 * nothing is reported; `isBusy` therefore looks at the disk and is to be asked right before an upload. Measure with
 * `npx vitest run test/watch/git`.
 */

import { type FSWatcher, watch } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { GitOperation } from '../model/nouns.js';
import { readTextFileSync } from '../system/text-file.js';
import { look, lookThrough } from './stat.js';

export interface GitState {
  readonly busy: boolean;
  readonly operation: GitOperation | null;
}

export interface GitWatchOptions {
  /** Top folders of repositories or worktrees (those with a `.git` in them), absolute. */
  readonly repositories: readonly string[];
  /** Called at a change only; for a repository that is busy at the start, at once. */
  readonly onChange: (repository: string, state: GitState) => void;
  /** How long a rewritten HEAD counts as work, ms. */
  readonly burstMs?: number;
  /** How often a busy repository is looked at, ms, should the event of its end be lost. */
  readonly recheckMs?: number;
}

export interface GitWatch {
  /** Looks at the disk now. False for a repository that is not watched. Calls `onChange` as well if it differs. */
  isBusy(repository: string): boolean;
  update(repositories: readonly string[]): void;
  /** No `onChange` after this. */
  close(): void;
}

const BURST_MS = 300;
const RECHECK_MS = 500;
const HEAD_FILES: ReadonlySet<string> = new Set(['HEAD', 'HEAD.lock', 'ORIG_HEAD']);
/** The files that git keeps while an operation is unfinished; a rebase makes commits by cherry-picking, so it is looked for first. */
const OPERATIONS: ReadonlyMap<string, GitOperation> = new Map([
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
]);

export function createGitWatch(options: GitWatchOptions): GitWatch {
  const known = new Map<string, Repository>();
  const update = (folders: readonly string[]): void => {
    for (const [folder, repository] of known) {
      if (folders.includes(folder)) continue;
      repository.close();
      known.delete(folder);
    }
    for (const folder of folders) {
      if (known.has(folder)) continue;
      const repository = new Repository(folder, options);
      known.set(folder, repository);
      repository.examine();
    }
  };
  update(options.repositories);
  return {
    isBusy(folder) {
      const state = known.get(folder)?.examine();
      return state !== undefined && (state.busy || state.operation !== null);
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
  const read = readTextFileSync(path);
  const target = read.ok ? /^gitdir: (.+)$/m.exec(read.text)?.[1]?.trim() : undefined;
  return target === undefined ? null : resolve(repository, target);
}

class Repository {
  readonly #folder: string;
  readonly #options: GitWatchOptions;
  #gitFolder: string | null = null;
  #watcher: FSWatcher | null = null;
  #state: GitState = { busy: false, operation: null };
  /** Until when HEAD's last change counts, by performance.now(). */
  #burstUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, options: GitWatchOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#arm();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
    clearTimeout(this.#timer);
  }

  /** Looks at the disk, and reports what differs. */
  examine(): GitState {
    if (this.#watcher === null) this.#arm();
    const isLocked = this.#has('index.lock');
    const burstLeft = this.#burstUntil - performance.now();
    const busy = isLocked || burstLeft > 0;
    const operation = [...OPERATIONS].find(([name]) => this.#has(name))?.[1] ?? null;
    this.#lookAgain(isLocked || operation !== null, burstLeft);
    const before = this.#state;
    this.#state = { busy, operation };
    if (busy !== before.busy || operation !== before.operation)
      this.#options.onChange(this.#folder, this.#state);
    return this.#state;
  }

  #has(name: string): boolean {
    return this.#gitFolder !== null && look(join(this.#gitFolder, name)) !== null;
  }

  /** A timer exists only while git is busy or its folder cannot be watched. */
  #lookAgain(isAtWork: boolean, burstLeft: number): void {
    clearTimeout(this.#timer);
    if (!isAtWork && burstLeft <= 0 && this.#watcher !== null) return;
    const recheckMs = this.#options.recheckMs ?? RECHECK_MS;
    const wait = isAtWork || burstLeft <= 0 ? recheckMs : Math.ceil(burstLeft);
    this.#timer = setTimeout(() => this.examine(), wait);
    this.#timer.unref();
  }

  /** Puts the watch on the git folder as it is now; without one, `examine` comes back until there is. */
  #arm(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#gitFolder = gitFolderOf(this.#folder);
    if (this.#gitFolder === null) return;
    try {
      const watcher = watch(this.#gitFolder, { persistent: false });
      this.#watcher = watcher;
      watcher.on('change', (kind, name) => {
        if (this.#watcher === watcher) this.#take(kind, name === null ? null : String(name));
      });
      watcher.on('error', () => {
        if (this.#watcher !== watcher) return;
        this.#arm();
        this.examine();
      });
    } catch {
      // Gone in between, or no watches left: `isBusy` and the slow look still notice.
    }
  }

  #take(kind: string, name: string | null): void {
    // The folder itself went (Linux): it may be back by now, as another one.
    const isItself = kind === 'rename' && name === basename(this.#gitFolder ?? '');
    if (isItself) this.#arm();
    if (name !== null && HEAD_FILES.has(name))
      this.#burstUntil = performance.now() + (this.#options.burstMs ?? BURST_MS);
    if (isItself || name === null || name === 'index.lock' || HEAD_FILES.has(name) || OPERATIONS.has(name))
      this.examine();
  }
}
