/** Why each target of a function stands where it does, and what to do: the heart of the right pane. */

import type { TokenSource } from '../config/model.js';
import type { State } from '../core/state.js';
import type { EnvId, HoldReason } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { explainTarget, type Moments } from '../text/standing.js';
import { displayable, short } from '../text/text.js';
import { clockTime, earlier, nextElapsedChange } from '../text/time.js';
import { monitorWords } from '../text/words/monitor.js';
import { type Mark, markChangesAt } from './marks.js';
import { readerOf } from './scene.js';
import type { TableRow, TargetCell } from './table.js';

/** One explanation for the targets that share it. */
export interface Why {
  readonly mark: Mark;
  readonly envs: readonly EnvId[];
  /** The event itself; may have several lines. */
  readonly detail: string;
  /** The remedy; empty where nothing is to be done. */
  readonly hint: string;
}

/** The content that runs meanwhile in environments where the newest does not. */
export interface Runs {
  readonly envs: readonly EnvId[];
  readonly text: string;
}

export interface WhyOptions {
  readonly language: Language;
  readonly now: number;
  /** Takes secrets out of text. */
  readonly redact: (text: string) => string;
  readonly token?: TokenSource | null;
}

export interface Explained {
  readonly whys: readonly Why[];
  /** Only where it does not go without saying. */
  readonly runs: readonly Runs[];
  readonly wakeAt: number | null;
}

/** Explanations of a function's targets (of one environment, or all), the most pressing first. */
export function whyOf(state: State, row: TableRow, env: EnvId | null, options: WhyOptions): Explained {
  const groups = new Map<string, Why>();
  const cells = [...row.cells.values()].filter((cell) => env === null || cell.env === env);
  // A second more or less does not make it two things: all of them are live since the last became so.
  const moments: Moments = {
    liveSince: latestOf(cells.filter(({ phase }) => phase.kind === 'live')),
    acceptedAt: Math.min(...cells.map(({ phase }) => (phase.kind === 'deploying' ? phase.since : Infinity))),
  };
  // A time is that of the frame, which may be later than the last event's.
  const at = { ...state, now: options.now };
  const clean = (text: string): string => options.redact(text).split(/\r?\n/).map(displayable).join('\n');
  let wakeAt: number | null = null;
  for (const cell of cells) {
    const standing = { ...cell, fn: row.fn };
    const explained = explainTarget(at, standing, readerOf(options), 'running', moments);
    const [detail, hint] = [clean(explained.detail), clean(explained.hint)];
    wakeAt = earlier(wakeAt, changesAt(state, cell, options.now));
    const key = `${cell.mark.word} ${detail}`;
    const envs = [...(groups.get(key)?.envs ?? []), cell.env];
    groups.set(key, { mark: cell.mark, envs, detail, hint });
  }
  const whys = [...groups.values()].sort((a, b) => b.mark.rank - a.mark.rank);
  return { whys, runs: runsOf(cells, options), wakeAt };
}

function latestOf(cells: readonly TargetCell[]): number | null {
  const times = cells.flatMap(({ target }) => (target.liveSince === null ? [] : [target.liveSince]));
  return times.length === 0 ? null : Math.max(...times);
}

function changesAt(state: State, { phase, target }: TargetCell, now: number): number | null {
  switch (phase.kind) {
    case 'deploying':
      return nextElapsedChange(phase.since, now);
    case 'sending': {
      const sentAt = sentAtOf(state, target);
      return sentAt === null ? null : nextElapsedChange(sentAt, now);
    }
    default:
      return markChangesAt(phase, now);
  }
}

function sentAtOf(state: State, { inFlight }: TargetCell['target']): number | null {
  return inFlight === null ? null : (state.requests.get(inFlight)?.startedAt ?? null);
}

/** Reasons that say themselves what runs, or that nobody knows. */
const tellThemselves: ReadonlySet<HoldReason> = new Set([
  'foreign',
  'undone',
  'unverified',
  'missing',
  'settling',
]);

/** The content that runs where the newest content does not, once that is not just about to change. */
function runsOf(cells: readonly TargetCell[], { language, now }: WhyOptions): readonly Runs[] {
  const words = monitorWords[language];
  const groups = new Map<string, TargetCell[]>();
  for (const cell of cells) {
    const runs = whatRuns(cell);
    if (runs !== null) groups.set(runs, [...(groups.get(runs) ?? []), cell]);
  }
  return [...groups].map(([runs, alike]) => {
    const since = latestOf(alike);
    const text =
      runs === 'nothing'
        ? words.runsNothing
        : runs === 'unknown'
          ? words.runsUnknown
          : words.stillRuns(short(runs), since === null ? null : clockTime(since, now));
    return { envs: alike.map(({ env }) => env), text };
  });
}

/** A fingerprint; null: that goes without saying. */
function whatRuns({ phase, mark, target }: TargetCell): string | null {
  if (mark.group !== 'failed' && mark.group !== 'held') return null;
  if (phase.kind === 'held' && tellThemselves.has(phase.hold.reason)) return null;
  return target.live ?? (target.presence === 'missing' ? 'nothing' : 'unknown');
}
