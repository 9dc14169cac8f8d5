/**
 * What the chosen function answers to its saved events: a block for each event, in it a column for each answer, headed by the environments
 * that gave it. Equal answers are drawn once. Where there is no room for columns, they stand below each other.
 */
import type { Answer } from '../model/answer.js';
import { isGoodAnswer } from '../model/answer.js';
import {
  alikeAnswers,
  diffLines,
  errorText,
  eventLabel,
  failureOfAnswer,
  placesInStack,
  summaryOfAnswer,
  valueText,
} from '../text/answers.js';
import { displayable, padColumns, symbolFor } from '../text/text.js';
import { answerWords } from '../text/words/answers.js';
import { plainWords } from '../text/words/plain.js';
import { wrap } from '../text/wrap.js';
import { cut, fitRow, type Row, type Span, type Style, span } from './frame.js';
import { historyOf } from './history.js';
import type { Scene } from './scene.js';

/** A column has at least so many columns of the terminal. */
const narrowest = 28;
/** Between two columns. */
const gap = 2;
/** Rows of one value, of printed lines and of a diff; the copied text has more of the log. */
const mostValue = 12;
const mostLines = 40;
const mostDiff = 60;

export function answersTitle(scene: Scene, columns: number): Row {
  const { words } = scene;
  return ruleWith(scene, words.answers, scene.monitor.answersTop > 0 ? [words.scrolledAnswers] : [], columns);
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
    return wrap(words.noAnswers, columns)
      .slice(0, rows)
      .map((text) => fitRow([span(text, { dim: true })], columns, mark));
  const top = Math.max(0, Math.min(monitor.answersTop, all.length - rows));
  return all.slice(top, top + rows);
}

function blocks(scene: Scene, columns: number): Row[] {
  const { monitor, row, env, mark, options } = scene;
  const seen = [...historyOf(monitor, row?.name ?? '').answers.values()].map(({ answer }) => answer);
  const shown = seen.filter((answer) => env === null || answer.env === env);
  const events = [...new Set(shown.map(({ eventName }) => eventName))];
  return events.flatMap((name) => {
    const answers = shown.filter(({ eventName }) => eventName === name);
    const title = fitRow(
      [span(displayable(eventLabel(name, options.language)), { bold: true })],
      columns,
      mark,
    );
    // What is wrong comes first, and has the room that there is.
    const groups = alikeAnswers(answers).toSorted(
      (a, b) => Number(a.every(isGoodAnswer)) - Number(b.every(isGoodAnswer)),
    );
    return [title, ...columnsOf(scene, groups, columns)];
  });
}

/** The columns side by side, as far as there is room; else one below the other. */
function columnsOf(scene: Scene, groups: readonly (readonly Answer[])[], columns: number): Row[] {
  const fitting = Math.floor((columns + gap) / (narrowest + gap));
  if (groups.length < 2 || groups.length > fitting)
    return groups.flatMap((group) => column(scene, group, columns));
  const width = Math.floor((columns - gap * (groups.length - 1)) / groups.length);
  const cells = groups.map((group) => column(scene, group, width));
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

function column(scene: Scene, group: readonly Answer[], columns: number): Row[] {
  const { options, mark } = scene;
  const [slowest] = group.toSorted((a, b) => b.callMs - a.callMs);
  if (slowest === undefined) return [];
  const good = isGoodAnswer(slowest);
  const style: Style = good
    ? { color: slowest.changed === 'different' ? 'yellow' : 'green' }
    : { color: 'red' };
  const symbol = good ? symbolFor('✔', '+', options.ascii) : symbolFor('✖', 'x', options.ascii);
  const summary = summaryOfAnswer(slowest, options.language, false);
  const head = [
    span(`${symbol} `, style),
    span(whereText(scene, group)),
    span(`  ${displayable(summary)}`, style),
  ];
  const body = (text: string, as: Style, most: number): Row[] =>
    displayable(text)
      .split('\n')
      .flatMap((line) => wrap(line, Math.max(1, columns - indent.length)))
      .slice(0, most)
      .map((line) => fitRow([span(indent), span(line, as)], columns, mark));
  return [fitRow(head, columns, mark), ...details(scene, slowest, body)];
}

type Body = (text: string, style: Style, most: number) => Row[];

function details(scene: Scene, answer: Answer, body: Body): Row[] {
  const { options, row } = scene;
  const words = answerWords[options.language];
  const { error, diff, logs, moreLogs } = answer;
  const [, ...reasons] = failureOfAnswer(answer, options.language);
  const bar = symbolFor('│', '|', options.ascii);
  const places = placesInStack(error?.stack ?? null);
  const more = moreLogs + Math.max(0, logs.length - mostLines);
  return [
    ...(error === null
      ? body(valueText(answer.result, 2000), {}, mostValue)
      : answer.ok
        ? body(errorText(error), {}, mostValue)
        : []),
    ...places.flatMap((place) => body(`at ${row?.fn.spec.dir ?? ''}/${place}`, { dim: true }, 2)),
    ...reasons.flatMap((reason) => body(reason, { color: 'red' }, mostValue)),
    ...(answer.proven === false ? body(words.otherCodeHint, { bold: true }, mostValue) : []),
    ...(diff === null ? [] : diffLines(diff, mostDiff).flatMap((line) => body(line, diffStyle(line), 3))),
    ...logs.slice(0, mostLines).flatMap(({ text }) => body(`${bar} ${cut(text, 500)}`, { dim: true }, 4)),
    ...(more > 0 ? body(words.moreLines(more), { dim: true }, 1) : []),
  ];
}

const diffStyle = (line: string): Style => ({ color: line.startsWith('+') ? 'green' : 'red' });

/** One environment by name, all as such, several by their names. */
function whereText({ envNames, row, options }: Scene, group: readonly Answer[]): string {
  const words = plainWords[options.language];
  if (group.length > 1 && group.length === row?.cells.size) return words.allEnvironments;
  return padColumns(group.map(({ env }) => envNames.get(env) ?? displayable(env)).join(', '), 0);
}
