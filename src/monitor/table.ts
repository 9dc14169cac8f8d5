/** The rows of the left pane: every function with its targets, filtered and sorted. Pure, and cheap to ask again. */

import type { Phase } from '../core/phase.js';
import { standings } from '../core/standing.js';
import type { FunctionState, State, TargetState } from '../core/state.js';
import { shortEnvNames } from '../functions/selection.js';
import type { EnvId, FunctionName, Hold } from '../model/nouns.js';
import type { Language } from '../text/language.js';
import { compareNaturally, displayable, listOf } from '../text/text.js';
import type { Counted, MonitorWords, SortKey } from '../text/words/monitor.js';
import { plainWords } from '../text/words/plain.js';
import { type Mark, markOf } from './marks.js';
import type { MonitorState } from './model.js';

export interface TargetCell {
  readonly env: EnvId;
  readonly target: TargetState;
  readonly phase: Phase;
  readonly mark: Mark;
}

export interface TableRow {
  readonly name: FunctionName;
  readonly shown: string;
  readonly fn: FunctionState;
  readonly cells: ReadonlyMap<EnvId, TargetCell>;
  /** The most pressing of its targets. */
  readonly worst: TargetCell | null;
  /** When the last of its targets became live. */
  readonly liveSince: number | null;
}

export interface Table {
  readonly rows: readonly TableRow[];
  /** Whatever the filter leaves out, too. */
  readonly every: readonly TableRow[];
  readonly all: number;
  readonly envs: readonly EnvId[];
  readonly counts: Readonly<Record<Counted, number>>;
  /** The state that keeps every upload, whatever is shown of the rows. */
  readonly global: Hold | null;
}

export interface TableOptions {
  readonly words: MonitorWords;
  readonly language: Language;
  readonly ascii: boolean;
  readonly now: number;
}

type Choice = Pick<MonitorState, 'filter' | 'failedOnly' | 'sort' | 'reversed'>;

export function tableOf(state: State, choice: Choice, options: TableOptions): Table {
  const rows = rowsOf(state, options);
  const counts = { live: 0, broken: 0, adopted: 0, foreign: 0, pending: 0, failed: 0, held: 0 };
  for (const row of rows) {
    for (const cell of row.cells.values()) counts[countedAs(cell)] += 1;
  }
  const matches = matcher(choice, options.words);
  const shown = rows.filter(matches).sort(order(choice.sort));
  if (choice.reversed) shown.reverse();
  return {
    rows: shown,
    every: rows,
    all: rows.length,
    envs: [...state.envs.keys()],
    counts,
    global: globalHold(rows),
  };
}

/** Code that cannot run does not count as live, nor somebody else's as something that waits for a person. */
function countedAs({ phase, mark }: TargetCell): Counted {
  if (mark.isBroken) return 'broken';
  return phase.kind === 'held' && phase.hold.reason === 'foreign' ? 'foreign' : mark.group;
}

function globalHold(rows: readonly TableRow[]): Hold | null {
  for (const { cells } of rows) {
    for (const { phase } of cells.values())
      if (phase.kind === 'held' && phase.hold.scope === 'global') return phase.hold;
  }
  return null;
}

function rowsOf(state: State, { language, ascii, now }: TableOptions): TableRow[] {
  const cells = new Map<FunctionName, Map<EnvId, TargetCell>>();
  for (const { function: name, env, fn, target, phase } of standings(state)) {
    const mark = markOf({ phase, fn, target }, now, language, ascii);
    const row = cells.get(name) ?? new Map<EnvId, TargetCell>();
    cells.set(name, row.set(env, { env, target, phase, mark }));
  }
  return [...state.functions].map(([name, fn]) => {
    const own = cells.get(name) ?? new Map<EnvId, TargetCell>();
    let worst: TargetCell | null = null;
    let liveSince: number | null = null;
    for (const cell of own.values()) {
      if (worst === null || cell.mark.rank > worst.mark.rank) worst = cell;
      liveSince = Math.max(liveSince ?? 0, cell.target.liveSince ?? 0) || null;
    }
    return { name, shown: displayable(name), fn, cells: own, worst, liveSince };
  });
}

