import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { createTally } from '../../src/sync/tally.js';

const pushed = (name: string, envs: readonly string[]): Fact => ({
  ...{ event: 'pushed', function: name, envs, fingerprint: 'f', requestMs: 1, sinceSaveMs: null },
});
const failed = (name: string, envs: readonly string[]): Fact => ({
  ...{ event: 'push-failed', function: name, envs, class: 'busy', errcode: 1, message: '', hint: '' },
  ...{ rid: null, retryInMs: null, final: false },
});
const live = (sinceSaveMs: number | null): Fact => ({
  ...{
    event: 'live',
    function: 'a',
    env: 'dev',
    fingerprint: 'f',
    sinceSaveMs,
    verified: true,
    cannotRun: null,
  },
});
const pending = (name: string, env: string) => ({ function: name, env, reason: 'refused' });

describe('counts', () => {
  it('targets, each once', () => {
    const tally = createTally();
    for (const fact of [pushed('a', ['dev', 'test']), pushed('a', ['dev']), pushed('b', ['dev'])])
      tally.take(fact);
    const answers = { ok: 0, failed: 0 };
    expect(tally.sum([])).toEqual({ pushed: 3, failed: 0, p50Ms: null, p95Ms: null, answers });
  });

  it('as failed what failed last and is not live', () => {
    const tally = createTally();
    for (const fact of [failed('a', ['dev', 'test']), failed('b', ['dev']), pushed('a', ['dev'])])
      tally.take(fact);
    const all = [pending('a', 'dev'), pending('a', 'test'), pending('b', 'dev'), pending('c', 'dev')];
    expect(tally.sum(all)).toMatchObject({ pushed: 1, failed: 2 });
    expect(tally.sum([pending('a', 'test')])).toMatchObject({ failed: 1 });
    expect(tally.sum([])).toMatchObject({ failed: 0 });
  });

  it('the times from save to live, the latest 10,000 of them', () => {
    const tally = createTally();
    for (const fact of [live(10), live(null), live(30), live(20)]) tally.take(fact);
    expect(tally.sum([])).toMatchObject({ p50Ms: 20, p95Ms: 30 });
    for (let index = 0; index < 10_000; index += 1) tally.take(live(7));
    expect(tally.sum([])).toMatchObject({ p50Ms: 7, p95Ms: 7 });
  });
});

it.each<readonly [readonly number[], number, number]>([
  [[5], 5, 5],
  [[1, 2], 1, 2],
  [[3, 1, 2], 2, 3],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 5, 10],
  [Array.from({ length: 100 }, (_, index) => index + 1), 50, 95],
])('of the times %j half are within %d and 95 of 100 within %d', (times, p50Ms, p95Ms) => {
  const tally = createTally();
  for (const time of times) tally.take(live(time));
  expect(tally.sum([])).toMatchObject({ p50Ms, p95Ms });
});
