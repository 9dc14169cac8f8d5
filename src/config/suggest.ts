/** The number of slips between two texts: a letter too many, one too few, another one, or two in the wrong order. */
function editDistance(left: string, right: string): number {
  let before: readonly number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const remove = (previous[column] ?? 0) + 1;
      const insert = (current[column - 1] ?? 0) + 1;
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const swap = isSwapped && row > 1 && column > 1 ? (before[column - 2] ?? 0) + 1 : change;
      current.push(Math.min(change, remove, insert, swap));
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** How far a slip of the fingers may go: a third of the word's length, and never more than this. */
const FARTHEST = 4;

/** Of the known words the one that was probably meant; null when none is near. Case does not count. */
export function nearest(word: string, known: readonly string[]): string | null {
  const limit = Math.min(FARTHEST, Math.max(1, Math.floor(word.length / 3)));
  const ranked = known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? null;
}

/**
 * Of known names the one that was probably meant: the nearest, else the only one that begins so (`dev` for a long id); null
 * when there is none.
 */
export function nearestName(word: string, known: readonly string[]): string | null {
  const near = nearest(word, known);
  if (near !== null || word === '') return near;
  const beginning = known.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()));
  return beginning.length === 1 ? (beginning[0] ?? null) : null;
}
