/** Folds facts into what the monitor remembers: logs that stay small, and each function's uploads. Pure. */

import { phaseOf } from '../core/phase.js';
import { headingOf, type State, wantedIn } from '../core/state.js';
import { isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, HoldReason } from '../model/nouns.js';
import { summaryOfAnswer } from '../text/answers.js';
import { failureText } from '../text/describe.js';
import type { Language } from '../text/language.js';
import { lineOf, type Tone } from '../text/lines.js';
import type { LoggedLine } from '../text/stream.js';
import { displayable, short, symbolFor } from '../text/text.js';
import { monitorWords } from '../text/words/monitor.js';
import { plainWords } from '../text/words/plain.js';
import {
  type AnswerSeen,
  type FunctionHistory,
  type Invoked,
  type LiveLine,
  type LogLine,
  type MonitorState,
  noHistory,
  type Toast,
  troubleToast,
  type Upload,
  type UploadEnd,
} from './model.js';
import { envNames } from './table.js';

/** Lines kept for all functions together, for each of them, and of those that concern none. */
const kept = { all: 1000, each: 200, common: 100, recalled: 300 };
const uploadsKept = 20;
/** A line of a build's output or of a result may be any length. */
const longestLine = 2000;

/** What is needed of the program to report a fact. */
export interface Teller {
  readonly state: State;
  readonly language: Language;
  readonly ascii: boolean;
}

/** A fact's lines in the log, what it says of its function, and where somebody should look. */
export function takeFact(monitor: MonitorState, fact: Fact, at: number, teller: Teller): MonitorState {
  const logged = appendFact(monitor, fact, at, teller);
  if (fact.event === 'config') return { ...logged, configWrong: fact.state === 'invalid' };
  const seen = { ...logged, ...attention(monitor, fact, at, teller) };
  const name = 'function' in fact ? fact.function : null;
  if (name === null) return seen;
  return withHistory(seen, name, (history) => fold(history, fact, at, teller.state));
}

function appendFact(monitor: MonitorState, fact: Fact, at: number, teller: Teller): MonitorState {
  if (fact.event === 'live') return appendLive(monitor, fact, at, teller);
  // What is as it was stands in the answers, and is no news.
  if (fact.event === 'answer' && isGoodAnswer(fact) && fact.changed === 'same') return monitor;
  const line = lineOf(withShortNames(withoutHint(fact), teller), teller.language);
  if (line === null) return monitor;
  const name = 'function' in fact ? fact.function : null;
  const text = name === null ? line.text : withoutName(line.text, name);
  return append(monitor, at, name, line.tone, line.label, [text, ...line.below].join('\n'));
}

/** One line for an upload, whatever the number of environments in which it becomes live. */
function appendLive(
  monitor: MonitorState,
  fact: Extract<Fact, { event: 'live' }>,
  at: number,
  teller: Teller,
): MonitorState {
  const { function: name, fingerprint } = fact;
  const before = liveLineOf(monitor, name, fingerprint);
  const envs = [...(before?.live?.envs ?? []).filter((env) => env !== fact.env), fact.env];
  const line = lineOf({ ...fact, env: environmentsText(name, envs, teller) }, teller.language);
  if (line === null) return monitor;
  const live = { fingerprint, envs };
  const text = withoutName(line.text, name);
  if (before === null) return append(monitor, at, name, line.tone, line.label, text, live);
  const after: LogLine = { ...before, text: displayable(text), live };
  const replaced = (lines: readonly LogLine[]): readonly LogLine[] => {
    const index = lines.lastIndexOf(before);
    return index === -1 ? lines : lines.with(index, after);
  };
  const changed = { ...monitor, log: replaced(monitor.log) };
  return withHistory(changed, name, (history) => ({ ...history, lines: replaced(history.lines) }));
}

/** The line that already says that this upload is live somewhere; null: there is none, or something was sent since. */
function liveLineOf(monitor: MonitorState, name: FunctionName, fingerprint: string): LogLine | null {
  for (const line of historyOf(monitor, name).lines.toReversed()) {
    if (line.live?.fingerprint === fingerprint) return line;
    if (line.tone === 'busy') return null;
  }
  return null;
}

