import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { GitOperation } from '../../src/model/nouns.js';
import { createGitWatch, type GitWatchOptions, gitFolderOf } from '../../src/watch/git.js';
import { tempFolder } from '../support/watcher-rig.js';

const BOUND_MS = 5_000;

function watched(repositories: readonly string[], waits: Partial<GitWatchOptions> = {}) {
  const told: [string, boolean][] = [];
  const operations: (GitOperation | null)[] = [];
  const waiters = new Set<() => void>();
  const git = createGitWatch({
    repositories,
    onChange: (repository, { busy, operation }) => {
      told.push([repository, busy]);
      operations.push(operation);
      for (const waiter of waiters) waiter();
    },
    ...waits,
  });
  onTestFinished(() => git.close());
  const until = (count: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`told ${told.length} of ${count}`)), BOUND_MS);
      const check = (): void => {
        if (told.length < count) return;
        clearTimeout(timer);
        waiters.delete(check);
        resolve();
      };
      waiters.add(check);
      check();
    });
  return { git, told, operations, until };
}

/** A folder with the parts of a repository that matter here. */
function bareBones(): { repository: string; lock: string } {
  const repository = tempFolder('git');
  mkdirSync(join(repository, '.git'));
  writeFileSync(join(repository, '.git/HEAD'), 'ref: refs/heads/main\n');
  return { repository, lock: join(repository, '.git/index.lock') };
}

describe('the index lock', () => {
  test('busy while it is there', async () => {
    const { repository, lock } = bareBones();
    const { git, told, until } = watched([repository]);
    expect(git.isBusy(repository)).toBe(false);
    writeFileSync(lock, '');
    await until(1);
    expect(git.isBusy(repository)).toBe(true);
    renameSync(lock, join(repository, '.git/index'));
    await until(2);
    expect(told).toEqual([
      [repository, true],
      [repository, false],
    ]);
  });

  test('one that is there at the start is told at once', () => {
    const { repository, lock } = bareBones();
    writeFileSync(lock, '');
    const { told } = watched([repository]);
    expect(told).toEqual([[repository, true]]);
  });

  test('isBusy looks at the disk, ahead of any event', () => {
    const { repository, lock } = bareBones();
    const { git, told } = watched([repository]);
    writeFileSync(lock, '');
    expect(git.isBusy(repository)).toBe(true);
    unlinkSync(lock);
    expect(git.isBusy(repository)).toBe(false);
    expect(told).toHaveLength(2);
  });

  test('a repository made again is watched again', async () => {
    const { repository, lock } = bareBones();
    const { until } = watched([repository], { recheckMs: 20 });
    rmSync(join(repository, '.git'), { recursive: true });
    mkdirSync(join(repository, '.git'));
    writeFileSync(lock, '');
    await until(1);
    unlinkSync(lock);
    await until(2);
    rmSync(join(repository, '.git'), { recursive: true });
    mkdirSync(join(repository, '.git'));
    writeFileSync(lock, '');
    await until(3);
  });

  test('a repository that is gone for a while is not busy, and is watched when it is back', async () => {
    const { repository, lock } = bareBones();
    const { git, told, until } = watched([repository], { recheckMs: 20 });
    writeFileSync(lock, '');
    await until(1);
    rmSync(join(repository, '.git'), { recursive: true });
    await until(2);
    expect(git.isBusy(repository)).toBe(false);
    mkdirSync(join(repository, '.git'));
    writeFileSync(lock, '');
    await until(3);
    unlinkSync(lock);
    await until(4);
    expect(told.map(([, busy]) => busy)).toEqual([true, false, true, false]);
  });

  test('repositories come and go; what is not watched is not busy', async () => {
    const one = bareBones();
    const two = bareBones();
    const { git, told, until } = watched([one.repository]);
    git.update([two.repository]);
    writeFileSync(one.lock, '');
    writeFileSync(two.lock, '');
    await until(1);
    expect(told).toEqual([[two.repository, true]]);
    expect(git.isBusy(one.repository)).toBe(false);
    git.close();
    unlinkSync(two.lock);
    expect(git.isBusy(two.repository)).toBe(false);
    expect(told).toHaveLength(1);
  });
});

