/** The one list of everything that can happen (`Event`) and everything that can be done (`Job`). Pure data. */
import type { CodeFault } from './code-fault.js';
import type {
  Cause,
  ContentProblem,
  EnvId,
  EnvSpec,
  Failure,
  Fingerprint,
  FunctionName,
  FunctionSpec,
  GitOperation,
  LedgerEntry,
  MeteredCall,
  PartName,
  PublishedQuota,
  Settings,
} from './nouns.js';

// ---------------------------------------------------------------- what is done

/** Every job has an id of its own: an end that names another is an end of something that nobody waits for any more. */
export interface ScanJob {
  readonly type: 'scan';
  readonly id: number;
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
  /** The content is one that was sent before, and not what is on disk. */
  readonly isKept: boolean;
  readonly savedAt: number | null;
}

/** Brings one part of a function to environments that run its code. */
export interface PartJob {
  readonly type: 'part';
  readonly id: number;
  readonly part: PartName;
  readonly function: FunctionName;
  readonly envs: readonly EnvId[];
  readonly fingerprint: Fingerprint;
}

/** One page of what an environment runs. */
export interface ListJob {
  readonly type: 'list';
  readonly id: number;
  readonly env: EnvId;
  /** Rows to leave out: those of the pages before. */
  readonly offset: number;
  /** Only functions whose names contain it; null: all. */
  readonly searchKey: FunctionName | null;
}

export interface TokenJob {
  readonly type: 'read-token';
  readonly id: number;
}

/** Try to connect to the endpoint, sending nothing. */
export interface ProbeJob {
  readonly type: 'probe';
  readonly id: number;
}

/** Asks how much of a call's quota is used. */
export interface QuotaJob {
  readonly type: 'quota';
  readonly id: number;
  readonly call: MeteredCall;
}

export type Job = ScanJob | PushJob | PartJob | ListJob | TokenJob | ProbeJob | QuotaJob;

// ---------------------------------------------------------------- what happens

/** The result of looking at a function's files: content to send, or why there is none. */
export type ScanResult =
  | {
      readonly ok: true;
      readonly fingerprint: Fingerprint;
      /** Of what is sent where the helper goes along; null: the content goes everywhere as it is. */
      readonly dressed?: Fingerprint | null;
      readonly files: number;
      readonly bytes: number;
      /** Relative paths whose content differs from the last scan's; empty at the first. */
      readonly changed: readonly string[];
      /** The fault that is sure to keep it from running in the cloud; null: nothing was found, absent: nothing was looked for. */
      readonly fault?: CodeFault | null;
      /** The values that the function wants of its parts; absent: as before. */
      readonly parts?: WantedParts;
    }
  | { readonly ok: false; readonly problem: ContentProblem };

/** Null: nothing is to be brought. */
export type WantedParts = Readonly<Record<PartName, Fingerprint | null>>;

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

/** How a part's request ended. `not-sent`: the disk has moved on since it was read. */
export type PartOutcome =
  | Exclude<PushOutcome, { readonly type: 'not-sent' }>
  | { readonly type: 'not-sent'; readonly wanted: Fingerprint | null };

/** A row of getscflist, as far as it matters here. */
export interface CloudFunction {
  readonly name: FunctionName;
  readonly status: string;
  readonly modTime: string;
  readonly statusReason: string;
  /** The vendor's request id at the reason's end, where there is one. */
  readonly rid?: string;
  /** As the cloud writes it (`Nodejs16.13`), where it does. */
  readonly runtime?: string;
}

export type ListOutcome =
  | {
      readonly ok: true;
      /** The rows of this page. */
      readonly functions: readonly CloudFunction[];
      /** How many rows all pages have together, where the cloud says so. */
      readonly total: number | null;
    }
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

export type QuotaOutcome =
  | { readonly ok: true; readonly quota: PublishedQuota }
  | { readonly ok: false; readonly failure: Failure };

