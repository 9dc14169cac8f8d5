/** A command's view of the process that it runs in, so that tests need no process. */
import type { ScreenInput, ScreenOutput } from '../monitor/terminal.js';
import type { Language } from '../text/language.js';

/** The exit code of a process that is interrupted a second time: as shells have it for SIGINT. */
export const interruptedTwice = 130;

/** The process, as a command sees it. Only main.ts makes one from the real process. */
export interface Context {
  readonly version: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
  /** Writes to stdout and stderr. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Writes a workflow command to stderr, where a build server reads it; absent: `err` does. Any other text is kept from being one. */
  readonly annotate?: (text: string) => void;
  /** stdout and stdin are a terminal, and no build server's. */
  readonly interactive: boolean;
  /** Colours are wanted: a terminal, and NO_COLOR is not set. */
  readonly color: boolean;
  /** Columns of the terminal that stdout is; null where it is none. */
  readonly columns: number | null;
  /** Asks a question on the terminal; null when no answer is to be had, or none is wanted any more. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string | null>;
  /** How long people were waited for in `ask` so far, ms. */
  readonly waitedMs: () => number;
  /** The same with a choice or a line to change, for commands that do nothing else meanwhile. */
  readonly prompts: Prompts;
  /** All of stdin, to its end. */
  readonly readInput: () => Promise<string>;
  /** The terminal itself, where there is a whole one and somebody in front of it. */
  readonly terminal?: Terminal;
  /** Something to be done at the very end of the process, whatever ends it. It must not wait for anything. Gets the exit code. */
  readonly atEnd?: (task: (code: number) => unknown) => void;
  /** Ends the command as the first Ctrl-C does; where one came already, nothing more. */
  readonly stop: () => void;
  /** Stops when stdin ends, where it is no terminal. */
  readonly stopAtEndOfInput: () => void;
  /** Calls for each interrupt (Ctrl-C, SIGTERM, SIGHUP, a closed stdout); returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Aborts at the first interrupt. */
export function interruptsOf({ onInterrupt }: Pick<Context, 'onInterrupt'>): AbortSignal {
  const ending = new AbortController();
  onInterrupt(() => ending.abort());
  return ending.signal;
}

/** Questions in the middle of a command that does nothing else meanwhile. */
export interface Prompts {
  /** @param usual what Enter alone says. null: no answer is to be had, by Ctrl-C, Escape, or a terminal that was closed */
  readonly confirm: (question: string, usual: boolean) => Promise<boolean | null>;
  /**
   * Asks until `check` finds nothing wrong. null as above.
   * @param usual stands there to be changed; Enter alone takes it
   * @param check what is wrong with an answer, in words; null: nothing
   */
  readonly text: (
    question: string,
    usual: string,
    check: (answer: string) => Promise<string | null> | string | null,
  ) => Promise<string | null>;
}

/** The process, as a screen needs it. Every `on…` and `capture…` returns how to let go. */
export interface Terminal {
  readonly input: ScreenInput;
  readonly output: ScreenOutput;
  /** As Ctrl-C does where no screen has taken the keys. */
  readonly interrupt: () => void;
  /** The process ends or breaks, now. */
  readonly onExit: (listener: () => void) => () => void;
  /** The process continues after it was stopped. */
  readonly onContinue: (listener: () => void) => () => void;
  /** Stops the foreground processes, as Ctrl-Z does. Calls back once it continues, or where it could not stop. */
  readonly suspend: (back: () => void) => void;
  /** From here on Ctrl-C is for another program on this terminal; returns how to end that. */
  readonly handOver: () => () => void;
  /** The text that is written to stderr meanwhile comes here, where stderr is a terminal. */
  readonly captureErrors: (listener: (text: string) => void) => () => void;
}
