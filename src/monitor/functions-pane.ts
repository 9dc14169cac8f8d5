/** The left pane: one row a function, one column an environment. */
import type { EnvId, HoldReason } from '../model/nouns.js';
import { columnsOf, listOf, size as sizeText, symbolFor } from '../text/text.js';
import { clockTime, duration, earlier } from '../text/time.js';
import { statusWords } from '../text/words/status.js';
import { wrongEvents } from './answers-pane.js';
import {
  fitRight,
  fitRow,
  fitRows,
  fitText,
  plain,
  type Row,
  restyle,
  type Span,
  type Style,
  span,
} from './frame.js';
import { historyOf, saveToLive } from './history.js';
import type { Rect } from './layout.js';
import { markChangesAt } from './marks.js';
import type { Scene } from './scene.js';
import { selectedIndex, type TableRow, type TargetCell } from './table.js';
import { telling, tellingNames } from './telling.js';
import { whyOf } from './why.js';

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
  const names = headNames(scene);
  const envs = table.envs.flatMap((env) => {
    const style = env === scene.env ? ({ bold: true, underline: true } as const) : dim;
    return cellOf(names.get(env) ?? env, list.env, '', style);
  });
  const extra = (text: string, width: number): Span[] => cellOf(text, width, mark, dim);
  const usual = monitor.sort === 'trouble' && !monitor.reversed;
  return fitRow(
    [
      span(`  ${fitText(usual ? words.columns.function : sortText(scene), list.name, mark)}`, dim),
      ...envs,
      ...extra(words.columns.why, list.why),
      ...extra(words.columns.upload, list.upload),
      ...extra(words.columns.size, list.size),
      ...extra(words.columns.saveToLive, list.took),
    ],
    columns,
    mark,
  );
}

/** A text in so many columns behind a blank; nothing where it has no columns. */
function cellOf(text: string, columns: number, mark: string, style: Style = plain): Span[] {
  return columns === 0 ? [] : [span(' '), span(fitText(text, columns, mark), style)];
}

/** The line that stands above the environments' cells: their names, or what distinguishes them in so few columns. */
export function headNames({ table, envNames, layout }: Scene): ReadonlyMap<EnvId, string> {
  const heads = tellingNames(
    table.envs.map((env) => envNames.get(env) ?? env),
    layout.list.env,
  );
  return new Map(table.envs.map((env, index) => [env, heads[index] ?? '']));
}

function sortText({ words, monitor }: Scene): string {
  return words.sortedBy(words.sort[monitor.sort], monitor.reversed);
}

function functionRow(scene: Scene, row: TableRow, columns: number, selected: boolean): Row {
  const { layout, mark, options, monitor } = scene;
  const { list } = layout;
  const marker = `${selected ? symbolFor('▸', '>', options.ascii) : ' '}${monitor.marked.has(row.name) ? '*' : ' '}`;
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
    if (cell === undefined) return cellOf('', list.env, '');
    const { symbol, word, brief, style } = cell.mark;
    const fitting = columnsOf(word) + 2 <= list.env ? word : brief;
    const text = list.folded ? symbol : `${symbol} ${fitting}`;
    const chosen = selected && env === scene.env;
    const shown: Style = chosen ? { ...style, underline: true, bold: true } : style;
    return cellOf(text, list.env, scene.mark, shown);
  });
}

function extraCells(scene: Scene, row: TableRow): Span[] {
  const { layout, options, mark } = scene;
  const { list } = layout;
  const right = (text: string, width: number): Span[] =>
    cellOf(`${fitRight(text, width - 1, mark)} `, width, mark);
  const since = row.liveSince === null ? '' : clockTime(row.liveSince, options.now);
  const took = list.took === 0 ? null : lastTook(scene, row);
  return [
    ...cellOf(list.why === 0 ? '' : whyText(scene, row, list.why), list.why, mark),
    ...cellOf(since, list.upload, mark),
    ...right(row.fn.files === 0 ? '' : sizeText(row.fn.bytes), list.size),
    ...right(took === null ? '' : duration(took, options.language), list.took),
  ];
}

/** Save to live of the last upload that became live, ms. */
function lastTook({ monitor }: Scene, { name }: TableRow): number | null {
  const times = historyOf(monitor, name).uploads.map(saveToLive);
  return times.findLast((took) => took !== null) ?? null;
}

/** The most pressing reason in one line, as the details say it. */
function whyText(scene: Scene, row: TableRow, columns: number): string {
  const { state, options, mark } = scene;
  const { worst } = row;
  if (worst?.mark.rank === 0) return answersText(scene, row);
  if (worst === null || saysNothing(worst)) return '';
  const why = whyOf(state, row, worst.env, options).whys[0];
  if (why === undefined) return '';
  const [first = ''] = (saidByWord(worst) && why.hint !== '' ? why.hint : why.detail).split('\n');
  // The function's name stands in the row, so that its folder says nothing.
  const text = first.replace(foldersOfPlace, '');
  return quotesTheCloud(worst) ? telling(text, columns, mark) : text;
}

const foldersOfPlace = /^(?:[^\s/:]+\/)+(?=[^\s/:]+:\d+:\d+ )/;

/** The word in the cell says all of the reason, so that the remedy says more. */
function saidByWord({ phase }: TargetCell): boolean {
  return phase.kind === 'held' && remediesFirst.has(phase.hold.reason);
}

const remediesFirst: ReadonlySet<HoldReason> = new Set(['protected', 'paused', 'foreign']);

/** All of it is live; that does not say that it works. */
function answersText(scene: Scene, row: TableRow): string {
  const wrong = wrongEvents(scene, row);
  const { language } = scene.options;
  return wrong.length === 0 ? '' : statusWords[language].answersFail(listOf(wrong, language));
}

/** Our own sentences begin with what says most; what the cloud says often ends with it. */
function quotesTheCloud({ phase }: TargetCell): boolean {
  return (
    phase.kind === 'waiting' ||
    phase.kind === 'queued' ||
    (phase.kind === 'held' && (phase.hold.failure !== null || phase.hold.reason === 'offline'))
  );
}

/** A target that continues without anybody's help needs no reason; one that waits for its turn in an environment that fails does. */
function saysNothing({ phase }: TargetCell): boolean {
  return (
    phase.kind === 'sending' ||
    phase.kind === 'deploying' ||
    (phase.kind === 'held' && phase.hold.reason === 'settling')
  );
}

/** The thing that lies under a column of the list, counted from its left edge. */
export type ListColumn =
  | { readonly type: 'name' | 'why' | 'upload' | 'size' | 'took' }
  | { readonly type: 'env'; readonly env: EnvId };

export function columnAt({ layout, table }: Scene, column: number): ListColumn {
  const { list } = layout;
  const cells = 2 + list.name;
  if (column <= cells) return { type: 'name' };
  const index = Math.floor((column - cells - 1) / (list.env + 1));
  const env = table.envs[index];
  if (env !== undefined) return { type: 'env', env };
  let from = cells + table.envs.length * (list.env + 1);
  for (const type of ['why', 'upload', 'size', 'took'] as const) {
    const width = list[type];
    from += width === 0 ? 0 : width + 1;
    if (width > 0 && column <= from) return { type };
  }
  return { type: 'why' };
}
