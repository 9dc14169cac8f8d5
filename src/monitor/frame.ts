/** A frame is rows of styled spans. Everything here is pure and counts in columns of the terminal. */
import { characterColumns, columnsOf } from '../text/text.js';
import { wrap } from '../text/wrap.js';

/** Colours of the 16 that are readable on dark and on light; everything else is the terminal's own. */
export type Color = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

export interface Style {
  readonly color?: Color;
  readonly bold?: true;
  readonly dim?: true;
  readonly inverse?: true;
  readonly underline?: true;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Row = readonly Span[];

export interface Frame {
  /** Exactly as many as the terminal has, each exactly as wide as it. */
  readonly rows: readonly Row[];
  /** When a text that shows time changes next, epoch milliseconds; null: never. */
  readonly wakeAt: number | null;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export const plain: Style = {};

export function span(text: string, style: Style = plain): Span {
  return { text, style };
}

export function textOf(row: Row): string {
  return row.map(({ text }) => text).join('');
}

export function widthOf(row: Row): number {
  return row.reduce((sum, { text }) => sum + columnsOf(text), 0);
}

/** As much of the text as fits; a wide character that would stick out is left off. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (text.length * 2 <= columns) return text;
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += characterColumns(character.codePointAt(0) ?? 0);
    if (used > columns) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** The text in exactly so many columns: cut with a mark where it is longer, blanks where it is shorter. */
export function fitText(text: string, columns: number, mark = '…'): string {
  if (columns <= 0) return '';
  const width = columnsOf(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  const room = columns - columnsOf(mark);
  const kept = room < 0 ? '' : cut(text, room) + mark;
  return kept + ' '.repeat(columns - columnsOf(kept));
}

/** The text at the right edge of so many columns. */
export function fitRight(text: string, columns: number, mark = '…'): string {
  const width = columnsOf(text);
  return width >= columns ? fitText(text, columns, mark) : ' '.repeat(columns - width) + text;
}

/** The row in exactly so many columns. */
export function fitRow(row: Row, columns: number, mark = '…'): Row {
  const width = widthOf(row);
  if (width === columns) return row;
  if (width < columns) return [...row, span(' '.repeat(columns - width))];
  const room = Math.max(0, columns - columnsOf(mark));
  const kept = slice(row, 0, room);
  return columns >= columnsOf(mark) ? [...kept, span(mark, kept.at(-1)?.style)] : slice(row, 0, columns);
}

/** Whole texts that are merely good to know. */
export function dimRows(texts: readonly string[], columns: number, mark: string): Row[] {
  return texts
    .flatMap((text) => wrap(text, columns))
    .map((text) => fitRow([span(text, { dim: true })], columns, mark));
}

/** The columns [from, to) of a row, always exactly `to - from` wide: half a wide character becomes a blank. */
export function slice(row: Row, from: number, to: number): Row {
  const out: Span[] = [];
  let at = 0;
  for (const { text, style } of row) {
    let kept = '';
    for (const character of text) {
      const width = characterColumns(character.codePointAt(0) ?? 0);
      const end = at + width;
      if (at >= from && end <= to && (width > 0 || at > from)) kept += character;
      else if (width === 2 && end > from && at < to) kept += ' ';
      at = end;
    }
    if (kept !== '') out.push({ text: kept, style });
    if (at >= to) break;
  }
  const missing = to - from - widthOf(out);
  return missing > 0 ? [...out, span(' '.repeat(missing))] : out;
}

/** Rows laid over other rows at a place; what lies below a wide character's half is blanked. */
export function overlay(rows: readonly Row[], box: readonly Row[], left: number, top: number): Row[] {
  return rows.map((row, index) => {
    const over = box[index - top];
    if (over === undefined) return row;
    const width = widthOf(row);
    const right = Math.min(width, left + widthOf(over));
    return [...slice(row, 0, left), ...slice(over, 0, right - left), ...slice(row, right, width)];
  });
}

/** Every span of the row with more style. */
export function restyle(row: Row, style: Style): Row {
  return row.map((each) => ({ text: each.text, style: { ...each.style, ...style } }));
}

/** Exactly so many rows: cut at the end, or filled with empty ones. */
export function fitRows(rows: readonly Row[], count: number, columns: number): Row[] {
  const blank: Row = [span(' '.repeat(Math.max(0, columns)))];
  return Array.from({ length: Math.max(0, count) }, (_, index) => rows[index] ?? blank);
}
