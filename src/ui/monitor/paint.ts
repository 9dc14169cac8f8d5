/** A frame as the fewest characters that turn the last one into it. */
import { columnsOf } from '../text.js';
import type { Frame, Row, Size, Style } from './frame.js';

const esc = '\u001b';
/** Terminals that know it show the frame at once; the others ignore it. */
const begin = `${esc}[?2026h`;
const end = `${esc}[?2026l`;

export interface Painter {
  /** What to write for this frame; empty where nothing changed. */
  paint(frame: Frame, size: Size): string;
  /** Paints everything next time. */
  forget(): void;
}

export function createPainter(color: boolean): Painter {
  let painted: string[] = [];
  let before: Size | null = null;
  return {
    paint(frame, size) {
      const all = before === null || before.columns !== size.columns || before.rows !== size.rows;
      const texts = frame.rows.map((row) => rowText(row, color));
      const changed = texts.flatMap((text, index) =>
        all || painted[index] !== text ? [`${esc}[${index + 1};1H${text}`] : [],
      );
      painted = texts;
      before = size;
      if (changed.length === 0) return '';
      return `${begin}${all ? `${esc}[0m${esc}[2J` : ''}${changed.join('')}${end}`;
    },
    forget() {
      before = null;
    },
  };
}

const plainAscii = /^[\x20-\x7e]*$/;

/**
 * A row with its styles. After text that a terminal may count otherwise than we do, the column is said anew, so that a
 * border never moves; such a row is cleared first, so that nothing old shows through a gap.
 */
function rowText(row: Row, color: boolean): string {
  let out = '';
  let column = 0;
  let sure = true;
  let cleared = false;
  let style = '';
  for (const { text, style: wanted } of row) {
    if (text === '') continue;
    if (!sure) out += `${esc}[${column + 1}G`;
    const next = sgr(wanted, color);
    out += next === style ? text : next + text;
    style = next;
    sure = plainAscii.test(text);
    column += sure ? text.length : columnsOf(text);
    cleared ||= !sure;
  }
  return `${esc}[0m${cleared ? `${esc}[2K` : ''}${out}${esc}[0m`;
}

const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** Few styles are ever used, and each of thousands of spans a second asks for one. */
const sequences = new Map<number, string>();

function sgr(style: Style, color: boolean): string {
  const shade = color && style.color !== undefined ? codes[style.color] : 0;
  const key =
    (style.bold ? 1 : 0) +
    (style.dim ? 2 : 0) +
    (style.underline ? 4 : 0) +
    (style.inverse ? 8 : 0) +
    16 * shade;
  const known = sequences.get(key) ?? sequenceOf(style, shade);
  sequences.set(key, known);
  return known;
}

function sequenceOf(style: Style, shade: number): string {
  const parts = [
    0,
    ...(style.bold ? [1] : []),
    ...(style.dim ? [2] : []),
    ...(style.underline ? [4] : []),
    ...(style.inverse ? [7] : []),
    ...(shade === 0 ? [] : [shade]),
  ];
  return `${esc}[${parts.join(';')}m`;
}
