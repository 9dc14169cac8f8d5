/** From signs of a change to the one event that asks for a scan: causes, times, preparation, and files that are not finished. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Event } from '../../src/model/event.js';
import { createQuietTimes } from '../../src/watch/quiet-times.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const quietMs = 100;

function scene({ quiet: quietFor = quietMs, max = 2000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-quiet-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'index.js');
  writeFileSync(file, '');
  const start = Date.now();
  const events: Record<string, unknown>[] = [];
  const prepared: string[] = [];
  const restless: [string, string][] = [];
  const bugs: unknown[] = [];
  onTestFinished(() => expect(bugs.splice(0)).toEqual([]));
  const disk = { missing: [] as string[], grown: [] as string[] };
  let preparation = Promise.resolve();
  /** A preparation from now on takes until the answer is called. */
  const hold = (): (() => void) => {
    let go = (): void => undefined;
    preparation = new Promise((resolve) => {
      go = resolve;
    });
    return () => go();
  };
  const fail = (error: Error): void => {
    preparation = Promise.reject(error);
    preparation.catch(() => undefined);
  };
  const capped: number[] = [];
  const quiet = createQuietTimes({
    engine: {
      dispatch(event: Event) {
        if (event.type === 'touched') events.push({ type: 'touched', at: event.at - start });
        for (const each of event.type === 'settled' ? event.functions : []) {
          const savedAt = each.savedAt === null ? null : each.savedAt - start;
          events.push({ type: 'settled', at: event.at - start, cause: each.cause, savedAt });
          if (each.capped) capped.push(event.at - start);
        }
      },
    },
    content: { missingParts: () => disk.missing, hasGrown: (_name, path) => disk.grown.includes(path) },
    now: () => Date.now(),
    nextTurn: queueMicrotask,
    quietMs: () => quietFor,
    maxMs: () => max,
    async prepare(name) {
      prepared.push(name);
      await preparation;
    },
    onRestless: (...of) => void restless.push(of),
    onBug: (error) => bugs.push(error),
  });
  onTestFinished(quiet.close);
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  const settled = (): unknown[] => events.filter(({ type }) => type === 'settled').map(({ at }) => at);
  return { quiet, events, prepared, restless, bugs, disk, hold, fail, pass, settled, capped, file, folder };
}

describe('one event for the core', () => {
  it('a save: touched at once, settled when it has been quiet', async () => {
    const { quiet, events, pass } = scene();
    quiet.touch('pay', 'own');
    await pass(60);
    quiet.touch('pay', 'own');
    expect(quiet.isPending('pay')).toBe(true);
    await pass(quietMs);
    expect(events).toEqual([
      { type: 'touched', at: 0 },
      { type: 'settled', at: 160, cause: 'change', savedAt: 60 },
    ]);
    expect(quiet.isPending('pay')).toBe(false);
  });

  it.each([
    [['shared'], 'shared', 0],
    [['shared', 'own'], 'change', 0],
    [['own', 'shared'], 'change', 0],
    [['rules'], 'change', 0],
    [['sweep'], 'change', null],
    [['sweep', 'own'], 'change', 0],
    [['sweep', 'shared'], 'change', 0],
    [['own', 'sweep'], 'change', 0],
  ] as const)('signs %j: cause %s, saved at %s', async (signs, cause, savedAt) => {
    const { quiet, events, pass } = scene();
    for (const sign of signs) quiet.touch('pay', sign);
    await pass(quietMs);
    expect(events.at(-1)).toEqual({ type: 'settled', at: quietMs, cause, savedAt });
    await pass(5000);
    quiet.touch('pay', 'own');
    await pass(quietMs);
    expect(events.at(-1)).toMatchObject({ cause: 'change', savedAt: 5100 });
  });

  it('nothing after close', async () => {
    const { quiet, events, pass } = scene();
    quiet.touch('pay', 'own');
    quiet.close();
    quiet.touch('pay', 'own');
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(events).toEqual([{ type: 'touched', at: 0 }]);
  });
});

