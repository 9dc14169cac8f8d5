/** A handle on every folder: what the tree says becomes hints, in the caller's terms, and has directories examined. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FolderSession } from '../../src/watch/folder-session.js';
import { createPlaces } from '../../src/watch/places.js';
import { identityOf, look } from '../../src/watch/stat.js';
import type { Tree, TreeOptions } from '../../src/watch/tree.js';
import { needs } from '../support/needs.js';
import { tempFolder } from '../support/watcher-rig.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Longer than a suspicion waits for its examination. */
const examinedMs = 30;

/** A root `functions` with `pay` and `pay/lib`, a folder `elsewhere`, and the self-test's. All of them are watched at once. */
async function stage({ isUp = true, isLinked = false } = {}) {
  const base = tempFolder('folders');
  const path = (name: string): string => join(base, name);
  for (const dir of ['functions/pay/lib', 'elsewhere', 'test']) mkdirSync(path(dir), { recursive: true });
  if (isLinked) symlinkSync(path('functions'), path('linked'), 'junction');
  const named = (dir: string): string => dir.slice(base.length + 1).replaceAll('\\', '/');
  const told: string[] = [];
  const asked: string[] = [];
  const watched = new Map<string, string>();
  const mode = { refuses: false };
  const watch = (dir: string): void => {
    const stats = look(dir);
    if (stats !== null && !mode.refuses) watched.set(dir, identityOf(stats));
  };
  let say: TreeOptions | undefined;
  let goUp = (): void => undefined;
  const makeTree = (options: TreeOptions): Tree => {
    say = options;
    const tops = new Set(options.tops);
    const add = (dir: string): void => {
      asked.push(`add ${named(dir)}`);
      watch(dir);
    };
    const forget = (dir: string): void => {
      asked.push(`forget ${named(dir)}`);
      watched.delete(dir);
    };
    for (const dir of [...tops, path('functions/pay'), path('functions/pay/lib')]) watch(dir);
    return {
      ready: new Promise((resolve) => {
        goUp = resolve;
      }),
      forcedPolling: false,
      ...{ tops: () => tops, watched: () => [...watched.keys()], watches: (dir) => watched.has(dir) },
      ...{ identity: (dir) => watched.get(dir), holds: (dir) => dir.startsWith(base), add, forget },
      isOwnName: (dir, name) => basename(dir) === name,
      addTop(dir) {
        tops.add(dir);
        add(dir);
      },
      removeTop(dir) {
        tops.delete(dir);
        forget(dir);
      },
      close: async () => void asked.push('close'),
    };
  };
  const places = createPlaces(
    { roots: [path(isLinked ? 'linked' : 'functions')], extra: [path('elsewhere')] },
    (place, before) => session.moved(place, before),
  );
  const session = new FolderSession(
    {
      places,
      probe: {
        dir: path('test'),
        seen: () => told.push('alive'),
        test: async () => true,
        close: () => undefined,
      },
      ignores: (file) => file.includes('node_modules') || file === path('linked/pay/left-out'),
      onTouched: (file) => told.push(named(file)),
      onRootChanged: (root) => told.push(`root ${named(root)}`),
      onDeaf: (dir) => told.push(`deaf ${named(dir)}`),
      onError: (error) => told.push(String(error)),
    },
    makeTree,
  );
  onTestFinished(() => session.close());
  if (isUp) {
    goUp();
    await session.ready;
  }
  const event = (kind: 'rename' | 'change', dir: string, name: string | null): void =>
    say?.onEvent(kind, path(dir), name);
  const directory = (kind: 'added' | 'removed', dir: string): void => say?.onDirectory(kind, path(dir));
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  return { path, session, places, told, asked, watched, mode, goUp: () => goUp(), event, directory, pass };
}

