/**
 * Reads texts that people and other tools write: configuration, variables, ignore files, tokens, events. Such a file may be a
 * pipe that a password manager fills, a folder, a device, huge, in another encoding, half written, or locked for a moment. No
 * reading hangs, and none takes a text for empty that is not.
 */

import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf } from './errno.js';
import { readOnly } from './open-flags.js';

/** The system's code (`ENOENT`, `EISDIR`, …), or one of ours, which no system uses. */
export type TextFileCode = string;

/** It is there, and is not UTF-8 text: UTF-16, GBK, binary. */
export const notUtf8 = 'NOTUTF8';
/** A device. */
const notFile = 'NOTFILE';
export const tooLarge = 'TOOLARGE';
/** A pipe into which nobody has written in time. */
export const noAnswer = 'NOANSWER';

export type TextRead =
  /** Without a byte order mark. */
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly code: TextFileCode };

function unread(code: TextFileCode): TextRead {
  return { ok: false, code };
}

export interface TextReadOptions {
  /** Larger files are not of the kind that is read here; 16 MiB by default. */
  readonly mostBytes?: number;
  /** How long a pipe is waited for, and how long a file that is locked for a moment, ms. */
  readonly pipeMs?: number;
  readonly lockedMs?: number;
  readonly signal?: AbortSignal;
}

const usualBytes = 16 * 1024 * 1024;
const usualPipeMs = 3000;
const usualLockedMs = 1000;
/** Between two looks into a pipe, and before the first new try for a locked file, ms; the latter doubles. */
const pollMs = 25;
/** Tries for a file that changes while it is read. */
const mostTries = 4;
const stepBytes = 64 * 1024;

/** An error that passes by itself: another program has it open, or this one has too many files open. */
const passing: ReadonlySet<string> = new Set([
  ...['EBUSY', 'EPERM', 'EACCES', 'ETXTBSY', 'EMFILE', 'ENFILE', 'EIO', 'EAGAIN', 'EINTR'],
]);

/** Whether a file that answers so may well answer otherwise in a moment. */
export function mayPass(code: TextFileCode): boolean {
  return passing.has(code);
}

/** Reads a whole text. Never rejects for what is on disk, and blocks none of the threads that others wait for. */
export async function readTextFile(file: string, options: TextReadOptions = {}): Promise<TextRead> {
  const { lockedMs = usualLockedMs, signal } = options;
  for (let [waited, wait] = [0, pollMs]; ; wait *= 2) {
    const read = await readOnce(file, options);
    if (read.ok || !mayPass(read.code) || waited >= lockedMs || signal?.aborted === true) return read;
    await pause(wait);
    waited += wait;
  }
}

/** The same for a plain file that is small and mostly not there: without leaving the thread. Anything else is not read. */
export function readTextFileSync(file: string, mostBytes: number = usualBytes): TextRead {
  try {
    const descriptor = openSync(file, readOnly);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) return unread(stats.isDirectory() ? 'EISDIR' : notFile);
      if (stats.size > mostBytes) return unread(tooLarge);
      return decodeText(readFileSync(descriptor));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return unread(errnoOf(error));
  }
}

/** UTF-8 without its byte order mark. Other encodings would turn into rubbish, or hide what they say, without a word. */
export function decodeText(bytes: Uint8Array): TextRead {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // UTF-16 of Latin letters is UTF-8 with a zero in every other place.
    return text.includes('\0') ? unread(notUtf8) : { ok: true, text };
  } catch {
    return unread(notUtf8);
  }
}

async function readOnce(file: string, options: TextReadOptions): Promise<TextRead> {
  try {
    const handle = await open(file, readOnly);
    try {
      return await readHandle(handle, options);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return unread(errnoOf(error));
  }
}

async function readHandle(handle: FileHandle, options: TextReadOptions): Promise<TextRead> {
  const stats = await handle.stat();
  if (stats.isDirectory()) return unread('EISDIR');
  if (stats.isFIFO() || stats.isSocket()) return readPipe(handle, options);
  if (!stats.isFile()) return unread(notFile);
  return readPlain(handle, stats, options.mostBytes ?? usualBytes);
}

async function readPlain(handle: FileHandle, first: Stats, mostBytes: number): Promise<TextRead> {
  let before = first;
  for (let tries = 1; ; tries += 1) {
    if (before.size > mostBytes) return unread(tooLarge);
    const bytes = await readFrom(handle, mostBytes);
    if (bytes === null) return unread(tooLarge);
    const after = await handle.stat();
    const isWhole =
      after.size === before.size && after.mtimeMs === before.mtimeMs && bytes.length === after.size;
    // Files of /proc say that they are empty, and are not.
    if (isWhole || after.size === 0 || tries >= mostTries) return decodeText(bytes);
    before = after;
    await pause(pollMs);
  }
}

/** From the beginning to the end; null: it is more than that. */
async function readFrom(handle: FileHandle, mostBytes: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  for (let length = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(stepBytes), 0, stepBytes, length);
    if (bytesRead === 0) return Buffer.concat(parts);
    length += bytesRead;
    if (length > mostBytes) return null;
    parts.push(buffer.subarray(0, bytesRead));
  }
}

/** Until its writer is done. Nobody has written and nobody is about to: read as its end, so it is asked again for a while. */
async function readPipe(
  handle: FileHandle,
  { mostBytes = usualBytes, pipeMs = usualPipeMs, signal }: TextReadOptions,
): Promise<TextRead> {
  const parts: Buffer[] = [];
  const until = performance.now() + pipeMs;
  for (let length = 0; ; ) {
    const part = await readSome(handle);
    if (part !== null && part.length > 0) {
      length += part.length;
      if (length > mostBytes) return unread(tooLarge);
      parts.push(part);
      continue;
    }
    if (part !== null && length > 0) return decodeText(Buffer.concat(parts));
    if (performance.now() >= until || signal?.aborted === true) return unread(noAnswer);
    await pause(pollMs);
  }
}

/** Empty: no writer has it open. null: one has, and has nothing to say yet. */
async function readSome(handle: FileHandle): Promise<Buffer | null> {
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(stepBytes), 0, stepBytes, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return null;
    throw error;
  }
}
