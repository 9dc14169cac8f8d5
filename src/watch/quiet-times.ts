/**
 * Each function's quiet time: it begins with the first sign of a change, and ends in one event for the core. Meanwhile the
 * upload that will probably follow is prepared. It takes longer while the function's files are not finished: parts that its
 * code names have been removed, a file is written in pieces, or it never comes to rest.
 */
import type { Content } from '../content/content.js';
import type { Engine } from '../core/engine.js';
import type { FunctionName } from '../model/nouns.js';
import { createDebouncer, type QuietEnd } from './debounce.js';
import { createQuietEvents } from './quiet-events.js';
import { look } from './stat.js';

/** The signs of a change: a file event in the function or in shared code, a sweep, or another ignore file. */
export type Sign = 'own' | 'shared' | 'sweep' | 'rules';

export interface QuietTimesOptions {
  readonly engine: Pick<Engine, 'dispatch'>;
  readonly content: Pick<Content, 'missingParts' | 'hasGrown'>;
  readonly now: () => number;
  readonly nextTurn?: (callback: () => void) => void;
  /** Quiet after the last sign, and the longest wait since the first, ms. */
  readonly quietMs: () => number;
  readonly maxMs: () => number;
  /** Prepares the upload that a function will probably need. */
  readonly prepare: (name: FunctionName) => Promise<void>;
  /** This file of the function changes all the time; reported once until it comes to rest. */
  readonly onRestless: (name: FunctionName, file: string) => void;
  readonly onBug: (error: unknown) => void;
}

export interface QuietTimes {
  /** Begins the function's quiet time, or begins it again. @param path what has changed, absolute, where that is known */
  touch(name: FunctionName, sign: Sign, path?: string): void;
  isPending(name: FunctionName): boolean;
  close(): void;
}

/** An editor's writes, renames and change of mode come within 2 ms: after a quarter of the quiet time most saves are done. */
const partOfQuiet = 0.25;
/** Changes that begin again so soon after a quiet time belong to what went on before it, ms. */
const restlessGapMs = 1000;
/** A person does not save once a second for so long, ms. */
const restlessAfterMs = 30_000;
/** Quiet and longest wait of a function that does not come to rest, ms: it is sent at most every ten seconds. */
const slowQuietMs = 1000;
const slowMaxMs = 10_000;
/** How long removed parts are waited for, and how often they are looked for, ms. A bundler takes seconds. */
const missingForMs = 10_000;
const missingEveryMs = 250;

/** The activity around a function, as long as it lasts. */
interface Unrest {
  readonly since: number;
  /** When its last quiet time ended; null while one runs. */
  endedAt: number | null;
  /** Its files are written in pieces, or it was not quiet for as long as it may take. */
  isSlow: boolean;
  isReported: boolean;
  /** Something is gone that was there. */
  hasRemoved: boolean;
  /** Since when parts of it are missing. */
  missingSince: number | null;
  lastPath: string | null;
}

