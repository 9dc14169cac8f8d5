/** The lives of a watcher, one after the other: sessions that fail or fall silent when they are asked to, and a clock to match. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WatcherOptions, WatchProblem } from '../../src/watch/model.js';
import type { Session, SessionOptions } from '../../src/watch/session.js';
import { createWatcher } from '../../src/watch/watcher.js';
import { soon } from '../support/soon.js';
import { tempFolder } from '../support/watcher-rig.js';

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }),
);
afterEach(() => void vi.useRealTimers());

interface Life {
  readonly options: SessionOptions;
  readonly log: string[];
  up(): void;
}

/** A watcher of a root `functions` and a folder `shared`. `comesUp`: sessions are ready at once; `isAlive`: so says a self-test. */
function stage(over: Partial<WatcherOptions> = {}) {
  const base = tempFolder('lives');
  const [root, shared] = [join(base, 'functions'), join(base, 'shared')];
  for (const dir of [root, shared]) mkdirSync(dir);
  const mode = {
    ...{ comesUp: true, isAlive: true, forcedPolling: false, remote: '' },
    onClose: (): void => undefined,
  };
  const lives: Life[] = [];
  const tests: number[] = [];
  const hints: string[] = [];
  const problems: WatchProblem[] = [];
  const probed: string[] = [];
  let onProblem = (): void => undefined;
  const open = (options: SessionOptions): Session => {
    let up = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      up = resolve;
    });
    const life: Life = { options, log: [], up };
    lives.push(life);
    if (mode.comesUp) up();
    return {
      ready,
      forcedPolling: mode.forcedPolling,
      directories: () => 7,
      moved: (place, before) => void life.log.push(`${before} is ${place.real}`),
      recheck: async () => void life.log.push('recheck'),
      async close() {
        life.log.push('close');
        mode.onClose();
        up();
      },
    };
  };
  const watcher = createWatcher(
    {
      ...{ roots: [root], extra: [shared], ignores: () => false, stateDir: join(base, '.tcb-watch') },
      onTouched: (path) => hints.push(path),
      onRootChanged: (path) => hints.push(`root ${path}`),
      onProblem(problem) {
        problems.push(problem);
        onProblem();
      },
      probe: {
        dir: null,
        seen: () => undefined,
        async test(waitMs) {
          tests.push(waitMs);
          return mode.isAlive;
        },
        close: () => void probed.push('close'),
      },
      ...over,
    },
    open,
    async (dirs) => (dirs.includes(mode.remote) ? { dir: mode.remote, fileSystem: 'nfs' } : null),
  );
  onTestFinished(() => watcher.close());
  const fail = (error: unknown): void => lives.at(-1)?.options.onError(error);
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  const reported = (count: number): Promise<void> =>
    soon(
      `${count} problems`,
      new Promise((resolve) => {
        onProblem = () => {
          if (problems.length >= count) resolve();
        };
        onProblem();
      }),
    );
  return { base, root, shared, watcher, mode, lives, tests, hints, problems, probed, fail, pass, reported };
}

/** How long each of these failures, one after the other, is waited after until the next life begins, s. */
async function waitsAfter(error: () => unknown, count: number, scene: ReturnType<typeof stage>) {
  const waits: number[] = [];
  for (let failure = 0; failure < count; failure += 1) {
    const before = scene.lives.length;
    scene.fail(error());
    let seconds = 0;
    for (; scene.lives.length === before && seconds < 1000; seconds += 1) await scene.pass(1000);
    waits.push(seconds);
  }
  return waits;
}

const limit = (code: string): Error => Object.assign(new Error(code), { code });

