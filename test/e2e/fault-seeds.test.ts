import { expect, it } from 'vitest';
import { playSeed, type SeedResult } from '../support/fault-seeds.js';

/** `FAULT_SEED=123 npx vitest run test/e2e/fault-seeds` plays one seed again (the clock still differs). */
const chosen = process.env['FAULT_SEED'];
/** The soak plays hundreds. */
const usual = Array.from({ length: 10 }, (_, index) => index + 1);
const seeds = chosen === undefined ? usual : [Number(chosen)];

it(`ends with the disk in every environment, through ${seeds.length} seeds of faults`, {
  timeout: 180_000,
}, async () => {
  const waiting = [...seeds];
  const results: SeedResult[] = [];
  const play = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      results.push(await playSeed(seed));
    }
  };
  await Promise.all([play(), play(), play()]);
  expect(results.length).toBe(seeds.length);
  expect(results.some(({ faults }) => faults > 0)).toBe(true);
});
