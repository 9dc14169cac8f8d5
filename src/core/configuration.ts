/** The functions that are watched and the environments that they go to: the configuration, and what discovery finds in the roots. */
import type { EventOf } from '../model/event.js';
import type {
  Cause,
  EnvId,
  EnvSpec,
  FunctionName,
  FunctionSpec,
  LedgerEntry,
  PartName,
} from '../model/nouns.js';
import { isDismissed } from './adopt.js';
import { withConsents } from './consent.js';
import { askForScan, idleScan } from './disk.js';
import { askRefusedAgain } from './gateway.js';
import { newMeters } from './quotas.js';
import { entryOfAbsent, type InFlight, isPresent, targetFrom } from './remembered.js';
import {
  type EnvState,
  type FunctionState,
  isNowhere,
  type State,
  type TargetState,
  unreadToken,
} from './state.js';
import { Table } from './table.js';

/**
 * A configuration took effect. What is known of targets that stay is kept; the ledger fills in the others. Every function
 * is scanned again, since ignore rules may differ.
 */
export function reduceConfigured(before: State, event: EventOf<'configured'>): State {
  const first = before.envs.size === 0 && before.functions.size === 0;
  const base = event.cloudChanged && !first ? forgetCloud(before) : before;
  const envs = new Map(event.envs.map((spec) => [spec.id, mergeEnv(base, spec)]));
  const state: State = {
    ...base,
    settings: event.settings,
    envs,
    functions: Table.of([]),
    remembered: groupEntries([...absentEntries(base), ...event.ledger]),
    configFailure: null,
  };
  const cause = first ? 'startup' : 'config';
  const named = event.functions
    .filter((spec) => !isDismissed(state, spec))
    .map((spec) => [spec.name, functionFor(state, base, spec, cause)] as const);
  const taken = withConsents({ ...state, functions: Table.of(named) });
  return { ...taken, remembered: groupEntries([...absentEntries(taken), ...leavingEntries(base, taken)]) };
}

/** @param base what was known of it before */
function functionFor(state: State, base: State, spec: FunctionSpec, cause: Cause): FunctionState {
  const fn = base.functions.get(spec.name) ?? newFunction(spec, cause, state.now);
  const targets = targetsFor(spec, state, fn);
  // An upload to a new environment goes there because of the configuration, though the content stays the same.
  const widened = [...targets.keys()].some((env) => !fn.targets.has(env));
  const why = widened ? { cause, savedAt: null } : { cause: fn.cause };
  const next = { ...fn, spec, targets, problem: spec.problem, ...why };
  if (spec.problem !== null) return { ...next, settlingSince: null, scan: idleScan(cause) };
  return askForScan(next, { cause, savedAt: null, full: false }, state.now);
}

/** Another endpoint or token: what the cloud said before says nothing about this one. */
function forgetCloud(state: State): State {
  return {
    ...state,
    functions: Table.of([]),
    envs: new Map(),
    remembered: new Map(),
    requests: new Map(),
    token: unreadToken(state.now, state.token.generation + 1),
    offline: null,
    quota: null,
    meters: state.meters.size > 0 ? newMeters(state.now) : state.meters,
    throttled: null,
  };
}

/** The entries of targets that the configuration does not have: what is known of the others they have themselves. */
function absentEntries(state: State): LedgerEntry[] {
  return [...state.remembered.values()].flat().filter((entry) => !isPresent(state, entry));
}

/** The facts that are known of targets that go now, and may come back. */
function leavingEntries(base: State, { functions }: State): LedgerEntry[] {
  return [...base.functions.values()].flatMap((fn) => {
    const stays = functions.get(fn.spec.name)?.targets;
    const leaving = [...fn.targets.values()].filter(({ env }) => stays?.has(env) !== true);
    return leaving.map((target) => entryOfAbsent(base, fn, target));
  });
}

/** By function; of two about one target the later one. */
function groupEntries(entries: readonly LedgerEntry[]): ReadonlyMap<FunctionName, readonly LedgerEntry[]> {
  const groups = new Map<FunctionName, LedgerEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.function);
    if (group === undefined) groups.set(entry.function, [entry]);
    else {
      const at = group.findIndex(({ env }) => env === entry.env);
      group[at < 0 ? group.length : at] = entry;
    }
  }
  return groups;
}