describe('a watcher that fails', () => {
  it('is begun again after 1, 2, 4 … s, at most a minute, and polls meanwhile', async () => {
    const scene = stage();
    await scene.watcher.ready;
    expect(scene.watcher.mode()).toBe('native');
    scene.mode.comesUp = false;
    expect(await waitsAfter(() => new Error('broken'), 8, scene)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(scene.watcher.mode()).toBe('polling');
    expect(scene.lives.map(({ log }) => log)).toEqual([...Array.from({ length: 8 }, () => ['close']), []]);
    expect(scene.problems).toEqual([]);
  });

  it('says when it works again and why it had not, with a hint for every place; then all is as before', async () => {
    const scene = stage();
    const { watcher, problems, hints, root, shared, mode, lives, pass } = scene;
    await watcher.ready;
    mode.comesUp = false;
    await waitsAfter(() => new Error('first'), 1, scene);
    await waitsAfter(() => 'second', 1, scene);
    expect(hints).toEqual([]);
    lives.at(-1)?.up();
    await pass(0);
    expect(problems).toEqual([{ kind: 'restarted', detail: 'second' }]);
    expect(hints).toEqual([`root ${root}`, root, shared]);
    expect(watcher.mode()).toBe('native');
    expect(await waitsAfter(() => new Error('third'), 1, scene)).toEqual([1]);
  });

  it('fails once for all that it says of it, and a life that is over says nothing', async () => {
    const { watcher, lives, fail, pass } = stage();
    await watcher.ready;
    fail(new Error('one'));
    fail(new Error('two'));
    await pass(1000);
    expect(lives).toHaveLength(2);
    lives[0]?.options.onError(new Error('late'));
    await pass(120_000);
    expect(lives).toHaveLength(2);
    expect(watcher.mode()).toBe('native');
  });

  it.each(['ENOSPC', 'EMFILE'])(
    'for %s is begun again after half a minute, 1, 2, 4, then each 5 min; it is named once',
    async (code) => {
      const scene = stage();
      await scene.watcher.ready;
      scene.mode.comesUp = false;
      expect(await waitsAfter(() => limit(code), 6, scene)).toEqual([30, 60, 120, 240, 300, 300]);
      await scene.reported(1);
      expect(scene.problems).toMatchObject([{ kind: 'limit', code }]);
      scene.lives.at(-1)?.up();
      await scene.reported(2);
      expect(scene.problems[1]).toEqual({ kind: 'restarted', detail: code });
      scene.fail(limit(code));
      await scene.reported(3);
      expect(scene.problems[2]).toMatchObject({ kind: 'limit', code });
    },
  );

  it.each([['EPERM'], [undefined]])('for another reason (%s) has met no limit', async (code) => {
    const scene = stage();
    await scene.watcher.ready;
    scene.mode.comesUp = false;
    const error = code === undefined ? new Error('no code') : limit(code);
    expect(await waitsAfter(() => error, 1, scene)).toEqual([1]);
    expect(scene.problems).toEqual([]);
  });

  it('while it begins is not tested', async () => {
    const { watcher, lives, tests, mode, fail, pass } = stage();
    await watcher.ready;
    mode.comesUp = false;
    fail(new Error('one'));
    await pass(1000);
    fail(new Error('two'));
    await pass(0);
    expect([lives.length, lives[1]?.log, tests.length]).toEqual([2, ['close'], 1]);
  });

  it('has no successor where all ends while it is closed', async () => {
    const { watcher, lives, mode, pass } = stage();
    await watcher.ready;
    mode.isAlive = false;
    mode.onClose = () => {
      mode.onClose = () => undefined;
      void watcher.close();
    };
    await pass(300_000);
    expect([lives.length, lives[0]?.log[0]]).toEqual([1, 'close']);
  });

  it('is not begun again once it was closed, and leaves no timer', async () => {
    const { watcher, lives, problems, probed, fail, pass } = stage();
    await watcher.ready;
    const [life] = lives;
    fail(limit('ENOSPC'));
    await watcher.close();
    expect(vi.getTimerCount()).toBe(0);
    life?.options.onError(new Error('late'));
    await pass(600_000);
    expect([lives.length, life?.log, problems, probed]).toEqual([1, ['close'], [], ['close']]);
  });
});

describe('a self-test', () => {
  it('comes each five minutes, waits two seconds, and has what is not watched looked for', async () => {
    const { watcher, tests, lives, problems, pass } = stage();
    await watcher.ready;
    expect(tests).toEqual([2000]);
    await pass(299_999);
    expect(tests).toHaveLength(1);
    await pass(1);
    expect([tests, lives[0]?.log]).toEqual([[2000, 2000], ['recheck']]);
    await pass(300_000);
    expect([tests.length, lives.length, problems]).toEqual([3, 1, []]);
  });

  it('that fails has the watcher begun again at once; the new one is no worse, and says so', async () => {
    const { watcher, mode, lives, problems, hints, pass } = stage();
    await watcher.ready;
    mode.isAlive = false;
    mode.comesUp = false;
    await pass(300_000);
    expect([lives.length, lives[0]?.log, watcher.mode()]).toEqual([2, ['close'], 'polling']);
    mode.isAlive = true;
    lives[1]?.up();
    await pass(0);
    expect(problems).toEqual([{ kind: 'restarted', detail: 'self-test' }]);
    expect(hints).toHaveLength(3);
    expect(watcher.mode()).toBe('native');
  });

  it('that fails again and again is said once, until events come', async () => {
    const { watcher, mode, lives, problems, pass } = stage();
    mode.isAlive = false;
    await watcher.ready;
    const silent = { kind: 'polling', why: { cause: 'no-events', waitedMs: 2000 } };
    expect([problems, watcher.mode()]).toEqual([[silent], 'polling']);
    await pass(600_000);
    expect([problems, lives.length]).toEqual([[silent], 3]);
    mode.isAlive = true;
    await pass(300_000);
    expect(problems.slice(1)).toEqual([{ kind: 'restarted', detail: 'self-test' }]);
    expect(watcher.mode()).toBe('native');
    mode.isAlive = false;
    await pass(300_000);
    expect(problems.slice(2)).toEqual([silent]);
  });
});

it('a session that was forced to poll is none: it is closed, and that is said', async () => {
  const { watcher, mode, lives, tests, problems, pass } = stage();
  await watcher.ready;
  mode.forcedPolling = true;
  mode.isAlive = false;
  await pass(300_000);
  expect(lives[1]?.log).toEqual(['close']);
  expect(problems).toEqual([{ kind: 'polling', why: { cause: 'forced' } }]);
  expect([watcher.mode(), watcher.directories(), tests.length]).toEqual(['polling', 0, 2]);
});

it('on a drive of another machine polls although events come; that is said once each time it comes to it', async () => {
  const { watcher, mode, root, shared, problems, pass } = stage();
  mode.remote = shared;
  await watcher.ready;
  const said = { kind: 'polling', why: { cause: 'remote', dir: shared, fileSystem: 'nfs' } };
  expect([watcher.mode(), problems]).toEqual(['polling', [said]]);
  watcher.update({ roots: [root], extra: [shared] });
  await pass(0);
  expect([watcher.mode(), problems]).toEqual(['polling', [said]]);
  watcher.update({ roots: [root], extra: [] });
  await pass(0);
  expect([watcher.mode(), problems]).toEqual(['native', [said]]);
  watcher.update({ roots: [root], extra: [shared] });
  await pass(0);
  expect(problems).toEqual([said, said]);
  watcher.update({ roots: [root], extra: [] });
  await pass(0);
  watcher.update({ roots: [root], extra: [shared] });
  await watcher.close();
  expect(problems).toHaveLength(2);
});

describe('a place', () => {
  it('that goes or comes is the session’s business, and gives hints', async () => {
    const { watcher, root, shared, lives, hints } = stage();
    await watcher.ready;
    expect(watcher.directories()).toBe(7);
    rmSync(shared, { recursive: true });
    watcher.look();
    expect([lives[0]?.log, hints]).toEqual([[`${shared} is null`], [shared]]);
    rmSync(root, { recursive: true });
    watcher.look();
    expect(lives[0]?.log.slice(1)).toEqual([`${root} is null`]);
    expect(hints.slice(1)).toEqual([`root ${root}`, root]);
  });

  it('that is missing is looked for each two seconds, and none is once all are there', async () => {
    const { watcher, shared, hints } = stage();
    await watcher.ready;
    const idle = vi.getTimerCount();
    rmSync(shared, { recursive: true });
    watcher.look();
    expect(vi.getTimerCount()).toBe(idle + 1);
    // Within a turn of the event loop, in which no event of the disk comes.
    mkdirSync(shared);
    vi.advanceTimersByTime(1999);
    expect(hints).toEqual([shared]);
    vi.advanceTimersByTime(1);
    expect(hints).toEqual([shared, shared]);
    expect(vi.getTimerCount()).toBe(idle);
  });

  it('of another list is taken up, what is not watched is looked for, and nothing after the end', async () => {
    const { watcher, base, root, shared, lives, hints } = stage();
    await watcher.ready;
    watcher.update({ roots: [root], extra: [] });
    expect(lives[0]?.log).toEqual([`${shared} is null`, 'recheck']);
    watcher.recheck();
    expect(lives[0]?.log.slice(2)).toEqual(['recheck']);
    await watcher.close();
    const before = hints.length;
    watcher.update({ roots: [base], extra: [shared] });
    rmSync(root, { recursive: true });
    watcher.look();
    expect(hints).toHaveLength(before);
  });
});
