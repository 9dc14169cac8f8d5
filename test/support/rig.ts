/**
 * Runs the built program as its users do: a project in a fresh folder, an emulator on loopback, a child process whose events
 * are read line by line. Tests wait for events; the only time in here is the limit after which a test gives up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.js';

/** The program as `npm test` builds it before the tests run. */
export const programFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A line of `--json`, as an outside program sees it. */
export interface Seen {
  readonly v: unknown;
  readonly at: unknown;
  readonly event: unknown;
  readonly [field: string]: unknown;
}

/** Relative path → text. */
export type Files = Readonly<Record<string, string>>;

export interface Project {
  readonly folder: string;
  /** The functions root. */
  readonly root: string;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Replaces the configuration. */
  configure(config: Readonly<Record<string, unknown>>): Promise<void>;
}

/** A folder of its own for this test, removed after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tcb-watch-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export async function makeProject(
  functions: Readonly<Record<string, Files>>,
  config: Readonly<Record<string, unknown>>,
): Promise<Project> {
  const folder = await temporaryFolder();
  const root = join(folder, 'functions');
  await mkdir(root, { recursive: true });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const configure = (next: Readonly<Record<string, unknown>>): Promise<void> =>
    write('watch.config.json', JSON.stringify({ functionsRoot: 'functions', ...next }, null, 2));
  for (const [name, files] of Object.entries(functions)) {
    for (const [path, text] of Object.entries(files)) await write(`functions/${name}/${path}`, text);
  }
  await configure(config);
  const remove = (path: string): Promise<void> => rm(join(folder, path), { recursive: true, force: true });
  return { folder, root, write, remove, configure };
}

/** A function that says which version of it runs. */
export function entry(version: string): Files {
  return { 'index.js': `exports.main = async () => ${JSON.stringify(version)};\n` };
}

export async function runEmulator(options: EmulatorOptions): Promise<Emulator> {
  const emulator = await startEmulator({ deployMs: 20, ...options });
  onTestFinished(() => emulator.close());
  return {
    ...emulator,
    get token() {
      return emulator.token;
    },
    waitFor: (condition, how) => emulator.waitFor(condition, { timeoutMs: patienceMs, ...how }),
  };
}

/** The keys of a project's configuration that use this emulator; the token comes through the environment. */
export function configFor(emulator: Emulator): Readonly<Record<string, unknown>> {
  return { envs: emulator.envs, endpoint: emulator.url, token: { env: 'TEST_TOKEN' }, debounceMs: 50 };
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command line of the program that is played, and what it has said so far. */
export interface Played {
  /** Every event so far. */
  readonly events: readonly Seen[];
  stdout(): string;
  stderr(): string;
  /** The first event that fits, among those seen since `from` (default: all). Fails with what was seen instead. */
  waitFor(fits: (seen: Seen) => boolean, from?: number): Promise<Seen>;
  /** Resolves when each of the targets has become live since `from`. */
  waitForLive(targets: readonly (readonly [name: string, env: string])[], from?: number): Promise<void>;
  /** Resolves when stdout or stderr holds this text. */
  waitForText(text: string): Promise<void>;
  /** Resolves when what is on stdout fits. */
  waitForOutput(fits: (out: string) => boolean): Promise<void>;
  readonly exit: Promise<Ending>;
  /** Interrupts and waits for the end. */
  stop(): Promise<number | null>;
}

/** The same in a process of its own. */
export interface Program extends Played {
  readonly child: ChildProcess;
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Lines that are not JSON are expected (plain output). */
  readonly plain?: boolean;
  /** Another installation's `main.js`. */
  readonly program?: string;
}

/** Longer than anything takes on a machine that is busy with everything else. */
export const patienceMs = 60_000;

/** The words of a program, and those who wait for them. */
export interface Heard extends Omit<Played, 'exit' | 'stop'> {
  out(text: string): void;
  err(text: string): void;
  end(): void;
  ended(): boolean;
}

/** @param plain lines that are not JSON are expected */
export function listen(plain: boolean): Heard {
  const events: Seen[] = [];
  const waiting = new Set<() => void>();
  let out = '';
  let err = '';
  let rest = '';
  let ended = false;
  const look = (): void => {
    for (const waiter of [...waiting]) waiter();
  };
  const story = (): string => `${out.slice(-3000)}\n--- stderr\n${err.slice(-2000)}`;
  const until = <T>(found: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        waiting.delete(check);
        settle();
      };
      const check = (): void => {
        const value = found();
        if (value !== undefined) end(() => resolve(value));
        else if (ended) end(() => reject(new Error(`the program ended first:\n${story()}`)));
      };
      const timer = setTimeout(() => end(() => reject(new Error(`waited in vain:\n${story()}`))), patienceMs);
      waiting.add(check);
      check();
    });
  return {
    out(text) {
      out += text;
      rest += text;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of plain ? [] : lines) events.push(parseEvent(line));
      look();
    },
    err(text) {
      err += text;
      look();
    },
    end() {
      ended = true;
      look();
    },
    ended: () => ended,
    events,
    stdout: () => out,
    stderr: () => err,
    waitFor: (fits, from = 0) => until(() => events.slice(from).find(fits)),
    async waitForLive(targets, from = 0) {
      const isLive = (name: string, env: string): boolean =>
        events
          .slice(from)
          .some((seen) => seen.event === 'live' && seen['function'] === name && seen['env'] === env);
      await until(() => (targets.every(([name, env]) => isLive(name, env)) ? true : undefined));
    },
    async waitForText(text) {
      await until(() => (out.includes(text) || err.includes(text) ? true : undefined));
    },
    async waitForOutput(fits) {
      await until(() => (fits(out) ? true : undefined));
    },
  };
}

