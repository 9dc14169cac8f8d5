/** Typing an event of several lines, and handing it to somebody's own editor and back. */
import { describe, expect, it } from 'vitest';
import type { MonitorEvent } from '../../src/monitor/model.js';
import { columnsOf } from '../../src/text/text.js';
import { key, motley, now, picture, played, text } from '../support/stage.js';

const size = { columns: 80, rows: 24 };
const open = [key('l'), key('i')];
const state = motley();
const edited = (value: string): Omit<Extract<MonitorEvent, { type: 'edited' }>, 'at'> => ({
  type: 'edited',
  text: value,
});

describe('an event of several lines', () => {
  const typed = [...open, text('{\n  "a": 1,\n  "b": 2\n}')];

  it('is shown as lines at the bottom, and each row is as wide as the screen', () => {
    const lines = picture(state, played(typed, state, size).monitor, size);
    expect(lines).toHaveLength(size.rows);
    expect(lines.slice(-5).map((line) => line.trimEnd())).toEqual([
      expect.stringContaining('line 4/4, Ctrl-O: another one'),
      '   {',
      '     "a": 1,',
      '     "b": 2',
      '   }',
    ]);
    expect(lines.every((line) => columnsOf(line) === size.columns)).toBe(true);
  });

  it('that is longer than the row begins with a whole character', () => {
    for (const count of [70, 71, 72]) {
      const long = played(
        [...open, text('x\u0302'.repeat(count)), text('y'.repeat(count - 70))],
        state,
        size,
      );
      const last = picture(state, long.monitor, size).at(-1) ?? '';
      expect(last).not.toMatch(/[^x]\u0302/);
      expect(columnsOf(last)).toBe(size.columns);
    }
  });

  it('moves between its lines before it goes back in the history, and is sent as it is', () => {
    const moved = played([...typed, key('up'), key('end'), text('2')], state, size);
    expect(moved.monitor.prompt?.line.text).toBe('{\n  "a": 1,\n  "b": 22\n}');
    const { actions } = played([...typed, key('enter')], state, size);
    expect(actions).toMatchObject([{ type: 'invoke', event: '{\n  "a": 1,\n  "b": 2\n}' }]);
  });

  it('begins another line with Ctrl-O, and shows a third of the screen at most', () => {
    const long = [...open, ...Array.from({ length: 40 }, () => [text('x'), key('C-o')]).flat()];
    const { monitor } = played(long, state, size);
    expect(monitor.prompt?.line.text.split('\n')).toHaveLength(41);
    const lines = picture(state, monitor, size);
    expect(lines.filter((line) => line.trim() === 'x').length).toBeLessThanOrEqual(8);
  });
});

it.each(['tab', 'S-tab', 'up', 'down', 'left'])(
  'a mistake gives way to the line with the next key: %s',
  (name) => {
    const wrong = [...open, text('{'), key('enter')];
    expect(played(wrong, state, size).monitor.prompt?.mistake).toEqual(expect.any(String));
    const { monitor } = played([...wrong, key(name)], state, size);
    expect(monitor.prompt).toMatchObject({ mistake: null, line: { text: '{' } });
  },
);

describe('Ctrl-E', () => {
  it('hands the event to an editor, and takes back what became of it', () => {
    const asked = played([...open, text('{"a": 1}'), key('C-e')], state, size);
    expect(asked.actions).toEqual([{ type: 'edit', text: '{"a": 1}' }]);
    const back = played([edited('{\n  "a": 2\n}\n')], state, size, asked.monitor);
    expect(back.monitor.prompt?.line.text).toBe('{\n  "a": 2\n}');
  });

  it('is the end of the line in a search', () => {
    const { monitor, actions } = played([key('/'), text('ab'), key('home'), key('C-e')], state, size);
    expect(actions).toEqual([]);
    expect(monitor.prompt?.line.cursor).toBe(2);
  });

  it('that ends when nothing is typed any more changes nothing', () => {
    const { monitor } = played([edited('x')], state, size);
    expect([monitor.prompt, monitor.toast, now]).toEqual([null, null, now]);
  });
});
