/** All that is known. Every fact has one place; what follows from facts is asked of `phase.ts`, `looks.ts` and `requests.ts`. */
import type { CodeFault } from '../model/code-fault.js';
import type { CloudFunction, ListJob, PartJob, PushJob, WantedParts } from '../model/event.js';
import {
  type Cause,
  type ContentProblem,
  type Deployment,
  type EnvId,
  type EnvSpec,
  type Failure,
  type Fingerprint,
  type ForeignCode,
  type FunctionName,
  type FunctionSpec,
  type GitOperation,
  type LedgerEntry,
  type MeteredCall,
  type PartName,
  type PublishedQuota,
  partNames,
  type Settings,
  type Undone,
} from '../model/nouns.js';
import { Table } from './table.js';

/** The last failure of a target, kept until a success, another content or a person ends it. */
export interface TargetFailure {
  readonly failure: Failure;
  readonly fingerprint: Fingerprint;
  /** How often in a row; across contents where the gateway failed, of one content elsewhere. */
  readonly attempts: number;
  /** When it is retried automatically; null: held until the content changes or somebody asks. */
  readonly retryAt: number | null;
  /** When this row of failures began. */
  readonly since: number;
  /** For a busy function: the cloud has said since that it is done. */
  readonly activeSeen: boolean;
}

/** A part of a target that follows its code: what is live, what is on its way, and how it failed last. */
export interface PartState {
  /** The content that was accepted last; null: not known. No call says what is there. */
  readonly live: Fingerprint | null;
  /** The id of the request that is on its way. */
  readonly inFlight: number | null;
  /** A request for it broke or was never answered: until then it may still be carried out, and what comes after it is sent again then. */
  readonly unsureUntil: number | null;
  readonly failed: TargetFailure | null;
}

export type Parts = Readonly<Record<PartName, PartState>>;

/** `id`: what it is revoked by. `cause`: what was asked for. */
export interface Forced {
  readonly id: string;
  readonly cause: 'forced' | 'undo';
}

/** One function in one environment. */
export interface TargetState {
  readonly env: EnvId;
  /** The content that the cloud is known to run; null: nothing, or not known. */
  readonly live: Fingerprint | null;
  readonly liveSince: number | null;
  readonly verified: boolean;
  readonly presence: 'unknown' | 'present' | 'missing';
  /** The cloud's mod_time of what we know to be ours; null: not known, so a foreign deployment cannot be recognised. */
  readonly modTime: string | null;
  /** The mod_time of the last listing, whoever's it is; null: none seen. */
  readonly seenModTime: string | null;
  /** When the last look at this function alone began: see `EnvState.listedAt` for looks at all. */
  readonly lookedAt: number;
  /** This project has sent to it, now or in an earlier run, whatever came of it. */
  readonly sent: boolean;
  /** The id of the push that is on its way. */
  readonly inFlight: number | null;
  /** A request for it broke or was never answered: until then it may still be carried out. */
  readonly unsureUntil: number | null;
  /** When the last push began or ended: a listing that began before it says nothing about it. */
  readonly pushedAt: number;
  readonly deploying: Deployment | null;
  readonly failed: TargetFailure | null;
  readonly foreign: ForeignCode | null;
  /** A person went back to it; null: it is to run what is on disk. */
  readonly undone: Undone | null;
  /** A person asked to send it even where it is live, and over somebody else's code; null: nobody did. */
  readonly forced: Forced | null;
  /** A person asked for it: it goes once, whatever keeps its environment or everything waiting. */
  readonly urgent: boolean;
  readonly parts: Parts;
  /** Since when the environment or the function was gone, as the ledger had it; null: it is there. */
  readonly goneSince: number | null;
}

export interface FunctionState {
  readonly spec: FunctionSpec;
  /** The content that is on disk, as last scanned; null before the first scan. */
  readonly wanted: Fingerprint | null;
  /** The same content with the helper that proves which code answers, where it goes along; null: it goes nowhere. */
  readonly dressed: Fingerprint | null;
  readonly wantedParts: WantedParts;
  /** When `wanted` last became what it is. */
  readonly wantedAt: number;
  /** The save that caused it, where one did. */
  readonly savedAt: number | null;
  readonly cause: Cause;
  readonly files: number;
  readonly bytes: number;
  /** Of the last zip that was sent; null before the first. */
  readonly zipBytes: number | null;
  readonly problem: ContentProblem | null;
  /** The fault that is sure to keep `wanted` from running in the cloud. */
  readonly fault: CodeFault | null;
  /** When the present burst of changes began; null when it is quiet. */
  readonly settlingSince: number | null;
  /** It was not quiet for as long as that may take: what was read of it does not wait for the end of the burst. */
  readonly restless: boolean;
  readonly scan: Scan;
  readonly targets: ReadonlyMap<EnvId, TargetState>;
}

