/** The nouns of builds. */

import type { SnapshotSource } from '../content/source.js';
import type { WalkedFile } from '../content/walk.js';
import type { BuildFault, FunctionName } from '../model/nouns.js';
import type { AgreedBuild } from './source.js';

/** A function that is built before it is sent. */
export interface BuildTask {
  readonly name: FunctionName;
  readonly build: AgreedBuild;
  /** The function's folder, absolute. */
  readonly dir: string;
  readonly projectFolder: string;
  /** Where the result goes, absolute. */
  readonly output: string;
  /** The sources that are built: the function's folder without what is ignored, and without the output. */
  readonly source: SnapshotSource;
  /** The oldest Node that it is to run on, as the cloud writes its version: 16.13. */
  readonly runtime: number;
  /** The variables that the program and the command see. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A build that is run now. */
export interface BuildRun extends BuildTask {
  /** The function's own files. */
  readonly files: readonly WalkedFile[];
}

export type BuildEnd =
  /** `inputs`: every file that the result was made of, absolute, as far as the compiler says. */
  | { readonly type: 'built'; readonly inputs: readonly string[] }
  | {
      readonly type: 'failed';
      readonly fault: BuildFault;
      readonly output: string;
      readonly inputs: readonly string[];
    }
  /** A source that cannot be read, or a result that cannot be kept. `path` from the function's folder. */
  | {
      readonly type: 'unreadable';
      readonly path: string;
      readonly code: string;
      readonly inputs: readonly string[];
    }
  | { readonly type: 'cancelled' };

/** The runtime that the cloud gives new functions (`Nodejs16.13` in getscflist's `runtime`); later ones run what is made for it. */
export const usualRuntime = 16.13;
