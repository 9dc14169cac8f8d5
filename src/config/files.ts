import { lstat, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { ConfigProblem } from '../model/config-problem.js';
import { isOwnedByUsOrRoot } from '../system/owner.js';
import { notUtf8, readTextFile } from '../system/text-file.js';
import type { Variables } from './text.js';

export const CONFIG_NAME = 'watch.config.json';
/** The files of variables next to the configuration, the weaker one first. */
export const VARIABLE_FILES: readonly string[] = ['.env', '.env.local'];

type Found =
  | { readonly ok: true; readonly file: string }
  | { readonly ok: false; readonly problem: ConfigProblem };

/**
 * The configuration to read: the named one, else watch.config.json in the folder or the nearest one above. The search ends at
 * the top of a repository and at the home folder: what lies further up is another project's, or anybody's.
 */
export async function findConfigFile(named: string | undefined, from: string): Promise<Found> {
  if (named !== undefined) {
    const file = path.resolve(from, named);
    if (await exists(file)) return { ok: true, file };
    return { ok: false, problem: { kind: 'absent-config', path: '--config', at: null, file } };
  }
  const file = await findUpward(path.resolve(from));
  if (file !== null) return { ok: true, file };
  return { ok: false, problem: { kind: 'no-config', path: '$', at: null, from: path.resolve(from) } };
}

async function findUpward(folder: string): Promise<string | null> {
  const file = path.join(folder, CONFIG_NAME);
  if (await exists(file)) return file;
  const above = path.dirname(folder);
  const isTop = above === folder || folder === homedir() || (await exists(path.join(folder, '.git')));
  return isTop ? null : findUpward(above);
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** Whether this user or root owns the file, and the link that points to it. What cannot be looked at cannot be read either. */
async function isOurs(file: string): Promise<boolean> {
  const found = await Promise.allSettled([lstat(file), stat(file)]);
  return found.every((stats) => stats.status === 'rejected' || isOwnedByUsOrRoot(stats.value));
}

/** A file's text without a byte order mark; what keeps it from being read is reported at `place`. */
export async function readText(file: string, place: string): Promise<ReadText> {
  if (!(await isOurs(file)))
    return { ok: false, problem: { kind: 'foreign-owner', path: place, at: null, file } };
  const read = await readTextFile(file);
  if (read.ok) return read;
  // Other encodings, such as GBK, would turn every Chinese character into rubbish without a word.
  return read.code === notUtf8
    ? { ok: false, problem: { kind: 'not-utf8', path: place, at: null, file } }
    : { ok: false, problem: { kind: 'unreadable', path: place, at: null, file, code: read.code } };
}

export interface ReadVariables {
  /** The process environment over `.env.local` over `.env`. */
  readonly variables: Variables;
  /** The values that the files alone hold. */
  readonly written: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** The variables that a configuration in this folder sees. Files that are not there are none. */
export async function readVariables(folder: string, environment: Variables): Promise<ReadVariables> {
  const reads = await Promise.all(VARIABLE_FILES.map((name) => readText(path.join(folder, name), name)));
  const files = reads.map((read): Variables => (read.ok ? parseEnv(read.text) : {}));
  const layers: Variables[] = [...files, environment];
  const problems = reads
    .flatMap((read) => (read.ok ? [] : [read.problem]))
    .filter((problem) => !(problem.kind === 'unreadable' && problem.code === 'ENOENT'));
  const set = layers.flatMap((layer) => Object.entries(layer)).filter(([, value]) => value !== undefined);
  const written = files.flatMap((file) => Object.values(file)).filter((value) => value !== undefined);
  return { variables: Object.fromEntries(set), written, problems };
}
