/** The log: where its lines break, which of them are shown, where a search stands, and whose they are. */
import { describe, expect, it } from 'vitest';
import { type Row, textOf } from '../../src/monitor/frame.js';
import { linesFor, logRows, matchPlace, nextMatch, scrolled } from '../../src/monitor/log-pane.js';
import { firstMonitor, type LogLine, type MonitorState } from '../../src/monitor/model.js';
import { type Scene, sceneOf } from '../../src/monitor/scene.js';
import { clockTime } from '../../src/text/time.js';
import { motley, now, options } from '../support/stage.js';

const line = (seq: number, text: string, more: Partial<LogLine> = {}): LogLine => ({
  ...{ seq, at: now, function: 'pay', tone: 'calm', label: 'live', text, live: null, alike: null },
  ...more,
});

function scene(log: readonly LogLine[], more: Partial<MonitorState> = {}): Scene {
  const monitor = { ...firstMonitor, log, logOf: 'all', ...more } as const;
  return sceneOf(motley(), monitor, { columns: 100, rows: 30 }, options);
}

const shown = (rows: readonly Row[]): string[] => rows.map((row) => textOf(row).trimEnd());
const time = clockTime(now, now);
const texts = (count: number): LogLine[] => Array.from({ length: count }, (_, at) => line(at, `line ${at}`));

describe('a line that is too long', () => {
  it('goes on below its text', () => {
    const rows = shown(logRows(scene([line(1, 'one two three four five six')]), 52, 9));
    expect(rows).toEqual([`${time} live     pay one two three four five six`]);
    const log = [line(1, 'several words that take more than the one line there is')];
    expect(shown(logRows(scene(log), 52, 9))).toEqual([
      `${time} live     pay several words that take more`,
      `${' '.repeat(18)}than the one line there is`,
    ]);
  });

  it('is set in by two on a narrow pane, and nothing of it is lost', () => {
    const log = [line(1, 'several words that take more')];
    expect(shown(logRows(scene(log), 20, 9))).toEqual(['live pay several', '  words that take', '  more']);
  });

  it('is cut where lines are not to be wrapped', () => {
    const log = [line(1, 'several words that take more')];
    expect(shown(logRows(scene(log, { wrap: false }), 20, 9))).toEqual(['live pay several wo…']);
  });

  it('of no label stands below the one before', () => {
    const log = [line(1, 'one'), line(2, 'more of it', { label: '' })];
    expect(shown(logRows(scene(log), 60, 9))).toEqual([
      `${time} live     pay one`,
      `${' '.repeat(18)}more of it`,
    ]);
  });
});

describe('the lines that are shown', () => {
  const ends = (rows: readonly Row[]): string[] => shown(rows).map((text) => text.slice(-1));

  it('are the newest, unless somebody has scrolled', () => {
    const log = texts(9);
    expect(ends(logRows(scene(log), 60, 3))).toEqual(['6', '7', '8']);
    expect(ends(logRows(scene(log, { logEnd: 5 }), 60, 3))).toEqual(['3', '4', '5']);
    expect(ends(logRows(scene(log, { logEnd: 1 }), 60, 4))).toEqual(['0', '1', '2', '3']);
    expect(ends(logRows(scene(log), 60, 20))).toHaveLength(9);
    expect(logRows(scene(log), 60, 0)).toEqual([]);
  });

  it('are none, which is said', () => {
    const rows = logRows(scene([]), 60, 3);
    expect(rows).toHaveLength(1);
    expect(shown(rows)[0]).toContain(scene([]).words.noLog);
  });

  it('scroll by lines, and follow again at the end', () => {
    const log = texts(5).map((each) => ({ ...each, seq: each.seq * 10 }));
    expect(scrolled(log, null, -1)).toBe(30);
    expect(scrolled(log, 30, -2)).toBe(10);
    expect(scrolled(log, 10, -9)).toBe(0);
    expect(scrolled(log, 10, 1)).toBe(20);
    expect(scrolled(log, 30, 1)).toBeNull();
    expect(scrolled(log, 0, 99)).toBeNull();
    expect(scrolled([], null, -1)).toBeNull();
  });
});

