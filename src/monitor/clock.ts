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
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (at >= dayOf(now).from && at < dayOf(now).to) return `${time}:${two(date.getSeconds())}`;
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

function two(part: number): string {
  return part < 10 ? `0${part}` : `${part}`;
}

/** The local day last asked for: every line of every frame asks for the same one. */
let day = { from: 0, to: 0 };

/** From midnight to midnight, epoch milliseconds; such a day may have 23 or 25 hours. */
function dayOf(at: number): { from: number; to: number } {
  if (at < day.from || at >= day.to) {
    day = { from: new Date(at).setHours(0, 0, 0, 0), to: new Date(at).setHours(24, 0, 0, 0) };
  }
  return day;
}

/** The earlier of two moments, of which either may be never. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
