/**
 * The nouns of the whole program, and the one list of everything that can happen (`Event`) and everything that can
 * be done (`Job`). Pure data: no buffer, promise, timer or handle. Times are milliseconds since the epoch unless a name
 * ends in `Ms`, which is a duration.
 */

/** A function's name: the folder's, or the key in `functions` of the configuration. */
export type FunctionName = string;
/** The id of a cloud environment, as in `envs` of the configuration. */
export type EnvId = string;
/** SHA-256 over a function's packed content, 64 hex digits. Two equal ones mean: nothing to send. */
export type Fingerprint = string;

// ---------------------------------------------------------------- what the cloud says when it says no

/** What to do about a failure: see the table "Errors" of the README. */
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
 * `exists`: asked to create what is there. `token-source`: no token to send. `unexpected`: a bug of ours.
 */
export type FailureOrigin =
  | 'answer'
  | 'http'
  | 'unreachable'
  | 'broken'
  | 'deployment'
  | 'exists'
  | 'token-source'
  | 'unexpected';

/** One refusal or breakdown, as data. `message` is as it came, without the rid, with secrets redacted. */
export interface Failure {
  readonly class: FailureClass;
  readonly origin: FailureOrigin;
  /** The API's errcode; null where there was none (network, HTTP, a deployment, one environment's message). */
  readonly errcode: number | null;
  readonly httpStatus: number | null;
  readonly message: string;
  /** The vendor's request id, which its support asks for. */
  readonly rid: string | null;
  /** What the gateway asked us to wait (`Retry-After`), at most 5 minutes; else null. */
  readonly retryAfterMs: number | null;
}

// ---------------------------------------------------------------- what keeps content from being sent

/** A packed file and its size, for naming the largest. */
export interface FileSize {
  readonly path: string;
  readonly bytes: number;
}

/** Why a function's content on disk cannot be sent. Relative paths are the function's own, with forward slashes. */
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
  | { readonly reason: 'unreadable'; readonly path: string; readonly code: string }
  | { readonly reason: 'outside-link'; readonly path: string; readonly target: string }
  | { readonly reason: 'link-loop'; readonly path: string; readonly target: string }
  /** Two things want one place: two function folders of one name, or a shared folder and a function's own file. */
  | { readonly reason: 'clash'; readonly path: string; readonly other: string }
  /** `output`: the compiler's own lines, or what `fault` is about: a command, a folder, the expected files. */
  | { readonly reason: 'build-failed'; readonly fault: BuildFault; readonly output: string }
  | { readonly reason: 'root-gone'; readonly root: string }
  | { readonly reason: 'gone'; readonly dir: string };

/** What went wrong with a build; `compiler`: it ran, and refused the sources. */
export type BuildFault = 'compiler' | 'timed-out' | 'no-esbuild' | 'no-source' | 'no-output';

/** The cloud's rules for a function's name, each with its own words. */
export type NameRule = 'length' | 'characters' | 'start' | 'end' | 'with-env';

/** Why a target that should be sent is not: the contract's `held.reason`. */
export type HoldReason =
  | ContentProblem['reason']
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
  | 'missing';

/** A hold with what is needed to explain it. `global` ones concern every function alike and are told once. */
export interface Hold {
  readonly reason: HoldReason;
  readonly scope: 'function' | 'target' | 'env' | 'global';
  readonly problem: ContentProblem | null;
  readonly failure: Failure | null;
  /** For `foreign`: the cloud's mod_time of the other deployment. For `git-busy`: the repository. Else null. */
  readonly subject: string | null;
}

// ---------------------------------------------------------------- what is watched and where it goes

/** One function as discovery found it. */
export interface FunctionSpec {
  readonly name: FunctionName;
  /** The absolute folder. */
  readonly dir: string;
  /** The functions root that holds it, absolute. */
  readonly root: string;
  readonly envs: readonly EnvId[];
  /** The top folder of the git repository or worktree that holds it; null without git. */
  readonly repository: string | null;
  /** What discovery alone can see: a bad name, two folders of one name, a root that is gone. */
  readonly problem: ContentProblem | null;
}

