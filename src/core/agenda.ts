/**
 * What of a function is to be sent, looked at, or waited for. Made once for each `FunctionState`, which never changes: nearly always nearly
 * all functions are at peace, and every event asks.
 */
import { type PartName, partNames, type Settings } from '../model/nouns.js';
import {
  type FunctionState,
  isAdopted,
  isPartDue,
  isSettling,
  isUpToDate,
  type TargetState,
  wantedOf,
} from './state.js';

export interface Agenda {
  /** Nothing about it is to be sent, followed, read, waited for or reported. */
  readonly isAtPeace: boolean;
  /** Something of it is not up to date, and not on its way. */
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

function makeAgenda(fn: FunctionState, settings: Settings): Agenda {
  const targets = [...fn.targets.values()];
  return {
    isAtPeace: !isSettling(fn) && targets.every((target) => isCalm(fn, target)),
    isUnsent: targets.some(
      (target) => target.inFlight === null && !isUpToDate(fn, target) && !isAdopted(fn, target),
    ),
    isPartUnsent: targets.some((target) => partNames.some((part) => isUnsentPart(fn, target, part))),
    isUrgent: targets.some(({ urgent }) => urgent),
    watched: targets.filter((target) => isWatched(fn, target, settings)),
    times: [...timesOf(fn, targets, settings)],
  };
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
  return inFlight === null && failed === null && !isPartDue(fn, target, part);
}

function isUnsentPart(fn: FunctionState, target: TargetState, part: PartName): boolean {
  return target.parts[part].inFlight === null && isPartDue(fn, target, part);
}

/** What may keep a target on the list of those to look at: see `looks.ts`. */
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

function timesOf(
  fn: FunctionState,
  targets: readonly TargetState[],
  { waits, onForeignChange }: Settings,
): ReadonlySet<number> {
  const times = new Set<number>();
  if (isSettling(fn)) times.add((fn.settlingSince ?? fn.scan.since ?? 0) + waits.briefMs);
  if (onForeignChange === 'hold') times.add(fn.wantedAt + waits.briefMs);
  for (const { deploying, failed, parts } of targets) {
    for (const part of partNames)
      if (parts[part].failed?.retryAt != null) times.add(parts[part].failed.retryAt);
    if (deploying !== null) times.add(deploying.acceptedAt + waits.followForMs);
    if (failed?.retryAt != null) times.add(failed.retryAt).add(failed.since + waits.followForMs);
  }
  return times;
}
