/** The functions that the command line narrows a run to, and the parts of it that nothing answers to. */
import { describe, expect, it } from 'vitest';
import {
  isSelected,
  narrowed,
  type Selection,
  shortEnvNames,
  unmatchedEnvs,
  unmatchedOf,
} from '../../src/functions/selection.js';
import { spec } from '../core/make.js';
import { loaded } from '../support/config-folder.js';

const selection = (changes: Partial<Selection>): Selection => ({
  envIds: [],
  only: [],
  names: [],
  ...changes,
});

describe('a function is meant', () => {
  it.each<readonly [string, Partial<Selection>, boolean]>([
    ['by nothing', {}, true],
    ['by its name', { names: ['login', 'pay'] }, true],
    ['by another name', { names: ['login'] }, false],
    ['by a glob', { only: ['log*', 'p?y'] }, true],
    ['by another glob', { only: ['log*'] }, false],
    ['by its name, not by the glob', { names: ['pay'], only: ['log*'] }, false],
    ['by the glob, not by name', { names: ['login'], only: ['*'] }, false],
    ['by both', { names: ['pay'], only: ['*'] }, true],
  ])('%s', (_, chosen, expected) => {
    expect(isSelected({ name: 'pay' }, selection(chosen))).toBe(expected);
  });
});

it('goes to the chosen environments only, in its own order', () => {
  const pay = spec('pay', ['dev', 'test', 'pre']);
  expect(narrowed(pay, selection({}))).toBe(pay);
  expect(narrowed(pay, selection({ envIds: ['pre', 'dev', 'none'] }))).toEqual({
    ...pay,
    envs: ['dev', 'pre'],
  });
});

describe('what nothing answers to', () => {
  const specs = [spec('pay', ['dev']), spec('login', ['dev', 'test'])];
  const config = async () =>
    (await loaded({ envs: ['dev', 'test'], functions: { off: { enabled: false } } })).config;

  it.each<readonly [Partial<Selection>, readonly object[]]>([
    [{}, []],
    [{ names: ['pay'], only: ['log*', 'p*'], envIds: ['dev', 'test'] }, []],
    [{ names: ['pya'] }, [{ kind: 'name', value: 'pya', nearest: 'pay' }]],
    [{ names: ['zzzzzz'] }, [{ kind: 'name', value: 'zzzzzz', nearest: null }]],
    [{ names: ['off'] }, [{ kind: 'disabled', value: 'off', nearest: null }]],
    [{ only: ['logn', 'l*'] }, [{ kind: 'only', value: 'logn', nearest: 'login' }]],
    [{ envIds: ['tset', 'dev'] }, [{ kind: 'env', value: 'tset', nearest: 'test' }]],
    [
      { names: ['pya'], envIds: ['tset'] },
      [
        { kind: 'env', value: 'tset', nearest: 'test' },
        { kind: 'name', value: 'pya', nearest: 'pay' },
      ],
    ],
    // Each part has something, and nothing has all of them.
    [{ names: ['pay'], envIds: ['test'] }, [{ kind: 'together', value: 'pay --env-id test', nearest: null }]],
    [
      { names: ['pay'], only: ['log*'], envIds: ['dev'] },
      [{ kind: 'together', value: 'pay --only log* --env-id dev', nearest: null }],
    ],
    [{ names: ['pay'], only: ['log*'] }, [{ kind: 'together', value: 'pay --only log*', nearest: null }]],
    [{ names: ['pay', 'login'], envIds: ['test'] }, []],
  ])('%j', async (chosen, expected) => {
    expect(unmatchedOf(selection(chosen), await config(), specs)).toEqual(expected);
  });

  it('an environment that no function has is no mistake where it is all that was asked', async () => {
    const only = [spec('pay', ['dev'])];
    expect(unmatchedOf(selection({ envIds: ['test'] }), await config(), only)).toEqual([]);
    expect(unmatchedEnvs(['test'], await config())).toEqual([]);
    const long = (await loaded({ envs: ['gamma-3gewtf9c10f60c76', 'delta-3gewtf9c10f60c76'] })).config;
    expect(unmatchedEnvs(['gama'], long)).toEqual([{ kind: 'env', value: 'gama', nearest: 'gamma' }]);
    // The name itself would be no help.
    const id = 'gamma-3gewtf9c10f60c76';
    expect(unmatchedEnvs(['gamma'], long)).toEqual([{ kind: 'env', value: 'gamma', nearest: id }]);
  });
});

it('an environment is called by the part that people gave it, where that still distinguishes all', () => {
  const short = (...envs: readonly string[]) => [...shortEnvNames(envs)];
  expect(short('dev-3gewtf9c10f60c76', 'test-0123456789')).toEqual([
    ['dev-3gewtf9c10f60c76', 'dev'],
    ['test-0123456789', 'test'],
  ]);
  expect(short('dev-3gewtf9c10f60c76', 'dev-0123456789', 'test-0123456789')).toEqual([
    ['dev-3gewtf9c10f60c76', 'dev-3gewtf9c10f60c76'],
    ['dev-0123456789', 'dev-0123456789'],
    ['test-0123456789', 'test-0123456789'],
  ]);
  expect(short('dev-012345678', 'prod')).toEqual([
    ['dev-012345678', 'dev-012345678'],
    ['prod', 'prod'],
  ]);
});
