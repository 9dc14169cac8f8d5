/** The built program on a real pseudo-terminal, its screen read back from a terminal in memory. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Headless, headlessTerminal } from './headless.js';
import { type Files, makeProject, type Project, patienceMs, programFile } from './rig.js';

export interface OnTerminal {
  readonly screen: Headless;
  readonly pid: number;
  /** Everything that was written, as it was. */
  raw(): string;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: string): void;
  /** Nobody reads what the program writes, until somebody does again. */
  pause(): void;
  resume(): void;
  /** The terminal goes away, as when its window is closed. */
  hangUp(): void;
  /** Resolves once the picture fits. */
  until(fits: (picture: string) => boolean): Promise<string>;
  readonly exit: Promise<{ readonly code: number; readonly signal: number }>;
}

type Pty = typeof import('@lydell/node-pty');

/** Prebuilt for the usual platforms; elsewhere there is none, and the tests skip visibly. */
export const pty: Pty | null = loadPty();

function loadPty(): Pty | null {
  try {
    return createRequire(import.meta.url)('@lydell/node-pty') as Pty;
  } catch {
    return null;
  }
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** Runs this instead of the program itself. */
  readonly command?: readonly [string, ...string[]];
}

export function onTerminal(options: TerminalOptions): OnTerminal {
  if (pty === null) throw new Error('there is no pseudo-terminal here');
  const size = { columns: options.columns ?? 80, rows: options.rows ?? 24 };
  const { CI: _, NODE_OPTIONS: __, NO_COLOR: ___, TMUX: ____, ...inherited } = process.env;
  const [file, ...args] = options.command ?? [process.execPath, programFile, ...(options.args ?? [])];
  const child = pty.spawn(file, args, {
    cols: size.columns,
    rows: size.rows,
    cwd: options.cwd,
    env: {
      ...inherited,
      TERM: 'xterm-256color',
      LANG: 'en_US.UTF-8',
      LC_ALL: '',
      TCB_WATCH_LANG: 'en',
      ...options.env,
    },
  });
  const screen = headlessTerminal(size);
  const waiting = new Set<() => void>();
  let raw = '';
  let ended = false;
  let written: Promise<void> = Promise.resolve();
  const look = (): void => {
    for (const waiter of [...waiting]) waiter();
  };
  child.onData((text) => {
    raw += text;
    written = written.then(() => screen.write(text)).then(look);
  });
  const exit = new Promise<{ code: number; signal: number }>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      ended = true;
      void written.then(() => {
        look();
        resolve({ code: exitCode, signal: signal ?? 0 });
      });
    });
  });
  onTestFinished(async () => {
    if (!ended) child.kill('SIGKILL');
    await exit;
  });
  const picture = (): string => screen.lines().join('\n');
  return {
    screen,
    pid: child.pid,
    raw: () => raw,
    type: (text) => child.write(text),
    resize(columns, rows) {
      screen.terminal.resize(columns, rows);
      child.resize(columns, rows);
    },
    kill: (signal) => child.kill(signal),
    pause: () => child.pause(),
    resume: () => child.resume(),
    hangUp: () => Reflect.apply(Reflect.get(child, 'destroy') as () => void, child, []),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const seen = picture();
          if (fits(seen)) finish(() => resolve(seen));
          else if (ended) finish(() => reject(new Error(`the program ended first:\n${seen}`)));
        };
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          waiting.delete(check);
          settle();
        };
        const timer = setTimeout(
          () => finish(() => reject(new Error(`waited in vain:\n${picture()}`))),
          patienceMs,
        );
        waiting.add(check);
        check();
      }),
    exit,
  };
}

/** A shell that can stop what runs in it. */
export function inShell(options: Omit<TerminalOptions, 'command' | 'args'>): OnTerminal {
  return onTerminal({ ...options, command: ['bash', '--norc', '--noprofile', '-i'] });
}

export function has(...parts: readonly string[]): (picture: string) => boolean {
  return (seen) => parts.every((part) => seen.includes(part));
}

/** A project of a few functions with its own embedded emulator. */
export function smallProject(functions: Readonly<Record<string, Files>>): Promise<Project> {
  return makeProject(functions, {
    envs: ['dev-3gewtf9c10f60c76', 'test'],
    endpoint: 'emulator',
    debounceMs: 50,
  });
}

/** Resolves once the embedded emulator has stored this text as a function's entry. */
export async function stored(project: Project, env: string, name: string, text: string): Promise<void> {
  const file = join(project.folder, '.tcb-watch', 'emulator', env, name, 'index.js');
  const until = Date.now() + patienceMs;
  while ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    if (Date.now() > until) throw new Error(`never stored: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