function mergeEnv(state: State, spec: EnvSpec): EnvState {
  const known = state.envs.get(spec.id);
  if (known === undefined) return newEnv(spec);
  return askRefusedAgain({ ...known, spec, blocked: null }, state.now);
}

function newEnv(spec: EnvSpec): EnvState {
  return {
    spec,
    contact: 'unlisted',
    askedSince: null,
    listing: null,
    listedWhole: true,
    listedNames: null,
    listedAt: 0,
    lookAskedAt: null,
    pages: 1,
    unfound: null,
    listFailures: 0,
    listRetryAt: null,
    listFailure: null,
    blocked: null,
    apart: null,
  };
}

function newFunction(spec: FunctionSpec, cause: Cause, now: number): FunctionState {
  return {
    spec,
    wanted: null,
    dressed: null,
    wantedAt: now,
    savedAt: null,
    cause,
    files: 0,
    bytes: 0,
    zipBytes: null,
    problem: spec.problem,
    fault: null,
    settlingSince: null,
    restless: false,
    scan: idleScan(cause),
    targets: new Map(),
    wantedParts: { timers: null },
  };
}

function targetsFor(spec: FunctionSpec, state: State, fn: FunctionState): ReadonlyMap<EnvId, TargetState> {
  const entries = state.remembered.get(spec.name) ?? [];
  const targets = new Map<EnvId, TargetState>();
  for (const env of spec.envs) {
    if (!state.envs.has(env)) continue;
    const entry = entries.find((candidate) => candidate.env === env);
    const known = fn.targets.get(env);
    const fresh = known ?? targetFrom(env, entry, inFlightTo(state, spec.name, env), state);
    targets.set(env, known === undefined && entry === undefined ? asListed(state, spec.name, fresh) : fresh);
  }
  return targets;
}

/** The last list says whether a function that was just found is there: who updates what is not has to create it in a second request. */
function asListed(state: State, name: FunctionName, target: TargetState): TargetState {
  const names = state.envs.get(target.env)?.listedNames ?? null;
  if (names === null) return target;
  return { ...target, presence: names.has(name) ? 'present' : 'missing' };
}

const nothingInFlight: InFlight = { code: null, parts: {} };

/** A target may be taken out and put back while a request is on its way there: it must not be sent twice at once. */
function inFlightTo(state: State, name: FunctionName, env: EnvId): InFlight {
  if (state.requests.size === 0) return nothingInFlight;
  let code: number | null = null;
  const parts: Partial<Record<PartName, number>> = {};
  for (const { job } of state.requests.values()) {
    if (job.type === 'list' || job.function !== name || !job.envs.includes(env)) continue;
    if (job.type === 'push') code = job.id;
    else parts[job.part] = job.id;
  }
  return { code, parts };
}

/** Functions that are new, that are gone, and that came back. A gone one is kept, or a late event would revive it. */
export function reduceDiscovered(before: State, { functions }: EventOf<'discovered'>): State {
  const found = new Map(functions.map((spec) => [spec.name, spec]));
  const known = [...before.functions.values()]
    .filter((fn) => found.has(fn.spec.name) || !isNowhere(fn))
    .map((fn) => [fn.spec.name, seeAgain(fn, found.get(fn.spec.name) ?? goneSpec(fn), before.now)] as const);
  // A checkout brings hundreds at once.
  const added = functions
    .filter((spec) => !before.functions.has(spec.name) && !isDismissed(before, spec))
    .map((spec) => [spec.name, functionFor(before, before, spec, 'found')] as const);
  return { ...before, functions: Table.of([...known, ...added]) };
}

function goneSpec(fn: FunctionState): FunctionSpec {
  return { ...fn.spec, problem: { reason: 'gone', dir: fn.spec.dir } };
}

function seeAgain(fn: FunctionState, spec: FunctionSpec, now: number): FunctionState {
  if (spec.problem !== null) {
    const same = fn.spec.problem?.reason === spec.problem.reason;
    if (same) return fn;
    return { ...fn, spec, problem: spec.problem, settlingSince: null, scan: idleScan(fn.scan.cause) };
  }
  const isSame = fn.spec.problem === null && fn.spec.dir === spec.dir;
  if (isSame && fn.spec.repository === spec.repository && fn.spec.built === spec.built) return fn;
  // Where its git lock lies says nothing about its content.
  if (isSame) return { ...fn, spec };
  return askForScan({ ...fn, spec, problem: null }, { cause: 'found', savedAt: null, full: true }, now);
}