describe('preparation', () => {
  it('begins after a quarter of the quiet time, one function at a time', async () => {
    const { quiet, prepared, hold, pass } = scene();
    const go = hold();
    quiet.touch('pay', 'own');
    quiet.touch('login', 'own');
    await pass(24);
    expect(prepared).toEqual([]);
    await pass(1);
    expect(prepared).toEqual(['pay']);
    go();
    await pass(1);
    expect(prepared).toEqual(['pay', 'login']);
  });

  it('is not made for a function whose quiet time is over, and not after close', async () => {
    const { quiet, prepared, hold, pass } = scene();
    const go = hold();
    quiet.touch('pay', 'own');
    quiet.touch('login', 'own');
    await pass(200);
    go();
    await pass(1);
    expect(prepared).toEqual(['pay']);
    quiet.touch('login', 'own');
    quiet.close();
    await pass(1000);
    expect(prepared).toEqual(['pay']);
  });
});

describe('no preparation', () => {
  it('of a function whose parts are missing, until they are back', async () => {
    const { quiet, prepared, disk, pass, folder } = scene();
    disk.missing = ['dist/app.js'];
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(quietMs);
    expect(prepared).toEqual(['pay']);
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(1000);
    expect(prepared).toEqual(['pay']);
    disk.missing = [];
    await pass(250);
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(quietMs);
    expect(prepared).toEqual(['pay', 'pay']);
  });

  it('of a function whose file is written in pieces', async () => {
    const { quiet, prepared, disk, pass, file } = scene();
    quiet.touch('pay', 'own', file);
    await pass(300);
    disk.grown = [file];
    for (let piece = 0; piece < 5; piece += 1) {
      quiet.touch('pay', 'own', file);
      await pass(300);
    }
    expect(prepared).toEqual(['pay']);
  });

  it('that fails keeps the next function from its own', async () => {
    const { quiet, prepared, bugs, fail, pass } = scene();
    fail(new Error('broken'));
    quiet.touch('pay', 'own');
    quiet.touch('login', 'own');
    await pass(26);
    expect([prepared, bugs.splice(0)]).toEqual([
      ['pay', 'login'],
      [new Error('broken'), new Error('broken')],
    ]);
  });
});

describe('parts that the code still names', () => {
  it('are waited for after something was removed, until they are back', async () => {
    const { quiet, events, disk, settled, pass, folder } = scene();
    disk.missing = ['dist/app.js'];
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(1200);
    expect(settled()).toEqual([]);
    expect(quiet.isPending('pay')).toBe(true);
    disk.missing = [];
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(300);
    expect(settled()).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'touched')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ cause: 'change', savedAt: 1200 });
  });

  it('are not waited for longer than ten seconds, nor once more at the next save', async () => {
    const { quiet, disk, settled, pass, folder, file } = scene();
    disk.missing = ['dist/app.js'];
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(9_900);
    expect(settled()).toEqual([]);
    await pass(500);
    expect(settled()).toEqual([quietMs + 10_000]);
    for (const [waitMs, count] of [
      [200, 2],
      [5000, 3],
    ] as const) {
      await pass(waitMs);
      quiet.touch('pay', 'own', file);
      await pass(1000);
      expect(settled()).toHaveLength(count);
    }
  });

  it('are not asked for where nothing was removed', async () => {
    const { quiet, disk, settled, pass, file } = scene();
    disk.missing = ['dist/app.js'];
    quiet.touch('pay', 'own', file);
    await pass(quietMs);
    expect(settled()).toEqual([quietMs]);
  });
});

