/** Other commands of this program, run in this process: what they would print is heard line by line. */
import { isRecord, parseJson } from '../system/json.js';
import type { Context } from './context.js';

/** Runs a command line to its end. @returns the exit code */
export type RunCommand = (args: readonly string[], context: Context) => Promise<number>;

/** A line of `--json`. */
export type Row = Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number;
  readonly rows: readonly Row[];
  /** All of stdout, and all of stderr. */
  readonly out: string;
  readonly err: string;
}

/** A command under way. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Calls for each row that comes from now on; returns how to stop listening. */
  onRow(listener: (row: Row) => void): () => void;
  /** As Ctrl-C does. */
  stop(): void;
}

export function begin(run: RunCommand, args: readonly string[], context: Context): Running {
  const { terminal: _, atEnd: __, annotate: ___, ...rest } = context;
  const stops = new Set<() => void>();
  const listeners = new Set<(row: Row) => void>();
  const rows: Row[] = [];
  let [out, err, unread] = ['', '', ''];
  const hear = (text: string): void => {
    out += text;
    const lines = `${unread}${text}`.split('\n');
    unread = lines.pop() ?? '';
    for (const row of lines.map(parseJson).filter(isRecord)) {
      rows.push(row);
      for (const listener of listeners) listener(row);
    }
  };
  const stop = (): void => {
    for (const listener of [...stops]) listener();
  };
  const nobody = (): Promise<null> => Promise.resolve(null);
  const ended = run(args, {
    ...rest,
    ...{ interactive: false, columns: null, color: false, out: hear },
    err(text) {
      err += text;
    },
    ...{ ask: nobody, prompts: { confirm: nobody, text: nobody }, readInput: () => Promise.resolve('') },
    waitedMs: () => 0,
    ...{ stop, stopAtEndOfInput: () => undefined },
    onInterrupt(listener) {
      stops.add(listener);
      return () => void stops.delete(listener);
    },
  }).then((code) => ({ code, rows, out, err }));
  return {
    ended,
    onRow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop,
  };
}
