/** What an upload that the cloud accepted means for its targets: followed until it is live, or trusted at once. */

import type { PushJob } from '../model/event.js';
import type { EnvId } from '../model/nouns.js';
import { unknownLive } from './fail.js';
import { calmLane, type State, type TargetState } from './state.js';
import { updateEnv, updateTargetsOf } from './update.js';

/** The targets of these environments after their acceptance. */
export function accept(state: State, job: PushJob, accepted: readonly EnvId[]): State {
  const calm = accepted.reduce(
    (next, env) =>
      updateEnv(next, env, (known) => (known.lane === calmLane ? known : { ...known, lane: calmLane })),
    state,
  );
  return updateTargetsOf(calm, job.function, accepted, (target) => {
    const base = { ...target, failed: null, foreign: null, forced: false, presence: 'present' as const };
    if (target.doubted) return { ...unknownLive(base), doubted: false };
    if (state.settings.verify && state.envs.get(target.env)?.contact !== 'refused')
      return { ...base, ...startDeployment(target, job, state.now) };
    return { ...base, ...trusted(job, state.now) };
  });
}

function trusted(job: PushJob, now: number): Partial<TargetState> {
  return { live: job.fingerprint, liveSince: now, verified: false, deploying: null, modTime: null };
}

/** While an earlier deployment was going on, nobody can tell which of the two runs until this one is done. */
function startDeployment(target: TargetState, job: PushJob, now: number): Partial<TargetState> {
  const unsure = target.deploying !== null;
  const missing = target.presence === 'missing';
  return {
    live: unsure ? null : target.live,
    deploying: {
      fingerprint: job.fingerprint,
      acceptedAt: now,
      savedAt: job.savedAt,
      modTimeBefore: missing ? null : target.seenModTime,
      modTimeKnown: !unsure && (missing || target.seenModTime !== null),
      sawUpdating: false,
      unverified: false,
    },
  };
}
