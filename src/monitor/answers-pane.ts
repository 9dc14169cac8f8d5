/**
 * The answers of the chosen function to its saved events: a block for each event, in it a column for each answer, headed by the environments
 * that gave it. Equal answers are drawn once. Where there is no room for columns, they stand below each other.
 */
import { type Answer, isGoodAnswer, textOfError } from '../model/answer.js';
import {
  alikeAnswers,
  changedLines,
  differencesOfAnswer,
  eventLabel,
  failureOfAnswer,
  printedLines,
  proofAndTimes,
  proofHint,
  summaryOfAnswer,
  timesOfAnswers,
  valueText,
} from '../text/answers.js';
import { columnsOf as columnsOfText, displayable, symbolFor } from '../text/text.js';
import { answerWords } from '../text/words/answers.js';
import { wrap } from '../text/wrap.js';
import { dimRows, fitRow, fitText, type Row, type Span, type Style, span } from './frame.js';
import { historyOf } from './history.js';
import { symbolOf } from './marks.js';
import type { Scene } from './scene.js';
import { envsText, type TableRow } from './table.js';

/** A column has at least so many columns of the terminal. */
const narrowest = 28;
/** Between two columns. */
const gap = 2;
/** Rows of one value, of printed lines and of a diff; the copied text has more of the log. */
const mostValue = 12;
const mostLines = 40;
const mostDiff = 60;

/** @param rows that there are for the answers: with enough of them nothing is scrolled away */
export function answersTitle(scene: Scene, columns: number, rows: number): Row {
  const { words, monitor } = scene;
  const isScrolled = monitor.answersTop > 0 && answersBeyondRows(scene, columns, rows) > 0;
  return ruleWith(scene, words.answers, isScrolled ? [words.scrolledAnswers] : [], columns);
}

/** A rule with a title in it, and notes behind. */
export function ruleWith(scene: Scene, title: string, notes: readonly string[], columns: number): Row {
  const line = symbolFor('─', '-', scene.options.ascii);
  const head = [
    span(`${line}${line} ${title} `, { dim: true }),
    ...notes.map((note) => span(`${note} `, { color: 'yellow' })),
  ];
  return fitRow([...head, span(line.repeat(columns), { dim: true })], columns, line);
}

/** Exactly so many rows at most, from where somebody scrolled to. */
export function answerRows(scene: Scene, columns: number, rows: number): Row[] {
  const { monitor, row, words, mark } = scene;
  const all = row === null ? [] : blocks(scene, columns);
  if (all.length === 0)
    return dimRows([row === null ? words.noFunctions : noAnswers(scene, row)], columns, mark).slice(0, rows);
  const top = Math.max(0, Math.min(monitor.answersTop, all.length - rows));
  return all.slice(top, top + rows);
}

function noAnswers({ uncalled, words, options }: Scene, { name, shown }: TableRow): string {
  if (uncalled === null) return words.noAnswers(shown);
  return words.uncalled[uncalled](shown, displayable(options.eventsFileOf(name)));
}

/** How many do not fit. */
export function answersBeyondRows(scene: Scene, columns: number, rows: number): number {
  return scene.row === null ? 0 : Math.max(0, blocks(scene, columns).length - rows);
}

function blocks(scene: Scene, columns: number): Row[] {
  const { monitor, row, env, mark, options, words } = scene;
  const { envs } = scene.table;
  const seen = [...historyOf(monitor, row?.name ?? '').answers.values()];
  // As in the table, whoever answered first.
  const shown = seen
    .filter((answer) => env === null || answer.env === env)
    .toSorted((a, b) => envs.indexOf(a.env) - envs.indexOf(b.env));
  const events = [...new Set(shown.map(({ eventName }) => eventName))];
  return events.flatMap((name) => {
    const answers = shown.filter(({ eventName }) => eventName === name);
    const label = span(displayable(eventLabel(name, options.language)), { bold: true });
    const isOld = answers.every((answer) => isEarlier(answer, row));
    const title = fitRow(
      isOld ? [label, span(`  ${words.earlierVersion}`, { dim: true })] : [label],
      columns,
      mark,
    );
    // The trouble comes first, and has the room that there is.
    const groups = alikeAnswers(answers).toSorted(
      (a, b) => Number(a.every(isGoodAnswer)) - Number(b.every(isGoodAnswer)),
    );
    return [title, ...columnsOf(scene, groups, columns)];
  });
}

/** The events that what runs now does not answer as it should; empty: none of them. */
export function wrongEvents({ monitor, options }: Scene, row: TableRow): readonly string[] {
  const seen = [...historyOf(monitor, row.name).answers.values()];
  const wrong = seen.filter((answer) => !isGoodAnswer(answer) && !isEarlier(answer, row));
  return [...new Set(wrong.map(({ eventName }) => displayable(eventLabel(eventName, options.language))))];
}

/** Another content of ours runs there by now. */
function isEarlier({ env, proven, fingerprint }: Answer, row: TableRow | null): boolean {
  const live = row?.cells.get(env)?.target.live ?? null;
  return proven !== false && fingerprint !== null && live !== null && live !== fingerprint;
}

