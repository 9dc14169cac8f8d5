/** Breaks text into lines: between words, and between any two wide characters, as Chinese and Japanese do. */
import { characterColumns, columnsOf } from '../text/text.js';

/** A closing mark does not begin a line. */
const neverFirst = /^[，。、；：？！）】》」』”’…,.;:?!)\]}]$/u;
const breaksAfter = /^[\s/,;]$/u;

/** The text in lines of at most so many columns. Line feeds end lines; words longer than a line are cut. */
export function wrap(text: string, columns: number): string[] {
  if (columns <= 0) return [];
  return text.split('\n').flatMap((line) => wrapLine(line, columns));
}

function wrapLine(text: string, columns: number): string[] {
  if (columnsOf(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  let width = 0;
  /** Where the line could be broken, as an index into it; 0: nowhere. */
  let breakAt = 0;
  let before = '';
  for (const character of text) {
    const taken = Math.min(columns, columnsOfCharacter(character));
    if (line !== '' && mayBreak(before, character)) breakAt = line.length;
    before = character;
    if (width + taken > columns) {
      if (character === ' ') continue;
      const at = breakAt > 0 ? breakAt : line.length;
      lines.push(line.slice(0, at).trimEnd());
      line = line.slice(at);
      width = columnsOf(line);
      breakAt = 0;
    }
    line += character;
    width += taken;
  }
  return line === '' ? lines : [...lines, line];
}

function mayBreak(before: string, character: string): boolean {
  if (character === ' ' || neverFirst.test(character) || columnsOfCharacter(character) === 0) return false;
  return breaksAfter.test(before) || columnsOfCharacter(before) === 2 || columnsOfCharacter(character) === 2;
}

function columnsOfCharacter(character: string): number {
  return characterColumns(character.codePointAt(0) ?? 0);
}
