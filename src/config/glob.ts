/**
 * Whether the whole of `text` matches `pattern`, where `*` stands for any number of characters and `?` for one, in either
 * case. For environment ids and function names, which hold no slashes; file patterns are gitignore's and go elsewhere. As a regular
 * expression, a pattern of many `*` would take hours to refuse a text of sixty characters.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [wanted, given] = [[...pattern.toLowerCase()], [...text.toLowerCase()]];
  let [at, next] = [0, 0];
  /** Where to go on if what follows the last `*` does not fit: one character further. */
  let retry: { readonly at: number; readonly next: number } | null = null;
  while (at < given.length) {
    const part = wanted[next];
    if (part === '*') {
      retry = { at, next };
      next += 1;
    } else if (part !== undefined && (part === '?' || part === given[at])) {
      at += 1;
      next += 1;
    } else if (retry !== null) {
      retry = { at: retry.at + 1, next: retry.next };
      at = retry.at;
      next = retry.next + 1;
    } else return false;
  }
  return wanted.slice(next).every((part) => part === '*');
}
