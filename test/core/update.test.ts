/** A value that stays the same stays the same object: everything that is worked out once for each object relies on it. */
import { expect, it } from 'vitest';
import {
  mapValues,
  updateEnv,
  updateFunction,
  updateFunctions,
  updateTargets,
  updateTargetsIn,
  updateTargetsOf,
} from '../../src/core/update.js';
import { Play } from './play.js';

function settled() {
  const play = new Play({ names: ['login', 'pay'], envs: ['dev', 'test'] });
  play.settle();
  return play.state;
}

const same = <T>(value: T): T => value;

it('a change that changes nothing leaves the very state', () => {
  const state = settled();
  expect(updateFunction(state, 'pay', same)).toBe(state);
  expect(updateFunctions(state, same)).toBe(state);
  expect(updateEnv(state, 'dev', same)).toBe(state);
  expect(updateTargetsOf(state, 'pay', ['dev'], same)).toBe(state);
  expect(updateTargetsIn(state, 'dev', same)).toBe(state);
  expect(updateTargets(state, same)).toBe(state);
});

it('what is not there is changed by nobody', () => {
  const state = settled();
  const raise = (): never => {
    throw new Error('it was asked for');
  };
  expect(updateFunction(state, 'other', raise)).toBe(state);
  expect(updateEnv(state, 'other', raise)).toBe(state);
  expect(updateTargetsOf(state, 'pay', ['other'], raise)).toBe(state);
  expect(updateTargetsIn(state, 'other', raise)).toBe(state);
});

it('a change of one leaves the others the very objects that they were', () => {
  const state = settled();
  const next = updateTargetsOf(state, 'pay', ['dev'], (target) => ({ ...target, urgent: true }));
  expect(next.functions.get('login')).toBe(state.functions.get('login'));
  const [before, after] = [state, next].map(({ functions }) => functions.get('pay')?.targets);
  expect(after?.get('dev')).toMatchObject({ urgent: true });
  expect(after?.get('test')).toBe(before?.get('test'));
});

it('a map is copied where a value changes, and is itself where none does', () => {
  const map = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  expect(mapValues(map, same)).toBe(map);
  const next = mapValues(map, (value) => (value === 2 ? 20 : value));
  expect([...next]).toEqual([
    ['a', 1],
    ['b', 20],
    ['c', 3],
  ]);
  expect(map.get('b')).toBe(2);
});
