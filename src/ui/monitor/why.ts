/** Why each target of a function stands where it does, and what to do: the heart of the right pane. */
import type { EnvId, HoldReason } from '../../core/model.js';
import type { Phase } from '../../core/phase.js';
import type { State } from '../../core/state.js';
import { describeFailure, describeHold } from '../describe.js';
import type { Language } from '../language.js';
import { displayable, short } from '../text.js';
import { clockTime, earlier, elapsed, nextElapsedChange } from './clock.js';
import { type Mark, markChangesAt } from './marks.js';
import type { TableRow, TargetCell } from './table.js';
import { monitorWords } from './words.js';

/** One explanation for the targets that share it. */
export interface Why {
  readonly mark: Mark;
  readonly envs: readonly EnvId[];
  /** What happened; may have several lines. */
  readonly detail: string;
  /** What to do; empty where nothing is to be done. */
  readonly hint: string;
  /** What runs there meanwhile; empty where that goes without saying. */
  readonly runs: string;
}

export interface WhyOptions {
  readonly language: Language;
  readonly now: number;
  /** Takes secrets out of text. */
  readonly redact: (text: string) => string;
}

export interface Explained {
  readonly whys: readonly Why[];
  readonly wakeAt: number | null;
}

/** Explanations of a function's targets (of one environment, or all), the most pressing first. */
export function whyOf(state: State, row: TableRow, env: EnvId | null, options: WhyOptions): Explained {
  const groups = new Map<string, Why>();
  let wakeAt: number | null = null;
  for (const cell of row.cells.values()) {
    if (env !== null && cell.env !== env) continue;
    const { detail, hint } = explain(state, cell, row, options);
    wakeAt = earlier(wakeAt, changesAt(cell.phase, options.now));
    const runs = runsText(cell, options);
    const key = `${cell.mark.word} ${detail} ${runs}`;
    const before = groups.get(key);
    const envs = [...(before?.envs ?? []), cell.env];
    const clean = (text: string): string => text.split('\n').map(displayable).join('\n');
    groups.set(key, { mark: cell.mark, envs, detail: clean(detail), hint: clean(hint), runs });
  }
  const whys = [...groups.values()].sort((a, b) => b.mark.rank - a.mark.rank);
  return { whys, wakeAt };
}

function changesAt(phase: Phase, now: number): number | null {
  return phase.kind === 'deploying' ? nextElapsedChange(phase.since, now) : markChangesAt(phase, now);
}

interface Explanation {
  readonly detail: string;
  readonly hint: string;
}

function explain(
  state: State,
  { phase, env, target }: TargetCell,
  row: TableRow,
  options: WhyOptions,
): Explanation {
  const { language, now, redact } = options;
  const words = monitorWords[language];
  switch (phase.kind) {
    case 'live':
      return { detail: liveText(target.liveSince, phase.verified, options), hint: '' };
    case 'sending':
      return { detail: words.explain.sending, hint: '' };
    case 'deploying':
      return { detail: words.deploying(elapsed(now - phase.since)), hint: '' };
    case 'queued': {
      const unlisted = state.envs.get(env)?.contact === 'unlisted';
      return { detail: unlisted ? words.explain.unlisted : words.explain.queued, hint: '' };
    }
    case 'waiting': {
      const { failure } = phase;
      const code = failure.errcode === null ? '' : `${failure.errcode} `;
      const rid = failure.rid === null ? '' : ` (rid ${failure.rid})`;
      const tries = target.failed === null ? '' : ` ${words.attempt(target.failed.attempts)}`;
      return {
        detail: `${code}${redact(failure.message)}${rid}${tries}`,
        hint: describeFailure(failure, language, 'monitor'),
      };
    }
    case 'held': {
      const { detail, hint } = describeHold(phase.hold, language, 'monitor');
      const fallback = row.fn.problem === null && detail === '' ? phase.hold.reason : detail;
      return { detail: redact(fallback), hint: redact(hint) };
    }
    default:
      return phase satisfies never;
  }
}

/** Reasons that say themselves what runs, or that nobody knows. */
const tellThemselves: ReadonlySet<HoldReason> = new Set(['foreign', 'unverified', 'missing', 'settling']);

/** What runs where the newest content does not, once that is not just about to change. */
function runsText({ phase, mark, target }: TargetCell, { language, now }: WhyOptions): string {
  const words = monitorWords[language];
  if (mark.group !== 'failed' && mark.group !== 'held') return '';
  if (phase.kind === 'held' && tellThemselves.has(phase.hold.reason)) return '';
  if (target.live === null) return target.presence === 'missing' ? words.runsNothing : words.runsUnknown;
  return words.stillRuns(
    short(target.live),
    target.liveSince === null ? null : clockTime(target.liveSince, now),
  );
}

function liveText(since: number | null, verified: boolean, { language, now }: WhyOptions): string {
  const words = monitorWords[language];
  const text = since === null ? '' : words.liveSince(clockTime(since, now));
  return verified ? text : `${text} ${words.unverified}`.trimStart();
}
