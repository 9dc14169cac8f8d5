/** The monitor's own reducer: what was pressed, clicked or reported → what is shown, and what is asked of the program. Pure. */
import type { State } from '../core/state.js';
import { chooseEvents } from './asks.js';
import { bottomRows } from './bottom.js';
import type { Size } from './frame.js';
import { columnAt, type ListColumn, listHeadRows, listTop } from './functions-pane.js';
import { helpLines } from './help.js';
import { append, recall, takeFact, takeInvoked } from './history.js';
import { keyPressed } from './keys.js';
import type { Rect } from './layout.js';
import {
  coverScrolled,
  isCovered,
  type MonitorEvent,
  type MonitorState,
  type MousePoint,
  only,
  toastOf,
  type Updated,
  uncovered,
} from './model.js';
import { choose, moveSelection, scrollLog } from './moves.js';
import { editedElsewhere, typed } from './prompt.js';
import { type Scene, sceneOf, type ViewOptions } from './scene.js';
import { lastTop, sheetLines } from './sheet.js';
import { selectedIndex } from './table.js';

export interface World {
  readonly state: State;
  readonly size: Size;
  readonly options: ViewOptions;
}

export function update(before: MonitorState, event: MonitorEvent, world: World): Updated {
  const { state, options } = world;
  const monitor = event.type === 'key' || event.type === 'wheel' ? withinCover(before, world) : before;
  const scene = (): Scene => sceneOf(state, monitor, world.size, options);
  switch (event.type) {
    case 'fact':
      return only(takeFact(monitor, event.fact, event.at, { state, ...options }));
    case 'key':
      return keyPressed(scene(), event.key, event.at);
    case 'paste':
      return only(monitor.prompt === null ? monitor : typed(monitor, monitor.prompt, event.text));
    case 'click':
      return only(clicked(scene(), event.point));
    case 'wheel':
      return only(wheeled(scene(), event.point, event.by));
    case 'invoked':
      return only(takeInvoked(monitor, event.result, event.at, { state, ...options }));
    case 'edited':
      return only(editedElsewhere(monitor, event.text));
    case 'sheet':
      if (isTaken(monitor)) return only(monitor);
      return only({ ...uncovered(monitor), sheet: event.sheet, question: event.question });
    case 'toast':
      return only({ ...monitor, toast: toastOf(event.text, event.tone, event.at) });
    case 'events':
      if (isTaken(monitor)) return only(monitor);
      return only(chooseEvents(scene(), event.function, event.events, event.at));
    case 'differences':
      return only({ ...monitor, differences: event.differences });
    case 'recalled':
      return only(recall(monitor, event.lines));
    case 'stray':
      return only(append(monitor, event.at, null, 'warn', 'stderr', event.text.trimEnd()));
    default:
      return event satisfies never;
  }
}

/** As far down as the help or the sheet is shown: the way back begins there, however far somebody went on. */
function withinCover(monitor: MonitorState, { state, size, options }: World): MonitorState {
  const { help, sheet, helpTop } = monitor;
  if (helpTop === 0 || !isCovered(monitor)) return monitor;
  const scene = sceneOf(state, monitor, size, options);
  const most =
    help || sheet === null
      ? lastTop(scene, helpLines(scene).length, 0)
      : lastTop(scene, sheetLines(scene, sheet).length, bottomRows(scene).length);
  return helpTop <= most ? monitor : { ...monitor, helpTop: most };
}

/** Somebody is typing or about to answer. What was asked for before and comes only now must not take the place of that: the next key is meant for it. */
function isTaken({ prompt, question }: MonitorState): boolean {
  return prompt !== null || question !== null;
}

/** The wheel moves what is under it. */
function wheeled(scene: Scene, point: MousePoint, by: number): MonitorState {
  const { layout, monitor } = scene;
  if (isCovered(monitor)) return coverScrolled(monitor, by);
  if (layout.detail !== null && isWithin(layout.detail, point)) return scrollLog(scene, by);
  if (layout.functions !== null && isWithin(layout.functions, point)) return moveSelection(scene, by);
  return monitor;
}

/** A click chooses. */
function clicked(scene: Scene, point: MousePoint): MonitorState {
  const { layout, monitor } = scene;
  if (isCovered(monitor)) return uncovered(monitor);
  if (layout.detail !== null && isWithin(layout.detail, point)) return { ...monitor, pane: 'detail' };
  if (layout.functions === null || !isWithin(layout.functions, point)) return monitor;
  return chooseAt(scene, layout.functions, point);
}

function chooseAt(scene: Scene, rect: Rect, point: MousePoint): MonitorState {
  const { table, monitor } = scene;
  const top = listTop(selectedIndex(table, monitor.selected), table.rows.length, rect.rows - listHeadRows);
  const row = table.rows[top + point.row - rect.top - listHeadRows];
  const pane = { ...monitor, pane: 'functions' } as const;
  const column = columnAt(scene, point.column - rect.left);
  if (point.row < rect.top + listHeadRows) return headClicked(pane, column);
  if (row === undefined) return pane;
  const env = column.type === 'env' && row.cells.has(column.env) ? column.env : null;
  return { ...choose(pane, row.name), env };
}

/** A column's head sorts by it, and the other way round the second time; an environment's chooses it, or all again. */
function headClicked(monitor: MonitorState, column: ListColumn): MonitorState {
  if (column.type === 'env') return { ...monitor, env: monitor.env === column.env ? null : column.env };
  const sort = sortedBy[column.type];
  return { ...monitor, sort, reversed: monitor.sort === sort && !monitor.reversed };
}

const sortedBy = { name: 'name', why: 'trouble', upload: 'upload', size: 'size', took: 'upload' } as const;

function isWithin({ left, top, columns, rows }: Rect, { column, row }: MousePoint): boolean {
  return column >= left && column < left + columns && row >= top && row < top + rows;
}
