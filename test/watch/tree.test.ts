/** The directories that the tree forgets, and those that it must not. */
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTree } from '../../src/watch/tree.js';
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