/**
 * A row matches when one of its targets fits every word: by the function's name, the environment's id or the state, as
 * shown or by its English name. `!word` wants a target that does not fit.
 */
function matcher(choice: Choice, words: MonitorWords): (row: TableRow) => boolean {
  const wanted = choice.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '!')
    .map((word) => ({ inverted: word.startsWith('!'), text: word.replace(/^!/, '') }));
  if (wanted.length === 0 && !choice.failedOnly) return () => true;
  return (row) => {
    const name = row.shown.toLowerCase();
    const fits = (cell: TargetCell | null): boolean => {
      if (choice.failedOnly && (cell === null || cell.mark.rank < troubledFrom)) return false;
      const texts = cell === null ? [name] : [name, cell.env.toLowerCase(), ...statesOf(cell, words)];
      return wanted.every(({ inverted, text }) => texts.some((each) => each.includes(text)) !== inverted);
    };
    return row.cells.size === 0 ? fits(null) : [...row.cells.values()].some(fits);
  };
}

function statesOf({ phase, mark }: TargetCell, words: MonitorWords): string[] {
  // A refusal is held in the scheduler's eyes, and a failure in everybody else's: the group says which.
  const kind = phase.kind === 'held' ? phase.hold.reason : phase.kind;
  return [kind, mark.word, mark.group, words.counts[mark.group]].map((each) => each.toLowerCase());
}

/** From this rank on something is the matter. */
const troubledFrom = 4;

/** Something has to be done about one of its targets, or did not work and is retried. */
export function isTroubled(row: TableRow): boolean {
  return troubleOf(row) > 0;
}

/** Something is the matter with this target. */
export function isPressing({ mark }: TargetCell): boolean {
  return mark.rank >= troubledFrom;
}

/** A target that continues without anybody's help does not move a row. */
function troubleOf({ worst }: TableRow): number {
  const rank = worst?.mark.rank ?? 0;
  return rank < troubledFrom ? 0 : rank;
}

/** In the order in which `s` goes through them. */
export const sortKeys: readonly SortKey[] = ['trouble', 'name', 'upload', 'size'];

function order(sort: MonitorState['sort']): (a: TableRow, b: TableRow) => number {
  const byName = (a: TableRow, b: TableRow): number => compareNaturally(a.name, b.name);
  switch (sort) {
    case 'name':
      return byName;
    case 'trouble':
      return (a, b) => troubleOf(b) - troubleOf(a) || byName(a, b);
    case 'upload':
      return (a, b) => (b.liveSince ?? 0) - (a.liveSince ?? 0) || byName(a, b);
    case 'size':
      return (a, b) => b.fn.bytes - a.fn.bytes || byName(a, b);
    default:
      return sort satisfies never;
  }
}

/** The index of the chosen row; 0 where it is not among them, -1 where there are none. */
export function selectedIndex(table: Table, selected: FunctionName | null): number {
  if (table.rows.length === 0) return -1;
  const index = table.rows.findIndex(({ name }) => name === selected);
  return Math.max(0, index);
}

export function selectedRow(table: Table, monitor: MonitorState): TableRow | null {
  return table.rows[selectedIndex(table, monitor.selected)] ?? null;
}

/** The chosen environment if it still exists for this function; null: all. */
export function selectedEnv(row: TableRow | null, monitor: MonitorState): EnvId | null {
  return monitor.env !== null && row?.cells.has(monitor.env) === true ? monitor.env : null;
}

/** Environments by the part of their id that people gave them, where that still distinguishes them. */
export function envNames(envs: readonly EnvId[]): ReadonlyMap<EnvId, string> {
  return new Map([...shortEnvNames(envs)].map(([env, short]) => [env, displayable(short)]));
}

/** Environments by their names, more of them than `most` by their number, and all that a function has as such. */
export function envsText(
  names: ReadonlyMap<EnvId, string>,
  envs: readonly EnvId[],
  language: Language,
  { most = Number.POSITIVE_INFINITY, all = 0 } = {},
): string {
  const words = plainWords[language];
  if (envs.length > 1 && envs.length === all) return words.allEnvironments;
  if (envs.length > most) return words.environments(envs.length);
  return listOf(
    envs.map((env) => names.get(env) ?? displayable(env)),
    language,
  );
}
