import { expect, it } from 'vitest';
import { reduce } from '../../src/core/reduce.js';
import { emptyState, type State, type TargetState } from '../../src/core/state.js';
import { Table } from '../../src/core/table.js';
import { changedStandings } from '../../src/history/standings.js';
import { configured, settings } from '../core/make.js';

/** A function in one environment, of which this is known. */
function stateOf(known: Partial<TargetState>): State {
  const state = reduce(emptyState(settings, 0), configured(0, ['pay'], ['dev']));
  const fn = state.functions.get('pay');
  const target = fn?.targets.get('dev');
  if (fn === undefined || target === undefined) throw new Error('not configured');
  const targets = Table.of([['dev', { ...target, ...known }]]);
  return { ...state, functions: Table.of([['pay', { ...fn, targets }]]) };
}

const ours = { live: 'a', liveSince: 5 } as const;

it.each<readonly [string, Partial<TargetState>, Partial<TargetState>, object | null]>([
  ['ours is found where it was', ours, { ...ours, presence: 'present' }, null],
  ['another content of ours', ours, { live: 'b', liveSince: 9 }, { live: { fingerprint: 'b', since: 9 } }],
  [
    'somebody else’s',
    ours,
    { live: null, foreign: { modTime: '7', ours: 'a', adopted: false } },
    { live: null, ended: 'foreign' },
  ],
  ['gone', { live: null }, { live: null, presence: 'missing' }, { live: null, ended: 'missing' }],
])('%s', (_, before, after, changed) => {
  const found = changedStandings(stateOf(after), stateOf(before)).flatMap(({ standings }) => standings);
  expect(found).toMatchObject(changed === null ? [] : [changed]);
  expect(found).toHaveLength(changed === null ? 0 : 1);
});
