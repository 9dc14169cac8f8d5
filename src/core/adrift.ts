/**
 * A push that broke without an answer may still be carried out, past what was sent after it: it is adrift. For a minute its
 * environment is looked at now and then. A mod_time that moved meanwhile is put down to it, and not to somebody else: then
 * nobody knows what runs, and what is wanted is sent again. What is carried out before the newer content was seen to be
 * live, or within the same second, leaves no trace that anybody could see (cloud-api.md: mod_time counts seconds).
 */
import type { PushJob } from '../model/event.js';
import type { EnvId, Failure, Waits } from '../model/nouns.js';
import type { State, TargetState } from './state.js';
import { updateTargetsOf } from './update.js';

/** No answer of the API's own: whoever passed the request on may go on with it. */
export function mayStillHappen({ origin, httpStatus }: Failure): boolean {
  return origin === 'broken' || (origin === 'http' && httpStatus !== 429 && httpStatus !== 413);
}

/** The push broke in these environments. */
export function setAdrift(state: State, job: PushJob, envs: readonly EnvId[]): State {
  return updateTargetsOf(state, job.function, envs, (target) => {
    const alone = target.adrift === null || target.adrift.fingerprint === job.fingerprint;
    return { ...target, adrift: { fingerprint: alone ? job.fingerprint : null, since: state.now } };
  });
}

/** What is adrift would replace what runs. */
export function isThreatened({ adrift, live }: TargetState): boolean {
  return adrift !== null && live !== null && adrift.fingerprint !== live;
}

/** When to look for it next, in epoch milliseconds; null: not, or not any more. */
export function adriftDueAt(target: TargetState, listedAt: number, waits: Waits): number | null {
  if (target.adrift === null || !isThreatened(target)) return null;
  const { since } = target.adrift;
  const offset = waits.adriftAtMs.find((ms) => since + ms > listedAt);
  if (offset !== undefined) return since + offset;
  // The last look saw it Updating, or did not see it: what comes of it is to be seen.
  return listedAt < since + waits.followForMs ? listedAt + waits.followEveryMs : null;
}

/** A look that began then is the last, where mod_time is what it was. */
export function adriftIsOver({ since }: { readonly since: number }, at: number, waits: Waits): boolean {
  return at >= since + Math.max(...waits.adriftAtMs);
}

/**
 * A moved mod_time is its doing, and nobody else's, in the time in which a deployment is followed: a look may be late, as when
 * the network was away.
 */
export function isAdrift({ adrift }: TargetState, at: number, { followForMs }: Waits): boolean {
  return adrift !== null && at < adrift.since + followForMs;
}