describe('an event', () => {
  it.each<[string, 'rename' | 'change', string, string | null, readonly string[], readonly string[]]>([
    ['a save', 'change', 'functions/pay', 'index.js', ['functions/pay/index.js'], []],
    ['a new file', 'rename', 'functions/pay', 'a.js', ['functions/pay/a.js'], []],
    ['a new function', 'rename', 'functions', 'login', ['root functions', 'functions/login'], []],
    ['a save next to the functions', 'change', 'functions', 'a.txt', ['functions/a.txt'], []],
    ['one in no root', 'rename', 'elsewhere', 'a.js', ['elsewhere/a.js'], []],
    ['what is ignored', 'change', 'functions/pay', 'node_modules', [], []],
    ['nobody knows of what', 'change', 'functions/pay', null, ['functions/pay'], []],
    [
      'the end of a watch',
      'rename',
      'functions/pay',
      'pay',
      both(),
      ['forget functions/pay', 'add functions/pay'],
    ],
    ['another mode', 'change', 'functions/pay', 'pay', both(), []],
    ['the self-test', 'change', 'test', 'touch', ['alive'], []],
  ])('%s', async (_name, kind, dir, name, expected, examined) => {
    const { told, asked, event, pass } = await stage();
    event(kind, dir, name);
    expect(told).toEqual(expected);
    await pass(examinedMs);
    expect(asked).toEqual(examined);
  });

  it('that nobody knows of what, in a root: its functions may have come and gone', async () => {
    const { told, event } = await stage();
    event('change', 'functions', null);
    expect(told).toEqual(['root functions', 'functions']);
  });

  it('below a link is told by the name that was given, and left out by it', async () => {
    needs('links');
    const { told, event } = await stage({ isLinked: true });
    event('change', 'functions/pay', 'index.js');
    event('change', 'functions/pay', 'left-out');
    event('rename', 'functions', 'login');
    expect(told).toEqual(['linked/pay/index.js', 'root linked', 'linked/login']);
  });

  it('has a directory that nobody watches taken up, with a hint once it is', async () => {
    const { told, asked, path, event, pass } = await stage();
    mkdirSync(path('functions/pay/new'));
    event('rename', 'functions/pay', 'new');
    expect(told).toEqual(['functions/pay/new']);
    await pass(100);
    expect(asked).toEqual(['forget functions/pay/new', 'add functions/pay/new']);
    expect(told.slice(1)).toEqual(['functions/pay/new']);
  });

  it('of the root itself, which another folder has replaced, has the new one watched', async () => {
    const { told, asked, path, event, pass } = await stage();
    renameSync(path('functions'), path('old'));
    mkdirSync(path('functions'));
    event('rename', 'functions', 'functions');
    await pass(100);
    expect(asked).toContain('add functions');
    expect(told).toContain('root functions');
  });

  it('of the root itself, which is gone, has that noticed at once', async () => {
    const { told, path, places, event } = await stage();
    const root = places.all().find(({ kind }) => kind === 'root');
    expect(root?.real).toBe(path('functions'));
    rmSync(path('functions'), { recursive: true });
    event('rename', 'functions', 'functions');
    expect(root?.real).toBeNull();
    expect(told).toContain('root functions');
  });

  it('of a directory that could not be watched is reason to try once more', async () => {
    const { told, asked, path, mode, event, pass } = await stage();
    mode.refuses = true;
    mkdirSync(path('functions/pay/closed'));
    event('rename', 'functions/pay', 'closed');
    await pass(10_000);
    expect(told.filter((text) => text.startsWith('deaf'))).toEqual(['deaf functions/pay/closed']);
    asked.length = 0;
    mode.refuses = false;
    event('change', 'functions/pay', 'closed');
    await pass(100);
    expect(asked).toEqual(['forget functions/pay/closed', 'add functions/pay/closed']);
    expect(told.at(-1)).toBe('functions/pay/closed');
  });
});

function both(): readonly string[] {
  return ['functions/pay', 'functions/pay/pay'];
}

describe('a directory', () => {
  it.each<['added' | 'removed', string, readonly string[]]>([
    ['added', 'functions/login', ['root functions', 'functions/login']],
    ['removed', 'functions/login', ['root functions', 'functions/login']],
    ['added', 'functions', ['root functions', 'functions']],
    ['added', 'functions/pay/new', ['functions/pay/new']],
    ['removed', 'elsewhere/new', ['elsewhere/new']],
    ['added', 'test', []],
  ])('that was %s, %s', async (kind, dir, expected) => {
    const { told, directory } = await stage();
    directory(kind, dir);
    expect(told).toEqual(expected);
  });

  it('that was added gives one more hint once it is watched: what came before made no event', async () => {
    const { told, path, watched, directory, pass } = await stage();
    mkdirSync(path('functions/pay/new'));
    directory('added', 'functions/pay/new');
    await pass(examinedMs);
    expect(told).toEqual(['functions/pay/new']);
    watched.set(
      path('functions/pay/new'),
      identityOf(look(path('functions/pay/new')) ?? expect.unreachable()),
    );
    await pass(examinedMs);
    expect(told).toEqual(['functions/pay/new', 'functions/pay/new']);
  });

  it('that was added gives it, too, where it is watched by then, and one that was removed gives none', async () => {
    const { told, path, watched, directory, pass } = await stage();
    const made = path('functions/pay/new');
    mkdirSync(made);
    watched.set(made, identityOf(look(made) ?? expect.unreachable()));
    directory('added', 'functions/pay/new');
    await pass(examinedMs);
    expect(told).toEqual(['functions/pay/new', 'functions/pay/new']);
    rmSync(made, { recursive: true });
    directory('removed', 'functions/pay/new');
    await pass(examinedMs);
    expect(told.slice(2)).toEqual(['functions/pay/new']);
  });

  it('that is to be examined is not, after the end', async () => {
    const { session, directory } = await stage();
    directory('added', 'functions/pay/lib');
    expect(vi.getTimerCount()).toBe(1);
    await session.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that was removed and is back is found by its parent', async () => {
    const { asked, path, watched, directory, pass } = await stage();
    watched.delete(path('functions/pay/lib'));
    directory('removed', 'functions/pay/lib');
    await pass(100);
    expect(asked).toEqual(['forget functions/pay/lib', 'add functions/pay/lib']);
  });

  it('is no news during the first walk, at whose end those that it missed are found', async () => {
    const { told, asked, path, session, goUp, event, directory, pass } = await stage({ isUp: false });
    mkdirSync(path('functions/pay/new'));
    directory('added', 'functions/pay/new');
    event('rename', 'functions/pay', 'new');
    await pass(100);
    expect([told, asked]).toEqual([['functions/pay/new'], []]);
    goUp();
    await pass(100);
    await session.ready;
    expect(asked).toEqual(['forget functions/pay/new', 'add functions/pay/new']);
  });

  it('whose watch ended during the first walk is watched anew nevertheless', async () => {
    const { asked, event, pass } = await stage({ isUp: false });
    event('rename', 'functions/pay', 'pay');
    await pass(examinedMs);
    expect(asked).toEqual(['forget functions/pay', 'add functions/pay']);
  });
});

