/** What came of a call, from what the cloud answered. */
import { describe, expect, it } from 'vitest';
import { comparableOf, compared } from '../../src/answers/compare.js';
import { judge } from '../../src/answers/judge.js';
import type { InvokeOutcome } from '../../src/cloud/cloud.js';
import type { Expectation } from '../../src/model/answer.js';
import type { Failure } from '../../src/model/nouns.js';

const target = { function: 'pay', env: 'dev', live: 'f1', carriesHelper: false };
const dressed = { ...target, carriesHelper: true };
const returned = (result: unknown, logs: readonly string[] = []): InvokeOutcome => ({
  ok: true,
  result,
  logs,
  ms: 3,
});
const failed = (errcode: number | null, message: string, logs: readonly string[] = []): InvokeOutcome => {
  const failure: Failure = {
    ...{
      class: 'unknown',
      origin: 'answer',
      errcode,
      httpStatus: 200,
      message,
      rid: null,
      retryAfterMs: null,
    },
  };
  return { ok: false, failure, logs };
};
const helper = (more: Readonly<Record<string, unknown>> = {}): InvokeOutcome =>
  returned({
    ...{
      $tcbWatch: 1,
      fingerprint: 'f1',
      node: 'v16.13.0',
      ms: 2,
      rss: 1,
      requestId: 'r1',
      logs: [[1, 'warn', 'hm']],
    },
    ...{ moreLogs: 0, result: { ok: true }, resultBytes: 11, error: null, ...more },
  });
const judged = (outcome: InvokeOutcome, expectation: Expectation | null = null, of = target) =>
  judge(of, { name: 'happy', expect: expectation }, outcome, 41);

describe('without proof', () => {
  it('is what the cloud says', () => {
    expect(judged(returned({ ok: true }, ['one', 'two']))).toEqual({
      ...{ function: 'pay', env: 'dev', eventName: 'happy', fingerprint: 'f1', proven: null, ok: true },
      ...{
        result: { ok: true },
        resultBytes: 11,
        error: null,
        moreLogs: 0,
        ms: null,
        callMs: 41,
        node: null,
      },
      ...{ requestId: null, mismatches: [], failure: null },
      logs: [
        { ms: null, level: 'log', text: 'one' },
        { ms: null, level: 'log', text: 'two' },
      ],
    });
  });

  it('takes error and stack apart', () => {
    const stack = ['TypeError: no id', '    at exports.main (/var/user/index.js:3:9)'];
    const answer = judged(failed(-504_002, 'functions execute fail. TypeError: no id', ['before', ...stack]));
    expect(answer.error).toEqual({
      name: 'TypeError',
      message: 'no id',
      code: null,
      stack: stack.join('\n'),
    });
    expect(answer.logs.map(({ text }) => text)).toEqual(['before']);
    expect([answer.ok, answer.failure]).toEqual([false, null]);
  });

  it.each<readonly [string, InvokeOutcome, unknown]>([
    ['null', returned(null), null],
    ['nothing', returned(undefined), null],
    ['a text', returned('x'), 'x'],
  ])('%s', (_, outcome, result) => {
    expect(judged(outcome).result).toBe(result);
  });

  it('cuts what is huge, and counts lines by the million', () => {
    const answer = judged(
      returned(
        'x'.repeat(400_000),
        Array.from({ length: 1_000_000 }, () => 'line'),
      ),
    );
    expect(answer.resultBytes).toBe(400_002);
    expect(JSON.stringify(answer.result).length).toBeLessThan(5000);
    expect([answer.logs.length, answer.moreLogs]).toEqual([200, 999_800]);
  });

  it('a call that never came to the code has the class of its failure', () => {
    const answer = judged(failed(null, 'ECONNRESET'));
    expect([answer.ok, answer.failure, answer.error?.message]).toEqual([false, 'unknown', 'ECONNRESET']);
  });
});