/** A function whose files have grown quiet. */
export interface Settled {
  readonly function: FunctionName;
  /** Whose files they were. */
  readonly cause: Cause;
  /** When it was saved; null where nobody knows. */
  readonly savedAt: number | null;
  /** Read every file again, whatever `stat` says. */
  readonly full: boolean;
  /** They were not quiet: the longest wait was over, and what they hold by now is to go out while they change. */
  readonly capped: boolean;
}

/** A function in some of its environments; `envs` null: in all. */
export interface MeantFunction {
  readonly function: FunctionName;
  readonly envs: readonly EnvId[] | null;
}

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
    /** The roots were rescanned. */
    | { readonly type: 'discovered'; readonly functions: readonly FunctionSpec[] }
    /** Something happened in these functions' files: wait for quiet. */
    | { readonly type: 'touched'; readonly functions: readonly FunctionName[] }
    /** It has been quiet long enough: look at the files. */
    | { readonly type: 'settled'; readonly functions: readonly Settled[] }
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
    /** The last byte of the request was written: from here on an answer is waited for. */
    | { readonly type: 'push-written'; readonly job: PushJob }
    | {
        readonly type: 'push-ended';
        readonly job: PushJob;
        readonly outcome: PushOutcome;
        /** A random number in [0, 1) for each use of the back-off. */
        readonly jitter: number;
      }
    | {
        readonly type: 'part-ended';
        readonly job: PartJob;
        readonly outcome: PartOutcome;
        readonly jitter: number;
      }
    | {
        readonly type: 'list-ended';
        readonly job: ListJob;
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
    | { readonly type: 'quota-ended'; readonly job: QuotaJob; readonly outcome: QuotaOutcome }
    /** The token's source looks different (a file was written): worth reading again. */
    | { readonly type: 'token-source-changed' }
    | {
        readonly type: 'git';
        readonly repository: string;
        readonly busy: boolean;
        /** Begun and not finished, whether git runs or not; absent: none. */
        readonly operation?: GitOperation | null;
      }
    /** The clock jumped, as after sleep: nothing that was known of the network holds. */
    | { readonly type: 'woke' }
    /** A person asks: retry what failed (null: all of it). */
    | { readonly type: 'retry'; readonly function: FunctionName | null; readonly env: EnvId | null }
    /** A person asks: send even what is live (null: all of it), until it is revoked by its id or was sent. */
    | {
        readonly type: 'force';
        readonly id: string;
        readonly function: FunctionName | null;
        readonly env: EnvId | null;
      }
    /** A person takes what somebody else deployed as it is, and wants to hear no more of functions that are gone. */
    | { readonly type: 'adopt'; readonly meant: readonly MeantFunction[] }
    /**
     * A person goes back: to a content that was sent before, or (null) to what is on disk. Somebody else's deployment is replaced until it
     * is revoked by its id.
     */
    | {
        readonly type: 'undo';
        readonly id: string;
        readonly function: FunctionName;
        /** `dressed`: it goes with the helper that proves which code answers. */
        readonly steps: readonly {
          readonly env: EnvId;
          readonly fingerprint: Fingerprint | null;
          readonly dressed?: boolean;
        }[];
      }
    | { readonly type: 'pause'; readonly paused: boolean }
    /** A person is to be asked before anything is sent to these environments, and to no others. */
    | { readonly type: 'ask'; readonly asking: readonly EnvId[] }
    /** A person says yes: to these environments, for these functions (null: all), until it is revoked by its id or the run ends. */
    | {
        readonly type: 'allow';
        readonly id: string;
        readonly envs: readonly EnvId[];
        readonly functions: readonly FunctionName[] | null;
      }
    /** The permissions and force that were given under this id end. */
    | { readonly type: 'revoke'; readonly id: string }
    /** Somebody is there to read how much of the quotas is used, from now on. */
    | { readonly type: 'ask-quotas' }
    /** A function is called with a saved event, now: a request like any other. */
    | { readonly type: 'called' }
    | { readonly type: 'stop' }
    /** Time passed and something may be due. */
    | { readonly type: 'tick' }
  );

/** The event of one type, for a handler's signature. */
export type EventOf<T extends Event['type']> = Extract<Event, { readonly type: T }>;
