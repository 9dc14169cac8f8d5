/** The exit code of `doctor`, by the findings that are bad and by what counts more. */
import { describe, expect, it } from 'vitest';
import type { CodeFault } from '../../src/model/code-fault.js';
import { type Finding, verdictOf, worstCode } from '../../src/model/finding.js';
import type { FailureClass } from '../../src/model/nouns.js';
import { failure } from '../core/make.js';

const whom = { function: null, env: null } as const;
const failed = (kind: 'list-failed' | 'cloud-refused' | 'request-unknown', of: FailureClass): Finding => ({
  kind,
  ...whom,
  failure: failure({ class: of }),
});
const faulty = (fault: CodeFault): Finding => ({ kind: 'code-fault', ...whom, fault });
const certain = { path: 'index.js', line: 1, column: 1, certain: true };
const guessed = { ...certain, certain: false };
const absent = { kind: 'missing-file', named: './a', where: 'nowhere' } as const;

describe('what is bad has the exit code of whoever has to mend it', () => {
  it.each<readonly [code: number, finding: Finding]>([
    [
      3,
      {
        kind: 'config-problem',
        ...whom,
        problem: { kind: 'intruder', path: '$', at: null, file: '', why: 'link' },
      },
    ],
    [6, { kind: 'no-functions', ...whom, roots: [] }],
    [6, { kind: 'function-problem', ...whom, problem: { reason: 'untrusted' } }],
    [6, { kind: 'esbuild-absent', ...whom }],
    [6, { kind: 'state-unwritable', ...whom, code: 'EACCES' }],
    [5, { kind: 'unreachable', ...whom, detail: '' }],
    [2, { kind: 'token-missing', ...whom, problem: '' }],
    [2, { kind: 'token-rejected', ...whom, failure: failure({ class: 'token' }) }],
    [2, { kind: 'address-refused', ...whom, failure: failure({ class: 'config' }) }],
    [6, { kind: 'store-uncopied', ...whom, store: '', code: 'EACCES' }],
    [4, { kind: 'env-missing', ...whom, known: [] }],
    [5, { kind: 'env-abnormal', ...whom, status: 'ISOLATED' }],
    [4, { kind: 'functions-missing', ...whom, names: ['pay'] }],
    [2, { kind: 'quota-gone', ...whom, api: '/componenttcb/getscflist', used: 1, limit: 1 }],
    [6, faulty({ kind: 'syntax-error', ...certain, message: '' })],
  ])('%i: %j', (code, finding) => {
    expect(verdictOf(finding).level).toBe('bad');
    expect(worstCode([finding])).toBe(code);
  });

  it.each<readonly [FailureClass, number]>([
    ['token', 2],
    ['config', 2],
    ['quota', 2],
    ['env', 4],
    ['busy', 5],
    ['transient', 5],
    ['function', 5],
    ['missing', 5],
    ['unknown', 5],
  ])('a request that failed by %s: %i', (of, code) => {
    for (const kind of ['list-failed', 'cloud-refused', 'request-unknown'] as const)
      expect(worstCode([failed(kind, of)])).toBe(code);
  });
});

describe('a fault in code', () => {
  it('is bad where it is certain, and a missing `main` never', () => {
    const found: readonly CodeFault[] = [
      { ...absent, ...certain },
      { ...absent, ...guessed },
      { kind: 'no-main', ...certain },
      { kind: 'no-main', ...guessed },
    ];
    const levels = found.map((fault) => verdictOf(faulty(fault)).level);
    expect(levels).toEqual(['bad', 'warning', 'warning', 'warning']);
  });

  it('is named after where it was looked for', () => {
    const found: readonly CodeFault[] = [
      { kind: 'conflict-marker', ...certain },
      { kind: 'wrong-case', ...certain, named: './A', actual: 'a.js' },
      { kind: 'broken-manifest', ...certain },
      { kind: 'other-entry', ...certain },
    ];
    expect(found.map((fault) => verdictOf(faulty(fault)).name)).toEqual([
      ...['syntax', 'requires', 'dependencies', 'handler'],
    ]);
  });
});

it('nothing bad is 0, a failure that is only told of included', () => {
  const fine: readonly Finding[] = [
    { kind: 'config-ok', ...whom, file: null, functions: 1, envs: 1 },
    { kind: 'permissions', ...whom },
    { kind: 'cloud-unasked', ...whom },
    { kind: 'quota-unknown', ...whom, failure: failure({ class: 'token' }) },
    faulty({ kind: 'no-main', ...certain }),
  ];
  expect(worstCode(fine)).toBe(0);
  expect(worstCode([])).toBe(0);
});

it('of several the first of 3, 2, 4, 6, 5 counts, in whatever order they were found', () => {
  const inOrder: readonly Finding[] = [
    {
      kind: 'config-problem',
      ...whom,
      problem: { kind: 'intruder', path: '$', at: null, file: '', why: 'link' },
    },
    { kind: 'token-missing', ...whom, problem: '' },
    { kind: 'env-missing', ...whom, known: [] },
    { kind: 'no-functions', ...whom, roots: [] },
    { kind: 'unreachable', ...whom, detail: '' },
  ];
  const codes = inOrder.map((_, from) => worstCode(inOrder.slice(from)));
  expect(codes).toEqual([3, 2, 4, 6, 5]);
  expect(inOrder.map((_, from) => worstCode(inOrder.slice(from).reverse()))).toEqual(codes);
});