/** A few environments by name, many by number, all as such. */
function environmentsText(name: FunctionName, envs: readonly EnvId[], { state, language }: Teller): string {
  const words = plainWords[language];
  const all = state.functions.get(name)?.targets.size ?? 0;
  if (envs.length > 1 && envs.length === all) return words.allEnvironments;
  const names = envNames([...state.envs.keys()]);
  if (envs.length <= namedAtMost) return envs.map((env) => names.get(env) ?? displayable(env)).join(', ');
  return words.environments(envs.length);
}

const namedAtMost = 3;

/** Environments by the names that the list has for them. */
function withShortNames(fact: Fact, { state }: Teller): Fact {
  const names = envNames([...state.envs.keys()]);
  const short = (env: EnvId): string => names.get(env) ?? env;
  switch (fact.event) {
    case 'adopted':
    case 'planned':
    case 'pushing':
    case 'pushed':
    case 'push-failed':
      return { ...fact, envs: fact.envs.map(short) };
    case 'answer':
      return { ...fact, env: short(fact.env) };
    case 'held':
      return fact.env === null ? fact : { ...fact, env: short(fact.env) };
    default:
      return fact;
  }
}

// ---------------------------------------------------------------- where to look

/** Reasons that are no failure of this function, or that the header shows for all of them. */
const calmReasons: ReadonlySet<HoldReason> = new Set([
  'settling',
  'git-busy',
  'paused',
  'protected',
  'foreign',
  'undone',
  'token',
  'offline',
]);

/** The choice goes to what was saved last, or to what failed; and a failure is reported wherever somebody looks. */
function attention(monitor: MonitorState, fact: Fact, at: number, teller: Teller): Partial<MonitorState> {
  const trouble = troubleOf(fact, teller);
  const toast = trouble === null ? {} : { toast: troubleToast(monitor, trouble, at) };
  const name = 'function' in fact ? fact.function : null;
  if (name === null || !monitor.follows) return toast;
  const saved = fact.event === 'changed' || fact.event === 'unchanged';
  // Who looks at answers wants to see some: what was saved last may have none.
  const none = monitor.selected === null || historyOf(monitor, monitor.selected).answers.size === 0;
  const answered = fact.event === 'answer' && monitor.answers && none;
  const goes = answered || saved || (trouble !== null && isCalm(teller.state, monitor.selected));
  return goes ? { ...toast, selected: name } : toast;
}

function isCalm(state: State, name: FunctionName | null): boolean {
  const fn = name === null ? undefined : state.functions.get(name);
  if (fn === undefined) return true;
  return [...fn.targets.values()].every((target) => {
    const { kind } = phaseOf(state, fn, target);
    return kind !== 'held' && kind !== 'waiting';
  });
}

/** What failed, where, and why; null: nothing that somebody has to look at. */
function troubleOf(fact: Fact, teller: Teller): Pick<Toast, 'about' | 'text' | 'quotes'> | null {
  const { language, ascii } = teller;
  const about = (name: string, envs: readonly EnvId[]): string => {
    const where = envs.length === 0 ? '' : ` (${environmentsText(name, envs, teller)})`;
    return `${symbolFor('✖', 'x', ascii)} ${displayable(name)}${where}: `;
  };
  switch (fact.event) {
    case 'push-failed': {
      const goesOn = fact.retryInMs !== null && (fact.class === 'busy' || fact.class === 'missing');
      if (goesOn) return null;
      return { about: about(fact.function, fact.envs), text: failureText(fact, language), quotes: true };
    }
    case 'held':
      if (fact.function === null || calmReasons.has(fact.reason)) return null;
      return {
        about: about(fact.function, fact.env === null ? [] : [fact.env]),
        text: fact.detail,
        quotes: fact.reason === 'refused',
      };
    case 'notice':
      return fact.function === null
        ? null
        : { about: about(fact.function, []), text: fact.detail, quotes: false };
    case 'lost':
      return { about: about(fact.function, []), text: fact.detail, quotes: false };
    case 'answer':
      if (isGoodAnswer(fact)) return null;
      return {
        about: about(fact.function, [fact.env]),
        text: summaryOfAnswer(fact, language),
        quotes: false,
      };
    default:
      return null;
  }
}

