/** The functions that an environment says it runs, page by page. */
import type { CloudFunction, EventOf, ListJob, ListOutcome } from '../model/event.js';
import type { Deployment, EnvId, Failure, Fingerprint, FunctionName } from '../model/nouns.js';
import {
  heedConnection,
  holdForConfig,
  holdForQuota,
  tokenAccepted,
  tokenRefused,
  wakeAll,
} from './gateway.js';
import { type Listing, type Request, type State, type TargetState, unknownParts } from './state.js';
import { updateEnv, updateTargetsIn, updateTargetsOf, withoutEntry } from './update.js';
import { blocked, unknownLive } from './upload.js';
import { backoffMs } from './waits.js';

/** Rows that come with one page at most, and an environment of more functions is a server that never ends its list. */
const mostPages = 200;

export function startListing(state: State, { id, env, searchKey, offset }: ListJob): State {
  const next = updateEnv(state, env, (known) => {
    const listing: Listing = known.listing ?? {
      page: null,
      startedAt: state.now,
      searchKey,
      rows: new Map(),
      offset,
      pages: 0,
    };
    return { ...known, askedSince: known.askedSince ?? state.now, listing: { ...listing, page: id } };
  });
  return { ...next, pushesSinceList: 0 };
}

export function reduceListEnded(before: State, event: EventOf<'list-ended'>): State {
  const { job, outcome, jitter } = event;
  const request = before.requests.get(job.id);
  // From an endpoint that is not ours any more.
  if (request === undefined) return before;
  const ended = { ...before, requests: withoutEntry(before.requests, job.id) };
  const env = ended.envs.get(job.env);
  // The environment was taken out, and may have come back meanwhile.
  if (env?.listing?.page !== job.id) return ended;
  if (!outcome.ok) {
    const dropped = updateEnv(ended, job.env, (known) => ({ ...known, listing: null }));
    return listFailed(dropped, job, outcome.failure, request.tokenGeneration, jitter);
  }
  const accepted = tokenAccepted(ended, request.tokenGeneration);
  const recovered = env.listFailures > 0 ? wakeAll(accepted) : accepted;
  return pageCame(recovered, job, outcome, env.listing, request);
}

// ---------------------------------------------------------------- no list

/** Refusals that mean "this account may not list", not "nothing works" (docs/cloud-api.md, "Errors"). */
export const notPermitted: ReadonlySet<number> = new Set([48001, 48004, 50001, 50002, 61007]);

function listFailed(state: State, job: ListJob, failure: Failure, generation: number, jitter: number): State {
  switch (failure.class) {
    case 'token':
      return tokenRefused(state, failure, generation);
    case 'quota':
      return holdForQuota(tokenAccepted(state, generation), failure);
    case 'env':
      return blocked(stumbled(state, job.env, failure, jitter), job.env, failure);
    case 'config':
      return failure.errcode !== null && notPermitted.has(failure.errcode)
        ? refused(tokenAccepted(state, generation), job.env, failure)
        : holdForConfig(state, failure);
    case 'busy':
    case 'transient':
    case 'function':
    case 'missing':
    case 'unknown':
      return heedConnection(stumbled(state, job.env, failure, jitter), failure);
    default:
      return failure.class satisfies never;
  }
}

/** Asked again after a while, however odd the answer: what it stumbled over may pass. */
function stumbled(state: State, id: EnvId, failure: Failure, jitter: number): State {
  return updateEnv(state, id, (env) => {
    const listFailures = env.listFailures + 1;
    const wait = Math.max(backoffMs(listFailures, jitter, state.settings.waits), failure.retryAfterMs ?? 0);
    return { ...env, listFailures, listRetryAt: state.now + wait, listFailure: failure };
  });
}

/** Uploads go on unverified, and what was being followed is taken for live, until the refusal ends. */
function refused(state: State, id: EnvId, failure: Failure): State {
  const listRetryAt = state.now + state.settings.waits.refusedListMs;
  const next = updateEnv(state, id, (env) => ({
    ...env,
    contact: 'refused',
    listFailures: 0,
    listFailure: failure,
    listRetryAt,
  }));
  return updateTargetsIn(next, id, (target) => {
    if (target.deploying === null) return target;
    const taken = becomeLive(target, target.deploying, null, false, state.now);
    return { ...taken, unsureUntil: Math.max(target.unsureUntil ?? 0, state.now) };
  });
}

// ---------------------------------------------------------------- a page