/** The columns side by side, as far as there is room; else one below the other. */
function columnsOf(scene: Scene, groups: readonly (readonly Answer[])[], columns: number): Row[] {
  const all = groups.flat();
  const fitting = Math.floor((columns + gap) / (narrowest + gap));
  if (groups.length < 2 || groups.length > fitting)
    return groups.flatMap((group) => column(scene, group, all, columns));
  const width = Math.floor((columns - gap * (groups.length - 1)) / groups.length);
  const cells = groups.map((group) => column(scene, group, all, width));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, index) => {
    const parts = cells.flatMap((cell, at): Span[] => [
      ...(at === 0 ? [] : [span(' '.repeat(gap))]),
      ...(cell[index] ?? [span(' '.repeat(width))]),
    ]);
    return fitRow(parts, columns, scene.mark);
  });
}

const indent = '  ';

/** @param all groups' answers to the event */
function column(scene: Scene, group: readonly Answer[], all: readonly Answer[], columns: number): Row[] {
  const { options, mark, envNames, row } = scene;
  const [first] = group;
  if (first === undefined) return [];
  const good = isGoodAnswer(first);
  const style: Style = good
    ? { color: first.changed === 'different' ? 'yellow' : 'green' }
    : { color: 'red' };
  const symbol = symbolOf(good ? 'live' : 'failed', options.ascii);
  const times = timesOfAnswers(group, options.language, (each) => envNames.get(each) ?? each);
  const summary = displayable(summaryOfAnswer(first, options.language, false, times));
  const envs = group.map(({ env }) => env);
  const where = envsText(envNames, envs, options.language, { all: row?.cells.size ?? 0 });
  // A reason that has no room there stands whole below.
  const [reason = ''] = failureOfAnswer(first, options.language);
  const isCut = columnsOfText(`${symbol} ${where}  ${displayable(reason)}`) > columns;
  // Where the time would be cut, it stands below with the proof.
  const isLong = columnsOfText(`${symbol} ${where}  ${summary}`) > columns;
  const brief =
    displayable(reason.split('\n')[0] ?? '') || answerWords[options.language].changed[first.changed];
  const head = [span(`${symbol} `, style), span(where), span(`  ${isLong ? brief : summary}`, style)];
  const room = Math.max(1, columns - indent.length);
  const body = (text: string, as: Style, most: number): Row[] => {
    const lines = text.split(/\r?\n/).flatMap((line) => wrap(displayable(line), room));
    return cutLines(lines, most, room, mark).map((line) =>
      fitRow([span(indent), span(line, as)], columns, mark),
    );
  };
  return [
    fitRow(head, columns, mark),
    ...(isLong ? body(proofAndTimes(first, options.language, times), { dim: true }, 2) : []),
    ...details(scene, first, all, isCut, body),
  ];
}

/** So many lines at most; a mark ends the last one where there are more. */
function cutLines(lines: readonly string[], most: number, columns: number, mark: string): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cutText(`${lines[most - 1]}${mark}`, columns, mark)];
}

/** The text, or as much of it as fits before a mark. */
function cutText(text: string, columns: number, mark: string): string {
  return columnsOfText(text) <= columns ? text : fitText(text, columns, mark);
}

type Body = (text: string, style: Style, most: number) => Row[];

function details(scene: Scene, answer: Answer, all: readonly Answer[], isCut: boolean, body: Body): Row[] {
  const { options, mark } = scene;
  const words = answerWords[options.language];
  const { error, moreLogs, places } = answer;
  const logs = printedLines(answer);
  const [reason = '', ...others] = failureOfAnswer(answer, options.language);
  const reasons = isCut || reason.includes('\n') ? [reason, ...others] : others;
  const bar = symbolFor('│', '|', options.ascii);
  const more = moreLogs + Math.max(0, logs.length - mostLines);
  return [
    ...differencesOfAnswer(answer, all, options.language).flatMap((line) =>
      body(line, { color: 'yellow' }, mostValue),
    ),
    ...(error === null
      ? body(valueText(answer.result, 2000), {}, mostValue)
      : answer.ok
        ? body(textOfError(error), {}, mostValue)
        : []),
    ...reasons.flatMap((each) => body(each, { color: 'red' }, mostValue)),
    ...places.flatMap((place) => body(`at ${place}`, { dim: true }, 2)),
    ...(answer.proven === false ? body(proofHint(answer, options.language), { bold: true }, mostValue) : []),
    ...changedLines(answer, options.language, mostDiff).flatMap((line) => body(line, diffStyle(line), 3)),
    ...logs
      .slice(0, mostLines)
      .flatMap((text) => body(`${bar} ${cutText(text, 500, mark)}`, { dim: true }, 4)),
    ...(more > 0 ? body(words.moreLines(more), { dim: true }, 1) : []),
  ];
}

function diffStyle(line: string): Style {
  if (line.startsWith('+')) return { color: 'green' };
  return line.startsWith('-') ? { color: 'red' } : { dim: true };
}