export interface EnvSpec {
  readonly id: EnvId;
  /** Matches `protectedEnvs` and nobody has said yes to it yet. */
  readonly protected: boolean;
}

/** The waits that the scheduler takes by itself; tests scale them together, users do not set them. */
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
  /** How long Active must have stood where a deployment cannot be told from the one before it. */
  readonly settledActiveMs: number;
  readonly gitLockMs: number;
  readonly contactMs: number;
  readonly probeMs: number;
  readonly tokenProofMs: number;
}

/** What the scheduler reads of the configuration. */
export interface Settings {
  readonly concurrency: number;
  readonly requestsPerSecond: number;
  readonly envsPerRequest: number;
  readonly createMissing: boolean;
  readonly verify: boolean;
  readonly onForeignChange: 'warn' | 'hold';
  readonly waits: Waits;
}

/** Why content is sent: the contract's `pushing.cause`. */
export type Cause = 'startup' | 'change' | 'shared' | 'config' | 'found' | 'retry' | 'forced';

/** A content that the cloud accepted and has not yet been seen to run. */
export interface Deployment {
  readonly fingerprint: Fingerprint;
  readonly acceptedAt: number;
  /** When the save that it carries was noticed; null when no save led to it. */
  readonly savedAt: number | null;
  /** The cloud's mod_time before the upload; null: the function was not there. */
  readonly modTimeBefore: string | null;
  /** Whether `modTimeBefore` can be relied on: not so where an earlier deployment was still going on. */
  readonly modTimeKnown: boolean;
  readonly sawUpdating: boolean;
  /** 5 minutes passed without an answer: followed on slowly. */
  readonly unverified: boolean;
}

/** What the ledger remembers of one target between runs. `live` null: not known, so it is sent again. */
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
  /** Somebody else deployed since: their mod_time and what we had there. */
  readonly foreign: { readonly modTime: string; readonly ours: Fingerprint } | null;
}

// ---------------------------------------------------------------- what is done

export interface ScanJob {
  readonly type: 'scan';
  readonly function: FunctionName;
  /** Read every file again, whatever `stat` says. */
  readonly full: boolean;
}

export interface PushJob {
  readonly type: 'push';
  readonly id: number;
  readonly function: FunctionName;
  readonly envs: readonly EnvId[];
  readonly fingerprint: Fingerprint;
  readonly operation: 'update' | 'create';
  /** 1 for the first try of this content. */
  readonly attempt: number;
  readonly cause: Cause;
  readonly savedAt: number | null;
}

export interface ListJob {
  readonly type: 'list';
  readonly env: EnvId;
}

export interface TokenJob {
  readonly type: 'read-token';
}

/** Try to connect to the endpoint, sending nothing. */
export interface ProbeJob {
  readonly type: 'probe';
}

export type Job = ScanJob | PushJob | ListJob | TokenJob | ProbeJob;

// ---------------------------------------------------------------- what happens

/** The result of looking at a function's files: content to send, or why there is none. */
export type ScanResult =
  | {
      readonly ok: true;
      readonly fingerprint: Fingerprint;
      readonly files: number;
      readonly bytes: number;
      /** Relative paths whose content differs from the last scan's; empty at the first. */
      readonly changed: readonly string[];
    }
  | { readonly ok: false; readonly problem: ContentProblem };

/** How an upload ended. Environments in neither list were accepted. */
export type PushOutcome =
  | {
      readonly type: 'answered';
      readonly requestMs: number;
      readonly failures: readonly { readonly env: EnvId; readonly failure: Failure }[];
    }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** Nothing was sent: the content turned out not to be sendable, or the disk has moved on since the scan. */
  | { readonly type: 'not-sent'; readonly scan: ScanResult };

