/** What is watched and where it goes: the configuration, and what discovery finds in the roots. */

import type { EventOf } from '../model/event.js';
import type {
  Adrift,
  Cause,
  Deployment,
  EnvId,
  EnvSpec,
  FunctionName,
  FunctionSpec,
  LedgerEntry,
} from '../model/nouns.js';
import { entryOf, isInDoubt, isOnItsWay, isPresent } from './ledger.js';
import { askForScan } from './reduce-local.js';
import {
  calmLane,
  type EnvState,
  type FunctionState,
  type State,
  type TargetState,
  unreadToken,
} from './state.js';
import { Table } from './table.js';
import { withFunction } from './update.js';

/**
 * A configuration took effect. What is known of targets that stay is kept; the ledger fills in the others. Every function
 * is scanned again, since ignore rules may differ.
 */
export function reduceConfigured(before: State, event: EventOf<'configured'>): State {
  const first = before.envs.size === 0 && before.functions.size === 0;
  const base = event.cloudChanged && !first ? forgetCloud(before) : before;
  const remembered = groupEntries([...rememberedEntries(base), ...event.ledger]);
  const envs = new Map(event.envs.map((spec) => [spec.id, mergeEnv(base, spec)]));
  const state: State = {
    ...base,
    settings: event.settings,
    envs,
    functions: Table.of([]),
    remembered,
    configFailure: null,
  };
  const cause = first ? 'startup' : 'config';
  const named = event.functions.map((spec) => [spec.name, functionFor(state, base, spec, cause)] as const);
  return { ...state, functions: Table.of(named) };
}

/** @param base what was known of it before */
function functionFor(state: State, base: State, spec: FunctionSpec, cause: Cause): FunctionState {
  const known = base.functions.get(spec.name);
  const entries = state.remembered.get(spec.name) ?? [];
  const fn = known ?? newFunction(spec, cause, state.now);
  const targets = targetsFor(spec, state, fn, entries);
  // What goes to a new environment goes there because of the configuration, though the content stays the same.
  const widened = [...targets.keys()].some((env) => !fn.targets.has(env));
  const why = widened ? { cause, savedAt: null } : { cause: fn.cause };
  const next = { ...fn, spec, targets, problem: spec.problem, ...why };
  return askForScan(next, cause, null, false);
}

/** Another endpoint or token: what the cloud said before says nothing about this one. */
function forgetCloud(state: State): State {
  return {
    ...state,
    functions: Table.of([]),
    envs: new Map(),
    remembered: new Map(),
    requests: new Map(),
    token: { ...unreadToken, generation: state.token.generation + 1 },
    offline: null,
    quota: null,
    notBefore: null,
  };
}

/** What is known of targets that may go now and come back. Unlike after a crash, only what is on the wire is in doubt. */
function rememberedEntries(state: State): LedgerEntry[] {
  const gone = [...state.remembered.values()].flat().filter((entry) => !isPresent(state, entry));
  const present = [...state.functions.values()].flatMap((fn) =>
    [...fn.targets.values()].map((target) => ({
      ...entryOf(fn, target),
      sending: isOnItsWay(target) || isInDoubt(target),
    })),
  );
  return [...gone, ...present];
}

function groupEntries(entries: readonly LedgerEntry[]): ReadonlyMap<FunctionName, readonly LedgerEntry[]> {
  const groups = new Map<FunctionName, LedgerEntry[]>();
  for (const entry of entries) {
    const others = (groups.get(entry.function) ?? []).filter((other) => other.env !== entry.env);
    groups.set(entry.function, [...others, entry]);
  }
  return groups;
}

function mergeEnv(state: State, spec: EnvSpec): EnvState {
  const known = state.envs.get(spec.id);
  if (known === undefined) return newEnv(spec, state.now);
  const stillProtected = spec.protected && known.spec.protected;
  return { ...known, spec: { ...spec, protected: stillProtected }, blocked: null };
}

function newEnv(spec: EnvSpec, now: number): EnvState {
  return {
    spec,
    contact: 'unlisted',
    contactSince: now,
    listing: false,
    listedWhole: true,
    listedAt: 0,
    listFailures: 0,
    listRetryAt: null,
    listFailure: null,
    blocked: null,
    lane: calmLane,
  };
}

function newFunction(spec: FunctionSpec, cause: Cause, now: number): FunctionState {
  return {
    spec,
    wanted: null,
    wantedAt: now,
    savedAt: null,
    cause,
    files: 0,
    bytes: 0,
    zipBytes: null,
    problem: spec.problem,
    settlingSince: null,
    scan: 'idle',
    scanFull: false,
    scanCause: cause,
    scanSavedAt: null,
    targets: new Map(),
  };
}

