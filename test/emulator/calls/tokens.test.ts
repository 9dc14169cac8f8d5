import { expect, test } from 'vitest';
import { CALL_NAMES, CALLS, callOf } from '../../../src/emulator/calls/table.js';
import { createTokens, GRACE_MS, type Tokens } from '../../../src/emulator/calls/tokens.js';

function rig(first: string | null = 'first'): { readonly tokens: Tokens; pass(ms: number): void } {
  let at = 1_000_000;
  const tokens = createTokens(first, () => at);
  return {
    tokens,
    pass: (ms) => {
      at += ms;
    },
  };
}

test('missing, never given out, good', () => {
  const { tokens } = rig();
  expect([null, '', 'other', 'first'].map(tokens.check)).toEqual(['missing', 'missing', 'unknown', 'good']);
  expect([tokens.mayControl('first'), tokens.mayControl('other'), tokens.mayControl(null)]).toEqual([
    ...[true, false, false],
  ]);
});

test('without a first one it is random, and long', () => {
  const [one, other] = [rig(null), rig(null)];
  expect(one.tokens.current()).not.toBe(other.tokens.current());
  expect(one.tokens.current()).toMatch(/^emulated_[\w-]{32}$/);
});

test('a replaced one is good for its grace, then replaced; the one of the start controls for ever', () => {
  const { tokens, pass } = rig();
  expect(tokens.rotate('second', GRACE_MS, null)).toBe('second');
  pass(GRACE_MS - 1);
  expect(tokens.check('first')).toBe('good');
  pass(1);
  expect([tokens.check('first'), tokens.check('second')]).toEqual(['replaced', 'good']);
  tokens.rotate('third', 0, null);
  expect([tokens.check('first'), tokens.check('second'), tokens.check('third')]).toEqual([
    ...['replaced', 'replaced', 'good'],
  ]);
  expect(['first', 'second', 'third'].map(tokens.mayControl)).toEqual([true, false, true]);
});

test('one that is too old has expired; its grace is no longer than its life', () => {
  const { tokens, pass } = rig();
  tokens.rotate('short', 0, 100);
  pass(99);
  expect(tokens.check('short')).toBe('good');
  pass(1);
  expect(tokens.check('short')).toBe('expired');
  tokens.rotate('next', 1000, null);
  expect(tokens.check('short')).toBe('replaced');
  tokens.expire();
  expect(tokens.check('next')).toBe('expired');
  expect(tokens.mayControl('next')).toBe(true);
});

test('one that is given out again is good again', () => {
  const { tokens } = rig();
  tokens.rotate('second', 0, null);
  tokens.rotate('first', 0, null);
  expect([tokens.check('first'), tokens.check('second')]).toEqual(['good', 'replaced']);
});

test('each call is found by its path, and by no other', () => {
  expect(CALL_NAMES.map((name) => callOf(CALLS[name].path))).toEqual(CALL_NAMES);
  expect(['', '/', '/componenttcb', `${CALLS.getscflist.path}/`, 'constructor'].map(callOf)).toEqual(
    Array.from({ length: 5 }, () => null),
  );
});
