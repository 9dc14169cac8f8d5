/** When to ask an environment what it runs: at first contact, to follow deployments, and to see what others did. */
import type { EnvId, FunctionName, Waits } from '../model/nouns.js';
import { agendasOf } from './agenda.js';
import { isRateCalm } from './requests.js';
import { type EnvState, type FunctionState, type State, type TargetState, wantedOf } from './state.js';

/** A request for a list that is due. */
export interface Look {
  readonly env: EnvId;
  /** Since when it has been due, in epoch milliseconds. */
  readonly at: number;
  readonly offset: number;
  readonly searchKey: FunctionName | null;
  /** Nothing is known of the environment yet: nothing goes there before it. */
  readonly first: boolean;
}

/** The looks that an environment's functions ask for together. */
interface Wish {
  /** Whose look is due first, and when. */
  name: FunctionName;
  at: number;
  /** How many are due now. */
  due: number;
}

/** Every environment's next request for a list; those that have none to make are left out. */
export function nextLooks(state: State): Look[] {
  const wishes = wishesOf(state);
  const looks: Look[] = [];
  for (const env of state.envs.values()) {
    const look = lookAt(state, env, wishes.get(env.spec.id) ?? null);
    if (look !== null) looks.push(look);
  }
  return looks;
}

function lookAt(state: State, env: EnvState, wish: Wish | null): Look | null {
  const { id } = env.spec;
  const { listing, listRetryAt } = env;
  const first = env.contact === 'unlisted';
  if (listing !== null) {
    if (listing.page !== null) return null;
    const { startedAt, offset, searchKey } = listing;
    return { env: id, at: startedAt, offset, searchKey, first };
  }
  if (first && env.blocked !== null) return null;
  const whole = { env: id, at: listRetryAt ?? (first ? 0 : state.now), offset: 0, searchKey: null, first };
  if (first || env.contact === 'refused' || isLookAsked(state, env)) return whole;
  if (wish === null) return null;
  // As long as fewer requests look at each function by itself than at all of them.
  const searchKey = env.unfound === null && wish.due < env.pages ? wish.name : null;
  return { env: id, at: Math.max(wish.at, listRetryAt ?? 0), offset: 0, searchKey, first };
}

/** Somebody wants to know what it runs, and no list has begun since. */
function isLookAsked({ settings }: State, { contact, lookAskedAt, listedAt }: EnvState): boolean {
  return settings.verify && contact === 'listed' && lookAskedAt !== null && listedAt < lookAskedAt;
}

/** By environment: which functions it is to be asked about, and when. */
function wishesOf(state: State): ReadonlyMap<EnvId, Wish> {
  const wishes = new Map<EnvId, Wish>();
  const looksWhileQuiet = state.settings.verify && isRateCalm(state);
  for (const { watched } of agendasOf(state)) {
    for (const { fn, target } of watched) {
      const env = state.envs.get(target.env);
      if (env?.contact !== 'listed') continue;
      const at = wishedAt(state, env, fn, target, looksWhileQuiet);
      if (at !== null) addWish(wishes, target.env, fn.spec.name, at, state.now);
    }
  }
  return wishes;
}

function addWish(wishes: Map<EnvId, Wish>, env: EnvId, name: FunctionName, at: number, now: number): void {
  const due = at <= now ? 1 : 0;
  const known = wishes.get(env);
  if (known === undefined) wishes.set(env, { name, at, due });
  else {
    known.due += due;
    if (at < known.at) Object.assign(known, { name, at });
  }
}

function wishedAt(
  state: State,
  env: EnvState,
  fn: FunctionState,
  target: TargetState,
  looksWhileQuiet: boolean,
): number | null {
  if (target.inFlight !== null) return null;
  const { waits, createMissing } = state.settings;
  const { deploying, failed } = target;
  const seenAt = lastLookAt(env, target);
  if (deploying !== null) {
    const extra = deploying.sawUpdating ? [] : [waits.settledActiveMs];
    return nextLook(deploying.acceptedAt, seenAt, extra, waits);
  }
  if (looksForForeign(state, env, fn, target, looksWhileQuiet)) return state.now;
  if (target.presence === 'missing' && !createMissing) return seenAt + waits.followSlowlyMs;
  if (failed !== null && failed.failure.class === 'busy' && !failed.activeSeen)
    return nextLook(failed.since, seenAt, [], waits);
  return lateLookAt(state, target);
}

/** When the last look that a target was part of began. */
export function lastLookAt(env: EnvState, target: TargetState): number {
  return Math.max(env.listedAt, target.lookedAt);
}

/**
 * When to look whether a request that broke was carried out after what was sent since. Then a deployment may be running; what
 * comes of it is to be seen.
 */
export function lateLookAt(state: State, target: TargetState): number | null {
  const { unsureUntil } = target;
  const env = state.envs.get(target.env);
  const { waits, verify } = state.settings;
  if (unsureUntil === null || target.live === null || target.deploying !== null || !verify) return null;
  // With the next list that may be allowed.
  if (env?.contact === 'refused') return env.listRetryAt;
  if (env?.contact !== 'listed') return null;
  const seenAt = lastLookAt(env, target);
  if (seenAt < unsureUntil) return unsureUntil;
  return seenAt < unsureUntil + waits.followForMs ? seenAt + waits.followEveryMs : null;
}

/**
 * The first moment of the schedule that no listing has covered yet: the times of `followAtMs`, then every `followEveryMs`, and
 * after `followForMs` every `followSlowlyMs` (docs/cloud-api.md, "Rates").
 * @param extra further offsets worth a look
 */
export function nextLook(since: number, listedAt: number, extra: readonly number[], waits: Waits): number {
  // Asked for every target that is followed, with every event: no list is made or sorted.
  let next = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const offsets of [waits.followAtMs, extra]) {
    for (const offset of offsets) {
      if (offset > last) last = offset;
      if (since + offset > listedAt && offset < next) next = offset;
    }
  }
  if (next !== Number.POSITIVE_INFINITY) return since + next;
  const every = listedAt - since < waits.followForMs ? waits.followEveryMs : waits.followSlowlyMs;
  const passed = Math.floor((listedAt - since - last) / every) + 1;
  return since + last + passed * every;
}

/**
 * A change of ours is on its way: has somebody else deployed meanwhile? With "warn" we look during the quiet time, in
 * which the wire is free anyway; with "hold" the push waits for the answer.
 */
function looksForForeign(
  state: State,
  env: EnvState,
  fn: FunctionState,
  target: TargetState,
  looksWhileQuiet: boolean,
): boolean {
  if (target.modTime === null || target.foreign !== null) return false;
  if (needsForeignLook(state, fn, target, env)) return wantedOf(fn, target) !== target.live;
  const { settlingSince } = fn;
  return looksWhileQuiet && settlingSince !== null && lastLookAt(env, target) < settlingSince;
}

/** With `onForeignChange: "hold"` a push waits for a look that began after the change did. */
export function needsForeignLook(
  state: State,
  fn: FunctionState,
  target: TargetState,
  env: EnvState,
): boolean {
  if (state.settings.onForeignChange !== 'hold' || env.contact !== 'listed' || target.forced !== null)
    return false;
  // A person's word needs no look.
  if (target.undone !== null) return false;
  return target.modTime !== null && target.foreign === null && lastLookAt(env, target) < fn.wantedAt;
}
