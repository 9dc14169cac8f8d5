/** When sweeps come: as often as configured while somebody uses the program, seldom while nobody does, soon after that. */
import { expect, it, onTestFinished } from 'vitest';
import { createEngine } from '../../src/core/engine.js';
import { createSweeper } from '../../src/watch/sweeper.js';
import { configured, settings } from '../core/make.js';

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
    await new Promise<void>((resolve) => {
      onTime = () => {
        if (times >= until) resolve();
      };
    });
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
  await missed;
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
