/** What each key does when nothing is being typed. */

import type { EnvId } from '../model/nouns.js';
import type { SortKey } from '../text/words/monitor.js';
import { listHeadRows } from './functions-pane.js';
import { historyOf } from './history.js';
import type { KeyAction } from './keys.js';
import { linesFor, nextMatch, scrolled } from './log-pane.js';
import { type MonitorAction, type MonitorState, noHistory, type Toast, type Updated } from './model.js';
import type { Scene } from './scene.js';
import { selectedIndex } from './table.js';
import { toastOf } from './toast.js';

export function keyPressed(scene: Scene, action: KeyAction, at: number): Updated {
  const { monitor } = scene;
  if (monitor.help) return inHelp(scene, action);
  const moved = moveTo(scene, action);
  if (moved !== null) return { monitor: moved, action: null };
  const looked = look(scene, action, at);
  if (looked !== null) return { monitor: looked, action: null };
  return ask(scene, action, at);
}

function inHelp({ monitor, size }: Scene, action: KeyAction): Updated {
  const by = action === 'up' ? -1 : action === 'down' ? 1 : pageOf(action, size.rows - 3);
  if (by !== 0) {
    return { monitor: { ...monitor, helpTop: Math.max(0, monitor.helpTop + by) }, action: null };
  }
  if (action === 'quit') return { monitor, action: { type: 'quit' } };
  if (action === 'suspend') return { monitor, action: { type: 'suspend' } };
  if (action === 'redraw') return { monitor, action: { type: 'redraw' } };
  const closes = action === 'back' || action === 'help' || action === 'zoom';
  return { monitor: closes ? { ...monitor, help: false, helpTop: 0 } : monitor, action: null };
}

function pageOf(action: KeyAction, rows: number): number {
  if (action === 'page-up') return -rows;
  return action === 'page-down' ? rows : 0;
}

// ---------------------------------------------------------------- moving

/** Keys act on the pane that has them; a zoomed or single detail pane has them all. */
function detailHasKeys({ monitor, layout }: Scene): boolean {
  return layout.functions === null || monitor.pane === 'detail';
}

function moveTo(scene: Scene, action: KeyAction): MonitorState | null {
  if (action === 'left' || action === 'right') {
    return { ...scene.monitor, env: nextEnv(scene, action === 'right' ? 1 : -1) };
  }
  const by = stepOf(scene, action);
  if (by === null) return null;
  return detailHasKeys(scene) ? scrollLog(scene, by) : moveSelection(scene, by);
}

