/** The rest of a text where there is no room for all of it: the half that says most. */
import { columnsOf } from '../text/text.js';
import { cut, fitText } from './frame.js';

/** Where a clause of a machine's message ends and what it introduces begins: "Function code exception caught: …". */
const introduces = /[:：]\s+|：/gu;

/**
 * A machine's message in at most so many columns: what leads up to the reason goes first, then its end.
 * @param mark stands for what was left out
 */
export function telling(message: string, columns: number, mark: string): string {
  if (columnsOf(message) <= columns) return message;
  const text = message.replace(asides, '');
  if (columnsOf(text) <= columns) return text;
  const starts = [...text.matchAll(introduces)].map((match) => match.index + match[0].length);
  const rests = starts.map((start) => text.slice(start)).filter((rest) => columnsOf(rest) >= leastTelling);
  const room = columns - columnsOf(mark);
  const fitting = rests.find((rest) => columnsOf(rest) <= room) ?? rests.at(-1);
  return (
    fitting === undefined ? fitText(text, columns, mark) : fitText(mark + fitting, columns, mark)
  ).trimEnd();
}

/** The request's id and the number of attempts, behind a message. */
const asides = / ?(?:\(rid [^)]*\)|（rid [^）]*）|（[^）]*次）|\(\d+ attempts?\)|\(tried [^)]*\))/g;

/** The text that follows the last colon may be a number or a path's end, which says nothing alone. */
const leastTelling = 12;

/**
 * Names in at most so many columns each, by the shortest beginnings that distinguish them: without what all begin with, or by
 * number where even that does not.
 */
export function tellingNames(names: readonly string[], columns: number): readonly string[] {
  if (names.every((name) => columnsOf(name) <= columns)) return names;
  const common = commonLength(names);
  const starts = names.map((name) => cut(name.slice(common), columns));
  const differ = new Set(starts).size === starts.length && starts.every((start) => start !== '');
  return differ ? starts : names.map((_, index) => `${index + 1}`);
}

/** How much all names begin with, by whole words; something is left of each. */
function commonLength(names: readonly string[]): number {
  const [first = [], ...others] = names.map((name) => [...name]);
  let length = 0;
  while (
    others.length > 0 &&
    length + 1 < Math.min(first.length, ...others.map((name) => name.length)) &&
    others.every((name) => name[length] === first[length])
  ) {
    length += 1;
  }
  // Never from the middle of a word.
  while (length > 0 && /^[a-z]{2}$/i.test(`${first[length - 1]}${first[length]}`)) length -= 1;
  return first.slice(0, length).join('').length;
}
