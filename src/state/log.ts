/**
 * The log file: what was reported, for `grep` and for reports. Lines are gathered and appended ten times a second at most; at the
 * limit the file is renamed to `log.1`, replacing the one before. Whoever writes has taken the secrets out.
 */
import { closeSync, constants, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { noFollow, noWait, readOnly } from '../system/open-flags.js';

export interface LogFileOptions {
  /** Must exist, or come to exist before the first lines are written. */
  readonly folder: string;
  /** Bytes at which it is rotated. */
  readonly maxBytes?: number;
  /** Reported once, with the error's code, when it cannot be written; what is logged meanwhile is lost. */
  readonly onTrouble?: (code: string) => void;
}

export interface LogFile {
  /** Text that ends in a line feed. */
  write(text: string): void;
  /** Writes what is gathered, at once. */
  flush(): void;
}

const logFileName = 'log';
/** Rotated at 5 MB: a few days of work, and still a file that an editor opens. */
const defaultMaxBytes = 5_000_000;
const gatherMs = 100;
const appendOnly = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | noWait;
/** A disk that is full must not fill the memory too. */
const mostGathered = 1_000_000;

export function createLogFile({ folder, maxBytes = defaultMaxBytes, onTrouble }: LogFileOptions): LogFile {
  const file = join(folder, logFileName);
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  let troubled = false;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = gathered;
    gathered = '';
    if (text === '') return;
    try {
      rotate(file, maxBytes);
      // 0600: what functions are called and where they go is their owner's business.
      append(file, text);
      troubled = false;
    } catch (error) {
      if (!troubled) onTrouble?.((error as NodeJS.ErrnoException).code ?? String(error));
      troubled = true;
    }
  };
  return {
    write(text) {
      if (gathered.length < mostGathered) gathered += text;
      timer ??= setTimeout(flush, gatherMs).unref();
    },
    flush,
  };
}

function append(file: string, text: string): void {
  const descriptor = openSync(file, appendOnly | noFollow, 0o600);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

function rotate(file: string, maxBytes: number): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < maxBytes) return;
  try {
    renameSync(file, `${file}.1`);
  } catch {
    // Somebody reads it, which Windows does not allow. It grows for a while; what is written below says what else is wrong.
  }
}

/** The end of what earlier runs logged, at most so many bytes; empty where there is none or it cannot be read. */
export function readLogEnd(folder: string, mostBytes: number): Promise<string> {
  return readEnd(join(folder, logFileName), mostBytes);
}

/** The lines of the log, and of the file before it, that hold this text; the oldest first. */
export async function readLogged(folder: string, text: string): Promise<readonly string[]> {
  const file = join(folder, logFileName);
  const parts = await Promise.all([`${file}.1`, file].map((each) => readEnd(each, defaultMaxBytes * 2)));
  return parts.flatMap((part) => part.split('\n')).filter((line) => line.includes(text));
}

async function readEnd(path: string, mostBytes: number): Promise<string> {
  try {
    const file = await open(path, readOnly | noFollow);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return '';
      const end = Buffer.alloc(Math.min(stat.size, mostBytes));
      const { bytesRead } = await file.read({ buffer: end, position: stat.size - end.length });
      return end.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    // A picture without a past: that the log cannot be written is said elsewhere.
    return '';
  }
}
