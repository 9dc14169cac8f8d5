import { expect, test } from 'vitest';
import { columnsOf } from '../../src/text/text.js';
import { wrap } from '../../src/text/wrap.js';

test.each([
  ['a line that fits stays as it is  ', 40, '  ', ['a line that fits stays as it is  ']],
  ['one two three', 7, '', ['one two', 'three']],
  ['one two three', 9, '  ', ['one two', '  three']],
  ['  indented words stay so', 12, '    ', ['  indented', '    words', '    stay so']],
  ['see https://example.com/a/long/path now', 12, '', ['see', 'https://example.com/a/long/path', 'now']],
  ['把令牌放入变量中', 8, '', ['把令牌放', '入变量中']],
  // A full stop never begins a line.
  ['把令牌放，入变量', 8, '', ['把令牌', '放，入变', '量']],
  ['  /a/long/path/of/a/file', 8, '    ', ['  /a/long/path/of/a/file']],
  ['in /a/long/path/of/a/file, here', 8, '    ', ['in', '    /a/long/path/of/a/file,', '    here']],
  ['请运行 npm install 再试', 12, '  ', ['请运行 npm', '  install 再', '  试']],
])('%j in %i columns', (line, columns, indent, lines) => {
  expect(wrap(line, columns, { indent, wholeWords: true })).toEqual(lines);
});

test('without a terminal nothing is broken', () => {
  const line = 'word '.repeat(100);
  expect(wrap(line, null, { wholeWords: true })).toEqual([line]);
});

test('no text is lost, and no line is too long', () => {
  const words = ['a', 'longer', '中文，', '字', 'tcb-watch', '（见', '云）。', '"quoted"', '…'];
  let seed = 7;
  for (let round = 0; round < 300; round += 1) {
    let line = '';
    for (let at = 0; at < 30; at += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      line += `${words[seed % words.length]}${seed % 3 === 0 ? ' ' : ''}`;
    }
    const lines = wrap(line, 30, { wholeWords: true });
    expect(lines.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
    for (const each of lines.filter((part) => part.includes(' ')))
      expect(columnsOf(each)).toBeLessThanOrEqual(30);
  }
});
