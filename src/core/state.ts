import type { Job } from '../model/event.js';
import type {
  Adrift,
  Cause,
  ContentProblem,
  Deployment,
  EnvId,
  EnvSpec,
  Failure,
  Fingerprint,
  FunctionName,
  FunctionSpec,
  GitOperation,
  LedgerEntry,
  Settings,
} from '../model/nouns.js';
import { Table } from './table.js';

/** The last failure of a target, kept until a success, another content or a person ends it. */
export interface TargetFailure {
  readonly failure: Failure;
  readonly fingerprint: Fingerprint;
  /** How often in a row; across contents where the gateway failed, of one content elsewhere. */
  readonly attempts: number;
  /** When to try again by itself; null: held until the content changes or somebody asks. */
  readonly retryAt: number | null;
  /** When this row of failures began. */
  readonly since: number;
  /** The whole request failed rather than this environment's part of it. */
  readonly wholeCall: boolean;
  /** Nobody knows which environment made the request fail: each goes alone from now on. */
  readonly alone: boolean;
  /** For a busy function: the cloud has said since that it is done. */
  readonly activeSeen: boolean;
}

/** One function in one environment. */
export interface TargetState {
  readonly env: EnvId;
  /** What the cloud is known to run; null: nothing, or not known. */
  readonly live: Fingerprint | null;
  readonly liveSince: number | null;
  readonly verified: boolean;
  readonly presence: 'unknown' | 'present' | 'missing';
  /** The cloud's mod_time of what we know to be ours; null: not known, so a foreign deployment cannot be told. */
  readonly modTime: string | null;
  /** The mod_time of the last listing, whoever's it is; null: none seen. */
  readonly seenModTime: string | null;
  /** This project has sent to it, now or in an earlier run, whatever came of it. */
  readonly sent: boolean;
  /** The id of the push that is on its way. */
  readonly inFlight: number | null;
  /** The id of an earlier push that is still on its way although others have been sent since: see overtake.ts. */
  readonly overtaken: number | null;
  /** What is on its way may have come before what it overtook: its acceptance says nothing. */
  readonly doubted: boolean;
  /** A push that broke and may still be carried out: see adrift.ts. */
  readonly adrift: Adrift | null;
  /** When the last push began or ended: a listing that began before it says nothing about it. */
  readonly pushedAt: number;
  readonly deploying: Deployment | null;
  readonly failed: TargetFailure | null;
  readonly foreign: { readonly modTime: string; readonly ours: Fingerprint } | null;
  readonly forced: boolean;
}

export interface FunctionState {
  readonly spec: FunctionSpec;
  /** What is on disk, as last scanned; null before the first scan. */
  readonly wanted: Fingerprint | null;
  /** When `wanted` last became what it is. */
  readonly wantedAt: number;
  /** The save that led to it, where one did. */
  readonly savedAt: number | null;
  readonly cause: Cause;
  readonly files: number;
  readonly bytes: number;
  /** Of the last zip that was sent; null before the first. */
  readonly zipBytes: number | null;
  readonly problem: ContentProblem | null;
  /** When the present burst of changes began; null when it is quiet. */
  readonly settlingSince: number | null;
  readonly scan: 'idle' | 'wanted' | 'running' | 'running-again';
  readonly scanFull: boolean;
  /** What the next scan's difference is to be put down to. */
  readonly scanCause: Cause;
  readonly scanSavedAt: number | null;
  readonly targets: ReadonlyMap<EnvId, TargetState>;
}

/** Failures that several functions met in one environment: from then on one request at a time feels its way. */
export interface Lane {
  readonly failing: readonly FunctionName[];
  readonly failures: number;
  readonly retryAt: number | null;
  readonly failure: Failure | null;
  /** Whole requests failed that carried it: it is kept apart from environments that nothing is wrong with. */
  readonly suspect: boolean;
  /** One of these took so long that no other environment is to share a request with it. */
  readonly slow: boolean;
}

