/** The directories that the tree forgets, and those that it must not. */
import { once } from 'node:events';
import { mkdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Ignores } from '../../src/watch/model.js';
import { identityOf } from '../../src/watch/stat.js';
import { createInodes, createTree, DirectoryWatcher } from '../../src/watch/tree.js';
import { needs } from '../support/needs.js';
import { temporaryFolder } from '../support/rig.js';
import { soon } from '../support/soon.js';

test('the folder above a root is forgotten, as when the root has been replaced: the root does not go deaf', async () => {
  const base = realpathSync(await temporaryFolder());
  const root = join(base, 'functions');
  mkdirSync(join(root, 'pay'), { recursive: true });
  const nothing = (): void => undefined;
  const tree = createTree({
    tops: [root],
    ignores: () => false,
    onEvent: nothing,
    onDirectory: nothing,
    onError: nothing,
  });
  onTestFinished(() => tree.close());
  await tree.ready;
  tree.forget(base);
  expect(tree.watches(root)).toBe(true);
  expect(tree.watches(join(root, 'pay'))).toBe(true);
  tree.forget(root);
  expect(tree.watched()).toEqual([]);
});

test('a directory that a file has replaced leaves nothing in memory once it was read in vain', async () => {
  const file = join(await temporaryFolder(), 'was-a-directory');
  writeFileSync(file, '');
  const watcher = new DirectoryWatcher({});
  onTestFinished(() => watcher.close());
  const stream = watcher._readdirp(file);
  if (stream === undefined) throw new Error('nothing is read');
  expect(watcher._streams.size).toBe(1);
  const failed = once(stream, 'error');
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.resume();
  await expect(failed).resolves.toMatchObject([{ code: 'ENOTDIR' }]);
  await closed;
  expect(watcher._streams.size).toBe(0);
});

test('of folders in each other each stays as long as it is asked for', async () => {
  const base = realpathSync(await temporaryFolder());
  const [outer, inner] = [join(base, 'functions'), join(base, 'functions', 'pay')];
  const below = join(inner, 'lib');
  mkdirSync(below, { recursive: true });
  mkdirSync(join(outer, 'left-out'));
  const nothing = (): void => undefined;
  const tree = createTree({
    tops: [outer],
    ignores: (path) => path === join(outer, 'left-out'),
    onEvent: nothing,
    onDirectory: nothing,
    onError: nothing,
  });
  onTestFinished(() => tree.close());
  await tree.ready;
  expect([...tree.watched()].sort()).toEqual([outer, inner, below]);
  expect([tree.holds(below), tree.holds(base)]).toEqual([true, false]);
  expect([tree.isOwnName(inner, 'pay'), tree.isOwnName(inner, 'lib')]).toEqual([true, false]);
  tree.addTop(inner);
  tree.removeTop(outer);
  expect([...tree.watched()].sort()).toEqual([inner, below]);
  expect([tree.watches(outer), tree.watches(below)]).toEqual([false, true]);
  tree.addTop(outer);
  tree.removeTop(inner);
  expect(tree.watches(below)).toBe(true);
});

/** A real tree of one folder, and what it says; `until` is asked after each word of it. */
async function told(
  over: { readonly tops?: (base: string) => readonly string[]; readonly ignores?: Ignores } = {},
) {
  const base = realpathSync(await temporaryFolder());
  const events: string[] = [];
  const waiters = new Set<() => void>();
  const note = (...words: readonly (string | null)[]): void => {
    events.push(words.map((word) => (word ?? 'null').replace(base, '').replaceAll('\\', '/')).join(' '));
    for (const waiter of waiters) waiter();
  };
  const tree = createTree({
    tops: over.tops?.(base) ?? [base],
    ignores: over.ignores ?? (() => false),
    onEvent: note,
    onDirectory: note,
    onError: (error) => note('error', String(error)),
  });
  onTestFinished(() => tree.close());
  const until = (holds: () => boolean): Promise<void> =>
    soon(
      `${holds}`,
      new Promise((resolve) => {
        const check = (): void => {
          if (!holds()) return;
          waiters.delete(check);
          resolve();
        };
        waiters.add(check);
        check();
      }),
    );
  return { base, tree, events, until };
}

test('a directory that comes and goes is told, and which one it is known as long as it is there', async () => {
  const { base, tree, events, until } = await told();
  await tree.ready;
  const dir = join(base, 'pay');
  expect(tree.identity(dir)).toBe(undefined);
  mkdirSync(dir);
  await until(() => events.includes('added /pay'));
  expect(tree.identity(dir)).toBe(identityOf(statSync(dir)));
  await vi.waitFor(() => expect(tree.watches(dir)).toBe(true));
  rmSync(dir, { recursive: true });
  await until(() => events.includes('removed /pay'));
  expect(tree.identity(dir)).toBe(undefined);
});

