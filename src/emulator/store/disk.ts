import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, type FunctionRecord, keyOf } from '../model.js';
import { isEnvId, isFunctionName } from '../names.js';
import { parseRecords, recordFound } from './records.js';
import type { Storage } from './storage.js';
import { createScratch, namesIn, readTree, removeTree, renamePath, writeTree } from './tree.js';

/** The one file of records, next to the environments' folders. */
const RECORDS_FILE = 'emulator.json';

/**
 * Keeps each function unpacked at `<folder>/<env>/<function>/`. Next to it stand, for moments, `.part-<function>` (being
 * written), `.new-<function>` (staged, complete) and `.old-<function>` (being replaced); function names start with a
 * letter, so none clashes. A deployment is accepted only once its content is complete and its record says so: whatever
 * kills the process, the next load finds all of the new content or all of the old.
 */
export function createDiskStorage(folder: string): Storage {
  const at = (env: string, name: string, kind: '' | '.part-' | '.new-' | '.old-' = ''): string =>
    join(folder, env, `${kind}${name}`);
  const databaseFile = (env: string): string => join(folder, `database-${env}.json`);
  const promote = async (env: string, name: string): Promise<void> => {
    const isReplaced = await isThere(at(env, name));
    if (isReplaced) {
      await removeTree(at(env, name, '.old-'));
      await renamePath(at(env, name), at(env, name, '.old-'));
    }
    try {
      await renamePath(at(env, name, '.new-'), at(env, name));
    } catch (error) {
      // The deployment fails, and what fails leaves the old code to run.
      if (isReplaced) await renamePath(at(env, name, '.old-'), at(env, name));
      throw error;
    }
    await removeTree(at(env, name, '.old-'));
  };
  const storage: Storage = {
    ...createScratch(() => join(folder, `.run-${process.pid}-`)),
    load: () => load(folder, storage),
    promote,
    stage: async (env, name, files) => {
      await removeTree(at(env, name, '.part-'));
      await removeTree(at(env, name, '.new-'));
      await writeTree(at(env, name, '.part-'), files);
      await renamePath(at(env, name, '.part-'), at(env, name, '.new-'));
    },
    discard: (env, name) => removeTree(at(env, name, '.new-')),
    read: async (env, name) => ((await isThere(at(env, name))) ? readTree(at(env, name)) : new Map()),
    remove: async (env, name) => {
      await removeTree(at(env, name));
      await removeTree(at(env, name, '.new-'));
    },
    save: (records) => saveRecords(folder, records),
    loadDatabase: (env) => readIfThere(databaseFile(env)),
    saveDatabase: async (env, text) => {
      await writeFile(`${databaseFile(env)}.part`, text);
      await renamePath(`${databaseFile(env)}.part`, databaseFile(env));
    },
  };
  return storage;
}

/** Records never change in place, so each is put into JSON once, however often all of them are saved. */
const lines = new WeakMap<FunctionRecord, string>();

function lineOf(record: FunctionRecord): string {
  const line = lines.get(record) ?? JSON.stringify(record);
  lines.set(record, line);
  return line;
}

async function saveRecords(folder: string, records: readonly FunctionRecord[]): Promise<void> {
  const part = join(folder, `${RECORDS_FILE}.part`);
  await writeFile(part, `{"v":1,"functions":[\n${records.map(lineOf).join(',\n')}\n]}\n`);
  await renamePath(part, join(folder, RECORDS_FILE));
}

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ENOENT';
  }
};

async function load(folder: string, storage: Storage): Promise<readonly FunctionRecord[]> {
  await mkdir(folder, { recursive: true });
  const known = new Map(
    (await readRecords(folder)).map((record) => [keyOf(record.env, record.name), record]),
  );
  const records: FunctionRecord[] = [];
  for (const { name: env, isFolder } of await namesIn(folder)) {
    if (isFolder && env.startsWith('.run-')) await removeTree(join(folder, env));
    if (!isFolder || !isEnvId(env)) continue;
    records.push(...(await loadEnv(folder, env, known, storage)));
  }
  await storage.save(records);
  return records;
}

/** A damaged file of records is set aside; the functions that lie there are taken as they are. */
async function readRecords(folder: string): Promise<readonly FunctionRecord[]> {
  const path = join(folder, RECORDS_FILE);
  const text = await readIfThere(path);
  const records = text === null ? [] : parseRecords(text);
  if (records !== null) return records;
  await renamePath(path, `${path}.damaged`);
  return [];
}

/** A file's text; null where there is none. Rejects with the system's error. */
async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function loadEnv(
  folder: string,
  env: string,
  known: ReadonlyMap<string, FunctionRecord>,
  storage: Storage,
): Promise<FunctionRecord[]> {
  const found = new Set((await namesIn(join(folder, env))).filter((n) => n.isFolder).map((n) => n.name));
  const failed = [...known.values()].filter((record) => record.env === env).map((record) => record.name);
  const names = new Set([...failed, ...[...found].map((name) => name.replace(/^\.(part|new|old)-/, ''))]);
  const records: FunctionRecord[] = [];
  for (const name of [...names].filter(isFunctionName)) {
    const record = await settle({ env, name, found, storage, folder, known: known.get(keyOf(env, name)) });
    if (record !== null) records.push(record);
  }
  // In the order in which they were made, as getscflist pages through them.
  return records.sort((a, b) => (a.addTime < b.addTime ? -1 : Number(a.addTime > b.addTime)));
}

interface Found {
  readonly env: string;
  readonly name: string;
  readonly found: ReadonlySet<string>;
  readonly known: FunctionRecord | undefined;
  readonly storage: Storage;
  readonly folder: string;
}

/** Finishes what the records say was accepted, reverts everything else, and says what the function is now. */
async function settle(what: Found): Promise<FunctionRecord | null> {
  const { env, name, found, known, storage, folder } = what;
  const place = (kind: string): string => join(folder, env, `${kind}${name}`);
  await removeTree(place('.part-'));
  const succeeds = known?.pending?.failure === null;
  if (succeeds && found.has(`.new-${name}`)) await storage.promote(env, name);
  // Killed between the two renames of a replacement that the records do not know of: the old content comes back.
  else if (!found.has(name) && found.has(`.old-${name}`)) await renamePath(place('.old-'), place(''));
  await removeTree(place('.old-'));
  await storage.discard(env, name);
  return recordFound(env, name, known, await isThere(place('')));
}
