/** When sweeps come: as often as configured while somebody uses the program, seldom while nobody does, soon after that. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEngine } from '../../src/core/engine.js';
import type { ScanResult } from '../../src/model/event.js';
import { createSweeper, type SweeperOptions } from '../../src/watch/sweeper.js';
import { configured, settings, spec } from '../core/make.js';
import { soon } from '../support/soon.js';

const unexpected = (): never => expect.unreachable();
const restAfterMs = 1000;

const scanned = { ok: true, fingerprint: 'as it was', files: 1, bytes: 1, changed: [] } as const;

/** `sweepsIn` ends with how many sweeps there were by the time that so many more times for one have come. */
function scene(eventsCome = true, onMissed: () => void = unexpected) {
  const clock = { now: 1_000_000 };
  let [sweeps, times] = [0, 0];
  let onTime = (): void => undefined;
  const engine = createEngine({
    settings,
    clock: { now: () => clock.now, after: () => () => undefined },
    perform: () => new Promise(() => undefined),
    onBug: unexpected,
  });
  const woken: number[] = [];
  engine.observe((event) => {
    if (event.type === 'woke') woken.push(event.at);
  });
  const sweeper = createSweeper({
    engine,
    content: { glance: async () => ({ ...scanned, fingerprint: 'changed' }) },
    now: () => clock.now,
    everyMs() {
      times += 1;
      onTime();
      return 2;
    },
    async before() {
      sweeps += 1;
    },
    isPending: () => false,
    touch: () => undefined,
    quietMs: () => 100,
    eventsCome: () => eventsCome,
    onMissed,
    onBug: unexpected,
    restAfterMs,
  });
  onTestFinished(sweeper.close);
  sweeper.start();
  const sweepsIn = async (more: number): Promise<number> => {
    const [sweepsBefore, until] = [sweeps, times + more];
    await soon(
      `${more} more times for a sweep`,
      new Promise<void>((resolve) => {
        onTime = () => {
          if (times >= until) resolve();
        };
      }),
    );
    return sweeps - sweepsBefore;
  };
  return { clock, engine, sweeper, sweepsIn, woken };
}

it('sweeps each time while it is in use', async () => {
  const { sweepsIn } = scene();
  expect(await sweepsIn(20)).toBeGreaterThanOrEqual(19);
});

it('sweeps each tenth time while nobody uses it', async () => {
  const { clock, sweepsIn } = scene();
  await sweepsIn(2);
  clock.now += restAfterMs;
  await sweepsIn(1);
  expect(await sweepsIn(30)).toBe(3);
});

it('sweeps again each time from the first use on', async () => {
  const { clock, sweeper, sweepsIn } = scene();
  clock.now += restAfterMs;
  await sweepsIn(5);
  sweeper.used();
  expect(await sweepsIn(10)).toBeGreaterThanOrEqual(9);
});

it('never rests where no file events come', async () => {
  const { clock, sweepsIn } = scene(false);
  clock.now += restAfterMs;
  expect(await sweepsIn(20)).toBeGreaterThanOrEqual(19);
});

it('never rests where events have missed something', async () => {
  let told = (): void => undefined;
  const missed = new Promise<void>((resolve) => {
    told = resolve;
  });
  const { clock, engine, sweepsIn } = scene(true, told);
  const at = clock.now;
  engine.dispatch(configured(at, ['pay'], ['dev']));
  const id = engine.state().functions.get('pay')?.scan.running ?? 0;
  const job = { type: 'scan', id, function: 'pay', full: false } as const;
  engine.dispatch({ type: 'scan-ended', at, job, result: scanned });
  await soon('a word of what was missed', missed);
  clock.now += restAfterMs;
  expect(await sweepsIn(20)).toBeGreaterThanOrEqual(19);
});

it('sweeps at once after the machine slept, also at rest', async () => {
  const { clock, sweepsIn, woken } = scene();
  clock.now += restAfterMs;
  await sweepsIn(3);
  clock.now += 60_000;
  expect(await sweepsIn(1)).toBe(1);
  expect(woken).toEqual([clock.now]);
});

