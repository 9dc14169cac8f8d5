/** Folds facts into what the monitor remembers: logs that stay small, and each function's uploads. Pure. */

import { phaseOf } from '../core/phase.js';
import { headingOf, type State, wantedIn } from '../core/state.js';
import { type Answer, isGoodAnswer } from '../model/answer.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName, HoldReason } from '../model/nouns.js';
import { summaryOfAnswer } from '../text/answers.js';
import { failureText } from '../text/describe.js';
import { type Shared, sharedBy } from '../text/gathering.js';
import type { Language } from '../text/language.js';
import { alikeLine, lineOf, namesShown } from '../text/lines.js';
import type { Tone } from '../text/marks.js';
import type { LoggedLine } from '../text/stream.js';
import { displayable, inNaturalOrder, labelled, noted, short } from '../text/text.js';
import { monitorWords } from '../text/words/monitor.js';
import { plainWords } from '../text/words/plain.js';
import { symbolOf } from './marks.js';
import {
  type AlikeLine,
  type FunctionHistory,
  type Invoked,
  type LiveLine,
  type LogLine,
  type MonitorState,
  noHistory,
  type Toast,
  type Trouble,
  toastMs,
  toastOf,
  troubleToast,
  type Upload,
  type UploadEnd,
} from './model.js';
import { envNames, envsText } from './table.js';

/** Lines kept for all functions together, for each of them, and of those that concern none. */
const kept = { all: 1000, each: 200, common: 100, recalled: 300 };
const uploadsKept = 20;
/** A line of a build's output or of a result may be any length. */
const longestLine = 2000;

/** The parts of the program that are needed to report a fact. */
export interface Teller {
  readonly state: State;
  readonly language: Language;
  readonly ascii: boolean;
  /** The screen's time, by which what is said goes away again; a fact's own time is that of the system's clock, which may be set. */
  readonly now: number;
}

/** A fact's lines in the log, what it says of its function, and where somebody should look. */
export function takeFact(monitor: MonitorState, fact: Fact, at: number, teller: Teller): MonitorState {
  const logged = appendFact(monitor, fact, at, teller);
  if (fact.event === 'config') return { ...logged, configWrong: mistakeText(fact, teller.language) };
  const seen = { ...logged, ...attention(monitor, fact, teller.now, teller) };
  const name = 'function' in fact ? fact.function : null;
  if (name === null) return seen;
  return withHistory(seen, name, (history) => fold(history, fact, at, teller.state));
}

/** The first mistake in the configuration, and how many more there are; null: it has none. */
function mistakeText(
  { state, problems }: Extract<Fact, { event: 'config' }>,
  language: Language,
): string | null {
  const [first] = problems;
  if (state !== 'invalid') return null;
  if (first === undefined) return '';
  const { hint, at } = first;
  // `$` is the whole file.
  const where = { path: first.path === '$' ? '' : first.path, line: at?.line ?? null };
  return monitorWords[language].configMistake(where, hint, problems.length - 1);
}

function appendFact(monitor: MonitorState, fact: Fact, at: number, teller: Teller): MonitorState {
  if (fact.event === 'live') return appendLive(monitor, fact, at, teller);
  // An answer that is as it was stands in the answers, and is no news.
  if (fact.event === 'answer' && isGoodAnswer(fact) && fact.changed === 'same') return monitor;
  const told = withShortNames(withoutHint(fact), teller);
  const line = lineOf(told, teller.language);
  if (line === null) return monitor;
  const shared = line.text.includes('\n') ? null : sharedBy(told);
  if (shared !== null) return appendAlike(monitor, shared, at, teller.language);
  const name = 'function' in fact ? fact.function : null;
  const text = name === null ? line.text : withoutName(line.text, name);
  return append(monitor, at, name, line.tone, line.label, [text, ...line.below].join('\n'));
}

/** How long after its first another target joins a line, ms: they are reported one after the other. */
const togetherMs = 2000;

/** One line for what holds many targets alike: of all functions in the log of all, in a function's own of its environments. */
function appendAlike(
  monitor: MonitorState,
  shared: { readonly cause: string; readonly fact: Shared },
  at: number,
  language: Language,
): MonitorState {
  const seq = monitor.seq + 1;
  const joined = (lines: readonly LogLine[], count: number): readonly LogLine[] => {
    const index = lines.findLastIndex(
      (line) => line.at < at - togetherMs || line.alike?.cause === shared.cause,
    );
    const before = lines[index];
    const known = before === undefined || before.at < at - togetherMs ? null : before.alike;
    const alike = withShared(known, shared, language);
    return before === undefined || known === null
      ? latest(lines, [alikeLogLine(seq, at, alike, language)], count)
      : lines.with(index, alikeLogLine(before.seq, before.at, alike, language));
  };
  return inLogs({ ...monitor, seq }, shared.fact.function, joined);
}

