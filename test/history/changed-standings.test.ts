/** The facts that history takes from the scheduler: which environments run something else now, and why what ran before has ended. */
import { describe, expect, it } from 'vitest';
import type { State, TargetState } from '../../src/core/state.js';
import { changedStandings, standingsOf } from '../../src/history/standings.js';
import { environments, stateOf } from '../support/stage.js';

const ours = 'c'.repeat(64);
const [env = ''] = environments;
const before = stateOf(environments, [
  { name: 'pay', stands: ['live', 'live', 'live'] },
  { name: 'login', stands: ['live', 'live', 'live'] },
]);

/** The same, where one target of `pay` is another. */
function stateWith(change: Partial<TargetState>): State {
  const pay = before.functions.get('pay');
  const target = pay?.targets.get(env);
  if (pay === undefined || target === undefined) throw new Error('no target');
  const targets = new Map(pay.targets).set(env, { ...target, ...change });
  return { ...before, functions: before.functions.with('pay', { ...pay, targets }) };
}

const foreign = { modTime: '2026-04-01 12:00:00', ours, adopted: false };

describe('a change', () => {
  it.each<readonly [string, Partial<TargetState>, object]>([
    [
      'other code of ours',
      { live: ours, liveSince: 7 },
      { live: { fingerprint: ours, since: 7, undo: false }, ended: null },
    ],
    [
      'code that was there before',
      { live: ours, liveSince: null },
      { live: { fingerprint: ours, since: 0 } },
    ],
    [
      'what a person went back to',
      { live: ours, liveSince: 7, undone: { fingerprint: ours, against: null } },
      { live: { fingerprint: ours, undo: true } },
    ],
    [
      'what runs until that is there',
      { live: ours, liveSince: 7, undone: { fingerprint: 'b'.repeat(64), against: null } },
      { live: { fingerprint: ours, undo: false } },
    ],
    ['somebody else’s', { live: null, foreign }, { live: null, ended: 'foreign' }],
    ['nothing any more', { live: null, presence: 'missing' }, { live: null, ended: 'missing' }],
    ['nobody knows what', { live: null }, { live: null, ended: null }],
  ])('to %s is heard of that target alone', (_, change, standing) => {
    expect(changedStandings(stateWith(change), before)).toMatchObject([
      { name: 'pay', standings: [{ env, ...standing }] },
    ]);
  });

  it('of anything else is none, nor is a function that has just been found', () => {
    expect(changedStandings(before, before)).toEqual([]);
    expect(changedStandings(stateWith({}), before)).toEqual([]);
    expect(changedStandings(stateWith({ sent: false }), before)).toEqual([]);
    const found = { ...before, functions: before.functions.without('pay') };
    expect(changedStandings(before, found)).toEqual([]);
  });

  it('of a target that is new to a function is none', () => {
    const pay = before.functions.get('pay');
    if (pay === undefined) throw new Error('no function');
    const fewer = { ...pay, targets: new Map([...pay.targets].slice(1)) };
    const earlier = { ...before, functions: before.functions.with('pay', fewer) };
    expect(changedStandings(before, earlier)).toEqual([]);
  });
});

it('everything that is known of a function is a standing for each of its environments', () => {
  const pay = before.functions.get('pay');
  if (pay === undefined) throw new Error('no function');
  expect(standingsOf(pay).map((each) => each.env)).toEqual(environments);
  expect(standingsOf(pay).every(({ live }) => live !== null)).toBe(true);
});
