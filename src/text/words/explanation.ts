export interface Explanation {
  /** The event, and the thing that it happened to. */
  readonly detail: string;
  /** The remedy; empty where there is nothing to do. */
  readonly hint: string;
}

/**
 * The words of a catalogue for something of this kind. It has an entry for each kind, of that kind's own shape; TypeScript cannot follow the
 * key to the value anywhere but here.
 */
export function saidOf<Shapes, Kind extends keyof Shapes, More extends readonly unknown[], Said>(
  words: { readonly [Each in keyof Shapes]: (subject: Shapes[Each], ...more: More) => Said },
  kind: Kind,
  subject: Shapes[Kind],
  ...more: More
): Said {
  return words[kind](subject, ...more);
}

export function explain(detail: string, hint = ''): Explanation {
  return { detail, hint };
}
