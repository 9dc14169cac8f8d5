/**
 * Reads the object that a configuration in JavaScript exports, without running it: a configuration may do anything, and
 * looking at a project must do nothing. Literals are read; what is computed is left out and its line told.
 */

/** `computed`: lines, from 1, of values that only running the file would tell. `value` undefined: no object was found. */
export interface LiteralResult {
  readonly value: unknown;
  readonly computed: readonly number[];
}

interface Reading {
  readonly text: string;
  at: number;
  readonly computed: number[];
}

/** What stands for a value that could not be read; it is taken out of objects and lists. */
const unknown = Symbol('computed');

/** Finds `module.exports = …` or `export default …`, or the variable that either names. */
export function readExportedLiteral(text: string): LiteralResult {
  const start = exportedAt(text);
  if (start === null) return { value: undefined, computed: [] };
  const reading: Reading = { text, at: start, computed: [] };
  const value = readValue(reading);
  return { value: value === unknown ? undefined : value, computed: [...new Set(reading.computed)] };
}

function exportedAt(text: string): number | null {
  const match = /(?:^|[\s;])(?:module\.exports\s*=|export\s+default)\s*(?:defineConfig\s*\()?\s*/.exec(text);
  if (match === null) return null;
  const at = match.index + match[0].length;
  const name = /^[A-Za-z_$][\w$]*/.exec(text.slice(at))?.[0];
  if (name === undefined) return at;
  const variable = new RegExp(`(?:const|let|var)\\s+${name.replaceAll('$', '\\$')}\\s*(?::[^=]*)?=\\s*`).exec(
    text,
  );
  return variable === null ? at : variable.index + variable[0].length;
}

function readValue(reading: Reading): unknown {
  skipSpace(reading);
  const { text, at } = reading;
  const value = readLiteral(reading);
  skipSpace(reading);
  // `a + b`, `a || b`, `f(x)`: the literal was only the beginning of an expression.
  const whole = !/^[.+\-*/%?|&(=<>[]/.test(reading.text.slice(reading.at));
  if (value !== unknown && whole) return value;
  reading.computed.push(lineAt(text, at));
  reading.at = at;
  skipExpression(reading);
  return unknown;
}

function readLiteral(reading: Reading): unknown {
  const { text, at } = reading;
  switch (text[at]) {
    case '{':
      return readObject(reading);
    case '[':
      return readList(reading);
    case "'":
    case '"':
    case '`':
      return readString(reading);
    default:
      return readWord(reading);
  }
}

const words: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

function readWord(reading: Reading): unknown {
  const rest = reading.text.slice(reading.at);
  const variable = /^process\.env(?:\.([A-Za-z_]\w*)|\[\s*['"]([A-Za-z_]\w*)['"]\s*\])/.exec(rest);
  if (variable !== null) {
    reading.at += variable[0].length;
    return `{{env.${variable[1] ?? variable[2]}}}`;
  }
  const [word] = /^-?[\w.]+/.exec(rest) ?? [''];
  reading.at += word.length;
  if (Object.hasOwn(words, word)) return words[word];
  return word !== '' && Number.isFinite(Number(word)) ? Number(word) : unknown;
}

function readString(reading: Reading): unknown {
  const quote = reading.text[reading.at];
  let value = '';
  for (reading.at += 1; reading.at < reading.text.length; reading.at += 1) {
    const character = reading.text[reading.at] ?? '';
    if (character === quote) {
      reading.at += 1;
      return value;
    }
    if (quote === '`' && character === '$' && reading.text[reading.at + 1] === '{') return unknown;
    if (character !== '\\') {
      value += character;
      continue;
    }
    reading.at += 1;
    const escaped = reading.text[reading.at] ?? '';
    value += { n: '\n', t: '\t', r: '\r' }[escaped] ?? escaped;
  }
  return unknown;
}

function readList(reading: Reading): unknown[] {
  const values: unknown[] = [];
  reading.at += 1;
  while (!takes(reading, ']')) {
    const value = readValue(reading);
    if (value !== unknown) values.push(value);
    if (!takes(reading, ',') && !isAt(reading, ']')) break;
  }
  return values;
}

function readObject(reading: Reading): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  reading.at += 1;
  while (!takes(reading, '}')) {
    const key = readKey(reading);
    if (key !== null && takes(reading, ':')) {
      const value = readValue(reading);
      if (value !== unknown) entries.push([key, value]);
    } else {
      reading.computed.push(lineAt(reading.text, reading.at));
      skipExpression(reading);
    }
    if (!takes(reading, ',') && !isAt(reading, '}')) break;
  }
  return Object.fromEntries(entries);
}

function readKey(reading: Reading): string | null {
  skipSpace(reading);
  if (/['"]/.test(reading.text[reading.at] ?? '')) {
    const key = readString(reading);
    return typeof key === 'string' ? key : null;
  }
  const [name = ''] = /^[A-Za-z_$][\w$]*/.exec(reading.text.slice(reading.at)) ?? [];
  reading.at += name.length;
  return name === '' ? null : name;
}

function isAt(reading: Reading, mark: string): boolean {
  skipSpace(reading);
  return reading.text.startsWith(mark, reading.at);
}

/** Also true at the end of the text, so that every loop ends. */
function takes(reading: Reading, mark: string): boolean {
  if (isAt(reading, mark)) {
    reading.at += mark.length;
    return true;
  }
  return reading.at >= reading.text.length;
}

function skipSpace(reading: Reading): void {
  const [space] = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/.exec(reading.text.slice(reading.at)) ?? [''];
  reading.at += space.length;
}

/** To the comma or bracket that ends the expression. */
function skipExpression(reading: Reading): void {
  let depth = 0;
  while (reading.at < reading.text.length) {
    skipSpace(reading);
    const character = reading.text[reading.at] ?? '';
    if (depth === 0 && /[,}\])]/.test(character)) return;
    if (/['"`]/.test(character)) {
      skipString(reading, character);
      continue;
    }
    if (/[{[(]/.test(character)) depth += 1;
    if (/[}\])]/.test(character)) depth -= 1;
    reading.at += 1;
  }
}

function skipString(reading: Reading, quote: string): void {
  for (reading.at += 1; reading.at < reading.text.length; reading.at += 1) {
    if (reading.text[reading.at] === '\\') reading.at += 1;
    else if (reading.text[reading.at] === quote) break;
  }
  reading.at += 1;
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
