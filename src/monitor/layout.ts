/** Where everything goes at a size. Pure; the mouse is understood by the same figures as the painting. */
import type { EnvId } from '../model/nouns.js';
import { columnsOf } from '../text/text.js';
import type { Size } from './frame.js';
import type { MonitorState, Pane } from './model.js';

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
}

/** Widths of the left pane's columns, in their order; 0: not shown. */
export interface ListColumns {
  readonly name: number;
  /** Of each environment's cell. */
  readonly env: number;
  /** A symbol without its word. */
  readonly folded: boolean;
  readonly why: number;
  readonly upload: number;
  readonly size: number;
  readonly took: number;
}

export interface Layout {
  readonly headerRows: number;
  /** Side by side within borders, one above the other below rules, or one pane at a time. */
  readonly panes: 'side-by-side' | 'stacked' | 'single';
  /** Their titles stand in the borders and rules; stacked on a low screen, the list has none. */
  readonly listTitle: boolean;
  readonly detailTitle: boolean;
  /** The insides, without borders; null: not on the screen. */
  readonly functions: Rect | null;
  readonly detail: Rect | null;
  readonly list: ListColumns;
}

/** From here on where it goes, what is wrong and what to do about it fit on one row. */
const oneRowFrom = 160;
/** Below these nothing useful fits. */
const smallest = { columns: 20, rows: 4 };
/** From here on a row of the list has room for its reason next to the details. */
const sideBySideFrom = 140;
/** From here on a row of the list has room for its reason. */
const whyFrom = 78;
/** Below these there is one pane at a time; a low screen may still be wide enough for two. */
const stacked = { columns: 40, rows: 14, titleFrom: 20 };
const lowSideBySideFrom = 80;
/** The right pane explains: it keeps at least this much. */
const detailAtLeast = 33;
/** Wide enough for a sentence of each; more goes to the list. */
const detailAtMost = 78;
const gap = 1;

export interface LayoutFacts {
  readonly envs: readonly EnvId[];
  readonly envNames: ReadonlyMap<EnvId, string>;
  /** Functions in the list. */
  readonly count: number;
  readonly longestName: number;
  readonly longestWord: number;
}

export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < smallest.columns || rows < smallest.rows;
}

export function layoutOf(size: Size, monitor: MonitorState, facts: LayoutFacts): Layout {
  const headerRows = size.rows < 6 ? 0 : size.columns < oneRowFrom && size.rows >= 12 ? 2 : 1;
  const isWide = size.columns >= sideBySideFrom;
  const isHigh = size.rows >= stacked.rows;
  if (!monitor.zoomed && (isWide || (size.columns >= lowSideBySideFrom && !isHigh))) {
    return sideBySide(size, monitor, facts, headerRows);
  }
  if (!monitor.zoomed && isHigh && size.columns >= stacked.columns) {
    return oneAboveTheOther(size, monitor, facts, headerRows);
  }
  return singlePane(size, monitor, facts, headerRows);
}

function sideBySide(size: Size, { split }: MonitorState, facts: LayoutFacts, headerRows: number): Layout {
  const inner = size.rows - headerRows - 1 - 2;
  const left = moved(listWidth(size, facts), split, 20, size.columns - 3 - detailAtLeast);
  // One border at each edge, and one between the panes.
  const functions = { left: 1, top: headerRows + 1, columns: left, rows: inner };
  const detail = { left: left + 2, top: headerRows + 1, columns: size.columns - left - 3, rows: inner };
  const list = listColumns(functions.columns, facts);
  const titles = { listTitle: true, detailTitle: true };
  return { headerRows, panes: 'side-by-side', ...titles, functions, detail, list };
}

function oneAboveTheOther(
  size: Size,
  { split }: MonitorState,
  facts: LayoutFacts,
  headerRows: number,
): Layout {
  const listTitle = size.rows >= stacked.titleFrom;
  const top = headerRows + (listTitle ? 1 : 0);
  const room = size.rows - top - 1 - 1;
  // The details explain: they have at least half, and what a short list leaves.
  const most = Math.max(listRowsAtLeast, Math.floor(room / 2));
  const rows = moved(
    Math.min(1 + Math.max(1, facts.count), most),
    split,
    listRowsAtLeast,
    room - listRowsAtLeast,
  );
  const whole = { left: 0, columns: size.columns };
  const functions = { ...whole, top, rows };
  const detail = { ...whole, top: top + rows + 1, rows: room - rows };
  const list = listColumns(size.columns, facts);
  return { headerRows, panes: 'stacked', listTitle, detailTitle: true, functions, detail, list };
}

