import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../model.js';

/** The values that the bootstrap script is given as its one argument. */
export interface BootstrapArguments {
  readonly env: string;
  /** The folder of the code, which the code sees as /var/user, and the file in it that is loaded. */
  readonly folder: string;
  readonly entry: string;
  /** The folder that the code sees as /tmp. */
  readonly temp: string;
  /** Folders of code and packages: paths below them are what they are, even where they lie in /tmp. */
  readonly roots: readonly string[];
  /** The names of globals that the runtime does not have. */
  readonly absent: readonly string[];
  /** As the cloud: CommonJS only, and files are read-only outside /tmp. */
  readonly strict: boolean;
  readonly wxContext: JsonObject;
  /** The code is loaded once a debugger has come to this port of 127.0.0.1; null: at once. */
  readonly inspectPort: number | null;
}

export interface InstanceOptions {
  /** The Node that runs the code. */
  readonly node: string;
  readonly nodeArguments: readonly string[];
  readonly bootstrap: string;
  readonly argument: BootstrapArguments;
  readonly variables: Readonly<Record<string, string>>;
  /** null: not limited. */
  readonly memoryMb: number | null;
  /** null: loading may take as long as it likes. */
  readonly loadLimitMs: number | null;
  /** Answers what the code asks the emulator for. */
  readonly answer: (asking: Instance, what: string, data: unknown) => Promise<Answered>;
  /** An error that nobody caught ended the process after its call had its result: what was printed since, and the error. */
  readonly onLateError: (lines: readonly string[]) => void;
}

export type Answered =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: { readonly errCode: number; readonly errMsg: string } };

export interface Run {
  readonly event: unknown;
  readonly context: JsonObject;
  /** For `main`; loading the code has a limit of its own. null: as long as it likes. */
  readonly limitMs: number | null;
}

/** Why a run gave no result. */
export type FailureKind = 'threw' | 'too-long' | 'memory' | 'too-large' | 'missing' | 'stopped';

export type Invocation =
  | { readonly ok: true; readonly value: string; readonly logs: readonly string[] }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly text: string;
      /** Where code threw; empty where there is no such place. */
      readonly stack: string;
      readonly logs: readonly string[];
    };

type Outcome =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly kind: FailureKind; readonly text: string; readonly stack: string };

const MAX_LOG_BYTES = 1024 * 1024;
/** Longest wait for output and messages after a process has ended; a grandchild may hold the pipes open. */
const LAST_WORDS_MS = 500;
const MEMORY_LOOK_MS = 250;
/** Two lines of Node's own that an inspector makes it print, and those that follow them. */
const INSPECTOR_LINES =
  /^(Debugger (listening on|attached)|For help, see: https:\/\/nodejs\.org|Waiting for the debugger).*\n?/gm;

/**
 * One process that runs a function, for as many calls as come, one at a time. The first call loads the code. It ends with an
 * exit, an error that nobody caught, a time-out, too much memory, or `end`.
 */
export class Instance {
  /** Resolves when the process has ended and nothing of it is left. */
  readonly ended: Promise<void>;
  /** Whether it can take a call. */
  isUsable = true;
  private isAlive = true;
  private readonly options: InstanceOptions;
  private readonly child: ChildProcess;
  private readonly id = randomUUID();
  private readonly output = new Output();
  /** Ends the run under way. */
  private settle: ((outcome: Outcome) => void) | null = null;
  private onStarted: () => void = () => undefined;
  /** An error that nobody caught after a call had its result. */
  private lateError: string | null = null;
  private lookingAtMemory: NodeJS.Timeout | null = null;