function targetsFor(
  spec: FunctionSpec,
  state: State,
  fn: FunctionState,
  entries: readonly LedgerEntry[],
): ReadonlyMap<EnvId, TargetState> {
  const targets = new Map<EnvId, TargetState>();
  for (const env of spec.envs) {
    if (!state.envs.has(env)) continue;
    const entry = entries.find((candidate) => candidate.env === env);
    targets.set(
      env,
      fn.targets.get(env) ?? newTarget(env, entry, pushesUnderWay(state, spec.name, env), state.now),
    );
  }
  return targets;
}

/** A target may be taken out and put back while a request is on its way there: it must not be sent twice at once. */
function pushesUnderWay(
  state: State,
  name: FunctionName,
  env: EnvId,
): Pick<TargetState, 'inFlight' | 'overtaken'> {
  const idOf = (isOvertaken: boolean): number | null => {
    for (const { job, overtaken } of state.requests.values()) {
      if (job.type !== 'push' || job.function !== name || overtaken !== isOvertaken) continue;
      if (job.envs.includes(env)) return job.id;
    }
    return null;
  };
  return { inFlight: idOf(false), overtaken: idOf(true) };
}

function newTarget(
  env: EnvId,
  entry: LedgerEntry | undefined,
  underWay: Pick<TargetState, 'inFlight' | 'overtaken'>,
  now: number,
): TargetState {
  const known = entry === undefined || entry.sending ? null : entry;
  return {
    env,
    live: known?.live ?? null,
    liveSince: known?.liveSince ?? null,
    verified: known?.verified ?? false,
    presence: 'unknown',
    modTime: known?.modTime ?? null,
    seenModTime: known?.modTime ?? null,
    sent: entry !== undefined && wasSent(entry),
    ...underWay,
    doubted: false,
    // What was on its way when the last run ended may arrive yet.
    adrift:
      entry?.sending === true ? { fingerprint: null, since: now } : brokenBefore(now, entry?.adrift ?? null),
    pushedAt: 0,
    deploying: begunBefore(now, known?.deploying ?? null),
    failed: null,
    foreign: known?.foreign ?? null,
    forced: false,
  };
}

function wasSent({ sending, live, deploying, foreign }: LedgerEntry): boolean {
  return sending || live !== null || deploying !== null || foreign !== null;
}

/** The clock may have been set back between two runs: what began in times to come would not be followed until then. */
function begunBefore(now: number, deploying: Deployment | null): Deployment | null {
  if (deploying === null || deploying.acceptedAt <= now) return deploying;
  return { ...deploying, acceptedAt: now, savedAt: null };
}

function brokenBefore(now: number, adrift: Adrift | null): Adrift | null {
  return adrift === null ? null : { ...adrift, since: Math.min(adrift.since, now) };
}

/** Functions that are new, that are gone, and that came back. A gone one is kept, or a late event would revive it. */
export function reduceDiscovered(before: State, { functions }: EventOf<'discovered'>): State {
  const found = new Map(functions.map((spec) => [spec.name, spec]));
  let state = before;
  for (const fn of before.functions.values()) {
    const spec = found.get(fn.spec.name) ?? goneSpec(fn);
    const next = seeAgain(fn, spec);
    if (next !== fn) state = withFunction(state, next);
  }
  for (const spec of functions) {
    if (!before.functions.has(spec.name))
      state = withFunction(state, functionFor(state, state, spec, 'found'));
  }
  return state;
}

function goneSpec(fn: FunctionState): FunctionSpec {
  return fn.spec.problem === null ? { ...fn.spec, problem: { reason: 'gone', dir: fn.spec.dir } } : fn.spec;
}

function seeAgain(fn: FunctionState, spec: FunctionSpec): FunctionState {
  if (spec.problem !== null) {
    const same = fn.spec.problem?.reason === spec.problem.reason;
    return same ? fn : { ...fn, spec, problem: spec.problem, settlingSince: null, scan: 'idle' };
  }
  const isSame = fn.spec.problem === null && fn.spec.dir === spec.dir;
  if (isSame && fn.spec.repository === spec.repository) return fn;
  // Where its git lock lies says nothing about its content.
  if (isSame) return { ...fn, spec };
  return askForScan({ ...fn, spec, problem: null }, 'found', null, true);
}
