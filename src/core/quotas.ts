/**
 * The quotas of calls, as the cloud publishes them: when it is asked, how long what is left will last, and the rate that follows from
 * it. Asking never stands in the way of an upload, and what comes of it holds nothing.
 */
import type { EventOf, QuotaJob } from '../model/event.js';
import { type Failure, type MeteredCall, meteredCalls } from '../model/nouns.js';
import type { Meter, QuotaSample, State } from './state.js';
import { withEntry } from './update.js';

/** Every quota is to be asked for. */
export function newMeters(now: number): State['meters'] {
  return new Map(
    meteredCalls.map((call) => [call, { dueAt: now, asking: null, last: null, earlier: null, failed: null }]),
  );
}

/** A quota is used up: what is known of all is older than that. */
export function askedNow({ meters, now }: State): State['meters'] {
  return new Map([...meters].map(([call, meter]) => [call, { ...meter, dueAt: now }]));
}

/** The call to ask about next; null: none is due, or one is being asked about. */
export function dueMeter({ meters, now }: State): MeteredCall | null {
  let due: MeteredCall | null = null;
  for (const [call, { asking, dueAt }] of meters) {
    if (asking !== null) return null;
    if (dueAt <= now) due ??= call;
  }
  return due;
}

/** When another one may be asked about. @param calmAt when there are few enough requests */
export function metersWakeAt({ meters, now }: State, calmAt: number): readonly number[] {
  return [...meters.values()].map(({ dueAt }) => (dueAt <= now ? calmAt : dueAt));
}

export function startAsking(state: State, { id, call }: QuotaJob): State {
  const meter = state.meters.get(call);
  if (meter === undefined) return state;
  const dueAt = state.now + state.settings.waits.quotaAskMs;
  return { ...state, meters: withEntry(state.meters, call, { ...meter, dueAt, asking: id }) };
}

/** docs/cloud-api.md, `quota/get`: it knows no such call, or not for this token. */
const notPublished: ReadonlySet<number> = new Set([76021, 76022, 76003]);

/** Nothing is wrong: the vendor does not say. */
export function isUnpublished({ errcode }: Failure): boolean {
  return errcode !== null && notPublished.has(errcode);
}

/** A failure says nothing about anything else: the next answer comes when it is due. */
export function reduceQuotaEnded(state: State, { job, outcome }: EventOf<'quota-ended'>): State {
  const meter = state.meters.get(job.call);
  if (meter?.asking !== job.id) return state;
  const asked: Meter = { ...meter, asking: null, failed: outcome.ok ? null : outcome.failure };
  const next = outcome.ok ? withSample(asked, { quota: outcome.quota, at: state.now }) : asked;
  return { ...state, meters: withEntry(state.meters, job.call, next) };
}

/** Two samples closer than this say little about how fast it goes, ms. */
const paceOverMs = 10 * 60_000;

function withSample(meter: Meter, sample: QuotaSample): Meter {
  const { last, earlier } = meter;
  // A count that went down has started again.
  const isSameDay = last !== null && last.quota.used <= sample.quota.used;
  if (!isSameDay) return { ...meter, last: sample, earlier: null };
  const isTelling = earlier === null || sample.at - last.at >= paceOverMs;
  return { ...meter, last: sample, earlier: isTelling ? last : earlier };
}

/** Days of the vendor's count begin at midnight in Beijing. */
const beijingMs = 8 * 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * When the last call of the day will be gone, in epoch milliseconds: at the pace of the day so far, or of the last hour where that was
 * faster. null: it lasts until the count starts again, or less than half of it is used.
 */
export function usedUpAt({ last, earlier }: Pick<Meter, 'last' | 'earlier'>): number | null {
  if (last === null) return null;
  const { quota, at } = last;
  const { limit, used } = quota;
  if (limit <= 0 || used * 2 <= limit) return null;
  if (used >= limit) return at;
  const midnight = at - ((at + beijingMs) % dayMs);
  const paces = [paceOf(used, at - midnight)];
  if (earlier !== null && earlier.at >= midnight)
    paces.push(paceOf(used - earlier.quota.used, at - earlier.at));
  const forecast = at + (limit - used) / Math.max(...paces);
  return forecast < midnight + dayMs ? Math.round(forecast) : null;
}

/** Calls a millisecond. A minute is the least that says anything. */
const paceOf = (calls: number, ms: number): number => calls / Math.max(60_000, ms);

/** Requests a second that the cloud takes of the call that it takes the fewest of; null: not published. */
export function publishedRate({ meters }: State): number | null {
  let least: number | null = null;
  for (const { last } of meters.values()) {
    const rate = last?.quota.perSecond ?? null;
    if (rate !== null && (least === null || rate < least)) least = rate;
  }
  return least;
}

/** The call of which the largest part is used, of those whose quota is published; null: none is. */
export function fullestMeter({
  meters,
}: State): { readonly call: MeteredCall; readonly meter: Meter & { readonly last: QuotaSample } } | null {
  let fullest: ReturnType<typeof fullestMeter> = null;
  const shareOf = ({ quota }: QuotaSample): number => quota.used / quota.limit;
  for (const [call, meter] of meters) {
    const { last } = meter;
    if (last === null || last.quota.limit <= 0) continue;
    if (fullest === null || shareOf(last) > shareOf(fullest.meter.last))
      fullest = { call, meter: { ...meter, last } };
  }
  return fullest;
}
