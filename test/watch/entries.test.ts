/** Single entries, watched by name: also where their folders come and go. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EntryWatch } from '../../src/watch/entries.js';
import { tempFolder } from '../support/watcher-rig.js';

function scene(...files: readonly string[]) {
  const base = tempFolder('entries');
  const hints: string[] = [];
  const waiters = new Set<() => void>();
  const entries = new EntryWatch({
    onEntry(path) {
      hints.push(path);
      for (const waiter of waiters) waiter();
    },
    onLost: () => setImmediate(() => entries.look()),
  });
  onTestFinished(() => entries.close());
  const paths = files.map((file) => join(base, file));
  entries.update(paths);
  /** Does something, and resolves when a hint of this path has come since. */
  const hinted = (path: string, act: () => void): Promise<void> =>
    new Promise((resolve) => {
      const from = hints.length;
      const check = (): void => {
        if (!hints.slice(from).includes(path)) return;
        waiters.delete(check);
        resolve();
      };
      waiters.add(check);
      act();
      check();
    });
  return { base, paths, hints, entries, hinted };
}

test('an entry that is written, removed and made again', async () => {
  const { paths, hinted, entries } = scene('one.json', 'two.json');
  const [one = ''] = paths;
  await hinted(one, () => writeFileSync(one, ''));
  await hinted(one, () => rmSync(one));
  await hinted(one, () => writeFileSync(one, ''));
  expect(entries.isBlind()).toBe(false);
});

test('entries of others in the same folder give no hint', async () => {
  const { base, paths, hints, hinted } = scene('one.json');
  const [one = ''] = paths;
  writeFileSync(join(base, 'other.json'), '');
  await hinted(one, () => writeFileSync(one, ''));
  expect(new Set(hints)).toEqual(new Set(paths));
});

test('an entry whose folder is not there is watched through the nearest one that is', async () => {
  const { base, paths, hinted, entries } = scene('a/b/one.json');
  const [one = ''] = paths;
  expect(entries.isBlind()).toBe(false);
  await hinted(one, () => mkdirSync(join(base, 'a')));
  await hinted(one, () => mkdirSync(join(base, 'a/b')));
  await hinted(one, () => writeFileSync(one, ''));
  await hinted(one, () => rmSync(join(base, 'a'), { recursive: true }));
  await hinted(one, () => {
    mkdirSync(join(base, 'a/b'), { recursive: true });
    writeFileSync(one, 'back');
  });
  await hinted(one, () => writeFileSync(one, 'and seen'));
});

test('a look that finds everything as it was gives no hint', () => {
  const { hints, entries } = scene('one.json', 'none/two.json');
  entries.look();
  expect(hints).toEqual([]);
});

test('a folder that another one has replaced', async () => {
  const { base, paths, hinted } = scene('a/one.json');
  const [one = ''] = paths;
  mkdirSync(join(base, 'a'));
  mkdirSync(join(base, 'next'));
  await hinted(one, () => writeFileSync(one, ''));
  await hinted(one, () => {
    renameSync(join(base, 'a'), join(base, 'old'));
    renameSync(join(base, 'next'), join(base, 'a'));
  });
  await hinted(one, () => writeFileSync(one, 'in the new one'));
});

test('a folder of which nothing is listed any more is not looked at', () => {
  const { base, hints, entries } = scene('a/one.json');
  entries.update([]);
  mkdirSync(join(base, 'a'));
  entries.look();
  expect(hints).toEqual([]);
});

test('what is no longer listed gives no hint, and neither does anything after close', async () => {
  const { base, paths, hints, hinted, entries } = scene('one.json', 'two.json');
  const [one = '', two = ''] = paths;
  entries.update([two]);
  writeFileSync(one, '');
  await hinted(two, () => writeFileSync(two, ''));
  expect(hints).not.toContain(one);
  entries.update([join(base, 'gone/three.json')]);
  entries.close();
  const before = hints.length;
  writeFileSync(two, 'more');
  entries.look();
  expect(hints.length).toBe(before);
});
