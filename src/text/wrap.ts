/** Lines that fit a terminal. */
import { columnsOf } from './text.js';

/** What is never torn: a word with the blanks after it; an East Asian character with the punctuation that must not begin a line. */
const pieces =
  /[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60][、。，．：；！？）］｝」』”’…]*\s*|(?:[^\s\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60]+|^)\s*|\s+/gu;

/**
 * One line as several of at most so many columns, broken at blanks and between East Asian characters.
 * @param columns null: it is left whole
 * @param indent goes before each line but the first
 */
export function wrapped(line: string, columns: number | null, indent: string): string[] {
  if (columns === null || columnsOf(line) <= columns) return [line];
  const lines: string[] = [];
  let current = '';
  for (const [piece] of line.matchAll(pieces)) {
    const fits = columnsOf(current + piece.trimEnd()) <= columns;
    if (!fits && current.trim() !== '') {
      lines.push(current.trimEnd());
      current = indent;
    }
    current += piece;
  }
  return [...lines, current.trimEnd()];
}
