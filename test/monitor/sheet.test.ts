/** Lines over the screen: what was sent, what is different, and what an undo would change, with its question. */
import { describe, expect, it } from 'vitest';
import type { MonitorEvent, Question } from '../../src/monitor/model.js';
import { toastOf } from '../../src/monitor/model.js';
import { key, motley, now, picture, played } from '../support/stage.js';

const size = { columns: 80, rows: 24 };
const state = motley();

const lines = Array.from({ length: 60 }, (_, index) => ({ kind: 'added' as const, text: `+line ${index}` }));
const question: Question = {
  text: 'Upload the earlier version of pay to dev?',
  action: { type: 'dispatch', events: [{ type: 'undo', at: now, id: 'x', function: 'pay', steps: [] }] },
  said: toastOf('Uploading the earlier version of pay to dev.', 'good', now),
};
const shown = (asks: Question | null = null): Omit<MonitorEvent, 'at'> =>
  ({ type: 'sheet', sheet: { title: 'pay: differences', lines }, question: asks }) as Omit<
    MonitorEvent,
    'at'
  >;

const seen = (...events: readonly Omit<MonitorEvent, 'at'>[]): string =>
  picture(state, played(events, state, size).monitor, size).join('\n');

describe('a sheet', () => {
  it('stands over the panes, and scrolls', () => {
    expect(seen(shown())).toContain('pay: differences');
    expect(seen(shown())).toContain('+line 0 ');
    const below = seen(shown(), key('pagedown'));
    expect(below).not.toContain('+line 0 ');
    expect(below).toContain('+line 21');
  });

  it('says which of its lines are shown, where that is not all of them', () => {
    const few = { type: 'sheet', sheet: { title: 'pay', lines: lines.slice(0, 3) }, question: null };
    expect(seen(shown())).toMatch(/1-\d+\/60 /);
    expect(seen(shown(), ...[1, 2, 3].map(() => key('pagedown')))).toMatch(/\d+-60\/60 /);
    expect(seen(few as Omit<MonitorEvent, 'at'>)).not.toMatch(/\d+-\d+\/\d+/);
  });

  it('cuts nothing off: a long line goes on below', () => {
    const text = `dev, test, release: Somebody else deployed this function, ${'and so on, '.repeat(8)}the end`;
    const sheet = { title: 'pay', lines: [{ kind: 'remark' as const, text }] };
    const flat = seen({ type: 'sheet', sheet, question: null } as Omit<MonitorEvent, 'at'>).replace(
      /[│\s]+/g,
      ' ',
    );
    expect(flat).toContain(text);
  });

  it.each(['escape', 'D', 'H', 'enter'])('is closed by %s', (name) => {
    const { monitor, actions } = played([shown(), key(name)], state, size);
    expect(monitor.sheet).toBeNull();
    expect(actions).toEqual([]);
  });

  it.each(['u', 'r', 'p', 'U'])('keeps %s from what lies below it', (name) => {
    const { monitor, actions } = played([shown(), key(name)], state, size);
    expect(monitor.sheet).not.toBeNull();
    expect(actions).toEqual([]);
  });

  it('is read by lines and by ten of them while its question stands', () => {
    const top = (...keys: readonly string[]): string | undefined =>
      /\+line (\d+)/.exec(seen(shown(question), ...keys.map((name) => key(name))))?.[1];
    expect([top(), top('down'), top('down', 'j', 'k')]).toEqual(['0', '1', '1']);
    expect([top('pagedown'), top('pagedown', 'up'), top('pagedown', 'pageup')]).toEqual(['10', '9', '0']);
    expect(top('pagedown', 'pagedown', 'pageup')).toBe('10');
  });

  it('leaves the last row to its question, and can be read meanwhile', () => {
    const asked = seen(shown(question), key('down'));
    expect(asked).toContain('Upload the earlier version of pay to dev?');
    expect(asked).not.toContain('+line 0 ');
  });

  it('goes with the answer: yes is done, no is not', () => {
    const yes = played([shown(question), key('y')], state, size);
    expect(yes.actions).toEqual([question.action]);
    expect([yes.monitor.sheet, yes.monitor.question]).toEqual([null, null]);
    const no = played([shown(question), key('n')], state, size);
    expect(no.actions).toEqual([]);
    expect(no.monitor.sheet).toBeNull();
  });
});
