/** The facts that are worth remembering between runs, and those that are taken up from them. */
import {
  type Deployment,
  type EnvId,
  type LedgerEntry,
  type LedgerPage,
  type PartName,
  partNames,
} from '../model/nouns.js';
import {
  type FunctionState,
  isChanging,
  isPartDue,
  knownParts,
  type State,
  type TargetState,
  wantedIn,
} from './state.js';

/** Every target's entry, those of functions and environments that are gone included: they may come back. */
export function ledgerOf(state: State): readonly LedgerEntry[] {
  return ledgerPages(state).flat();
}

/**
 * The same, function by function. What has not changed is the same object as before, so that whoever writes it down need not do so
 * again.
 */
export function ledgerPages(state: State): readonly LedgerPage[] {
  const pages = [...state.functions.values()].map((fn) => pageOf(state, fn));
  for (const entries of state.remembered.values()) {
    const absent = entries.filter((entry) => !isPresent(state, entry));
    if (absent.length === 0) continue;
    pages.push(absentPage(absent.length === entries.length ? entries : absent, state.now));
  }
  return pages;
}

const pages = new WeakMap<FunctionState, { readonly stopping: boolean; readonly page: LedgerPage }>();
const absentPages = new WeakMap<LedgerPage, LedgerPage>();

/** Kept with the very object, which never changes: of all that is known, little changes from one write to the next. */
function pageOf(state: State, fn: FunctionState): LedgerPage {
  const known = pages.get(fn);
  if (known !== undefined && known.stopping === state.stopping) return known.page;
  const page = [...fn.targets.values()].map((target) => entryOf(state, fn, target));
  pages.set(fn, { stopping: state.stopping, page });
  return page;
}

/** Those are gone from the first time on that they are missed. */
function absentPage(entries: LedgerPage, now: number): LedgerPage {
  const known = absentPages.get(entries);
  if (known !== undefined) return known;
  const page = entries.map((entry) => (entry.goneSince === null ? { ...entry, goneSince: now } : entry));
  absentPages.set(entries, page);
  return page;
}

/** Whether the state has the target that an entry is about. */
export function isPresent(state: State, entry: LedgerEntry): boolean {
  return state.functions.get(entry.function)?.targets.has(entry.env) === true;
}

/**
 * `sending` is noted from the first sign of a change on, so that it is on the disk before the request is on the wire: after
 * a crash the next start then knows too little rather than too much. A graceful stop sends nothing more.
 */
function entryOf(state: State, fn: FunctionState, target: TargetState): LedgerEntry {
  // Somebody else's code is not sent over before our content is seen to differ: a mark would only make a crash forget it.
  const isTheirs = target.foreign?.ours === wantedIn(fn, target.env);
  const willSend =
    !state.stopping && !isTheirs && isChanging(fn) && fn.wanted !== null && fn.problem === null;
  const { env, live, liveSince, verified, modTime, deploying, foreign, unsureUntil } = target;
  // The disk may not hear any more that it went.
  const sent = target.sent || target.inFlight !== null;
  const parts = liveParts(fn, target);
  const partsUntil = partsUnsureUntil(target);
  const isGone = fn.spec.problem?.reason === 'gone';
  return {
    function: fn.spec.name,
    env,
    sending: target.inFlight !== null || willSend,
    ...{ live, liveSince, verified, modTime, deploying, foreign, unsureUntil, sent },
    goneSince: isGone ? (target.goneSince ?? state.now) : null,
    dismissed: false,
    ...(target.undone === null ? {} : { undone: target.undone }),
    ...(parts === null ? {} : { parts }),
    ...(partsUntil === null ? {} : { partsUnsureUntil: partsUntil }),
  };
}

/** The parts that are as they should be; null: none is. */
function liveParts(fn: FunctionState, target: TargetState): NonNullable<LedgerEntry['parts']> | null {
  const isKnown = (part: PartName): boolean =>
    target.parts[part].live !== null && !isPartDue(fn, target, part);
  if (!partNames.some(isKnown)) return null;
  return Object.fromEntries(partNames.filter(isKnown).map((part) => [part, target.parts[part].live ?? '']));
}

/** For a request that is on its way: whoever takes the entry up counts from then on. */
const onItsWay = Number.MAX_SAFE_INTEGER;

/** Until when a request for a part may still be carried out. */
function partsUnsureUntil({ parts }: TargetState): number | null {
  let latest: number | null = null;
  for (const part of partNames) {
    const { inFlight, unsureUntil } = parts[part];
    const until = inFlight === null ? unsureUntil : onItsWay;
    if (until !== null) latest = Math.max(latest ?? until, until);
  }
  return latest;
}

/** The facts that are known of a target that is taken out now and may come back: only what is on the wire is in doubt. */
export function entryOfAbsent(state: State, fn: FunctionState, target: TargetState): LedgerEntry {
  const entry = entryOf({ ...state, stopping: true }, fn, target);
  return { ...entry, goneSince: entry.goneSince ?? state.now };
}

/** The ids of requests that are on their way to a target. */
export interface InFlight {
  readonly code: number | null;
  readonly parts: Readonly<Partial<Record<PartName, number>>>;
}

/** A target as the ledger has it. */
export function targetFrom(
  env: EnvId,
  entry: LedgerEntry | undefined,
  inFlight: InFlight,
  { now, settings }: State,
): TargetState {
  const known = entry === undefined || entry.sending ? null : entry;
  // A request that was on its way when the last run ended may arrive yet. The clock may have been set back between two runs.
  const unsure = entry?.sending === true ? Number.POSITIVE_INFINITY : (entry?.unsureUntil ?? null);
  const bounded = (until: number | null): number | null =>
    until === null ? null : Math.min(until, now + settings.waits.unsureMs);
  return {
    env,
    live: known?.live ?? null,
    liveSince: known?.liveSince ?? null,
    verified: known?.verified ?? false,
    presence: 'unknown',
    modTime: known?.modTime ?? null,
    seenModTime: known?.modTime ?? null,
    lookedAt: 0,
    sent: entry?.sent ?? false,
    inFlight: inFlight.code,
    unsureUntil: bounded(unsure),
    pushedAt: 0,
    deploying: begunBefore(now, known?.deploying ?? null),
    failed: null,
    foreign: known?.foreign ?? null,
    // Whatever is on its way: it is what a person said.
    undone: entry?.undone ?? null,
    forced: null,
    urgent: false,
    parts: knownParts(known?.parts ?? {}, bounded(entry?.partsUnsureUntil ?? null), inFlight.parts),
    goneSince: entry?.goneSince ?? null,
  };
}

/** A wait that began in times to come would not be followed until then. */
function begunBefore(now: number, deploying: Deployment | null): Deployment | null {
  if (deploying === null || deploying.acceptedAt <= now) return deploying;
  return { ...deploying, acceptedAt: now, savedAt: null };
}
