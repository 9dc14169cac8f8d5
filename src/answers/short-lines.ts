/**
 * Lines of a diff, made short enough to be read: a value may be as long as a picture, and where two of them differ is what somebody looks for.
 * Pure.
 */
import { characterColumns } from '../text/text.js';

/** Columns of a line; up to so many are surely seen wherever a diff is shown, at which lines are left as they are. */
const mostColumns = 120;
const surelySeen = 64;
/** Columns within which a difference lies: of a line that differs later, its beginning is kept, and what stands before the difference. */
const differsWithin = 40;
const beginningColumns = 20;
const beforeColumns = 16;

/** The lines of a unified diff: a long one that came for another is cut so that both show where they begin to differ. */
export function shortLines(lines: readonly string[]): readonly string[] {
  const partners = partnersOf(lines);
  return lines.map((line, index) => shortLine(line, lines[partners.get(index) ?? -1] ?? ''));
}

/** The line that came for each one that went, and the other way round, by their places in their runs. */
function partnersOf(lines: readonly string[]): ReadonlyMap<number, number> {
  const partners = new Map<number, number>();
  let went: number[] = [];
  let came = 0;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('+')) {
      const other = went[came];
      came += 1;
      if (other !== undefined) partners.set(index, other).set(other, index);
      continue;
    }
    if (came > 0 || !line.startsWith('-')) [went, came] = [[], 0];
    if (line.startsWith('-')) went.push(index);
  }
  return partners;
}

/** @param other what it is compared with; empty: nothing */
function shortLine(line: string, other: string): string {
  if ([line, other].every((each) => beginning(each, surelySeen) === each)) return line;
  const same = sameBeginning(line, other);
  if (beginning(line, differsWithin).length >= same) return cut(line, mostColumns);
  const from = startBefore(line, same);
  return `${beginning(line, beginningColumns)}…${cut(line.slice(from), mostColumns - beginningColumns - 1)}`;
}

/** Nothing to count: one column a character. */
const plainAscii = /^[\x20-\x7e]*$/;

function cut(text: string, columns: number): string {
  const shown = beginning(text, columns);
  return shown === text ? text : `${shown}…`;
}

/** As much of a text as takes at most so many columns. A mark without a width counts, too: a text may consist of them. */
function beginning(text: string, columns: number): string {
  const first = text.slice(0, columns);
  if (plainAscii.test(first)) return first;
  let end = 0;
  let taken = 0;
  for (const character of text) {
    taken += columnsOfCharacter(character);
    if (taken > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The index from which so much of a line as is kept stands before another index. */
function startBefore(line: string, end: number): number {
  let start = end;
  let taken = 0;
  for (const character of [...line.slice(Math.max(0, end - 2 * beforeColumns), end)].reverse()) {
    taken += columnsOfCharacter(character);
    if (taken > beforeColumns) break;
    start -= character.length;
  }
  return start;
}

const columnsOfCharacter = (character: string): number =>
  Math.max(1, characterColumns(character.codePointAt(0) ?? 0));

/** Characters that two lines have in common from their beginnings on, their signs apart. In large steps first: they may have millions. */
function sameBeginning(one: string, other: string): number {
  let same = 1;
  for (let step = 65_536; step >= 1; step /= 16)
    while (same + step <= one.length && one.slice(same, same + step) === other.slice(same, same + step))
      same += step;
  // No half of a character.
  return /[\ud800-\udbff]/.test(one[same - 1] ?? '') ? same - 1 : same;
}