/** A head and three functions. */
const listRowsAtLeast = 4;
/** Columns or rows that the border moves at a time. */
const splitStep = 2;

function moved(at: number, split: number, least: number, most: number): number {
  return Math.max(Math.min(least, most), Math.min(most, at + split * splitStep));
}

function singlePane(size: Size, monitor: MonitorState, facts: LayoutFacts, headerRows: number): Layout {
  const rows = size.rows - headerRows - 1;
  const whole = { left: 0, top: headerRows, columns: size.columns, rows };
  const shown: Pane = monitor.zoomed ? 'detail' : 'functions';
  return {
    headerRows,
    panes: 'single',
    listTitle: false,
    detailTitle: false,
    functions: shown === 'functions' ? whole : null,
    detail: shown === 'detail' ? whole : null,
    list: listColumns(size.columns, facts),
  };
}

/** As wide as the names and the environments' words want, while the other pane can still explain. */
function listWidth({ columns }: Size, facts: LayoutFacts): number {
  const detail = Math.min(detailAtMost, Math.max(detailAtLeast, Math.floor(columns * 0.42)));
  const most = columns - 3 - detail;
  const wanted = 2 + nameWish(facts) + facts.envs.length * (cellWish(facts) + gap) + whyWish + extras.total;
  return Math.max(20, Math.min(most, Math.max(wanted, columns - 3 - detailAtMost)));
}

const extras = { upload: 11, size: 9, took: 8, total: 3 + 11 + 9 + 8 };
const nameAtLeast = 12;
/** A symbol and a short word. */
const cellAtLeast = 8;
const nameAtMost = 24;
const whyAtLeast = 20;
/** Most reasons fit. */
const whyWish = 40;

function nameWish({ longestName }: LayoutFacts): number {
  return Math.min(nameAtMost, Math.max(nameAtLeast, longestName));
}

/** A cell holds the symbol, a blank and the word; its head holds the environment's name. */
function cellWish({ envs, envNames, longestWord }: LayoutFacts): number {
  const names = envs.map((env) => columnsOf(envNames.get(env) ?? env));
  return Math.max(2 + longestWord, Math.min(12, Math.max(0, ...names)));
}

/** Shares the width out: names and cells, then why, and what is left of a good why to when, how big and how long. */
function listColumns(columns: number, facts: LayoutFacts): ListColumns {
  const count = facts.envs.length;
  const room = Math.max(0, columns - 2);
  const reserved = columns >= whyFrom ? whyAtLeast + gap : 0;
  const env = cellWidth(room - reserved, facts);
  const folded = env < cellAtLeast;
  const name = Math.max(0, Math.min(nameWish(facts), room - reserved - count * (env + gap)));
  let rest = room - name - count * (env + gap);
  const take = (width: number): number => {
    if (folded && reserved === 0) return 0;
    if (rest < width + gap + (reserved > 0 ? whyWish + gap : 0)) return 0;
    rest -= width + gap;
    return width;
  };
  const upload = take(extras.upload);
  const size = take(extras.size);
  const took = take(extras.took);
  const why = reserved > 0 && rest >= whyAtLeast + gap ? rest - gap : 0;
  return { name: name + (why > 0 ? 0 : Math.max(0, rest)), env, folded, upload, size, took, why };
}

/** A cell with its word as long as names stay readable; else its symbol, below as much of a head as fits. */
function cellWidth(room: number, facts: LayoutFacts): number {
  const count = facts.envs.length;
  if (count === 0) return cellAtLeast;
  const names = Math.min(nameWish(facts), nameAtLeast);
  const share = Math.floor((room - names) / count) - gap;
  const each = Math.min(cellWish(facts), share);
  if (each >= cellAtLeast) return each;
  return Math.max(1, Math.min(foldedAtMost, share));
}

/** A symbol with a short head above it. */
const foldedAtMost = 4;
