/** The burst of burst.ts at a size for every day; `npm run soak` plays it at the one that was promised. */
import { expect, it } from 'vitest';
import { filesEach, playBurst } from '../support/burst.js';

const functions = 60;
const turns = 2;
const limitMs = 60_000;

it.each([
  ['with file events', false],
  ['with all file events switched off', true],
])(
  `${functions} functions of ${filesEach} files, %s`,
  { timeout: turns * limitMs * 2 },
  async (_what, polling) => {
    const result = await playBurst({ functions, turns, polling, limitMs });
    expect(result).toMatchObject({ lost: [], ended: false });
  },
);
