/** The line that something is typed into: a filter, a search, an event to call a function with. */
import { messageOf } from '../system/errno.js';
import { displayable, listOf } from '../text/text.js';
import { historyOf, invoking, remembered } from './history.js';
import { edited, insert, lineOfText, movedLine } from './line-editor.js';
import { nextMatch } from './log-pane.js';
import { type MonitorState, only, type Prompt, toastOf, type Updated } from './model.js';
import type { Scene } from './scene.js';

/** A key while something is typed; null: it means the same as elsewhere. */
export function promptKey(scene: Scene, prompt: Prompt, key: string, at: number): Updated | null {
  const { monitor } = scene;
  if ([...key].length === 1) return only(typed(monitor, prompt, key));
  if (key === 'enter') return entered(scene, prompt, at);
  const several = prompt.kind === 'invoke' ? severalLines(monitor, prompt, key) : null;
  if (several !== null) return several;
  if (key === 'escape') return only(sought({ ...monitor, prompt: null }, prompt.kind, ''));
  if (key === 'up' || key === 'C-p') return only(recalled(monitor, prompt, prompt.back + 1));
  if (key === 'down' || key === 'C-n') return only(recalled(monitor, prompt, prompt.back - 1));
  if (key === 'tab' || key === 'S-tab') return only(elsewhere(scene, prompt, key === 'tab' ? 1 : -1));
  const line = edited(prompt.line, key);
  return line === null ? null : only(changed(monitor, prompt, { line }));
}

/** Keys for a text of several lines; null: this one does the same as elsewhere. */
function severalLines(monitor: MonitorState, prompt: Prompt, key: string): Updated | null {
  if (key === 'C-o') return only(typed(monitor, prompt, '\n'));
  if (key === 'C-e') return { monitor, action: { type: 'edit', text: prompt.line.text } };
  if (key !== 'up' && key !== 'down') return null;
  const line = movedLine(prompt.line, key === 'up' ? -1 : 1);
  return line === null ? null : only(changed(monitor, prompt, { line }));
}

/** Text at the cursor, as typed or pasted. */
export function typed(monitor: MonitorState, prompt: Prompt, text: string): MonitorState {
  const shown = text.replaceAll('\r\n', '\n').split('\n').map(displayable);
  const line = insert(prompt.line, shown.join(prompt.kind === 'invoke' ? '\n' : ' '));
  return changed(monitor, prompt, { line });
}

/** The text that somebody made in an editor of their own. */
export function editedElsewhere(monitor: MonitorState, text: string): MonitorState {
  const { prompt } = monitor;
  if (prompt === null) return monitor;
  const line = lineOfText('');
  return typed(monitor, { ...prompt, line }, text.trimEnd());
}

/** An earlier text, or what was typed before somebody went back. */
function recalled(monitor: MonitorState, prompt: Prompt, back: number): MonitorState {
  const texts = earlierTexts(monitor, prompt);
  const to = Math.max(0, Math.min(texts.length, back));
  if (to === prompt.back) return changed(monitor, prompt, {});
  const draft = prompt.back === 0 ? prompt.line : prompt.draft;
  const line = to === 0 ? draft : lineOfText(texts[to - 1] ?? '');
  return changed(monitor, prompt, { line, back: to, draft });
}

function earlierTexts(monitor: MonitorState, { kind, function: name }: Prompt): readonly string[] {
  if (kind === 'filter' || kind === 'search') return monitor.entered[kind];
  if (kind === 'events') return [];
  return name === null ? [] : historyOf(monitor, name).events;
}

/** The next environment to call the function in. */
function elsewhere({ monitor, table }: Scene, prompt: Prompt, by: 1 | -1): MonitorState {
  const row = table.every.find(({ name }) => name === prompt.function);
  const envs = [...(row?.cells.keys() ?? [])];
  if (prompt.env === null || envs.length === 0) return changed(monitor, prompt, {});
  const env = envs[(envs.indexOf(prompt.env) + by + envs.length) % envs.length] ?? prompt.env;
  return changed(monitor, prompt, { env });
}

/** A mistake that was shown in its place is not any more. */
function changed(
  monitor: MonitorState,
  prompt: Prompt,
  change: Partial<Pick<Prompt, 'line' | 'env' | 'back' | 'draft'>>,
): MonitorState {
  const next = { ...prompt, mistake: null, ...change };
  return sought({ ...monitor, prompt: next }, next.kind, next.line.text);
}

/** A filter and a search act while they are typed. */
function sought(monitor: MonitorState, kind: Prompt['kind'], text: string): MonitorState {
  if (kind === 'filter') return { ...monitor, filter: text };
  return kind === 'search' ? { ...monitor, search: text } : monitor;
}