/** Whether the files are to be looked at, or are being looked at, and what a difference is to be put down to. */
export interface Scan {
  /** When it was first asked for; null: there is nothing to look at. */
  readonly since: number | null;
  /** The id of the scan that runs. */
  readonly running: number | null;
  /** Another scan is wanted, after the one that runs. */
  readonly wanted: boolean;
  readonly full: boolean;
  readonly cause: Cause;
  readonly savedAt: number | null;
}

/**
 * Something is wrong with an environment, or with a request that carried it: it goes by itself, one request at a time, so
 * that it spoils nothing for the others. Its own acceptance ends it.
 */
export interface Apart {
  /** The only function that failed there; null: several did, or none by itself. */
  readonly by: FunctionName | null;
  /** Failures in a row since several functions failed there. */
  readonly failures: number;
  /** When the next request may go there. */
  readonly retryAt: number | null;
  readonly failure: Failure;
}

/** A list that is being read, page by page. */
export interface Listing {
  /** The page that is on its way; null: the next one is to be asked for. */
  readonly page: number | null;
  /** When the first page was asked for; for the first, when it became due. */
  readonly startedAt: number;
  readonly searchKey: FunctionName | null;
  readonly rows: ReadonlyMap<FunctionName, CloudFunction>;
  readonly offset: number;
  readonly pages: number;
}

export interface EnvState {
  readonly spec: EnvSpec;
  /** `unlisted`: no list has come yet; `refused`: may not be listed, so nothing can be verified. */
  readonly contact: 'unlisted' | 'listed' | 'refused';
  /** Since when its first list is waited for; null: not asked yet. */
  readonly askedSince: number | null;
  readonly listing: Listing | null;
  /** The last list that came held everything. */
  readonly listedWhole: boolean;
  /** The functions in it; null: no such list has come. */
  readonly listedNames: ReadonlySet<FunctionName> | null;
  /** When the last list of all functions that came began. */
  readonly listedAt: number;
  /** When a person last asked what it runs; null: never, or the configuration is another one. */
  readonly lookAskedAt: number | null;
  /** Requests that it took. */
  readonly pages: number;
  /** A function that a search did not find: nobody searches before a list has shown that it is not there. null: there is none. */
  readonly unfound: FunctionName | null;
  readonly listFailures: number;
  readonly listRetryAt: number | null;
  readonly listFailure: Failure | null;
  readonly blocked: Failure | null;
  readonly apart: Apart | null;
}

export interface TokenState {
  /** `suspect`: refused by the cloud, to be read again; `rejected`: read again in vain. */
  readonly status: 'unread' | 'ready' | 'suspect' | 'rejected' | 'unavailable';
  /** Since when `status` is what it is. */
  readonly since: number;
  /** The id of the job that reads it. */
  readonly reading: number | null;
  /** Counts the values seen, so that a late refusal of an old one is not held against the new one. */
  readonly generation: number;
  /** An answer has accepted this value: until then one request at a time is in flight. */
  readonly accepted: boolean;
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
  /** The id of the probe that is on its way. */
  readonly probing: number | null;
  readonly probeAt: number;
}

/** A request to the cloud that is on its way. */
export interface Request {
  readonly job: PushJob | PartJob | ListJob;
  readonly startedAt: number;
  readonly tokenGeneration: number;
  /** Of its body; before it is packed, of the function's files. */
  readonly bytes: number;
  /** When it went onto the wire; null: it is being packed. */
  readonly sentAt: number | null;
  /** When its last byte was written; null: not yet. */
  readonly writtenAt: number | null;
  /** When it is given up; null: it is answered, or ends by itself. */
  readonly answerBy: number | null;
}

/** The quota of a call when the cloud was asked. */
export interface QuotaSample {
  readonly quota: PublishedQuota;
  readonly at: number;
}

