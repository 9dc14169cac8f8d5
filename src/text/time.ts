/** Times as short texts, in the reader's units, and when each text changes next, so that nothing is painted in between. */
import type { Catalogue, Language } from './language.js';

/** A number and its unit. Chinese units are written out: 毫秒, 秒, 分钟, 小时. */
interface Units {
  readonly ms: (count: number) => string;
  /** May have one decimal. */
  readonly seconds: (count: number | string) => string;
  readonly minutes: (count: number) => string;
  readonly hours: (count: number) => string;
}

const units: Catalogue<Units> = {
  en: {
    ms: (count) => `${count} ms`,
    seconds: (count) => `${count} s`,
    minutes: (count) => `${count} min`,
    hours: (count) => `${count} h`,
  },
  'zh-CN': {
    ms: (count) => `${count} 毫秒`,
    seconds: (count) => `${count} 秒`,
    minutes: (count) => `${count} 分钟`,
    hours: (count) => `${count} 小时`,
  },
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A duration that is over: "340 ms", "2.4 s", "3 min": short enough for a column. */
export function duration(ms: number, language: Language): string {
  const { ms: milliseconds, seconds, minutes } = units[language];
  if (Math.round(ms) < 1000) return milliseconds(Math.round(ms));
  if (Math.round(ms / 100) < 600) return seconds((ms / 1000).toFixed(1));
  return minutes(Math.round(ms / minuteMs));
}

/** A duration to come: "12 s", "3 min", "2 h 5 min"; what is over is "0 s". */
export function countdown(ms: number, language: Language): string {
  const { seconds, minutes, hours } = units[language];
  if (ms <= minuteMs) return seconds(Math.max(0, Math.ceil(ms / 1000)));
  if (ms <= hourMs) return minutes(Math.ceil(ms / minuteMs));
  const total = Math.ceil(ms / minuteMs);
  const whole = hours(Math.floor(total / 60));
  return total % 60 === 0 ? whole : `${whole} ${minutes(total % 60)}`;
}

/** When `countdown(until - now)` reads differently; null: never again. */
export function nextCountdownChange(until: number, now: number): number | null {
  const left = until - now;
  if (left <= 0) return null;
  const step = left <= minuteMs ? 1000 : minuteMs;
  return until - (Math.ceil(left / step) - 1) * step;
}

/** A duration that grows: "4 s", "3 min". */
export function elapsed(ms: number, language: Language): string {
  const { seconds, minutes } = units[language];
  return ms < minuteMs ? seconds(Math.max(0, Math.floor(ms / 1000))) : minutes(Math.floor(ms / minuteMs));
}

/** When `elapsed(now - since)` reads differently. */
export function nextElapsedChange(since: number, now: number): number {
  const gone = Math.max(0, now - since);
  const step = gone < minuteMs ? 1000 : minuteMs;
  return since + (Math.floor(gone / step) + 1) * step;
}

/** The local time of day, "14:03:12"; with the date where it was another day: "03-31 14:03". */
export function clockTime(at: number, now: number): string {
  return isOfDay(at, now) ? timeOfDay(at) : `${monthAndDay(at)} ${shortTime(at)}`;
}

/** "14:03:12". */
export function timeOfDay(at: number): string {
  return `${shortTime(at)}:${two(new Date(at).getSeconds())}`;
}

/** "14:03"; with the whole date where it was another day: "2026-03-31 14:03". */
export function minuteTime(at: number, now: number): string {
  return isOfDay(at, now)
    ? shortTime(at)
    : `${new Date(at).getFullYear()}-${monthAndDay(at)} ${shortTime(at)}`;
}

function monthAndDay(at: number): string {
  const date = new Date(at);
  return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Hour and minute of the day. */
export function shortTime(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(part: number): string {
  return part < 10 ? `0${part}` : `${part}`;
}

/** The local day last asked for: every line of every frame asks for the same one. */
let day = { from: 0, to: 0 };

/** Whether it lies between the midnights around now; such a day may have 23 or 25 hours. */
function isOfDay(at: number, now: number): boolean {
  if (now < day.from || now >= day.to) {
    day = { from: new Date(now).setHours(0, 0, 0, 0), to: new Date(now).setHours(24, 0, 0, 0) };
  }
  return at >= day.from && at < day.to;
}

/** The earlier of two moments, of which either may be never. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
