/** The directories that the tree forgets, and those that it must not. */
import { once } from 'node:events';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTree, DirectoryWatcher } from '../../src/watch/tree.js';
import { temporaryFolder } from '../support/rig.js';

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
