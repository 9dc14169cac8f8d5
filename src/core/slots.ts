/** How many requests may be in flight: few until the token is proven, and none may keep the others from going. */
import type { Request, State } from './state.js';

/** A request on its way for so long that others no longer wait for its answer. */
export function isStuck(state: State, request: Request): boolean {
  return state.now - request.startedAt >= state.settings.waits.contactMs;
}

/** Uploads on their way that may be answered any moment. */
export function freshUploads(state: State): number {
  return count(
    state,
    (request) => request.job.type === 'push' && !isAside(state, request) && !isStuck(state, request),
  );
}

function stuckUploads(state: State): number {
  return count(
    state,
    (request) => request.job.type === 'push' && !isAside(state, request) && isStuck(state, request),
  );
}

/**
 * Requests that may be in flight: `concurrency`, besides up to as many that are stuck and that nobody waits for, or an
 * environment that hangs would keep all slots until its time-outs. One goes alone until the cloud has accepted the token's value.
 */
export function slots(state: State): number {
  const { concurrency, waits } = state.settings;
  const { provenAt } = state.token;
  const proven = provenAt !== null && state.now - provenAt < waits.tokenProofMs;
  const lists = count(state, (request) => request.job.type === 'list' && isStuck(state, request));
  if (proven) {
    const uploads = count(state, (request) => isAside(state, request) && isStuck(state, request));
    return concurrency + Math.min(concurrency, lists + uploads);
  }
  const aside = count(state, (request) => isAside(state, request));
  return Math.min(concurrency, 1 + lists + aside + Math.min(1, stuckUploads(state)));
}

/**
 * Whether another upload may go. A burst's first goes alone until it is answered, so that a token that has expired
 * since the last one costs two uploads at most and not `concurrency` of them. One that is stuck lets a second go.
 */
export function uploadMayGo(state: State): boolean {
  if (state.token.trustedAt !== null) return true;
  return freshUploads(state) === 0 && stuckUploads(state) <= 1;
}

/** When a request will have been on its way for so long that another may go; null: that would change nothing. */
export function slotOpensAt(state: State): number | null {
  const times = [...state.requests.values()]
    .map(({ startedAt }) => startedAt + state.settings.waits.contactMs)
    .filter((at) => at > state.now);
  return times.length === 0 ? null : Math.min(...times);
}

/** An upload that was overtaken, or that goes to an environment known to be slow: no answer is expected of it soon. */
function isAside({ envs }: State, { job, overtaken }: Request): boolean {
  if (job.type !== 'push') return false;
  return overtaken || job.envs.every((env) => envs.get(env)?.lane.slow === true);
}

function count({ requests }: State, matches: (request: Request) => boolean): number {
  let matching = 0;
  for (const request of requests.values()) if (matches(request)) matching += 1;
  return matching;
}
