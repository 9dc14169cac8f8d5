/** When holds are reported: at the beginning, when a reason changes, and when anything that concerns all of them does. */
import { describe, expect, it } from 'vitest';
import type { EnvState, State } from '../../src/core/state.js';
import { Table } from '../../src/core/table.js';
import type { ConfigProblem } from '../../src/model/config-problem.js';
import { findingsSummary, findingText } from '../../src/text/findings.js';
import { createHeldFacts } from '../../src/text/held-facts.js';
import { explainConfigProblem } from '../../src/text/words/config.js';
import { failure } from '../core/make.js';
import { environments, now, stateOf } from '../support/stage.js';

const reader = { language: 'en', place: 'lines' } as const;
const after: State = {
  ...stateOf(environments, [{ name: 'pay', stands: ['queued', 'queued', 'queued'] }]),
  paused: true,
};
const why = failure({ class: 'quota' });

/** The rest of an environment's state before. */
const environmentBefore: Readonly<Record<string, Partial<EnvState>>> = {
  protection: { spec: { id: 'other', protected: true } },
  'first list': { contact: 'unlisted' },
  wait: { askedSince: 1 },
  'failed list': { listFailure: why },
  'next list': { listRetryAt: 1 },
  refusal: { blocked: why },
  trouble: { apart: { by: null, failures: 0, retryAt: null, failure: why } },
};

/** The state before, one thing apart. */
const before: Readonly<Record<string, State>> = {
  'the token’s status': { ...after, token: { ...after.token, status: 'suspect' } },
  'the token’s failure': { ...after, token: { ...after.token, failure: why } },
  'the token’s problem': { ...after, token: { ...after.token, problem: 'none' } },
  ...Object.fromEntries(
    Object.entries(environmentBefore).map(([what, was]) => [
      `an environment’s ${what}`,
      { ...after, envs: new Map([...after.envs].map(([id, env]) => [id, { ...env, ...was }])) },
    ]),
  ),
  'an environment that was not there': { ...after, envs: new Map([...after.envs].slice(1)) },
  'what git has begun': { ...after, gitOperations: new Map([['/project', 'rebase']]) },
  'the network': { ...after, offline: { since: now, detail: 'x', probing: null, probeAt: now } },
  'the quota': { ...after, quota: { since: now, until: now, failure: why } },
  'the configuration’s failure': { ...after, configFailure: why },
  'the pause': { ...after, paused: false },
  git: { ...after, git: new Map([['/project', now]]) },
  'the settings': { ...after, settings: { ...after.settings } },
};

describe('a hold of a function that did not change', () => {
  it.each(Object.entries(before))('is reported once %s has changed', (_, earlier) => {
    expect(createHeldFacts()(after, earlier, reader)).toMatchObject([
      { function: 'pay', env: null, reason: 'paused', detail: 'Uploads are paused.' },
    ]);
  });

  it('is not reported where an environment’s list is being read', () => {
    const listing = {
      page: 7,
      startedAt: now,
      searchKey: null,
      rows: new Map(),
      offset: 0,
      pages: 0,
    };
    const reading = new Map([...after.envs].map(([id, env]) => [id, { ...env, listing, listedAt: now }]));
    expect(createHeldFacts()({ ...after, envs: reading }, after, reader)).toEqual([]);
  });

  it('is reported when it has lasted for so long that it is worth it, though nothing else happens', () => {
    const report = createHeldFacts();
    const quiet = stateOf(environments, [{ name: 'pay', stands: ['queued', 'queued', 'queued'] }]);
    const changed = quiet.functions.map((fn) => ({ ...fn, settlingSince: now }));
    const settling: State = { ...quiet, functions: changed };
    const { briefMs } = settling.settings.waits;
    const later = (ms: number): State => ({ ...settling, now: now + ms });
    expect(report(settling, quiet, reader)).toEqual([]);
    expect(report(later(briefMs - 1), settling, reader)).toEqual([]);
    expect(report(later(briefMs), later(briefMs - 1), reader)).toMatchObject([{ reason: 'settling' }]);
    expect(report(later(briefMs + 1), later(briefMs), reader)).toEqual([]);
  });

  it('is not reported where nothing has changed, and not twice', () => {
    expect(createHeldFacts()(after, after, reader)).toEqual([]);
    const report = createHeldFacts();
    const paused = { ...after, paused: false };
    expect(report(after, paused, reader)).toHaveLength(1);
    expect(report(after, paused, reader)).toEqual([]);
    expect(report(paused, after, reader)).toEqual([]);
    expect(report(after, paused, reader)).toHaveLength(1);
  });
});

it('a hold of a function that went away and came back is reported again', () => {
  const report = createHeldFacts();
  const nobody: State = { ...after, functions: Table.of([]) };
  expect(report(after, nobody, reader)).toHaveLength(1);
  expect(report(nobody, after, reader)).toEqual([]);
  expect(report(after, nobody, reader)).toHaveLength(1);
});

describe('findings', () => {
  const style = { language: 'en', color: false, ascii: false, columns: null } as const;
  const wrong = { kind: 'clock-wrong', function: null, env: null, skewMs: 9000 } as const;
  const bad = { kind: 'unreachable', function: null, env: null, detail: 'ECONNREFUSED' } as const;

  it('are counted as errors and hints', () => {
    expect(findingsSummary([], 'en')).toBe('All is well.');
    expect(findingsSummary([wrong, bad, bad], 'en')).toBe('2 errors, 1 hint.');
    expect(findingsSummary([wrong], 'zh-CN')).toBe('0 个错误，1 个提示。');
  });

  it('have colours only where they are wanted', () => {
    expect(findingText(bad, style)).toMatch(/^✖ network/);
    expect(findingText(bad, { ...style, color: true })).toMatch(/^\u001b\[31m✖\u001b\[39m network/);
    const unknown = { kind: 'clock-unknown', function: null, env: null } as const;
    expect(findingText(unknown, { ...style, color: true })).toMatch(/^· clock/);
  });
});

it('an agreement is missing, or was given to something else', () => {
  const about = (changed: boolean): string => {
    const risk = { kind: 'command', shown: 'sh x' } as const;
    const problem = { kind: 'untrusted', path: 'hooks.afterLive', at: null, risk, changed };
    return explainConfigProblem(problem as ConfigProblem<'untrusted'>, 'en').detail;
  };
  expect(about(false)).toMatch(/^hooks\.afterLive runs a command in your shell: sh x\. You have not agreed/);
  expect(about(true)).toMatch(/has changed since you agreed\.$/);
});
