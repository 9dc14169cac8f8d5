/**
 * The nouns of the whole program. Pure data: no buffer, promise, timer or handle. Times are milliseconds since the epoch
 * unless a name ends in `Ms`, which is a duration.
 */

import type { CodeFault } from './code-fault.js';

/** A function's name: the folder's, or the key in `functions` of the configuration. */
export type FunctionName = string;
/** The id of a cloud environment, as in `envs` of the configuration. */
export type EnvId = string;
/** SHA-256 over a function's packed content, 64 hex digits. Two equal ones mean: nothing to send. */
export type Fingerprint = string;

// ---------------------------------------------------------------- what the cloud says when it says no

/** The next step after a failure (docs/cloud-api.md, "Errors"). */
export type FailureClass =
  | 'token'
  | 'busy'
  | 'transient'
  | 'quota'
  | 'config'
  | 'function'
  | 'env'
  | 'missing'
  | 'unknown';

/**
 * Where a failure came from. `answer`: the API's own errcode or an environment's message. `http`: a status or a body that
 * is not the API's. `unreachable`: no connection was made, so nothing was received. `broken`: the connection ended
 * or timed out after the request may have been received. `deployment`: accepted, then UpdateFailed or CreateFailed.
 * `exists`: asked to create what is there. `token-source`: no token to send. `history`: nothing was sent, since the version to go back
 * to is not kept any more. `unexpected`: a bug of ours.
 * @internal
 */
export type FailureOrigin =
  | 'answer'
  | 'http'
  | 'unreachable'
  | 'broken'
  | 'deployment'
  | 'exists'
  | 'token-source'
  | 'history'
  | 'unexpected';

/**
 * One refusal or breakdown, as data. `message` is as it came, without the rid, with secrets redacted.
 * @internal
 */
export interface Failure {
  readonly class: FailureClass;
  readonly origin: FailureOrigin;
  /** The API's errcode; null where there was none (network, HTTP, a deployment, one environment's message). */
  readonly errcode: number | null;
  readonly httpStatus: number | null;
  readonly message: string;
  /** The vendor's request id, which its support asks for. */
  readonly rid: string | null;
  /** The time that the gateway asked us to wait (`Retry-After`), at most 5 minutes; else null. */
  readonly retryAfterMs: number | null;
}

// ---------------------------------------------------------------- what keeps content from being sent

/**
 * A packed file and its size, for naming the largest.
 * @internal
 */
export interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Why a function's content on disk cannot be sent. Relative paths are the function's own, with forward slashes.
 * @internal
 */
export type ContentProblem =
  | { readonly reason: 'no-entry'; readonly expected: readonly string[] }
  | {
      readonly reason: 'too-big';
      /** Of the base64 text of the zip, or of the unzipped files: whichever limit was passed. */
      readonly measure: 'base64' | 'unzipped';
      readonly size: number;
      readonly limit: number;
      readonly largest: readonly FileSize[];
    }
  | { readonly reason: 'bad-name'; readonly rule: NameRule; readonly env: EnvId | null }
  /** `code`: the system's, or one of ours. `target`: where a link leads that ends nowhere. */
  | { readonly reason: 'unreadable'; readonly path: string; readonly code: string; readonly target?: string }
  | { readonly reason: 'outside-link'; readonly path: string; readonly target: string }
  | { readonly reason: 'link-loop'; readonly path: string; readonly target: string }
  /** Two things want one place: two function folders of one name, or a shared folder and a function's own file. */
  | { readonly reason: 'clash'; readonly path: string; readonly other: string }
  /** `output`: the compiler's own lines, or what `fault` is about: a command, a folder, the expected files. */
  | { readonly reason: 'build-failed'; readonly fault: BuildFault; readonly output: string }
  /**
   * Something in `path` that must not leave this machine. `line` null: the file as a whole. `more`: further such files. `pattern`
   * in the ignore file `file` sends it all the same.
   */
  | {
      readonly reason: 'secret';
      readonly what: SecretKind;
      readonly path: string;
      /** From the project's folder, where `path` is the function's own. */
      readonly file: string;
      readonly line: number | null;
      readonly column: number | null;
      readonly more: number;
      readonly allow: { readonly pattern: string; readonly file: string };
    }
  /** It would not run in the cloud, and `onCannotRun` says to hold it. */
  | { readonly reason: 'cannot-run'; readonly fault: CodeFault }
  /** Its build needs an agreement that was not given. */
  | { readonly reason: 'untrusted' }
  | { readonly reason: 'root-gone'; readonly root: string }
  | { readonly reason: 'gone'; readonly dir: string };

/**
 * The fault of a build; `compiler`: it ran, and refused the sources.
 * @internal
 */
