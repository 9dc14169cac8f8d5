/** Small things about text that every view needs. */
import { eastAsianWidth } from 'get-east-asian-width';
import type { Catalogue, Language } from './language.js';

/** Nothing to think about: one column a character. */
const plainAscii = /^[\x20-\x7e]*$/;

export type AmbiguousColumns = 1 | 2;

let ambiguousColumns: AmbiguousColumns = 1;

/**
 * Says how the terminal draws what Unicode calls ambiguous (→, ─, Greek and Cyrillic letters): as a property of the whole
 * process, once, before anything is laid out.
 */
export function drawsAmbiguousIn(columns: AmbiguousColumns): void {
  ambiguousColumns = columns;
  known.clear();
}

/** A symbol of ours: the one of ASCII where that is wanted, or where the other would not take one column a character. */
export function symbolFor(symbol: string, ascii: string, wantsAscii: boolean): string {
  return wantsAscii || columnsOf(symbol) !== symbol.length ? ascii : symbol;
}

/**
 * Columns that a text takes on a terminal, counted as terminals do, character by character: 2 for wide ones, 0 for
 * combining ones, 1 for ambiguous ones unless the terminal draws them in 2.
 */
export function columnsOf(text: string): number {
  if (plainAscii.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += characterColumns(character.codePointAt(0) ?? 0);
  return columns;
}

const known = new Map<number, 0 | 1 | 2>();
/** Marks that sit on the character before, and the vowels and finals of Korean syllables written in parts. */
const takesNoColumn = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;

/** Columns of one character, by its code point. */
export function characterColumns(code: number): 0 | 1 | 2 {
  if (code < 0xa0) return code < 0x20 || code >= 0x7f ? 0 : 1;
  const before = known.get(code);
  if (before !== undefined) return before;
  const columns = takesNoColumn.test(String.fromCodePoint(code))
    ? 0
    : eastAsianWidth(code, { ambiguousAsWide: ambiguousColumns === 2 });
  known.set(code, columns);
  return columns;
}

/** The picture that follows a joiner: terminals disagree whether it is drawn, so only the first picture of a sequence is kept. */
const joined = /\u200d(?:\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]*)?/gu;
const skinTone = /(?<=\p{Extended_Pictographic}\ufe0f?)[\u{1f3fb}-\u{1f3ff}]/gu;
/** Characters without a shape, and those that only change how another one looks. */
const shapeless = /\p{Cf}|\p{Zl}|\p{Zp}|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|\u20e3/gu;
/** A mark with nothing to sit on would land on whatever is painted to its left; more than three are a prank. */
const looseMarks = /(^|\s)[\p{Mn}\p{Me}]+/gu;
const manyMarks = /([\p{Mn}\p{Me}]{3})[\p{Mn}\p{Me}]+/gu;

/** Outside text made fit for a row of cells: safe, on one line, composed, and without anything whose width terminals disagree on. */
export function displayable(text: string): string {
  if (plainAscii.test(text)) return text;
  return printable(text)
    .replaceAll('\n', ' ')
    .normalize('NFC')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(joined, '')
    .replace(skinTone, '')
    .replace(shapeless, '')
    .replace(looseMarks, '$1')
    .replace(manyMarks, '$1');
}

/** The text with blanks after it, up to so many columns. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Control characters (C0 but line feed and tab, C1) and those that turn the writing direction: never for a terminal. */
const uncontrolled = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** The same with tabs. */
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Outside text made safe for a terminal: controls and direction marks are shown as escapes (`\\u001b`), tabs made blanks. */
export function printable(text: string): string {
  return plainAscii.test(text)
    ? text
    : text.replaceAll('\t', '  ').replaceAll('\r\n', '\n').replaceAll(unprintable, escaped);
}

/** The colours of our own lines: nothing else that moves a terminal gets through `shown`. */
const ownColour = /(\u001b\[(?:3[1-6]|39|[0-2])m)/;

/**
 * The last gate before a stream: whatever was forgotten on the way here is shown as an escape, which in a line of JSON stands for the very
 * same character. Line ends and tabs remain, and the colours that this program writes.
 */
export function shown(text: string): string {
  if (text.search(uncontrolled) === -1) return text;
  return text
    .split(ownColour)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(uncontrolled, escaped)))
    .join('');
}