describe('with proof', () => {
  it('is what the helper says', () => {
    const answer = judged(helper(), null, dressed);
    expect(answer).toMatchObject({
      proven: true,
      fingerprint: 'f1',
      ms: 2,
      node: 'v16.13.0',
      requestId: 'r1',
    });
    expect(answer.logs).toEqual([{ ms: 1, level: 'warn', text: 'hm' }]);
  });

  it.each<readonly [string, InvokeOutcome, boolean | null, string | null]>([
    ['an older fingerprint', helper({ fingerprint: 'f0' }), false, 'f0'],
    ['an answer without the helper', returned({ ok: true }), false, null],
    ['the helper’s answer in another form', helper({ ms: 'soon' }), false, null],
    ['code that could not speak', failed(-504_002, 'functions execute fail. exit'), null, null],
    ['a call that took too long', failed(-504_003, 'functions time limit exceeded. x'), null, null],
  ])('%s', (_, outcome, proven, fingerprint) => {
    expect(judged(outcome, null, dressed)).toMatchObject({ proven, fingerprint });
  });
});

describe('what is expected', () => {
  const part = (value: unknown): Expectation => ({ kind: 'result', part: value });
  it.each<readonly [string, unknown, unknown, readonly string[]]>([
    ['nothing of it', {}, { a: 1 }, []],
    ['a part', { a: 1 }, { a: 1, b: 2 }, []],
    ['a part inside', { a: { b: 1 } }, { a: { b: 1, c: 2 } }, []],
    ['another value', { a: 1 }, { a: 2 }, ['/a']],
    ['a missing key', { 'a/b': 1 }, {}, ['/a~1b']],
    ['a list of another length', { a: [1] }, { a: [1, 2] }, ['/a']],
    ['a list', { a: [{ b: 1 }] }, { a: [{ b: 1, c: 1 }] }, []],
    ['a member of a list', { a: [1, 2] }, { a: [1, 3] }, ['/a/1']],
    ['null', null, null, []],
    ['null for an object', { a: 1 }, null, ['']],
  ])('%s', (_, wanted, result, pointers) => {
    const answer = judged(returned(result), part(wanted));
    expect(answer.mismatches.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(answer.ok).toBe(pointers.length === 0);
  });

  const error: Expectation = { kind: 'error', text: 'no id' };
  it.each<readonly [string, InvokeOutcome, boolean]>([
    ['an error with the text', failed(-504_002, 'functions execute fail. TypeError: no id'), true],
    ['another error', failed(-504_002, 'functions execute fail. TypeError: other'), false],
    ['no error', returned({}), false],
  ])('%s', (_, outcome, ok) => {
    expect(judged(outcome, error).ok).toBe(ok);
  });
});

describe('next to the one before', () => {
  const text = (result: unknown, ignore: readonly string[] = []): string =>
    comparableOf(judged(returned(result)), ignore);

  it.each<readonly [string, unknown, unknown, readonly string[], string]>([
    ['the same', { a: 1, b: 2 }, { b: 2, a: 1 }, [], 'same'],
    ['another value', { a: 1 }, { a: 2 }, [], 'different'],
    ['another value that is ignored', { a: 1, t: 1 }, { a: 1, t: 2 }, ['/result/t'], 'same'],
    ['one inside a list', { a: [{ t: 1 }, 2] }, { a: [{ t: 5 }, 2] }, ['/result/a/0/t'], 'same'],
    ['a key with a slash', { 'a/b': 1 }, { 'a/b': 2 }, ['/result/a~1b'], 'same'],
    ['a pointer to nothing', { a: 1 }, { a: 1 }, ['/result/b/c'], 'same'],
  ])('%s', async (_, before, now, ignore, changed) => {
    expect((await compared(text(before, ignore), text(now, ignore))).changed).toBe(changed);
  });

  it('shows what differs', async () => {
    const { diff } = await compared(text({ ok: true, n: 1 }), text({ ok: true, n: 2 }));
    expect(diff).toContain('-    "n": 1');
    expect(diff).toContain('+    "n": 2');
  });

  it('finds an end with two large answers that have nothing in common', async () => {
    const large = (from: number): unknown => Array.from({ length: 20_000 }, (_, index) => index + from);
    const { changed, diff } = await compared(text(large(0)), text(large(1_000_000)));
    expect(changed).toBe('different');
    expect(diff?.length).toBeLessThan(9000);
  });

  it('the first has nothing to stand next to', async () => {
    expect(await compared(null, 'x')).toEqual({ changed: 'first', diff: null });
  });
});
