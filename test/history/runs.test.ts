/** Which content ran where, and where a step back goes. */
import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/history/model.js';
import { keptAlways, previousOf, type Standing, stepsOf, withStanding } from '../../src/history/runs.js';

const live = (fingerprint: string, since: number, undo = false): Standing => ({
  env: 'dev',
  live: { fingerprint, since, undo },
  ended: null,
});
const unknown: Standing = { env: 'dev', live: null, ended: null };
const foreign: Standing = { env: 'dev', live: null, ended: 'foreign' };

/** Looks at `dev`, a second apart. */
function runsAfter(...standings: readonly Standing[]): readonly Run[] {
  let runs: readonly Run[] = [];
  for (const [at, standing] of standings.entries()) runs = withStanding(runs, standing, at * 1000);
  return runs;
}

describe('a run', () => {
  it('lasts until something else is known to run', () => {
    const runs = runsAfter(live('a', 0), unknown, live('a', 2000), live('b', 3000));
    expect(runs).toEqual([
      { env: 'dev', fingerprint: 'a', from: 0, to: 3000, ended: 'replaced', undo: false },
      { env: 'dev', fingerprint: 'b', from: 3000, to: null, ended: null, undo: false },
    ]);
  });

  it('is ended by somebody else, and what follows is another one', () => {
    const runs = runsAfter(live('a', 0), foreign, foreign, live('a', 3000));
    expect(runs.map(({ fingerprint, to, ended }) => `${fingerprint} ${to} ${ended}`)).toEqual([
      'a 1000 foreign',
      'a null null',
    ]);
  });

  it('is the same list where nothing is new', () => {
    const runs = runsAfter(live('a', 0));
    expect(withStanding(runs, live('a', 0), 5000)).toBe(runs);
    expect(withStanding(runs, unknown, 5000)).toBe(runs);
  });

  it('of other environments is no business of this one', () => {
    const runs = runsAfter(live('a', 0));
    const both = withStanding(runs, { ...live('b', 500), env: 'test' }, 1000);
    expect(both.map(({ env, to }) => `${env} ${to}`)).toEqual(['dev null', 'test null']);
  });

  it('is forgotten when 200 newer ones are there', () => {
    const runs = runsAfter(...Array.from({ length: 250 }, (_, at) => live(`f${at}`, at * 1000)));
    expect(runs).toHaveLength(200);
    expect(runs[0]?.fingerprint).toBe('f50');
  });
});

describe('a step back', () => {
  it.each<readonly [string, readonly Standing[], readonly string[], string | null]>([
    ['from the only one leads nowhere', [live('a', 0)], ['a'], null],
    ['leads to the one before', [live('a', 0), live('b', 1)], ['a', 'b'], 'a'],
    [
      'leads on from what was gone back to',
      [live('a', 0), live('b', 1), live('c', 2), live('b', 3, true)],
      ['a', 'b'],
      'a',
    ],
    [
      'leads to what was gone back to, from what came after',
      [live('a', 0), live('b', 1), live('a', 2, true), live('c', 3)],
      ['a', 'c'],
      'a',
    ],
    [
      'leads over an edit that was undone by hand',
      [live('a', 0), live('b', 1), live('a', 2)],
      ['a', 'b', 'a'],
      'b',
    ],
  ])('%s', (_, standings, steps, previous) => {
    const runs = runsAfter(...standings);
    expect(stepsOf(runs, 'dev')).toEqual(steps);
    expect(previousOf(runs, 'dev', runs.at(-1)?.fingerprint ?? null)).toBe(previous);
  });

  it('from somebody else’s code leads to ours', () => {
    expect(previousOf(runsAfter(live('a', 0), live('b', 1), foreign), 'dev', null)).toBe('b');
  });

  it('from what was not noted leads to the last that was', () => {
    expect(previousOf(runsAfter(live('a', 0), live('b', 1)), 'dev', 'c')).toBe('b');
  });

  it('in another environment is another', () => {
    expect(previousOf(runsAfter(live('a', 0)), 'test', null)).toBeNull();
  });
});

it('what runs and what ran before is kept, by time and by steps', () => {
  const runs = runsAfter(live('a', 0), live('b', 1), live('c', 2), live('b', 3, true));
  expect([...keptAlways(runs)].sort()).toEqual(['a', 'b', 'c']);
});
