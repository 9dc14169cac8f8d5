import { afterEach, describe, expect, it } from 'vitest';
import { type Frame, fitRow, type Row, type Size, type Span, span } from '../../src/monitor/frame.js';
import { createPainter } from '../../src/monitor/paint.js';
import { columnsOf, displayable, drawsAmbiguousIn } from '../../src/text/text.js';
import { wrongCells } from '../support/cells.js';
import { headlessTerminal } from '../support/headless.js';
import { seeded } from '../support/random.js';

const size: Size = { columns: 60, rows: 12 };

/** Pieces that a terminal and a naive program count differently. */
const pieces = [
  'abc ',
  'x',
  '订单',
  '，。！',
  'かなカナ',
  'ｶﾅ',
  '한국어',
  'ｆｕｌｌ',
  '👍',
  '👍🏽',
  '👨‍👩‍👧',
  '❤️',
  '1️⃣',
  '🚀',
  'é',
  'e\u0301',
  'ก็',
  '→─│✔✖',
  '…',
  '\u200b',
  '\u202e',
  '\u001b[31m',
  '\ud83d',
  '\u00ad',
  '①②',
];

afterEach(() => drawsAmbiguousIn(1));

describe('the painter', () => {
  it.each([1, 2] as const)(
    'puts every cell of 600 frames where it belongs, ambiguous ones in %i',
    async (ambiguous) => {
      drawsAmbiguousIn(ambiguous);
      const edge = columnsOf('│');
      const screen = headlessTerminal(size, ambiguous);
      await screen.write('\u001b[?7l');
      const painter = createPainter(true);
      const seed = Number(process.env['TEST_SEED'] ?? 20_260_401);
      const { below } = seeded(seed);
      const styles = [{}, { bold: true }, { inverse: true }, { color: 'red' }] as const;
      let before: Row[] = [];
      for (let count = 0; count < 600; count += 1) {
        const rows = Array.from({ length: size.rows }, (_, index): Row => {
          // Most rows of a real frame are those of the frame before.
          const same = before[index];
          if (same !== undefined && below(3) > 0) return same;
          const spans = Array.from({ length: below(14) }, () =>
            span(displayable(pieces[below(pieces.length)] ?? ''), styles[below(styles.length)] ?? {}),
          );
          const inside = fitRow(spans, size.columns - 2 * edge);
          return fitRow([span('│', {}), ...inside, span('│', {})], size.columns);
        });
        before = rows;
        const frame: Frame = { rows, wakeAt: null };
        await screen.write(painter.paint(frame, size));
        const wrong = wrongCells(screen, frame);
        expect(wrong.slice(0, 5), `seed ${seed}, frame ${count}`).toEqual([]);
      }
    },
  );

  it('writes only rows that changed, and nothing where none did', () => {
    const painter = createPainter(true);
    const frame = (text: string): Frame => ({
      rows: [[span('same')], [span(text)], [span('same')]],
      wakeAt: null,
    });
    const small = { columns: 4, rows: 3 };
    painter.paint(frame('one '), small);
    expect(painter.paint(frame('one '), small)).toBe('');
    const second = painter.paint(frame('two '), small);
    expect(second).toContain('two');
    expect(second).not.toContain('same');
    painter.forget();
    expect(painter.paint(frame('two '), small)).toContain('same');
  });

  it.each<readonly [Span['style'], string]>([
    [{}, '0'],
    [{ bold: true }, '0;1'],
    [{ dim: true }, '0;2'],
    [{ underline: true }, '0;4'],
    [{ inverse: true }, '0;7'],
    [{ color: 'red' }, '0;31'],
    [{ bold: true, dim: true, underline: true, inverse: true, color: 'green' }, '0;1;2;4;7;32'],
    [{ dim: true, inverse: true }, '0;2;7'],
    [{ bold: true, underline: true }, '0;1;4'],
  ])('each look has its own sequence: %j', (style, sequence) => {
    const frame: Frame = { rows: [[span('x', style)]], wakeAt: null };
    expect(createPainter(true).paint(frame, { columns: 1, rows: 1 })).toContain(`\u001b[${sequence}mx`);
  });

  it('no two looks are taken for each other, whichever came before', () => {
    const parts = [
      ['bold', 1],
      ['dim', 2],
      ['underline', 4],
      ['inverse', 7],
    ] as const;
    const looks = Array.from({ length: 16 }, (_, bits) => parts.filter((_part, at) => bits & (1 << at)));
    const painter = createPainter(true);
    for (const color of ['red', 'green', undefined] as const) {
      for (const look of looks) {
        const style = Object.fromEntries(look.map(([name]) => [name, true]));
        const colored = color === undefined ? style : { ...style, color };
        const codes = [
          0,
          ...look.map(([, code]) => code),
          ...(color === undefined ? [] : [color === 'red' ? 31 : 32]),
        ];
        painter.forget();
        const frame: Frame = { rows: [[span('x', colored)]], wakeAt: null };
        expect(painter.paint(frame, { columns: 1, rows: 1 })).toContain(`\u001b[${codes.join(';')}mx`);
      }
    }
  });

  it('uses colours only where they are wanted', () => {
    const frame: Frame = { rows: [[span('bad', { color: 'red', bold: true })]], wakeAt: null };
    expect(createPainter(true).paint(frame, { columns: 3, rows: 1 })).toContain('31m');
    const plain = createPainter(false).paint(frame, { columns: 3, rows: 1 });
    expect(plain).not.toContain('31m');
    expect(plain).toContain('\u001b[0;1m');
  });
});
