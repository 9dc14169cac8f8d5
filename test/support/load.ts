/** The monitor alone on a terminal of 200 × 50, under a steady load or none: load-program.mjs. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { onTerminal } from './terminal.js';

const program = fileURLToPath(new URL('./load-program.mjs', import.meta.url));
/** How long it is watched for, ms; a second of starting comes before. */
export const watchedMs = 4000;

/** Percent of a core, and frames drawn since the start. */
export async function costOf(mode: 'load' | 'idle'): Promise<{ percent: number; frames: number }> {
  const command = [process.execPath, program, String(watchedMs), mode] as const;
  const terminal = onTerminal({ cwd: tmpdir(), command, columns: 200, rows: 50 });
  await terminal.exit;
  const percent = Number(/cpu ([\d.]+) %/.exec(terminal.raw())?.[1] ?? 'NaN');
  return { percent, frames: terminal.raw().split('\u001b[?2026h').length - 1 };
}
