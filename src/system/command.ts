/** Runs a command of the configuration in a shell, to its end or the end of its time. */
import { isUtf8 } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

export interface CommandOptions {
  readonly command: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Written to its stdin. */
  readonly input?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface CommandEnd {
  /** The exit code, a signal's name, the system's code, `TIMED_OUT` or `ABORTED`. */
  readonly code: string;
  /** The end of stdout and stderr as they came, without colours. */
  readonly output: string;
  /** The same of each alone. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes of output that are kept: the last ones, where compilers sum up. */
const mostOutput = 64 * 1024;
/** How long after a command's end what it left running may hold its output open, ms. */
const lingerMs = 500;

/** A second interrupt ends this process without a farewell; a command has a group of its own and would live on. */
const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) killGroup(child);
}

/** Its process group is killed whole when its time is over or the signal aborts. Never rejects. */
export function runCommand(options: CommandOptions): Promise<CommandEnd> {
  const { command, folder, environment, timeoutMs, signal } = options;
  return new Promise((resolve) => {
    const child = spawn(command, {
      shell: true,
      cwd: folder,
      env: environment,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdout: out, stderr: err } = child;
    const [output, stdout, stderr] = [gather([out, err]), gather([out]), gather([err])];
    if (running.size === 0) process.on('exit', killAll);
    running.add(child);
    let linger: NodeJS.Timeout | undefined;
    const end = (code: string): void => {
      clearTimeout(timer);
      clearTimeout(linger);
      signal.removeEventListener('abort', onAbort);
      running.delete(child);
      if (running.size === 0) process.removeListener('exit', killAll);
      resolve({ code, output: output(), stdout: stdout(), stderr: stderr() });
    };
    const kill = (code: string): void => {
      killGroup(child);
      end(code);
    };
    const onAbort = (): void => kill('ABORTED');
    const timer = setTimeout(() => kill('TIMED_OUT'), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
    child.once('exit', (code, killedBy) => {
      linger = setTimeout(() => kill(String(code ?? killedBy)), lingerMs);
    });
    child.once('close', (code, killedBy) => end(String(code ?? killedBy)));
    // A command may end without reading what it was given: its exit code says how it went.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    if (signal.aborted) onAbort();
  });
}

function gather(streams: readonly NodeJS.ReadableStream[]): () => string {
  let bytes = Buffer.alloc(0);
  for (const stream of streams) {
    stream.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]).subarray(-mostOutput);
    });
  }
  return () => stripVTControlCharacters(decoded(bytes, process.platform)).trim();
}

/**
 * The output of a command, as text. On Windows cmd.exe and many tools print in the console's code page, not in UTF-8: on Chinese
 * systems 936, of which GB18030 is a superset.
 */
export function decoded(bytes: Buffer, platform: NodeJS.Platform): string {
  const text = bytes.subarray(firstWhole(bytes));
  const encoding = platform === 'win32' && !isUtf8(text) ? 'gb18030' : 'utf-8';
  return new TextDecoder(encoding).decode(text);
}

/** Where the first whole character begins in UTF-8 whose beginning was cut off: at most three bytes belong to the one before. */
function firstWhole(bytes: Buffer): number {
  if (bytes.length < mostOutput) return 0;
  const start = bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return Math.max(0, start);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    // Once it has ended, its number may be another program's, and what it started is no tree of its own any more.
    if (child.exitCode !== null || child.signalCode !== null) return;
    const tool = spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], {
      // When this process ends the tool goes on.
      ...{ detached: true, stdio: 'ignore', windowsHide: true },
    });
    tool.on('error', () => child.kill());
    tool.on('exit', (code) => {
      if (code !== 0) child.kill();
    });
    tool.unref();
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // it has no group any more
  }
}
