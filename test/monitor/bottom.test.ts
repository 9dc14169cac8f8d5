/** The last rows of the screen: what is typed, what is asked, what was just said, and the keys. */
import { describe, expect, it } from 'vitest';
import { bottomRows } from '../../src/monitor/bottom.js';
import { type Row, textOf } from '../../src/monitor/frame.js';
import { firstMonitor, type MonitorState, type Prompt, toastOf } from '../../src/monitor/model.js';
import { sceneOf } from '../../src/monitor/scene.js';
import { environments, motley, now, options } from '../support/stage.js';

const [dev = ''] = environments;

const rowsOf = (more: Partial<MonitorState>, columns = 60, rows = 24): readonly Row[] =>
  bottomRows(sceneOf(motley(), { ...firstMonitor, ...more }, { columns, rows }, options));
const lines = (rows: readonly Row[]): string[] => rows.map((row) => textOf(row).trimEnd());
const underCursor = (rows: readonly Row[]): string[] =>
  rows.flat().flatMap(({ text, style }) => (style.inverse ? [text] : []));

function prompt(kind: Prompt['kind'], text: string, cursor = text.length, more: Partial<Prompt> = {}) {
  const line = { text, cursor };
  const rest = { choices: ['happy', 'sad'], back: 0, draft: line, mistake: null };
  return { prompt: { kind, line, function: 'pay', env: dev, ...rest, ...more } };
}

describe('what is typed', () => {
  it.each<readonly [Prompt['kind'], string]>([
    ['filter', ' filter: ab'],
    ['search', ' search: ab'],
    ['events', ' events of pay (happy, sad): ab'],
  ])('stands behind its label: %s', (kind, line) => {
    expect(lines(rowsOf(prompt(kind, 'ab')))).toEqual([line]);
  });

  it('has its cursor where it is', () => {
    expect(underCursor(rowsOf(prompt('filter', 'abc', 1)))).toEqual(['b']);
    expect(underCursor(rowsOf(prompt('filter', 'abc')))).toEqual([' ']);
    expect(lines(rowsOf(prompt('filter', '')))).toEqual([' filter:']);
  });

  it('keeps as much of itself around the cursor as fits', () => {
    const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(3);
    const [end = ''] = lines(rowsOf(prompt('filter', text), 40));
    expect(end).toMatch(/^ filter: .*xyz$/);
    expect(end.length).toBeLessThanOrEqual(40);
    expect(underCursor(rowsOf(prompt('filter', text, 30), 40))).toEqual([text[30]]);
    expect(lines(rowsOf(prompt('filter', text, 0), 40))[0]).toMatch(/^ filter: abcdef/);
  });

  it('has a shorter label where the one with other keys leaves it no room', () => {
    const label = `invoke pay in dev (Tab: elsewhere, Ctrl-E: editor): `;
    expect(lines(rowsOf(prompt('invoke', '{}'), 100))).toEqual([` ${label}{}`]);
    expect(lines(rowsOf(prompt('invoke', '{}'), 60))).toEqual([' invoke pay in dev: {}']);
    const edge = label.length + 26;
    expect(lines(rowsOf(prompt('invoke', '{}'), edge))).toEqual([` ${label}{}`]);
    expect(lines(rowsOf(prompt('invoke', '{}'), edge - 1))).toEqual([' invoke pay in dev: {}']);
  });

  it('of several lines stands below its label, the line of the cursor among them', () => {
    const text = 'one\ntwo\nthree\nfour\nfive';
    const [head, ...below] = lines(rowsOf(prompt('invoke', text, 5), 80, 9));
    expect(head).toMatch(/^ line 2\/5, Ctrl-O: another one {2}invoke pay in dev/);
    expect(below).toEqual(['   one', '   two', '   three']);
    expect(underCursor(rowsOf(prompt('invoke', text, 5), 80, 9))).toEqual(['w']);
    const last = rowsOf(prompt('invoke', text), 80, 9);
    expect(lines(last).slice(1)).toEqual(['   three', '   four', '   five']);
    expect(underCursor(last)).toEqual([' ']);
    expect(lines(rowsOf(prompt('invoke', text, 0), 80, 9)).slice(1)[0]).toBe('   one');
    expect(lines(rowsOf(prompt('invoke', text), 80, 60)).slice(1)).toHaveLength(5);
  });

  it('gives way to the mistake in it', () => {
    expect(lines(rowsOf(prompt('invoke', '{', 1, { mistake: 'This is no JSON.' })))).toEqual([
      ' This is no JSON.',
    ]);
  });
});

