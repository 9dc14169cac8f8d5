/** What keys ask of the program, and what is said about it. */
import { historyOf } from './history.js';
import { type MonitorAction, type MonitorState, noHistory, toastOf, type Updated } from './model.js';
import { detailHasKeys } from './moves.js';
import { opened } from './prompt.js';
import type { Scene } from './scene.js';

export type Ask = (scene: Scene, at: number) => Updated;

/** Asks for something that says for itself what came of it. */
export function plainly(action: MonitorAction): Ask {
  return ({ monitor }) => ({ monitor, action });
}

function toasted({ monitor }: Scene, text: string, at: number): MonitorState {
  return { ...monitor, toast: toastOf(text, 'good', at) };
}

export const retry: Ask = (scene, at) => ({
  monitor: toasted(scene, scene.words.retrying, at),
  action: { type: 'retry', function: scene.row?.name ?? null, env: scene.env },
});

export const retryAll: Ask = (scene, at) => ({
  monitor: toasted(scene, scene.words.retrying, at),
  action: { type: 'retry', function: null, env: null },
});

export const force: Ask = (scene, at) => {
  const { monitor, row, env, words, state } = scene;
  if (row === null) return { monitor, action: null };
  return {
    monitor: toasted(scene, words.forcing(row.shown, state.paused), at),
    action: { type: 'force', function: row.name, env },
  };
};

export const pause: Ask = ({ monitor, state }) => ({
  monitor,
  action: { type: 'pause', paused: !state.paused },
});

export const openFolder: Ask = ({ monitor, row }) => ({
  monitor,
  action: row === null ? null : { type: 'open-folder', folder: row.fn.spec.dir },
});

/** A filter of the list, or a search in the log, whichever pane has the keys. */
export const filterOrSearch: Ask = (scene) => {
  const { monitor } = scene;
  const next = detailHasKeys(scene)
    ? opened(monitor, 'search', monitor.search)
    : opened(monitor, 'filter', monitor.filter);
  return { monitor: next, action: null };
};

/** Which event to call it with: the last one, to be changed. */
export const invoke: Ask = ({ monitor, row, env, words }, at) => {
  if (row === null) return { monitor, action: null };
  const only = row.cells.size === 1 ? [...row.cells.keys()][0] : undefined;
  const where = env ?? only ?? null;
  if (where === null) {
    return { monitor: { ...monitor, toast: toastOf(words.chooseEnvironment, 'warn', at) }, action: null };
  }
  const { event } = historyOf(monitor, row.name);
  const text = event === noHistory.event ? '' : event;
  return { monitor: opened(monitor, 'invoke', text, { function: row.name, env: where }), action: null };
};
