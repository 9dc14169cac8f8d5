/** `npm run soak`: 200 seeds of the fault test (`SOAK_SEEDS`), from `FAULT_SEED` on (a random one). A failing seed is printed. */
import { expect, it } from 'vitest';
import { playSeed } from '../support/fault-seeds.js';

const count = Number(process.env['SOAK_SEEDS'] ?? '200');
const first = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

it(`ends with the disk in every environment, through ${count} seeds of faults from ${first} on`, async () => {
  let done = 0;
  let uploads = 0;
  const waiting = Array.from({ length: count }, (_, index) => first + index);
  const play = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      uploads += (await playSeed(seed)).uploads;
      done += 1;
      if (done % 20 === 0) process.stdout.write(`${done} seeds, ${uploads} uploads\n`);
    }
  };
  await Promise.all([play(), play(), play()]);
  expect(done).toBe(count);
});