// ---------------------------------------------------------------- the log

/** What to do stands above the log, in the words of the monitor: its keys are not those of a line elsewhere. */
function withoutHint(fact: Fact): Fact {
  return fact.event === 'push-failed' ||
    fact.event === 'held' ||
    fact.event === 'offline' ||
    (fact.event === 'notice' && fact.function !== null)
    ? { ...fact, hint: '' }
    : fact;
}

/** The pane's title names the function already. */
function withoutName(text: string, name: FunctionName): string {
  return text.startsWith(name) ? text.slice(name.length).trimStart().replace(/ {2,}/g, '  ') : text;
}

/** Adds text to the logs, one line for each of its lines. */
export function append(
  monitor: MonitorState,
  at: number,
  name: FunctionName | null,
  tone: Tone,
  label: string,
  text: string,
  live: LiveLine | null = null,
): MonitorState {
  const parts = text.split('\n', kept.each);
  const lines: LogLine[] = parts.map((part, index) => ({
    seq: monitor.seq + index + 1,
    at,
    function: name,
    tone,
    label: index === 0 ? displayable(label) : '',
    text: displayable(part.slice(0, longestLine)),
    live,
  }));
  const next: MonitorState = {
    ...monitor,
    seq: monitor.seq + lines.length,
    log: latest(monitor.log, lines, kept.all),
    common: name === null ? latest(monitor.common, lines, kept.common) : monitor.common,
  };
  if (name === null) return next;
  return withHistory(next, name, (history) => ({
    ...history,
    lines: latest(history.lines, lines, kept.each),
  }));
}

/** What an earlier run wrote to the log file, before everything else. */
export function recall(monitor: MonitorState, earlier: readonly LoggedLine[]): MonitorState {
  const lines = earlier.slice(-kept.recalled).map(({ at, tone, label, text }, index, all): LogLine => {
    const shown = { label: displayable(label), text: displayable(text.slice(0, longestLine)) };
    return { seq: index - all.length - 1, at, function: null, tone, ...shown, live: null };
  });
  return { ...monitor, log: [...lines, ...monitor.log] };
}

/** The last items. Lists are spread element by element, but copied by `slice` and `concat` in one go: this runs for each line. */
function latest<T>(before: readonly T[], more: readonly T[], count: number): readonly T[] {
  const tooMany = before.length + more.length - count;
  return tooMany > 0 ? before.slice(tooMany).concat(more).slice(-count) : before.concat(more);
}

export function historyOf(monitor: MonitorState, name: FunctionName): FunctionHistory {
  return monitor.histories.get(name) ?? noHistory;
}

function withHistory(
  monitor: MonitorState,
  name: FunctionName,
  change: (history: FunctionHistory) => FunctionHistory,
): MonitorState {
  const before = historyOf(monitor, name);
  const after = change(before);
  if (after === before) return monitor;
  return { ...monitor, histories: new Map(monitor.histories).set(name, after) };
}

function fold(history: FunctionHistory, fact: Fact, at: number, state: State): FunctionHistory {
  switch (fact.event) {
    case 'changed':
      return { ...history, changed: { at, files: fact.files.map(displayable), more: fact.more } };
    case 'pushing':
      return withUpload(history, begun(fact, at, state));
    case 'pushed':
      return lastUpload(history, fact.envs, fact.fingerprint, (upload) => ({
        ...upload,
        requestMs: fact.requestMs,
      }));
    case 'answer':
      return { ...history, answers: withAnswer(history.answers, { at, answer: fact }) };
    case 'live': {
      const end: UploadEnd = { type: 'live', at, sinceSaveMs: fact.sinceSaveMs };
      return lastUpload(history, [fact.env], fact.fingerprint, (upload) => ended(upload, [fact.env], end));
    }
    case 'push-failed': {
      const end: UploadEnd = { type: 'failed', at, message: displayable(fact.message) };
      return lastUpload(history, fact.envs, null, (upload) => ended(upload, fact.envs, end));
    }
    default:
      return history;
  }
}

