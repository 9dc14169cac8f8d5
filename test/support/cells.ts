/** The look of a frame on a terminal, cell by cell. */
import type { Frame, Row } from '../../src/monitor/frame.js';
import { characterColumns } from '../../src/text/text.js';
import type { Headless } from './headless.js';

/** The text that each cell must hold: a wide character takes two, and marks stay with their character. */
function expected(row: Row): { text: string; width: number }[] {
  const cells: { text: string; width: number }[] = [];
  for (const { text } of row) {
    for (const character of text) {
      const width = characterColumns(character.codePointAt(0) ?? 0);
      const last = cells.findLast((cell) => cell.width > 0);
      if (width === 0 && last !== undefined) last.text += character;
      if (width > 0) cells.push({ text: character, width });
      if (width === 2) cells.push({ text: '', width: 0 });
    }
  }
  return cells;
}

/** Cells of a screen that do not hold what the frame wants there. */
export function wrongCells(screen: Headless, frame: Frame): string[] {
  return frame.rows.flatMap((row, index) =>
    expected(row).flatMap((cell, column) => {
      const seen = screen.cell(index, column);
      const same = seen.width === cell.width && (seen.text || (cell.width === 0 ? '' : ' ')) === cell.text;
      return same ? [] : [`${index}:${column} ${JSON.stringify(cell)} seen ${JSON.stringify(seen)}`];
    }),
  );
}
