/** The monitor's own reducer: what was pressed, clicked or told → what is shown, and what is asked of the program. Pure. */
import type { State } from '../core/state.js';
import type { Size } from './frame.js';
import { append, takeFact, takeInvoked } from './history.js';
import { keyPressed } from './key-press.js';
import type { MonitorEvent, MonitorState, Updated } from './model.js';
import { clicked, wheeled } from './pointer.js';
import { finishPrompt, typed } from './prompt.js';
import { type Scene, sceneOf, type ViewOptions } from './scene.js';
import { toastOf } from './toast.js';

export interface World {
  readonly state: State;
  readonly size: Size;
  readonly options: ViewOptions;
}

/** From the first key on, what is looked at stays, however the rows move. */
function pinned(scene: Scene): Scene {
  const { monitor, row } = scene;
  if (monitor.selected !== null || row === null) return scene;
  return { ...scene, monitor: { ...monitor, selected: row.name } };
}

export function update(monitor: MonitorState, event: MonitorEvent, world: World): Updated {
  const only = (next: MonitorState): Updated => ({ monitor: next, action: null });
  const { state, options } = world;
  const scene = (): Scene => pinned(sceneOf(state, monitor, world.size, options));
  switch (event.type) {
    case 'fact':
      return only(takeFact(monitor, event.fact, event.at, state, options.language));
    case 'key':
      return monitor.prompt === null
        ? keyPressed(scene(), event.action, event.at)
        : finishPrompt(scene(), event.action, event.at);
    case 'text':
    case 'erase':
      return only(typed(monitor, event));
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