describe('a search', () => {
  const log = [line(1, 'Pay here'), line(2, 'nothing'), line(3, 'pay and PAY'), line(4, 'nothing')].map(
    (each) => ({ ...each, function: null }),
  );
  const marks = (rows: readonly Row[]): string[][] =>
    rows.map((row) => row.filter(({ style }) => style.inverse).map(({ text }) => text));

  it('marks every hit, whatever its letters, in the lines that have one', () => {
    const rows = logRows(scene(log, { search: 'pAy' }), 60, 9);
    expect(marks(rows)).toEqual([['Pay'], [], ['pay', 'PAY'], []]);
    expect(shown(rows)).toEqual(shown(logRows(scene(log), 60, 9)));
  });

  it.each([
    ['a function’s name, where it is shown', 'pay', [line(1, 'nothing')], 60, [['pay']]],
    ['a label', 'liv', [line(1, 'olive')], 60, [['liv', 'liv']]],
    ['a label and what follows', 'live pay no', [line(1, 'nothing')], 60, [['live', 'pay no']]],
    ['what a break parts', '库存不足', [line(1, '订单失败：库存不足')], 24, [['库存'], ['不足']]],
    ['what a break parts at a blank', 'o t', [line(1, 'one two three')], 10, [[], ['o'], ['t']]],
    ['signs that an expression has', '.*[a]', [line(1, 'bb .*[a]')], 60, [['.*[a]']]],
  ])('finds and marks %s', (_, search, lines, columns, expected) => {
    const at = scene(lines, { search });
    expect(nextMatch(at, search, 1)).toBe(1);
    expect(matchPlace(at)).toBe('1/1');
    const rows = logRows(at, columns, 9);
    expect(marks(rows)).toEqual(expected);
    expect(shown(rows)).toEqual(shown(logRows(scene(lines), columns, 9)));
  });

  it('finds no name that is not shown', () => {
    const own = scene([], { common: [line(1, 'nothing')], selected: 'pay', logOf: 'one', search: 'pay' });
    expect(nextMatch(own, 'pay', 1)).toBeNull();
    expect(matchPlace(own)).toBe('0/0');
    expect(matchPlace(scene([line(1, 'more', { label: '' })], { search: 'pay' }))).toBe('0/0');
  });

  it('goes from hit to hit in both directions, and around', () => {
    const next = (end: number | null, search: string, direction: 1 | -1): number | null =>
      nextMatch(scene(log, { logEnd: end }), search, direction);
    expect(next(null, 'PAY', -1)).toBe(3);
    expect(next(3, 'pay', -1)).toBe(1);
    expect(next(1, 'pay', -1)).toBe(3);
    expect(next(1, 'pay', 1)).toBe(3);
    expect(next(3, 'pay', 1)).toBe(1);
    expect(next(3, 'live', 1)).toBe(4);
    expect(next(null, 'none', 1)).toBeNull();
    expect(nextMatch(scene([]), 'pay', 1)).toBeNull();
  });

  it('says which of the hits is the last one shown', () => {
    expect(matchPlace(scene(log, { search: 'pay', logEnd: 2 }))).toBe('1/2');
    expect(matchPlace(scene(log, { search: 'pay' }))).toBe('2/2');
  });
});

describe('whose lines', () => {
  const log = [line(1, 'of pay'), line(2, 'of all', { function: null })];
  const of = (more: Partial<MonitorState>): string[] =>
    linesFor(scene(log, { selected: 'pay', common: [line(2, 'of all', { function: null })], ...more })).map(
      ({ text }) => text,
    );

  it('are all of them, or those of the chosen function and of none', () => {
    expect(of({ logOf: 'all' })).toEqual(['of pay', 'of all']);
    expect(of({ logOf: 'one' })).toEqual(['of all']);
    expect(of({ logOf: 'one', common: [] })).toEqual([]);
    expect(of({ logOf: 'auto', follows: true })).toEqual(['of pay', 'of all']);
    expect(of({ logOf: 'auto', follows: false })).toEqual(['of all']);
    expect(of({ logOf: 'auto', follows: true, zoomed: true })).toEqual(['of all']);
  });

  it('are named only among those of others', () => {
    const rows = (more: Partial<MonitorState>) =>
      shown(logRows(scene(log, { selected: 'pay', common: [line(1, 'here')], ...more }), 60, 9));
    expect(rows({})).toEqual([`${time} live     pay of pay`, `${time} live     of all`]);
    expect(rows({ logOf: 'one' })).toEqual([`${time} live     here`]);
  });
});