function withShared(
  known: AlikeLine | null,
  { cause, fact }: { readonly cause: string; readonly fact: Shared },
  language: Language,
): AlikeLine {
  const envs = fact.event === 'adopted' ? fact.envs : [fact.env ?? plainWords[language].allEnvironments];
  if (known === null)
    return { cause, first: fact, functions: new Set([fact.function]), names: [fact.function], envs };
  const more = envs.filter((env) => !known.envs.includes(env));
  const next = more.length === 0 ? known : { ...known, envs: inNaturalOrder([...known.envs, ...more]) };
  if (known.functions.has(fact.function)) return next;
  return {
    ...next,
    functions: new Set(known.functions).add(fact.function),
    names: inNaturalOrder([...known.names, fact.function]).slice(0, namesShown),
  };
}

function alikeLogLine(seq: number, at: number, alike: AlikeLine, language: Language): LogLine {
  const { first, functions, names, envs } = alike;
  const line = alikeLine({ first, functions: functions.size, names, envs }, language);
  const only = functions.size === 1 ? first.function : null;
  const said = line?.text ?? '';
  const text = only === null ? said.replace(/ {2,}/g, '  ') : withoutName(said, only);
  return {
    ...{ seq, at, function: only, tone: line?.tone ?? 'calm', label: displayable(line?.label ?? '') },
    text: displayable([text, ...(line?.below ?? [])].join('  ').slice(0, longestLine)),
    live: null,
    alike,
  };
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
  return inLogs(monitor, name, (lines) => {
    const index = lines.lastIndexOf(before);
    return index === -1 ? lines : lines.with(index, after);
  });
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
  const all = state.functions.get(name)?.targets.size ?? 0;
  return envsText(envNames([...state.envs.keys()]), envs, language, { most: namedAtMost, all });
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
    case 'started':
    case 'pushed':
    case 'push-failed':
      return { ...fact, envs: fact.envs.map(short) };
    case 'answer':
      return { ...fact, env: short(fact.env) };
    case 'held':
      return fact.env === null ? fact : { ...fact, env: short(fact.env) };
    case 'notice':
      return fact.kind === 'foreign-replaced' ? { ...fact, detail: shortenedIn(fact.detail, names) } : fact;
    default:
      return fact;
  }
}

/** A sentence of ours that ends in names of environments. */
function shortenedIn(text: string, names: ReadonlyMap<EnvId, string>): string {
  const longestFirst = [...names].sort(([one], [other]) => other.length - one.length);
  return longestFirst.reduce((shorter, [env, name]) => shorter.replaceAll(env, name), text);
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
  'unlisted',
  'throttled',
  'building',
]);

/** The choice goes to what was saved last, or to what failed; and a failure is reported wherever somebody looks. */
function attention(monitor: MonitorState, fact: Fact, at: number, teller: Teller): Partial<MonitorState> {
  const trouble = troubleOf(fact, teller);
  const news = isOver(monitor.toast, fact, teller)
    ? { toast: null }
    : newsOf(withShortNames(fact, teller), at);
  const toast = trouble === null ? news : { toast: troubleToast(monitor, trouble, at) };
  const name = 'function' in fact ? fact.function : null;
  if (name === null || !monitor.follows) return toast;
  const saved = fact.event === 'changed' || fact.event === 'unchanged';
  // Who looks at answers wants to see some: what was saved last may have none.
  const none = monitor.selected === null || historyOf(monitor, monitor.selected).answers.size === 0;
  const answered = fact.event === 'answer' && monitor.answers && none;
  const goes = answered || saved || (trouble !== null && isCalm(teller.state, monitor.selected));
  if (!goes) return toast;
  // How far somebody had scrolled in another function's answers says nothing of these.
  return { ...toast, selected: name, answersTop: name === monitor.selected ? monitor.answersTop : 0 };
}

/** The trouble that is shown is none any more: the call answers as it should, or the function is in order again. */
function isOver(toast: Toast | null, fact: Fact, { state }: Teller): boolean {
  if (toast === null || toast.function === null) return false;
  if (fact.event === 'answer') return toast.call === callOf(fact);
  if (!ends.has(fact.event) || !('function' in fact) || !toast.heals) return false;
  return fact.function === toast.function && isInOrder(state, toast.function);
}

const ends: ReadonlySet<Fact['event']> = new Set(['live', 'unchanged', 'adopted', 'dismissed', 'found']);

/** Nothing of it failed for good, or is retried. That somebody has to be asked, or has deployed, is no failure. */
function isInOrder(state: State, name: FunctionName): boolean {
  const fn = state.functions.get(name);
  if (fn === undefined) return true;
  const phases = [...fn.targets.values()].map((target) => phaseOf(state, fn, target));
  return (
    fn.fault === null &&
    phases.every(
      (phase) => phase.kind !== 'waiting' && (phase.kind !== 'held' || calmReasons.has(phase.hold.reason)),
    )
  );
}

