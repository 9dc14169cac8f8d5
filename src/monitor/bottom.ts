/** The last row: what is being typed, what was just said, or the keys that matter here. */
import { columnsOf, displayable, labelled, listOf } from '../text/text.js';
import { wrap } from '../text/wrap.js';
import { cut, fitRow, fitText, type Row, type Span, type Style, span, widthOf } from './frame.js';
import { barKeys } from './keys.js';
import { charactersOf, characterUnder } from './line-editor.js';
import { type Prompt, type Question, type Toast, toastOf } from './model.js';
import type { Scene } from './scene.js';
import { telling } from './telling.js';

/** Rows at the bottom: one, but for a text of several lines that is being typed, and for a long question. */
export function bottomRows(scene: Scene): readonly Row[] {
  const { monitor, size, mark } = scene;
  const { prompt, question, toast } = monitor;
  if (prompt?.mistake) return saidRows(scene, toastOf(prompt.mistake, 'bad', 0));
  if (prompt !== null)
    return prompt.line.text.includes('\n') ? promptRows(scene, prompt) : [promptRow(scene, prompt)];
  if (question !== null) return questionRows(scene, question);
  if (toast !== null && scene.options.now < toast.until)
    return toast.about === '' ? saidRows(scene, toast) : [troubleRow(scene, toast)];
  const note = filterNote(scene);
  return [fitRow([...note, ...keys(scene, size.columns - widthOf(note))], size.columns, mark)];
}

/** A sentence of ours, whole: what it comes to often stands at its end. */
function saidRows(scene: Scene, toast: Toast): readonly Row[] {
  const { size, mark } = scene;
  return wrappedRows(scene, toast.text).map((text) =>
    fitRow([span(` ${text}`, toastStyle(toast))], size.columns, mark),
  );
}

/** A text in as many rows as it takes: a quarter of the screen at most. */
function wrappedRows({ size, mark }: Scene, text: string): readonly string[] {
  const columns = Math.max(1, size.columns - 2);
  const rows = wrap(displayable(text), columns);
  const most = Math.max(1, Math.floor(size.rows / 4));
  if (rows.length <= most) return rows;
  return [...rows.slice(0, most - 1), fitText(rows.slice(most - 1).join(' '), columns, mark)];
}

/** Whom it is about and how many more there are keep their room; the rest says what it can. */
function troubleRow({ size, mark, words }: Scene, toast: Toast): Row {
  const about = displayable(toast.about);
  const more = toast.others.length === 0 ? '' : words.moreTroubles(toast.others.length);
  const room = Math.max(1, size.columns - 1 - columnsOf(about) - columnsOf(more));
  const text = displayable(toast.text);
  const fitted = columnsOf(text) > room ? fitText(text, room, mark) : text;
  const shown = toast.quotes ? telling(text, room, mark) : fitted;
  return fitRow([span(` ${about}${shown}${more}`, toastStyle(toast))], size.columns, mark);
}

function toastStyle({ tone }: Toast): Style {
  if (tone === 'bad') return { color: 'red', bold: true };
  return tone === 'warn' ? { color: 'yellow' } : { color: 'green' };
}

/** Columns that what is typed keeps, where half of the row is less. */
const typedAtLeast = 24;

/** The typed text, with as much of it as fits around the cursor. */
function promptRow(scene: Scene, prompt: Prompt): Row {
  const { size } = scene;
  const label = displayable(` ${promptLabel(scene, prompt)}`);
  const room = Math.max(
    1,
    size.columns -
      Math.min(columnsOf(label), Math.max(Math.floor(size.columns / 2), size.columns - typedAtLeast)) -
      1,
  );
  const head = span(cut(label, Math.max(0, size.columns - room - 1)), { bold: true });
  const { text, cursor } = prompt.line;
  return fitRow([head, ...typedSpans(text, cursor, room)], size.columns, '');
}

