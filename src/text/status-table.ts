/** `status` for people: a line a target, what is not live explained below it. */
import type { Language } from './language.js';
import { columnsOf, padColumns, printable, short } from './text.js';
import { statusWords } from './words/status.js';

/** A target as the table shows it. */
export interface StatusRow {
  readonly function: string;
  readonly env: string;
  readonly state: 'live' | 'sending' | 'deploying' | 'waiting' | 'queued' | 'held';
  readonly wanted: string | null;
  readonly live: string | null;
  /** ISO time. */
  readonly since: string | null;
  /** null where it is live. */
  readonly detail: string | null;
  readonly hint: string | null;
}

/** Lines without an end of line. Columns are as wide as their widest text, whatever its script. */
export function statusTable(rows: readonly StatusRow[], language: Language): string[] {
  const words = statusWords[language];
  if (rows.length === 0) return [words.noTargets];
  const cells = rows.map((row) => [
    printable(row.function),
    printable(row.env),
    words.state[row.state],
    versions(row),
    row.live === null || row.since === null ? '' : words.since(clock(row.since)),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((parts) => columnsOf(parts[column] ?? ''))),
  );
  const indent = ' '.repeat(4);
  const lines = rows.flatMap((row, index) => {
    const parts = cells[index] ?? [];
    const line = parts.map((part, column) => padColumns(part, widths[column] ?? 0)).join('  ');
    const below = [row.detail, row.hint].filter((text) => text !== null);
    return [line.trimEnd(), ...below.map((text) => `${indent}${printable(text)}`)];
  });
  const live = rows.filter(({ state }) => state === 'live').length;
  return [...lines, live === rows.length ? words.all(live) : words.some(live, rows.length)];
}

/** What runs, and what should. */
function versions({ live, wanted }: StatusRow): string {
  const is = live === null ? '-' : short(live);
  return wanted === null || wanted === live ? is : `${is} → ${short(wanted)}`;
}

/** Local time, with the day where it is not today's. */
function clock(iso: string): string {
  const date = new Date(iso);
  const two = (part: number): string => `${part}`.padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