/** Nothing failed, and somebody may want to take it back at once, or waits for it. */
function newsOf(fact: Fact, at: number): Pick<Partial<MonitorState>, 'toast'> {
  if (fact.event !== 'notice') return {};
  if (isRelief(fact)) return { toast: toastOf(fact.detail, 'good', at, toastMs.trouble) };
  const isNews = fact.kind === 'foreign-replaced';
  return isNews ? { toast: toastOf(fact.detail, 'warn', at, toastMs.trouble) } : {};
}

function callOf({ function: name, eventName, env }: Extract<Fact, { event: 'answer' }>): string {
  return [name, eventName, env].join('\0');
}

/** The notice says that something is right again. */
function isRelief({ kind }: Extract<Fact, { event: 'notice' }>): boolean {
  return kind === 'events-right';
}

function isCalm(state: State, name: FunctionName | null): boolean {
  const fn = name === null ? undefined : state.functions.get(name);
  if (fn === undefined) return true;
  return [...fn.targets.values()].every((target) => {
    const { kind } = phaseOf(state, fn, target);
    return kind !== 'held' && kind !== 'waiting';
  });
}

/** More requests than the platform may send: they go a moment later by themselves, and the list says so. */
const tooFrequent = 45_011;

/** The failure, its place and its reason; null: nothing that somebody has to look at. */
function troubleOf(fact: Fact, teller: Teller): Trouble | null {
  const { language, ascii } = teller;
  const trouble = (
    name: FunctionName,
    envs: readonly EnvId[],
    text: string,
    more: Partial<Trouble>,
  ): Trouble => {
    const who = `${symbolOf('failed', ascii)} ${displayable(name)}`;
    const whose = envs.length === 0 ? who : noted(who, environmentsText(name, envs, teller), language);
    const about = labelled(whose, '', language);
    return { function: name, about, text, quotes: false, heals: true, call: null, ...more };
  };
  switch (fact.event) {
    case 'push-failed': {
      const passes = fact.class === 'busy' || fact.class === 'missing' || fact.errcode === tooFrequent;
      if (fact.retryInMs !== null && passes) return null;
      return trouble(fact.function, fact.envs, failureText(fact, language), { quotes: true });
    }
    case 'held': {
      const { function: name, env, reason } = fact;
      if (name === null || calmReasons.has(reason)) return null;
      return trouble(name, env === null ? [] : [env], fact.detail, { quotes: reason === 'refused' });
    }
    case 'notice':
      if (fact.function === null || isRelief(fact)) return null;
      return trouble(fact.function, [], fact.detail, { heals: fact.kind === 'cannot-run' });
    case 'lost':
      return trouble(fact.function, [], fact.detail, {});
    case 'answer': {
      if (isGoodAnswer(fact)) return null;
      const about = { heals: false, call: callOf(fact) };
      return trouble(fact.function, [fact.env], summaryOfAnswer(fact, language), about);
    }
    default:
      return null;
  }
}

// ---------------------------------------------------------------- the log

/** The remedy stands above the log, in the words of the monitor: its keys are not those of a line elsewhere. */
function withoutHint(fact: Fact): Fact {
  return fact.event === 'push-failed' ||
    fact.event === 'held' ||
    fact.event === 'offline' ||
    (fact.event === 'notice' && fact.kind === 'cannot-run')
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
  const parts = text.split(/\r?\n/, kept.each);
  const lines: LogLine[] = parts.map((part, index) => ({
    seq: monitor.seq + index + 1,
    at,
    function: name,
    tone,
    label: index === 0 ? displayable(label) : '',
    text: displayable(part.slice(0, longestLine)),
    live,
    alike: null,
  }));
  const counted = { ...monitor, seq: monitor.seq + lines.length };
  return inLogs(counted, name, (before, count) => latest(before, lines, count));
}

/** Changes the log of all, and that of the function, or of none. @param change of lines, so many of which are kept */
function inLogs(
  monitor: MonitorState,
  name: FunctionName | null,
  change: (lines: readonly LogLine[], count: number) => readonly LogLine[],
): MonitorState {
  const next = { ...monitor, log: change(monitor.log, kept.all) };
  if (name === null) return { ...next, common: change(monitor.common, kept.common) };
  return withHistory(next, name, (history) => ({
    ...history,
    lines: change(history.lines, kept.each),
  }));
}