describe('a look', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  const locked: ScanResult = { ok: false, problem: { reason: 'unreadable', path: 'a.js', code: 'EBUSY' } };
  const found = (fingerprint: string): ScanResult => ({ ...scanned, fingerprint });

  /** Function `pay`, read; the looks find these one after the other, the last one again and again. */
  function looking(
    results: readonly ScanResult[],
    over: Partial<SweeperOptions> = {},
    names: readonly string[] = ['pay'],
  ) {
    const left = [...results];
    const looks: string[] = [];
    const touched: string[] = [];
    const missed: (readonly [readonly string[], number])[] = [];
    const pending = new Set<string>();
    const engine = createEngine({
      settings,
      clock: { now: Date.now, after: () => () => undefined },
      perform: () => new Promise(() => undefined),
      onBug: unexpected,
    });
    engine.dispatch(configured(Date.now(), names, ['dev']));
    const read = (result: ScanResult, name = 'pay'): void => {
      const id = engine.state().functions.get(name)?.scan.running ?? 0;
      const job = { type: 'scan', id, function: name, full: false } as const;
      engine.dispatch({ type: 'scan-ended', at: Date.now(), job, result });
    };
    const sweeper = createSweeper({
      engine,
      content: {
        async glance(name) {
          looks.push(name);
          return (left.length > 1 ? left.shift() : left[0]) ?? scanned;
        },
      },
      now: Date.now,
      everyMs: () => 30_000,
      before: async () => undefined,
      isPending: (name) => pending.has(name),
      touch(name) {
        touched.push(name);
        pending.add(name);
      },
      quietMs: () => 100,
      eventsCome: () => true,
      onMissed: (names, total) => missed.push([names, total]),
      onBug: unexpected,
      ...over,
    });
    onTestFinished(sweeper.close);
    return { sweeper, engine, read, looks, touched, missed, pending };
  }

  it('at what is as it was leaves it alone, and at what is not begins a quiet time', async () => {
    const { sweeper, read, touched } = looking([scanned, found('other')]);
    read(scanned);
    await sweeper.sweep();
    expect(touched).toEqual([]);
    await sweeper.sweep();
    expect(touched).toEqual(['pay']);
  });

  it.each<readonly [string, ScanResult, ScanResult, boolean]>([
    ['the same', locked, locked, false],
    ['another one', locked, { ok: false, problem: { reason: 'gone', dir: 'pay' } }, true],
    ['gone, and the content is what was wanted', locked, scanned, true],
    ['new', scanned, locked, true],
  ])('at a problem that is %s', async (_, before, now, isTouched) => {
    const { sweeper, read, touched } = looking([now]);
    read(before);
    await sweeper.sweep();
    expect(touched).toEqual(isTouched ? ['pay'] : []);
  });

  it('is not taken where a scan follows anyway, and counts for nothing once one does', async () => {
    const { sweeper, read, looks, pending, touched, engine } = looking([found('other')], {
      isPending: (name) => pending.has(name),
    });
    await sweeper.sweep();
    await sweeper.check('nowhere');
    expect(looks).toEqual([]);
    read(scanned);
    pending.add('pay');
    await sweeper.check('pay');
    expect(looks).toEqual([]);
    pending.clear();
    const checked = sweeper.check('pay');
    engine.dispatch({ type: 'touched', at: Date.now(), functions: ['pay'] });
    await checked;
    expect(looks).toEqual(['pay']);
    expect(touched).toEqual([]);
  });

  it('finds a problem that is over, also where the content is what was wanted before it', async () => {
    const { sweeper, engine, read, touched } = looking([scanned]);
    read(scanned);
    const settled = { function: 'pay', cause: 'change', savedAt: null, full: false, capped: false } as const;
    engine.dispatch({ type: 'settled', at: Date.now(), functions: [settled] });
    read(locked);
    expect(engine.state().functions.get('pay')).toMatchObject({
      wanted: 'as it was',
      problem: locked.problem,
    });
    await sweeper.sweep();
    expect(touched).toEqual(['pay']);
  });

  it('is not taken at a function that is none for the moment', async () => {
    const { sweeper, engine, read, looks } = looking([scanned]);
    read(scanned);
    const gone = { ...spec('pay', ['dev']), problem: { reason: 'gone', dir: '/project/pay' } as const };
    engine.dispatch({ type: 'discovered', at: Date.now(), functions: [gone] });
    await sweeper.sweep();
    expect(looks).toEqual([]);
  });

  it('that the end interrupts begins no quiet time', async () => {
    const { sweeper, read, touched } = looking([], {
      content: {
        async glance() {
          sweeper.close();
          return found('other');
        },
      },
    });
    read(scanned);
    await sweeper.sweep();
    expect(touched).toEqual([]);
  });

  it('is the only one at a quiet time that is over by the next', async () => {
    vi.useRealTimers();
    let isBegun = false;
    let tellOver = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      tellOver = resolve;
    });
    const { sweeper, read, looks } = looking([found('b')], {
      quietMs: () => 2,
      isPending() {
        if (isBegun) tellOver();
        return false;
      },
      touch() {
        isBegun = true;
      },
    });
    read(scanned);
    await sweeper.sweep();
    await soon('a question for its quiet time', over);
    expect(looks).toEqual(['pay']);
  });

  it('begins no quiet time again that ended while it was taken', async () => {
    vi.useRealTimers();
    const answers: boolean[] = [];
    const touched: string[] = [];
    let isPending = false;
    const results = [found('b'), found('c')];
    const { sweeper, read } = looking([], {
      content: {
        async glance() {
          isPending = isPending && results.length > 1;
          return results.shift() ?? found('d');
        },
      },
      quietMs: () => 2,
      isPending() {
        answers.push(isPending);
        return isPending;
      },
      touch(name) {
        touched.push(name);
        isPending = true;
      },
    });
    read(scanned);
    await sweeper.sweep();
    await vi.waitFor(() => expect(answers.length).toBeGreaterThanOrEqual(4));
    expect([answers, touched]).toEqual([[false, true, false, false], ['pay']]);
  });

  it('finds nothing any more after the end', async () => {
    const { sweeper, read, looks, touched } = looking([found('other')]);
    read(scanned);
    const swept = sweeper.sweep();
    sweeper.close();
    await swept;
    await sweeper.sweep();
    expect([looks, touched]).toEqual([[], []]);
  });

  it.each([
    ['while the first one is under way', 0],
    ['while it waits for the next one', 1],
    ['while it waits for the event of a change', 2],
  ])('is not planned any more after an end %s', async (_, when) => {
    const { sweeper, read, looks } = looking([when === 2 ? found('other') : scanned]);
    read(scanned);
    sweeper.start();
    if (when > 0) await vi.advanceTimersByTimeAsync(0);
    sweeper.close();
    expect(vi.getTimerCount()).toBe(0);
    const before = looks.length;
    await vi.advanceTimersByTimeAsync(100_000);
    expect(looks).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes each time for ten minutes, and each tenth time after that', async () => {
    const { sweeper, read, looks } = looking([scanned]);
    read(scanned);
    sweeper.start();
    await vi.advanceTimersByTimeAsync(10 * 60_000 - 1);
    expect(looks).toHaveLength(20);
    await vi.advanceTimersByTimeAsync(10 * 30_000);
    expect(looks).toHaveLength(21);
  });

  it('is shared by those who ask for it at the same time', async () => {
    const asked: string[] = [];
    const { sweeper } = looking([scanned], { before: async () => void asked.push('') });
    await Promise.all([sweeper.sweep(), sweeper.sweep()]);
    expect(asked).toHaveLength(1);
    await sweeper.sweep();
    expect(asked).toHaveLength(2);
  });

  it('that finds what no event reports within a second says so, with how many there were', async () => {
    const { sweeper, read, missed, pending } = looking([found('b'), found('c')]);
    read(scanned);
    await sweeper.sweep();
    await vi.advanceTimersByTimeAsync(999);
    expect(missed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(missed).toEqual([[['pay'], 1]]);
    pending.clear();
    await sweeper.sweep();
    await vi.advanceTimersByTimeAsync(1000);
    expect(missed.slice(1)).toEqual([[['pay'], 2]]);
  });

  it('names what was missed once, and not with what is missed later', async () => {
    const { sweeper, read, missed, pending } = looking([found('b')], {}, ['login', 'pay']);
    read(scanned, 'login');
    read(scanned, 'pay');
    await sweeper.sweep();
    await vi.advanceTimersByTimeAsync(1000);
    expect(missed).toEqual([[['login', 'pay'], 2]]);
    pending.delete('pay');
    await sweeper.sweep();
    await vi.advanceTimersByTimeAsync(1000);
    expect(missed.slice(1)).toEqual([[['pay'], 3]]);
  });

  it.each<readonly [string, Partial<SweeperOptions>, 'sweep' | 'check', boolean]>([
    ['an event came meanwhile', {}, 'sweep', true],
    ['no event was to come', { eventsCome: () => false }, 'sweep', false],
    ['it was looked at for want of an event', {}, 'check', false],
  ])('does not count as missed where %s', async (_, over, how, isHeard) => {
    const { sweeper, read, missed, touched } = looking([found('b')], over);
    read(scanned);
    await (how === 'sweep' ? sweeper.sweep() : sweeper.check('pay'));
    if (isHeard) sweeper.heard('pay');
    await vi.advanceTimersByTimeAsync(2000);
    expect(touched.length).toBeGreaterThan(0);
    expect(missed).toEqual([]);
  });

  it('goes on while the files change without an event: the quiet time begins again with each', async () => {
    vi.useRealTimers();
    const results = [found('b'), found('c'), found('c'), locked, locked];
    const { sweeper, read, touched, pending, looks } = looking(results, { quietMs: () => 2 });
    read(scanned);
    await sweeper.sweep();
    await vi.waitFor(() => expect(looks.length).toBeGreaterThan(results.length + 2));
    expect(touched).toEqual(['pay', 'pay', 'pay']);
    pending.clear();
  });

  it('comes before the quiet time is over that it began, for as long as the files still change', async () => {
    vi.useRealTimers();
    const quietMs = 60;
    let timer: NodeJS.Timeout | undefined;
    let touches = 0;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { sweeper, read, looks } = looking([found('b'), found('c'), found('d'), found('e')], {
      quietMs: () => quietMs,
      isPending: () => timer !== undefined,
      touch() {
        touches += 1;
        clearTimeout(timer);
        timer = setTimeout(() => {
          timer = undefined;
          end();
        }, quietMs);
      },
    });
    read(scanned);
    await sweeper.sweep();
    await soon('the end of the quiet time', ended);
    expect(touches).toBe(4);
    expect(looks.length).toBeGreaterThanOrEqual(5);
  });

  it.each([
    [5000, 0],
    [5001, 1],
  ])('that comes %i ms too late is a waking from sleep %i times', async (lateMs, times) => {
    const { sweeper, engine } = looking([scanned]);
    const woken: number[] = [];
    engine.observe(({ type, at }) => {
      if (type === 'woke') woken.push(at);
    });
    sweeper.start();
    await vi.advanceTimersByTimeAsync(0);
    vi.setSystemTime(Date.now() + lateMs);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(woken).toHaveLength(times);
  });

  it('is planned once where a waking ends the rest', async () => {
    const { sweeper, engine } = looking([scanned], { restAfterMs: 45_000 });
    engine.observe(() => sweeper.used());
    sweeper.start();
    await vi.advanceTimersByTimeAsync(70_000);
    expect(vi.getTimerCount()).toBe(1);
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is not put off by those who go on using it', async () => {
    const { sweeper, read, looks } = looking([scanned], { restAfterMs: 45_000 });
    read(scanned);
    sweeper.start();
    await vi.advanceTimersByTimeAsync(61_000);
    const before = looks.length;
    for (let half = 0; half < 2; half += 1) {
      sweeper.used();
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(looks).toHaveLength(before + 1);
  });

  it('comes soon after a rest that somebody ended, and not before its time otherwise', async () => {
    const { sweeper, read, looks } = looking([scanned], { restAfterMs: 45_000 });
    read(scanned);
    sweeper.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toHaveLength(1);
    sweeper.used();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(looks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(32_000);
    expect(looks).toHaveLength(2);
    sweeper.used();
    await vi.advanceTimersByTimeAsync(1000);
    expect(looks).toHaveLength(3);
  });
});