/** The facts that are known of a call's quota: see `quotas.ts`. */
export interface Meter {
  readonly dueAt: number;
  /** The id of the job that asks. */
  readonly asking: number | null;
  /** null: no answer has come. */
  readonly last: QuotaSample | null;
  /** An earlier one of the same day, to see how fast it is used up. */
  readonly earlier: QuotaSample | null;
  /** Why the last question had no answer; null: it had one, or there was none. */
  readonly failed: Failure | null;
}

/** A person's yes: see `consent.ts`. */
export interface Consent {
  readonly id: string;
  /** The protected environments that it opens. */
  readonly envs: ReadonlySet<EnvId>;
  /** The environments whose question it answers. */
  readonly answers: ReadonlySet<EnvId>;
  /** null: all. */
  readonly functions: ReadonlySet<FunctionName> | null;
}

export interface State {
  readonly now: number;
  readonly settings: Settings;
  readonly functions: Table<FunctionName, FunctionState>;
  readonly envs: ReadonlyMap<EnvId, EnvState>;
  /** The entries of the ledger for functions that are not there now: they may come back. */
  readonly remembered: ReadonlyMap<FunctionName, readonly LedgerEntry[]>;
  readonly token: TokenState;
  readonly offline: Offline | null;
  readonly quota: { readonly failure: Failure; readonly since: number; readonly until: number } | null;
  /** Empty: nobody wants to know. */
  readonly meters: ReadonlyMap<MeteredCall, Meter>;
  readonly configFailure: Failure | null;
  /** The gateway asked for peace (`Retry-After`). */
  readonly throttled: { readonly failure: Failure; readonly until: number } | null;
  readonly requests: ReadonlyMap<number, Request>;
  /** When the latest requests went onto the wire, oldest first. */
  readonly sent: readonly number[];
  /** Bytes per millisecond that the link took last, as far as it is known. */
  readonly linkSpeed: number;
  readonly nextId: number;
  /** Pushes begun; turns alternate between the newest and the oldest wish. */
  readonly turn: number;
  /** Pushes begun since the last request for a list. */
  readonly pushesSinceList: number;
  readonly git: ReadonlyMap<string, number>;
  /** The operation that git has begun there and not finished, by repository. */
  readonly gitOperations: ReadonlyMap<string, GitOperation>;
  readonly paused: boolean;
  /** Nothing is sent to these before a person has answered; everything else continues. */
  readonly asking: ReadonlySet<EnvId>;
  readonly consents: readonly Consent[];
  readonly stopping: boolean;
}

/** Bytes per millisecond that a link is taken to carry before anything is known: less than half a Mbit/s. */
export const cautiousLinkSpeed = 64;

export function unreadToken(now: number, generation: number): TokenState {
  return {
    status: 'unread',
    since: now,
    reading: null,
    generation,
    accepted: false,
    readAt: null,
    recheckAt: null,
    renewAt: null,
    expiresAt: null,
    failure: null,
    problem: null,
  };
}

/** The state before the first `configured` event: nothing to do. */
export function emptyState(settings: Settings, now: number): State {
  return {
    now,
    settings,
    functions: Table.of([]),
    envs: new Map(),
    remembered: new Map(),
    token: unreadToken(now, 0),
    offline: null,
    quota: null,
    meters: new Map(),
    configFailure: null,
    throttled: null,
    requests: new Map(),
    sent: [],
    linkSpeed: cautiousLinkSpeed,
    nextId: 1,
    turn: 0,
    pushesSinceList: 0,
    git: new Map(),
    gitOperations: new Map(),
    paused: false,
    asking: new Set(),
    consents: [],
    stopping: false,
  };
}

/** The content that the cloud runs, or will run once it has deployed what it accepted. */
export function headingOf(target: TargetState): Fingerprint | null {
  return target.deploying?.fingerprint ?? target.live;
}

/** The content that is on disk for an environment, with or without the helper. */
export function wantedIn(fn: FunctionState, env: EnvId): Fingerprint | null {
  const isDressed = fn.dressed !== null && fn.spec.helperIn?.includes(env) === true;
  return isDressed ? fn.dressed : fn.wanted;
}

/** Whether what is live there carries the helper that proves which code answers. */
export function carriesHelper(fn: FunctionState, { live, undone }: TargetState): boolean {
  if (live === null) return false;
  return live === fn.dressed || (live === undone?.fingerprint && undone.dressed === true);
}

/** The content that a target should run: the one on disk, or the one that a person went back to. null: not known. */
export function wantedOf(fn: FunctionState, { env, undone }: TargetState): Fingerprint | null {
  return undone === null ? wantedIn(fn, env) : undone.fingerprint;
}

