/** Small things about text that every view needs. */
import { eastAsianWidth } from 'get-east-asian-width';

/** Columns that a text takes on a terminal: 2 for wide characters, 0 for combining ones. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of segments(text)) columns += segmentColumns(segment);
  return columns;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text in characters as a reader counts them. */
export function segments(text: string): Iterable<{ readonly segment: string }> {
  return segmenter.segment(text);
}

function segmentColumns(segment: string): number {
  const code = segment.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  return eastAsianWidth(code);
}

/** The text with blanks after it, up to so many columns. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Control characters (C0 but line feed, C1) and those that turn the writing direction: never for a terminal. */
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Outside text made safe for a terminal: controls and direction marks removed, tabs made blanks. */
export function printable(text: string): string {
  return text.replaceAll('\t', '  ').replaceAll('\r\n', '\n').replace(unprintable, '');
}

/** "340 ms", "2.4 s", "3 min": short enough for a column. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** "820 B", "14 KiB", "3.1 MiB". */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** The first digits of a fingerprint, as git shows a commit. */
export function short(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}