/** Answers kept of each function: of twenty events in three environments. */
const answersKept = 60;

function withAnswer(answers: FunctionHistory['answers'], seen: AnswerSeen): FunctionHistory['answers'] {
  const next = new Map(answers).set([seen.answer.eventName, seen.answer.env].join('\0'), seen);
  const [oldest] = next.keys();
  if (next.size > answersKept && oldest !== undefined) next.delete(oldest);
  return next;
}

function begun(fact: Extract<Fact, { event: 'pushing' }>, at: number, state: State): Upload {
  const { envs, cause, attempt, fingerprint, files, zipBytes } = fact;
  const first = envs[0];
  const target = first === undefined ? undefined : state.functions.get(fact.function)?.targets.get(first);
  const before = target?.presence === 'missing' ? null : ((target && headingOf(target)) ?? '?');
  return { at, envs, cause, attempt, before, fingerprint, files, zipBytes, requestMs: null, ends: {} };
}

function withUpload(history: FunctionHistory, upload: Upload): FunctionHistory {
  return { ...history, uploads: latest(history.uploads, [upload], uploadsKept) };
}

/** Changes the newest upload of a content (null: of any) to one of these environments. */
function lastUpload(
  history: FunctionHistory,
  envs: readonly EnvId[],
  fingerprint: string | null,
  change: (upload: Upload) => Upload,
): FunctionHistory {
  const index = history.uploads.findLastIndex(
    (upload) =>
      (fingerprint === null || upload.fingerprint === fingerprint) &&
      envs.some((env) => upload.envs.includes(env)),
  );
  if (index === -1) return history;
  return {
    ...history,
    uploads: history.uploads.map((upload, at) => (at === index ? change(upload) : upload)),
  };
}

function ended(upload: Upload, envs: readonly EnvId[], end: UploadEnd): Upload {
  return { ...upload, ends: { ...upload.ends, ...Object.fromEntries(envs.map((env) => [env, end])) } };
}

const enteredKept = 50;

/** What was entered, newest first, each once. */
export function remembered(texts: readonly string[], text: string): readonly string[] {
  return text === '' ? texts : [text, ...texts.filter((other) => other !== text)].slice(0, enteredKept);
}

/** Remembers that a call has begun, and with which event. */
export function invoking(monitor: MonitorState, name: FunctionName, env: EnvId, event: string): MonitorState {
  const noted = withHistory(monitor, name, (history) => ({
    ...history,
    events: remembered(history.events, event),
  }));
  return { ...noted, invoking: { function: name, env } };
}

/** What came of a call, in the function's log: where and which code answered, the console's lines, then the result. */
export function takeInvoked(
  monitor: MonitorState,
  result: Invoked,
  at: number,
  teller: Teller,
): MonitorState {
  const label = monitorWords[teller.language].invokeLabel;
  const name = result.function;
  const took = result.ms === null ? '' : ` (${result.ms} ms)`;
  const tone: Tone = result.ok ? 'good' : 'bad';
  const code = answeringCode(result, teller);
  const titled = append(monitor, at, name, tone, label, `${result.env}${took}, ${code}`);
  const console = result.logs.reduce((sum, line) => append(sum, at, name, 'calm', '', `│ ${line}`), titled);
  const answered = append(console, at, name, tone, '', result.text);
  return {
    ...answered,
    invoking: null,
    logEnd: null,
    logOf: 'one',
    selected: name,
    follows: false,
    toast: null,
  };
}

/** Whether the code that answered is what is on disk: a call right after a save may still meet the code before. */
function answeringCode({ function: name, env }: Invoked, { state, language }: Teller): string {
  const words = monitorWords[language];
  const fn = state.functions.get(name);
  const live = fn?.targets.get(env)?.live ?? null;
  if (fn === undefined || live === null) return words.answeredByUnknown;
  return live === wantedIn(fn, env)
    ? words.answeredByNewest(short(live))
    : words.answeredByOlder(short(live));
}
