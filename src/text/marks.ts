/** The mark in front of a line, and its colour: of facts and of findings alike. */
import { symbolFor } from './text.js';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm';

const symbols: Readonly<
  Record<Tone, { readonly unicode: string; readonly ascii: string; readonly sgr: number }>
> = {
  good: { unicode: '✔', ascii: '+', sgr: 32 },
  bad: { unicode: '✖', ascii: 'x', sgr: 31 },
  warn: { unicode: '!', ascii: '!', sgr: 33 },
  busy: { unicode: '→', ascii: '>', sgr: 36 },
  calm: { unicode: '·', ascii: '.', sgr: 0 },
};

const tones: readonly Tone[] = ['good', 'bad', 'warn', 'busy', 'calm'];

export function markOf(tone: Tone, ascii: boolean): string {
  return symbolFor(symbols[tone].unicode, symbols[tone].ascii, ascii);
}

/** The text in the tone's colour, where there are colours. */
export function painted(text: string, tone: Tone, color: boolean): string {
  const { sgr } = symbols[tone];
  return color && sgr !== 0 ? `\u001b[${sgr}m${text}\u001b[39m` : text;
}

/** The tone of a mark in a line that was written before, in either form. */
export function toneOf(mark: string): Tone {
  return tones.find((tone) => symbols[tone].unicode === mark || symbols[tone].ascii === mark) ?? 'calm';
}
