const SPECIAL = /[\\^$+.()|[\]{}]/g;

/**
 * Whether the whole of `text` matches `pattern`, where `*` stands for any number of characters and `?` for one, in either
 * case. For environment ids and function names, which hold no slashes; file patterns are gitignore's and go elsewhere.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  // A run of `*` means the same as one, and as a regular expression it would take very long to refuse a text.
  const source = pattern
    .replaceAll(/\*+/g, '*')
    .replaceAll(SPECIAL, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'isu').test(text);
}
