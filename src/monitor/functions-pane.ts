/** The left pane: one row a function, one column an environment. */
import { describeHold, describeMessage } from '../text/describe.js';
import { columnsOf, displayable, size as sizeText, symbolFor } from '../text/text.js';
import { clockTime, duration, earlier } from '../text/time.js';
import {
  cut,
  fitRight,
  fitRow,
  fitRows,
  fitText,
  plain,
  type Row,
  restyle,
  type Span,
  span,
} from './frame.js';
import { historyOf } from './history.js';
import type { Rect } from './layout.js';
import { markChangesAt } from './marks.js';
import { readerOf, type Scene } from './scene.js';
import { selectedIndex, type TableRow } from './table.js';

export interface PaneView {
  readonly rows: readonly Row[];
  readonly wakeAt: number | null;
}

/** Rows of the head above the first function. */
export const listHeadRows = 1;

/** The first row shown: the chosen one is kept in sight, in the middle where the list is long. */
export function listTop(selected: number, count: number, rows: number): number {
  if (count <= rows || selected < 0) return 0;
  return Math.max(0, Math.min(count - rows, selected - Math.floor(rows / 2)));
}

/** Which rows are shown of how many; empty where all are. */
export function listPlace({ table, monitor }: Scene, rect: Rect): string {
  const room = Math.max(0, rect.rows - listHeadRows);
  const count = table.rows.length;
  if (count <= room) return '';
  const top = listTop(selectedIndex(table, monitor.selected), count, room);
  return `${top + 1}-${top + room}/${count}`;
}

export function functionsPane(scene: Scene, rect: Rect): PaneView {
  const { table, monitor, words } = scene;
  const room = Math.max(0, rect.rows - listHeadRows);
  const selected = selectedIndex(table, monitor.selected);
  if (table.rows.length === 0) {
    const none = scene.state.envs.size === 0 ? words.starting : words.noFunctions;
    const unmatched =
      monitor.failedOnly && monitor.filter === '' ? words.nothingFailed : words.nothingMatches;
    const text = table.all === 0 ? none : unmatched;
    const rows = [headRow(scene, rect.columns), fitRow([span(` ${text}`)], rect.columns, scene.mark)];
    return { rows: fitRows(rows, rect.rows, rect.columns), wakeAt: null };
  }
  const top = listTop(selected, table.rows.length, room);
  const shown = table.rows.slice(top, top + room);
  let wakeAt: number | null = null;
  const rows = shown.map((row, index) => {
    for (const { phase } of row.cells.values()) {
      wakeAt = earlier(wakeAt, markChangesAt(phase, scene.options.now));
    }
    return functionRow(scene, row, rect.columns, top + index === selected);
  });
  return { rows: fitRows([headRow(scene, rect.columns), ...rows], rect.rows, rect.columns), wakeAt };
}

function headRow(scene: Scene, columns: number): Row {
  const { layout, words, table, mark, monitor } = scene;
  const { list } = layout;
  const dim = { dim: true } as const;
  const names = list.folded ? foldedNames(scene) : scene.envNames;
  const envs = table.envs.flatMap((env) => {
    const chosen = env === scene.env;
    const name = names.get(env) ?? env;
    const style = chosen ? ({ bold: true, underline: true } as const) : dim;
    return [span(' ', plain), span(fitText(name, list.env, list.folded ? '' : mark), style)];
  });
  const extra = (text: string, width: number): Span[] =>
    width === 0 ? [] : [span(' ', plain), span(fitText(text, width, mark), dim)];
  const title = monitor.sort === 'name' && !monitor.reversed ? words.columns.function : sortText(scene);
  return fitRow(
    [
      span(`  ${fitText(title, list.name, mark)}`, dim),
      ...envs,
      ...extra(words.columns.upload, list.upload),
      ...extra(words.columns.size, list.size),
      ...extra(words.columns.saveToLive, list.took),
      ...extra(words.columns.why, list.why),
    ],
    columns,
    mark,
  );
}