describe('the first walk', () => {
  it('is not disturbed by a question for what is not watched: its end answers', async () => {
    const { told, asked, path, session, goUp, pass } = await stage({ isUp: false });
    mkdirSync(path('functions/pay/not-reached-yet'));
    let isAnswered = false;
    const checked = session.recheck().then(() => {
      isAnswered = true;
    });
    await pass(10_000);
    expect([told, asked, isAnswered]).toEqual([[], [], false]);
    goUp();
    await pass(100);
    await checked;
    expect(asked).toEqual(['forget functions/pay/not-reached-yet', 'add functions/pay/not-reached-yet']);
  });

  it('is not disturbed by a burst, after which every place gets its hint all the same', async () => {
    const { told, asked, path, session, goUp, event, pass } = await stage({ isUp: false });
    mkdirSync(path('functions/pay/not-reached-yet'));
    for (let count = 0; count < 1000; count += 1) event('change', 'functions/pay', 'node_modules');
    await pass(10_000);
    expect([told, asked]).toEqual([[], []]);
    goUp();
    await pass(100);
    await session.ready;
    expect(asked).toEqual(['forget functions/pay/not-reached-yet', 'add functions/pay/not-reached-yet']);
    expect(told).toEqual(expect.arrayContaining(['root functions', 'functions', 'elsewhere']));
  });
});

describe('a burst', () => {
  const all = ['root functions', 'functions', 'elsewhere'];

  it('of a thousand events in a second ends in a hint for every place: some may have been lost', async () => {
    const { told, event, pass } = await stage();
    for (let count = 0; count < 1000; count += 1) event('change', 'functions/pay', 'node_modules');
    await pass(999);
    expect(told).toEqual([]);
    await pass(100);
    expect(told).toEqual(all);
    await pass(5000);
    expect(told).toEqual(all);
  });

  it('is none where there were fewer, or where they came in different seconds', async () => {
    const { told, event, pass } = await stage();
    for (let second = 0; second < 3; second += 1) {
      for (let count = 0; count < 999; count += 1) event('change', 'functions/pay', 'node_modules');
      await pass(1000);
    }
    expect(told).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('after another one ends like the first', async () => {
    const { told, event, pass } = await stage();
    for (const times of [1, 2]) {
      for (let count = 0; count < 1000; count += 1) event('change', 'functions/pay', 'node_modules');
      await pass(1100);
      expect(told).toHaveLength(times * all.length);
    }
  });

  it('gives no hint where the end comes while all is examined', async () => {
    const { session, told, event, pass } = await stage();
    for (let count = 0; count < 1000; count += 1) event('change', 'functions/pay', 'node_modules');
    vi.advanceTimersByTime(1000);
    await session.close();
    await pass(5000);
    expect(told).toEqual([]);
  });

  it('gives no hint after the end', async () => {
    const { session, told, event, pass } = await stage();
    for (let count = 0; count < 1000; count += 1) event('change', 'functions/pay', 'node_modules');
    await session.close();
    expect(vi.getTimerCount()).toBe(0);
    await pass(5000);
    expect(told).toEqual([]);
  });
});

describe('a place', () => {
  it('that goes is watched no longer, and is watched again when it is back, with a hint', async () => {
    const { path, places, told, asked, session, pass } = await stage();
    expect(session.directories()).toBe(4);
    rmSync(path('elsewhere'), { recursive: true });
    places.look();
    await pass(examinedMs);
    expect([asked, told]).toEqual([['forget elsewhere'], []]);
    expect(session.directories()).toBe(3);
    mkdirSync(path('elsewhere'));
    places.look();
    await pass(examinedMs);
    expect([asked.slice(1), told]).toEqual([['add elsewhere'], ['elsewhere']]);
  });

  it('that is looked for finds what is not watched, and the tree is closed at the end', async () => {
    const { path, asked, watched, session } = await stage();
    watched.delete(path('functions/pay/lib'));
    const checked = session.recheck();
    await vi.advanceTimersByTimeAsync(200);
    await checked;
    expect(asked).toEqual(['forget functions/pay/lib', 'add functions/pay/lib']);
    await session.close();
    expect(asked.at(-1)).toBe('close');
  });
});
