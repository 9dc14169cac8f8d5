/** Everything that the program says, in both languages next to each other: what tests read, and what a person reads over. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keyTable } from '../../src/monitor/keys.js';

export interface Sentence {
  /** The file of the catalogue, and the keys under which the sentence stands. */
  readonly at: string;
  /** A text as it is; a function's own source, whose literals are what it says. */
  readonly en: string;
  readonly 'zh-CN': string;
}

const folder = new URL('../../src/text/words/', import.meta.url);

/** Every catalogue of src/text, and the keys of the monitor. */
export async function allSentences(): Promise<readonly Sentence[]> {
  const files = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.ts'));
  const found: Sentence[] = [];
  for (const file of files.sort()) {
    const exports: unknown = await import(new URL(file, folder).href);
    for (const [name, catalogue] of entries(exports)) {
      if (!isCatalogue(catalogue)) continue;
      found.push(...paired(`${file.replace(/\.ts$/, '')} ${name}`, catalogue.en, catalogue['zh-CN']));
    }
  }
  for (const [name, { short, long }] of Object.entries(keyTable)) {
    found.push({ at: `keys ${name}`, ...short }, { at: `keys ${name}`, ...long });
  }
  return found;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function isCatalogue(value: unknown): value is { readonly en: unknown; readonly 'zh-CN': unknown } {
  return typeof value === 'object' && value !== null && 'en' in value && 'zh-CN' in value;
}

function paired(at: string, en: unknown, zh: unknown): Sentence[] {
  if (typeof en === 'object' && en !== null) {
    const other = new Map(entries(zh));
    return entries(en).flatMap(([key, value]) => paired(`${at}.${key}`, value, other.get(key)));
  }
  return [{ at, en: textOf(en), 'zh-CN': textOf(zh) }];
}

/** The text of a sentence, without the code around it where it is a function. */
function textOf(value: unknown): string {
  return typeof value === 'function' ? literals(value.toString()).join(' | ') : String(value);
}

/** The literals of a source text: in quotes of either kind, templates with their `${…}` as they stand. */
export function literals(source: string): string[] {
  const found: string[] = [];
  for (let index = 0; index < source.length; index += 1) {
    const quote = source[index] ?? '';
    if (source.startsWith('//', index)) index = endOf(source, '\n', index);
    else if (source.startsWith('/*', index)) index = endOf(source, '*/', index) + 1;
    else if (quote === "'" || quote === '"' || quote === '`') {
      const end = closing(source, index);
      found.push(source.slice(index + 1, end));
      index = end;
    }
  }
  return found;
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end === -1 ? source.length : end;
}

/** Where a literal ends that begins here; a template's `${…}` may hold further ones. */
function closing(source: string, from: number): number {
  const quote = source[from] ?? '';
  let index = from + 1;
  while (index < source.length && source[index] !== quote) {
    if (source[index] === '\\') index += 1;
    else if (quote === '`' && source.startsWith('${', index)) index = closingBrace(source, index + 1);
    index += 1;
  }
  return index;
}

function closingBrace(source: string, from: number): number {
  let depth = 0;
  for (let index = from; index < source.length; index += 1) {
    const character = source[index] ?? '';
    if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index;
    } else if (character === "'" || character === '"' || character === '`') index = closing(source, index);
  }
  return source.length;
}
