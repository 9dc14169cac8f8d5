/** How long a program's thread was blocked: no file event and no answer of the cloud is heard meanwhile. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import type { Program } from '../support/rig.js';
import { report } from './rows.js';

/** It is asked by a signal. */
export const canProbe = process.platform !== 'win32';

/** Variables with which a program can be asked. */
export function probed(folder: string): Readonly<Record<string, string>> {
  const probe = new URL('./block-probe.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${probe}`, BLOCK_PROBE: join(folder, 'longest.txt') };
}

/** The longest time since it was asked last, ms, as a row. */
export async function reportBlock(
  context: TestContext,
  what: string,
  program: Program,
  folder: string,
  reach: string,
): Promise<void> {
  const told = join(folder, 'longest.txt');
  await rm(told, { force: true });
  program.signal('SIGUSR2');
  let text: string | null = null;
  while (text === null) {
    await pause(10);
    text = await readFile(told, 'utf8').catch(() => null);
  }
  const row = { unit: 'ms', median: Number(text), p99: null, reference: null, reach } as const;
  report(context, { what, ...row });
}
