/** When to ask an environment what it runs: at first contact, to follow deployments, and to see foreign ones. */

import type { Waits } from '../model/nouns.js';
import { adriftDueAt } from './adrift.js';
import { isSettling } from './phase.js';
import { recentRequests } from './rate.js';
import { restlessOf } from './restless.js';
import type { EnvState, FunctionState, State, TargetState } from './state.js';

/** When the environment is to be listed next, in epoch milliseconds; null: no reason to. */
export function listDueAt(state: State, env: EnvState): number | null {
  if (env.listing || env.blocked !== null || env.contact === 'refused') return null;
  const wish = env.contact === 'listed' ? followDueAt(state, env) : env.contactSince;
  return wish === null ? null : Math.max(wish, env.listRetryAt ?? 0);
}

function followDueAt(state: State, env: EnvState): number | null {
  let due: number | null = null;
  for (const fn of restlessOf(state)) {
    const target = fn.targets.get(env.spec.id);
    if (target === undefined) continue;
    const followed = targetDueAt(state, env, target);
    const looked = looksForForeign(state, env, fn, target) ? state.now : null;
    due = earlier(due, earlier(followed, looked));
  }
  return due;
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function targetDueAt(state: State, env: EnvState, target: TargetState): number | null {
  const { waits } = state.settings;
  if (target.inFlight !== null) return null;
  if (target.deploying !== null) {
    const { acceptedAt, sawUpdating } = target.deploying;
    return nextLook(acceptedAt, env.listedAt, sawUpdating ? [] : [waits.settledActiveMs], waits);
  }
  if (target.presence === 'missing' && !state.settings.createMissing) {
    return env.listedAt + waits.followSlowlyMs;
  }
  const failed = target.failed;
  if (failed === null || failed.failure.class !== 'busy' || failed.activeSeen)
    return state.settings.verify ? adriftDueAt(target, env.listedAt, waits) : null;
  return nextLook(failed.since, env.listedAt, [], waits);
}

/**
 * The first moment of the schedule that no listing has covered yet: at 0.3, 1, 2 s, then every 5 s for 5 minutes, then every
 * minute (cloud-api.md: poll once per environment at 0.3, 1, 2, then every 5 s).
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
function looksForForeign(state: State, env: EnvState, fn: FunctionState, target: TargetState): boolean {
  if (target.modTime === null || target.foreign !== null || target.inFlight !== null) return false;
  if (needsForeignLook(state, fn, target, env)) return fn.wanted !== target.live;
  const { settlingSince } = fn;
  const quiet = settlingSince !== null && isSettling(fn) && env.listedAt < settlingSince;
  if (!quiet || !state.settings.verify) return false;
  const { requestsPerSecond } = state.settings;
  return recentRequests(state.sent, state.now, requestsPerSecond) < requestsPerSecond / 2;
}

/** With `onForeignChange: "hold"` a push waits for a listing that began after the change did. */
export function needsForeignLook(
  state: State,
  fn: FunctionState,
  target: TargetState,
  env: EnvState,
): boolean {
  if (state.settings.onForeignChange !== 'hold' || env.contact !== 'listed' || target.forced) return false;
  return target.modTime !== null && target.foreign === null && env.listedAt < fn.wantedAt;
}