function stepOf({ layout }: Scene, action: KeyAction): number | null {
  const rows = (layout.functions ?? layout.detail)?.rows ?? 1;
  const page = Math.max(1, rows - listHeadRows - 1);
  switch (action) {
    case 'up':
      return -1;
    case 'down':
      return 1;
    case 'page-up':
      return -page;
    case 'page-down':
      return page;
    case 'top':
      return Number.NEGATIVE_INFINITY;
    case 'bottom':
      return Number.POSITIVE_INFINITY;
    default:
      return null;
  }
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
function nextEnv({ row, env }: Scene, by: number): EnvId | null {
  const choices: (EnvId | null)[] = [null, ...(row === null ? [] : row.cells.keys())];
  const index = choices.indexOf(env) + by;
  return choices[Math.max(0, Math.min(choices.length - 1, index))] ?? null;
}

// ---------------------------------------------------------------- what is shown

const sortKeys: readonly SortKey[] = ['name', 'state', 'upload', 'size'];

function look(scene: Scene, action: KeyAction, at: number): MonitorState | null {
  const { monitor, words } = scene;
  const say = (text: string, tone: Toast['tone'] = 'good'): Toast => toastOf(text, tone, at);
  switch (action) {
    case 'other-pane':
      return otherPane(scene);
    case 'zoom':
      return { ...monitor, zoomed: !monitor.zoomed };
    case 'back':
      return back(monitor);
    case 'filter':
      return prompted(scene);
    case 'failed-only':
      return { ...monitor, failedOnly: !monitor.failedOnly };
    case 'sort': {
      const sort = sortKeys[(sortKeys.indexOf(monitor.sort) + 1) % sortKeys.length] ?? 'name';
      return { ...monitor, sort, toast: say(words.sortedBy(words.sort[sort], monitor.reversed)) };
    }
    case 'sort-reverse': {
      const reversed = !monitor.reversed;
      return { ...monitor, reversed, toast: say(words.sortedBy(words.sort[monitor.sort], reversed)) };
    }
    case 'follow':
      return monitor.logEnd === null
        ? hold(scene)
        : { ...monitor, logEnd: null, toast: say(words.following) };
    case 'wrap':
      return { ...monitor, wrap: !monitor.wrap };
    case 'whole-log':
      return { ...monitor, wholeLog: !monitor.wholeLog, logEnd: null };
    case 'next-match':
      return found(scene, 1, say);
    case 'previous-match':
      return found(scene, -1, say);
    case 'mouse': {
      const mouse = !monitor.mouse;
      return { ...monitor, mouse, toast: say(mouse ? words.mouseOn : words.mouseOff) };
    }
    case 'help':
      return { ...monitor, help: true, helpTop: 0 };
    default:
      return null;
  }
}

/** On a narrow screen the other pane is the other screen. */
function otherPane({ monitor, layout }: Scene): MonitorState {
  if (layout.single) return { ...monitor, zoomed: !monitor.zoomed };
  return { ...monitor, pane: monitor.pane === 'functions' ? 'detail' : 'functions' };
}

/** One step back: out of the zoom, then the search, then the pane, then the filter. */
function back(monitor: MonitorState): MonitorState {
  if (monitor.zoomed) return { ...monitor, zoomed: false };
  if (monitor.pane === 'detail' && monitor.search !== '') return { ...monitor, search: '' };
  if (monitor.pane === 'detail') return { ...monitor, pane: 'functions', logEnd: null };
  if (monitor.filter !== '' || monitor.failedOnly) return { ...monitor, filter: '', failedOnly: false };
  return { ...monitor, env: null };
}

function prompted(scene: Scene): MonitorState {
  const { monitor } = scene;
  const kind = detailHasKeys(scene) ? 'search' : 'filter';
  const text = kind === 'filter' ? monitor.filter : monitor.search;
  return { ...monitor, prompt: { kind, text, function: null, env: null } };
}

/** Stops following at what is shown now. */
function hold({ monitor, row }: Scene): MonitorState {
  const last = linesFor(monitor, row?.name ?? null).at(-1);
  return { ...monitor, logEnd: last?.seq ?? null };
}

function found(
  { monitor, row, words }: Scene,
  direction: 1 | -1,
  say: (text: string, tone: Toast['tone']) => Toast,
): MonitorState {
  const { search } = monitor;
  if (search === '') return monitor;
  const lines = linesFor(monitor, row?.name ?? null);
  const hit = nextMatch(lines, monitor.logEnd, search, direction);
  if (hit === null) return { ...monitor, toast: say(words.noMatch(search), 'warn') };
  return { ...monitor, logEnd: hit };
}

// ---------------------------------------------------------------- what is asked of the program

function ask(scene: Scene, action: KeyAction, at: number): Updated {
  const { monitor, words, row, env } = scene;
  const toast = (text: string, tone: Toast['tone'] = 'good'): MonitorState => ({
    ...monitor,
    toast: toastOf(text, tone, at),
  });
  const asks = (next: MonitorState, asked: MonitorAction | null): Updated => ({
    monitor: next,
    action: asked,
  });
  switch (action) {
    case 'retry':
      return asks(toast(words.retrying), { type: 'retry', function: row?.name ?? null, env });
    case 'retry-all':
      return asks(toast(words.retrying), { type: 'retry', function: null, env: null });
    case 'force':
      if (row === null) return asks(monitor, null);
      return asks(toast(words.forcing(row.shown, scene.state.paused)), {
        type: 'force',
        function: row.name,
        env,
      });
    case 'pause':
      return asks(monitor, { type: 'pause', paused: !scene.state.paused });
    case 'invoke':
      return asks(askForEvent(scene, at), null);
    case 'copy':
      return asks(monitor, { type: 'copy' });
    case 'open-folder':
      return asks(monitor, row === null ? null : { type: 'open-folder', folder: row.fn.spec.dir });
    case 'redraw':
    case 'suspend':
    case 'quit':
      return asks(monitor, { type: action });
    default:
      return asks(monitor, null);
  }
}

/** Which event to call it with: the last one, to be changed. */
function askForEvent({ monitor, row, env, words }: Scene, at: number): MonitorState {
  if (row === null) return monitor;
  const only = row.cells.size === 1 ? [...row.cells.keys()][0] : undefined;
  const where = env ?? only ?? null;
  if (where === null) return { ...monitor, toast: toastOf(words.chooseEnvironment, 'warn', at) };
  const { event } = historyOf(monitor, row.name);
  const text = event === noHistory.event ? '' : event;
  return { ...monitor, prompt: { kind: 'invoke', text, function: row.name, env: where } };
}
