/** The judgement of a call, from the cloud's answer. */
import { describe, expect, it } from 'vitest';
import { comparableOf, compared } from '../../src/answers/compare.js';
import { judge } from '../../src/answers/judge.js';
import type { InvokeOutcome } from '../../src/cloud/cloud.js';
import type { Expectation } from '../../src/model/answer.js';
import type { Failure } from '../../src/model/nouns.js';

const f0 = 'f0'.repeat(32);
const f1 = 'f1'.repeat(32);
const target = { function: 'pay', env: 'dev', live: f1, carriesHelper: false, isLatest: true };
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
      fingerprint: f1,
      node: 'v16.13.0',
      ms: 2,
      rss: 1,
      requestId: 'r1',
      logs: [[1, 'warn', 'hm']],
    },
    ...{ moreLogs: 0, result: { ok: true }, resultBytes: 11, error: null, ...more },
  });
const judged = (
  outcome: InvokeOutcome,
  expectation: Expectation | null = null,
  of: Parameters<typeof judge>[0] = target,
) => judge(of, { name: 'happy', expect: expectation }, outcome, 41);

describe('without proof', () => {
  it('is what the cloud says', () => {
    expect(judged(returned({ ok: true }, ['one', 'two']))).toEqual({
      ...{ function: 'pay', env: 'dev', eventName: 'happy', fingerprint: f1, proven: null, ok: true },
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

  it('takes the stack of a module that is not found from what was printed, though its message has several lines', () => {
    const message = "Error: Cannot find module './prices'\nRequire stack:\n- /var/user/index.js";
    const stack = [
      ...message.split('\n'),
      '    at Function._load (node:internal/modules/cjs/loader:1048:15)',
    ];
    const frame = '    at Object.<anonymous> (/var/user/index.js:1:21)';
    const text = `functions execute fail. ${message}`;
    const answer = judged(failed(-504_002, text, ['before', ...stack, frame]));
    expect(answer.error).toMatchObject({ name: 'Error', stack: [...stack, frame].join('\n') });
    expect(answer.logs.map(({ text: line }) => line)).toEqual(['before']);
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

  it('cuts a line that is huge, and does not drop it', () => {
    const [line] = judged(returned(1, ['x'.repeat(100_000)])).logs;
    expect(line?.text).toBe(`${'x'.repeat(8192)}…`);
  });

  it('an answer in the form of the helper’s is a result like any other', () => {
    const answer = judged(helper());
    expect(answer).toMatchObject({ proven: null, result: { $tcbWatch: 1 } });
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
      fingerprint: f1,
      ms: 2,
      node: 'v16.13.0',
      requestId: 'r1',
    });
    expect(answer.logs).toEqual([{ ms: 1, level: 'warn', text: 'hm' }]);
  });

  it.each<readonly [string, InvokeOutcome, boolean | null, string | null]>([
    ['an older fingerprint', helper({ fingerprint: f0 }), false, f0],
    ['an answer without the helper', returned({ ok: true }), false, null],
    ['the helper’s answer in another form', helper({ ms: 'soon' }), false, null],
    ['code that could not speak', failed(-504_002, 'functions execute fail. exit'), null, null],
    ['a call that took too long', failed(-504_003, 'functions time limit exceeded. x'), null, null],
  ])('%s', (_, outcome, proven, fingerprint) => {
    expect(judged(outcome, null, dressed)).toMatchObject({ proven, fingerprint });
  });
});

it('bounds what says that it is the helper', () => {
  const answer = judged(
    helper({
      result: 'x'.repeat(400_000),
      logs: Array.from({ length: 5000 }, () => [1, 'log'.repeat(100), 'x'.repeat(9000)]),
      moreLogs: 3,
      error: { name: 'n'.repeat(9000), message: 'm'.repeat(90_000), stack: 's'.repeat(90_000), code: null },
    }),
    null,
    dressed,
  );
  expect(answer.logs.length).toBeLessThan(10);
  expect(answer.logs.length + answer.moreLogs).toBe(5003);
  expect(JSON.stringify(answer).length).toBeLessThan(100_000);
});

describe('bounds, to the byte', () => {
  const kilobytes = 1024;

  it('a result of 256 KiB is kept, and of a larger one the first four', () => {
    const whole = 'x'.repeat(256 * kilobytes - 2);
    expect(judged(returned(whole))).toMatchObject({ result: whole, resultBytes: 256 * kilobytes });
    const large = judged(returned(`${whole}x`));
    expect(large.resultBytes).toBe(256 * kilobytes + 1);
    expect(large.result).toEqual({ $tcbWatch: 'cut', head: `"${'x'.repeat(4 * kilobytes - 1)}` });
  });

  it.each<readonly [string, readonly string[], number, number]>([
    ['two hundred lines', Array.from({ length: 200 }, () => 'x'), 200, 0],
    ['one line more', Array.from({ length: 201 }, () => 'x'), 200, 1],
    ['64 KiB of lines', Array.from({ length: 8 }, () => 'x'.repeat(8192)), 8, 0],
    ['one character more', [...Array.from({ length: 8 }, () => 'x'.repeat(8192)), 'x'], 8, 1],
  ])('of what was printed: %s', (_, lines, kept, more) => {
    const { logs, moreLogs } = judged(returned(1, lines));
    expect([logs.length, moreLogs]).toEqual([kept, more]);
    expect(logs.every(({ text }) => text.length <= 8192)).toBe(true);
  });

  it('of the helper’s words: a level, and each part of an error', () => {
    const long = 'x'.repeat(9000);
    const error = { name: long, message: long, stack: long, code: 7 };
    const answer = judged(helper({ logs: [[1, long, 'x']], error }), null, dressed);
    expect(answer.logs[0]?.level).toBe(long.slice(0, 20));
    const [name, message, stack] = [200, 4000, 8000].map((length) => long.slice(0, length));
    expect(answer.error).toEqual({ name, message, stack, code: 7 });
    for (const more of [{ node: 'x'.repeat(41) }, { requestId: 'x'.repeat(201) }, { fingerprint: `${f1}0` }])
      expect(judged(helper(more), null, dressed).proven).toBe(false);
    for (const more of [{ node: 'x'.repeat(40) }, { requestId: 'x'.repeat(200) }])
      expect(judged(helper(more), null, dressed).proven).toBe(true);
  });

  it('twenty mismatches', () => {
    const numbers = Array.from({ length: 21 }, (_, index) => index);
    const expectation: Expectation = { kind: 'result', part: numbers };
    const { mismatches } = judged(returned(numbers.map((each) => -1 - each)), expectation);
    expect(mismatches.map(({ pointer }) => pointer)).toEqual(numbers.slice(0, 20).map((each) => `/${each}`));
  });
});

describe('an error', () => {
  it.each<readonly [string, InvokeOutcome, unknown, readonly string[]]>([
    [
      'that the code threw, without a name',
      failed(-504_002, 'functions execute fail. went wrong', ['one']),
      { name: '', message: 'went wrong', code: null, stack: null },
      ['one'],
    ],
    [
      'of time that was up',
      failed(-504_003, 'function time limit exceeded. Error: late'),
      { name: 'Error', message: 'late', code: null, stack: null },
      [],
    ],
    [
      'of the cloud keeps its code and its words, whatever was printed',
      failed(-501_000, 'functions gone. Error: x', ['functions gone. Error: x', '    at main (a.js:1:1)']),
      { name: '', message: 'functions gone. Error: x', code: -501_000, stack: null },
      ['functions gone. Error: x', '    at main (a.js:1:1)'],
    ],
    [
      'whose text was printed some lines before its frames',
      failed(-504_002, 'functions execute fail. Error: x', ['Error: x', 'then', '    at home']),
      { name: 'Error', message: 'x', code: null, stack: 'Error: x\nthen\n    at home' },
      [],
    ],
    [
      'whose text was printed twice: the last has the stack',
      failed(-504_002, 'functions execute fail. Error: x', ['Error: x', 'Error: x', '  at a (b.js:1:1)']),
      { name: 'Error', message: 'x', code: null, stack: 'Error: x\n  at a (b.js:1:1)' },
      ['Error: x'],
    ],
    [
      'whose text alone was printed',
      failed(-504_002, 'functions execute fail. Error: x', ['    at home', 'Error: x']),
      { name: 'Error', message: 'x', code: null, stack: null },
      ['    at home', 'Error: x'],
    ],
  ])('%s', (_, outcome, error, lines) => {
    const answer = judged(outcome);
    expect(answer.error).toEqual(error);
    expect(answer.logs.map(({ text }) => text)).toEqual(lines);
    expect(answer).toMatchObject({ ok: false, result: null, resultBytes: 0 });
  });

  it.each<readonly [number, string | null]>([
    [-504_002, null],
    [-504_003, null],
    [-501_000, 'unknown'],
  ])('with %i has come to the code, or not', (errcode, failureClass) => {
    expect(judged(failed(errcode, 'x')).failure).toBe(failureClass);
  });

  it('proves nothing of what nobody knows to be live', () => {
    const unknown = { ...dressed, live: null };
    expect(judged(helper(), null, unknown)).toMatchObject({ proven: null, fingerprint: f1 });
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

  it.each<readonly [string, InvokeOutcome, Expectation, readonly unknown[]]>([
    [
      'another value',
      returned({ a: 2 }),
      part({ a: 1 }),
      [{ pointer: '/a', expected: 1, found: 2, absent: false }],
    ],
    [
      'a missing key',
      returned({}),
      part({ '~': 1 }),
      [{ pointer: '/~0', expected: 1, found: null, absent: true }],
    ],
    ['no result', returned(undefined), part(1), [{ pointer: '', expected: 1, found: null, absent: false }]],
    ['an error, where a result was expected', failed(-504_002, 'x'), part(1), []],
    ['a call that never came to the code', failed(null, 'x'), part(1), []],
    [
      'no error',
      returned(1),
      { kind: 'error', text: 'no' },
      [{ pointer: '', expected: { $error: 'no' }, found: null, absent: true }],
    ],
    [
      'another error',
      failed(-504_002, 'functions execute fail. Error: x'),
      { kind: 'error', text: 'no' },
      [{ pointer: '', expected: { $error: 'no' }, found: 'Error: x', absent: false }],
    ],
  ])('is shown next to what came: %s', (_, outcome, expectation, mismatches) => {
    const answer = judged(outcome, expectation);
    expect(answer.mismatches).toEqual(mismatches);
    expect(answer.ok).toBe(false);
  });

  const error: Expectation = { kind: 'error', text: 'no id' };
  it.each<readonly [string, InvokeOutcome, boolean]>([
    ['an error with the text', failed(-504_002, 'functions execute fail. TypeError: no id'), true],
    ['another error', failed(-504_002, 'functions execute fail. TypeError: other'), false],
    ['no error', returned({}), false],
    ['a call that never came to the code', failed(null, 'no id in the certificate'), false],
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
    ['a key with a tilde', { 'a~1b': 1 }, { 'a~1b': 2 }, ['/result/a~01b'], 'same'],
    ['a member of a list', { a: [1, 2, 3] }, { a: [1, 5, 3] }, ['/result/a/1'], 'same'],
    ['a member of a list, and another', { a: [1, 2, 3] }, { a: [1, 5, 4] }, ['/result/a/1'], 'different'],
    [
      'a key inside one that stays',
      { a: { t: 1, b: 1 } },
      { a: { t: 2, b: 2 } },
      ['/result/a/t'],
      'different',
    ],
    ['a name for a list', { a: [1] }, { a: [2] }, ['/result/a/b'], 'different'],
    ['the order of a list', [1, 2], [2, 1], [], 'different'],
    ['the order of keys inside a list', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }], [], 'same'],
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

  it('two errors are compared by their texts, and an error is no result', async () => {
    const thrown = (message: string, stack = ''): string =>
      comparableOf(judged(failed(-504_002, `functions execute fail. Error: ${message}`, [stack])), []);
    expect((await compared(thrown('x', 'one'), thrown('x', 'two'))).changed).toBe('same');
    expect((await compared(thrown('x'), thrown('y'))).changed).toBe('different');
    expect((await compared(thrown('x'), text('Error: x'))).changed).toBe('different');
  });

  it('of a long difference keeps what went and what came, in whole lines', async () => {
    const page = (letter: string, n: number): string => text({ html: letter.repeat(9000), n });
    const long = (await compared(page('a', 1), page('b', 2))).diff ?? '';
    expect(long.length).toBeLessThan(8 * 1024);
    expect(long).toMatch(/\n- +"html": "a+…\n-.*1\n\+ +"html": "b+…\n\+.*2\n/);
    // Where they begin alike the difference is seen, too, in what is kept and on the screen.
    const end = (last: string): string => text({ html: `${'a'.repeat(9000)}${last}${'c'.repeat(900)}` });
    const late = (await compared(end('one'), end('two'))).diff ?? '';
    expect(late).toMatch(/\n- +"html": "a+…a{16}onec+…\n\+ +"html": "a+…a{16}twoc+…\n/);
    const list = (letter: string): string =>
      text(Array.from({ length: 80 }, (_, n) => `${letter}-${n}-${'x'.repeat(45)}`));
    const many = (await compared(list('a'), list('b'))).diff ?? '';
    expect(many.length).toBeLessThan(8 * 1024);
    expect(many).toMatch(/a-63-x+",\n…\n\+ +"b-0-x+",(.*\n)+.*b-63-x+",\n…\n/);
    const other = (every: string): string =>
      text(Array.from({ length: 120 }, (_, n) => (n % 2 === 0 ? n : every.repeat(600))));
    const mixed = (await compared(other('a'), other('b'))).diff ?? '';
    expect(mixed.length).toBeLessThanOrEqual(8 * 1024 + 1);
    expect(mixed).toMatch(/\n- +"a+…\n\+ +"b+…\n/);
    expect(mixed.endsWith('\n…')).toBe(true);
  });

  it('shows three lines around, and nothing of what is too much to compare', async () => {
    const lines = (middle: string): string => ['1', '2', '3', '4', middle, '6', '7', '8', '9'].join('\n');
    const { diff } = await compared(lines('5'), lines('x'));
    const hunk = ['@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+x', ' 6', ' 7', ' 8', ''];
    expect(diff?.split('\n').slice(2)).toEqual(hunk);
    expect(
      diff
        ?.split('\n')
        .slice(0, 2)
        .map((line) => line.trim()),
    ).toEqual(['--- before', '+++ now']);
    const huge = (letter: string): string => `${letter}\n`.repeat(3000);
    expect((await compared(huge('x'), huge('y'))).diff).toBe('--- before\n+++ now\n');
  });

  it('the first has nothing to stand next to', async () => {
    expect(await compared(null, 'x')).toEqual({ changed: 'first', diff: null });
  });
});
