/** The last row: what is being typed, what was just said, or the keys that matter here. */
import { columnsOf, displayable } from '../text/text.js';
import { cut, fitRow, type Row, type Span, type Style, span, widthOf } from './frame.js';
import { barKeys, shownKey } from './keys.js';
import type { Prompt, Toast } from './model.js';
import type { Scene } from './scene.js';

export function bottomRow(scene: Scene): Row {
  const { monitor, size, mark } = scene;
  const toast = monitor.toast !== null && scene.options.now < monitor.toast.until ? monitor.toast : null;
  // What is wrong with what was typed is told first; the next key shows the line again.
  if (monitor.prompt !== null && toast?.tone !== 'bad') return promptRow(scene, monitor.prompt);
  if (toast !== null)
    return fitRow([span(` ${displayable(toast.text)}`, toastStyle(toast))], size.columns, mark);
  const note = filterNote(scene);
  return fitRow([...note, ...keys(scene, size.columns - widthOf(note))], size.columns, mark);
}

function toastStyle({ tone }: Toast): Style {
  if (tone === 'bad') return { color: 'red', bold: true };
  return tone === 'warn' ? { color: 'yellow' } : { color: 'green' };
}

/** What is typed, with as much of it as fits around the cursor. */
function promptRow(scene: Scene, prompt: Prompt): Row {
  const { size } = scene;
  const label = displayable(` ${promptLabel(scene, prompt)}`);
  const room = Math.max(1, size.columns - Math.min(columnsOf(label), Math.floor(size.columns / 2)) - 1);
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
function keys({ monitor, options }: Scene, columns: number): Row {
  const pane = monitor.zoomed ? 'detail' : monitor.pane;
  const row: Span[] = [];
  let used = 0;
  for (const entry of barKeys(pane)) {
    const name = ` ${shownKey(entry, options.ascii)}`;
    const text = ` ${entry.short[options.language]} `;
    const width = columnsOf(name) + columnsOf(text);
    if (used + width > columns) continue;
    used += width;
    row.push(span(name, { bold: true, color: 'cyan' }), span(text));
  }
  return row;
}
