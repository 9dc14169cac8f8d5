/** The monitor's own reducer: what was pressed, clicked or reported → what is shown, and what is asked of the program. Pure. */
import type { State } from '../core/state.js';
import type { Size } from './frame.js';
import { envAt, listHeadRows, listTop } from './functions-pane.js';
import { append, takeFact, takeInvoked } from './history.js';
import { keyPressed } from './keys.js';
import type { Rect } from './layout.js';
import { type MonitorEvent, type MonitorState, type MousePoint, toastOf, type Updated } from './model.js';
import { moveSelection, scrollLog } from './moves.js';
import { typed } from './prompt.js';
import { type Scene, sceneOf, type ViewOptions } from './scene.js';
import { selectedIndex } from './table.js';

export interface World {
  readonly state: State;
  readonly size: Size;
  readonly options: ViewOptions;
}

export function update(monitor: MonitorState, event: MonitorEvent, world: World): Updated {
  const only = (next: MonitorState): Updated => ({ monitor: next, action: null });
  const { state, options } = world;
  const scene = (): Scene => pinned(sceneOf(state, monitor, world.size, options));
  switch (event.type) {
    case 'fact':
      return only(takeFact(monitor, event.fact, event.at, state, options.language));
    case 'key':
      return keyPressed(scene(), event.key, event.at);
    case 'paste':
      return only(monitor.prompt === null ? monitor : typed(monitor, monitor.prompt, event.text));
    case 'click':
      return only(clicked(scene(), event.point));
    case 'wheel':
      return only(wheeled(scene(), event.point, event.by));
    case 'invoked':
      return only(takeInvoked(monitor, event.result, event.at, options.language));
    case 'toast':
      return only({ ...monitor, toast: toastOf(event.text, event.tone, event.at) });
    case 'stray':
      return only(append(monitor, event.at, null, 'warn', 'stderr', event.text.trimEnd()));
    default:
      return event satisfies never;
  }
}

/** From the first key on, what is looked at stays, however the rows move. */
function pinned(scene: Scene): Scene {
  const { monitor, row } = scene;
  if (monitor.selected !== null || row === null) return scene;
  return { ...scene, monitor: { ...monitor, selected: row.name } };
}

/** The wheel moves what is under it. */
function wheeled(scene: Scene, point: MousePoint, by: number): MonitorState {
  const { layout, monitor } = scene;
  if (monitor.help) return { ...monitor, helpTop: Math.max(0, monitor.helpTop + by) };
  if (layout.detail !== null && isWithin(layout.detail, point)) return scrollLog(scene, by);
  if (layout.functions !== null && isWithin(layout.functions, point)) return moveSelection(scene, by);
  return monitor;
}

/** A click chooses. */
function clicked(scene: Scene, point: MousePoint): MonitorState {
  const { layout, monitor } = scene;
  if (monitor.help) return { ...monitor, help: false, helpTop: 0 };
  if (layout.detail !== null && isWithin(layout.detail, point)) return { ...monitor, pane: 'detail' };
  if (layout.functions === null || !isWithin(layout.functions, point)) return monitor;
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

function isWithin({ left, top, columns, rows }: Rect, { column, row }: MousePoint): boolean {
  return column >= left && column < left + columns && row >= top && row < top + rows;
}
