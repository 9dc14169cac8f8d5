/** Looking around: what is chosen, which part of a pane is seen, and what is shown of it. Nothing here asks the program for anything. */
import type { EnvId, FunctionName } from '../model/nouns.js';
import { answersBeyond } from './detail-pane.js';
import { listHeadRows } from './functions-pane.js';
import { isWholeLog, linesFor, nextMatch, scrolled } from './log-pane.js';
import { coverScrolled, isCovered, type MonitorState, toastOf } from './model.js';
import type { Scene } from './scene.js';
import { isTroubled, selectedIndex, sortKeys } from './table.js';

/** From what is seen, and when, to what is seen next. */
export type Move = (scene: Scene, at: number) => MonitorState;

/** Keys act on the pane that has them; a zoomed or single detail pane has them all. */
export function detailHasKeys({ monitor, layout }: Scene): boolean {
  return layout.functions === null || monitor.pane === 'detail';
}

/** One row, a page, or to an end: of the list, the log, the help or a sheet, whichever has the keys. */
export function step(distance: (page: number) => number): Move {
  return (scene) => {
    const { monitor, layout, size } = scene;
    if (isCovered(monitor)) return coverScrolled(monitor, distance(size.rows - 3));
    const rows = (layout.functions ?? layout.detail)?.rows ?? 1;
    const by = distance(Math.max(1, rows - listHeadRows - 1));
    return detailHasKeys(scene) ? scrollLog(scene, by) : moveSelection(scene, by);
  };
}

export function moveSelection({ monitor, table }: Scene, by: number): MonitorState {
  const from = selectedIndex(table, monitor.selected);
  const to = Math.max(0, Math.min(table.rows.length - 1, from + by));
  return choose(monitor, table.rows[to]?.name ?? null);
}

/** From here on it stays with the function that somebody chose. */
export function choose(monitor: MonitorState, name: FunctionName | null): MonitorState {
  const chosen = { ...monitor, follows: false, selected: name };
  return name === monitor.selected && !monitor.follows ? monitor : { ...chosen, logEnd: null, answersTop: 0 };
}

/** To the next function that something is the matter with, after the last again to the first. */
export function nextTrouble(by: 1 | -1): Move {
  return ({ monitor, table, words }, at) => {
    const from = selectedIndex(table, monitor.selected);
    const count = table.rows.length;
    for (let distance = 1; distance <= count; distance += 1) {
      const row = table.rows[(from + by * distance + count * count) % count];
      if (row !== undefined && isTroubled(row)) return choose({ ...monitor, pane: 'functions' }, row.name);
    }
    return { ...monitor, toast: toastOf(words.noTrouble, 'good', at) };
  };
}

export function scrollLog(scene: Scene, by: number): MonitorState {
  const { monitor } = scene;
  if (monitor.answers) {
    const last = answersBeyond(scene);
    return { ...monitor, answersTop: Math.max(0, Math.min(last, Math.min(last, monitor.answersTop) + by)) };
  }
  const lines = linesFor(scene);
  return { ...monitor, logEnd: scrolled(lines, monitor.logEnd, by) };
}

/** All, then each of the function's environments. */
export function nextEnv(by: 1 | -1): Move {
  return ({ monitor, row, env }) => {
    const choices: (EnvId | null)[] = [null, ...(row === null ? [] : row.cells.keys())];
    const index = Math.max(0, Math.min(choices.length - 1, choices.indexOf(env) + by));
    // The row that keys act on from here on is chosen, so that it does not move away.
    const chosen = row === null ? monitor : choose(monitor, row.name);
    return { ...chosen, env: choices[index] ?? null };
  };
}

/** On a narrow screen the other pane is the other screen. */
export const otherPane: Move = ({ monitor, layout }) =>
  layout.panes === 'single'
    ? { ...monitor, zoomed: !monitor.zoomed }
    : { ...monitor, pane: monitor.pane === 'functions' ? 'detail' : 'functions' };

