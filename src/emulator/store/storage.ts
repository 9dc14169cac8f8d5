import { type FileMap, type FunctionRecord, keyOf } from '../model.js';
import type { Scratch } from './tree.js';

/**
 * Where functions' files and records lie. For each function there is what it runs and, while a deployment is under way,
 * what was staged. Every method rejects with the system's error when the disk refuses; calls for one function never
 * overlap (the caller sees to it).
 */
export interface Storage extends Scratch {
  /** The kept functions, with every interrupted deployment finished or reverted. */
  load(): Promise<readonly FunctionRecord[]>;
  /** Keeps content next to what runs. Once resolved, it outlives a kill. */
  stage(env: string, name: string, files: FileMap): Promise<void>;
  /** Makes the staged content the one that runs. */
  promote(env: string, name: string): Promise<void>;
  /** Forgets the staged content. */
  discard(env: string, name: string): Promise<void>;
  /** The content that the function runs; empty when it never ran. */
  read(env: string, name: string): Promise<FileMap>;
  remove(env: string, name: string): Promise<void>;
  /** Keeps all records. */
  save(records: readonly FunctionRecord[]): Promise<void>;
  /** The database of an environment as text; null where nothing was kept. */
  loadDatabase(env: string): Promise<string | null>;
  saveDatabase(env: string, text: string): Promise<void>;
}

/** Keeps everything in memory; only copies of functions to run touch the disk, in the system's temporary folder. */
export function createMemoryStorage(scratch: Scratch): Storage {
  const running = new Map<string, FileMap>();
  const staged = new Map<string, FileMap>();
  const databases = new Map<string, string>();
  return {
    ...scratch,
    loadDatabase: async (env) => databases.get(env) ?? null,
    saveDatabase: async (env, text) => void databases.set(env, text),
    load: async () => [],
    save: async () => undefined,
    stage: async (env, name, files) => {
      staged.set(keyOf(env, name), files);
    },
    promote: async (env, name) => {
      running.set(keyOf(env, name), staged.get(keyOf(env, name)) ?? new Map());
      staged.delete(keyOf(env, name));
    },
    discard: async (env, name) => {
      staged.delete(keyOf(env, name));
    },
    read: async (env, name) => running.get(keyOf(env, name)) ?? new Map(),
    remove: async (env, name) => {
      running.delete(keyOf(env, name));
      staged.delete(keyOf(env, name));
    },
  };
}
