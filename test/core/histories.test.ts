import { expect, it } from 'vitest';
import { seeded } from '../support/random.js';
import { World } from './world.js';

/** `npm run test:unit` plays fewer, so that it takes seconds. */
const histories = Number(process.env['HISTORIES'] ?? 12_000);
const steps = 60;

/** Lives through one history; the last events are shown where a check fails. */
function live(seed: number): void {
  const world = new World(seeded(seed), 1 + (seed % 4), seed % 3 === 0 ? 0.6 : 0.1);
  try {
    for (let step = 0; step < steps; step += 1) world.step();
    world.rest();
  } catch (error) {
    const story = world.log.slice(-400).join('\n');
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${story}`);
  }
}

it(`in ${histories} random histories nothing is lost, sent twice or sent over the cap`, {
  timeout: 400_000,
}, () => {
  for (let seed = 1; seed <= histories; seed += 1) live(seed);
  expect(true).toBe(true);
});
