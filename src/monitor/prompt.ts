/** The line that something is typed into: a filter, a search, an event to call a function with. */
import { displayable } from '../text/text.js';
import { invoking } from './history.js';
import { edited, insert, lineOfText } from './line-editor.js';
import { linesFor, nextMatch } from './log-pane.js';
import { type MonitorState, type Prompt, toastOf, type Updated } from './model.js';
import type { Scene } from './scene.js';

const only = (monitor: MonitorState): Updated => ({ monitor, action: null });

/** A key while something is typed; null: it means the same as elsewhere. */
export function promptKey(scene: Scene, prompt: Prompt, key: string, at: number): Updated | null {
  const { monitor } = scene;
  if ([...key].length === 1) return only(typed(monitor, prompt, key));
  if (key === 'enter') return entered(scene, prompt, at);
  if (key === 'escape') return only(cancelled(monitor, prompt));
  const line = edited(prompt.line, key);
  return line === null ? null : only(applied({ ...monitor, prompt: { ...prompt, line }, toast: null }));
}

/** Text at the cursor, as typed or pasted. */
export function typed(monitor: MonitorState, prompt: Prompt, text: string): MonitorState {
  const line = insert(prompt.line, displayable(text).replaceAll('\n', ' '));
  return applied({ ...monitor, prompt: { ...prompt, line }, toast: null });
}

/** A filter and a search act while they are typed. */
function applied(monitor: MonitorState): MonitorState {
  const { prompt } = monitor;
  if (prompt?.kind === 'filter') return { ...monitor, filter: prompt.line.text };
  if (prompt?.kind === 'search') return { ...monitor, search: prompt.line.text };
  return monitor;
}

function cancelled(monitor: MonitorState, prompt: Prompt): MonitorState {
  const closed = { ...monitor, prompt: null };
  if (prompt.kind === 'filter') return { ...closed, filter: '' };
  return prompt.kind === 'search' ? { ...closed, search: '' } : closed;
}

function entered(scene: Scene, prompt: Prompt, at: number): Updated {
  const { monitor, row } = scene;
  const closed: MonitorState = { ...monitor, prompt: null };
  const { text } = prompt.line;
  switch (prompt.kind) {
    case 'filter':
      return only(closed);
    case 'search': {
      const lines = linesFor(monitor, row?.name ?? null);
      const hit = text === '' ? null : nextMatch(lines, monitor.logEnd, text, -1);
      return only({ ...closed, logEnd: hit ?? monitor.logEnd });
    }
    case 'invoke':
      return called(scene, closed, prompt, at);
    default:
      return prompt.kind satisfies never;
  }
}

function called({ words }: Scene, monitor: MonitorState, prompt: Prompt, at: number): Updated {
  const { function: name, env, line } = prompt;
  if (name === null || env === null) return only(monitor);
  const event = line.text.trim() === '' ? '{}' : line.text;
  const mistake = jsonMistake(event);
  if (mistake !== null) {
    return only({ ...monitor, prompt, toast: toastOf(words.notJson(mistake), 'bad', at) });
  }
  const toast = toastOf(words.invoking(name, env), 'good', at);
  return {
    monitor: { ...invoking(monitor, name, env, event), toast },
    action: { type: 'invoke', function: name, env, event },
  };
}

function jsonMistake(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A prompt with some text to change. */
export function opened(
  monitor: MonitorState,
  kind: Prompt['kind'],
  text: string,
  about: Pick<Prompt, 'function' | 'env'> = { function: null, env: null },
): MonitorState {
  return { ...monitor, prompt: { kind, line: lineOfText(text), ...about } };
}
