/**
 * The targets that are to be sent, looked at, or waited for: of a function, and of a slice of functions. Made once for each `FunctionState` and each slice,
 * which never change: nearly always nearly all functions are at peace, and every event asks.
 */
import { type PartName, partNames, type Settings } from '../model/nouns.js';
import {
  type FunctionState,
  isAdopted,
  isPartDue,
  isSettling,
  isUpToDate,
  partAgainAt,
  type State,
  type TargetState,
  wantedOf,
} from './state.js';

export interface Agenda {
  /** Nothing about it is to be sent, followed, read, waited for or reported. */
  readonly isAtPeace: boolean;
  /** Something of it is not up to date, not on its way, and may be sent as far as its files are concerned. */
  readonly isUnsent: boolean;
  /** A part of it is to be brought to a target, and not on its way. */
  readonly isPartUnsent: boolean;
  /** Some of that a person asked for. */
  readonly isUrgent: boolean;
  /** Targets that may have to be looked at. */
  readonly watched: readonly TargetState[];
  /** When one of its phases may end for a reason of its own. What all share, and what depends on when somebody looked, is not in it. */
  readonly times: readonly number[];
}

/** The same of a slice of functions: which of them have something to do, in their order. */
export interface SliceAgenda {
  /** Their files are to be read, or being read. */
  readonly reading: readonly FunctionState[];
  readonly unsent: readonly FunctionState[];
  readonly partsUnsent: readonly FunctionState[];
  readonly watched: readonly Watched[];
  /** Those of which it is to be seen what a request that broke has done. */
  readonly unsure: readonly TargetState[];
  readonly times: ReadonlySet<number>;
}

export interface Watched {
  readonly fn: FunctionState;
  readonly target: TargetState;
}

const sliceAgendas = new WeakMap<readonly FunctionState[], SliceAgenda>();

/** The agendas of all functions, slice by slice: after an event that of one slice is made again. */
export function agendasOf({ functions, settings }: State): readonly SliceAgenda[] {
  return functions.slices.map((slice) => {
    const known = sliceAgendas.get(slice);
    if (known !== undefined) return known;
    const agenda = makeSliceAgenda(slice, settings);
    sliceAgendas.set(slice, agenda);
    return agenda;
  });
}

function makeSliceAgenda(slice: readonly FunctionState[], settings: Settings): SliceAgenda {
  const reading: FunctionState[] = [];
  const unsent: FunctionState[] = [];
  const partsUnsent: FunctionState[] = [];
  const watched: Watched[] = [];
  const times = new Set<number>();
  for (const fn of slice) {
    const agenda = agendaOf(fn, settings);
    if (fn.scan.since !== null) reading.push(fn);
    if (agenda.isUnsent) unsent.push(fn);
    if (agenda.isPartUnsent) partsUnsent.push(fn);
    for (const target of agenda.watched) watched.push({ fn, target });
    for (const at of agenda.times) times.add(at);
  }
  const unsure = watched.map(({ target }) => target).filter(({ unsureUntil }) => unsureUntil !== null);
  return { reading, unsent, partsUnsent, watched, unsure, times };
}

const agendas = new WeakMap<FunctionState, Agenda>();

/** Whatever changes the settings makes every function again, so they are the same for as long as the function is. */
export function agendaOf(fn: FunctionState, settings: Settings): Agenda {
  const known = agendas.get(fn);
  if (known !== undefined) return known;
  const agenda = makeAgenda(fn, settings);
  agendas.set(fn, agenda);
  return agenda;
}

export function isAtPeace(fn: FunctionState, settings: Settings): boolean {
  return agendaOf(fn, settings).isAtPeace;
}

/** In one pass: at a start, and where the configuration is another one, it is made for all functions at once. */
function makeAgenda(fn: FunctionState, settings: Settings): Agenda {
  const agenda = { isAtPeace: !isSettling(fn), isUnsent: false, isPartUnsent: false, isUrgent: false };
  const watched: TargetState[] = [];
  for (const target of fn.targets.values()) {
    agenda.isAtPeace &&= isCalm(fn, target);
    agenda.isUnsent ||= isUnsent(fn, target);
    agenda.isPartUnsent ||= partNames.some((part) => isUnsentPart(fn, target, part));
    agenda.isUrgent ||= target.urgent;
    if (isWatched(fn, target, settings)) watched.push(target);
  }
  return { ...agenda, watched, times: [...timesOf(fn, settings)] };
}

/** While its files are read only what was gone back to can be sent: of a thousand functions at a start nearly all are read. */
function isUnsent(fn: FunctionState, target: TargetState): boolean {
  if (target.inFlight !== null || (target.undone === null && isSettling(fn))) return false;
  return !isUpToDate(fn, target) && !isAdopted(fn, target);
}

function isCalm(fn: FunctionState, target: TargetState): boolean {
  const { inFlight, deploying, failed, unsureUntil, presence, undone } = target;
  if (undone !== null || inFlight !== null || deploying !== null || failed !== null || unsureUntil !== null)
    return false;
  if (isAdopted(fn, target)) return fn.problem === null;
  return (
    presence !== 'missing' &&
    isUpToDate(fn, target) &&
    partNames.every((part) => isCalmPart(fn, target, part))
  );
}

function isCalmPart(fn: FunctionState, target: TargetState, part: PartName): boolean {
  const { inFlight, failed } = target.parts[part];
  return inFlight === null && failed === null && !mayBeDue(fn, target, part);
}

function isUnsentPart(fn: FunctionState, target: TargetState, part: PartName): boolean {
  return target.parts[part].inFlight === null && mayBeDue(fn, target, part);
}

/** It is, or will be when what broke can no longer be carried out. */
function mayBeDue(fn: FunctionState, target: TargetState, part: PartName): boolean {
  return isPartDue(fn, target, part) || partAgainAt(fn, target, part) !== null;
}

/** The states that may keep a target on the list of those to look at: see `looks.ts`. */
function isWatched(fn: FunctionState, target: TargetState, settings: Settings): boolean {
  const { inFlight, deploying, failed, unsureUntil, presence, modTime, foreign } = target;
  if (inFlight !== null) return false;
  if (deploying !== null || unsureUntil !== null) return true;
  if (presence === 'missing' && !settings.createMissing) return true;
  if (failed !== null && failed.failure.class === 'busy' && !failed.activeSeen) return true;
  if (modTime === null || foreign !== null) return false;
  return (
    fn.settlingSince !== null || (settings.onForeignChange === 'hold' && wantedOf(fn, target) !== target.live)
  );
}

function timesOf(fn: FunctionState, { waits, onForeignChange }: Settings): ReadonlySet<number> {
  const times = new Set<number>();
  if (isSettling(fn)) times.add((fn.settlingSince ?? fn.scan.since ?? 0) + waits.briefMs);
  if (onForeignChange === 'hold') times.add(fn.wantedAt + waits.briefMs);
  for (const { deploying, failed, parts } of fn.targets.values()) {
    for (const part of partNames) {
      const { failed: partFailed, unsureUntil } = parts[part];
      if (partFailed?.retryAt != null) times.add(partFailed.retryAt);
      if (unsureUntil !== null) times.add(unsureUntil);
    }
    if (deploying !== null) times.add(deploying.acceptedAt + waits.followForMs);
    if (failed?.retryAt != null) times.add(failed.retryAt).add(failed.since + waits.followForMs);
  }
  return times;
}
