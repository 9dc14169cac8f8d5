/** The real process as a command's context. */
import { withoutCommands } from '../text/annotations.js';
import { languageOf } from '../text/language.js';
import { drawsAmbiguousIn, inAscii, shown } from '../text/text.js';
import { cliWords } from '../text/words/cli.js';
import { wrap } from '../text/wrap.js';
import { type Context, interruptedTwice } from './context.js';
import { parseArguments } from './options.js';
import { ambiguousColumns, onGithub, wantsAscii } from './output.js';
import { createPrompts } from './prompt.js';
import { createQuestions } from './question.js';
import { processTerminal } from './terminal.js';

/** Runs a command line to its end. Resolves to the exit code, once all that was written is on its way. */
export async function runProcess(args: readonly string[], version: string): Promise<number> {
  const interrupts = listenForInterrupts();
  const endings: Ending[] = [];
  const context = processContext(version, interrupts, endings);
  const code = await runCommand(args, context);
  await new Promise(setImmediate); // the last turn's output
  if (interrupts.terminalGone() && diesOfLostTerminal) {
    for (const end of endings) end(code);
    process.kill(process.pid, 'SIGKILL');
  }
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  const lost = interrupts.unwritable();
  if (lost === null) return code;
  process.stderr.write(`${cliWords[context.language].unwritable(lost.stream, lost.code)}\n`);
  await flushed(process.stderr);
  return unwritableCode;
}

const usualColumns = 80;

/** Whoever reads our lines did not get them all: as with any file that cannot be written. */
const unwritableCode = 6;

/** Runs a command line to its end in this context. Resolves to the exit code. */
export async function runCommand(args: readonly string[], context: Context): Promise<number> {
  // Help and mistakes on the command line come before any option is known.
  const plainly = (write: (text: string) => void) => (text: string) => write(isAscii ? inAscii(text) : text);
  const isAscii = args.includes('--ascii') || wantsAscii(context.environment);
  const output = { out: plainly(context.out), err: plainly(context.err) };
  const invocation = parseArguments(args, context.version, context.language, output);
  if (invocation.command === 'none') return invocation.exitCode;
  if (invocation.command === 'keys') {
    const { keysHelp } = await import('../monitor/keys.js');
    context.out(`${cliWords[context.language].keysTitle}\n${keysHelp(context.language, invocation.ascii)}`);
    return 0;
  }
  if (invocation.command === 'complete' || invocation.command === 'complete-words') {
    const { runComplete, runCompleteWords } = await import('./complete.js');
    return invocation.command === 'complete'
      ? runComplete(invocation.shell, context)
      : runCompleteWords(invocation.words, context);
  }
  const { options } = invocation;
  const asked = 'ambiguousWidth' in options ? options.ambiguousWidth : undefined;
  drawsAmbiguousIn(ambiguousColumns(asked, context.environment));
  if ('stdinEnds' in options && options.stdinEnds) context.stopAtEndOfInput();
  if ('verbose' in options && options.verbose) {
    const { traceRequests } = await import('./trace.js');
    traceRequests(context.err);
  }
  switch (invocation.command) {
    case 'watch': {
      const { runWatch } = await import('./watch.js');
      return runWatch(invocation.options, context);
    }
    case 'push': {
      const { runPush } = await import('./push.js');
      return runPush(invocation.options, invocation.names, invocation.timeoutSeconds, context, {
        check: invocation.check,
      });
    }
    case 'check': {
      const { runCheck } = await import('./check.js');
      return runCheck(invocation.options, invocation.names, context);
    }
    case 'status': {
      const { files } = invocation.options;
      if (files !== undefined) {
        const { runStatusFiles } = await import('./status-files.js');
        return runStatusFiles(invocation.options, files, context);
      }
      const { runStatus } = await import('./status.js');
      return runStatus(invocation.options, context);
    }
    case 'invoke': {
      const { runInvoke } = await import('./invoke.js');
      return runInvoke(invocation.options, invocation.name, invocation.event, context);
    }
    case 'accept': {
      const { runAccept } = await import('./accept.js');
      return runAccept(invocation.options, invocation.names, context);
    }
    case 'stop': {
      const { runStop } = await import('./stop.js');
      return runStop(invocation.options, context);
    }
    case 'init': {
      const { runInit } = await import('./init.js');
      return runInit(invocation.options, context);
    }
    case 'doctor': {
      const { runDoctor } = await import('./doctor.js');
      return runDoctor(invocation.options, context);
    }
    case 'emulator': {
      const { runEmulator } = await import('./emulator.js');
      return runEmulator(invocation.options, context);
    }
    case 'trust': {
      const { runTrust } = await import('./trust.js');
      return runTrust(invocation.options, context);
    }
    case 'history': {
      const { runHistory } = await import('./history.js');
      return runHistory(invocation.options, invocation.name, context);
    }
    case 'diff': {
      const { runDiff } = await import('./diff.js');
      return runDiff(invocation.options, invocation.name, context);
    }
    case 'undo': {
      const { runUndo } = await import('./undo.js');
      return runUndo(invocation.options, invocation.name, context);
    }
    case 'mcp': {
      const { runMcp } = await import('./mcp.js');
      return runMcp(invocation.options, context, runCommand);
    }
    default:
      return invocation satisfies never;
  }
}

/** Node before 22 crashes in process.exit once its terminal is gone; everything is done by then. */
const diesOfLostTerminal = Number.parseInt(process.versions.node, 10) < 22;

type Ending = Parameters<NonNullable<Context['atEnd']>>[0];

