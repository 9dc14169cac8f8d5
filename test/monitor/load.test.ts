import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { onTerminal, pty } from './terminal.js';

const program = fileURLToPath(new URL('./load-program.mjs', import.meta.url));

async function cost(mode: 'load' | 'idle'): Promise<{ percent: number; frames: number }> {
  const command = [process.execPath, program, '4000', mode] as const;
  const terminal = onTerminal({ cwd: tmpdir(), command, columns: 200, rows: 50 });
  await terminal.exit;
  const percent = Number(/cpu ([\d.]+) %/.exec(terminal.raw())?.[1] ?? 'NaN');
  return { percent, frames: terminal.raw().split('\u001b[?2026h').length - 1 };
}

describe.skipIf(pty === null)('the cost of watching', () => {
  it('is at most a tenth of a core at 10 changes and 200 lines a second', async () => {
    const { percent, frames } = await cost('load');
    expect(percent).toBeLessThanOrEqual(10);
    expect(frames).toBeGreaterThan(10);
    expect(frames).toBeLessThanOrEqual(5 * 30);
  });

  it('is nothing where nothing happens', async () => {
    const { percent, frames } = await cost('idle');
    expect(percent).toBeLessThanOrEqual(0.5);
    expect(frames).toBe(1);
  });
});
