import type { Language } from '../ui/language.js';

/** What a command knows of the process it runs in. Only main.ts makes one from the real process. */
export interface Context {
  readonly version: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
  /** Writes to stdout and stderr. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** stdout and stdin are a terminal, and no build server's. */
  readonly interactive: boolean;
  /** Colours are wanted: a terminal, and NO_COLOR is not set. */
  readonly color: boolean;
  /** Asks a question on the terminal; null when no answer is to be had. */
  readonly ask: (question: string) => Promise<string | null>;
  /** Calls for each interrupt (Ctrl-C, SIGTERM, SIGHUP, a closed stdout); returns how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
}
