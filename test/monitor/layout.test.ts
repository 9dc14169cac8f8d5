/** Where everything goes, for every size: nothing overlaps, nothing is wasted, and what explains keeps its room. */
import { describe, expect, it } from 'vitest';
import { isTooSmall, type Layout, type LayoutFacts, layoutOf, type Rect } from '../../src/monitor/layout.js';
import { firstMonitor, type MonitorState } from '../../src/monitor/model.js';

function factsOf(envCount = 2, changes: Partial<LayoutFacts> = {}): LayoutFacts {
  const envs = Array.from({ length: envCount }, (_, index) => `env-${index}`);
  const envNames = new Map(envs.map((env) => [env, env]));
  return { envs, envNames, count: 5, longestName: 12, longestWord: 8, ...changes };
}

const at = (columns: number, rows: number, monitor: Partial<MonitorState> = {}, facts = factsOf()): Layout =>
  layoutOf({ columns, rows }, { ...firstMonitor, ...monitor }, facts);

const kind = ({ panes, headerRows, listTitle, detailTitle }: Layout) => [
  panes,
  headerRows,
  listTitle,
  detailTitle,
];

describe('the kind of layout', () => {
  it.each<readonly [number, number, readonly unknown[]]>([
    // Wide enough for both side by side, however low.
    [140, 40, ['side-by-side', 2, true, true]],
    [139, 40, ['stacked', 2, true, true]],
    [160, 40, ['side-by-side', 1, true, true]],
    [159, 40, ['side-by-side', 2, true, true]],
    [140, 12, ['side-by-side', 2, true, true]],
    [140, 11, ['side-by-side', 1, true, true]],
    [140, 6, ['side-by-side', 1, true, true]],
    [140, 5, ['side-by-side', 0, true, true]],
    // Low, and wide enough for two.
    [80, 13, ['side-by-side', 2, true, true]],
    [80, 14, ['stacked', 2, false, true]],
    [79, 13, ['single', 2, false, false]],
    // The list's title needs a higher screen.
    [80, 19, ['stacked', 2, false, true]],
    [80, 20, ['stacked', 2, true, true]],
    [40, 20, ['stacked', 2, true, true]],
    [39, 20, ['single', 2, false, false]],
  ])('%i x %i', (columns, rows, expected) => {
    expect(kind(at(columns, rows))).toEqual(expected);
  });

  it.each([
    [20, 4, false],
    [19, 4, true],
    [20, 3, true],
  ])('%i x %i is too small: %s', (columns, rows, expected) => {
    expect(isTooSmall({ columns, rows })).toBe(expected);
  });

  it('zoomed is the details alone, at any size', () => {
    for (const [columns, rows] of [
      [200, 50],
      [80, 24],
      [60, 10],
    ] as const) {
      const { panes, functions, detail, headerRows } = at(columns, rows, { zoomed: true });
      expect(panes).toBe('single');
      expect(functions).toBeNull();
      expect(detail).toEqual({ left: 0, top: headerRows, columns, rows: rows - headerRows - 1 });
    }
  });

  it('of one pane shows the list until it is zoomed', () => {
    const { functions, detail } = at(60, 10);
    expect(detail).toBeNull();
    expect(functions).toEqual({ left: 0, top: 1, columns: 60, rows: 8 });
  });
});

const sizes = [20, 30, 40, 60, 77, 78, 80, 100, 139, 140, 160, 200, 300].flatMap((columns) =>
  [4, 6, 11, 12, 14, 19, 20, 24, 50].map((rows) => [columns, rows] as const),
);
const rectangles = ({ functions, detail }: Layout): Rect[] =>
  [functions, detail].filter((rect) => rect !== null);

