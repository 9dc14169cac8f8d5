/** The two append-only outputs: plain lines for people, and one JSON object a line for programs. */

import type { Fact } from '../model/fact.js';
import { createGathering, type Gathered, type Gathering } from './gathering.js';
import { jsonLine } from './json-line.js';
import type { Language } from './language.js';
import { type Line, lineOf, lineOfGathered } from './lines.js';
import { markOf, painted, type Tone, toneOf } from './marks.js';
import { createRepeats } from './repeats.js';
import { columnsOf, inAscii, padColumns } from './text.js';
import { timeOfDay } from './time.js';
import { wrap } from './wrap.js';

/** Takes each fact with its time in epoch milliseconds. */
export type Renderer = (fact: Fact, at: number) => void;

export function jsonRenderer(write: (text: string) => void): Renderer {
  return (fact, at) => {
    const { event, ...fields } = fact;
    write(jsonLine(event, fields, at));
  };
}

export interface PlainOptions {
  readonly language: Language;
  readonly color: boolean;
  readonly ascii: boolean;
  readonly timestamps: boolean;
  /** Timestamps with date and time zone, for a file that is read later. */
  readonly dates?: true;
  /** Of the terminal, whose own breaks would tear words; null or none: lines stay whole. */
  readonly columns?: number | null;
  /** Lines that belong together are one line; absent: each fact has its own, at once. */
  readonly gathering?: Gathering;
}

/** Columns of the label: the longest of either language. */
const labelColumns = 9;

export function plainRenderer(write: (text: string) => void, options: PlainOptions): Renderer {
  let unchanged = 0;
  const repeats = createRepeats(options.language);
  const writeLine = (line: Line | null, at: number): void => {
    if (line !== null) write(formatLine(line, at, options));
  };
  const gather =
    options.gathering === undefined
      ? null
      : createGathering(options.gathering, (gathered, at) =>
          writeLine(lineOfGathered(gathered, options.language, unchanged), at),
        );
  return (fact, at) => {
    if (fact.event === 'unchanged') unchanged += 1;
    if (repeats(fact)) return;
    if (gather === null) writeLine(lineOf(fact, options.language, unchanged), at);
    else gather(fact, at);
  };
}

/** Facts that share a line, at once. */
export function gatheredText(gathered: Gathered, at: number, options: PlainOptions): string {
  const line = lineOfGathered(gathered, options.language, 0);
  return line === null ? '' : formatLine(line, at, options);
}

function formatLine(line: Line, at: number, options: PlainOptions): string {
  const head = `${markOf(line.tone, options.ascii)} ${padColumns(line.label, labelColumns)}`;
  const colored = painted(head, line.tone, options.color);
  const time = options.timestamps ? `${options.dates ? new Date(at).toISOString() : timeOfDay(at)} ` : '';
  const indent = ' '.repeat(columnsOf(time + head) + 1);
  const parts = [line.text, ...line.below].flatMap((part) => part.split('\n'));
  // The width that the head takes is taken off the first line's room by blanks of the same width.
  const lines = parts.flatMap((part) =>
    wrap(indent + part, options.columns ?? null, { indent, wholeWords: true }),
  );
  const [first = '', ...more] = options.ascii ? lines.map(inAscii) : lines;
  return `${time}${colored} ${first.slice(indent.length)}\n${more.map((part) => `${part}\n`).join('')}`;
}

/** A line of the log file, taken apart again. What belongs to it below comes as lines of its own, without a label. */
export interface LoggedLine {
  readonly at: number;
  readonly tone: Tone;
  readonly label: string;
  readonly text: string;
}

const logged = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (\S) (.*)$/;

/** The lines of a log file, or of a part of it: what came before its first whole line is left out. */
export function loggedLines(text: string): LoggedLine[] {
  const lines: LoggedLine[] = [];
  for (const line of text.split('\n')) {
    const [, time = '', symbol = '', rest = ''] = logged.exec(line) ?? [];
    const last = lines.at(-1);
    const at = Date.parse(time);
    if (!Number.isNaN(at)) lines.push({ at, tone: toneOf(symbol), ...labelled(rest) });
    else if (last !== undefined && line.trim() !== '') lines.push({ ...last, label: '', text: line.trim() });
  }
  return lines;
}

/** The label takes its columns, the text follows after a blank. */
function labelled(text: string): { readonly label: string; readonly text: string } {
  let end = 0;
  for (let columns = 0; columns < labelColumns && end < text.length; ) {
    const [character = ''] = text.slice(end);
    columns += columnsOf(character);
    end += character.length;
  }
  return { label: text.slice(0, end).trimEnd(), text: text.slice(end).trimStart() };
}
