/** Questions in the middle of a command, as `init` and `doctor` ask them. The library is loaded at the first one. */
import { PassThrough, type Readable, Writable } from 'node:stream';
import type { Language } from '../text/language.js';
import { printable } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import type { Context, Prompts } from './context.js';
import { acrossStops } from './stopping.js';

/**
 * @param terminal where they are drawn
 * @param interrupt what Ctrl-C does where no question has taken the keys
 */
export function createPrompts(
  language: Language,
  terminal: NodeJS.WriteStream,
  onInterrupt: Context['onInterrupt'],
  interrupt: () => void,
): Prompts {
  const words = cliWords[language];
  const ask = async <T extends string | boolean>(
    put: (clack: Clack, common: Common) => Promise<T | symbol>,
  ): Promise<T | null> => {
    const clack = await import('@clack/prompts');
    const ending = new AbortController();
    let isAnswered = false;
    const stop = onInterrupt(() => ending.abort());
    // Ctrl-D, and a terminal that goes away, end the reading without a word; an answer has been given by then.
    const ended = (): void =>
      void setImmediate(() => {
        if (!isAnswered) ending.abort();
      });
    const screen = recording(terminal);
    const stops = acrossStops(process.stdin, screen.again);
    const keys = keysOf(process.stdin, () => {
      terminal.write(showCursor);
      stops.stop();
    });
    process.stdin.once('end', ended);
    keys.input.once('pause', ended);
    const common = { input: keys.input, output: screen.output, signal: ending.signal };
    const answer = await put(clack, common);
    isAnswered = true;
    stop();
    stops.end();
    keys.end();
    screen.end();
    process.stdin.off('end', ended);
    if (typeof answer !== 'symbol') return answer;
    if (!ending.signal.aborted) interrupt();
    return null;
  };
  return {
    confirm: (message, initialValue) =>
      ask<boolean>((clack, common) =>
        clack.confirm({
          message: printable(message),
          initialValue,
          active: words.yes,
          inactive: words.no,
          ...common,
        }),
      ),
    async text(message, usual, check) {
      // An empty text is none to complain with.
      const validate = async (answer: string | undefined): Promise<string> =>
        printable((await check(answer?.trim() ?? '')) ?? '');
      const answer = await ask<string>((clack, common) =>
        clack.text({ message: printable(message), initialValue: usual, validate, ...common }),
      );
      return answer?.trim() ?? null;
    },
  };
}

type Clack = typeof import('@clack/prompts');

interface Common {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

const ctrlZ = 0x1a;
const showCursor = '\u001b[?25h';

/** The keys but Ctrl-Z: the library’s reader would stop this process alone, and forget that it reads. */
function keysOf(
  stdin: NodeJS.ReadStream,
  onStop: () => void,
): { readonly input: Readable; readonly end: () => void } {
  const setRawMode = (raw: boolean): unknown => stdin.setRawMode?.(raw);
  const input = Object.assign(new PassThrough(), { isTTY: stdin.isTTY, setRawMode });
  const take = (chunk: Buffer): void => {
    const stops = process.platform !== 'win32' && chunk.includes(ctrlZ);
    input.write(stops ? chunk.filter((key) => key !== ctrlZ) : chunk);
    if (stops) onStop();
  };
  stdin.on('data', take);
  return {
    input,
    end() {
      stdin.off('data', take).pause();
    },
  };
}

/** The library draws only what changed since: all of it, in its order, is the same picture on a fresh line. */
function recording(terminal: NodeJS.WriteStream): {
  readonly output: Writable;
  readonly again: () => void;
  readonly end: () => void;
} {
  let drawn = '';
  const output = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      drawn += text;
      terminal.write(text);
      done();
    },
  });
  Object.defineProperties(output, {
    columns: { get: () => terminal.columns },
    rows: { get: () => terminal.rows },
  });
  const resized = (): void => void output.emit('resize');
  terminal.on('resize', resized);
  return {
    output,
    again: () => void terminal.write(drawn),
    end: () => void terminal.off('resize', resized),
  };
}
