/** Breaks text into lines: between words, and between any two wide characters, as Chinese and Japanese do. */
import { characterColumns, columnsOf } from './text.js';

/** A closing mark does not begin a line. */
const neverFirst = /^[，。、；：？！）】》」』”’…,.;:?!)\]}]$/u;

export interface WrapOptions {
  /** Goes before each line but the first. */
  readonly indent?: string;
  /** A word without blanks stays in one piece, however long: people copy paths and commands from lines. */
  readonly wholeWords?: boolean;
}

/**
 * The text in lines of at most so many columns. Line feeds end lines; words longer than a line are cut, unless they stay whole. null: no
 * line is too long.
 */
export function wrap(text: string, columns: number | null, options: WrapOptions = {}): string[] {
  if (columns === null) return text.split('\n');
  if (columns <= 0) return [];
  return text.split('\n').flatMap((line) => wrapLine(line, columns, options));
}

function wrapLine(text: string, columns: number, { indent = '', wholeWords = false }: WrapOptions): string[] {
  if (columnsOf(text) <= columns) return [text];
  const breaksAfter = wholeWords ? /^\s$/u : /^[\s/,;]$/u;
  const lines: string[] = [];
  let line = '';
  let width = 0;
  /** Where the line's own text begins, and where the line could be broken; the same: nowhere. */
  let start = text.length - text.trimStart().length;
  let breakAt = start;
  let before = '';
  for (const character of text) {
    const taken = Math.min(columns, columnsOfCharacter(character));
    if (line.length > start && mayBreak(before, character, breaksAfter)) breakAt = line.length;
    before = character;
    if (width + taken > columns) {
      if (character === ' ') continue;
      if (breakAt > start || !wholeWords) {
        const at = breakAt > start ? breakAt : line.length;
        lines.push(line.slice(0, at).trimEnd());
        line = indent + line.slice(at);
        width = columnsOf(line);
        start = indent.length;
        breakAt = start;
      }
    }
    line += character;
    width += taken;
  }
  return line === '' ? lines : [...lines, line.trimEnd()];
}

function mayBreak(before: string, character: string, breaksAfter: RegExp): boolean {
  if (character === ' ' || columnsOfCharacter(character) === 0) return false;
  if (before === ' ') return true;
  if (neverFirst.test(character)) return false;
  return breaksAfter.test(before) || columnsOfCharacter(before) === 2 || columnsOfCharacter(character) === 2;
}

function columnsOfCharacter(character: string): number {
  return characterColumns(character.codePointAt(0) ?? 0);
}