/** One step back: out of the zoom, then the search, the pane, the marks, the filter, the environment; at last it follows the saves again. */
export const back: Move = ({ monitor }) => {
  if (monitor.zoomed) return { ...monitor, zoomed: false };
  if (monitor.answers) return { ...monitor, answers: false };
  if (monitor.pane === 'detail' && monitor.search !== '') return { ...monitor, search: '' };
  if (monitor.pane === 'detail') return { ...monitor, pane: 'functions', logEnd: null };
  if (monitor.marked.size > 0) return { ...monitor, marked: new Set() };
  if (monitor.filter !== '' || monitor.failedOnly) return { ...monitor, filter: '', failedOnly: false };
  if (monitor.env !== null) return { ...monitor, env: null };
  return { ...monitor, follows: true, logOf: 'auto', logEnd: null };
};

export const sort: Move = ({ monitor, words }, at) => {
  const key = sortKeys[(sortKeys.indexOf(monitor.sort) + 1) % sortKeys.length] ?? 'trouble';
  const text = words.sortedBy(words.sort[key], monitor.reversed);
  return { ...monitor, sort: key, toast: toastOf(text, 'good', at) };
};

export const sortReverse: Move = ({ monitor, words }, at) => {
  const reversed = !monitor.reversed;
  const text = words.sortedBy(words.sort[monitor.sort], reversed);
  return { ...monitor, reversed, toast: toastOf(text, 'good', at) };
};

/** The answers instead of the log, or the log again. On a narrow screen that is the other screen. */
export const showAnswers: Move = ({ monitor, layout }) => {
  const answers = !monitor.answers;
  const zoomed = layout.panes === 'single' && answers ? true : monitor.zoomed;
  return { ...monitor, answers, answersTop: 0, zoomed };
};

/** For keys about the log: where the answers stand in its place, it comes back, or nobody would see what they do. */
export function onLog(move: Move): Move {
  return (scene, at) => {
    const before = { ...scene.monitor, answers: false };
    const after = move({ ...scene, monitor: before }, at);
    return after === before ? scene.monitor : after;
  };
}

/** Follows what happens, or stops at what is shown now. */
export const follow: Move = (scene, at) => {
  const { monitor, words } = scene;
  if (monitor.logEnd !== null) {
    return { ...monitor, logEnd: null, toast: toastOf(words.following, 'good', at) };
  }
  const last = linesFor(scene).at(-1);
  return { ...monitor, logEnd: last?.seq ?? null };
};

export function match(direction: 1 | -1): Move {
  return (scene, at) => {
    const { monitor, words } = scene;
    if (monitor.search === '') return monitor;
    const hit = nextMatch(scene, monitor.search, direction);
    if (hit === null) return { ...monitor, toast: toastOf(words.noMatch(monitor.search), 'warn', at) };
    return { ...monitor, logEnd: hit };
  };
}

export const mouse: Move = ({ monitor, words }, at) => {
  const on = !monitor.mouse;
  return { ...monitor, mouse: on, toast: toastOf(on ? words.mouseOn : words.mouseOff, 'good', at) };
};

/** The log of all functions, or that of the chosen one. */
export const otherLog: Move = (scene) => ({
  ...scene.monitor,
  logOf: isWholeLog(scene) ? 'one' : 'all',
  logEnd: null,
});

/** More room for the list, or for the details. */
export function widen(by: 1 | -1): Move {
  return ({ monitor }) => ({ ...monitor, split: Math.max(-30, Math.min(30, monitor.split + by)) });
}

/** Marks the chosen function, or no longer, and moves to the next one. */
export const mark: Move = (scene) => {
  const { monitor, row } = scene;
  if (row === null) return monitor;
  const marked = new Set(monitor.marked);
  if (!marked.delete(row.name)) marked.add(row.name);
  return { ...moveSelection(scene, 1), marked };
};
