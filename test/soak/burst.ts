/**
 * `npm run soak`: 1,000 functions of ten files (`BURST_FUNCTIONS`) rewritten in one burst while the program is busy, five times
 * in a row (`BURST_TURNS`), with file events and with all of them switched off.
 */
import { expect, it } from 'vitest';
import { filesEach, playBurst } from '../support/burst.js';

const functions = Number(process.env['BURST_FUNCTIONS'] ?? '1000');
const turns = Number(process.env['BURST_TURNS'] ?? '5');
const limitMs = 300_000;

it.each([
  ['with file events', false],
  ['with all file events switched off', true],
])(
  `loses nothing of ${functions} functions of ${filesEach} files, ${turns} times, %s`,
  async (what, polling) => {
    const result = await playBurst({ functions, turns, polling, limitMs });
    process.stdout.write(`${what}: ${result.turnsMs.join(', ')} ms\n`);
    expect(result).toMatchObject({ lost: [], ended: false });
    expect(result.turnsMs).toHaveLength(turns);
  },
);
