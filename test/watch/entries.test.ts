/** Single entries, watched by name: also where their folders come and go. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EntryWatch } from '../../src/watch/entries.js';
import { needs } from '../support/needs.js';
import { soon } from '../support/soon.js';
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
    soon(
      `a hint of ${path}`,
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
      }),
    );
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
  needs('windowsItself');
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

test('a watch keeps no process from its end', () => {
  const watches = (): number =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap').length;
  const before = watches();
  const { entries } = scene('one.json', 'none/two.json');
  expect([entries.isBlind(), watches()]).toEqual([false, before]);
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

describe('names as the system spells them', () => {
  /** The name by which Windows or macOS reports a file, whatever the disk of this test makes of it. */
  function told(...given: readonly string[]) {
    const base = tempFolder('entries');
    const hints: string[] = [];
    const lost: number[] = [];
    let say = (_name: string | null): void => undefined;
    const entries = new EntryWatch(
      { onEntry: (path) => hints.push(path), onLost: () => lost.push(1) },
      (_folder, onEvent) => {
        say = onEvent;
        return { close: () => undefined, on: () => undefined };
      },
    );
    onTestFinished(() => entries.close());
    const paths = given.map((name) => join(base, name));
    entries.update(paths);
    return { base, paths, hints, lost, say: (name: string | null) => say(name) };
  }

  test.each([
    ['another case', 'WATCH.CONFIG.JSON', 'watch.config.json'],
    ['accents in parts', 'caf\u00e9.json', 'cafe\u0301.json'],
    ['Chinese', '配置.json', '配置.json'],
  ])('%s', (_name, given, reported) => {
    const { paths, hints, say } = told(given);
    say(reported);
    expect(hints).toEqual(paths);
  });

  test('two that differ in case alone are both hinted at, and others are not', () => {
    const { paths, hints, say } = told('a.json', 'A.json', 'b.json');
    say('A.json');
    expect(hints).toEqual(paths.slice(0, 2));
  });

  test('something about the folder itself, or about nobody knows what, concerns all of its entries', () => {
    const { base, paths, hints, lost, say } = told('a.json', 'b.json');
    say('c.json');
    expect([hints, lost]).toEqual([[], []]);
    say(basename(base));
    expect([hints, lost]).toEqual([paths, [1]]);
    say(null);
    expect([hints, lost]).toEqual([
      [...paths, ...paths],
      [1, 1],
    ]);
  });

  test('of a folder on the way to an entry the next one alone counts', () => {
    const { base, paths, hints, lost, say } = told('a/b/one.json');
    say('b');
    say('one.json');
    expect([hints, lost]).toEqual([[], []]);
    say('A');
    expect([hints, lost]).toEqual([paths, [1]]);
    say(basename(base));
    say(null);
    expect([hints.length, lost.length]).toEqual([3, 3]);
  });
});

describe('a watch of the system', () => {
  /** Each watch that was begun: how often it was closed, and how to break it. */
  function broken() {
    const base = tempFolder('entries');
    const hints: string[] = [];
    const lost: number[] = [];
    const watches: {
      folder: string;
      closed: number;
      fail: () => void;
      say: (name: string | null) => void;
    }[] = [];
    let refuses = false;
    const entries = new EntryWatch(
      { onEntry: (path) => hints.push(basename(path)), onLost: () => lost.push(1) },
      (folder, onEvent) => {
        if (refuses) throw new Error('ENOSPC');
        const each = { folder, closed: 0, fail: (): void => undefined, say: onEvent };
        watches.push(each);
        return {
          close: () => {
            each.closed += 1;
          },
          on: (_event, listener) => {
            each.fail = listener;
          },
        };
      },
    );
    onTestFinished(() => entries.close());
    entries.update([join(base, 'one.json')]);
    const refuse = (now: boolean): void => {
      refuses = now;
    };
    return { base, entries, hints, lost, watches, refuse };
  }

  test('that breaks is closed, and begun again by the next look, which gives a hint', () => {
    const { entries, hints, lost, watches } = broken();
    entries.look();
    expect([watches.length, hints, entries.isBlind()]).toEqual([1, [], false]);
    watches[0]?.fail();
    expect([watches[0]?.closed, lost, entries.isBlind()]).toEqual([1, [1], true]);
    entries.look();
    expect([watches.length, hints, entries.isBlind()]).toEqual([2, ['one.json'], false]);
  });

  test('that is not to be had leaves the entries unseen, until it is', () => {
    const { entries, hints, watches, refuse } = broken();
    refuse(true);
    watches[0]?.fail();
    entries.look();
    expect([entries.isBlind(), hints]).toEqual([true, ['one.json']]);
    refuse(false);
    entries.look();
    expect([entries.isBlind(), watches.length]).toEqual([false, 2]);
  });

  test('of a folder that was made again takes the place of the old one, whose last words count for nothing', () => {
    const { base, entries, hints, lost, watches } = broken();
    rmSync(base, { recursive: true });
    entries.look();
    expect(watches.at(-1)?.folder).not.toBe(base);
    expect(watches[0]?.closed).toBe(1);
    mkdirSync(base);
    entries.look();
    expect(watches.at(-1)?.folder).toBe(base);
    expect(watches.map(({ closed }) => closed)).toEqual([1, 1, 0]);
    const before = hints.length;
    watches[0]?.say('one.json');
    watches[0]?.fail();
    expect([hints.length, lost]).toEqual([before, []]);
    watches[2]?.say('one.json');
    expect(hints.length).toBe(before + 1);
  });

  test('of a folder of which nobody knows what happened to it is begun again', () => {
    const { base, entries, hints, lost, watches } = broken();
    watches[0]?.say(basename(base));
    expect([hints, lost, watches.length]).toEqual([['one.json'], [1], 1]);
    entries.look();
    expect([watches.length, watches[0]?.closed, entries.isBlind()]).toEqual([2, 1, false]);
    entries.look();
    expect(watches.length).toBe(2);
  });

  test('of a folder that came meanwhile is begun again, unless it is closed by then', async () => {
    const base = tempFolder('entries');
    const one = join(base, 'a/one.json');
    const hints: string[] = [];
    let open = 0;
    const entries = new EntryWatch({ onEntry: (path) => hints.push(path), onLost: () => undefined }, () => {
      mkdirSync(join(base, 'a'), { recursive: true });
      open += 1;
      return { close: () => (open -= 1), on: () => undefined };
    });
    entries.update([one]);
    await nextTurn();
    expect([hints, open]).toEqual([[one], 1]);
    rmSync(join(base, 'a'), { recursive: true });
    entries.update([]);
    entries.update([one]);
    entries.close();
    await nextTurn();
    expect([hints, open]).toEqual([[one], 0]);
  });

  test('is closed when its last entry is not listed any more, and at the end', () => {
    const { base, entries, watches } = broken();
    entries.update([join(base, 'two.json')]);
    expect(watches.map(({ closed }) => closed)).toEqual([0]);
    entries.update([]);
    expect(watches.map(({ closed }) => closed)).toEqual([1]);
    entries.update([join(base, 'one.json')]);
    entries.close();
    expect(watches.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});
