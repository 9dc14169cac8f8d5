import { type ChildProcess, fork } from 'node:child_process';
import { isJsonObject, type JsonObject } from '../json.js';

/** What to run, once. */
export interface ProcessInput {
  readonly bootstrap: string;
  readonly folder: string;
  readonly entry: string;
  readonly event: unknown;
  readonly context: JsonObject;
  readonly variables: Readonly<Record<string, string>>;
  /** For `main`; loading the code has `LOAD_LIMIT_MS` of its own, as a cold start has in the cloud. */
  readonly limitMs: number;
  /** Runs another function for this one. */
  readonly call: (name: string, data: unknown) => Promise<Invocation>;
}

export type Invocation =
  | { readonly ok: true; readonly value: string; readonly logs: readonly string[] }
  | {
      readonly ok: false;
      readonly kind: 'threw' | 'too-long' | 'missing' | 'stopped';
      readonly text: string;
      /** Where code threw; empty where there is no such place. */
      readonly stack: string;
      readonly logs: readonly string[];
    };

/** The end of a run without its logs. */
type Outcome =
  | { readonly ok: true; readonly value: string }
  | {
      readonly ok: false;
      readonly kind: 'threw' | 'too-long' | 'stopped';
      readonly text: string;
      readonly stack: string;
    };

const LOAD_LIMIT_MS = 10_000;
/** Longest wait for output after the process has ended; a grandchild may hold the pipes open. */
const OUTPUT_WAIT_MS = 500;
const MAX_LOG_BYTES = 1024 * 1024;

/** Runs code in a process of its own; `onStart` gets what kills it. Resolves when it has ended. */
export async function runProcess(
  input: ProcessInput,
  onStart: (kill: () => void) => void,
): Promise<Invocation> {
  const child = fork(input.bootstrap, [], {
    cwd: input.folder,
    env: environmentOf(input.variables),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = collectOutput(child);
  const ended = outcomeOf(child, input);
  onStart(() => child.kill('SIGKILL'));
  const outcome = await ended;
  await closed(child);
  // The copy's place means nothing to anybody; in the cloud, code lies in /var/user.
  const shown = (text: string): string => text.replaceAll(input.folder, '/var/user');
  const logs = output().map(shown);
  return outcome.ok
    ? { ...outcome, logs }
    : { ...outcome, text: shown(outcome.text), stack: shown(outcome.stack), logs };
}

/** Only what a process needs to start: no token or secret of this process reaches the code. */
function environmentOf(variables: Readonly<Record<string, string>>): Record<string, string> {
  const kept = ['PATH', 'Path', 'SystemRoot', 'SYSTEMROOT', 'TEMP', 'TMP', 'TMPDIR'];
  const pairs = kept.map((name): [string, string | undefined] => [name, process.env[name]]);
  const given = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(given), TZ: 'UTC', ...variables };
}

function outcomeOf(child: ChildProcess, input: ProcessInput): Promise<Outcome> {
  return new Promise((resolve) => {
    const stop = (what: string, ms: number): NodeJS.Timeout =>
      setTimeout(() => {
        resolve(failed('too-long', `${what} timed out after ${ms / 1000} seconds`));
        child.kill('SIGKILL');
      }, ms);
    let timer = stop('Loading the code', LOAD_LIMIT_MS);
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    child.on('message', (message: unknown) => {
      if (!isJsonObject(message)) return;
      if (message['type'] === 'started') {
        clearTimeout(timer);
        timer = stop('Invoking task', input.limitMs);
      }
      if (message['type'] === 'call') void answerCall(child, message, input);
      const outcome = reported(message);
      if (outcome !== null) settle(outcome);
    });
    child.on('error', (error) => settle(failed('threw', error.message)));
    child.on('exit', (code, signal) => settle(exited(code, signal)));
    send(child, { type: 'run', entry: input.entry, event: input.event, context: input.context });
  });
}

const failed = (kind: 'threw' | 'too-long' | 'stopped', text: string, stack = ''): Outcome => ({
  ok: false,
  kind,
  text,
  stack,
});

const exited = (code: number | null, signal: NodeJS.Signals | null): Outcome =>
  signal === null
    ? failed('threw', `the process exited with code ${code} before main returned`)
    : failed('stopped', `the process was ended by ${signal}`);

function reported(message: JsonObject): Outcome | null {
  if (message['type'] === 'result') return { ok: true, value: String(message['value']) };
  if (message['type'] !== 'error') return null;
  return failed('threw', String(message['message']), String(message['stack']));
}

async function answerCall(child: ChildProcess, message: JsonObject, input: ProcessInput): Promise<void> {
  const result = await input.call(String(message['name']), message['data']);
  const answer = result.ok ? { ok: true, value: result.value } : { ok: false, text: result.text };
  send(child, { type: 'called', id: message['id'], ...answer });
}

/** A process that has just ended cannot be told anything; its exit says what there is to know. */
function send(child: ChildProcess, message: JsonObject): void {
  if (child.connected) child.send(message, () => undefined);
}

function collectOutput(child: ChildProcess): () => string[] {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const take = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= MAX_LOG_BYTES) chunks.push(chunk);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return () => {
    const text = Buffer.concat(chunks).toString('utf8').trimEnd();
    return text === '' ? [] : text.split(/\r?\n/);
  };
}

/** Resolves when the process and its output have ended, killing it where it lingers. */
function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve();
    }, OUTPUT_WAIT_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
