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
  readonly upload: number;
  readonly size: number;
  readonly took: number;
  readonly why: number;
}

export interface Layout {
  readonly headerRows: number;
  /** One pane at a time. */
  readonly single: boolean;
  readonly borders: boolean;
  /** The insides, without borders; null: not on the screen. */
  readonly functions: Rect | null;
  readonly detail: Rect | null;
  readonly list: ListColumns;
}

/** From here on where it goes, what is wrong and what to do about it fit on one row. */
const oneRowFrom = 160;
/** Below these nothing useful fits. */
const smallest = { columns: 20, rows: 4 };
/** From here on both panes fit side by side. */
const twoPanesFrom = 80;
/** The right pane explains: it keeps at least this much. */
const detailAtLeast = 33;
/** Wide enough for a sentence of each; more goes to the list. */
const detailAtMost = 78;
const gap = 1;

export interface LayoutFacts {
  readonly envs: readonly EnvId[];
  readonly envNames: ReadonlyMap<EnvId, string>;
  readonly longestName: number;
  readonly longestWord: number;
}

export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < smallest.columns || rows < smallest.rows;
}

export function layoutOf(size: Size, monitor: MonitorState, facts: LayoutFacts): Layout {
  const single = size.columns < twoPanesFrom || monitor.zoomed;
  const headerRows = size.rows < 6 ? 0 : size.columns < oneRowFrom && size.rows >= 12 ? 2 : 1;
  const rows = size.rows - headerRows - 1;
  if (single) return singlePane(size, monitor, facts, headerRows, rows);
  const inner = rows - 2;
  const left = listWidth(size, facts);
  // One border at each edge, and one between the panes.
  const functions = { left: 1, top: headerRows + 1, columns: left, rows: inner };
  const detail = { left: left + 2, top: headerRows + 1, columns: size.columns - left - 3, rows: inner };
  const list = listColumns(functions.columns, facts);
  return { headerRows, single, borders: true, functions, detail, list };
}

function singlePane(
  size: Size,
  monitor: MonitorState,
  facts: LayoutFacts,
  headerRows: number,
  rows: number,
): Layout {
  const whole = { left: 0, top: headerRows, columns: size.columns, rows };
  const shown: Pane = monitor.zoomed ? 'detail' : 'functions';
  return {
    headerRows,
    single: true,
    borders: false,
    functions: shown === 'functions' ? whole : null,
    detail: shown === 'detail' ? whole : null,
    list: listColumns(size.columns, facts),
  };
}

/** As wide as the names and the environments' words want, while the other pane can still explain. */
function listWidth({ columns }: Size, facts: LayoutFacts): number {
  const detail = Math.min(detailAtMost, Math.max(detailAtLeast, Math.floor(columns * 0.42)));
  const most = columns - 3 - detail;
  const wanted = 2 + nameWish(facts) + facts.envs.length * (cellWish(facts) + gap) + extras.total;
  return Math.max(20, Math.min(most, Math.max(wanted, columns - 3 - detailAtMost)));
}

const extras = { upload: 11, size: 9, took: 8, total: 3 + 11 + 9 + 8 };
const nameAtLeast = 12;
/** A symbol and a short word. */
const cellAtLeast = 8;
const nameAtMost = 24;
const whyAtLeast = 20;

function nameWish({ longestName }: LayoutFacts): number {
  return Math.min(nameAtMost, Math.max(nameAtLeast, longestName));
}

/** A cell holds the symbol, a blank and the word; its head holds the environment's name. */
function cellWish({ envs, envNames, longestWord }: LayoutFacts): number {
  const names = envs.map((env) => columnsOf(envNames.get(env) ?? env));
  return Math.max(2 + longestWord, Math.min(12, Math.max(0, ...names)));
}

/** Shares the width out: names and words first, then when, how big and how long, then why. */
function listColumns(columns: number, facts: LayoutFacts): ListColumns {
  const count = facts.envs.length;
  const room = Math.max(0, columns - 2);
  const env = cellWidth(room, facts);
  const folded = env < cellAtLeast;
  const name = Math.max(0, Math.min(nameWish(facts), room - count * (env + gap)));
  let rest = room - name - count * (env + gap);
  const take = (width: number): number => {
    if (rest < width + gap) return 0;
    rest -= width + gap;
    return width;
  };
  const upload = take(extras.upload);
  const size = take(extras.size);
  const took = take(extras.took);
  const why = rest >= whyAtLeast + gap ? rest - gap : 0;
  return { name: name + (why > 0 ? 0 : Math.max(0, rest)), env, folded, upload, size, took, why };
}

/** A cell with its word as long as the names stay readable; else the symbol alone. */
function cellWidth(room: number, facts: LayoutFacts): number {
  const count = facts.envs.length;
  if (count === 0) return cellAtLeast;
  const share = (names: number): number => Math.floor((room - names) / count) - gap;
  const wish = cellWish(facts);
  const names = Math.min(nameWish(facts), nameAtLeast);
  const each = Math.min(wish, share(names));
  if (each >= cellAtLeast) return each;
  return share(nameAtLeast) >= 2 ? 2 : 1;
}
