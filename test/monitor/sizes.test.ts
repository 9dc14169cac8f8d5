/** Every size of a terminal, with states and texts that break naive layouts: many seconds, so that `npm run test:unit` leaves it out. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Frame, type Size, widthOf } from '../../src/monitor/frame.js';
import { firstMonitor } from '../../src/monitor/model.js';
import { view } from '../../src/monitor/view.js';
import { drawsAmbiguousIn } from '../../src/text/text.js';
import { design, monitors, nastyState } from '../support/busy-stage.js';
import { motley, options, picture, stateOf } from '../support/stage.js';

afterEach(() => drawsAmbiguousIn(1));

function* sizes(step: number): Generator<Size> {
  for (let columns = 1; columns <= 130; columns += columns < 24 ? 1 : step) {
    for (const rows of [1, 2, 3, 4, 5, 6, 7, 10, 12, 16, 24, 50]) yield { columns, rows };
  }
}

function expectExact(frame: Frame, { columns, rows }: Size): void {
  expect(frame.rows.length).toBe(rows);
  const wrong = frame.rows.findIndex((row) => widthOf(row) !== columns);
  expect(frame.rows[wrong], `${columns}×${rows}, row ${wrong}`).toBeUndefined();
}

describe('a frame is exactly as large as the terminal', () => {
  it.each([
    ['everyday', motley()],
    ['nasty', nastyState()],
    ['empty', stateOf([], [])],
    [
      'many',
      stateOf(
        Array.from({ length: 12 }, (_, index) => `env${index}-0123456789ab`),
        Array.from({ length: 300 }, (_, index) => ({
          name: `fn${index}`,
          stands: Array<'live'>(12).fill('live'),
        })),
      ),
    ],
  ])('%s', (name, state) => {
    const all = name === 'many' ? monitors(state).slice(0, 2) : monitors(state);
    for (const size of sizes(name === 'many' ? 13 : 3)) {
      const monitor = all[(size.columns + size.rows) % all.length] ?? firstMonitor;
      for (const ascii of [false, true]) expectExact(view(state, monitor, size, { ...options, ascii }), size);
    }
  });

  it.each(['en', 'zh-CN'] as const)('where ambiguous characters take two columns, too, in %s', (language) => {
    drawsAmbiguousIn(2);
    const state = nastyState();
    const all = monitors(state);
    for (const size of sizes(7)) {
      const monitor = all[(size.columns + size.rows) % all.length] ?? firstMonitor;
      for (const ascii of [false, true])
        expectExact(view(state, monitor, size, { ...options, ascii, language }), size);
    }
    const lines = picture(state, firstMonitor, design, { language });
    expect(lines[2]).toMatch(/^- [^─]+ -+ 1-8\/11 -$/);
    expect(lines.join('')).not.toMatch(/[─│┌·↑]/);
    expect(lines.join('')).toContain('✔');
  });
});
