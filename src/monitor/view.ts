/** The whole screen as a pure function: exactly so many rows, each exactly so wide, whatever there is to show. */
import type { State } from '../core/state.js';
import { columnsOf, inAscii, symbolFor } from '../text/text.js';
import { earlier } from '../text/time.js';
import { monitorWords } from '../text/words/monitor.js';
import { bottomRows } from './bottom.js';
import { detailPane, detailTitle } from './detail-pane.js';
import { differencesWish } from './differences.js';
import { cut, type Frame, fitRow, fitRows, fitText, type Row, type Size, type Style, span } from './frame.js';
import { functionsPane, listPlace, type PaneView } from './functions-pane.js';
import { headerOf } from './header.js';
import { helpBox } from './help.js';
import { isTooSmall, type Rect } from './layout.js';
import type { DifferencesWish, MonitorState } from './model.js';
import { type Scene, sceneOf, type ViewOptions } from './scene.js';
import { sheetBox } from './sheet.js';

/** The screen, and what it would show if it were known. */
export interface View extends Frame {
  /** null: nothing is missing. */
  readonly wish: DifferencesWish | null;
}

export function view(state: State, monitor: MonitorState, size: Size, options: ViewOptions): View {
  if (isTooSmall(size)) return tooSmall(size, monitorWords[options.language].tooSmall);
  const scene = sceneOf(state, monitor, size, options);
  const header = headerOf(scene);
  const { rows: middle, wakeAt } = panes(scene);
  const bottom = bottomRows(scene);
  const above = [...header.rows, ...middle].slice(0, Math.max(0, size.rows - bottom.length));
  const rows = fitRows([...above, ...bottom], size.rows, size.columns);
  const toastEnds = monitor.toast !== null && monitor.toast.until > options.now ? monitor.toast.until : null;
  const { sheet } = monitor;
  const covered = sheet === null ? rows : sheetBox(scene, rows, sheet, bottom.length);
  const shown = monitor.help ? helpBox(scene, rows) : covered;
  return {
    rows: options.ascii ? shown.map(rowInAscii) : shown,
    wakeAt: earlier(earlier(header.wakeAt, wakeAt), toastEnds),
    wish: differencesWish(scene),
  };
}

function rowInAscii(row: Row): Row {
  return row.map(({ text, style }) => span(inAscii(text), style));
}

function tooSmall({ columns, rows }: Size, text: string): View {
  const first: Row = [span(fitText(cut(text, columns), columns, ''))];
  return { rows: fitRows([first], rows, columns), wakeAt: null, wish: null };
}

function panes(scene: Scene): PaneView {
  const { functions, detail, panes: arranged } = scene.layout;
  if (functions === null) return detail === null ? { rows: [], wakeAt: null } : detailPane(scene, detail);
  const list = functionsPane(scene, functions);
  if (detail === null) return list;
  const about = detailPane(scene, detail);
  const both = { functions, detail, list: list.rows, about: about.rows };
  const rows = arranged === 'stacked' ? oneAboveTheOther(scene, both) : sideBySide(scene, both);
  return {
    rows: rows.map((each) => fitRow(each, scene.size.columns)),
    wakeAt: earlier(list.wakeAt, about.wakeAt),
  };
}

/** The two panes: their places, and what stands in them. */
interface Both {
  readonly functions: Rect;
  readonly detail: Rect;
  readonly list: readonly Row[];
  readonly about: readonly Row[];
}

function oneAboveTheOther(scene: Scene, { functions, detail, list, about }: Both): Row[] {
  const { monitor, size, layout, options } = scene;
  const border = borderOf(options.ascii);
  const rule = (title: string, place: string, on: boolean): Row => {
    const columns = size.columns - (place === '' ? 0 : columnsOf(place) + 3);
    return [
      ...titled(border, title, columns, on, scene),
      ...(place === '' ? [] : placed(border, place, size.columns - columns, titleStyle(on))),
    ];
  };
  const place = listPlace(scene, functions);
  return [
    ...(layout.listTitle ? [rule(listTitle(scene), place, monitor.pane === 'functions')] : []),
    ...fitRows(list, functions.rows, size.columns),
    rule(detailTitle(scene), layout.listTitle ? '' : place, monitor.pane === 'detail'),
    ...fitRows(about, detail.rows, size.columns),
  ];
}

function listTitle({ words, table }: Scene): string {
  return words.functions(table.rows.length, table.all);
}

function titleStyle(on: boolean): Style {
  return on ? { color: 'cyan', bold: true } : { dim: true };
}

function sideBySide(scene: Scene, { functions, detail, list, about }: Both): Row[] {
  const border = borderOf(scene.options.ascii);
  const focus = scene.monitor.pane;
  const [one, other] = [titleStyle(focus === 'functions'), titleStyle(focus === 'detail')];
  const middle = { color: 'cyan', bold: true } as const;
  const top: Row = [
    span(border.topLeft, one),
    ...titled(border, listTitle(scene), functions.columns, focus === 'functions', scene),
    span(border.topMiddle, middle),
    ...titled(border, detailTitle(scene), detail.columns, focus === 'detail', scene),
    span(border.topRight, other),
  ];
  const inside = Array.from({ length: functions.rows }, (_, index) => [
    span(border.vertical, one),
    ...fitRow(list[index] ?? [], functions.columns),
    span(border.vertical, middle),
    ...fitRow(about[index] ?? [], detail.columns),
    span(border.vertical, other),
  ]);
  const bottom: Row = [
    span(border.bottomLeft, one),
    ...placed(border, listPlace(scene, functions), functions.columns, one),
    span(border.bottomMiddle, middle),
    span(border.horizontal.repeat(detail.columns) + border.bottomRight, other),
  ];
  return [top, ...inside, bottom];
}

interface Border {
  readonly horizontal: string;
  readonly vertical: string;
  readonly topLeft: string;
  readonly topMiddle: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomMiddle: string;
  readonly bottomRight: string;
}

function borderOf(ascii: boolean): Border {
  const border = symbolFor('─│┌┬┐└┴┘', '-|++++++', ascii);
  const [horizontal = '', vertical = '', topLeft = '', topMiddle = '', topRight = '', ...bottom] = border;
  const [bottomLeft = '', bottomMiddle = '', bottomRight = ''] = bottom;
  return { horizontal, vertical, topLeft, topMiddle, topRight, bottomLeft, bottomMiddle, bottomRight };
}

/** A lower border with a short text at its right end. */
function placed(border: Border, text: string, columns: number, style: Style): Row {
  const { horizontal } = border;
  if (text === '' || columnsOf(text) + 3 > columns) return [span(horizontal.repeat(columns), style)];
  const before = horizontal.repeat(columns - columnsOf(text) - 3);
  return [span(`${before} `, style), span(text), span(` ${horizontal}`, style)];
}

function titled(border: Border, title: string, columns: number, on: boolean, { mark }: Scene): Row {
  const style = titleStyle(on);
  const room = Math.max(0, columns - 3);
  const text = columnsOf(title) > room ? fitText(title, room, mark) : title;
  const line: Row = [
    span(`${border.horizontal} `, style),
    span(text, on ? { bold: true } : {}),
    span(` ${border.horizontal.repeat(columns)}`, style),
  ];
  return fitRow(line, columns, border.horizontal);
}