function pageCame(
  state: State,
  job: ListJob,
  { functions, total }: ListOutcome & { readonly ok: true },
  listing: Listing,
  { startedAt }: Request,
): State {
  const rows = new Map(listing.rows);
  for (const row of functions) rows.set(row.name, row);
  const seen = observePage(state, job.env, functions, startedAt);
  const offset = listing.offset + functions.length;
  const pages = listing.pages + 1;
  // A server that does not know `offset` repeats its first page: what else it holds is not known then.
  const isLast = rows.size === listing.rows.size || (total !== null && offset >= total) || pages >= mostPages;
  const next = { ...listing, page: null, rows, offset, pages };
  if (!isLast) return updateEnv(seen, job.env, (env) => ({ ...env, listing: next }));
  // Without a total, an empty page alone says that nothing is left.
  const whole = total === null ? functions.length === 0 : rows.size >= total;
  return listing.searchKey === null
    ? listEnded(seen, job.env, next, whole)
    : searchEnded(seen, job.env, next, listing.searchKey);
}

const calm = { listing: null, listFailures: 0, listRetryAt: null, listFailure: null } as const;

/** One function was looked for. Not to be found it may be gone, or searches find nothing: the next list shows which. */
function searchEnded(state: State, id: EnvId, { rows, startedAt }: Listing, name: FunctionName): State {
  const isFound = rows.has(name);
  const ended = updateEnv(state, id, (env) => ({ ...env, ...calm, unfound: isFound ? env.unfound : name }));
  return isFound
    ? updateTargetsOf(ended, name, [id], (target) => ({ ...target, lookedAt: startedAt }))
    : ended;
}

function listEnded(
  state: State,
  id: EnvId,
  { rows, startedAt, pages }: Listing,
  listedWhole: boolean,
): State {
  const ended = updateEnv(state, id, (env) => ({
    ...env,
    ...calm,
    contact: 'listed',
    listedAt: Math.max(env.listedAt, startedAt),
    listedWhole,
    pages,
  }));
  if (!listedWhole) return ended;
  const known = updateEnv(ended, id, (env) => ({
    ...env,
    listedNames: new Set(rows.keys()),
    unfound: env.unfound !== null && rows.has(env.unfound) ? env.unfound : null,
  }));
  return updateTargetsIn(known, id, (target, fn) => {
    const unseen = !rows.has(fn.spec.name) && target.inFlight === null && startedAt > target.pushedAt;
    return unseen ? seenMissing(target, ended) : target;
  });
}

function observePage(
  state: State,
  env: EnvId,
  functions: readonly CloudFunction[],
  startedAt: number,
): State {
  const byName = new Map(functions.map((row) => [row.name, row]));
  return [...byName.values()].reduce(
    (next, row) =>
      updateTargetsOf(next, row.name, [env], (target) =>
        target.inFlight !== null || startedAt <= target.pushedAt
          ? target
          : seen(target, row, startedAt, state),
      ),
    state,
  );
}

// ---------------------------------------------------------------- what is seen of one target

/** A function that was just created may be listed a moment later: until then it is followed. */
function seenMissing(target: TargetState, state: State): TargetState {
  if (target.deploying !== null) {
    const lost = state.now - target.deploying.acceptedAt >= state.settings.waits.followForMs;
    return lost ? missing(target) : target;
  }
  const next = awake(target);
  return next.presence === 'missing' && next.live === null ? next : missing(next);
}

function missing(target: TargetState): TargetState {
  const nothing = { live: null, liveSince: null, verified: false, modTime: null, seenModTime: null };
  return {
    ...target,
    ...nothing,
    presence: 'missing',
    deploying: null,
    foreign: null,
    parts: unknownParts(target.parts),
  };
}

function seen(before: TargetState, row: CloudFunction, startedAt: number, state: State): TargetState {
  const same = before.presence === 'present' && before.seenModTime === row.modTime;
  const target = same ? before : { ...before, presence: 'present' as const, seenModTime: row.modTime };
  if (target.deploying !== null) return followed(target, target.deploying, row, startedAt, state);
  if (isResting(row.status)) return seenResting(awake(target), row, startedAt, state);
  return isWorking(row.status) ? seenWorking(target, row) : target;
}

/** Nothing of ours is on its way there: somebody else deploys just now, and the next look may be far off. */
function seenWorking(target: TargetState, row: CloudFunction): TargetState {
  const { live, modTime, unsureUntil } = target;
  if (live === null || modTime === null || unsureUntil !== null || modTime === row.modTime) return target;
  return seenForeign(target, row, live);
}

function seenForeign(target: TargetState, { modTime }: CloudFunction, ours: Fingerprint): TargetState {
  return { ...unknownLive(target), unsureUntil: null, foreign: { modTime, ours, adopted: false } };
}

