/** The mark of a cell: a word, and a shorter one where there is no room for it. */
import { expect, it } from 'vitest';
import { standings } from '../../src/core/standing.js';
import { markOf } from '../../src/monitor/marks.js';
import { failure } from '../core/make.js';
import { environments, now, stateOf } from '../support/stage.js';

const why = failure({ class: 'transient', errcode: -1, message: 'system error' });
const state = stateOf(environments, [
  { name: 'pay', stands: ['waiting', 'deploying', 'live'], failure: why },
]);

it('a retry says when it comes, in a word or in the time alone', () => {
  const marks = standings(state).map((each) => markOf(each, now, 'en', false));
  expect(marks.map(({ word }) => word)).toEqual(['wait 12 s', 'deploying', 'live']);
  expect(marks[0]?.brief).toBe('12 s');
  expect(standings(state).map((each) => markOf(each, now + 5000, 'en', false).brief)[0]).toBe('7 s');
  expect(marks[1]?.brief.length).toBeLessThan('deploying'.length);
});
