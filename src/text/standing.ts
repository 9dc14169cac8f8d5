/**
 * Where a target stands, in words: group, word, detail and hint. The monitor, the plain lines, the events and `status` all
 * ask here, so that they say the same of the same target.
 */
import { awaitsAnswer, type Phase } from '../core/phase.js';
import {
  type FunctionState,
  isUpToDate,
  type State,
  type TargetFailure,
  type TargetState,
  wantedIn,
} from '../core/state.js';
import type { CodeFault } from '../model/code-fault.js';
import type { EnvId, Failure, PartName } from '../model/nouns.js';
import { describeFailure, describeHold, failureText, ofPart, type Reader, type Subject } from './describe.js';
import type { Language } from './language.js';
import { sentences, short } from './text.js';
import { clockTime, countdown, elapsed } from './time.js';
import { describeFault } from './words/code.js';
import type { Explanation } from './words/explanation.js';
import { historyWords } from './words/history.js';
import { standingWords } from './words/standing.js';

/** The group that a target counts as: what the header of the monitor counts, and what its filter finds. */
export type Group = 'live' | 'adopted' | 'pending' | 'failed' | 'held';

/** A target, with the phase that it is in. */
export interface Target {
  readonly fn: FunctionState;
  readonly env: EnvId;
  readonly target: TargetState;
  readonly phase: Phase;
}

/** Whether a running process continues by itself, or only the disk and what it noted is looked at. */
export type Watcher = 'running' | 'none';

export function groupOf(phase: Phase): Group {
  switch (phase.kind) {
    case 'live':
    case 'adopted':
      return phase.kind;
    case 'sending':
    case 'deploying':
    case 'queued':
      return 'pending';
    case 'waiting':
      // It is sent as soon as the cloud has done the one before: nothing failed.
      return phase.failure.class === 'busy' ? 'pending' : 'failed';
    case 'held':
      return groupOfHold(phase.hold.reason);
    default:
      return phase satisfies never;
  }
}

/** A refusal or a failed build is a failure in everybody's eyes, though the scheduler holds it like the others. */
export function groupOfHold(reason: Extract<Phase, { kind: 'held' }>['hold']['reason']): Group {
  switch (reason) {
    case 'refused':
    case 'missing':
    case 'build-failed':
    case 'cannot-run':
      return 'failed';
    case 'settling':
    case 'building':
    case 'unlisted':
    case 'throttled':
    case 'git-busy':
      return 'pending';
    default:
      return 'held';
  }
}

/** One or two words, short enough for a cell. */
export function wordOf(
  { phase, fn, target }: Pick<Target, 'phase' | 'fn' | 'target'>,
  language: Language,
  now: number,
  watcher: Watcher = 'running',
): string {
  const words = standingWords[language];
  switch (phase.kind) {
    case 'live':
      return faultOf(fn, target) === null ? words.phase.live : words.phase.broken;
    case 'adopted':
    case 'sending':
      return words.phase[phase.kind];
    case 'deploying':
      return watcher === 'running' ? words.phase.deploying : words.phase.accepted;
    case 'queued':
      return watcher === 'running' ? words.phase.queued : words.phase.idle;
    case 'waiting':
      return phase.failure.class === 'busy'
        ? words.busy
        : words.waitingFor(countdown(phase.until - now, language));
    case 'held':
      return awaitsAnswer(phase.hold) ? words.asked : words.hold[phase.hold.reason];
    default:
      return phase satisfies never;
  }
}

/** The word for what the event `stopped` gives as the reason of a pending target. */
export function wordOfReason(reason: string, language: Language): string {
  const { phase, hold, asked } = standingWords[language];
  const words: Readonly<Record<string, string>> = { ...phase, ...hold, asked };
  return words[reason] ?? reason;
}

/** The fault that keeps the code that is live from running; null: none is known, or other code is live. */
export function faultOf(fn: FunctionState, { env, live }: TargetState): CodeFault | null {
  return live === wantedIn(fn, env) && fn.problem === null ? fn.fault : null;
}

/** Moments shared by targets that are explained together; null: the target's own. */
export interface Moments {
  readonly liveSince?: number | null;
  readonly acceptedAt?: number;
}

/** Why a target stands where it stands, and what to do about it; the hint is empty where nothing is to be done. */
export function explainTarget(
  state: State,
  standing: Target,
  reader: Reader,
  watcher: Watcher = 'running',
  moments: Moments = {},
): Explanation {
  const { phase } = standing;
  const explained = explainPhase(state, standing, reader, watcher, moments);
  return phase.kind === 'held' ? explained : ofPart(phase.part, explained, reader);
}

/** Somebody else's code cannot be known; what of ours it took the place of can. */
function withReplaced(
  { detail, hint }: Explanation,
  foreign: TargetState['foreign'],
  { language }: Reader,
): Explanation {
  if (foreign === null) return { detail, hint };
  return { detail: sentences(detail, historyWords[language].replaced(short(foreign.ours))), hint };
}

