/** A token that a command prints, as `redis-cli GET …` does. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { TokenSource } from './config-model.js';
import type { Variables } from './config-text.js';
import { checkToken, type Reading, type TokenDependencies } from './token-reading.js';

/** Bytes of output that are kept. */
const mostOutput = 64 * 1024;
/** Characters of stderr that are shown. */
const shownStderr = 400;
/** How long after a command's end what it left running may hold its output open. */
const lingerMs = 500;

type CommandSource = Extract<TokenSource, { readonly kind: 'command' }>;

interface Ended {
  /** The exit code, a signal's name, or why there was no process. */
  readonly code: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in a shell of its own process group, which is killed whole when its time is over. */
export async function readTokenCommand(
  source: CommandSource,
  { redactor, folder, variables }: TokenDependencies,
  signal: AbortSignal,
): Promise<Reading> {
  const ended = await run(source, folder, await variables(), signal);
  const output = ended.stdout.trim();
  if (ended.code === '0') return checkToken(output, 'command');
  if (ended.code === 'ABORTED') return { ok: false, problem: 'aborted' };
  for (const each of secretsIn(output)) redactor.add(each);
  const shown = redactor.redact(ended.stderr).replace(/\s+/g, ' ').trim().slice(-shownStderr);
  if (ended.code === 'TIMED_OUT') {
    return {
      ok: false,
      problem: `command-timeout:${source.timeoutMs / 1000} s${shown === '' ? '' : `: ${shown}`}`,
    };
  }
  return { ok: false, problem: `command-failed:${ended.code}:${shown}` };
}

/** Shorter words of an output are ordinary ones; the vendor's tokens have over 100 characters. */
const shortestSecretWord = 16;

/** What may be a token in the output of a command that failed: each line, each long word, and what is assigned in one. */
function secretsIn(output: string): string[] {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  const words = output.split(/[\s"'`,;(){}<>[\]]+/);
  const values = words.map((word) => word.replace(/^[^=:]*[=:]/, ''));
  const long = [...words, ...values].filter((word) => word.length >= shortestSecretWord);
  return [output, ...lines, ...long];
}

function run(
  source: CommandSource,
  folder: string,
  environment: Variables,
  signal: AbortSignal,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(source.command, {
      shell: true,
      cwd: folder,
      env: environment,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout = gather(child.stdout);
    const stderr = gather(child.stderr);
    let linger: NodeJS.Timeout | undefined;
    // A second interrupt ends this process without a farewell; the command has a group of its own and would live on.
    const onExit = (): void => killGroup(child);
    process.once('exit', onExit);
    const end = (code: string): void => {
      process.removeListener('exit', onExit);
      clearTimeout(timer);
      clearTimeout(linger);
      signal.removeEventListener('abort', onAbort);
      resolve({ code, stdout: stdout(), stderr: stderr() });
    };
    const kill = (code: string): void => {
      killGroup(child);
      end(code);
    };
    const onAbort = (): void => kill('ABORTED');
    const timer = setTimeout(() => kill('TIMED_OUT'), source.timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
    child.once('exit', (code, killedBy) => {
      linger = setTimeout(() => kill(String(code ?? killedBy)), lingerMs);
    });
    child.once('close', (code, killedBy) => end(String(code ?? killedBy)));
    if (signal.aborted) onAbort();
  });
}

function gather(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= mostOutput) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true }).on('error', () =>
      child.kill(),
    );
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
