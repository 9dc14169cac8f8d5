/** Which directories the repair takes for deaf, and what it does: real folders, and a tree that only notes what is asked of it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Repair } from '../../src/watch/repair.js';
import { identityOf, look } from '../../src/watch/stat.js';
import { tempFolder } from '../support/watcher-rig.js';

/** `add` watches at once, unless `mode.refuses`. */
function scene({ ignored = [] as readonly string[], gatherMs = 1 } = {}) {
  const top = tempFolder('repair');
  const path = (...parts: readonly string[]): string => join(top, ...parts);
  const watched = new Map<string, string>();
  const log: string[] = [];
  const healed: string[] = [];
  const deaf: string[] = [];
  const mode = { refuses: false };
  const name = (dir: string): string => dir.slice(top.length + 1) || '.';
  const watch = (dir: string): void => {
    const stats = look(dir);
    if (stats !== null) watched.set(dir, identityOf(stats));
  };
  const repair = new Repair({
    tree: {
      tops: () => new Set([top]),
      watched: () => [...watched.keys()],
      watches: (dir) => watched.has(dir),
      identity: (dir) => watched.get(dir),
      holds: (dir) => dir.startsWith(top),
      add(dir) {
        log.push(`add ${name(dir)}`);
        if (!mode.refuses) watch(dir);
      },
      forget(dir) {
        log.push(`forget ${name(dir)}`);
        for (const each of [...watched.keys()])
          if (each === dir || each.startsWith(`${dir}/`)) watched.delete(each);
      },
    },
    ignores: (dir) => ignored.includes(name(dir)),
    onHealed: (dir) => void healed.push(name(dir)),
    onDeaf: (dir) => void deaf.push(name(dir)),
    gatherMs,
  });
  onTestFinished(() => repair.close());
  return { repair, path, watch, watched, log, healed, deaf, mode, top };
}

test('finds nothing to do where everything is watched', async () => {
  const { repair, path, watch, log, healed } = scene();
  mkdirSync(path('pay/lib'), { recursive: true });
  for (const dir of [path(), path('pay'), path('pay/lib')]) watch(dir);
  await repair.all();
  expect([log, healed]).toEqual([[], []]);
});

test('a subdirectory that nobody watches is taken up, with all below it, and each gives a hint', async () => {
  const { repair, path, watch, watched, healed } = scene();
  mkdirSync(path('pay/lib/deep'), { recursive: true });
  watch(path());
  await repair.all();
  expect([...watched.keys()].sort()).toEqual(
    [path(), path('pay'), path('pay/lib'), path('pay/lib/deep')].sort(),
  );
  expect(healed.sort()).toEqual(['pay', 'pay/lib', 'pay/lib/deep']);
});

test('a directory that is another one by now is watched anew', async () => {
  const { repair, path, watch, watched, log, healed } = scene();
  mkdirSync(path('pay'));
  watch(path());
  watched.set(path('pay'), 'another identity');
  await repair.all();
  expect(log).toEqual(['forget pay', 'add pay']);
  expect(healed).toEqual(['pay']);
});

test('a directory whose watch is lost for certain is watched anew, though it looks the same', async () => {
  const { repair, path, watch, log, healed } = scene();
  mkdirSync(path('pay'));
  for (const dir of [path(), path('pay')]) watch(dir);
  repair.suspect(path('pay'), { lost: true });
  await repair.all();
  expect(log).toEqual(['forget pay', 'add pay']);
  expect(healed).toEqual(['pay']);
});

test('one that is being watched just now gives a hint once it is, and is not asked for again', async () => {
  const { repair, path, watch, log, healed } = scene();
  mkdirSync(path('pay'));
  for (const dir of [path(), path('pay')]) watch(dir);
  repair.suspect(path('pay'), { announce: true });
  repair.suspect(path('pay'));
  await repair.all();
  expect(log).toEqual([]);
  expect(healed).toEqual(['pay']);
});

test('what is gone, a file, or ignored is forgotten, and nothing in it is examined', async () => {
  const { repair, path, watch, watched, log, healed } = scene({ ignored: ['node_modules'] });
  mkdirSync(path('node_modules/pad'), { recursive: true });
  mkdirSync(path('pay'));
  writeFileSync(path('file'), '');
  watch(path());
  for (const gone of ['pay', 'file', 'node_modules']) watched.set(path(gone), 'x');
  rmSync(path('pay'), { recursive: true });
  await repair.all();
  expect(log.sort()).toEqual(['forget file', 'forget node_modules', 'forget pay']);
  expect([...watched.keys()]).toEqual([path()]);
  expect(healed).toEqual([]);
});

