/** The last row: what is being typed, what was just said, or the keys that matter here. */
import { columnsOf, displayable } from '../text/text.js';
import { cut, fitRow, fitText, type Row, type Span, type Style, span, widthOf } from './frame.js';
import { barKeys } from './keys.js';
import { type Prompt, type Question, type Toast, toastOf } from './model.js';
import type { Scene } from './scene.js';
import { telling } from './telling.js';

export function bottomRow(scene: Scene): Row {
  const { monitor, size, mark } = scene;
  if (monitor.prompt?.mistake) return toastRow(scene, toastOf(monitor.prompt.mistake, 'bad', 0));
  if (monitor.prompt !== null) return promptRow(scene, monitor.prompt);
  if (monitor.question !== null) return questionRow(scene, monitor.question);
  const { toast } = monitor;
  if (toast !== null && scene.options.now < toast.until) return toastRow(scene, toast);
  const note = filterNote(scene);
  return fitRow([...note, ...keys(scene, size.columns - widthOf(note))], size.columns, mark);
}

/** Whom it is about and how many more there are keep their room; the rest says what it can. */
function toastRow({ size, mark, words }: Scene, toast: Toast): Row {
  const about = displayable(toast.about);
  const more = toast.more === 0 ? '' : ` ${words.more(toast.more)}`;
  const room = Math.max(1, size.columns - 1 - columnsOf(about) - columnsOf(more));
  const text = displayable(toast.text);
  const shown = toast.about === '' ? text : telling(text, room, mark);
  return fitRow([span(` ${about}${shown}${more}`, toastStyle(toast))], size.columns, mark);
}

function toastStyle({ tone }: Toast): Style {
  if (tone === 'bad') return { color: 'red', bold: true };
  return tone === 'warn' ? { color: 'yellow' } : { color: 'green' };
}

/** Columns that what is typed keeps, where half of the row is less. */
const typedAtLeast = 24;

/** What is typed, with as much of it as fits around the cursor. */
function promptRow(scene: Scene, prompt: Prompt): Row {
  const { size } = scene;
  const label = displayable(` ${promptLabel(scene, prompt)}`);
  const room = Math.max(
    1,
    size.columns -
      Math.min(columnsOf(label), Math.max(Math.floor(size.columns / 2), size.columns - typedAtLeast)) -
      1,
  );
  const { text, cursor } = prompt.line;
  const under = [...text.slice(cursor)][0] ?? ' ';
  const after = text.slice(cursor + under.length);
  const before = tail(
    text.slice(0, cursor),
    Math.max(0, room - Math.min(columnsOf(after), Math.floor(room / 4))),
  );
  const head = span(cut(label, Math.max(0, size.columns - room - 1)), { bold: true });
  return fitRow([head, span(before), span(under, { inverse: true }), span(after)], size.columns, '');
}

function promptLabel({ words, envNames }: Scene, prompt: Prompt): string {
  switch (prompt.kind) {
    case 'filter':
      return words.promptFilter;
    case 'search':
      return words.promptSearch;
    case 'invoke':
      return words.promptInvoke(prompt.function ?? '', envNames.get(prompt.env ?? '') ?? prompt.env ?? '');
    case 'events':
      return words.promptEvents(prompt.function ?? '', prompt.choices.join(', '));
    default:
      return prompt.kind satisfies never;
  }
}

function tail(text: string, columns: number): string {
  let kept = text;
  while (columnsOf(kept) > columns) kept = [...kept].slice(1).join('');
  return kept;
}

function filterNote({ monitor, words, table }: Scene): Span[] {
  const parts = [
    monitor.filter === '' ? '' : `/${monitor.filter}`,
    monitor.failedOnly ? words.failedOnly : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return [];
  return [span(` ${parts.join(' + ')}: ${table.rows.length}/${table.all} `, { inverse: true }), span(' ')];
}

/** As many keys as fit whole. */
function keys(scene: Scene, columns: number): Row {
  const row: Span[] = [];
  let used = 0;
  for (const { key, text } of barKeys(scene)) {
    const width = columnsOf(key) + columnsOf(text) + 3;
    if (used + width > columns) continue;
    used += width;
    row.push(span(` ${key}`, { bold: true, color: 'cyan' }), span(` ${text} `));
  }
  return row;
}

/** The question, and how it is answered: where there is little room, its end gives way. */
function questionRow({ size, mark, words }: Scene, question: Question): Row {
  const answers = `  ${words.yesOrNo}`;
  const room = Math.max(1, size.columns - 1 - columnsOf(answers));
  const text = displayable(question.text);
  const shown = columnsOf(text) > room ? fitText(text, room, mark) : text;
  return fitRow(
    [span(` ${shown}`, { bold: true, color: 'yellow' }), span(answers, { bold: true })],
    size.columns,
    mark,
  );
}
