/** What the monitor costs while it is watched. */
import { it } from 'vitest';
import { costOf } from '../support/load.js';
import { pty } from '../support/terminal.js';
import { report } from './rows.js';

for (const [mode, what, reach] of [
  ['load', 'monitor, 200 × 50, 10 changes and 200 lines a second: of one core', '≤ 10 %'],
  ['idle', 'the same where nothing happens', '0 %'],
] as const) {
  it(what, async (context) => {
    context.skip(pty === null, 'no pseudo-terminal');
    const { percent } = await costOf(mode);
    report(context, { what, unit: '%', median: percent, p99: null, reference: null, reach });
  });
}