test('a top that went and came back is watched again, although nothing reports it', async () => {
  const { repair, path, watch, watched, healed, top } = scene();
  mkdirSync(path('pay'));
  for (const dir of [path(), path('pay')]) watch(dir);
  rmSync(top, { recursive: true });
  await repair.all();
  expect([...watched.keys()]).toEqual([]);
  mkdirSync(path('pay'), { recursive: true });
  await repair.all();
  expect([...watched.keys()].sort()).toEqual([path(), path('pay')]);
  expect(healed).toEqual(['.', 'pay']);
});

test('one that cannot be watched is asked for three times, reported once, and healed when it can', async () => {
  const { repair, path, watch, log, healed, deaf, mode } = scene();
  mkdirSync(path('closed'));
  watch(path());
  mode.refuses = true;
  await repair.all();
  expect(log).toEqual(Array.from({ length: 3 }, () => ['forget closed', 'add closed']).flat());
  expect(deaf).toEqual(['closed']);
  expect(repair.isDeaf(path('closed'))).toBe(true);
  await repair.all();
  expect(deaf).toEqual(['closed']);
  mode.refuses = false;
  repair.suspect(path('closed'));
  await repair.all();
  expect(healed).toEqual(['closed']);
  expect(repair.isDeaf(path('closed'))).toBe(false);
});

test('a deaf one that is removed is forgotten as deaf', async () => {
  const { repair, path, watch, mode } = scene();
  mkdirSync(path('closed'));
  watch(path());
  mode.refuses = true;
  await repair.all();
  rmSync(path('closed'), { recursive: true });
  await repair.all();
  expect(repair.isDeaf(path('closed'))).toBe(false);
});

test('nothing is examined after close', async () => {
  const { repair, path, watch, log } = scene();
  mkdirSync(path('pay'));
  watch(path());
  repair.suspect(path());
  repair.close();
  await repair.all();
  expect(log).toEqual([]);
});

test.each([
  [{ lost: true }, {}],
  [{}, { lost: true }],
])(
  'suspicions %j and %j of the same directory: what one of them knows for certain counts',
  async (one, other) => {
    const { repair, path, watch, log } = scene();
    mkdirSync(path('pay'));
    for (const dir of [path(), path('pay')]) watch(dir);
    repair.suspect(path('pay'), one);
    repair.suspect(path('pay'), other);
    await repair.all();
    expect(log).toEqual(['forget pay', 'add pay']);
  },
);

test('a top is watched even where the rules leave it out, and nothing outside of the tops is', async () => {
  const { repair, top, log, watched } = scene({ ignored: ['.'] });
  repair.suspect(dirname(top));
  await repair.all();
  expect(log.filter((line) => line.startsWith('add'))).toEqual(['add .']);
  expect([...watched.keys()]).toEqual([top]);
});

describe('by itself', () => {
  function timed(options: Parameters<typeof scene>[0] = {}) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    return { ...scene({ gatherMs: 20, ...options }), pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
  }

  test('the suspicions of a burst are examined in one go, 20 ms after the first', async () => {
    const { repair, path, watch, healed, pass } = timed();
    for (const dir of [path(), path('one'), path('two')]) {
      mkdirSync(dir, { recursive: true });
      watch(dir);
    }
    repair.suspect(path('one'), { announce: true });
    await pass(10);
    repair.suspect(path('two'), { announce: true });
    await pass(9);
    expect(healed).toEqual([]);
    await pass(1);
    expect(healed).toEqual(['one', 'two']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a subdirectory that another one has replaced is found by its parent, and what it turns up after that', async () => {
    const { repair, path, watch, watched, log, healed, pass } = timed();
    mkdirSync(path('pay/lib'), { recursive: true });
    watch(path());
    watched.set(path('pay'), 'another identity');
    repair.suspect(path());
    await pass(20);
    expect(log).toEqual([]);
    await pass(100);
    expect(log).toEqual(['forget pay', 'add pay', 'forget pay/lib', 'add pay/lib']);
    expect(healed).toEqual(['pay', 'pay/lib']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one that cannot be watched is asked for each half second, and reported half a second after the last time', async () => {
    const { repair, path, log, deaf, mode, pass } = timed();
    mkdirSync(path('closed'));
    mode.refuses = true;
    repair.suspect(path('closed'));
    const asked: number[] = [];
    let at = 0;
    for (; deaf.length === 0 && at < 5000; at += 20) {
      const before = log.length;
      await pass(20);
      if (log.length > before) asked.push(at);
    }
    expect(asked).toEqual([0, 500, 1000]);
    expect(at - 20).toBe(1500);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('nothing is examined after close, whatever was suspected before or is after', async () => {
    const { repair, path, watch, log, healed, pass } = timed();
    mkdirSync(path('pay'));
    watch(path('pay'));
    repair.suspect(path('pay'), { lost: true });
    repair.close();
    repair.suspect(path('pay'), { lost: true });
    expect(vi.getTimerCount()).toBe(0);
    await pass(1000);
    expect([log, healed]).toEqual([[], []]);
  });
});