/** Environments in a column or two: by how their names begin, or by number where that does not tell them apart. */
export function foldedNames({ table, envNames, layout }: Scene): ReadonlyMap<string, string> {
  const starts = table.envs.map((env) => cut(envNames.get(env) ?? env, layout.list.env));
  const differ = new Set(starts).size === starts.length;
  return new Map(
    table.envs.map((env, index) => [env, (differ ? starts[index] : undefined) ?? `${index + 1}`]),
  );
}

function sortText({ words, monitor }: Scene): string {
  return words.sortedBy(words.sort[monitor.sort], monitor.reversed);
}

function functionRow(scene: Scene, row: TableRow, columns: number, selected: boolean): Row {
  const { layout, mark, options, monitor } = scene;
  const { list } = layout;
  const marker = selected ? symbolFor('▸ ', '> ', options.ascii) : '  ';
  const parts: Span[] = [
    span(marker, { bold: true }),
    span(fitText(row.shown, list.name, mark), selected ? { bold: true } : plain),
    ...cells(scene, row, selected),
    ...extraCells(scene, row),
  ];
  const line = fitRow(parts, columns, mark);
  if (!selected) return line;
  return restyle(line, monitor.pane === 'functions' ? { inverse: true } : { bold: true });
}

function cells(scene: Scene, row: TableRow, selected: boolean): Span[] {
  const { list } = scene.layout;
  return scene.table.envs.flatMap((env) => {
    const cell = row.cells.get(env);
    const blank = span(' ', plain);
    if (cell === undefined) return [blank, span(fitText('', list.env), plain)];
    const { symbol, word, brief, style } = cell.mark;
    const fitting = columnsOf(word) + 2 <= list.env ? word : brief;
    const text = list.folded ? symbol : `${symbol} ${fitting}`;
    const chosen = selected && env === scene.env;
    return [
      blank,
      span(fitText(text, list.env, scene.mark), chosen ? { ...style, underline: true, bold: true } : style),
    ];
  });
}

function extraCells(scene: Scene, row: TableRow): Span[] {
  const { layout, options, mark } = scene;
  const { list } = layout;
  const cell = (text: string, width: number): Span[] =>
    width === 0 ? [] : [span(' ', plain), span(fitText(text, width, mark), plain)];
  const right = (text: string, width: number): Span[] =>
    width === 0 ? [] : [span(' ', plain), span(fitRight(text, width - 1, mark), plain), span(' ', plain)];
  const since = row.liveSince === null ? '' : clockTime(row.liveSince, options.now);
  const took = list.took === 0 ? null : lastTook(scene, row);
  return [
    ...cell(since, list.upload),
    ...right(row.fn.files === 0 ? '' : sizeText(row.fn.bytes), list.size),
    ...right(took === null ? '' : duration(took, options.language), list.took),
    ...cell(list.why === 0 ? '' : whyText(row, scene), list.why),
  ];
}

/** Save to live of the last upload that became live, ms. */
function lastTook({ monitor }: Scene, row: TableRow): number | null {
  for (const { ends } of historyOf(monitor, row.name).uploads.toReversed()) {
    const times = Object.values(ends).flatMap((end) =>
      end.type === 'live' && end.sinceSaveMs !== null ? [end.sinceSaveMs] : [],
    );
    if (times.length > 0) return Math.max(...times);
  }
  return null;
}

/** The most pressing reason in one line. */
function whyText(row: TableRow, { options, state }: Scene): string {
  const phase = row.worst?.phase;
  const trouble = phase?.kind === 'queued' ? state.envs.get(row.worst?.env ?? '')?.apart?.failure : null;
  const failure = trouble ?? (phase?.kind === 'waiting' ? phase.failure : null);
  if (failure !== null)
    return displayable(options.redact(describeMessage(failure.message, options.language)));
  if (phase?.kind !== 'held' || phase.hold.reason === 'settling') return '';
  return displayable(
    options.redact(
      describeHold(phase.hold, readerOf(options), {
        function: row.name,
        env: row.worst?.env ?? null,
      }).detail.split('\n')[0] ?? '',
    ),
  );
}

/** The environment under a column of a row of the list; null: the name, so all of them. */
export function envAt(scene: Scene, column: number): string | null {
  const { list } = scene.layout;
  const from = 2 + list.name;
  const index = Math.floor((column - from - 1) / (list.env + 1));
  return column <= from ? null : (scene.table.envs[index] ?? null);
}
