import { describe, expect, it } from 'vitest';
import { fitText, overlay, slice, span, textOf } from '../../src/monitor/frame.js';
import { firstMonitor } from '../../src/monitor/model.js';
import { createPainter } from '../../src/monitor/paint.js';
import { columnsOf, displayable } from '../../src/text/text.js';
import { wrap } from '../../src/text/wrap.js';
import { headlessTerminal } from '../support/headless.js';
import { environments, picture, stateOf } from '../support/stage.js';

describe('text for a grid of cells', () => {
  it.each([
    ['👨‍👩‍👧', '👨', 2],
    ['👍🏽', '👍', 2],
    ['❤️', '❤', 1],
    ['1️⃣', '1', 1],
    ['한국어'.normalize('NFD'), '한국어', 6],
    ['がぎ'.normalize('NFD'), 'がぎ', 4],
    ['a\u202eb\u200bc\u00add', 'a\\u202ebcd', 10],
    ['\u0301x', 'x', 1],
    ['ก็', 'ก็', 1],
    ['\ud83d', '\ufffd', 1],
  ])('%s', (text, shown, columns) => {
    expect(displayable(text)).toBe(shown);
    expect(columnsOf(displayable(text))).toBe(columns);
  });

  it('is cut and filled to its columns, never through a character', () => {
    expect(fitText('订单查询', 5)).toBe('订单…');
    expect(fitText('订单查询', 4)).toBe('订… ');
    expect(fitText('订单', 6)).toBe('订单  ');
    expect(fitText('abc', 0)).toBe('');
  });

  it('shows a blank for half of a wide character', () => {
    const row = [span('a订b')];
    expect(textOf(slice(row, 0, 2))).toBe('a ');
    expect(textOf(slice(row, 2, 4))).toBe(' b');
    const below = [[span('订单查询')]];
    expect(overlay(below, [[span('xy')]], 3, 0).map(textOf)).toEqual(['订 xy 询']);
  });

  it('breaks between words, and between Chinese characters but not before their marks', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('请修改函数。相同内容', 12)).toEqual(['请修改函数。', '相同内容']);
    expect(wrap('请修改函数。相同', 10)).toEqual(['请修改函', '数。相同']);
    expect(wrap('x'.repeat(9), 4)).toEqual(['xxxx', 'xxxx', 'x']);
    expect(wrap('a\n\nb', 4)).toEqual(['a', '', 'b']);
    expect(wrap('订单', 1).length).toBeGreaterThan(0);
  });
});

describe('a terminal that counts otherwise', () => {
  it('has its borders where they belong all the same, and nothing old in between', async () => {
    const screen = headlessTerminal({ columns: 12, rows: 1 });
    // Widths of Unicode 6: emoji take one column.
    screen.terminal.unicode.activeVersion = '6';
    const painter = createPainter(true);
    const size = { columns: 12, rows: 1 };
    const frame = (text: string): string =>
      painter.paint({ rows: [[span('│'), span(fitText(text, 10)), span('│')]], wakeAt: null }, size);
    await screen.write(`\u001b[?7l${frame('xxxxxxxxxx')}`);
    await screen.write(frame('🚀🚀🚀 go'));
    expect(screen.cell(0, 0).text).toBe('│');
    expect(screen.cell(0, 11).text).toBe('│');
    expect(screen.lines()[0]).not.toContain('x');
  });
});

describe('what to do', () => {
  it('is said for what waits, too', () => {
    const state = stateOf(environments, [{ name: 'pay', stands: ['waiting', 'live', 'live'] }]);
    const lines = picture(state, firstMonitor, { columns: 120, rows: 30 }).join('\n');
    expect(lines).toContain('→ A temporary problem in the cloud.');
  });
});
