/** The line that something is typed into: a filter, a search, an event to call a function with. */
import { displayable } from '../text/text.js';
import { invoking } from './history.js';
import type { KeyAction } from './keys.js';
import { linesFor, nextMatch } from './log-pane.js';
import type { MonitorEvent, MonitorState, Prompt, Updated } from './model.js';
import type { Scene } from './scene.js';
import { toastOf } from './toast.js';

/** Nobody types more; a paste may be anything. */
const longestText = 10_000;

export function typed(
  monitor: MonitorState,
  event: Extract<MonitorEvent, { type: 'text' | 'erase' }>,
): MonitorState {
  const { prompt } = monitor;
  if (prompt === null) return monitor;
  const text =
    event.type === 'erase'
      ? [...prompt.text].slice(0, event.all ? 0 : -1).join('')
      : (prompt.text + displayable(event.text).replaceAll('\n', ' ')).slice(0, longestText);
  return applied({ ...monitor, prompt: { ...prompt, text }, toast: null });
}

/** A filter and a search act while they are typed. */
function applied(monitor: MonitorState): MonitorState {
  const { prompt } = monitor;
  if (prompt?.kind === 'filter') return { ...monitor, filter: prompt.text };
  if (prompt?.kind === 'search') return { ...monitor, search: prompt.text };
  return monitor;
}

/** Keys that are not text while something is typed. */
export function finishPrompt(scene: Scene, action: KeyAction, at: number): Updated {
  const { monitor } = scene;
  const { prompt } = monitor;
  const only = (next: MonitorState): Updated => ({ monitor: next, action: null });
  if (prompt === null) return only(monitor);
  switch (action) {
    case 'zoom':
      return entered(scene, prompt, at);
    case 'back':
      return only(cancelled(monitor, prompt));
    case 'quit':
    case 'suspend':
    case 'redraw':
      return { monitor, action: { type: action } };
    default:
      return only(monitor);
  }
}

function cancelled(monitor: MonitorState, prompt: Prompt): MonitorState {
  const closed = { ...monitor, prompt: null };
  if (prompt.kind === 'filter') return { ...closed, filter: '' };
  return prompt.kind === 'search' ? { ...closed, search: '' } : closed;
}

function entered(scene: Scene, prompt: Prompt, at: number): Updated {
  const { monitor, row } = scene;
  const closed: MonitorState = { ...monitor, prompt: null };
  if (prompt.kind === 'filter') return { monitor: closed, action: null };
  if (prompt.kind === 'search') {
    const lines = linesFor(monitor, row?.name ?? null);
    const hit = prompt.text === '' ? null : nextMatch(lines, monitor.logEnd, prompt.text, -1);
    return { monitor: { ...closed, logEnd: hit ?? monitor.logEnd }, action: null };
  }
  return called(scene, closed, prompt, at);
}

function called({ words }: Scene, monitor: MonitorState, prompt: Prompt, at: number): Updated {
  const { function: name, env } = prompt;
  if (name === null || env === null) return { monitor, action: null };
  const event = prompt.text.trim() === '' ? '{}' : prompt.text;
  const trouble = troubleOf(event);
  if (trouble !== null) {
    return {
      monitor: { ...monitor, prompt, toast: toastOf(words.notJson(trouble), 'bad', at) },
      action: null,
    };
  }
  const toast = toastOf(words.invoking(name, env), 'good', at);
  return {
    monitor: { ...invoking(monitor, name, env, event), toast },
    action: { type: 'invoke', function: name, env, event },
  };
}

function troubleOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
