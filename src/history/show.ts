/** Differences as people read them: a line for each file, or the lines themselves as a patch. */
import type { Language } from '../text/language.js';
import { clausesOf, columnsOf, labelled, noted, padColumns, printable, short, size } from '../text/text.js';
import { historyWords } from '../text/words/history.js';
import type { FileDifference } from './compare.js';

/** A line of a patch, and what it is. */
export interface PatchLine {
  readonly kind: 'file' | 'place' | 'added' | 'removed' | 'context' | 'remark';
  readonly text: string;
}

/** Wider paths push what follows them to the right. */
const widestPath = 50;

/** `index.js  +1 -3`, a line for each file. */
export function statLines(differences: readonly FileDifference[], language: Language): readonly string[] {
  const width = Math.min(
    widestPath,
    Math.max(0, ...differences.map(({ path }) => columnsOf(printable(path)))),
  );
  return differences.map(
    (each) => `${padColumns(printable(each.path), width)}  ${clausesOf(remarks(each, language), language)}`,
  );
}

/** `+3 -1`; what cannot be counted is left out. */
export function totalOf(differences: readonly FileDifference[]): string {
  const sum = (of: 'added' | 'removed'): number =>
    differences.reduce((total, { lines }) => total + (lines?.[of] ?? 0), 0);
  return `+${sum('added')} -${sum('removed')}`;
}

/** For programs: see `patchLines`. */
export function asItIs(line: string): string {
  return line;
}

/**
 * The differences as `patch` reads them, with a remark where there are no lines to show.
 * @param shown how a line of a file is shown; as it is, where no terminal acts on what it holds
 */
export function patchLines(
  differences: readonly FileDifference[],
  language: Language,
  shown: (line: string) => string = printable,
): readonly PatchLine[] {
  return differences.flatMap((each): PatchLine[] => {
    const path = printable(each.path);
    const head: PatchLine[] = [
      { kind: 'file', text: `--- ${each.before === null ? '/dev/null' : `a/${path}`}` },
      { kind: 'file', text: `+++ ${each.after === null ? '/dev/null' : `b/${path}`}` },
    ];
    if (each.hunks.length === 0)
      return [
        {
          kind: 'remark',
          text: labelled(path, clausesOf(remarks(each, language), language), language),
        },
      ];
    return [...head, ...each.hunks.flatMap((hunk) => hunkLines(hunk, shown))];
  });
}

function hunkLines(
  { oldStart, oldLines, newStart, newLines, lines }: FileDifference['hunks'][number],
  shown: (line: string) => string,
): PatchLine[] {
  const place = `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`;
  return [
    { kind: 'place', text: place },
    ...lines.map((line) => ({ kind: kindOf(line), text: shown(line) })),
  ];
}

function kindOf(line: string): PatchLine['kind'] {
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return 'context';
}

function remarks({ change, before, after, lines, unshown }: FileDifference, language: Language): string[] {
  const words = historyWords[language];
  const mode =
    before !== null && after !== null && before.executable !== after.executable
      ? [words.executable(after.executable)]
      : [];
  if (change === 'mode') return mode;
  const whole = change === 'added' ? [words.added] : change === 'removed' ? [words.removed] : [];
  if (lines !== null) return [...whole, `+${lines.added} -${lines.removed}`, ...mode];
  const why = unshown === null ? [] : [words.unshown[unshown]];
  const sides = [before, after].flatMap((file) =>
    file === null ? [] : [noted(size(file.size), short(file.sha256), language)],
  );
  const [was, is] = sides;
  const sizes = was !== undefined && is !== undefined ? words.sizes(was, is) : (was ?? '');
  return [...whole, ...why, sizes, ...mode];
}