function isResting(status: string): boolean {
  return status === 'Active' || status.endsWith('Failed');
}

function isWorking(status: string): boolean {
  return status === 'Creating' || status === 'Updating' || status === 'Publishing';
}

/** Whatever kept the function busy is over: it rests, or it is not there at all. */
function awake(target: TargetState): TargetState {
  const { failed } = target;
  if (failed?.failure.class !== 'busy' || failed.activeSeen) return target;
  return { ...target, failed: { ...failed, activeSeen: true } };
}

function seenResting(target: TargetState, row: CloudFunction, startedAt: number, state: State): TargetState {
  const { live, modTime, unsureUntil } = target;
  if (live === null) return seenForeignAgain(target, row);
  const isOver = unsureUntil !== null && startedAt >= unsureUntil;
  if (modTime === null) {
    const stood = startedAt - target.pushedAt >= state.settings.waits.settledActiveMs;
    return seenFirst(isOver ? { ...target, unsureUntil: null } : target, row, stood, state.now);
  }
  if (modTime === row.modTime) return isOver ? { ...target, unsureUntil: null } : target;
  // A look may be late, as when the network was away: what moved long after is somebody else's doing.
  if (unsureUntil !== null && startedAt < unsureUntil + state.settings.waits.followForMs)
    return { ...unknownLive(target), unsureUntil: isOver ? null : unsureUntil };
  return seenForeign(target, row, live);
}

/** The targets that were taken for live while nobody could look. */
function seenFirst(target: TargetState, row: CloudFunction, stood: boolean, now: number): TargetState {
  const { live, verified } = target;
  if (row.status === 'Active') return { ...target, modTime: row.modTime, verified: verified || stood };
  if (live === null || verified) return target;
  return deploymentFailed(unknownLive(target), live, row, now);
}

function seenForeignAgain(target: TargetState, row: CloudFunction): TargetState {
  if (target.foreign === null || target.foreign.modTime === row.modTime) return target;
  // Who went back to content of ours had not seen this one.
  const { ours, adopted } = target.foreign;
  return { ...target, foreign: { modTime: row.modTime, ours, adopted } };
}

/**
 * Is the deployment done? docs/cloud-api.md, "The states of a function": Active, and either Updating was seen, or mod_time differs from
 * before, or Active has stood for 3 s after the answer.
 */
function followed(
  target: TargetState,
  deploying: Deployment,
  row: CloudFunction,
  startedAt: number,
  state: State,
): TargetState {
  const { settledActiveMs, followForMs } = state.settings.waits;
  const differs = deploying.modTimeKnown && row.modTime !== deploying.modTimeBefore;
  const stood = startedAt - deploying.acceptedAt >= settledActiveMs;
  if (isResting(row.status) && (deploying.sawUpdating || differs || stood)) {
    if (row.status === 'Active') return becomeLive(target, deploying, row.modTime, true, state.now);
    const failed = { ...awake(target), modTime: row.modTime, deploying: null };
    return deploymentFailed(failed, deploying.fingerprint, row, state.now);
  }
  const sawUpdating = deploying.sawUpdating || isWorking(row.status);
  const unverified = deploying.unverified || state.now - deploying.acceptedAt >= followForMs;
  if (sawUpdating === deploying.sawUpdating && unverified === deploying.unverified) return target;
  return { ...target, deploying: { ...deploying, sawUpdating, unverified } };
}

function becomeLive(
  target: TargetState,
  deploying: Deployment,
  modTime: string | null,
  verified: boolean,
  now: number,
): TargetState {
  const live = deploying.fingerprint;
  return { ...awake(target), live, liveSince: now, verified, modTime, deploying: null };
}

/**
 * The old code keeps serving (docs/cloud-api.md, "The states of a function"), so what was live is live still. But where a request that broke
 * may have been carried out, this one has hidden its trace.
 */
function deploymentFailed(
  target: TargetState,
  fingerprint: string,
  row: CloudFunction,
  now: number,
): TargetState {
  const failure: Failure = {
    class: 'function',
    origin: 'deployment',
    errcode: null,
    httpStatus: null,
    message: row.statusReason === '' ? row.status : `${row.status}: ${row.statusReason}`,
    rid: row.rid ?? null,
    retryAfterMs: null,
  };
  const failed = { failure, fingerprint, attempts: 1, retryAt: null, since: now, activeSeen: false };
  // Code that was only believed to run, and is known now not to deploy, does not run.
  const wasBelieved = target.live === fingerprint && !target.verified;
  const isUnsure = wasBelieved || target.unsureUntil !== null;
  return { ...(isUnsure ? unknownLive(target) : target), failed };
}
