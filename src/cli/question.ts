/** Questions of one line, as a shell's `read` asks them, and the lines that are written while one stands. */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { createInterface, type Interface } from 'node:readline/promises';
import { acrossStops, type RawInput } from './stopping.js';

export interface Questions {
  /** Null when the terminal was closed or the signal aborts. Everything before the last line is written as it is. */
  ask(question: string, signal: AbortSignal): Promise<string | null>;
  /** Calls `write`, which writes whole lines: the question that stands, and what was typed, come below them again. */
  above(write: () => void): void;
}

/** A process's streams, as far as questions need them. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & RawInput;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** @param interrupt what Ctrl-C does: on a terminal the question takes the keys */
export function createQuestions({ stdin, stderr }: Streams, interrupt: () => void): Questions {
  let standing: Interface | null = null;

  return {
    async ask(question, signal) {
      if (signal.aborted) return null;
      const last = question.lastIndexOf('\n') + 1;
      stderr.write(question.slice(0, last));
      const lines = createInterface({ input: stdin, output: stderr });
      lines.on('SIGINT', interrupt);
      const stops = acrossStops(stdin, () => lines.prompt(true));
      // Without a listener it would stop this process alone.
      lines.on('SIGTSTP', stops.stop);
      const closed = new Promise<null>((resolve) => {
        lines.once('close', () => resolve(null));
      });
      standing = lines;
      const over = (): void => {
        standing = null;
      };
      signal.addEventListener('abort', over, { once: true });
      try {
        return await Promise.race([lines.question(question.slice(last), { signal }), closed]);
      } catch {
        return null; // interrupted, or the terminal is gone
      } finally {
        over();
        signal.removeEventListener('abort', over);
        stops.end();
        lines.close();
      }
    },
    above(write) {
      if (standing === null || stderr.isTTY !== true) return write();
      moveCursor(stderr, 0, -standing.getCursorPos().rows);
      cursorTo(stderr, 0);
      clearScreenDown(stderr);
      write();
      // From here: its own last picture, whose rows it would go up by, is older than what was typed since.
      Reflect.set(standing, 'prevRows', 0);
      standing.prompt(true);
    },
  };
}
