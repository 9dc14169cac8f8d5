/** Long lines of a diff: two that differ are seen to differ wherever they are shown. */
import { expect, it } from 'vitest';
import { compared } from '../../src/answers/compare.js';
import { shortLines } from '../../src/answers/short-lines.js';
import { diffLines } from '../../src/text/answers.js';
import { columnsOf } from '../../src/text/text.js';
import { wrap } from '../../src/text/wrap.js';

const a = (count: number): string => 'a'.repeat(count);

it.each<readonly [string, number, string, number]>([
  ['behind the 240th character', 80, 'k', 300],
  ['behind three rows of a narrow terminal', 40, 'k', 150],
  ['behind three rows of a column side by side', 28, 'k', 90],
  ['behind two of its rows', 28, 'k', 70],
  ['in Chinese', 80, '中', 130],
  ['in Chinese, side by side', 28, '中', 30],
  ['in pictures', 28, '😀', 500],
  ['behind many marks', 28, 'e\u0301', 300],
  ['behind a million', 28, 'k', 1_000_000],
])('a difference is seen: %s', async (_, columns, character, at) => {
  const answer = (middle: string): string =>
    JSON.stringify({ text: `${character.repeat(at)}${middle}${character.repeat(400)}` }, null, 2);
  const { diff } = await compared(answer('OLD'), answer('NEW'));
  const rows = diffLines(diff ?? '').map((line) => wrap(line, columns - 2).slice(0, 3));
  expect(rows.map((each) => /OLD|NEW/.exec(each.join(''))?.[0])).toEqual(['OLD', 'NEW']);
  // So is the text behind it.
  expect(columnsOf(rows[0]?.join('').split('OLD')[1] ?? '')).toBeGreaterThan(20);
});

it('each line of a run that is cut still has the one that came for it', async () => {
  const answer = (each: string): string =>
    JSON.stringify(
      Array.from({ length: 100 }, (_, index) => `${a(300)}${index}${each}${a(30)}`),
      null,
      2,
    );
  const lines = diffLines((await compared(answer('OLD'), answer('NEW'))).diff ?? '');
  expect(lines.filter((line) => line.includes('OLD'))).toHaveLength(10);
  expect(lines.filter((line) => line.includes('NEW'))).toHaveLength(10);
});

it('a line keeps its beginning and what stands before the difference', () => {
  const long = (sign: string, end: string): string => `${sign}"html": "${a(300)}${end}`;
  const short = (sign: string, end: string): string => `${sign}"html": "${a(10)}…${a(16)}${end}`;
  expect(shortLines([long('-', 'x'), '-1', long('+', 'y'), '+2'])).toEqual([
    ...[short('-', 'x'), '-1', short('+', 'y'), '+2'],
  ]);
  const after = shortLines([long('-', a(200)), long('+', 'y')]);
  expect(after).toEqual([`${short('-', a(83))}…`, short('+', 'y')]);
  // Both are cut where one is long, and the one may be the beginning of the other.
  expect(shortLines([`-${a(45)}`, `+${a(64)}`])).toEqual([`-${a(19)}…${a(16)}`, `+${a(19)}…${a(35)}`]);
});

it('a difference near the beginning of wide characters has the text before it, too', () => {
  const line = (sign: string, end: string): string => `${sign}${'中'.repeat(24)}${end}`;
  expect(shortLines([line('-', 'x'), line('+', '中'.repeat(99))])).toEqual([
    `-${'中'.repeat(9)}…${'中'.repeat(8)}x`,
    `+${'中'.repeat(9)}…${'中'.repeat(49)}…`,
  ]);
});

it('a line is left as it is where it is seen whole, and begins as it does where the difference is near', () => {
  const seen = [`-${a(62)}x`, `+${a(62)}y`];
  expect(shortLines(seen)).toEqual(seen);
  const near = [`-${a(39)}${'x'.repeat(80)}`, `+${a(39)}y`];
  expect(shortLines(near)).toEqual(near);
  expect(shortLines([`-${a(39)}${'x'.repeat(81)}`])).toEqual([`-${a(39)}${'x'.repeat(80)}…`]);
  expect(shortLines([`-${a(40)}${'x'.repeat(80)}`, `+${a(40)}y`])[1]).toBe(`+${a(19)}…${a(16)}y`);
});

it('only a line that came right behind the ones that went came for one of them', () => {
  const [went, came, cut] = [`-${a(200)}x`, `+${a(200)}y`, `${a(119)}…`];
  expect(shortLines([went, ' between', came])).toEqual([`-${cut}`, ' between', `+${cut}`]);
  expect(shortLines([came, went])).toEqual([`+${cut}`, `-${cut}`]);
  expect(shortLines(['-1', '+1', came, ` ${a(200)}`])).toEqual(['-1', '+1', `+${cut}`, ` ${cut}`]);
  const pair = [`-${a(19)}…${a(16)}x`, `+${a(19)}…${a(16)}y`];
  for (const before of [
    ['-1', '-2', '+1'],
    ['+1', '+2'],
    ['-1', ' between'],
  ])
    expect(shortLines([...before, went, came])).toEqual([...before, ...pair]);
});

it.each([65_534, 65_535, 65_536, 65_537, 70_000, 131_072])('the %dth character is found', (at) => {
  expect(shortLines([`-${a(at)}x`, `+${a(at)}yz`])).toEqual([`-${a(19)}…${a(16)}x`, `+${a(19)}…${a(16)}yz`]);
});

it('no character is cut in half, and one without a width counts', () => {
  // These begin with the same half.
  const [went = '', came = ''] = shortLines([`-a${'😀'.repeat(100)}😁`, `+a${'😀'.repeat(100)}😂`]);
  expect([went, came]).toEqual([
    `-a${'😀'.repeat(9)}…${'😀'.repeat(8)}😁`,
    `+a${'😀'.repeat(9)}…${'😀'.repeat(8)}😂`,
  ]);
  expect(shortLines([`+${'\u0301'.repeat(500)}`])).toEqual([`+${'\u0301'.repeat(119)}…`]);
});
