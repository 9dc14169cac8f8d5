/**
 * `npm run soak`: the chaos test for as long as you like. `SOAK_MINUTES=60` (the default) plays that long: three quarters with
 * kills and faults, `SOAK_LANES` folders (2) side by side, the last quarter with one process alone, whose memory, descriptors
 * and watches must not grow.
 */
import { expect, it } from 'vitest';
import { type ChaosOptions, type ChaosResult, runChaos, type Sample } from '../e2e/chaos.js';

const minutes = Number(process.env['SOAK_MINUTES'] ?? '60');
const firstSeed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Most of an operation is waiting: two take little more of the machine than one. */
const lanes = Number(process.env['SOAK_LANES'] ?? '2');
/** `concurrency`: how many connections may be kept open for the next uploads. */
const warmConnections = 4;
const minute = 60_000;
/** Operations before a fresh folder and the next seed. */
const perSeed = 5000;

const base: ChaosOptions = {
  seed: firstSeed,
  operations: perSeed,
  perRound: 500,
  functions: 6,
  envs: ['dev', 'test', 'stage'],
  killChance: 0.004,
  faults: true,
  polling: false,
  patienceMs: 120_000,
  forMs: 0,
  onRound: () => undefined,
};

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

it(`loses nothing in ${minutes} minutes (first seed ${firstSeed})`, async () => {
  const until = performance.now() + minutes * minute * 0.75;
  const startedAt = performance.now();
  const results: ChaosResult[] = [];
  let seed = firstSeed;
  const play = async (): Promise<void> => {
    while (performance.now() < until) {
      const mine = seed;
      seed += 1;
      const polling = (mine - firstSeed) % 5 === 4;
      const result = await runChaos({ ...base, seed: mine, polling, forMs: until - performance.now() });
      results.push(result);
      const mode = polling ? 'without file events' : 'with file events';
      say(
        `seed ${mine}, ${mode}: ${result.uploads} uploads, ${result.kills} ends; ${sum(results, 'operations')} operations so far`,
      );
      expect(result.divergences.join('\n\n')).toBe('');
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, play));
  tellSum(results, performance.now() - startedAt);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
});

it('grows neither in memory nor in descriptors', async () => {
  const samples: Sample[] = [];
  const forMs = minutes * minute * 0.25;
  const result = await runChaos({
    ...base,
    operations: Number.MAX_SAFE_INTEGER,
    perRound: 100,
    killChance: 0,
    forMs,
    onRound: (sample) => samples.push(sample),
  });
  expect(result.divergences.join('\n\n')).toBe('');
  tellFigures(samples);
  tellSum([result], forMs);
  const settled = samples.filter(({ ms }) => ms > forMs / 4);
  const half = Math.floor(settled.length / 2);
  const earlier = lowest(settled.slice(0, half).map(({ rssKb }) => rssKb));
  const later = lowest(settled.slice(half).map(({ rssKb }) => rssKb));
  if (earlier !== null && later !== null) expect(later).toBeLessThan(earlier * 1.1 + 4096);
  const [first, last] = [settled.slice(0, half), settled.slice(half)];
  if (first.length === 0) return;
  const descriptors = (some: readonly Sample[]) => lowest(some.map((sample) => sample.descriptors));
  expect(descriptors(last) ?? 0).toBeLessThanOrEqual((descriptors(first) ?? 0) + warmConnections);
  expect(spareWatches(last) ?? 0).toBeLessThanOrEqual(spareWatches(first) ?? 0);
});

function sum(results: readonly ChaosResult[], what: 'operations' | 'rounds' | 'kills' | 'uploads'): number {
  return results.reduce((total, result) => total + result[what], 0);
}

function tellSum(results: readonly ChaosResult[], ms: number): void {
  const operations = sum(results, 'operations');
  const wrong = results.reduce((total, { divergences }) => total + divergences.length, 0);
  const pace = Math.round(operations / (ms / minute));
  say(
    `${operations} operations (${pace} a minute), ${sum(results, 'rounds')} rounds, ${sum(results, 'kills')} ends: ${wrong} divergences`,
  );
}

/** Watches beyond the one that each directory wants. */
function spareWatches(samples: readonly Sample[]): number | null {
  return lowest(samples.map(({ watches, directories }) => (watches === null ? null : watches - directories)));
}

/** The lowest of a stretch is what stays when garbage is collected. */
function lowest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function tellFigures(samples: readonly Sample[]): void {
  say('operations   minutes   rest ms   RSS MB   descriptors   watches   directories');
  const step = Math.max(1, Math.floor(samples.length / 20));
  for (const [index, sample] of samples.entries()) {
    if (index % step !== 0 && index !== samples.length - 1) continue;
    const { operations, ms, restMs, rssKb, descriptors, watches, directories } = sample;
    const minutesIn = (ms / minute).toFixed(1);
    const cells = [operations, minutesIn, restMs, megabytes(rssKb), descriptors, watches, directories];
    say(cells.map((cell) => `${cell ?? '?'}`.padStart(10)).join(''));
  }
}

function megabytes(kilobytes: number | null): string {
  return kilobytes === null ? '?' : (kilobytes / 1024).toFixed(1);
}
