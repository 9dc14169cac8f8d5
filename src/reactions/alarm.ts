/**
 * When somebody who looks elsewhere is to be notified: once for a burst of failures, and once when all of them are over. A
 * failure that is over before it was reported is never reported. Pure; times are milliseconds since the epoch.
 */
import type { EnvId, FunctionName } from '../model/nouns.js';

export interface Failing {
  readonly function: FunctionName;
  /** null: the function's content, wherever it goes. */
  readonly env: EnvId | null;
  readonly told: boolean;
}

export interface Alarm {
  readonly failing: readonly Failing[];
  /** A failure that was reported is over, and not all of them yet. */
  readonly owesRecovery: boolean;
  /** When there is something to say; null: nothing. */
  readonly dueAt: number | null;
  /** Nothing more of failures before this. */
  readonly quietUntil: number;
}

export const noAlarm: Alarm = { failing: [], owesRecovery: false, dueAt: null, quietUntil: 0 };

/** A failure that comes within this time is reported together. A first retry is over by then. */
const gatherMs = 2000;
/** At most one notification of failures in this time. */
const quietMs = 30_000;

export function failed(
  alarm: Alarm,
  name: FunctionName,
  envs: readonly (EnvId | null)[],
  now: number,
): Alarm {
  const isKnown = (env: EnvId | null): boolean =>
    alarm.failing.some((each) => each.function === name && each.env === env);
  const added = envs.filter((env) => !isKnown(env)).map((env) => ({ function: name, env, told: false }));
  return scheduled({ ...alarm, failing: [...alarm.failing, ...added] }, now);
}

/** The function's content is good, and live in `env`. @param env null: nothing is known of any environment */
export function recovered(alarm: Alarm, name: FunctionName, env: EnvId | null, now: number): Alarm {
  return without(alarm, (each) => each.function === name && (each.env === null || each.env === env), now);
}

/** The function is no longer there. */
export function dropped(alarm: Alarm, name: FunctionName, now: number): Alarm {
  return without(alarm, (each) => each.function === name, now);
}

function without(alarm: Alarm, isOver: (failing: Failing) => boolean, now: number): Alarm {
  const over = alarm.failing.filter(isOver);
  if (over.length === 0) return alarm;
  const failing = alarm.failing.filter((each) => !isOver(each));
  return scheduled(
    { ...alarm, failing, owesRecovery: alarm.owesRecovery || over.some(({ told }) => told) },
    now,
  );
}

function scheduled(alarm: Alarm, now: number): Alarm {
  if (alarm.failing.length === 0) return { ...alarm, dueAt: alarm.owesRecovery ? now : null };
  if (alarm.failing.every(({ told }) => told)) return { ...alarm, dueAt: null };
  return { ...alarm, dueAt: alarm.dueAt ?? Math.max(now + gatherMs, alarm.quietUntil) };
}

export type Said =
  | { readonly kind: 'failed'; readonly failing: readonly Failing[] }
  | { readonly kind: 'recovered' };

/** The words to be said now, and the state afterwards. */
export function spoken(alarm: Alarm, now: number): { readonly alarm: Alarm; readonly said: Said | null } {
  if (alarm.dueAt === null) return { alarm, said: null };
  if (alarm.failing.length === 0) {
    return { alarm: { ...alarm, owesRecovery: false, dueAt: null }, said: { kind: 'recovered' } };
  }
  return {
    alarm: {
      ...alarm,
      failing: alarm.failing.map((each) => ({ ...each, told: true })),
      dueAt: null,
      quietUntil: now + quietMs,
    },
    said: { kind: 'failed', failing: alarm.failing.filter(({ told }) => !told) },
  };
}