describe('a question', () => {
  const question = (text: string) => ({
    question: { text, action: { type: 'redraw' }, said: toastOf('', 'good', now) },
  });
  const rows = (text: string, columns: number, high = 24): string[] =>
    lines(rowsOf(question(text) as Partial<MonitorState>, columns, high));

  it('is whole, with its answers behind it or below', () => {
    expect(rows('Send it?', 60)).toEqual([' Send it?  y yes, n no']);
    const exact = ` Send it?  y yes, n no`.length;
    expect(rows('Send it?', exact)).toHaveLength(1);
    expect(rows('Send it?', exact - 1)).toEqual([' Send it?', ' y yes, n no']);
    expect(rows('Send all of it to everybody there?', 20)).toEqual([
      ' Send all of it to',
      ' everybody there?',
      ' y yes, n no',
    ]);
    expect(rows('Send all of it to everybody there?', 20, 2)).toEqual([' everybody there?', ' y yes, n no']);
  });
});

describe('something that was said', () => {
  const said = (text: string, more: object = {}, columns = 60, high = 24): string[] =>
    lines(rowsOf({ toast: { ...toastOf(text, 'bad', now), ...more } }, columns, high));

  it('is whole, in a quarter of the screen at most', () => {
    expect(said('All is well.')).toEqual([' All is well.']);
    expect(said('one two three four five six', {}, 11)).toEqual([' one two', ' three', ' four five', ' six']);
    expect(said('one two three four five six', {}, 11, 8)).toEqual([' one two', ' three fo…']);
    expect(said('one two three four five six', {}, 11, 3)).toEqual([' one two …']);
  });

  it('is over after its time', () => {
    const row = (until: number): string =>
      lines(rowsOf({ toast: { ...toastOf('Said.', 'good', 0), until } }))[0] ?? '';
    expect(row(now + 1)).toBe(' Said.');
    expect(row(now)).not.toContain('Said.');
  });

  it('names whom it is about and how many others, whatever else has room', () => {
    const about = { about: 'pay: ', others: ['a', 'b'] };
    expect(said('It failed.', about)).toEqual([' pay: It failed. (+2 functions)']);
    expect(said('It failed for a long reason.', about, 36)).toEqual([' pay: It failed for … (+2 functions)']);
    expect(said('It failed.', { ...about, others: [] })).toEqual([' pay: It failed.']);
    const quoted = { about: 'pay: ', quotes: true };
    expect(said('FailedOperation.Update: the reason at its end', quoted, 36)[0]).toMatch(/at its end$/);
  });

  it.each([
    ['bad', { color: 'red', bold: true }],
    ['warn', { color: 'yellow' }],
    ['good', { color: 'green' }],
  ] as const)('looks as it is meant: %s', (tone, style) => {
    expect(rowsOf({ toast: toastOf('x', tone, now) })[0]?.[0]?.style).toEqual(style);
  });
});

describe('the keys', () => {
  it('are as many as fit whole', () => {
    const all = lines(rowsOf({}, 400))[0] ?? '';
    for (const columns of [20, 40, 80]) {
      const shown = lines(rowsOf({}, columns))[0] ?? '';
      expect(shown.length).toBeLessThanOrEqual(columns);
      for (const key of shown.trim().split(/ {2,}/)) expect(all).toContain(key);
    }
  });

  it('stand behind what the list is narrowed to, and how much of it that leaves', () => {
    const note = (more: Partial<MonitorState>): string => lines(rowsOf(more, 90))[0] ?? '';
    expect(note({ filter: 'pay' })).toMatch(/^ \/pay: 1\/6 {2}/);
    expect(note({ failedOnly: true })).toMatch(/^ failed or held: \d\/6 {2}/);
    expect(note({ failedOnly: true, filter: 'o' })).toMatch(/^ \/o \+ failed or held: \d\/6 {2}/);
    expect(note({})).not.toContain('/6');
  });
});
