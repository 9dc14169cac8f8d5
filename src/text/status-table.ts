/** `status` for people: a line a target, what is not live explained below it; what is alike on one line where there are many. */
import { grouped } from '../system/grouped.js';
import type { Language } from './language.js';
import type { Group } from './standing.js';
import {
  columnsOf,
  inNaturalOrder,
  listOf,
  padColumns,
  printable,
  sentences,
  short,
  someOf,
} from './text.js';
import { minuteTime } from './time.js';
import { plainWords } from './words/plain.js';
import { statusWords } from './words/status.js';

/** A target as the table shows it. */
export interface StatusRow {
  readonly function: string;
  readonly env: string;
  readonly group: Group;
  readonly word: string;
  readonly wanted: string | null;
  readonly live: string | null;
  /** ISO time. */
  readonly since: string | null;
  /** A reason to hold; null: there is none. */
  readonly hold: string | null;
  /** null where it is live. */
  readonly detail: string | null;
  readonly hint: string | null;
  /** A line for each file in which what is live differs from the disk. */
  readonly differences?: readonly string[];
  /** Of the last calls with saved events; null: none. */
  readonly answers?: { readonly ok: number; readonly failed: readonly string[] } | null;
}

/** So many targets have a line each; beyond, those that stand alike share one. */
const listedAtMost = 12;

/** Lines without an end of line. Columns are as wide as their widest text, whatever its script. */
export function statusTable(rows: readonly StatusRow[], language: Language, verbose = false): string[] {
  const words = statusWords[language];
  if (rows.length === 0) return [words.noTargets];
  const live = rows.filter(({ group }) => group === 'live').length;
  const adopted = rows.filter(({ group }) => group === 'adopted').length;
  const counted = live === rows.length ? words.all(live) : words.some(live, rows.length);
  const total = adopted === 0 ? counted : sentences(counted, words.adopted(adopted));
  if (verbose || rows.length <= listedAtMost) return [...table(rows.map(rowOf(language))), total];
  const groups = alike(rows.filter(({ group, detail }) => group !== 'live' || detail !== null));
  const failing = rows.filter(({ answers }) => (answers?.failed.length ?? 0) > 0);
  const wrong = inNaturalOrder(failing.map((row) => printable(row.function)));
  const note = wrong.length === 0 ? [] : [words.answersFail(someOf(wrong, language))];
  return [...table(groups.map(groupRow(language))), total, ...note, words.verbose];
}

/** Cells, and lines that stand below them. */
interface Shown {
  readonly cells: readonly string[];
  readonly below: readonly string[];
}

function table(shown: readonly Shown[]): string[] {
  const count = Math.max(0, ...shown.map(({ cells }) => cells.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...shown.map(({ cells }) => columnsOf(cells[column] ?? ''))),
  );
  return shown.flatMap(({ cells, below }) => {
    const line = cells.map((cell, column) => padColumns(cell, widths[column] ?? 0)).join('  ');
    return [line.trimEnd(), ...below.map((text) => `    ${text}`)];
  });
}

function rowOf(language: Language): (row: StatusRow) => Shown {
  const words = statusWords[language];
  return (row) => {
    // Only what is live has a time: next to "failed", the time of the old code would be read as the failure's.
    const since =
      row.group === 'live' && row.since !== null
        ? words.since(minuteTime(Date.parse(row.since), Date.now()))
        : '';
    return {
      cells: [
        printable(row.function),
        printable(row.env),
        row.word,
        versions(row),
        since,
        answered(row, language),
      ],
      below: explanation(row),
    };
  };
}

function answered({ answers = null }: StatusRow, language: Language): string {
  const words = statusWords[language];
  if (answers === null) return '';
  const { ok, failed } = answers;
  return failed.length === 0
    ? words.answersOk(ok)
    : words.answersFail(listOf(failed.map(printable), language));
}

function groupRow(language: Language): (group: readonly StatusRow[]) => Shown {
  return (group) => {
    const [first] = group;
    if (first === undefined) return { cells: [], below: [] };
    const names = inNaturalOrder(group.map((row) => printable(row.function)));
    const envs = [...new Set(group.map((row) => printable(row.env)))];
    return {
      cells: [first.word, `${group.length}`, someOf(envs, language), someOf(names, language)],
      below:
        group.length > 1 && isTheirs(first) ? theirs(first, language) : explanation(shared(group, first)),
    };
  };
}

function isTheirs({ group, hold }: StatusRow): boolean {
  return group === 'adopted' || hold === 'foreign';
}

function theirs({ group }: StatusRow, language: Language): string[] {
  const words = plainWords[language];
  if (group === 'adopted') return [words.adopted];
  return [words.manyForeign.detail, words.manyForeign.hint];
}

/** Targets that stand alike, in the order of the first of each. */
function alike(rows: readonly StatusRow[]): StatusRow[][] {
  // The times at which others deployed differ, and are of use in one row alone.
  const keyOf = (row: StatusRow): string =>
    isTheirs(row) ? row.word : [row.word, row.detail, row.hint].join('\n');
  return [...grouped(rows, keyOf).values()];
}

/** The first of a group, with the differences that all of them have: a line names no other's. */
function shared(group: readonly StatusRow[], first: StatusRow): StatusRow {
  const { differences = [] } = first;
  const isSame = group.every((row) => (row.differences ?? []).join('\n') === differences.join('\n'));
  return isSame ? first : { ...first, differences: [] };
}

function explanation({ detail, hint, differences = [] }: StatusRow): string[] {
  const said = [detail, hint].flatMap((text) => (text === null ? [] : printable(text).split('\n')));
  return [...said, ...differences.map((line) => `  ${line}`)];
}

/** The content that runs, and the one that should. */
function versions({ live, wanted }: StatusRow): string {
  const is = live === null ? '-' : short(live);
  return wanted === null || wanted === live ? is : `${is} → ${short(wanted)}`;
}
