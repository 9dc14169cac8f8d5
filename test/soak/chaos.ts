/**
 * `npm run soak`: the chaos test for as long as you like. `SOAK_MINUTES=60` (the default) plays that long: three quarters with
 * kills and faults, the last quarter with one process alone, whose memory and descriptors must not grow.
 */
import { expect, it } from 'vitest';
import { type ChaosOptions, type ChaosResult, runChaos, type Sample } from '../e2e/chaos.js';

const minutes = Number(process.env['SOAK_MINUTES'] ?? '60');
const firstSeed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
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
  const results: ChaosResult[] = [];
  for (let seed = firstSeed; performance.now() < until; seed += 1) {
    const polling = (seed - firstSeed) % 5 === 4;
    const result = await runChaos({ ...base, seed, polling, forMs: until - performance.now() });
    results.push(result);
    const total = results.reduce((sum, { operations }) => sum + operations, 0);
    const { uploads, kills } = result;
    const mode = polling ? 'without file events' : 'with file events';
    say(`seed ${seed}, ${mode}: ${uploads} uploads, ${kills} ends; ${total} operations so far`);
    expect(result.divergences.join('\n\n')).toBe('');
  }
});

it('grows neither in memory nor in descriptors', async () => {
  const samples: Sample[] = [];
  const forMs = minutes * minute * 0.25;
  const result = await runChaos({
    ...base,
    operations: Number.MAX_SAFE_INTEGER,
    killChance: 0,
    forMs,
    onRound: (sample) => samples.push(sample),
  });
  expect(result.divergences.join('\n\n')).toBe('');
  tellFigures(samples);
  const settled = samples.filter(({ ms }) => ms > forMs / 4);
  const half = Math.floor(settled.length / 2);
  const earlier = lowest(settled.slice(0, half).map(({ rssKb }) => rssKb));
  const later = lowest(settled.slice(half).map(({ rssKb }) => rssKb));
  if (earlier !== null && later !== null) expect(later).toBeLessThan(earlier * 1.1 + 4096);
});

/** The lowest of a stretch is what stays when garbage is collected. */
function lowest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function tellFigures(samples: readonly Sample[]): void {
  say('operations   minutes   rest ms   RSS MB   descriptors   watches');
  const step = Math.max(1, Math.floor(samples.length / 20));
  for (const [index, sample] of samples.entries()) {
    if (index % step !== 0 && index !== samples.length - 1) continue;
    const { operations, ms, restMs, rssKb, descriptors, watches } = sample;
    const cells = [operations, (ms / minute).toFixed(1), restMs, megabytes(rssKb), descriptors, watches];
    say(cells.map((cell) => `${cell ?? '?'}`.padStart(10)).join(''));
  }
}

function megabytes(kilobytes: number | null): string {
  return kilobytes === null ? '?' : (kilobytes / 1024).toFixed(1);
}
