/** The globals of each Node, as nodejs.org/api/globals.html dates them: a runtime has those that came with it or before. */
import { expect, test } from 'vitest';
import { absentIn, majorOf } from '../../../src/emulator/runner/runtimes.js';

test.each([
  [14, ['FinalizationRegistry', 'WeakRef']],
  [15, ['AbortController', 'EventTarget', 'MessageChannel']],
  [16, ['atob', 'btoa', 'performance']],
  [17, ['DOMException', 'structuredClone']],
  [18, ['BroadcastChannel', 'CompressionStream', 'ReadableStream', 'fetch']],
  [19, ['CustomEvent', 'crypto']],
  [20, ['File']],
  [21, ['navigator']],
  [22, ['CloseEvent', 'WebSocket']],
  [24, ['URLPattern']],
])('Node %i brought %j', (major, names) => {
  const absent = (of: number): string[] =>
    names.filter((name) => absentIn(`Nodejs${of}.1`).includes(name)).toSorted();
  expect([absent(major - 1), absent(major)]).toEqual([names, []]);
});

test('a runtime that is no Node lacks nothing', () => {
  expect(
    ['Python3.9', 'Nodejs', 'nodejs16.13', 'Nodejs16'].map((name) => [majorOf(name), absentIn(name)]),
  ).toEqual(Array.from({ length: 4 }, () => [null, []]));
  expect(majorOf('Nodejs16.13')).toBe(16);
});