export function createQuietTimes(options: QuietTimesOptions): QuietTimes {
  const { content, now } = options;
  const events = createQuietEvents(options);
  /** Whose quiet time began with shared code, and whose with a sweep, and has had no other sign since. */
  const asShared = new Set<FunctionName>();
  const bySweep = new Set<FunctionName>();
  const unrests = new Map<FunctionName, Unrest>();
  let closed = false;

  const isSlow = (name: FunctionName): boolean => {
    const unrest = unrests.get(name);
    return unrest !== undefined && (unrest.isSlow || now() - unrest.since >= restlessAfterMs);
  };
  const isMissing = (name: FunctionName): boolean => unrests.get(name)?.missingSince != null;
  const quietMs = (name: FunctionName): number => {
    if (isSlow(name)) return Math.max(options.quietMs(), slowQuietMs);
    return isMissing(name) ? Math.max(options.quietMs(), missingEveryMs) : options.quietMs();
  };
  const maxMs = (name: FunctionName): number =>
    isSlow(name) ? Math.max(options.maxMs(), slowMaxMs) : options.maxMs();

  const end = (name: FunctionName, { lastAt, capped }: QuietEnd): void => {
    const unrest = unrests.get(name);
    if (unrest !== undefined) {
      if (waitsForParts(name, unrest)) return void quiet.touch(name);
      noteEnd(name, unrest, capped);
    }
    const cause = asShared.delete(name) ? 'shared' : 'change';
    // When it was saved is not known where a sweep found it.
    const savedAt = bySweep.delete(name) ? null : lastAt;
    events.settled({ function: name, cause, savedAt, full: false, capped });
  };
  const quiet = createDebouncer({ quietMs, maxMs, onQuiet: end });

  /** A build tool removes a folder and makes it again: what the code still names will come back, for a while at least. */
  const waitsForParts = (name: FunctionName, unrest: Unrest): boolean => {
    if (!unrest.hasRemoved) return false;
    if (content.missingParts(name).length > 0) {
      unrest.missingSince ??= now();
      if (now() - unrest.missingSince < missingForMs) return true;
    }
    unrest.hasRemoved = false;
    unrest.missingSince = null;
    return false;
  };
  const noteEnd = (name: FunctionName, unrest: Unrest, capped: boolean): void => {
    const wasSlow = isSlow(name);
    unrest.endedAt = now();
    unrest.isSlow ||= capped;
    if (!wasSlow || !capped || unrest.isReported || unrest.lastPath === null) return;
    unrest.isReported = true;
    options.onRestless(name, unrest.lastPath);
  };
  /** @returns the unrest that this change belongs to */
  const noteChange = (name: FunctionName, path: string | undefined): Unrest => {
    const before = unrests.get(name);
    const goesOn =
      before !== undefined && (before.endedAt === null || now() - before.endedAt <= restlessGapMs);
    const unrest = goesOn ? before : newUnrest(now());
    const begins = unrest.endedAt !== null;
    unrest.endedAt = null;
    unrests.set(name, unrest);
    if (path === undefined) return unrest;
    unrest.lastPath = path;
    unrest.hasRemoved ||= look(path) === null;
    if (begins && !unrest.isSlow && content.hasGrown(name, path)) unrest.isSlow = true;
    return unrest;
  };

  const toPrepare = new Set<FunctionName>();
  let preparing = false;
  /** One function at a time: a whole branch may change at once, and events must be heard meanwhile. */
  const prepareAll = async (): Promise<void> => {
    preparing = true;
    for (const name of toPrepare) {
      toPrepare.delete(name);
      if (!closed && quiet.isPending(name)) await options.prepare(name).catch(options.onBug);
    }
    preparing = false;
  };
  const almostQuiet = createDebouncer({
    quietMs: () => options.quietMs() * partOfQuiet,
    maxMs: options.maxMs,
    onQuiet(name) {
      toPrepare.add(name);
      if (!preparing) void prepareAll();
    },
  });

  /** The first sign names the cause, unless one of the function's own follows; any event says when it was saved. */
  const noteSign = (name: FunctionName, sign: Sign): void => {
    const first = !quiet.isPending(name);
    if (sign === 'own') asShared.delete(name);
    if (sign === 'shared' && first) asShared.add(name);
    if (sign === 'sweep' && first) bySweep.add(name);
    if (sign === 'own' || sign === 'shared') bySweep.delete(name);
  };

  return {
    touch(name, sign, path) {
      if (closed) return;
      noteSign(name, sign);
      const unrest = noteChange(name, path);
      // A function that is not finished is not worth preparing.
      if (!isSlow(name) && unrest.missingSince === null) almostQuiet.touch(name);
      if (quiet.touch(name)) events.touched(name);
    },
    isPending: quiet.isPending,
    close() {
      closed = true;
      toPrepare.clear();
      quiet.close();
      almostQuiet.close();
      events.close();
    },
  };
}

function newUnrest(now: number): Unrest {
  return {
    since: now,
    endedAt: null,
    isSlow: false,
    isReported: false,
    hasRemoved: false,
    missingSince: null,
    lastPath: null,
  };
}