function explainPhase(
  state: State,
  standing: Target,
  reader: Reader,
  watcher: Watcher,
  moments: Moments,
): Explanation {
  const { phase, fn, target } = standing;
  const words = standingWords[reader.language];
  switch (phase.kind) {
    case 'live': {
      const fault = faultOf(fn, target);
      if (fault !== null) return describeFault(fault, reader.language);
      return plain(liveText(moments.liveSince ?? target.liveSince, phase.verified, state.now, reader));
    }
    case 'adopted':
      return words.adopted(phase.modTime);
    case 'sending':
      return plain(sendingText(state, inFlightOf(target, phase.part), reader));
    case 'deploying':
      return watcher === 'none'
        ? words.accepted
        : plain(deployingText(state.now - (moments.acceptedAt ?? phase.since), reader));
    case 'queued':
      return watcher === 'none' ? words.idle : queuedText(state, standing, reader);
    case 'waiting': {
      const failed = failedText(phase.failure, failedOf(target, phase.part), reader);
      // The monitor counts down in the cell.
      if (reader.place === 'monitor') return failed;
      const time = countdown(phase.until - state.now, reader.language);
      return { ...failed, detail: sentences(failed.detail, words.retried(time)) };
    }
    case 'held':
      return explainHeld(standing, phase, reader);
    default:
      return phase satisfies never;
  }
}

function explainHeld(standing: Target, phase: Extract<Phase, { kind: 'held' }>, reader: Reader): Explanation {
  const { fn, env, target } = standing;
  const { reason } = phase.hold;
  const words = standingWords[reader.language];
  if (awaitsAnswer(phase.hold)) return plain(words.beforeQuestion);
  if (isChangeWaiting(standing)) return words.changeWaits(reader.place, fn.spec.name, env);
  const explained = describeHold(phase.hold, reader, aboutTarget(fn, target));
  return withReplaced(explained, reason === 'foreign' ? target.foreign : null, reader);
}

/** Whom a hold is about. */
export function aboutTarget(fn: FunctionState, target: TargetState): Subject {
  const isAccepted = target.deploying !== null && isUpToDate(fn, target);
  return { function: fn.spec.name, env: target.env, isAccepted };
}

/** With `onForeignChange: "hold"` a change of our own does not go over what somebody else deployed. */
function isChangeWaiting({ phase, fn, env, target }: Target): boolean {
  if (phase.kind !== 'held' || phase.hold.reason !== 'foreign' || target.foreign === null) return false;
  return target.undone === null && wantedIn(fn, env) !== target.foreign.ours;
}

function plain(detail: string): Explanation {
  return { detail, hint: '' };
}

function liveText(since: number | null, verified: boolean, now: number, { language }: Reader): string {
  const words = standingWords[language];
  const text = since === null ? '' : words.liveSince(clockTime(since, now));
  return verified ? text : sentences(text, words.unverified);
}

/** An answer usually comes within this time; from then on it is said that none has. The same for a deployment. */
const usualMs = 2000;

function inFlightOf({ inFlight, parts }: TargetState, part: PartName | undefined): number | null {
  return part === undefined ? inFlight : parts[part].inFlight;
}

function sendingText(state: State, inFlight: number | null, { language }: Reader): string {
  const sentAt = inFlight === null ? null : (state.requests.get(inFlight)?.startedAt ?? null);
  const ms = sentAt === null ? 0 : state.now - sentAt;
  const words = standingWords[language];
  return ms < usualMs ? words.sending : words.unanswered(elapsed(ms, language));
}

function deployingText(ms: number, { language }: Reader): string {
  const words = standingWords[language];
  return ms < usualMs ? words.deployingNow : words.deploying(elapsed(ms, language));
}

/** Nothing keeps it but its turn: with what failed before, in it or in its environment, that is worth knowing. */
function queuedText(state: State, { env: id, target }: Target, reader: Reader): Explanation {
  const words = standingWords[reader.language];
  const env = state.envs.get(id);
  const failure = env?.apart?.failure ?? null;
  if (failure !== null) {
    const { detail, hint } = failedText(failure, target.failed, reader);
    return { detail: `${detail}\n${words.inTurn}`, hint };
  }
  return plain(words.queued);
}

function failedOf({ failed, parts }: TargetState, part: PartName | undefined): TargetFailure | null {
  return part === undefined ? failed : parts[part].failed;
}

function failedText(failure: Failure, failed: TargetFailure | null, reader: Reader): Explanation {
  const words = standingWords[reader.language];
  return {
    detail: sentences(
      failureText(failure, reader.language),
      failed === null ? '' : words.attempts(failed.attempts),
    ),
    hint: describeFailure(failure, reader),
  };
}