/** The cloud runs, or is about to run, what it should. */
export function isUpToDate(fn: FunctionState, target: TargetState): boolean {
  const wanted = wantedOf(fn, target);
  // The content that was gone back to is not on disk, whatever is wrong there.
  const isSound = fn.problem === null || target.undone !== null;
  return isSound && wanted !== null && headingOf(target) === wanted && target.forced === null;
}

/** Somebody else's code runs there, a person took it as it is, and our own content has not changed since. */
export function isAdopted(fn: FunctionState, target: TargetState): boolean {
  const { env, foreign, undone } = target;
  if (undone !== null || isReplaced(fn, target)) return false;
  return foreign?.adopted === true && foreign.ours === wantedIn(fn, env);
}

/** A person asked for the content that is to be sent there, whoever's code it goes over. */
export function isReplaced(fn: FunctionState, target: TargetState): boolean {
  return target.forced !== null || isSaidOver(fn, target);
}

/** A person went back to the content that is to be sent, over somebody else's code. */
export function isSaidOver(fn: FunctionState, target: TargetState): boolean {
  const { foreign } = target;
  return foreign?.replaceBy !== undefined && foreign.replaceBy === wantedOf(fn, target);
}

/** Something happens in the function's files, or they are being read. */
export function isChanging(fn: FunctionState): boolean {
  return fn.settlingSince !== null || fn.scan.since !== null;
}

/** Its last scan does not count any more: the next one is coming. */
export function isSettling(fn: FunctionState): boolean {
  return fn.restless ? fn.scan.since !== null : isChanging(fn);
}

/** Something is wrong with the environment: it goes by itself. */
export function isApart({ envs }: State, env: EnvId): boolean {
  return (envs.get(env)?.apart ?? null) !== null;
}

const unknownPart: PartState = { live: null, inFlight: null, unsureUntil: null, failed: null };
export const noParts: Parts = { timers: unknownPart };

/**
 * @param unsureUntil until when a request that broke may still be carried out, whichever part it was for
 * @param inFlight the ids of requests that are on their way
 */
export function knownParts(
  live: Readonly<Partial<Record<PartName, Fingerprint>>>,
  unsureUntil: number | null,
  inFlight: Readonly<Partial<Record<PartName, number>>>,
): Parts {
  const { timers } = live;
  if (timers === undefined && unsureUntil === null && inFlight.timers === undefined) return noParts;
  return { timers: { ...unknownPart, live: timers ?? null, unsureUntil, inFlight: inFlight.timers ?? null } };
}

/**
 * The content that is to be brought is not the one that was accepted last. It follows only code that this project has sent: what somebody else deployed
 * stays as it is.
 */
export function isPartDue(fn: FunctionState, target: TargetState, part: PartName): boolean {
  return isPartSent(fn, target, part) && fn.wantedParts[part] !== target.parts[part].live;
}

function isPartSent(fn: FunctionState, { undone, sent }: TargetState, part: PartName): boolean {
  // The content that is on disk belongs to other code than the one that was gone back to.
  return undone === null && sent && fn.wantedParts[part] !== null;
}

/**
 * When what was accepted is to be brought once more, since a request that broke before it may have been carried out after it; null: it
 * stays.
 */
export function partAgainAt(fn: FunctionState, target: TargetState, part: PartName): number | null {
  return isPartSent(fn, target, part) ? target.parts[part].unsureUntil : null;
}

/** As they are, but for what was known to be live: it is brought again. */
export function unknownParts(parts: Parts): Parts {
  return mapParts(parts, (part) => ({ ...part, live: null, failed: null }));
}

export function withoutFailures(parts: Parts): Parts {
  const isCalm = partNames.every((name) => parts[name].failed === null);
  return isCalm ? parts : mapParts(parts, (part) => ({ ...part, failed: null }));
}

function mapParts(parts: Parts, change: (part: PartState) => PartState): Parts {
  return { ...parts, timers: change(parts.timers) };
}

/** No cloud has it, or may have it yet, and nobody asked for anything there: without its folder nothing is left of it. */
export function isNowhere({ targets }: FunctionState): boolean {
  return [...targets.values()].every(
    ({ presence, sent, inFlight, deploying, unsureUntil, undone, forced }) =>
      presence === 'missing' &&
      !sent &&
      [inFlight, deploying, unsureUntil, undone, forced].every((each) => each === null),
  );
}