function entered(scene: Scene, prompt: Prompt, at: number): Updated {
  const { monitor } = scene;
  const { text } = prompt.line;
  const closed: MonitorState = { ...monitor, prompt: null };
  switch (prompt.kind) {
    case 'filter':
      return only(noted(closed, 'filter', text));
    case 'search': {
      const hit = text === '' ? null : nextMatch(scene, text, -1);
      const toast =
        text !== '' && hit === null ? toastOf(scene.words.noMatch(text), 'warn', at) : monitor.toast;
      return only({ ...noted(closed, 'search', text), logEnd: hit ?? monitor.logEnd, toast });
    }
    case 'invoke':
      return called(scene, closed, prompt, at);
    case 'events':
      return chosen(scene, closed, prompt, at);
    default:
      return prompt.kind satisfies never;
  }
}

/** Names by commas; nothing: what the configuration chooses. */
function chosen({ words, options }: Scene, monitor: MonitorState, prompt: Prompt, at: number): Updated {
  const { function: name, line, choices } = prompt;
  if (name === null) return only(monitor);
  const shown = choices.map(typedName);
  const names = namesIn(line.text, shown);
  const strange = names.find((part) => !shown.includes(part));
  if (strange !== undefined)
    return mistaken(monitor, prompt, words.strangeEvent(strange, listOf(choices, options.language)));
  const toast = toastOf(words.chosenEvents(displayable(name), listOf(names, options.language)), 'good', at);
  const events = names.length === 0 ? null : choices.filter((each) => names.includes(typedName(each)));
  return { monitor: { ...monitor, toast }, action: { type: 'choose', function: name, events } };
}

/** The name of an event as it stands in the line, where nothing may be that moves a terminal. */
export function typedName(name: string): string {
  return displayable(name).trim();
}

const separator = /[,，、]/;

/** The names of a list; a comma within a name that is there belongs to it. */
function namesIn(text: string, choices: readonly string[]): readonly string[] {
  const longestFirst = choices.toSorted((one, other) => other.length - one.length);
  const names: string[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const known = longestFirst.find((each) => rest.startsWith(each) && endsName(rest.slice(each.length)));
    const name = known ?? rest.split(separator, 1)[0] ?? '';
    if (name.trim() !== '') names.push(name.trim());
    rest = rest.slice(name.length).trimStart().slice(1).trimStart();
  }
  return names;
}

function endsName(rest: string): boolean {
  return /^\s*(?:$|[,，、])/.test(rest);
}

function noted(monitor: MonitorState, kind: 'filter' | 'search', text: string): MonitorState {
  return { ...monitor, entered: { ...monitor.entered, [kind]: remembered(monitor.entered[kind], text) } };
}

/** Calls the function; in a protected environment, once somebody says yes to this call. */
function called(
  { words, state, envNames }: Scene,
  monitor: MonitorState,
  prompt: Prompt,
  at: number,
): Updated {
  const { function: name, env, line } = prompt;
  if (name === null || env === null) return only(monitor);
  const event = line.text.trim() === '' ? '{}' : line.text;
  const mistake = jsonMistake(event);
  if (mistake !== null) return mistaken(monitor, prompt, words.notJson(mistake));
  const toast = toastOf(words.invoking(name, env), 'good', at);
  const action = { type: 'invoke', function: name, env, event } as const;
  if (state.envs.get(env)?.spec.protected !== true) {
    return { monitor: { ...invoking(monitor, name, event), toast }, action };
  }
  const text = words.askInvoke(displayable(name), envNames.get(env) ?? displayable(env));
  return only({ ...monitor, question: { text, action, said: toast } });
}

/** The line stays, and says what is wrong with it. */
function mistaken(monitor: MonitorState, prompt: Prompt, mistake: string): Updated {
  return only({ ...monitor, prompt: { ...prompt, mistake } });
}

function jsonMistake(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** A prompt with some text to change. */
export function opened(
  monitor: MonitorState,
  kind: Prompt['kind'],
  text: string,
  about: Pick<Prompt, 'function' | 'env'> & Partial<Pick<Prompt, 'choices'>> = { function: null, env: null },
): MonitorState {
  const line = lineOfText(text);
  // The text that is there to be changed is the newest of the earlier ones: one up is the one before.
  const back = kind === 'invoke' && text !== '' ? 1 : 0;
  const draft = lineOfText('');
  return { ...monitor, prompt: { kind, line, back, draft, mistake: null, choices: [], ...about } };
}
