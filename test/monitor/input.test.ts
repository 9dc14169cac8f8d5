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