function processContext(
  version: string,
  { interrupt, stop, onInterrupt, onGone }: Interrupts,
  endings: Ending[],
): Context {
  const { stdout, stderr, stdin, env } = process;
  const language = languageOf(env);
  const safe = onGithub({ environment: env }) ? (text: string) => withoutCommands(shown(text)) : shown;
  // The question is no part of a command's output; but where errors go to a file, nobody would see it there.
  const screen = stderr.isTTY === true ? stderr : stdout;
  const questions = createQuestions({ stdin, stderr: screen }, interrupt);
  const direct = (text: string): void => questions.above(() => stdout.write(safe(text)));
  // On a terminal questions and screens are written past it, in their order.
  const output = gathered(direct);
  if (stdout.isTTY === true) output.close();
  process.on('exit', output.close);
  // A pseudo-terminal that nobody gave a size has none.
  const columns = stdout.isTTY === true ? stdout.columns || usualColumns : null;
  const interactive = stdout.isTTY === true && stdin.isTTY === true && !env['CI'];
  let waitedMs = 0;
  return {
    version,
    cwd: process.cwd(),
    environment: env,
    language,
    out: output.write,
    err(text) {
      // Both may go to one file: there they stand in the order in which they were said.
      output.flush();
      questions.above(() => stderr.write(safe(text)));
    },
    annotate(line) {
      output.flush();
      stderr.write(shown(line));
    },
    interactive,
    columns,
    color: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    async ask(question, signal) {
      const since = performance.now();
      const last = question.lastIndexOf('\n') + 1;
      const rows = wrap(question.slice(last).trimEnd(), columns, { wholeWords: true }).join('\n');
      const answer = await questions.ask(shown(`${question.slice(0, last)}${rows} `), signal);
      waitedMs += performance.now() - since;
      return answer;
    },
    waitedMs: () => waitedMs,
    prompts: createPrompts(language, screen, onInterrupt, interrupt),
    readInput: () => readAll(stdin),
    onInterrupt,
    stop,
    stopAtEndOfInput() {
      if (stdin.isTTY === true) return;
      // Who reads it already may have come to its end: a short text and the end arrive in one turn.
      if (stdin.readableEnded) stop();
      else stdin.once('end', stop).once('error', stop).resume();
    },
    atEnd(task) {
      endings.push(task);
      process.on('exit', task);
    },
    ...(interactive ? { terminal: processTerminal(interrupt, onGone) } : {}),
  };
}

interface Gathered {
  readonly write: (text: string) => void;
  /** Writes now what was said so far. */
  readonly flush: () => void;
  /** There will be no further turn: from here on nothing waits. */
  readonly close: () => void;
}

/**
 * Writes what is said in one turn of the event loop at once: a write to a pipe blocks the thread, and a burst says much.
 * @param write takes it all before it returns, or keeps it itself
 */
export function gathered(write: (text: string) => void): Gathered {
  let said = '';
  let due: NodeJS.Immediate | null = null;
  let closed = false;
  const flush = (): void => {
    if (due !== null) clearImmediate(due);
    due = null;
    const text = said;
    said = '';
    if (text !== '') write(text);
  };
  return {
    write(text) {
      said += text;
      if (closed) flush();
      else due ??= setImmediate(flush);
    },
    flush,
    close() {
      closed = true;
      flush();
    },
  };
}

interface Interrupts extends Pick<Context, 'onInterrupt' | 'stop'> {
  readonly interrupt: () => void;
  /** Output that could not be written though somebody wants it (a full disk): the system's code. */
  readonly unwritable: () => { readonly stream: 'stdout' | 'stderr'; readonly code: string } | null;
  /** The terminal went away. */
  readonly onGone: () => void;
  readonly terminalGone: () => boolean;
}

/** Ctrl-C, SIGTERM, SIGHUP, and a reader of our output that went away (`| head`) all mean: stop. */
function listenForInterrupts(): Interrupts {
  const listeners = new Set<() => void>();
  // Under `npm start` one keypress arrives twice: npm hands on what the terminal has sent us already.
  const onePressMs = process.env['npm_lifecycle_event'] === 'start' ? 100 : 0;
  let firstAt: number | null = null;
  const interrupt = (): void => {
    if (firstAt !== null) {
      if (performance.now() - firstAt >= onePressMs) process.exit(interruptedTwice);
      return;
    }
    firstAt = performance.now();
    for (const listener of [...listeners]) listener();
  };
  const stop = (): void => {
    if (firstAt === null) interrupt();
  };
  // SIGBREAK comes on Windows alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) process.on(signal, interrupt);
  // A window that closes hangs up more than once: the shell does, and the system when the shell ends.
  process.on('SIGHUP', stop);
  // A terminal that closes sends SIGHUP and breaks our output too: that is no second interrupt.
  let isGone = false;
  const onGone = (): void => {
    isGone = true;
    stop();
  };
  let unwritable: ReturnType<Interrupts['unwritable']> = null;
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (process[stream].isTTY === true) return onGone();
      // A reader that went away (`| head`) wants no more.
      if (code !== 'EPIPE') unwritable ??= { stream, code };
      stop();
    });
  }
  return {
    interrupt,
    stop,
    onGone,
    unwritable: () => unwritable,
    terminalGone: () => isGone,
    onInterrupt(listener) {
      listeners.add(listener);
      if (firstAt !== null) queueMicrotask(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** How long a terminal that does not read is waited for at the end, ms. A pipe's reader may take its time. */
const terminalPatienceMs = 1000;

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
    if (stream.isTTY === true) setTimeout(resolve, terminalPatienceMs).unref();
  });
}
