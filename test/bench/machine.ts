/** How fast the machine is just now: others may be using it. */
import { spawnSync } from 'node:child_process';
import { median } from './rows.js';

/** Milliseconds that `node` with these arguments takes. */
export function processMs(args: readonly string[]): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - startedAt;
}

export function emptyProcessMs(): number {
  return median(Array.from({ length: 5 }, () => processMs(['-e', '0'])));
}
