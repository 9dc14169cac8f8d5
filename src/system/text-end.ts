/** A text without these characters at its end. A regular expression for it (`/\/+$/`) would start over at each of a long run. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
