/**
 * `npm run soak`: the chaos test for as long as you like. `SOAK_MINUTES=60` (the default) plays that long: three quarters with
 * kills and faults, `SOAK_LANES` folders (2) side by side, the last quarter with one process alone, whose memory must
 * not grow, and which holds at its end what it held at its start: descriptors, watches, timers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ChaosOptions, type ChaosResult, runChaos, type Sample } from '../support/chaos.js';
import { probed, type Rest, restLike, restWhenCalm } from './rest.js';

const minutes = Number(process.env['SOAK_MINUTES'] ?? '60');
const firstSeed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Most of an operation is waiting: two take little more of the machine than one. */
const lanes = Number(process.env['SOAK_LANES'] ?? '2');
/** The most that the tables of a running program may hold, KB: less than a hundredth of it. */
const spareKb = 1024;
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
  everything: true,
  patienceMs: 120_000,
  forMs: 0,
  onRound: () => undefined,
  atEnds: null,
  environment: {},
};

/** A round, with what the program holds after a collection. */
type Measured = Sample & { readonly heldKb: number };

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
      // At once: the other lanes go on for long.
      for (const story of result.divergences) say(story);
      expect(result.divergences).toEqual([]);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, play));
  tellSum(results, performance.now() - startedAt);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
});

it.skipIf(process.platform !== 'linux')('grows neither in memory nor in what it holds at rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcb-watch-soak-'));
  const answerFile = join(folder, 'answer.json');
  const samples: Measured[] = [];
  const rests: Rest[] = [];
  const look = async (pid: number, aside: 'connections' | 'nothing'): Promise<Rest> => {
    const [start] = rests;
    const rest = await (start === undefined
      ? restWhenCalm(pid, answerFile)
      : restLike(start.held, pid, answerFile, aside));
    rests.push(rest);
    return rest;
  };
  const forMs = minutes * minute * 0.25;
  const result = await runChaos({
    ...base,
    operations: Number.MAX_SAFE_INTEGER,
    perRound: 100,
    killChance: 0,
    forMs,
    environment: probed(answerFile),
    onRound: async (sample) => {
      const { heldKb } = await look(sample.pid, 'connections');
      samples.push({ ...sample, heldKb });
    },
    atEnds: async (pid) => void (await look(pid, 'nothing')),
  });
  rmSync(folder, { recursive: true });
  expect(result.divergences.join('\n\n')).toBe('');
  tellFigures(samples);
  tellSum([result], forMs);
  const [start, ...later] = rests;
  say(`at rest, ${later.length} times: ${JSON.stringify(start?.held)}`);
  for (const { held } of later) expect(held).toEqual(start?.held);
  const growthKb = growthOf(samples.filter(({ ms }) => ms > forMs / 4));
  say(`held after a collection: ${Math.round(growthKb)} KB more from the first quarter to the end`);
  expect(growthKb).toBeLessThan(spareKb);
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

/** By how much the line of best fit rises from the first sample to the last: single rounds scatter by what is being compiled. */
function growthOf(samples: readonly Measured[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);
  const [meanMs, meanKb] = [mean(samples.map(({ ms }) => ms)), mean(samples.map(({ heldKb }) => heldKb))];
  const spread = samples.reduce((total, { ms }) => total + (ms - meanMs) ** 2, 0);
  const rise = samples.reduce((total, { ms, heldKb }) => total + (ms - meanMs) * (heldKb - meanKb), 0);
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || spread === 0) return 0;
  return (rise / spread) * (last.ms - first.ms);
}

function tellFigures(samples: readonly Measured[]): void {
  say('operations   minutes   rest ms   RSS MB   held MB   descriptors   watches   directories');
  const step = Math.max(1, Math.floor(samples.length / 20));
  for (const [index, sample] of samples.entries()) {
    if (index % step !== 0 && index !== samples.length - 1) continue;
    const { operations, ms, restMs, rssKb, heldKb, descriptors, watches, directories } = sample;
    const minutesIn = (ms / minute).toFixed(1);
    const cells = [
      operations,
      minutesIn,
      restMs,
      megabytes(rssKb),
      megabytes(heldKb),
      descriptors,
      watches,
      directories,
    ];
    say(cells.map((cell) => `${cell ?? '?'}`.padStart(10)).join(''));
  }
}

function megabytes(kilobytes: number | null): string {
  return kilobytes === null ? '?' : (kilobytes / 1024).toFixed(1);
}
