/** The facts that a project that has no watch.config.json says about its functions by itself, as data. */

import type { ProjectNote } from '../model/project-note.js';

/** An environment's id. `written` is how the configuration should name it: the id, or `${NAME}` where a variable holds it. */
export interface FoundEnv {
  readonly written: string;
  readonly id: string;
  /** The file that names it, relative to the project. */
  readonly file: string;
}

/** The settings that a function needs in the configuration in addition to lying in a functions root. */
export interface FoundFunction {
  /** Relative to the project; null: the folder of its name in a functions root. */
  readonly dir: string | null;
  readonly ignore: readonly string[];
  readonly build: FoundBuild | null;
}

export type FoundBuild = 'esbuild' | { readonly command: string; readonly output: string };

/** Paths are relative to `folder`, with forward slashes; `.` is the folder itself. */
export interface FoundProject {
  /** Absolute. */
  readonly folder: string;
  /** The files that said something. */
  readonly files: readonly string[];
  readonly roots: readonly string[];
  readonly envs: readonly FoundEnv[];
  readonly ignore: readonly string[];
  /** Shared folder → the functions that carry it, `['*']` for all. */
  readonly shared: Readonly<Record<string, readonly string[]>>;
  readonly functions: Readonly<Record<string, FoundFunction>>;
  /** Every function's name, sorted. */
  readonly names: readonly string[];
  /** Functions that events are saved for, and their file: relative to the project. */
  readonly events: Readonly<Record<string, string>>;
  readonly notes: readonly ProjectNote[];
}

/** The statements of one of the project's own files, before it is looked at on the disk. */
export interface Statement {
  readonly file: string;
  readonly roots: readonly string[];
  readonly envs: readonly FoundEnv[];
  readonly ignore: readonly string[];
  readonly functions: Readonly<Record<string, FoundFunction>>;
  readonly notes: readonly ProjectNote[];
}
