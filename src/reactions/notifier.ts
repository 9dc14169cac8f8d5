/** Notifications of the desktop, by the package `toasted-notifier`, which is the user's to install. */
import { isRecord } from '../system/json.js';
import { loadPeer } from '../system/peer.js';

export const notifierPackage = 'toasted-notifier';

export interface DesktopNote {
  readonly title: string;
  /** Without anything that came from outside: the package hands it to a shell, though quoted. */
  readonly message: string;
}

export type NoteOutcome =
  | { readonly type: 'shown' }
  | { readonly type: 'absent' }
  /** What the package, or the program of the desktop, says. */
  | { readonly type: 'failed'; readonly detail: string };

/** A desktop that does not answer is not waited for, ms. */
const timeoutMs = 10_000;

/** @param folder where the package is looked for first */
export async function showNote(folder: string, note: DesktopNote): Promise<NoteOutcome> {
  const loaded = await loadPeer(notifierPackage, [folder]);
  if (loaded === null) return { type: 'absent' };
  const notifier = isRecord(loaded) ? loaded['default'] : null;
  if (!isNotifier(notifier)) return { type: 'failed', detail: `${notifierPackage}: notify()` };
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ type: 'failed', detail: 'ETIMEDOUT' }), timeoutMs);
    timer.unref();
    notifier.notify({ ...note, wait: false }, (error) => {
      clearTimeout(timer);
      resolve(error ? { type: 'failed', detail: textOf(error) } : { type: 'shown' });
    });
  });
}

interface Notifier {
  /** `error`: an Error, or what the desktop's program wrote; empty or null where there is none. */
  notify(options: DesktopNote & { readonly wait: boolean }, done: (error: unknown) => void): unknown;
}

function isNotifier(value: unknown): value is Notifier {
  return isRecord(value) && typeof value['notify'] === 'function';
}

/** The desktop's program's own first line, where it is one that failed. */
function textOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split(/\r?\n/);
  return lines.find((line) => !line.startsWith('Command failed:')) ?? lines[0] ?? '';
}