export interface EnvState {
  readonly spec: EnvSpec;
  /** `unlisted`: not asked yet; `failed`: asked in vain; `refused`: may not be listed, so nothing can be verified. */
  readonly contact: 'unlisted' | 'listed' | 'failed' | 'refused';
  readonly contactSince: number;
  readonly listing: boolean;
  /** The last list that came held everything. */
  readonly listedWhole: boolean;
  /** When the last listing that was answered began. */
  readonly listedAt: number;
  readonly listFailures: number;
  readonly listRetryAt: number | null;
  readonly listFailure: Failure | null;
  readonly blocked: Failure | null;
  readonly lane: Lane;
}

export interface TokenState {
  /** `suspect`: refused by the cloud, to be read again; `rejected`: read again in vain. */
  readonly status: 'unread' | 'ready' | 'suspect' | 'rejected' | 'unavailable';
  readonly reading: boolean;
  /** Counts the values seen, so that a late refusal of an old one is not held against the new one. */
  readonly generation: number;
  readonly provenAt: number | null;
  /** When the cloud last took the token with an upload of the present burst; null until its first upload is answered. */
  readonly trustedAt: number | null;
  readonly readAt: number | null;
  readonly recheckAt: number | null;
  readonly renewAt: number | null;
  readonly expiresAt: number | null;
  readonly failure: Failure | null;
  readonly problem: string | null;
}

export interface Offline {
  readonly since: number;
  readonly detail: string;
  readonly probing: boolean;
  readonly probeAt: number;
}

/** A request that is on its way. */
export interface Request {
  readonly job: Job;
  readonly startedAt: number;
  readonly tokenGeneration: number;
  /** When its environments are asked one by one instead; null: not, or not any more. */
  readonly overtakeAt: number | null;
  readonly overtaken: boolean;
}

export interface State {
  readonly now: number;
  readonly settings: Settings;
  readonly functions: Table<FunctionName, FunctionState>;
  readonly envs: ReadonlyMap<EnvId, EnvState>;
  /** What the ledger held of functions that are not there now: they may come back. */
  readonly remembered: ReadonlyMap<FunctionName, readonly LedgerEntry[]>;
  readonly token: TokenState;
  readonly offline: Offline | null;
  readonly quota: { readonly failure: Failure; readonly until: number } | null;
  readonly configFailure: Failure | null;
  /** The gateway asked for peace until then (`Retry-After`). */
  readonly notBefore: number | null;
  readonly requests: ReadonlyMap<number, Request>;
  /** When the latest requests began, oldest first: at most as many as may begin in one window. */
  readonly sent: readonly number[];
  readonly nextId: number;
  /** Pushes begun; turns alternate between the newest and the oldest wish. */
  readonly turn: number;
  readonly git: ReadonlyMap<string, number>;
  /** What git has begun there and not finished, by repository. */
  readonly gitOperations: ReadonlyMap<string, GitOperation>;
  readonly paused: boolean;
  /** Nothing is sent to these before a person has answered; everything else goes on. */
  readonly asking: ReadonlySet<EnvId>;
  readonly stopping: boolean;
}

export const calmLane: Lane = {
  failing: [],
  failures: 0,
  retryAt: null,
  failure: null,
  suspect: false,
  slow: false,
};

export const unreadToken: TokenState = {
  status: 'unread',
  reading: false,
  generation: 0,
  provenAt: null,
  trustedAt: null,
  readAt: null,
  recheckAt: null,
  renewAt: null,
  expiresAt: null,
  failure: null,
  problem: null,
};

/** The state before the first `configured` event: nothing to do. */
export function emptyState(settings: Settings, now: number): State {
  return {
    now,
    settings,
    functions: Table.of([]),
    envs: new Map(),
    remembered: new Map(),
    token: unreadToken,
    offline: null,
    quota: null,
    configFailure: null,
    notBefore: null,
    requests: new Map(),
    sent: [],
    nextId: 1,
    turn: 0,
    git: new Map(),
    gitOperations: new Map(),
    paused: false,
    asking: new Set(),
    stopping: false,
  };
}

/** What the cloud runs, or will run once it has deployed what it accepted. */
export function headingOf(target: TargetState): Fingerprint | null {
  return target.deploying?.fingerprint ?? target.live;
}
