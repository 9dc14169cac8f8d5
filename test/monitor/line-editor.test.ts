import { describe, expect, it } from 'vitest';
import {
  characterUnder,
  type EditedLine,
  edited,
  insert,
  lineOfText,
  movedLine,
} from '../../src/monitor/line-editor.js';
import { seeded } from '../support/random.js';

/** A line as text with a bar where the cursor is. */
function line(drawn: string): EditedLine {
  const cursor = drawn.indexOf('|');
  return { text: drawn.replace('|', ''), cursor };
}

function drawn({ text, cursor }: EditedLine): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

describe('a line that is edited', () => {
  it.each([
    ['left', 'ab|c', 'a|bc'],
    ['left', '|abc', '|abc'],
    ['left', 'e\u0301|', '|e\u0301'],
    ['left', '订👍|', '订|👍'],
    ['C-b', 'ab|', 'a|b'],
    ['right', 'a|bc', 'ab|c'],
    ['right', '|👍x', '👍|x'],
    ['right', 'abc|', 'abc|'],
    ['C-f', '|ab', 'a|b'],
    ['home', 'ab|c', '|abc'],
    ['C-a', 'abc|', '|abc'],
    ['end', '|abc', 'abc|'],
    ['C-e', 'a|bc', 'abc|'],
    ['C-left', 'one two|', 'one |two'],
    ['M-b', 'one two |', 'one |two '],
    ['M-left', '|one', '|one'],
    ['C-right', '|one two', 'one| two'],
    ['M-f', 'one| two', 'one two|'],
    ['M-right', 'one|', 'one|'],
    ['backspace', 'ab|c', 'a|c'],
    ['backspace', '|c', '|c'],
    ['backspace', '订|单', '|单'],
    ['C-h', 'ab|', 'a|'],
    ['delete', 'a|bc', 'a|c'],
    ['delete', 'abc|', 'abc|'],
    ['C-d', '|👍x', '|x'],
    ['C-w', 'one two|', 'one |'],
    ['C-w', '{"a": 12|}', '{"a": |}'],
    ['C-w', '   |x', '|x'],
    ['M-backspace', 'one|', '|'],
    ['M-d', 'one| two three', 'one| three'],
    ['C-u', 'one |two', '|two'],
    ['C-k', 'one |two', 'one |'],
    ['home', 'one\nt|wo', 'one\n|two'],
    ['end', 'o|ne\ntwo', 'one|\ntwo'],
    ['C-u', 'one\ntw|o', 'one\n|o'],
    ['C-k', 'o|ne\ntwo', 'o|\ntwo'],
  ])('%s makes %j %j', (key, before, after) => {
    const result = edited(line(before), key);
    expect(result === null ? null : drawn(result)).toBe(after);
  });

  it.each<readonly [1 | -1, string, string | null]>([
    [-1, 'one\ntw|o', 'on|e\ntwo'],
    [1, 'on|e\ntwo', 'one\ntw|o'],
    [1, 'three|\n\nx', 'three\n|\nx'],
    [-1, 'a👍b\nxy|', 'a|👍b\nxy'],
    [-1, 'o|ne', null],
    [1, 'one\n|two', null],
  ])('goes %i line from %j to %j', (by, before, after) => {
    const result = movedLine(line(before), by);
    expect(result === null ? null : drawn(result)).toBe(after);
  });

  it('takes text where the cursor is, and not without end', () => {
    expect(drawn(insert(line('a|c'), 'b'))).toBe('ab|c');
    expect(insert(lineOfText('x'), 'y'.repeat(20_000)).text).toHaveLength(10_000);
    expect(drawn(lineOfText('abc'))).toBe('abc|');
  });

  it('is not edited by keys that mean something else', () => {
    for (const key of ['enter', 'escape', 'tab', 'C-l', 'f1', 'toString', 'a'])
      expect(edited(lineOfText('a'), key)).toBeNull();
  });

  it('keeps its cursor between whole characters, whatever is pressed', () => {
    const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const random = seeded(seed);
    const keys = ['left', 'right', 'home', 'end', 'C-left', 'C-right', 'backspace', 'delete', 'C-w', 'M-d'];
    const texts = ['a', ' ', '订单', '👍', '"', 'e\u0301', '한'];
    let now = lineOfText('');
    for (let count = 0; count < 5000; count += 1) {
      now = random.chance(0.5) ? (edited(now, random.pick(keys)) ?? now) : insert(now, random.pick(texts));
      const before = [...new Intl.Segmenter().segment(now.text)].map(({ index }) => index);
      const whole =
        [...before, now.text.length].includes(now.cursor) || /^\p{M}/u.test(now.text.slice(now.cursor));
      expect(whole, `seed ${seed}, step ${count}: ${JSON.stringify(now)}`).toBe(true);
      if (now.text.length > 60) now = lineOfText('');
    }
  });
});

describe('a character with its marks', () => {
  const marked = 'e\u0301';

  it.each<readonly [what: string, line: EditedLine, key: string, text: string, cursor: number]>([
    ['comes to be where text is joined', { text: `x-\u0301y`, cursor: 1 }, 'delete', 'xy', 1],
    ['has the cursor before it then', { text: `x yz\u0301`, cursor: 4 }, 'C-w', 'x \u0301', 1],
    ['is passed whole by words', { text: `${marked}a b`, cursor: 0 }, 'C-right', `${marked}a b`, 3],
  ])('%s', (_, line, key, text, cursor) => {
    expect(edited(line, key)).toEqual({ text, cursor });
  });

  it('comes to be where a letter is typed before marks, and the cursor is behind it', () => {
    expect(insert({ text: '\u0301', cursor: 0 }, 'e')).toEqual({ text: marked, cursor: 2 });
  });

  it('is under the cursor as a whole', () => {
    expect(characterUnder({ text: `a${marked}b`, cursor: 1 })).toBe(marked);
    expect(characterUnder({ text: 'a', cursor: 1 })).toBe('');
  });
});
