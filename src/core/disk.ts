/** The events of this machine: files change, grow quiet, and are read. */
import type { EventOf, ScanJob, ScanResult } from '../model/event.js';
import type { Cause, Fingerprint, ForeignCode, FunctionName, Undone } from '../model/nouns.js';
import { type FunctionState, headingOf, type Scan, type State, type TargetState, wantedIn } from './state.js';
import { updateFunction, updateFunctions } from './update.js';

export function reduceTouched(state: State, { functions }: EventOf<'touched'>): State {
  const touch = (fn: FunctionState): FunctionState =>
    fn.settlingSince === null ? { ...fn, settlingSince: state.now } : fn;
  return changeNamed(state, new Set(functions), touch);
}

export function reduceSettled(state: State, { functions }: EventOf<'settled'>): State {
  const settled = new Map(functions.map((each) => [each.function, each]));
  return changeNamed(state, new Set(settled.keys()), (fn) => {
    const how = settled.get(fn.spec.name);
    if (how === undefined) return fn;
    return { ...askForScan(fn, how, state.now), settlingSince: null, restless: how.capped };
  });
}

function changeNamed(
  state: State,
  names: ReadonlySet<FunctionName>,
  change: (fn: FunctionState) => FunctionState,
): State {
  return updateFunctions(state, (fn) => (names.has(fn.spec.name) ? change(fn) : fn));
}

/** Nothing to look at; a function that was just found has this before its first scan is asked for. */
export function idleScan(cause: Cause): Scan {
  return { since: null, running: null, wanted: false, full: false, cause, savedAt: null };
}

/** A wish for a scan. */
export interface ScanWish {
  readonly cause: Cause;
  readonly savedAt: number | null;
  readonly full: boolean;
}

/**
 * A scan that runs already may have read the old content: it is followed by another one. What discovery alone decides is not read,
 * so nobody would end the waiting for it.
 */
export function askForScan(
  fn: FunctionState,
  { cause, savedAt, full }: ScanWish,
  now: number,
): FunctionState {
  const { scan } = fn;
  if (fn.spec.problem !== null) return fn;
  const idle = scan.since === null;
  return {
    ...fn,
    scan: {
      since: scan.since ?? now,
      running: scan.running,
      wanted: true,
      full: full || (!idle && scan.full),
      cause,
      savedAt: savedAt ?? (idle ? null : scan.savedAt),
    },
  };
}

export function startScan(state: State, { id, function: name }: ScanJob): State {
  return updateFunction(state, name, (fn) => ({
    ...fn,
    scan: { ...fn.scan, since: state.now, running: id, wanted: false, full: false },
  }));
}

export function reduceScanEnded(state: State, { job, result }: EventOf<'scan-ended'>): State {
  return updateFunction(state, job.function, (fn) => {
    // Another one runs by now, or none: the function was taken out, and came back as another.
    if (fn.scan.running !== job.id) return fn;
    const { wanted } = fn.scan;
    const scan = { ...fn.scan, running: null, since: wanted ? state.now : null };
    return { ...applyScan(fn, result, state.now), scan };
  });
}

/** The content on disk, or why there is none to send. What discovery says of a folder that is gone outweighs a late scan. */
export function applyScan(fn: FunctionState, result: ScanResult, now: number): FunctionState {
  if (fn.spec.problem !== null) return fn;
  if (!result.ok) return { ...fn, problem: result.problem, targets: afterScan(fn, noContent, null) };
  const { files, bytes, fault = null, dressed = null, parts: wantedParts = fn.wantedParts } = result;
  const counted = { ...fn, problem: null, fault, files, bytes, wantedParts };
  const targets = afterScan(fn, result.fingerprint, dressed);
  if (result.fingerprint === fn.wanted && dressed === fn.dressed) return { ...counted, targets };
  return {
    ...counted,
    targets,
    wanted: result.fingerprint,
    dressed,
    wantedAt: now,
    savedAt: fn.scan.savedAt,
    cause: fn.scan.cause,
  };
}

/** In place of the fingerprint of a content that cannot be sent. */
const noContent = '';

/**
 * Content that was gone back to lasts as long as the disk holds the content that it held then, and a person's word for it lasts no
 * longer. Content that cannot be sent is no other content yet.
 */
function afterScan(
  fn: FunctionState,
  found: Fingerprint,
  dressed: Fingerprint | null,
): FunctionState['targets'] {
  if ([...fn.targets.values()].every(isUnasked)) return fn.targets;
  return new Map(
    [...fn.targets].map(([env, target]) => {
      const undone = undoneAfter(target, found, dressed);
      const isOver = undone === null && found !== noContent && isOvertaken(target, fn.wanted, found, dressed);
      const forced = isOver && target.forced?.cause === 'undo' ? null : target.forced;
      const foreign = foreignAfter(
        target,
        found === noContent ? null : wantedIn({ ...fn, wanted: found, dressed }, env),
      );
      return [env, { ...target, undone, forced, foreign }];
    }),
  );
}

function isUnasked({ undone, forced, foreign }: TargetState): boolean {
  return undone === null && forced?.cause !== 'undo' && foreign?.replaceBy !== null;
}

/** From here on it is known what a person wants in its place. */
function foreignAfter({ foreign }: TargetState, content: Fingerprint | null): ForeignCode | null {
  return foreign?.replaceBy === null ? { ...foreign, replaceBy: content } : foreign;
}

/** The content that a person asked for is another one by now, or runs there already. */
function isOvertaken(
  target: TargetState,
  asked: Fingerprint | null,
  found: Fingerprint,
  dressed: Fingerprint | null,
): boolean {
  if (asked !== null && found !== asked && dressed !== asked) return true;
  const heading = headingOf(target);
  return heading !== null && (heading === found || heading === dressed);
}

function undoneAfter(
  { undone }: TargetState,
  found: Fingerprint,
  dressed: Fingerprint | null,
): Undone | null {
  if (undone === null || undone.fingerprint === found || undone.fingerprint === dressed) return null;
  if (undone.against === null) return { ...undone, against: found };
  return undone.against === found || found === noContent ? undone : null;
}
