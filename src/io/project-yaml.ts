/**
 * Reads the YAML that a cloudbaserc.yaml is written in: mappings, lists, quoted and plain scalars, lists in brackets,
 * comments. Whatever else YAML has (anchors, tags, blocks of text, several documents) ends the reading with its line, so that
 * nothing is taken for what it is not. A whole parser would cost more than everything else that `init` needs.
 */

export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  /** From 1. */
  | { readonly ok: false; readonly line: number };

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/** Thrown inside only: the grammar is recursive, and any depth of it may meet what it does not know. */
class NotUnderstood extends Error {
  constructor(readonly line: number) {
    super(`line ${line}`);
  }
}

export function readYaml(text: string): YamlResult {
  const lines = linesOf(text);
  try {
    const reading = { lines, at: 0 };
    const value = lines.length === 0 ? null : readBlock(reading, lines[0]?.indent ?? 0);
    const rest = lines[reading.at];
    if (rest !== undefined) throw new NotUnderstood(rest.number);
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return { ok: false, line: error.line };
  }
}

interface Reading {
  readonly lines: Line[];
  at: number;
}

function linesOf(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: withoutComment(line) }))
    .filter(({ text: line, number }) => line.trim() !== '' && !(line.trim() === '---' && number === 1))
    .map(({ number, text: line }) => {
      if (/^\s*\t/.test(line)) return { number, indent: 0, text: '\t' };
      return { number, indent: line.length - line.trimStart().length, text: line.trim() };
    });
}

function withoutComment(line: string): string {
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (/["']/.test(character) && /(^|[\s:[,-])$/.test(line.slice(0, at))) quote = character;
    else if (character === '#' && (at === 0 || /\s/.test(line[at - 1] ?? '')))
      return line.slice(0, at).trimEnd();
  }
  return line.trimEnd();
}

function readBlock(reading: Reading, indent: number): unknown {
  const first = reading.lines[reading.at];
  if (first === undefined) return null;
  return isItem(first) ? readSequence(reading, indent) : readMapping(reading, indent);
}

const isItem = ({ text }: Line): boolean => text === '-' || text.startsWith('- ');

function readSequence(reading: Reading, indent: number): unknown[] {
  const values: unknown[] = [];
  for (
    let line = reading.lines[reading.at];
    line?.indent === indent && isItem(line);
    line = reading.lines[reading.at]
  ) {
    const rest = line.text.slice(1).trimStart();
    if (rest === '') {
      reading.at += 1;
      values.push(readNested(reading, indent));
    } else if (keyOf(rest) !== null) {
      // The item's own mapping begins in its line: it reads on as if the dash were a blank.
      const inner = indent + (line.text.length - rest.length);
      reading.lines[reading.at] = { ...line, indent: inner, text: rest };
      values.push(readMapping(reading, inner));
    } else {
      reading.at += 1;
      values.push(readScalar(rest, line.number));
    }
  }
  return values;
}

function readMapping(reading: Reading, indent: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (
    let line = reading.lines[reading.at];
    line?.indent === indent && !isItem(line);
    line = reading.lines[reading.at]
  ) {
    const found = keyOf(line.text);
    if (found === null) throw new NotUnderstood(line.number);
    reading.at += 1;
    const { key, rest } = found;
    entries.push([key, rest === '' ? readNested(reading, indent) : readScalar(rest, line.number)]);
  }
  return Object.fromEntries(entries);
}

/** What is indented below; a list may stand at the indent of its key. */
function readNested(reading: Reading, indent: number): unknown {
  const next = reading.lines[reading.at];
  if (next === undefined || next.indent < indent) return null;
  if (next.indent === indent && !isItem(next)) return null;
  return readBlock(reading, next.indent);
}

function keyOf(text: string): { readonly key: string; readonly rest: string } | null {
  const match = /^(?:"([^"]*)"|'([^']*)'|([\w$@./-][^:#{}[\],&*!|>'"%`]*?))\s*:(?:\s+(.*))?$/.exec(text);
  if (match === null) return null;
  return { key: match[1] ?? match[2] ?? match[3] ?? '', rest: match[4] ?? '' };
}

const words: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  '~': null,
  '{}': {},
};

function readScalar(text: string, number: number): unknown {
  if (text.startsWith('"') || text.startsWith("'")) return readQuoted(text, number);
  if (text.startsWith('[')) return readFlowList(text, number);
  if (Object.hasOwn(words, text)) return words[text];
  // `{{env.X}}` without quotes is no YAML, yet people write it, and it can mean one thing only.
  if (/^\{\{[^{}]*\}\}$/.test(text)) return text;
  if (/^[{&*!|>%@`]/.test(text) || /:\s/.test(text)) throw new NotUnderstood(number);
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function readQuoted(text: string, number: number): string {
  const match = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')$/.exec(text);
  if (match === null) throw new NotUnderstood(number);
  return match[1]?.replace(/\\(.)/g, '$1') ?? match[2]?.replaceAll("''", "'") ?? '';
}

function readFlowList(text: string, number: number): unknown[] {
  const inner = /^\[(.*)\]$/.exec(text)?.[1];
  if (inner === undefined || /[[\]]/.test(inner)) throw new NotUnderstood(number);
  const parts = inner.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]+/g) ?? [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => readScalar(part, number));
}