test('an event names its directory and the entry in it', async () => {
  const { base, tree, events, until } = await told();
  await tree.ready;
  writeFileSync(join(base, 'a.js'), '');
  await until(() => events.includes('rename  a.js'));
  writeFileSync(join(base, 'a.js'), 'more');
  await until(() => events.includes('change  a.js'));
});

test('a directory answers to each name that it was watched by, and to no other', async () => {
  const { base, tree, events, until } = await told();
  await tree.ready;
  const [before, after] = [join(base, 'before'), join(base, 'after')];
  mkdirSync(before);
  await until(() => events.includes('added /before'));
  tree.add(base);
  expect([tree.isOwnName(before, 'before'), tree.isOwnName(before, 'after')]).toEqual([true, false]);
  expect(tree.isOwnName(after, 'after')).toBe(true);
  renameSync(before, after);
  await until(() => events.includes('added /after') && events.includes('removed /before'));
  expect([tree.isOwnName(after, 'after'), tree.isOwnName(after, 'other')]).toEqual([true, false]);
  // Events about itself bear the name by which it was watched first, as long as it is known by that one.
  const isKept = events.indexOf('added /after') < events.indexOf('removed /before');
  expect(tree.isOwnName(after, 'before')).toBe(isKept);
});

test('with nothing to watch it is ready at once, and takes up what is named later', async () => {
  const { base, tree, events, until } = await told({ tops: () => [] });
  await tree.ready;
  expect([tree.watched(), [...tree.tops()], tree.forcedPolling]).toEqual([[], [], false]);
  tree.addTop(base);
  await until(() => events.includes('added '));
  await vi.waitFor(() => expect(tree.watched()).toEqual([base]));
});

test('closed while it starts it is ready, and nothing is taken up any more', async () => {
  const { base, tree, events } = await told();
  const closed = tree.close();
  await tree.ready;
  await closed;
  tree.addTop(base);
  tree.add(base);
  expect([tree.watched(), events]).toEqual([[], []]);
});

test('a folder is watched whatever its name, and however many there are', async () => {
  const { base, tree } = await told({ tops: (folder) => [join(folder, 'functions')] });
  await tree.ready;
  const top = join(base, 'functions');
  const names = ['old~', '.a.swp', ...Array.from({ length: 150 }, (_, index) => `function-${index}`)];
  for (const name of names) mkdirSync(join(top, name, 'lib'), { recursive: true });
  tree.addTop(top);
  await vi.waitFor(() => expect(tree.watched()).toHaveLength(1 + 2 * names.length), 20_000);
});

test('a top is watched even where it is left out by its name, and what lies behind a link is not', async () => {
  needs('links');
  const { base, tree } = await told({
    tops: (folder) => {
      mkdirSync(join(folder, 'top/own'), { recursive: true });
      mkdirSync(join(folder, 'elsewhere/deep'), { recursive: true });
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'top/link'), 'junction');
      return [join(folder, 'top')];
    },
    ignores: (path) => path.endsWith('top'),
  });
  await tree.ready;
  expect([...tree.watched()].sort()).toEqual([join(base, 'top'), join(base, 'top/own')]);
});

test('a walk that has no end counts as over after half a minute, and one that ends leaves no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const walked = await told();
  await walked.tree.ready;
  expect(vi.getTimerCount()).toBe(0);
  // Within one turn of the event loop no walk ends.
  const { tree } = await told();
  let isReady = false;
  const ready = tree.ready.then(() => {
    isReady = true;
  });
  vi.advanceTimersByTime(29_999);
  await Promise.resolve();
  expect(isReady).toBe(false);
  vi.advanceTimersByTime(1);
  await Promise.resolve();
  expect(isReady).toBe(true);
  await ready;
});

test('a directory that is moved is known by both names, and one that is gone by none', async () => {
  const stats = statSync(await temporaryFolder());
  const inodes = createInodes();
  const [before, after] = [join('a', 'before'), join('a', 'after')];
  inodes.add(before, stats);
  inodes.add(after, stats);
  inodes.remove(before);
  expect([[...inodes.names(before)], [...inodes.names(after)]]).toEqual([[], ['before', 'after']]);
  expect(inodes.paths()).toEqual([after]);
  inodes.remove(after);
  inodes.add(after, stats);
  expect([...inodes.names(after)]).toEqual(['after']);
});