/** Any blank but a single one of the usual kind, and whatever draws nothing: these could push the rest out of sight, or hide in it. */
const unseen = /(?<= ) |(?! )[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Outside text that somebody is to agree to: on one line, and everything in it seen, if need be as an escape: `\\u001b`. */
export function visible(text: string): string {
  return text.replaceAll(unseen, escaped);
}

const escapes = new Map<string, string>();

/** There are not many of them, and a text may be full of them. */
function escaped(character: string): string {
  const known = escapes.get(character);
  if (known !== undefined) return known;
  const made = character.replaceAll(
    /./gs,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  escapes.set(character, made);
  return made;
}

/** "820 B", "14 KiB", "3.1 MiB". */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** The typography of the catalogues in ASCII. Longer words than one character would break a grid of cells. */
const asciiFor: Readonly<Record<string, string>> = {
  '→': '>',
  '←': '<',
  '…': '~',
  '’': "'",
  '·': '-',
  '×': 'x',
  '“': '"',
  '”': '"',
  '│': '|',
};

/** A text for where only ASCII is drawn: its typography replaced, in as many columns; other scripts stay as they are. */
export function inAscii(text: string): string {
  return text.replace(/[→←…’·×“”│]/g, (each) => padColumns(asciiFor[each] ?? each, columnsOf(each)));
}

/** Names the program, where others write to the same terminal. */
export function said(text: string): string {
  return `tcb-watch: ${text}`;
}

/** Sentences one after the other. After a Chinese one there is no blank. */
export function sentences(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll(/([。！？）]) /g, '$1');
}

/** A text with an end: what a machine says often has none, and a sentence is to follow. */
export function ended(text: string, language: Language): string {
  return /[.。!！?？…]$/.test(text) ? text : `${text}${fullStops[language]}`;
}

const fullStops: Readonly<Record<Language, string>> = { en: '.', 'zh-CN': '。' };

const naturally = new Intl.Collator('en', { numeric: true });

/** The order that people count in: fn-2 before fn-10. */
export function compareNaturally(one: string, other: string): number {
  return naturally.compare(one, other);
}

/** A text that follows Chinese writing, which has a blank before Latin letters, digits and quotes of code. */
export function afterChinese(text: string): string {
  return /^[\w$"]/.test(text) ? ` ${text}` : text;
}

/** A text that Chinese writing follows: names, or words of ours such as `3 个环境`. */
export function beforeChinese(text: string): string {
  return /[\w$")\]]$/.test(text) ? `${text} ` : text;
}

/** A text within Chinese writing. */
export function amongChinese(text: string): string {
  return beforeChinese(afterChinese(text));
}

/** Each name once, in that order. */
export function inNaturalOrder(names: Iterable<string>): string[] {
  return [...new Set(names)].sort(compareNaturally);
}

/** The marks that stand between texts: of a list's names, behind a label, around a note; and the end of a list that was cut short. */
const marks: Catalogue<{
  readonly comma: string;
  readonly clauses: string;
  readonly andMore: (first: string, rest: number, total: number) => string;
  readonly labelled: (label: string, text: string) => string;
  readonly noted: (text: string, note: string) => string;
}> = {
  en: {
    comma: ', ',
    clauses: ', ',
    andMore: (first, rest) => `${first} and ${rest} more`,
    labelled: (label, text) => `${label}: ${text}`,
    noted: (text, note) => `${text} (${note})`,
  },
  'zh-CN': {
    comma: '、',
    clauses: '，',
    andMore: (first, _, total) => `${first} 等 ${total} 个`,
    labelled: (label, text) => `${label}：${text}`,
    noted: (text, note) => `${text}（${note}）`,
  },
};

/** "dev: text": a text about whatever the label names. */
export function labelled(label: string, text: string, language: Language): string {
  return marks[language].labelled(label, text);
}

/** "text (note)". */
export function noted(text: string, note: string, language: Language): string {
  return marks[language].noted(text, note);
}

/** "a, b, c": the names of a list, all of them. */
export function listOf(names: readonly string[], language: Language): string {
  return names.join(marks[language].comma);
}

/** "3 files changed, +4 -1": parts of a sentence, which Chinese parts otherwise than the names of a list. */
export function clausesOf(parts: readonly string[], language: Language): string {
  return parts.join(marks[language].clauses);
}

/** "a, b, c and 27 more": the first names of a list that may be long. */
export function someOf(
  names: readonly string[],
  language: Language,
  shown = 3,
  total: number = names.length,
): string {
  const { andMore } = marks[language];
  const first = listOf(names.slice(0, shown), language);
  return total <= shown ? first : andMore(first, total - shown, total);
}

/** "1 file", "2 files": for English nouns that only take an s. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first digits of a fingerprint, as git shows a commit. */
export function short(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}
