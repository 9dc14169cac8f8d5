/**
 * Whether the whole of `text` matches `pattern`, where `*` stands for any number of characters and `?` for one, in either
 * case. For environment ids and function names, which hold no slashes; file patterns are gitignore's and go elsewhere. Not by a
 * regular expression: that takes for ever to refuse a text to `*a*a*a*a*b`.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  // By characters, not by halves of them.
  const wanted = [...pattern.toLowerCase()];
  const given = [...text.toLowerCase()];
  let at = 0;
  let next = 0;
  /** Behind the last `*`, and how far into the text that reaches: it takes one more where what follows does not fit. */
  let star: { after: number; taken: number } | null = null;
  while (next < given.length) {
    if (wanted[at] === '*') {
      at += 1;
      star = { after: at, taken: next };
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[next])) {
      at += 1;
      next += 1;
    } else if (star === null) {
      return false;
    } else {
      star.taken += 1;
      at = star.after;
      next = star.taken;
    }
  }
  return wanted.slice(at).every((each) => each === '*');
}
