/** The bytes that a terminal sends, cut into keys and pastes. */
import { expect, it, vi } from 'vitest';
import { createInputSplitter } from '../../src/monitor/input.js';

function splitter() {
  const keys: string[] = [];
  const pastes: string[] = [];
  const input = createInputSplitter({
    onSequence: (sequence) => void keys.push(sequence),
    onPaste: (text) => void pastes.push(text),
  });
  return { keys, pastes, type: (text: string) => input.take(Buffer.from(text)) };
}

const begin = '\u001b[200~';
const end = '\u001b[201~';

it('a paste is text, however it is cut', () => {
  const { keys, pastes, type } = splitter();
  for (const part of [`a${begin}q`, 'u', '\u001b[20', `1~b`]) type(part);
  expect([keys, pastes]).toEqual([['a', 'b'], ['qu']]);
});

it('nothing of a paste that is too long is a key, up to its end', () => {
  const { keys, pastes, type } = splitter();
  type(`${begin}${'x'.repeat(1_100_000)}`);
  type('Ruyq');
  type(`y${end.slice(0, 4)}`);
  type(`${end.slice(4)}b`);
  type(`${begin}${'x'.repeat(1_100_000)}${end}c`);
  type(`${begin}short${end}`);
  expect([keys, pastes]).toEqual([['b', 'c'], ['short']]);
});

it('a terminal that is silent after a paste without an end is listened to again', () => {
  vi.useFakeTimers();
  const { keys, type } = splitter();
  type(`${begin}${'x'.repeat(1_100_000)}`);
  vi.advanceTimersByTime(900);
  type('q');
  vi.advanceTimersByTime(1000);
  type('b');
  expect(keys).toEqual(['b']);
  vi.useRealTimers();
});

it.each<readonly [string, readonly string[], readonly string[]]>([
  ['keys of several bytes, cut anywhere', ['\u001b', '[', '1;5', 'A', 'é'], ['\u001b[1;5A', 'é']],
  ['an old report of the mouse', ['\u001b[M', ' !', '!', 'x'], ['\u001b[M !!', 'x']],
  ['a function key of the console', ['\u001b[[A'], ['\u001b[[A']],
  ['a key of the keypad', ['\u001bOP'], ['\u001bOP']],
  ['an answer of the terminal', ['\u001b]11;rgb:0/0/0', '\u0007a'], ['\u001b]11;rgb:0/0/0\u0007', 'a']],
  ['one that ends as the standard has it', ['\u001bP1\u001b', '\\a'], ['\u001bP1\u001b\\', 'a']],
  [
    'Escape before something else',
    ['\u001b\u001bx', '\u001bO\r'],
    ['\u001b', '\u001bx', '\u001b', 'O', '\r'],
  ],
  ['Alt and a key', ['\u001bx', '\u001b\u001b[A'], ['\u001bx', '\u001b\u001b[A']],
])('%s', (_, parts, expected) => {
  const { keys, type } = splitter();
  for (const part of parts) type(part);
  expect(keys).toEqual(expected);
});

it('a sequence that comes slowly is one, as long as each piece comes in a moment', () => {
  vi.useFakeTimers();
  const { keys, type } = splitter();
  for (const piece of ['\u001b', '[1', ';5', 'A', 'b']) {
    type(piece);
    vi.advanceTimersByTime(40);
  }
  expect(keys).toEqual(['\u001b[1;5A', 'b']);
  vi.useRealTimers();
});

it('Escape alone is a key after a moment, and a sequence that never ends is none', () => {
  vi.useFakeTimers();
  const { keys, type } = splitter();
  type('\u001b');
  vi.advanceTimersByTime(49);
  expect(keys).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(keys).toEqual(['\u001b']);
  type('\u001b\u001b');
  vi.advanceTimersByTime(200);
  expect(keys).toEqual(['\u001b', '\u001b', '\u001b']);
  type('\u001b[1;');
  vi.advanceTimersByTime(200);
  type('a');
  expect(keys.slice(3)).toEqual(['a']);
  vi.useRealTimers();
});
