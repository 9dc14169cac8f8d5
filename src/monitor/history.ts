/** Folds facts into what the monitor remembers: logs that stay small, and each function's uploads. Pure. */

import { headingOf, type State } from '../core/state.js';
import type { Fact } from '../model/fact.js';
import type { EnvId, FunctionName } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { lineOf, type Tone } from '../text/lines.js';
import { displayable } from '../text/text.js';
import { monitorWords } from '../text/words/monitor.js';
import {
  type FunctionHistory,
  type Invoked,
  type LogLine,
  type MonitorState,
  noHistory,
  type Upload,
  type UploadEnd,
} from './model.js';

/** Lines kept for all functions together, for each of them, and of those that concern none. */
const kept = { all: 1000, each: 200, common: 100 };
const uploadsKept = 20;
/** A line of a build's output or of a result may be any length. */
const longestLine = 2000;

/** A fact's lines in the log, and what it says of its function. */
export function takeFact(
  monitor: MonitorState,
  fact: Fact,
  at: number,
  state: State,
  language: Language,
): MonitorState {
  const withLines = appendFact(monitor, fact, at, language);
  if (fact.event === 'config') return { ...withLines, configWrong: fact.state === 'invalid' };
  const name = 'function' in fact ? fact.function : null;
  if (name === null) return withLines;
  return withHistory(withLines, name, (history) => fold(history, fact, at, state));
}

function appendFact(monitor: MonitorState, fact: Fact, at: number, language: Language): MonitorState {
  const line = lineOf(withoutHint(fact), language);
  if (line === null) return monitor;
  const name = 'function' in fact ? fact.function : null;
  const text = name === null ? line.text : withoutName(line.text, name);
  return append(monitor, at, name, line.tone, line.label, [text, ...line.below].join('\n'));
}

/** What to do stands above the log, in the words of the monitor: its keys are not those of a line elsewhere. */
function withoutHint(fact: Fact): Fact {
  return fact.event === 'push-failed' || fact.event === 'held' || fact.event === 'offline'
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
): MonitorState {
  const parts = text.split('\n', kept.each);
  const lines: LogLine[] = parts.map((part, index) => ({
    seq: monitor.seq + index + 1,
    at,
    function: name,
    tone,
    label: index === 0 ? displayable(label) : '',
    text: displayable(part.slice(0, longestLine)),
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

/** The last items. Lists are spread element by element, but copied by `slice` and `concat` in one go: this runs for each line. */
function latest<T>(before: readonly T[], more: readonly T[], count: number): readonly T[] {
  const tooMany = before.length + more.length - count;
  return tooMany > 0 ? before.slice(tooMany).concat(more).slice(-count) : before.concat(more);
}

export function historyOf(monitor: MonitorState, name: FunctionName): FunctionHistory {
  return monitor.histories.get(name) ?? noHistory;
}

export function withHistory(
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

/** Remembers that a call has begun, and with which event. */
export function invoking(monitor: MonitorState, name: FunctionName, env: EnvId, event: string): MonitorState {
  const remembered = withHistory(monitor, name, (history) => ({ ...history, event }));
  return { ...remembered, invoking: { function: name, env } };
}

/** What came of a call, in the function's log: the console's lines, then the result. */
export function takeInvoked(
  monitor: MonitorState,
  result: Invoked,
  at: number,
  language: Language,
): MonitorState {
  const label = monitorWords[language].invokeLabel;
  const name = result.function;
  const console = result.logs.reduce((sum, line) => append(sum, at, name, 'calm', '', `│ ${line}`), monitor);
  const took = result.ms === null ? '' : ` (${result.ms} ms)`;
  const tone: Tone = result.ok ? 'good' : 'bad';
  const told = append(console, at, name, tone, label, `${result.env}${took}\n${result.text}`);
  return { ...told, invoking: null, logEnd: null, toast: null };
}
