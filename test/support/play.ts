/**
 * Command lines in the test's own process: a context whose output is a pipe and whose stdin is empty, as src/cli/process.ts makes it,
 * for whatever runs them: what was built (`inside.ts`), or the sources themselves.
 */
import { onTestFinished } from 'vitest';
import type { Context, Terminal } from '../../src/cli/context.js';
import { languageOf } from '../../src/text/language.js';
import { shown } from '../../src/text/text.js';
import { packageVersion } from './package-version.js';
import { type Ending, type Heard, listen, type Played, type RunOptions, variablesFor } from './rig.js';

export interface PlayOptions extends Omit<RunOptions, 'program'> {
  /** Answers in order; with any, there is somebody at a terminal. */
  readonly answers?: readonly string[];
  /** A whole one, with somebody in front of it. */
  readonly terminal?: Omit<Terminal, 'interrupt'>;
  readonly version?: string;
}

/** A command line under way. */
export interface PlayedHere extends Played {
  /** Every question that was asked. */
  readonly questions: readonly string[];
  /** As the first Ctrl-C does. */
  interrupt(): void;
}

/** Plays a command line. Where it throws, `exit` does: nothing may. */
export function play(
  runCommand: (args: readonly string[], context: Context) => Promise<number>,
  args: readonly string[],
  options: PlayOptions,
): PlayedHere {
  const heard = listen(options.plain === true);
  const { context, questions, interrupt, end } = contextOf(options, heard);
  const exit: Promise<Ending> = runCommand(args, context)
    .then((code) => {
      end(code);
      return { code, signal: null };
    })
    .finally(heard.end);
  const stop = async (): Promise<number | null> => {
    interrupt();
    return (await exit).code;
  };
  onTestFinished(async () => void (await stop()));
  return { ...heard, questions, interrupt, exit, stop };
}

interface Inside {
  readonly context: Context;
  readonly questions: readonly string[];
  readonly interrupt: () => void;
  /** The very end of a process. */
  readonly end: (code: number) => void;
}

function contextOf(options: PlayOptions, heard: Heard): Inside {
  const listeners = new Set<() => void>();
  const endings: ((code: number) => unknown)[] = [];
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) return;
    interrupted = true;
    for (const listener of [...listeners]) listener();
  };
  const environment = variablesFor(options);
  const answers = [...(options.answers ?? [])];
  const questions: string[] = [];
  const ask = async (question: string): Promise<string | null> => {
    questions.push(question);
    return answers.shift() ?? null;
  };
  const context: Context = {
    version: options.version ?? packageVersion,
    cwd: options.cwd,
    environment,
    language: languageOf(environment),
    out: (text) => heard.out(shown(text)),
    err: (text) => heard.err(shown(text)),
    interactive: options.answers !== undefined,
    color: false,
    columns: null,
    ask,
    prompts: { confirm: async () => null, text: async () => null },
    waitedMs: () => 0,
    readInput: async () => '',
    onInterrupt(listener) {
      listeners.add(listener);
      if (interrupted) queueMicrotask(listener);
      return () => void listeners.delete(listener);
    },
    stop: interrupt,
    stopAtEndOfInput: interrupt,
    atEnd: (task) => void endings.push(task),
    ...(options.terminal === undefined ? {} : { terminal: { ...options.terminal, interrupt } }),
  };
  return {
    context,
    questions,
    interrupt,
    end(code) {
      for (const task of endings) task(code);
    },
  };
}
