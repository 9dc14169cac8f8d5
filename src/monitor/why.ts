/** Why each target of a function stands where it does, and what to do: the heart of the right pane. */

import type { EnvState, State, TargetState } from '../core/state.js';
import type { EnvId, Failure, HoldReason } from '../model/nouns.js';
import { describeFailure, describeHold, describeMessage } from '../text/describe.js';
import type { Language } from '../text/language.js';
import { displayable, short } from '../text/text.js';
import { type MonitorWords, monitorWords } from '../text/words/monitor.js';
import { clockTime, earlier, elapsed, nextElapsedChange } from './clock.js';
import { type Mark, markChangesAt } from './marks.js';
import type { TableRow, TargetCell } from './table.js';

/** One explanation for the targets that share it. */
export interface Why {
  readonly mark: Mark;
  readonly envs: readonly EnvId[];
  /** What happened; may have several lines. */
  readonly detail: string;
  /** What to do; empty where nothing is to be done. */
  readonly hint: string;
}

/** What runs meanwhile in environments where the newest does not. */
export interface Runs {
  readonly envs: readonly EnvId[];
  readonly text: string;
}

export interface WhyOptions {
  readonly language: Language;
  readonly now: number;
  /** Takes secrets out of text. */
  readonly redact: (text: string) => string;
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
  const liveSince = latestOf(cells.filter(({ phase }) => phase.kind === 'live'));
  const acceptedAt = Math.min(
    ...cells.map(({ phase }) => (phase.kind === 'deploying' ? phase.since : Infinity)),
  );
  let wakeAt: number | null = null;
  for (const cell of cells) {
    const { detail, hint } = explain(state, cell, { liveSince, acceptedAt }, options);
    wakeAt = earlier(wakeAt, changesAt(state, cell, options.now));
    const key = `${cell.mark.word} ${detail}`;
    const envs = [...(groups.get(key)?.envs ?? []), cell.env];
    const clean = (text: string): string => text.split('\n').map(displayable).join('\n');
    groups.set(key, { mark: cell.mark, envs, detail: clean(detail), hint: clean(hint) });
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

/** What environments that stand alike have in common. */
interface Times {
  readonly liveSince: number | null;
  readonly acceptedAt: number;
}

interface Explanation {
  readonly detail: string;
  readonly hint: string;
}

function explain(
  state: State,
  { phase, env, target }: TargetCell,
  { liveSince, acceptedAt }: Times,
  options: WhyOptions,
): Explanation {
  const { language, now, redact } = options;
  const words = monitorWords[language];
  switch (phase.kind) {
    case 'live':
      return { detail: liveText(liveSince, phase.verified, options), hint: '' };
    case 'sending':
      return { detail: sendingText(now - (sentAtOf(state, target) ?? now), words), hint: '' };
    case 'deploying':
      return { detail: words.deploying(elapsed(now - acceptedAt)), hint: '' };
    case 'queued':
      return queuedText(state.envs.get(env), target, options);
    case 'waiting':
      return failureText(phase.failure, target, options);
    case 'held': {
      if (phase.hold.subject === 'asked') return { detail: words.explain.asking, hint: '' };
      const { detail, hint } = describeHold(phase.hold, language, 'monitor');
      return { detail: redact(detail === '' ? phase.hold.reason : detail), hint: redact(hint) };
    }
    default:
      return phase satisfies never;
  }
}

/** An answer usually comes within this time; from then on it is said that none has. */
const answeredWithinMs = 2000;

function sendingText(ms: number, words: MonitorWords): string {
  return ms < answeredWithinMs ? words.explain.sending : words.unanswered(elapsed(ms));
}

/** Nothing keeps it but its turn: with what failed before, in it or in its environment, that is worth knowing. */
function queuedText(env: EnvState | undefined, target: TargetState, options: WhyOptions): Explanation {
  const { explain } = monitorWords[options.language];
  const failure = env?.apart?.failure ?? null;
  if (failure !== null) {
    const failed = failureText(failure, target, options);
    return { detail: `${failed.detail}\n${explain.inTurn}`, hint: failed.hint };
  }
  return { detail: explain.queued, hint: '' };
}

function failureText(failure: Failure, { failed }: TargetState, options: WhyOptions): Explanation {
  const { language, redact } = options;
  const code = failure.errcode === null ? '' : `${failure.errcode} `;
  const rid = failure.rid === null ? '' : ` (rid ${failure.rid})`;
  const tries = failed === null ? '' : ` ${monitorWords[language].attempt(failed.attempts)}`;
  return {
    detail: `${code}${redact(describeMessage(failure.message, language))}${rid}${tries}`,
    hint: describeFailure(failure, language, 'monitor'),
  };
}

/** Reasons that say themselves what runs, or that nobody knows. */
const tellThemselves: ReadonlySet<HoldReason> = new Set(['foreign', 'unverified', 'missing', 'settling']);

/** What runs where the newest content does not, once that is not just about to change. */
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

function liveText(since: number | null, verified: boolean, { language, now }: WhyOptions): string {
  const words = monitorWords[language];
  const text = since === null ? '' : words.liveSince(clockTime(since, now));
  return verified ? text : `${text} ${words.unverified}`.trimStart();
}
