/** The text as JSON, with or without a byte order mark; undefined where it is not JSON (yet), which fits no shape. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return value;
  } catch {
    return undefined;
  }
}

/** Whether a value of JSON is an object rather than a list or a plain value. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deeper than anything that people write. Parsers that call themselves for each level break down at some thousand. */
const deepestLevel = 500;

/** Where brackets, but for those in quotes, are nested deeper than any parser should be given; null: nowhere. */
export function tooDeepAt(text: string): number | null {
  let level = 0;
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[\]{}]/g)) {
    if (part === '[' || part === '{') level += 1;
    else if (part === ']' || part === '}') level -= 1;
    if (level > deepestLevel) return index;
  }
  return null;
}