describe.each([0, -7, 7, -30, 30])('with its border moved by %i', (split) => {
  it.each(sizes)('%i x %i: all is on the screen, and nothing covers anything', (columns, rows) => {
    const layout = at(columns, rows, { split });
    const { functions, detail, headerRows, panes } = layout;
    for (const rect of rectangles(layout)) {
      expect(rect.left).toBeGreaterThanOrEqual(0);
      expect(rect.top).toBeGreaterThanOrEqual(headerRows);
      expect(rect.left + rect.columns).toBeLessThanOrEqual(columns);
      // The last row is the keys'.
      expect(rect.top + rect.rows).toBeLessThanOrEqual(rows - 1);
    }
    if (functions === null || detail === null) return;
    if (panes === 'side-by-side') {
      // A border at each edge and one between them, above and below.
      expect(functions.columns + detail.columns).toBe(columns - 3);
      expect([functions.left, detail.left]).toEqual([1, functions.columns + 2]);
      expect([functions.top, detail.top]).toEqual([headerRows + 1, headerRows + 1]);
      expect([functions.rows, detail.rows]).toEqual([rows - headerRows - 3, rows - headerRows - 3]);
      expect(functions.columns).toBeGreaterThanOrEqual(20);
      expect(detail.columns).toBeGreaterThanOrEqual(33);
    } else {
      const title = layout.listTitle ? 1 : 0;
      expect(functions.top).toBe(headerRows + title);
      expect(detail.top).toBe(functions.top + functions.rows + 1);
      expect(headerRows + title + functions.rows + 1 + detail.rows + 1).toBe(rows);
      expect(Math.min(functions.rows, detail.rows)).toBeGreaterThanOrEqual(4);
    }
  });
});

describe('the border between the panes', () => {
  it('moves by two at a time', () => {
    const rows = (split: number): number => at(80, 50, { split }).functions?.rows ?? 0;
    expect([rows(1) - rows(0), rows(3) - rows(2)]).toEqual([2, 2]);
    const columns = (split: number): number => at(200, 50, { split }).functions?.columns ?? 0;
    expect([columns(-1) - columns(0), columns(-2) - columns(-1)]).toEqual([-2, -2]);
  });

  it('leaves the details at least half, and what a short list does not need', () => {
    const split = (count: number) => {
      const { functions, detail } = at(80, 50, {}, factsOf(2, { count }));
      return [functions?.rows, detail?.rows];
    };
    // A head and three functions; 45 rows are shared out.
    expect(split(0)).toEqual([4, 41]);
    expect(split(5)).toEqual([6, 39]);
    expect(split(21)).toEqual([22, 23]);
    expect(split(300)).toEqual([22, 23]);
  });
});

describe('the columns of the list', () => {
  const used = ({ list }: Layout, envs: number): number => {
    const shown = [list.name, list.why, list.upload, list.size, list.took].filter((width) => width > 0);
    return shown.reduce((sum, width) => sum + width + 1, -1) + envs * (list.env + 1);
  };

  it.each(sizes)('fit into %i columns, with any number of environments', (columns) => {
    for (const count of [0, 1, 2, 3, 6, 12, 40]) {
      const layout = at(columns, 30, {}, factsOf(count));
      const width = layout.functions?.columns ?? 0;
      const { list } = layout;
      expect(list.env).toBeGreaterThanOrEqual(1);
      if (list.name > 0) expect(used(layout, count)).toBeLessThanOrEqual(Math.max(width, used(layout, 0)));
      expect(list.folded).toBe(list.env < 8);
    }
  });

  it('have a reason from 78 columns on, and then what else there is room for', () => {
    expect(at(77, 30).list.why).toBe(0);
    expect(at(78, 30).list.why).toBeGreaterThanOrEqual(20);
    expect(at(77, 30).list.name).toBeGreaterThan(12);
    const wide = at(139, 30).list;
    expect([wide.upload, wide.size, wide.took].filter((width) => width > 0).length).toBeGreaterThan(0);
    expect(wide.why).toBeGreaterThanOrEqual(40);
    expect(at(85, 30).list).toMatchObject({ upload: 0, size: 0, took: 0, why: 48 });
    expect(at(89, 30).list).toMatchObject({ upload: 11, size: 0, took: 0, why: 40 });
    expect(at(100, 30).list).toMatchObject({ upload: 11, size: 9, took: 0, why: 41 });
    expect(at(109, 30).list).toMatchObject({ upload: 11, size: 9, took: 8, why: 41 });
  });

  it('give names 12 to 24 columns, and cells their word', () => {
    const list = (changes: Partial<LayoutFacts>) => at(100, 30, {}, factsOf(2, changes)).list;
    expect([
      list({ longestName: 3 }).name,
      list({ longestName: 18 }).name,
      list({ longestName: 99 }).name,
    ]).toEqual([...[12, 18, 24]]);
    expect([list({ longestWord: 8 }).env, list({ longestWord: 9 }).env]).toEqual([10, 11]);
    const long = new Map([['env-0', 'a-very-long-environment']]);
    expect(list({ longestWord: 8, envNames: long }).env).toBe(12);
  });
});
