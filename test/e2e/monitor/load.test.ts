/** Its cost in processor time is a benchmark's: test/bench/monitor.bench.ts. */
import { describe, expect, it } from 'vitest';
import { costOf, watchedMs } from '../../support/load.js';
import { pty } from '../../support/terminal.js';

describe.skipIf(pty === null)('frames', () => {
  it('are at most 30 a second at 10 changes and 200 lines a second', async () => {
    const { frames } = await costOf('load');
    expect(frames).toBeGreaterThan(10);
    expect(frames).toBeLessThanOrEqual((1 + watchedMs / 1000) * 30);
  });

  it('are none after the first where nothing happens', async () => {
    const { frames } = await costOf('idle');
    expect(frames).toBe(1);
  });
});
