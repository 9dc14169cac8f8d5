/** The things that history keeps: versions of a function, and where each ran. Pure data; times are milliseconds since the epoch. */

import type { HashedFile } from '../content/fingerprint.js';
import type { EnvId, Fingerprint } from '../model/nouns.js';

/** A file of a version. */
export interface StoredFile extends HashedFile {
  /** Of its content, unzipped. */
  readonly size: number;
}

/** The state of the git repository that a version was sent from. */
export interface Commit {
  /** 40 or 64 hex digits. */
  readonly id: string;
  /** The function's folder held something that the commit does not; null: that is not known. */
  readonly dirty: boolean | null;
}

/** A content that was sent. */
export interface Version {
  /** Of what was sent. */
  readonly fingerprint: Fingerprint;
  /** Of the files: another one than `fingerprint` where they were sent with the helper (`proof/`). */
  readonly content: Fingerprint;
  /** When it was sent first. */
  readonly at: number;
  readonly zipBytes: number;
  /** Sorted by path. */
  readonly files: readonly StoredFile[];
  /** null: no repository, or none that could be read. */
  readonly commit: Commit | null;
}

/** The cause that ended a run: other code of ours, somebody else's deployment, or the function was gone there. */
export type RunEnd = 'replaced' | 'foreign' | 'missing';

/** A time during which an environment ran a content of ours. */
export interface Run {
  readonly env: EnvId;
  readonly fingerprint: Fingerprint;
  readonly from: number;
  /** null: it runs. */
  readonly to: number | null;
  readonly ended: RunEnd | null;
  /** A person went back to it. */
  readonly undo: boolean;
}

/** The facts that are known of one function at one endpoint. */
export interface FunctionHistory {
  /** The one sent last comes first. */
  readonly versions: readonly SentVersion[];
  /** The oldest comes first. */
  readonly runs: readonly Run[];
  /** Versions that were found damaged, and are of no use. */
  readonly damaged: number;
}

export interface SentVersion extends Version {
  /** When it was sent last. */
  readonly sentAt: number;
}
