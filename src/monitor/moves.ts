/** Looking around: what is chosen, which part of a pane is seen, and what is shown of it. Nothing here asks the program for anything. */
import type { EnvId } from '../model/nouns.js';
import { listHeadRows } from './functions-pane.js';
import { linesFor, nextMatch, scrolled } from './log-pane.js';
import { type MonitorState, toastOf } from './model.js';
import type { Scene } from './scene.js';
import { selectedIndex, sortKeys } from './table.js';

/** From what is seen, and when, to what is seen next. */
export type Move = (scene: Scene, at: number) => MonitorState;

/** Keys act on the pane that has them; a zoomed or single detail pane has them all. */
export function detailHasKeys({ monitor, layout }: Scene): boolean {
  return layout.functions === null || monitor.pane === 'detail';
}

/** One row, a page, or to an end: of the list, the log or the help, whichever has the keys. */
export function step(distance: (page: number) => number): Move {
  return (scene) => {
    const { monitor, layout, size } = scene;
    if (monitor.help) {
      return { ...monitor, helpTop: Math.max(0, monitor.helpTop + distance(size.rows - 3)) };
    }
    const rows = (layout.functions ?? layout.detail)?.rows ?? 1;
    const by = distance(Math.max(1, rows - listHeadRows - 1));
    return detailHasKeys(scene) ? scrollLog(scene, by) : moveSelection(scene, by);
  };
}

export function moveSelection({ monitor, table }: Scene, by: number): MonitorState {
  const from = selectedIndex(table, monitor.selected);
  const to = Math.max(0, Math.min(table.rows.length - 1, from + by));
  const name = table.rows[to]?.name ?? null;
  return name === monitor.selected ? monitor : { ...monitor, selected: name, logEnd: null };
}

export function scrollLog({ monitor, row }: Scene, by: number): MonitorState {
  const lines = linesFor(monitor, row?.name ?? null);
  return { ...monitor, logEnd: scrolled(lines, monitor.logEnd, by) };
}

/** All, then each of the function's environments. */
export function nextEnv(by: 1 | -1): Move {
  return ({ monitor, row, env }) => {
    const choices: (EnvId | null)[] = [null, ...(row === null ? [] : row.cells.keys())];
    const index = Math.max(0, Math.min(choices.length - 1, choices.indexOf(env) + by));
    return { ...monitor, env: choices[index] ?? null };
  };
}

/** On a narrow screen the other pane is the other screen. */
export const otherPane: Move = ({ monitor, layout }) =>
  layout.single
    ? { ...monitor, zoomed: !monitor.zoomed }
    : { ...monitor, pane: monitor.pane === 'functions' ? 'detail' : 'functions' };

/** One step back: out of the zoom, then the search, then the pane, then the filter. */
export const back: Move = ({ monitor }) => {
  if (monitor.zoomed) return { ...monitor, zoomed: false };
  if (monitor.pane === 'detail' && monitor.search !== '') return { ...monitor, search: '' };
  if (monitor.pane === 'detail') return { ...monitor, pane: 'functions', logEnd: null };
  if (monitor.filter !== '' || monitor.failedOnly) return { ...monitor, filter: '', failedOnly: false };
  return { ...monitor, env: null };
};

export const sort: Move = ({ monitor, words }, at) => {
  const key = sortKeys[(sortKeys.indexOf(monitor.sort) + 1) % sortKeys.length] ?? 'name';
  const text = words.sortedBy(words.sort[key], monitor.reversed);
  return { ...monitor, sort: key, toast: toastOf(text, 'good', at) };
};

export const sortReverse: Move = ({ monitor, words }, at) => {
  const reversed = !monitor.reversed;
  const text = words.sortedBy(words.sort[monitor.sort], reversed);
  return { ...monitor, reversed, toast: toastOf(text, 'good', at) };
};

/** Follows what happens, or stops at what is shown now. */
export const follow: Move = ({ monitor, row, words }, at) => {
  if (monitor.logEnd !== null) {
    return { ...monitor, logEnd: null, toast: toastOf(words.following, 'good', at) };
  }
  const last = linesFor(monitor, row?.name ?? null).at(-1);
  return { ...monitor, logEnd: last?.seq ?? null };
};

export function match(direction: 1 | -1): Move {
  return ({ monitor, row, words }, at) => {
    if (monitor.search === '') return monitor;
    const hit = nextMatch(linesFor(monitor, row?.name ?? null), monitor.logEnd, monitor.search, direction);
    if (hit === null) return { ...monitor, toast: toastOf(words.noMatch(monitor.search), 'warn', at) };
    return { ...monitor, logEnd: hit };
  };
}

export const mouse: Move = ({ monitor, words }, at) => {
  const on = !monitor.mouse;
  return { ...monitor, mouse: on, toast: toastOf(on ? words.mouseOn : words.mouseOff, 'good', at) };
};
