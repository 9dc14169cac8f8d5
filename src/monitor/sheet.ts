/** A box of lines over the screen, scrolled where they do not fit: the keys, a history, or what is different. */
import { displayable, symbolFor } from '../text/text.js';
import { wrap } from '../text/wrap.js';
import { fitRow, fitText, overlay, type Row, type Size, type Style, span } from './frame.js';
import type { Sheet, SheetLine } from './model.js';
import type { Scene } from './scene.js';

/** A border and a blank on each side. */
const frameColumns = 4;

interface Box {
  readonly title: string;
  readonly lines: readonly Row[];
  readonly columns: number;
  /** Rows of the screen that stay free below it. */
  readonly below: number;
}

export function boxOver(scene: Scene, rows: readonly Row[], { title, lines, columns, below }: Box): Row[] {
  const { size, options, words, monitor, mark } = scene;
  const inner = Math.max(1, columns - frameColumns);
  const room = boxRoom(size, lines.length, below);
  const top = Math.max(0, Math.min(monitor.helpTop, lines.length - room));
  const border = symbolFor('─│┌┐└┘', '-|++++', options.ascii);
  const [horizontal = '', vertical = '', ...corners] = border;
  const edge = (left: string, text: string, right: string): Row => {
    const line = fitText(`${horizontal} ${text} ${horizontal.repeat(columns)}`, columns - 2, '');
    return [span(fitText(left + line + right, columns, ''))];
  };
  const more = lines.length > room ? `${top + 1}-${top + room}/${lines.length}  ` : '';
  const box = [
    edge(corners[0] ?? '', title, corners[1] ?? ''),
    ...lines
      .slice(top, top + room)
      .map((line): Row => [span(`${vertical} `), ...fitRow(line, inner, mark), span(` ${vertical}`)]),
    edge(corners[2] ?? '', `${more}${words.closeHelp}`, corners[3] ?? ''),
  ];
  const left = Math.max(0, Math.floor((size.columns - columns) / 2));
  return overlay(rows, box, left, Math.max(0, Math.floor((size.rows - below - box.length) / 2)));
}

/** Lines that a box shows at a time. */
function boxRoom({ rows }: Size, lines: number, below: number): number {
  return Math.max(1, Math.min(lines, rows - 2 - below));
}

/** The first line of a box that is scrolled to its end. */
export function lastTop(scene: Scene, lines: number, below: number): number {
  return lines - boxRoom(scene.size, lines, below);
}

/** @param below rows that stay free: a question may stand there */
export function sheetBox(scene: Scene, rows: readonly Row[], sheet: Sheet, below: number): Row[] {
  const { columns } = scene.size;
  return boxOver(scene, rows, {
    title: displayable(sheet.title),
    lines: sheetLines(scene, sheet),
    columns,
    below,
  });
}

/** Nothing is cut: a reason at the end of a line is what somebody opened the sheet for. */
export function sheetLines({ size }: Scene, { lines }: Sheet): readonly Row[] {
  const inner = Math.max(1, size.columns - frameColumns);
  return lines.flatMap(({ text, kind }) =>
    wrap(displayable(text), inner, { indent: '  ' }).map((part): Row => [span(part, styles[kind])]),
  );
}

/** As git paints a patch. */
const styles: Readonly<Record<SheetLine['kind'], Style>> = {
  file: { bold: true },
  place: { color: 'cyan' },
  added: { color: 'green' },
  removed: { color: 'red' },
  context: {},
  remark: {},
};
