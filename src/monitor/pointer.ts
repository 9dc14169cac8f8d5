/** What the mouse does: the wheel moves what is under it, a click chooses. */
import { envAt, listHeadRows, listTop } from './functions-pane.js';
import { moveSelection, scrollLog } from './key-press.js';
import type { Rect } from './layout.js';
import type { MonitorState, MousePoint } from './model.js';
import type { Scene } from './scene.js';
import { selectedIndex } from './table.js';

export function wheeled(scene: Scene, point: MousePoint, by: number): MonitorState {
  const { layout, monitor } = scene;
  if (monitor.help) return { ...monitor, helpTop: Math.max(0, monitor.helpTop + by) };
  if (layout.detail !== null && isInside(layout.detail, point)) return scrollLog(scene, by);
  if (layout.functions !== null && isInside(layout.functions, point)) return moveSelection(scene, by);
  return monitor;
}

export function clicked(scene: Scene, point: MousePoint): MonitorState {
  const { layout, monitor } = scene;
  if (monitor.help) return { ...monitor, help: false, helpTop: 0 };
  if (layout.detail !== null && isInside(layout.detail, point)) return { ...monitor, pane: 'detail' };
  if (layout.functions === null || !isInside(layout.functions, point)) return monitor;
  return choose(scene, layout.functions, point);
}

function choose(scene: Scene, rect: Rect, point: MousePoint): MonitorState {
  const { table, monitor } = scene;
  const top = listTop(selectedIndex(table, monitor.selected), table.rows.length, rect.rows - listHeadRows);
  const row = table.rows[top + point.row - rect.top - listHeadRows];
  const pane = { ...monitor, pane: 'functions' } as const;
  if (row === undefined || point.row < rect.top + listHeadRows) return pane;
  const env = envAt(scene, point.column - rect.left);
  return { ...pane, selected: row.name, env: env !== null && row.cells.has(env) ? env : null, logEnd: null };
}

function isInside({ left, top, columns, rows }: Rect, { column, row }: MousePoint): boolean {
  return column >= left && column < left + columns && row >= top && row < top + rows;
}