export type BuildFault =
  | 'compiler'
  | 'timed-out'
  | 'no-esbuild'
  | 'no-source'
  | 'no-output'
  /** It changes its own sources every time: `output` is the first of these. */
  | 'unsettled';

/**
 * A secret that is held rather than sent: a private key, or what a package registry takes for its owner.
 * @internal
 */
export type SecretKind = 'private-key' | 'registry-token';

/**
 * The cloud's rules for a function's name, each with its own words.
 * @internal
 */
export type NameRule = 'length' | 'characters' | 'start' | 'end' | 'with-env';

/**
 * The operation that git has begun in a repository and not finished: until then its files are none that anybody means to keep.
 * @internal
 */
export type GitOperation = 'rebase' | 'merge' | 'cherry-pick' | 'revert' | 'bisect';

/** Why a target that should be sent is not: `held.reason` (docs/configuration.md, "Reasons"). */
export type HoldReason =
  // A content's problems, named here again so that the package's types need not hold their details.
  | 'no-entry'
  | 'too-big'
  | 'bad-name'
  | 'unreadable'
  | 'outside-link'
  | 'link-loop'
  | 'clash'
  | 'build-failed'
  | 'cannot-run'
  | 'secret'
  | 'untrusted'
  | 'root-gone'
  | 'gone'
  | 'git-busy'
  | 'settling'
  | 'paused'
  | 'protected'
  | 'foreign'
  | 'token'
  | 'quota'
  | 'config'
  | 'offline'
  | 'refused'
  | 'unverified'
  | 'missing'
  | 'unlisted'
  | 'throttled'
  | 'building'
  | 'undone';

/**
 * A hold with what is needed to explain it. `global` ones concern every function alike and are reported once.
 * @internal
 */
export interface Hold {
  readonly reason: HoldReason;
  readonly scope: 'function' | 'target' | 'env' | 'global';
  readonly problem: ContentProblem | null;
  readonly failure: Failure | null;
  /**
   * For `foreign`: the cloud's mod_time of the other deployment. For `git-busy`: the operation that is running (`GitOperation`).
   * For `undone`: the fingerprint of the content that was gone back to. For `protected`: `asked` while a question to a person is
   * open; for `unlisted`: `asked` where the list decides whether there is one. Else null.
   */
  readonly subject: string | null;
  /** When it began, where most of its kind are over in a moment: worth reporting once it has lasted for 3 s. Else null. */
  readonly briefSince: number | null;
  /** The part that is held, where the code is not: that is live. */
  readonly part?: PartName;
}

// ---------------------------------------------------------------- what is watched and where it goes

/**
 * One function as discovery found it.
 * @internal
 */
export interface FunctionSpec {
  readonly name: FunctionName;
  /** The absolute folder. */
  readonly dir: string;
  /** The functions root that holds it, absolute. */
  readonly root: string;
  readonly envs: readonly EnvId[];
  /** The top folder of the git repository or worktree that holds it; null without git. */
  readonly repository: string | null;
  /** The files that are sent are made of sources first. */
  readonly built: boolean;
  /** Where it goes with the helper that proves which code answers; absent: nowhere. */
  readonly helperIn?: readonly EnvId[];
  /** The problems that discovery alone can see: a bad name, two folders of one name, a root that is gone. */
  readonly problem: ContentProblem | null;
}

/** @internal */
export interface EnvSpec {
  readonly id: EnvId;
  /** Matches `protectedEnvs`: nothing goes there without a consent. */
  readonly protected: boolean;
}

/**
 * The waits that the scheduler takes by itself; tests scale them together, users do not set them.
 * @internal
 */
export interface Waits {
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  readonly tokenRecheckMs: number;
  readonly quotaMs: number;
  /** When to look whether a deployment is done, counted from its acceptance. */
  readonly followAtMs: readonly number[];
  readonly followEveryMs: number;
  readonly followForMs: number;
  readonly followSlowlyMs: number;
  /** How long Active must have stood where a deployment cannot be distinguished from the one before it. */
  readonly settledActiveMs: number;
  readonly gitLockMs: number;
  readonly probeMs: number;
  /** A wait that is over within it is not worth reporting, and a request without an answer for so long holds no slot. */
  readonly briefMs: number;
  /** How long uploads wait for an environment's first list. */
  readonly firstListMs: number;
  /** How often a refusal of lists is put to the test. */
  readonly refusedListMs: number;
  /** How long the answer to a request of several environments is waited for, counted from its last byte. */
  readonly sharedAnswerMs: number;
  /** How often the cloud is asked what of the quotas is used. */
  readonly quotaAskMs: number;
  /** How long a request that broke may still be carried out. */
  readonly unsureMs: number;
}

/**
 * The settings that the scheduler reads of the configuration.
 * @internal
 */
