/** Text with a cursor, edited by the keys that shells have taught people: usually one line, sometimes several. Pure. */

export interface EditedLine {
  readonly text: string;
  /** An index into the text, always between two characters as people see them. */
  readonly cursor: number;
}

/** Nobody types more; a paste may be anything. */
const longestText = 10_000;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The characters of a text as people see them, with their marks, and where each begins. */
export function charactersOf(text: string): readonly Intl.SegmentData[] {
  return [...graphemes.segment(text)];
}

/** The text with the cursor behind it. */
export function lineOfText(text: string): EditedLine {
  return { text, cursor: text.length };
}

export function insert({ text, cursor }: EditedLine, more: string): EditedLine {
  const kept = more.slice(0, Math.max(0, longestText - text.length));
  return settled(
    { text: text.slice(0, cursor) + kept + text.slice(cursor), cursor: cursor + kept.length },
    'behind',
  );
}

/** Never within a character as people see it: one may have come to be where the text was joined. */
function settled(line: EditedLine, where: 'before' | 'behind'): EditedLine {
  const { text, cursor } = line;
  const found = graphemes.segment(text).containing(cursor);
  if (found === undefined || found.index === cursor) return line;
  return { text, cursor: where === 'before' ? found.index : found.index + found.segment.length };
}

/** The character under the cursor, with its marks; empty behind the last. */
export function characterUnder({ text, cursor }: EditedLine): string {
  return graphemes.segment(text).containing(cursor)?.segment ?? '';
}

type Edit = (line: EditedLine) => EditedLine;

const to =
  (place: (line: EditedLine) => number): Edit =>
  (line) => ({ text: line.text, cursor: place(line) });
/** Removes what lies between the cursor and a place. */
const cutTo =
  (place: (line: EditedLine) => number): Edit =>
  (line) => {
    const [from, end] = [line.cursor, place(line)].sort((a, b) => a - b);
    return { text: line.text.slice(0, from) + line.text.slice(end), cursor: from ?? 0 };
  };

/** Of the line that the cursor is in. */
const start = ({ text, cursor }: EditedLine): number => text.lastIndexOf('\n', cursor - 1) + 1;
const end = ({ text, cursor }: EditedLine): number => {
  const found = text.indexOf('\n', cursor);
  return found === -1 ? text.length : found;
};

function before({ text, cursor }: EditedLine): number {
  return charactersOf(text.slice(0, cursor)).at(-1)?.index ?? 0;
}

function after({ text, cursor }: EditedLine): number {
  const [first] = graphemes.segment(text.slice(cursor));
  return cursor + (first?.segment.length ?? 0);
}

function wordBefore({ text, cursor }: EditedLine): number {
  const characters = [...text.slice(0, cursor)];
  const isWord = (at: number): boolean => /[\p{L}\p{N}\p{M}_]/u.test(characters[at] ?? '');
  let at = characters.length;
  while (at > 0 && !isWord(at - 1)) at -= 1;
  while (at > 0 && isWord(at - 1)) at -= 1;
  return characters.slice(0, at).join('').length;
}

function wordAfter({ text, cursor }: EditedLine): number {
  const found = /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u.exec(text.slice(cursor));
  return cursor + (found?.[0].length ?? 0);
}

/** By the names that blessed gives keys. */
const edits: Readonly<Record<string, Edit>> = {
  left: to(before),
  'C-b': to(before),
  right: to(after),
  'C-f': to(after),
  home: to(start),
  'C-a': to(start),
  end: to(end),
  'C-e': to(end),
  'C-left': to(wordBefore),
  'M-left': to(wordBefore),
  'M-b': to(wordBefore),
  'C-right': to(wordAfter),
  'M-right': to(wordAfter),
  'M-f': to(wordAfter),
  backspace: cutTo(before),
  'C-h': cutTo(before),
  delete: cutTo(after),
  'C-d': cutTo(after),
  'C-w': cutTo(wordBefore),
  'M-backspace': cutTo(wordBefore),
  'M-d': cutTo(wordAfter),
  'C-u': cutTo(start),
  'C-k': cutTo(end),
};

/** The cursor in the line above or below, as far to the right as it was; null: there is none. */
export function movedLine(line: EditedLine, by: 1 | -1): EditedLine | null {
  const from = start(line);
  const other = by === -1 ? from - 1 : end(line) + 1;
  if (other < 0 || other > line.text.length) return null;
  const there = { text: line.text, cursor: other };
  const cursor = Math.min(start(there) + line.cursor - from, end(there));
  return settled({ text: line.text, cursor }, 'before');
}

/** The line after a key; null: it edits nothing. */
export function edited(line: EditedLine, key: string): EditedLine | null {
  const edit = Object.hasOwn(edits, key) ? edits[key] : undefined;
  if (edit === undefined) return null;
  const next = edit(line);
  return settled(next, next.cursor > line.cursor ? 'behind' : 'before');
}
