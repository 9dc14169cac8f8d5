import { expect, it } from 'vitest';
import { type ChaosOptions, runChaos } from '../support/chaos.js';

/** `CHAOS_SEED=123 npx vitest run test/e2e/chaos` plays a failure again (the clock still differs). */
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** The soak plays a hundred thousand. */
const operations = 350;

const base: ChaosOptions = {
  seed,
  operations,
  perRound: 70,
  functions: 6,
  envs: ['dev', 'test', 'stage'],
  killChance: 0.012,
  faults: true,
  polling: false,
  everything: false,
  patienceMs: 40_000,
  forMs: 0,
  onRound: () => undefined,
  atEnds: null,
  environment: {},
};

it(`loses nothing in ${operations} operations, faults and kills (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const result = await runChaos(base);
  expect(result.divergences.join('\n\n')).toBe('');
  expect(result.operations).toBe(operations);
});

it(`loses nothing without any file event (seed ${seed})`, { timeout: 120_000 }, async () => {
  const result = await runChaos({ ...base, operations: 60, perRound: 30, polling: true });
  expect(result.divergences.join('\n\n')).toBe('');
});
