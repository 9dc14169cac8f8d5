/** Times as short texts, and when each text changes next, so that nothing is painted in between. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A duration to come: "12 s", "3 min", "2 h 5 min"; what is over is "0 s". */
export function shortTime(ms: number): string {
  if (ms <= 0) return '0 s';
  if (ms <= minuteMs) return `${Math.ceil(ms / 1000)} s`;
  if (ms <= hourMs) return `${Math.ceil(ms / minuteMs)} min`;
  const minutes = Math.ceil(ms / minuteMs);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** When `shortTime(until - now)` reads differently; null: never again. */
export function nextCountdownChange(until: number, now: number): number | null {
  const left = until - now;
  if (left <= 0) return null;
  const step = left <= minuteMs ? 1000 : minuteMs;
  return until - (Math.ceil(left / step) - 1) * step;
}

/** A duration that grows: "4 s", "3 min". */
export function elapsed(ms: number): string {
  return ms < minuteMs ? `${Math.max(0, Math.floor(ms / 1000))} s` : `${Math.floor(ms / minuteMs)} min`;
}

/** When `elapsed(now - since)` reads differently. */
export function nextElapsedChange(since: number, now: number): number {
  const gone = Math.max(0, now - since);
  const step = gone < minuteMs ? 1000 : minuteMs;
  return since + (Math.floor(gone / step) + 1) * step;
}

/** The local time of day, "14:03:12"; with the date where it was another day: "03-31 14:03". */
export function clockTime(at: number, now: number): string {
  const date = new Date(at);
  const two = (part: number): string => `${part}`.padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (new Date(now).toDateString() === date.toDateString()) return `${time}:${two(date.getSeconds())}`;
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** The earlier of two moments, of which either may be never. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
