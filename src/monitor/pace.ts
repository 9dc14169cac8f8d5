/** When to paint: at once where possible, never too often, and never when nothing asked for it. One timer. */

export interface PacerOptions {
  readonly now: () => number;
  /** Over SSH. */
  readonly remote: boolean;
  /** Paints; returns when a text that shows time changes next. */
  readonly paint: () => number | null;
}

export interface Pacer {
  /** Something changed. `urgent`: somebody pressed a key and looks at the screen. */
  request(urgent: boolean): void;
  paintNow(): void;
  close(): void;
}

/** Timers hold 31 bits; looking once an hour costs nothing. */
const longestWaitMs = 3_600_000;

/** Shortest time between frames, ms: after a key at most 30 a second; what happens by itself is as clear at 10. */
const gaps = { key: 34, calm: 100, remote: 100 };
/** The share of a core that pictures may take which nobody asked for by a key: where one costs more, it comes less often. */
const shareOfCore = 0.05;
/** However slow the machine is, somebody watches what happens. */
const longestGapMs = 500;
/** How much the last picture counts against those before it: one that was held up by something else says little. */
const weight = 0.25;

export function createPacer({ now, remote, paint }: PacerOptions): Pacer {
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let paintedAt = Number.NEGATIVE_INFINITY;
  /** Of a picture, ms. */
  let costMs = 0;
  let closed = false;

  const stopTimer = (): void => {
    clearTimeout(timer);
    dueAt = Number.POSITIVE_INFINITY;
  };
  const schedule = (at: number): void => {
    if (closed || at >= dueAt) return;
    stopTimer();
    dueAt = at;
    // A clock that was set back must not stop the picture.
    timer = setTimeout(paintNow, Math.min(longestWaitMs, Math.max(0, at - now())));
  };
  const calmGap = (): number => Math.max(gaps.calm, Math.min(longestGapMs, costMs / shareOfCore));
  const paintNow = (): void => {
    stopTimer();
    if (closed) return;
    paintedAt = now();
    const wakeAt = paint();
    costMs += (now() - paintedAt - costMs) * weight;
    if (wakeAt !== null) schedule(Math.max(wakeAt, paintedAt + calmGap()));
  };
  return {
    request(urgent) {
      const gap = !urgent ? calmGap() : remote ? gaps.remote : gaps.key;
      const at = now();
      schedule(Math.min(at + gap, Math.max(at, paintedAt + gap)));
    },
    paintNow,
    close() {
      closed = true;
      stopTimer();
    },
  };
}