test('HEAD rewritten: busy until the burst is over', async () => {
  const { repository } = bareBones();
  const { told, until } = watched([repository], { burstMs: 50 });
  writeFileSync(join(repository, '.git/HEAD.lock'), 'ref: refs/heads/other\n');
  renameSync(join(repository, '.git/HEAD.lock'), join(repository, '.git/HEAD'));
  await until(2);
  expect(told).toEqual([
    [repository, true],
    [repository, false],
  ]);
});

describe('an operation that has begun', () => {
  test.each([
    ['rebase-merge/', 'rebase'],
    ['rebase-apply/', 'rebase'],
    ['MERGE_HEAD', 'merge'],
    ['CHERRY_PICK_HEAD', 'cherry-pick'],
    ['REVERT_HEAD', 'revert'],
    ['BISECT_LOG', 'bisect'],
  ] as const)('%s: %s, until it is gone', async (name, operation) => {
    const { repository } = bareBones();
    const place = join(repository, '.git', name);
    const { git, told, operations, until } = watched([repository]);
    if (name.endsWith('/')) mkdirSync(place);
    else writeFileSync(place, '');
    await until(1);
    expect(git.isBusy(repository)).toBe(true);
    rmSync(place, { recursive: true });
    await until(2);
    expect(git.isBusy(repository)).toBe(false);
    expect(told.map(([, busy]) => busy)).toEqual([false, false]);
    expect(operations).toEqual([operation, null]);
  });

  test('a rebase that picks commits is a rebase', () => {
    const { repository } = bareBones();
    mkdirSync(join(repository, '.git/rebase-merge'));
    writeFileSync(join(repository, '.git/CHERRY_PICK_HEAD'), '');
    expect(watched([repository]).operations).toEqual(['rebase']);
  });
});

test('no timer wakes the program unless git is at work, or its folder cannot be watched', () => {
  const { repository } = bareBones();
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { git } = watched([repository]);
  expect(vi.getTimerCount()).toBe(0);
  writeFileSync(join(repository, '.git/index.lock'), '');
  expect(git.isBusy(repository)).toBe(true);
  expect(vi.getTimerCount()).toBe(1);
  rmSync(join(repository, '.git/index.lock'));
  expect(git.isBusy(repository)).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  const without = tempFolder('git');
  git.update([repository, without]);
  expect(vi.getTimerCount()).toBe(1);
  git.close();
  expect(vi.getTimerCount()).toBe(0);
});