export interface Settings {
  readonly concurrency: number;
  readonly requestsPerSecond: number;
  readonly envsPerRequest: number;
  readonly createMissing: boolean;
  readonly verify: boolean;
  readonly onForeignChange: 'warn' | 'hold';
  readonly waits: Waits;
}

/** The calls whose quota is asked for, by their paths: an upload, a creation, a look at what runs. */
export const meteredCalls = [
  '/componenttcb/batchuploadscfcode',
  '/componenttcb/batchuploadscf',
  '/componenttcb/getscflist',
] as const;
export type MeteredCall = (typeof meteredCalls)[number];

/**
 * The quota that the cloud publishes of a call, for everybody who calls it with this token's platform.
 * @internal
 */
export interface PublishedQuota {
  /** Calls a day; 0: not published. */
  readonly limit: number;
  /** Calls today. */
  readonly used: number;
  /** Calls that it takes a second; null: not published. */
  readonly perSecond: number | null;
}

/**
 * The records that the vendor kept of a request. Texts are redacted; null: it did not say.
 * @internal
 */
export interface KeptRequest {
  /** Milliseconds since the epoch. */
  readonly at: number | null;
  readonly ms: number | null;
  readonly url: string | null;
  readonly body: string | null;
  readonly answer: string | null;
  readonly address: string | null;
}

/**
 * A part of a function that goes to an environment after its code, in a request of its own: wanted and live like the code, and compared in the
 * same way.
 * @internal
 */
export type PartName = 'timers';
/** @internal */
export const partNames: readonly PartName[] = ['timers'];

/** Why content is sent: `pushing.cause`. */
export type Cause = 'startup' | 'change' | 'shared' | 'config' | 'found' | 'retry' | 'forced' | 'undo';

/**
 * A content that the cloud accepted and has not yet been seen to run.
 * @internal
 */
export interface Deployment {
  readonly fingerprint: Fingerprint;
  readonly acceptedAt: number;
  /** When the save that it carries was noticed; null when no save caused it. */
  readonly savedAt: number | null;
  /** The cloud's mod_time before the upload; null: the function was not there. */
  readonly modTimeBefore: string | null;
  /** Whether `modTimeBefore` can be relied on: not so where an earlier deployment was still going on. */
  readonly modTimeKnown: boolean;
  readonly sawUpdating: boolean;
  /** 5 minutes passed without an answer: followed on slowly. */
  readonly unverified: boolean;
}

/**
 * Somebody else deployed: their mod_time, and what was on our disk when it was seen or adopted.
 * @internal
 */
export interface ForeignCode {
  readonly modTime: string;
  readonly ours: Fingerprint;
  /** A person took it as it is. */
  readonly adopted: boolean;
  /** A person went back to this content in its place; null: to what is on disk, which was not known yet; absent: nobody did. */
  readonly replaceBy?: Fingerprint | null;
}

/**
 * A person went back to a content that ran there before. It is what the target should run until the disk holds something else than
 * it did then.
 * @internal
 */
export interface Undone {
  readonly fingerprint: Fingerprint;
  /** The content that the disk held: no other content than this one keeps it. null: that was not known yet; empty: nothing that could be sent. */
  readonly against: Fingerprint | null;
  /** It goes with the helper that proves which code answers; absent: as it is. */
  readonly dressed?: boolean;
}

/**
 * The facts that the ledger remembers of one target between runs. `live` null: not known, so it is sent again.
 * @internal
 */
export interface LedgerEntry {
  readonly function: FunctionName;
  readonly env: EnvId;
  /** An upload was on its way or about to be: after a crash nobody knows what the cloud holds. */
  readonly sending: boolean;
  readonly live: Fingerprint | null;
  readonly liveSince: number | null;
  readonly verified: boolean;
  readonly modTime: string | null;
  readonly deploying: Deployment | null;
  readonly foreign: ForeignCode | null;
  /** Until when an upload that broke may still be carried out. */
  readonly unsureUntil: number | null;
  /** A person went back to it; absent: nobody did. */
  readonly undone?: Undone;
  /** This project has sent to it, whatever came of it. */
  readonly sent: boolean;
  /** Since when the function's folder or the environment is gone; null: they are there. */
  readonly goneSince: number | null;
  /** It is gone, and a person does not want to hear of it; absent: nobody said so. */
  readonly dismissed?: boolean;
  /** The value that each part of it is known to have; absent: not known, so it is sent again. */
  readonly parts?: Readonly<Partial<Record<PartName, Fingerprint>>>;
  /** Until when a request for one of them that broke may still be carried out; absent: none may. */
  readonly partsUnsureUntil?: number;
}

/**
 * The entries of one function. Two pages that are the same object hold the same.
 * @internal
 */
export type LedgerPage = readonly LedgerEntry[];
