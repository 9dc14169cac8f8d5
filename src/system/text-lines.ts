/** Offsets of a text as places in its lines. */

/**
 * The line and the column of an offset, both from 1. The text is gone through once, however many offsets are asked for.
 * @returns where an offset is
 */
export function positionsIn(
  text: string,
): (offset: number) => { readonly line: number; readonly column: number } {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
  return (offset) => {
    let [line, next] = [0, starts.length];
    while (next - line > 1) {
      const middle = Math.floor((line + next) / 2);
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else next = middle;
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}
