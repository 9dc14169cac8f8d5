/**
 * The last answers, in `.tcb-watch/answers`: of each function, environment and event the answer of the present content and that
 * of the content before. What cannot be read or written is as if it were not there: answers are then the first ones again.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Fingerprint } from '../model/nouns.js';
import { retriedWhileHeld } from '../system/held.js';
import { parseJson } from '../system/json.js';
import { noFollow, readOnly } from '../system/open-flags.js';

export interface AnswerPlace {
  readonly endpoint: string;
  readonly function: string;
  readonly env: string;
  /** Equal for equal questions: the answer to another one is nothing to compare with. */
  readonly question: string;
}

export interface AnswerStore {
  /**
   * Notes what this content answers.
   * @returns what the content before answered; null: that is not known
   */
  note(place: AnswerPlace, fingerprint: Fingerprint | null, comparable: string): Promise<string | null>;
}

/** Of one answer, in characters. What is longer is compared within the run alone. */
const longest = 64 * 1024;
/** Of a file, in bytes: two answers of which each character is an escape. A larger one is not ours. */
const largestFile = 1024 * 1024;
/** Files that are kept; the oldest go first. */
const mostFiles = 1000;
/** Answers that are kept in memory. */
const mostKept = 200;

const one = z.object({ fingerprint: z.string().nullable(), text: z.string() });
const file = z.object({ v: z.literal(1), now: one, before: one.nullable() });
type Kept = z.infer<typeof file>;

/** @param folder of the state; the folder of the answers is made in it when it is needed. null: nothing is kept on disk */
export function createAnswerStore(folder: string | null): AnswerStore {
  const answers = folder === null ? null : join(folder, 'answers');
  const kept = new Map<string, Kept>();
  let prepared: Promise<void> | null = null;
  const remember = (name: string, value: Kept): void => {
    kept.delete(name);
    kept.set(name, value);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  };
  return {
    async note({ endpoint, function: name, env, question }, fingerprint, comparable) {
      const key = createHash('sha256').update([endpoint, name, env, question].join('\0')).digest('hex');
      const path = answers === null ? null : join(answers, `${key.slice(0, 40)}.json`);
      const known = kept.get(key) ?? (path === null ? null : await read(path));
      const now = { fingerprint, text: comparable };
      const before = known === null ? null : known.now.fingerprint === fingerprint ? known.before : known.now;
      const next: Kept = { v: 1, now, before };
      const isNew = known?.now.text !== comparable || known.now.fingerprint !== fingerprint;
      remember(key, next);
      if (path !== null && answers !== null && isNew && comparable.length <= longest) {
        prepared ??= prepare(answers);
        await prepared;
        if (await write(path, next)) return before?.text ?? null;
        // Somebody may have removed the folder (`git clean -fdx` does).
        prepared = prepare(answers);
        await prepared;
        await write(path, next);
      }
      return before?.text ?? null;
    },
  };
}

/** Not waiting for somebody to write, should a pipe lie there. */
const readFlags = readOnly | noFollow;

async function read(path: string): Promise<Kept | null> {
  try {
    const handle = await open(path, readFlags);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size > largestFile) return null;
      return file.safeParse(parseJson(await handle.readFile('utf8'))).data ?? null;
    } finally {
      await handle.close();
    }
  } catch {
    return null; // there is none, or none that can be read
  }
}

/** @returns false: it could not be written, and the next answer is a first one again */
async function write(path: string, value: Kept): Promise<boolean> {
  try {
    if ((await lstat(path).catch(() => null))?.isSymbolicLink() === true) return true;
    const text = JSON.stringify(value);
    await retriedWhileHeld(() => writeFileAtomic(path, text, { mode: 0o600, fsync: false }));
    return true;
  } catch {
    return false;
  }
}

/** Makes the folder and removes the oldest of too many files. */
async function prepare(answers: string): Promise<void> {
  try {
    await mkdir(answers, { mode: 0o700, recursive: true });
    const names = (await readdir(answers)).filter((name) => name.endsWith('.json'));
    if (names.length <= mostFiles) return;
    const aged = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(answers, name))).mtimeMs })),
    );
    const oldest = aged.sort((a, b) => a.at - b.at).slice(0, names.length - mostFiles / 2);
    await Promise.all(oldest.map(({ name }) => rm(join(answers, name), { force: true })));
  } catch {
    // Writing says the same again.
  }
}