/** The lines that an earlier run wrote to the log file, before everything else. */
export function recall(monitor: MonitorState, earlier: readonly LoggedLine[]): MonitorState {
  const lines = earlier.slice(-kept.recalled).map(({ at, tone, label, text }, index, all): LogLine => {
    // Columns of the file's wide lines are none of the log's.
    const narrow = text.slice(0, longestLine).replace(/ {2,}/g, '  ');
    const shown = { label: displayable(label), text: displayable(narrow) };
    return { seq: index - all.length - 1, at, function: null, tone, ...shown, live: null, alike: null };
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
    case 'answer':
      return { ...history, answers: withAnswer(history.answers, fact) };
    case 'live': {
      const end: UploadEnd = { type: 'live', sinceSaveMs: fact.sinceSaveMs };
      return lastUpload(history, [fact.env], fact.fingerprint, (upload) => ended(upload, [fact.env], end));
    }
    case 'push-failed':
      return lastUpload(history, fact.envs, null, (upload) => ended(upload, fact.envs, { type: 'failed' }));
    default:
      return history;
  }
}

/** Answers kept of each function: of twenty events in three environments. */
const answersKept = 60;

function withAnswer(answers: FunctionHistory['answers'], answer: Answer): FunctionHistory['answers'] {
  const next = new Map(answers).set([answer.eventName, answer.env].join('\0'), answer);
  const [oldest] = next.keys();
  if (next.size > answersKept && oldest !== undefined) next.delete(oldest);
  return next;
}

function begun(fact: Extract<Fact, { event: 'pushing' }>, at: number, state: State): Upload {
  const { envs, fingerprint } = fact;
  const first = envs[0];
  const target = first === undefined ? undefined : state.functions.get(fact.function)?.targets.get(first);
  const before = target?.presence === 'missing' ? null : ((target && headingOf(target)) ?? '?');
  return { at, envs, before, fingerprint, ends: new Map() };
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
  return { ...upload, ends: new Map([...upload.ends, ...envs.map((env) => [env, end] as const)]) };
}

/** From the save until it was live in the last of its environments, ms; null: nowhere, or nobody saved. */
export function saveToLive({ ends }: Upload): number | null {
  const times = [...ends.values()].flatMap((end) =>
    end.type === 'live' && end.sinceSaveMs !== null ? [end.sinceSaveMs] : [],
  );
  return times.length === 0 ? null : Math.max(...times);
}

const enteredKept = 50;

/** The texts that were entered, newest first, each once. */
export function remembered(texts: readonly string[], text: string): readonly string[] {
  return text === '' ? texts : [text, ...texts.filter((other) => other !== text)].slice(0, enteredKept);
}

/** A call has begun: its event is remembered, and its function is the chosen one, where the answer is awaited. */
export function invoking(monitor: MonitorState, name: FunctionName, event: string): MonitorState {
  const noted = withHistory(monitor, name, (history) => ({
    ...history,
    events: remembered(history.events, event),
  }));
  return { ...noted, selected: name, follows: false };
}

/** The outcome of a call, in the function's log: where and which code answered, the console's lines, then the result. */
export function takeInvoked(
  monitor: MonitorState,
  result: Invoked,
  at: number,
  teller: Teller,
): MonitorState {
  const words = monitorWords[teller.language];
  const label = words.invokeLabel;
  const name = result.function;
  const env = environmentsText(name, [result.env], teller);
  const tone: Tone = result.ok ? 'good' : 'bad';
  const code = answeringCode(result, teller);
  const titled = append(monitor, at, name, tone, label, words.calledIn(env, result.ms, code));
  const console = result.logs.reduce((sum, line) => append(sum, at, name, 'calm', '', `│ ${line}`), titled);
  const answered = append(console, at, name, tone, '', result.text);
  // Somebody has gone on to another function: the next key is meant for that one.
  if (monitor.selected !== null && monitor.selected !== name) {
    const [first = ''] = (result.ok ? words.calledIn(env, result.ms, code) : result.text).split('\n');
    const toast = troubleToast(
      answered,
      {
        function: name,
        about: labelled(displayable(name), '', teller.language),
        text: first,
        quotes: false,
        heals: false,
        call: null,
      },
      at,
    );
    return { ...answered, toast: { ...toast, tone, function: result.ok ? null : name, others: [] } };
  }
  return {
    ...answered,
    answers: false,
    logEnd: null,
    logOf: 'one',
    selected: name,
    follows: false,
    toast: null,
  };
}

/**
 * Whether the code that answered is what is on disk: a call right after a save may still meet the code before. Of a call that failed
 * only what the function printed shows that it ran.
 */
function answeringCode({ function: name, env, ok, logs }: Invoked, { state, language }: Teller): string {
  const words = monitorWords[language];
  if (!ok && logs.length === 0) return words.callFailed;
  const fn = state.functions.get(name);
  const live = fn?.targets.get(env)?.live ?? null;
  if (fn === undefined || live === null) return words.answeredByUnknown;
  return live === wantedIn(fn, env)
    ? words.answeredByNewest(short(live))
    : words.answeredByOlder(short(live));
}
