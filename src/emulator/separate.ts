/**
 * The emulator in a process of its own, for a program that must not end with it. It is started, ended and, should it die,
 * started again from here, at the same port, with the same token and store. It ends when the program that started it ends,
 * however that happens.
 *
 * This file is only ever imported late: it is a file of its own in the package then, next to `process.js`, which it starts.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject } from './model.js';
import type { SourceFolders } from './runner/runner.js';

/** The part of the emulator's options that can be sent to another process. */
export interface SeparateOptions {
  readonly envs: readonly string[];
  readonly store?: string;
  readonly port?: number;
  readonly token?: string;
  readonly sources?: SourceFolders;
}

export interface SeparateEmulator {
  readonly url: string;
  readonly token: string;
  readonly envs: readonly string[];
  /** Its process; another one after it died. */
  pid(): number | null;
  /** Ends it; resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** The longest wait for its end; then it is killed. Running functions end at once, so only a hanging disk takes so long. */
const CLOSE_MS = 5000;
/** Pauses before it is started again after it died; the last one for every further time. */
const RESTART_MS = [100, 1000, 5000] as const;
/** One that ran so long died of something else than the one before. */
const STEADY_MS = 60_000;

/** Sources are run in tests; a process needs what was built from them. */
const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/emulator/process.js' : './process.js',
  import.meta.url,
);

/** Rejects as `startEmulator` does, with an error that has the system's `code` and `syscall`. */
export async function startSeparately(options: SeparateOptions): Promise<SeparateEmulator> {
  let child: ChildProcess;
  let closing: Promise<void> | null = null;
  let restarts = 0;
  let again: NodeJS.Timeout | null = null;

  const first = await begin(options);
  child = first.child;
  const { url, token } = first;
  const kept = { ...options, port: Number(new URL(url).port), token };
  watch();

  function watch(): void {
    const begun = performance.now();
    child.once('exit', () => {
      if (performance.now() - begun > STEADY_MS) restarts = 0;
      restart();
    });
  }

  function restart(): void {
    if (closing !== null) return;
    const pause = RESTART_MS[Math.min(restarts, RESTART_MS.length - 1)];
    restarts += 1;
    again = setTimeout(() => {
      begin(kept).then((started) => {
        child = started.child;
        if (closing === null) watch();
        else child.kill('SIGKILL');
      }, restart);
    }, pause);
  }

  async function close(): Promise<void> {
    clearTimeout(again ?? undefined);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
    if (child.connected) child.send({ type: 'close' }, () => undefined);
    await ended;
    clearTimeout(timer);
  }

  return {
    url,
    token,
    envs: options.envs,
    pid: () => child.pid ?? null,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

interface Begun {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
}

function begin(options: SeparateOptions): Promise<Begun> {
  const child = fork(fileURLToPath(entry), [], {
    env: environment(),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message: unknown) => {
      const heard = isJsonObject(message) ? message : {};
      if (heard['type'] === 'listening') {
        resolve({ child, url: String(heard['url']), token: String(heard['token']) });
      } else reject(failureOf(heard));
    });
    child.on('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the emulator ended (${signal ?? code}) before it listened`));
    });
    child.send({ type: 'start', options }, () => undefined);
  });
}

/** An error as the system's, from what its process reported. */
function failureOf({ code, syscall, message }: JsonObject): Error {
  return Object.assign(new Error(String(message)), {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof syscall === 'string' ? { syscall } : {}),
  });
}

/** The variables that a process needs to start, and those that point to its home folder; nothing that a program was given in confidence. */
function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'HOME', 'USERPROFILE', 'SystemRoot', 'SYSTEMROOT', 'TEMP', 'TMP', 'TMPDIR'];
  return Object.fromEntries(
    kept.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined),
  );
}