/** The typed text in several lines, below its label: as many as a third of the screen has room for, around the cursor. */
function promptRows(scene: Scene, prompt: Prompt): readonly Row[] {
  const { size, words } = scene;
  const { text, cursor } = prompt.line;
  const lines = text.split('\n');
  const at = text.slice(0, cursor).split('\n').length - 1;
  const room = Math.max(1, Math.min(lines.length, Math.floor(size.rows / 3)));
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), lines.length - room));
  const head = displayable(` ${words.promptLines(at + 1, lines.length)}  ${promptLabel(scene, prompt)}`);
  let from = lines.slice(0, top).reduce((sum, line) => sum + line.length + 1, 0);
  const shown = lines.slice(top, top + room).map((line, index) => {
    const column = top + index === at ? cursor - from : null;
    from += line.length + 1;
    return fitRow([span('   '), ...typedSpans(line, column, size.columns - 4)], size.columns, '');
  });
  return [fitRow([span(head, { bold: true })], size.columns, scene.mark), ...shown];
}

/** A line with its cursor, if it is in it; as much of it as fits around that. */
function typedSpans(text: string, cursor: number | null, room: number): Row {
  if (cursor === null) return [span(cut(text, room))];
  const under = characterUnder({ text, cursor }) || ' ';
  const after = text.slice(cursor + under.length);
  const before = tail(
    text.slice(0, cursor),
    Math.max(0, room - Math.min(columnsOf(after), Math.floor(room / 4))),
  );
  return [span(before), span(under, { inverse: true }), span(after)];
}

function promptLabel({ words, envNames, size, options }: Scene, prompt: Prompt): string {
  switch (prompt.kind) {
    case 'filter':
      return words.promptFilter;
    case 'search':
      return words.promptSearch;
    case 'invoke': {
      const label = words.promptInvoke(
        prompt.function ?? '',
        envNames.get(prompt.env ?? '') ?? prompt.env ?? '',
      );
      // The list of the other keys gives way to the text that is typed.
      return columnsOf(label) > size.columns - typedAtLeast - 2 ? withoutAside(label) : label;
    }
    case 'events':
      return words.promptEvents(prompt.function ?? '', listOf(prompt.choices, options.language));
    default:
      return prompt.kind satisfies never;
  }
}

/** The end of a text, of whole characters. */
function tail(text: string, columns: number): string {
  let room = columns;
  const first = charactersOf(text).findLast(({ segment }) => {
    room -= columnsOf(segment);
    return room < 0;
  });
  return first === undefined ? text : text.slice(first.index + first.segment.length);
}

function filterNote({ monitor, words, table, options }: Scene): Span[] {
  const parts = [
    monitor.filter === '' ? '' : `/${monitor.filter}`,
    monitor.failedOnly ? words.failedOnly : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return [];
  const text = labelled(parts.join(' + '), `${table.rows.length}/${table.all}`, options.language);
  return [span(` ${text} `, { inverse: true }), span(' ')];
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

/** The whole question, since what a yes allows may stand at its end, and how it is answered. */
function questionRows({ size, mark, words }: Scene, question: Question): readonly Row[] {
  const answers = `  ${words.yesOrNo}`;
  const lines = wrap(displayable(question.text), Math.max(1, size.columns - 1));
  const last = lines.at(-1) ?? '';
  const isShort = 1 + columnsOf(last) + columnsOf(answers) <= size.columns;
  const rows: readonly (readonly [string, string])[] = isShort
    ? [...lines.slice(0, -1).map((line) => [line, ''] as const), [last, answers]]
    : [...lines.map((line) => [line, ''] as const), ['', answers.trimStart()]];
  return rows
    .slice(-size.rows)
    .map(([text, after]) =>
      fitRow(
        [span(` ${text}`, { bold: true, color: 'yellow' }), span(after, { bold: true })],
        size.columns,
        mark,
      ),
    );
}

/** A label without what stands in its brackets. */
function withoutAside(label: string): string {
  const opens = label.search(/[(（]/);
  const closes = Math.max(label.lastIndexOf(')'), label.lastIndexOf('）'));
  return opens === -1 || closes < opens ? label : label.slice(0, opens).trimEnd() + label.slice(closes + 1);
}