/** A row of getscflist, as far as it matters here. */
export interface CloudFunction {
  readonly name: FunctionName;
  readonly status: string;
  readonly modTime: string;
  readonly statusReason: string;
  /** As the cloud writes it (`Nodejs16.13`), where it does. */
  readonly runtime?: string;
}

export type ListOutcome =
  | { readonly ok: true; readonly functions: readonly CloudFunction[] }
  | { readonly ok: false; readonly failure: Failure };

export type TokenOutcome =
  | {
      readonly ok: true;
      /** The value differs from the one read before. */
      readonly changed: boolean;
      /** When to read again, because the source says that the token ends then; else null. */
      readonly renewAt: number | null;
      /** When the token ends, where the source says so. */
      readonly expiresAt: number | null;
    }
  | { readonly ok: false; readonly problem: string };

interface At {
  readonly at: number;
}

/** Everything that can happen. An event says what was seen; `reduce` alone decides what follows. */
export type Event = At &
  (
    | {
        readonly type: 'configured';
        readonly settings: Settings;
        readonly envs: readonly EnvSpec[];
        readonly functions: readonly FunctionSpec[];
        /** Only at the start. */
        readonly ledger: readonly LedgerEntry[];
        /** Endpoint or token source differ from before: forget what the cloud said. */
        readonly cloudChanged: boolean;
      }
    /** The roots were looked at again. */
    | { readonly type: 'discovered'; readonly functions: readonly FunctionSpec[] }
    /** Something happened in a function's files: wait for quiet. `cause` says whose files. */
    | { readonly type: 'touched'; readonly function: FunctionName }
    /** It has been quiet long enough: look at the files. */
    | {
        readonly type: 'settled';
        readonly function: FunctionName;
        readonly cause: Cause;
        readonly savedAt: number | null;
        readonly full: boolean;
      }
    | { readonly type: 'job-started'; readonly job: Job }
    | {
        readonly type: 'scan-ended';
        readonly job: ScanJob;
        readonly result: ScanResult;
      }
    /** The content is packed and goes onto the wire now. Sizes in bytes. */
    | {
        readonly type: 'push-sending';
        readonly job: PushJob;
        readonly zipBytes: number;
        readonly files: number;
      }
    | {
        readonly type: 'push-ended';
        readonly job: PushJob;
        readonly outcome: PushOutcome;
        /** A random number in [0, 1) for each use of the back-off. */
        readonly jitter: number;
      }
    | {
        readonly type: 'list-ended';
        readonly job: ListJob;
        readonly startedAt: number;
        readonly outcome: ListOutcome;
        readonly jitter: number;
      }
    | { readonly type: 'token-ended'; readonly job: TokenJob; readonly outcome: TokenOutcome }
    | {
        readonly type: 'probe-ended';
        readonly job: ProbeJob;
        readonly reachable: boolean;
        readonly detail: string;
      }
    /** The token's source looks different (a file was written): worth reading again. */
    | { readonly type: 'token-source-changed' }
    | { readonly type: 'git'; readonly repository: string; readonly busy: boolean }
    /** The clock jumped, as after sleep: nothing that was known of the network holds. */
    | { readonly type: 'woke' }
    /** A person asks: try again what failed (null: all of it). */
    | { readonly type: 'retry'; readonly function: FunctionName | null; readonly env: EnvId | null }
    /** A person asks: send even what is live (null: all of it). */
    | { readonly type: 'force'; readonly function: FunctionName | null; readonly env: EnvId | null }
    | { readonly type: 'pause'; readonly paused: boolean }
    /** A person is being asked before anything is sent; or has answered. */
    | { readonly type: 'ask'; readonly asking: boolean }
    | { readonly type: 'allow'; readonly envs: readonly EnvId[] }
    | { readonly type: 'stop' }
    /** Time passed and something may be due. */
    | { readonly type: 'tick' }
  );

/** The event of one type, for a handler's signature. */
export type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>;