/** Starts the built program. `TEST_TOKEN` and other variables come from `env`; nothing of ours leaks in. */
export function run(args: readonly string[], options: RunOptions): Program {
  const child = spawn(process.execPath, [options.program ?? programFile, ...args], {
    cwd: options.cwd,
    env: variablesFor(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = listen(options.plain === true);
  child.stdout.setEncoding('utf8').on('data', heard.out);
  child.stderr.setEncoding('utf8').on('data', heard.err);
  const exit = new Promise<Ending>((resolve) => {
    child.on('close', (code, signal) => {
      heard.end();
      resolve({ code, signal });
    });
  });
  onTestFinished(async () => {
    if (!heard.ended()) child.kill('SIGKILL');
    await exit;
  });
  return {
    ...heard,
    child,
    pid: child.pid ?? -1,
    signal: (name) => void child.kill(name),
    exit,
    async stop() {
      child.kill('SIGINT');
      return (await exit).code;
    },
  };
}

/** The variables of a program: ours that say nothing about it, and those of the test. */
export function variablesFor({ env }: RunOptions): Readonly<Record<string, string | undefined>> {
  const { NODE_OPTIONS: _, FORCE_COLOR: __, ...inherited } = process.env;
  return { ...inherited, TCB_WATCH_LANG: 'en', ...env };
}

function parseEvent(line: string): Seen {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('event' in value))
    throw new Error(`not an event: ${line}`);
  return { v: undefined, at: undefined, ...value };
}

/** The program against this emulator, with its token. */
export function runWith(
  emulator: Emulator,
  project: Project,
  args: readonly string[],
  env: Files = {},
): Program {
  return run([...args, '--json'], { cwd: project.folder, env: { TEST_TOKEN: emulator.token, ...env } });
}

/** Requests that carry code: those that promises about requests count. */
export function uploads(emulator: Emulator): number {
  const counts = emulator.counts();
  return counts.batchuploadscfcode + counts.batchuploadscf;
}

/** The files below a folder with their contents, to compare with what the cloud runs. */
export async function filesBelow(folder: string, prefix = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.isDirectory())
      for (const [name, text] of await filesBelow(path, `${prefix}${item.name}/`)) found.set(name, text);
    else found.set(`${prefix}${item.name}`, await readFile(path, 'utf8'));
  }
  return found;
}

/** The files that an environment runs, as text. */
export async function running(emulator: Emulator, env: string, name: string): Promise<Map<string, string>> {
  const files = await emulator.files(env, name);
  return new Map([...files].map(([path, bytes]) => [path, bytes.toString('utf8')]));
}
