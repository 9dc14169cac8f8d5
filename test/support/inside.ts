/**
 * Command lines of the built program in the test's own process: most of what a start costs is not paid. For tests that need no
 * process of its own: no signal, terminal, stdin or working directory, no `--verbose`, and no variable that Node itself or the
 * packages that it uses read from the process (TMPDIR, CHOKIDAR_USEPOLLING, a proxy).
 */
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Context } from '../../src/cli/context.js';
import type { Emulator } from '../../src/emulator/index.js';
import { languageOf } from '../../src/text/language.js';
import { shown } from '../../src/text/text.js';
import { packageVersion } from './package-version.js';
import {
  type Ending,
  type Files,
  type Heard,
  listen,
  type Played,
  type Project,
  type RunOptions,
  variablesFor,
} from './rig.js';

/** The program's own way from a command line to its end, as `npm test` builds it before the tests run. */
const built: typeof import('../../src/cli/process.js') = await import(
  fileURLToPath(new URL('../../dist/cli/process.js', import.meta.url))
);

/** Plays a command line. Where it throws, `exit` does: nothing may. */
export function inside(args: readonly string[], options: Omit<RunOptions, 'program'>): Played {
  const heard = listen(options.plain === true);
  const { context, interrupt, end } = contextOf(options, heard);
  const exit: Promise<Ending> = built
    .runCommand(args, context)
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
  return { ...heard, exit, stop };
}

/** The same against this emulator, with its token: as `runWith`. */
export function insideWith(
  emulator: Emulator,
  project: Project,
  args: readonly string[],
  env: Files = {},
): Played {
  return inside([...args, '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token, ...env } });
}

interface Inside {
  readonly context: Context;
  readonly interrupt: () => void;
  /** The very end of a process. */
  readonly end: (code: number) => void;
}

/** The context of a process whose output is a pipe and whose stdin is empty, as src/cli/process.ts makes it. */
function contextOf(options: RunOptions, heard: Heard): Inside {
  const listeners = new Set<() => void>();
  const endings: ((code: number) => unknown)[] = [];
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) return;
    interrupted = true;
    for (const listener of [...listeners]) listener();
  };
  const environment = variablesFor(options);
  const context: Context = {
    version: packageVersion,
    cwd: options.cwd,
    environment,
    language: languageOf(environment),
    out: (text) => heard.out(shown(text)),
    err: (text) => heard.err(shown(text)),
    interactive: false,
    color: false,
    columns: null,
    ask: async () => null,
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
  };
  return {
    context,
    interrupt,
    end(code) {
      for (const task of endings) task(code);
    },
  };
}
