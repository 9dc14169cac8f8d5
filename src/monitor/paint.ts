/** A frame as the fewest characters that turn the last one into it. */
import { columnsOf } from '../text/text.js';
import type { Frame, Row, Size, Style } from './frame.js';

const esc = '\u001b';
/** Terminals that know it show the frame at once; the others ignore it. */
const begin = `${esc}[?2026h`;
const end = `${esc}[?2026l`;

export interface Painter {
  /** The text to write for this frame; empty where nothing changed. */
  paint(frame: Frame, size: Size): string;
  /** Paints everything next time. */
  forget(): void;
}

export function createPainter(color: boolean): Painter {
  let painted: readonly Row[] = [];
  let before: Size | null = null;
  return {
    paint(frame, size) {
      const all = before === null || before.columns !== size.columns || before.rows !== size.rows;
      const changed = frame.rows.flatMap((row, index) => {
        const from = all ? 0 : firstChange(painted[index] ?? [], row);
        return from === null ? [] : [rowText(row, index, from, color)];
      });
      painted = frame.rows;
      before = size;
      if (changed.length === 0) return '';
      return `${begin}${all ? `${esc}[0m${esc}[2J` : ''}${changed.join('')}${end}`;
    },
    forget() {
      before = null;
    },
  };
}

/** From which span on a row must be painted again: next to a pane that is busy, the other one stays as it is. Null: not at all. */
function firstChange(before: Row, after: Row): number | null {
  const from = after.findIndex((each, index) => {
    const old = before[index];
    return old === undefined || old.text !== each.text || !isSameStyle(old.style, each.style);
  });
  if (from >= 0) return from;
  return before.length === after.length ? null : after.length;
}

function isSameStyle(one: Style, other: Style): boolean {
  return one === other || styleKey(one, true) === styleKey(other, true);
}

const plainAscii = /^[\x20-\x7e]*$/;

/**
 * A row with its styles, from a span on. After text that a terminal may count otherwise than we do, the column is set again,
 * so that a border never moves; such a row is cleared first, so that nothing old shows through a gap.
 */
function rowText(row: Row, index: number, from: number, color: boolean): string {
  const start = row.slice(0, from).reduce((sum, { text }) => sum + columnsOf(text), 0);
  let out = '';
  let column = start;
  let sure = true;
  let cleared = false;
  let style = '';
  for (const { text, style: wanted } of row.slice(from)) {
    if (text === '') continue;
    if (!sure) out += `${esc}[${column + 1}G`;
    const next = sgr(wanted, color);
    out += next === style ? text : next + text;
    style = next;
    sure = plainAscii.test(text);
    column += sure ? text.length : columnsOf(text);
    cleared ||= !sure;
  }
  return `${esc}[${index + 1};${start + 1}H${esc}[0m${cleared ? `${esc}[K` : ''}${out}${esc}[0m`;
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** Few styles are ever used, and each of thousands of spans a second asks for one. */
const sequences = new Map<number, string>();

function sgr(style: Style, color: boolean): string {
  const key = styleKey(style, color);
  const known = sequences.get(key) ?? sequenceOf(style, color);
  sequences.set(key, known);
  return known;
}

/** The same for styles that look the same. */
function styleKey({ bold, dim, underline, inverse, color: shade }: Style, color: boolean): number {
  const marks = (bold ? 1 : 0) + (dim ? 2 : 0) + (underline ? 4 : 0) + (inverse ? 8 : 0);
  return marks + 16 * (color && shade !== undefined ? codes[shade] : 0);
}

function sequenceOf(style: Style, color: boolean): string {
  const parts = [
    0,
    ...(style.bold ? [1] : []),
    ...(style.dim ? [2] : []),
    ...(style.underline ? [4] : []),
    ...(style.inverse ? [7] : []),
    ...(color && style.color !== undefined ? [codes[style.color]] : []),
  ];
  return `${esc}[${parts.join(';')}m`;
}
