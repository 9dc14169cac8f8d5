/** The log: as many lines as fit, up to the newest or to where somebody scrolled. */
import type { Tone } from '../text/marks.js';
import { columnsOf, displayable } from '../text/text.js';
import { clockTime } from '../text/time.js';
import { wrap } from '../text/wrap.js';
import { fitRow, type Row, type Span, type Style, span } from './frame.js';
import { historyOf } from './history.js';
import type { LogLine } from './model.js';
import type { Scene } from './scene.js';

const tones: Readonly<Record<Tone, Style>> = {
  good: { color: 'green' },
  bad: { color: 'red' },
  warn: { color: 'yellow' },
  busy: { color: 'cyan' },
  calm: {},
};

/** The log is of all functions, so that each line has to name its own. */
export function isWholeLog({ monitor, row }: Pick<Scene, 'monitor' | 'row'>): boolean {
  if (row === null || monitor.logOf === 'all') return true;
  return monitor.logOf === 'auto' && monitor.follows && !monitor.zoomed;
}

/** The lines of the chosen function and those of none, or everything, oldest first. */
export function linesFor(scene: Pick<Scene, 'monitor' | 'row'>): readonly LogLine[] {
  const { monitor, row } = scene;
  if (row === null || isWholeLog(scene)) return monitor.log;
  const own = historyOf(monitor, row.name).lines;
  if (monitor.common.length === 0) return own;
  return [...own, ...monitor.common].sort((a, b) => a.seq - b.seq);
}

/** The rows of the log, exactly so many at most, the last shown line at the bottom. */
export function logRows(scene: Scene, columns: number, rows: number): Row[] {
  const { monitor, words } = scene;
  if (rows <= 0) return [];
  const lines = linesFor(scene);
  if (lines.length === 0) return [fitRow([span(` ${words.noLog}`, { dim: true })], columns, scene.mark)];
  const out: Row[] = [];
  let index = lastShown(lines, monitor.logEnd);
  for (; index >= 0 && out.length < rows; index -= 1) {
    const line = lines[index];
    if (line !== undefined) out.unshift(...lineRows(scene, line, columns));
  }
  // Scrolled to the very top there may be room left below: show what follows.
  for (let next = lastShown(lines, monitor.logEnd) + 1; out.length < rows && next < lines.length; next += 1) {
    const line = lines[next];
    if (line !== undefined) out.push(...lineRows(scene, line, columns));
  }
  return out.slice(-rows);
}

function lastShown(lines: readonly LogLine[], end: number | null): number {
  if (end === null) return lines.length - 1;
  const index = lines.findLastIndex(({ seq }) => seq <= end);
  return Math.max(0, index);
}

/** Columns of a label, so that texts stand below each other. */
const labelColumns = 9;

function lineRows(scene: Scene, line: LogLine, columns: number): Row[] {
  const { monitor, options } = scene;
  const { label, tone } = line;
  const first = label !== '';
  const hits = hitsIn(soughtText(scene, line), monitor.search);
  const narrow = columns < 50;
  const marked = markedText(label, 0, hits, tones[tone]);
  const head: Span[] = narrow
    ? [...marked, span(first ? ' ' : '', tones[tone])]
    : [
        span((first ? clockTime(line.at, options.now) : '').padEnd(8), { dim: true }),
        span(' '),
        ...marked,
        span(' '.repeat(Math.max(1, labelColumns - columnsOf(label))), tones[tone]),
      ];
  // The text that follows a label is set in under it; on a narrow pane just so far that it is seen to belong there.
  const width = head.reduce((sum, { text }) => sum + columnsOf(text), 0);
  const indent = narrow ? 2 : width;
  const text = namedText(scene, line);
  const parts = monitor.wrap ? wrapAfter(text, columns, width, indent) : [text];
  let end = 0;
  return parts.map((part, index) => {
    // A break leaves out blanks and nothing else.
    const from = text.indexOf(part, end);
    end = from + part.length;
    const body = markedText(part, label.length + 1 + from, hits, {});
    const lead = first && index === 0 ? head : [span(' '.repeat(Math.min(indent, columns)))];
    return fitRow([...lead, ...body], columns, scene.mark);
  });
}

/** Where each line names its own function, the name belongs to the text. */
function namedText(scene: Pick<Scene, 'monitor' | 'row'>, { label, function: name, text }: LogLine): string {
  return isWholeLog(scene) && label !== '' && name !== null ? `${displayable(name)} ${text}` : text;
}

/** Wraps text whose first line begins after a head and whose others are set in. */
function wrapAfter(text: string, columns: number, head: number, indent: number): string[] {
  const room = Math.max(1, columns - indent);
  if (head <= indent) return wrap(text, room);
  const filled = '\u2007'.repeat(head - indent);
  return wrap(filled + text, room).map((part, index) => (index === 0 ? part.slice(head - indent) : part));
}

/** The text of a line that a search looks through: as it is shown, so that what can be seen can be found. */
function soughtText(scene: Pick<Scene, 'monitor' | 'row'>, line: LogLine): string {
  return `${line.label} ${namedText(scene, line)}`;
}

interface Hit {
  readonly from: number;
  readonly to: number;
}

/** In any case. Lower case is no help here: it may have more characters than the text that is cut. */
function hitsIn(text: string, search: string): readonly Hit[] {
  if (search === '') return [];
  const pattern = new RegExp(search.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu');
  return [...text.matchAll(pattern)].map(({ index, 0: hit }) => ({ from: index, to: index + hit.length }));
}

/** @param from where this part begins in the text that was looked through: a hit may go on in the next row */
function markedText(part: string, from: number, hits: readonly Hit[], style: Style): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const hit of hits) {
    const begin = Math.max(at, hit.from - from);
    const end = Math.max(begin, hit.to - from);
    spans.push(span(part.slice(at, begin), style), span(part.slice(begin, end), { ...style, inverse: true }));
    at = end;
  }
  return [...spans, span(part.slice(at), style)].filter(({ text }) => text !== '');
}

/** The seq to end at after scrolling by so many lines; null: the newest, so the log follows. */
export function scrolled(lines: readonly LogLine[], end: number | null, by: number): number | null {
  const from = lastShown(lines, end);
  const to = Math.min(lines.length - 1, Math.max(0, from + by));
  if (to >= lines.length - 1) return null;
  return lines[to]?.seq ?? null;
}

/** The seq of the next line that holds the search text, in a direction, from the last one shown. */
export function nextMatch(
  scene: Pick<Scene, 'monitor' | 'row'>,
  search: string,
  direction: 1 | -1,
): number | null {
  const lines = linesFor(scene);
  const from = lastShown(lines, scene.monitor.logEnd);
  const count = lines.length;
  for (let step = 1; step <= count; step += 1) {
    const line = lines[(from + direction * step + count * 2) % count];
    if (line !== undefined && hitsIn(soughtText(scene, line), search).length > 0) return line.seq;
  }
  return null;
}

/** Which of the matches is the last one shown, and of how many: "3/17". */
export function matchPlace(scene: Scene): string {
  const lines = linesFor(scene);
  const { search, logEnd } = scene.monitor;
  const found = lines.flatMap((line, index) =>
    hitsIn(soughtText(scene, line), search).length > 0 ? [index] : [],
  );
  const shown = lastShown(lines, logEnd);
  return `${found.filter((index) => index <= shown).length}/${found.length}`;
}
