/** Runs a command of the configuration in a shell, to its end or the end of its time. */
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

/** Characters of output that are kept: the last ones, where compilers sum up. */
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
  let text = '';
  for (const stream of streams) {
    stream.setEncoding('utf8');
    stream.on('data', (more: string) => {
      text = (text + more).slice(-mostOutput);
    });
  }
  return () => stripVTControlCharacters(text).trim();
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    const tool = spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true });
    tool.on('error', () => child.kill());
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // it has no group any more
  }
}
