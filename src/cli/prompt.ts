/** Questions in the middle of a command, as `init` and `doctor` ask them. The library is loaded at the first one. */
import type { Language } from '../text/language.js';
import { printable } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import type { Context, Prompts } from './context.js';

/** @param interrupt what Ctrl-C does where no question has taken the keys */
export function createPrompts(
  language: Language,
  onInterrupt: Context['onInterrupt'],
  interrupt: () => void,
): Prompts {
  const words = cliWords[language];
  const ask = async <T extends string | boolean>(
    put: (clack: Clack, common: Common) => Promise<T | symbol>,
  ): Promise<T | null> => {
    const clack = await import('@clack/prompts');
    const ending = new AbortController();
    const stop = onInterrupt(() => ending.abort());
    // Ctrl-D, and a terminal that goes away, end the reading without a word; an answer has been given by then.
    const ended = (): void => void setImmediate(() => ending.abort());
    // So does Ctrl-Z, whose question goes on with `fg`.
    const paused = (): void => void setImmediate(() => process.stdin.isPaused() && ending.abort());
    const continued = (): void => void setImmediate(() => process.stdin.resume());
    process.stdin.on('pause', paused).once('end', ended);
    process.on('SIGCONT', continued);
    // The question is no part of a command's output.
    const common = { input: process.stdin, output: process.stderr, signal: ending.signal };
    const answer = await put(clack, common);
    stop();
    process.stdin.off('pause', paused).off('end', ended);
    process.off('SIGCONT', continued);
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
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}