  constructor(options: InstanceOptions) {
    this.options = options;
    const { node, nodeArguments, bootstrap, argument, memoryMb } = options;
    const heap = memoryMb === null ? [] : [`--max-old-space-size=${memoryMb}`];
    this.child = spawn(node, [...heap, ...nodeArguments, bootstrap, JSON.stringify(argument)], {
      cwd: argument.folder,
      env: { ...environment(), ...options.variables, TCB_EMULATOR_INSTANCE: this.id },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own, so that what it starts ends with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.child.on('message', (message: unknown) => this.hear(message));
    this.child.stdout?.on('data', (chunk: Buffer) => this.output.take(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.output.take(chunk));
    this.ended = this.untilEnded();
  }

  /** Runs the code once. Must not be called before the run before has ended. */
  async run({ event, context, limitMs }: Run): Promise<Invocation> {
    const marker = `\0${randomUUID()}\0`;
    const marked = this.output.until(marker);
    let timer: NodeJS.Timeout | null = null;
    const outcome = await new Promise<Outcome>((resolve) => {
      this.settle = resolve;
      timer = this.limit('Loading the code', this.options.loadLimitMs);
      this.onStarted = () => {
        clearTimeout(timer ?? undefined);
        timer = this.limit('Invoking task', limitMs);
      };
      this.watchMemory();
      this.send({ type: 'run', event, context, marker });
      // A process that could not be started has ended already.
      void this.ended.then(() => resolve(failed('stopped', 'the process was ended')));
    });
    // The next run of a warm instance has its own time.
    clearTimeout(timer ?? undefined);
    this.settle = null;
    this.onStarted = () => undefined;
    clearInterval(this.lookingAtMemory ?? undefined);
    await Promise.race([marked, this.ended]);
    return { ...outcome, logs: this.output.lines() };
  }

  /** Kills the process and what it started, without waiting for its end. */
  kill(): void {
    this.isUsable = false;
    if (this.isAlive) killGroup(this.child);
  }

  /** Kills the process and what it started; resolves when nothing of it is left. */
  async end(): Promise<void> {
    this.kill();
    await this.ended;
  }

  private hear(message: unknown): void {
    if (!isJsonObject(message)) return;
    switch (message['type']) {
      case 'started':
        this.onStarted();
        break;
      case 'result':
        this.settle?.({ ok: true, value: String(message['value']) });
        break;
      case 'error':
        this.hearError(String(message['message']), String(message['stack']), message['isLast'] === true);
        break;
      case 'ask':
        void this.options
          .answer(this, String(message['what']), message['data'])
          .then((answered) => this.send({ type: 'reply', id: message['id'], ...answered }));
        break;
      default:
    }
  }

  private hearError(text: string, stack: string, isLast: boolean): void {
    if (isLast) this.isUsable = false;
    if (this.settle !== null) this.settle(failed('threw', text, stack));
    else this.lateError = stack === '' ? text : stack;
  }

  /** A process that has just ended cannot be sent anything; its exit says what there is to know. */
  private send(message: JsonObject): void {
    try {
      if (this.child.connected) this.child.send(message, () => undefined);
    } catch (error) {
      // Nested too deeply for JSON.
      this.settle?.(failed('threw', error instanceof Error ? error.message : String(error)));
    }
  }

  private limit(what: string, ms: number | null): NodeJS.Timeout | null {
    if (ms === null) return null;
    return setTimeout(() => {
      this.settle?.(failed('too-long', `${what} timed out after ${ms / 1000} seconds`));
      void this.end();
    }, ms);
  }

  /** V8 limits its own heap; buffers and native memory show in the process's size alone, which only Linux reports. */
  private watchMemory(): void {
    const { memoryMb } = this.options;
    const { pid } = this.child;
    if (memoryMb === null || pid === undefined || process.platform !== 'linux') return;
    this.lookingAtMemory = setInterval(() => {
      void residentMb(pid).then((mb) => {
        if (mb <= memoryMb || this.settle === null) return;
        this.settle(failed('memory', outOfMemory(memoryMb)));
        void this.end();
      });
    }, MEMORY_LOOK_MS);
  }

  private async untilEnded(): Promise<void> {
    const { child } = this;
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('exit', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
      child.on('error', (error) => {
        this.settle?.(failed('stopped', error.message));
        resolve([null, null]);
      });
    });
    this.isAlive = false;
    this.isUsable = false;
    // Messages may come after the exit, and the last output too.
    await Promise.race([
      allClosed(child),
      new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref()),
    ]);
    this.settle?.(exited(code, signal, this.options.memoryMb));
    if (this.lateError !== null)
      this.options.onLateError([...this.output.lines(), ...lateLines(this.lateError)]);
    killGroup(child);
    await killMarked(this.id);
  }
}

const failed = (kind: FailureKind, text: string, stack = ''): Outcome => ({ ok: false, kind, text, stack });

const lateLines = (error: string): string[] => [
  'emulator: the call before this one went wrong after main had returned; is an await missing?',
  ...error.split('\n'),
];

const outOfMemory = (memoryMb: number): string => `Memory limit of ${memoryMb} MB exceeded`;

function exited(code: number | null, signal: NodeJS.Signals | null, memoryMb: number | null): Outcome {
  // V8 aborts when its heap is full: SIGABRT, or 134 where the system has no signals.
  const isFull = signal === 'SIGABRT' || code === 134;
  if (isFull && memoryMb !== null) return failed('memory', outOfMemory(memoryMb));
  return signal === null
    ? failed('threw', `the process exited with code ${code} before main returned`)
    : failed('stopped', `the process was ended by ${signal}`);
}

function allClosed(child: ChildProcess): Promise<unknown> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  const disconnected = child.connected ? new Promise((resolve) => child.once('disconnect', resolve)) : null;
  return Promise.all([closed, disconnected]);
}

