/** How many requests may be in flight, how many may begin in a second, and what the link can carry. */
import type { EnvId } from '../model/nouns.js';
import { publishedRate } from './quotas.js';
import type { Request, State } from './state.js';

/** Requests a second that may begin: what the configuration allows, or less where the cloud publishes that it takes less. */
export function rateOf(state: State): number {
  return Math.min(state.settings.requestsPerSecond, publishedRate(state) ?? Number.POSITIVE_INFINITY);
}

/**
 * Requests that may begin in any one window, and its length. A sliding window rather than a bucket: a bucket that is full
 * lets twice its rate through in the first second, which a gateway that counts by the second refuses.
 */
function rateWindow(state: State): { count: number; spanMs: number } {
  const requestsPerSecond = rateOf(state);
  const count = Math.max(1, Math.floor(requestsPerSecond));
  return { count, spanMs: (count / requestsPerSecond) * 1000 };
}

/** The times of the requests of the last second, which is the longest window of several, with one more. Whatever the rate is by then counts them. */
export function withWire({ sent, now }: State): readonly number[] {
  return [...sent.filter((at) => now - at < 1000), now];
}

/**
 * When the rate lets another request begin, in epoch milliseconds; null: first one of those that are being packed has to go
 * onto the wire. They have their place in the window already.
 */
export function rateOpensAt(state: State): number | null {
  const { requests, sent } = state;
  const { count, spanMs } = rateWindow(state);
  let packing = 0;
  for (const { sentAt } of requests.values()) if (sentAt === null) packing += 1;
  if (packing >= count) return null;
  const oldest = sent[sent.length - (count - packing)];
  return oldest === undefined ? 0 : oldest + spanMs;
}

/** Less than half of what the rate allows was sent in the last second: a look that is not needed takes nothing from anybody. */
export function isRateCalm(state: State): boolean {
  return rateIsCalmAt(state) <= state.now;
}

/** When that is so unless more is sent, in epoch milliseconds. */
export function rateIsCalmAt(state: State): number {
  const half = Math.max(1, Math.ceil(rateOf(state) / 2));
  const { sent } = state;
  return (sent[sent.length - half] ?? Number.NEGATIVE_INFINITY) + 1000;
}

/** Its answer is overdue: nobody knows when it comes, and it holds no slot. */
function isOverdue(request: Request, { now, settings }: State): boolean {
  return request.writtenAt !== null && now - request.writtenAt >= settings.waits.briefMs;
}

/**
 * Whether a slot is free. There are `concurrency`, and one until an answer has accepted the token's value. Up to `concurrency`
 * more may be overdue, or an environment that hangs would keep all slots until its time-outs.
 */
export function isSlotFree(state: State): boolean {
  const { concurrency } = state.settings;
  let overdue = 0;
  for (const request of state.requests.values()) if (isOverdue(request, state)) overdue += 1;
  const holding = state.requests.size - Math.min(overdue, concurrency);
  return holding < (state.token.accepted ? concurrency : 1);
}

/** When a request will be overdue; null: none will by itself. */
export function slotOpensAt(state: State): number | null {
  let earliest: number | null = null;
  for (const { writtenAt } of state.requests.values()) {
    if (writtenAt === null) continue;
    const at = writtenAt + state.settings.waits.briefMs;
    if (at > state.now && (earliest === null || at < earliest)) earliest = at;
  }
  return earliest;
}

/** A body that is written may lie in this machine's buffers, which hold so many bytes at most. */
const mostBuffered = 4 * 1024 * 1024;

/** Milliseconds that the link may need for what was written of these bytes and has not left this machine. */
export function drainMs(bytes: number, linkSpeed: number): number {
  return Math.min(bytes, mostBuffered) / linkSpeed;
}

/** Bodies from this size on say how fast the link is, bytes. */
const tellingBytes = 64 * 1024;

/** The link's speed after an answer. */
export function measuredSpeed({ linkSpeed, now }: State, { bytes, sentAt }: Request): number {
  if (sentAt === null || bytes < tellingBytes) return linkSpeed;
  return bytes / Math.max(1, now - sentAt);
}

/** An upload waits while others have so much on the link, ms: side by side on a slow one all would be slow. */
const mostOnLinkMs = 2000;

/** When the link is free for another upload, in epoch milliseconds; null: when something that is being written is. */
export function linkOpensAt({ requests, linkSpeed, now }: State): number | null {
  let backlog = 0;
  let isWriting = false;
  for (const { job, bytes, sentAt, writtenAt } of requests.values()) {
    if (job.type !== 'push') continue;
    if (sentAt === null || writtenAt === null) {
      isWriting = true;
      backlog += bytes / linkSpeed;
    } else backlog += Math.max(0, writtenAt + drainMs(bytes, linkSpeed) - now);
  }
  if (backlog <= mostOnLinkMs) return 0;
  return isWriting ? null : now + Math.ceil(backlog - mostOnLinkMs);
}

/** Environments that something is being sent to. */
export function envsInFlight({ requests }: State): ReadonlySet<EnvId> {
  const envs = new Set<EnvId>();
  for (const { job } of requests.values()) if (job.type !== 'list') for (const env of job.envs) envs.add(env);
  return envs;
}