describe('by the clock', () => {
  /** The clock goes on within a turn of the event loop, in which no event of the disk comes. */
  function timed(...repositories: readonly string[]) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    return watched(repositories);
  }

  test('a lock whose end made no event is found to be gone half a second later', () => {
    const { repository, lock } = bareBones();
    writeFileSync(lock, '');
    const { told } = timed(repository);
    vi.advanceTimersByTime(5_000);
    unlinkSync(lock);
    vi.advanceTimersByTime(499);
    expect(told).toEqual([[repository, true]]);
    vi.advanceTimersByTime(1);
    expect(told.slice(1)).toEqual([[repository, false]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a folder that becomes a repository is looked at each half second until it is one', () => {
    const repository = tempFolder('git');
    const { told } = timed(repository);
    vi.advanceTimersByTime(5_000);
    mkdirSync(join(repository, '.git'));
    writeFileSync(join(repository, '.git/index.lock'), '');
    vi.advanceTimersByTime(499);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual([[repository, true]]);
  });

  test('HEAD rewritten counts for 300 ms', async () => {
    const { repository } = bareBones();
    const { git, told, until } = timed(repository);
    writeFileSync(join(repository, '.git/ORIG_HEAD'), '');
    await until(1);
    vi.advanceTimersByTime(299);
    expect([told, git.isBusy(repository)]).toEqual([[[repository, true]], true]);
    vi.advanceTimersByTime(1);
    expect(told.slice(1)).toEqual([[repository, false]]);
    expect(git.isBusy(repository)).toBe(false);
  });
});

test('a watch keeps no process from its end', () => {
  const watches = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap').length;
  const before = watches();
  const { repository, lock } = bareBones();
  const { git } = watched([repository]);
  expect(watches()).toBe(before);
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const idle = timers();
  writeFileSync(lock, '');
  expect([git.isBusy(repository), timers()]).toEqual([true, idle]);
});

test.runIf(process.platform === 'linux')('of a watch that is over nothing is left in the system', () => {
  /** The watches of this process, each a line of its descriptors (proc(5)). */
  const watches = (): number =>
    readdirSync('/proc/self/fdinfo')
      .map((descriptor) => lookQuietly(`/proc/self/fdinfo/${descriptor}`))
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('inotify ')).length;
  const [one, two] = [bareBones(), bareBones()];
  const before = watches();
  const { git } = watched([one.repository, two.repository]);
  expect(watches()).toBe(before + 2);
  git.update([two.repository]);
  expect(watches()).toBe(before + 1);
  git.close();
  expect(watches()).toBe(before);
});

/** The descriptor that lists the folder is closed by the time it is read. */
function lookQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test('a repository that stays is not reported once more when others come', () => {
  const [one, two] = [bareBones(), bareBones()];
  writeFileSync(one.lock, '');
  const { git, told } = watched([one.repository]);
  git.update([one.repository, two.repository]);
  expect(told).toEqual([[one.repository, true]]);
});

test('the folder of a worktree, and of a submodule, is where its .git file says', () => {
  const base = tempFolder('git');
  const named = (text: string): string | null => {
    writeFileSync(join(base, '.git'), text);
    return gitFolderOf(base);
  };
  expect(gitFolderOf(base)).toBeNull();
  expect(named('gitdir: main/.git/worktrees/tree\n')).toBe(join(base, 'main/.git/worktrees/tree'));
  expect(named('gitdir: /elsewhere/.git/modules/a')).toBe(resolve('/elsewhere/.git/modules/a'));
  expect(named('something else')).toBeNull();
});

const hasGit = ((): boolean => {
  try {
    execFileSync('git', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasGit)('with git itself', () => {
  function run(cwd: string, ...args: string[]): void {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    execFileSync('git', [...identity, ...args], { cwd, stdio: 'ignore' });
  }

  test('a worktree has a lock of its own', async () => {
    const base = tempFolder('git');
    const main = join(base, 'main');
    const tree = join(base, 'tree');
    mkdirSync(main);
    run(main, 'init');
    run(main, 'commit', '--allow-empty', '-m', 'first');
    run(main, 'worktree', 'add', tree);
    expect(gitFolderOf(main)).toBe(join(main, '.git'));
    expect(gitFolderOf(tree)).toBe(join(main, '.git/worktrees/tree'));
    expect(gitFolderOf(base)).toBe(null);
    const { git, told, until } = watched([main, tree]);
    writeFileSync(join(main, '.git/worktrees/tree/index.lock'), '');
    await until(1);
    expect(told).toEqual([[tree, true]]);
    expect(git.isBusy(main)).toBe(false);
  });

  test('switching branches is busy, then free', async () => {
    const { repository } = { repository: tempFolder('git') };
    run(repository, 'init', '-b', 'one');
    run(repository, 'commit', '--allow-empty', '-m', 'first');
    run(repository, 'branch', 'two');
    const { told, until } = watched([repository]);
    run(repository, 'checkout', 'two');
    await until(2);
    expect(told.slice(0, 2)).toEqual([
      [repository, true],
      [repository, false],
    ]);
  });
});