describe('files that do not come to rest', () => {
  it('a file in eight pieces is two changes: the first piece, and the whole', async () => {
    const { quiet, disk, settled, pass, file } = scene();
    quiet.touch('pay', 'own', file);
    disk.grown = [file];
    for (let piece = 1; piece < 8; piece += 1) {
      await pass(300);
      quiet.touch('pay', 'own', file);
    }
    await pass(1000);
    expect(settled()).toEqual([100, 3100]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('what goes on without a pause is sent once it took as long as it may', async () => {
    const { quiet, settled, capped, pass, file } = scene({ max: 500 });
    for (let at = 0; at < 900; at += 90) {
      quiet.touch('pay', 'own', file);
      await pass(90);
    }
    expect([settled(), capped]).toEqual([[500], [500]]);
  });

  it('saves of a person half a second apart are as quick as ever', async () => {
    const { quiet, settled, pass, file } = scene();
    for (let save = 0; save < 10; save += 1) {
      quiet.touch('pay', 'own', file);
      await pass(500);
    }
    expect(settled()).toEqual(Array.from({ length: 10 }, (_, save) => save * 500 + quietMs));
  });

  it('one that grows for ever is sent every ten seconds, and named once', async () => {
    const { quiet, disk, settled, capped, restless, pass, file } = scene();
    disk.grown = [file];
    for (let at = 0; at < 60_000; at += 90) {
      quiet.touch('pay', 'own', file);
      await pass(90);
    }
    const times = settled();
    expect(times.length).toBeLessThanOrEqual(7);
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect(capped).toEqual(times);
    expect(restless).toEqual([['pay', file]]);
  });

  it('one that is written anew all the time is slowed down after half a minute', async () => {
    const { quiet, settled, restless, pass, file } = scene();
    for (let at = 0; at < 90_000; at += 300) {
      quiet.touch('pay', 'own', file);
      await pass(300);
    }
    const times = settled().map(Number);
    expect(times.filter((at) => at < 29_000).length).toBeGreaterThan(90);
    expect(times.filter((at) => at > 31_000).length).toBeLessThanOrEqual(7);
    expect(restless).toEqual([['pay', file]]);
  });

  it('a longer quiet time of one’s own stays as it is: for what is missing, and for what does not come to rest', async () => {
    const { quiet, disk, settled, pass, file, folder } = scene({ quiet: 3000, max: 20_000 });
    disk.missing = ['dist/app.js'];
    quiet.touch('pay', 'own', join(folder, 'dist'));
    await pass(5900);
    disk.missing = [];
    await pass(100);
    expect(settled()).toEqual([6000]);
    quiet.touch('pay', 'own', file);
    await pass(3500);
    disk.grown = [file];
    for (let at = 0; at < 30_000; at += 900) {
      quiet.touch('pay', 'own', file);
      await pass(900);
    }
    expect(settled()).toEqual([6000, 9000, 29_500]);
  });

  it('changes more than a second after a quiet time begin anew: half a minute of them is no unrest', async () => {
    const { quiet, settled, pass, file } = scene();
    for (let save = 0; save < 40; save += 1) {
      quiet.touch('pay', 'own', file);
      await pass(quietMs + 1001);
    }
    expect(settled()).toEqual(Array.from({ length: 40 }, (_, save) => save * 1101 + quietMs));
  });

  it('one of which no file is known is slowed down, and not named', async () => {
    const { quiet, settled, restless, pass } = scene();
    for (let at = 0; at < 60_000; at += 90) {
      quiet.touch('pay', 'own');
      await pass(90);
    }
    expect(settled().length).toBeLessThanOrEqual(7);
    expect(restless).toEqual([]);
  });

  it('after a rest everything is as before, and it is named again', async () => {
    const { quiet, settled, restless, pass, file } = scene();
    const storm = async (): Promise<void> => {
      for (let at = 0; at < 30_000; at += 50) {
        quiet.touch('pay', 'own', file);
        await pass(50);
      }
    };
    await storm();
    await pass(20_000);
    const before = settled().length;
    quiet.touch('pay', 'own', file);
    await pass(quietMs);
    expect(settled()).toHaveLength(before + 1);
    await pass(20_000);
    await storm();
    expect(restless).toHaveLength(2);
  });
});
