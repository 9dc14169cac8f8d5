/** Replacing files that somebody may have open: on Windows that is refused for as long as it lasts. */
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf } from './errno.js';

/** The errors that Windows answers with while another program (a virus scanner, an indexer, a backup) has the file or the folder open. */
const held: ReadonlySet<string> = new Set(['EPERM', 'EBUSY', 'EACCES']);
/** The first wait, ms; it doubles. All waits together are 2.6 s: scanners are done by then. */
const usualFirstMs = 10;
const tries = 9;

/**
 * Does what replaces or removes a file, and repeats it for a moment where Windows refuses because somebody has it open. Elsewhere these
 * codes are about permissions, and nothing is repeated. Rejects with the last refusal.
 * @param firstMs only tests change it
 */
export async function retriedWhileHeld<T>(
  action: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
  firstMs = usualFirstMs,
): Promise<T> {
  for (let [left, waitMs] = [tries - 1, firstMs]; ; left -= 1, waitMs *= 2) {
    try {
      return await action();
    } catch (error) {
      if (platform !== 'win32' || left === 0 || !held.has(errnoOf(error))) throw error;
      await pause(waitMs);
    }
  }
}