/** Only what a process needs to start: no token or secret of this process reaches the code. */
function environment(): Record<string, string> {
  const kept = ['PATH', 'Path', 'SystemRoot', 'SYSTEMROOT', 'TEMP', 'TMP'];
  const pairs = kept.map((name): [string, string | undefined] => [name, process.env[name]]);
  const given = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(given);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/**
 * Kills the processes that left the group of the instance which started them. They are known by a variable that they
 * inherited; Linux alone shows it.
 */
async function killMarked(id: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      try {
        const variables = await readFile(join('/proc', pid, 'environ'), 'latin1');
        if (variables.includes(`TCB_EMULATOR_INSTANCE=${id}`)) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Another's process, or one that has just ended.
      }
    }),
  );
}

/** The memory that a process has in use; 0 where it has ended. */
async function residentMb(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The lines that a process prints, run by run: a marker that it prints itself ends each. */
class Output {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private cutBytes = 0;
  private marker: Buffer | null = null;
  private onMarker: () => void = () => undefined;
  /** The end of the latest chunk, in which a marker may have begun. */
  private tail = Buffer.alloc(0);

  /** Resolves when the marker comes. */
  until(marker: string): Promise<void> {
    this.marker = Buffer.from(marker);
    return new Promise((resolve) => {
      this.onMarker = resolve;
    });
  }

  take(chunk: Buffer): void {
    const { marker } = this;
    this.keep(chunk);
    if (marker === null) return;
    const seen = Buffer.concat([this.tail, chunk]);
    this.tail = Buffer.from(seen.subarray(-(marker.length - 1)));
    if (!seen.includes(marker)) return;
    this.tail = Buffer.alloc(0);
    this.onMarker();
  }

  private keep(chunk: Buffer): void {
    const kept = chunk.subarray(0, Math.max(0, MAX_LOG_BYTES - this.bytes));
    if (kept.length > 0) this.chunks.push(kept);
    this.bytes += kept.length;
    this.cutBytes += chunk.length - kept.length;
  }

  /** The lines since the last call. What is printed between two runs belongs to the later one. */
  lines(): string[] {
    const marker = this.marker?.toString() ?? '';
    const text = Buffer.concat(this.chunks)
      .toString('utf8')
      .replaceAll(marker, '')
      .replace(INSPECTOR_LINES, '')
      .trimEnd();
    const cut = this.cutBytes - (this.cutBytes > 0 ? marker.length : 0);
    this.chunks = [];
    this.bytes = 0;
    this.cutBytes = 0;
    const lines = text === '' ? [] : text.split(/\r?\n/);
    return cut > 0
      ? [...lines, `… ${cut} more bytes were printed; the emulator keeps ${MAX_LOG_BYTES} for each call`]
      : lines;
  }
}
