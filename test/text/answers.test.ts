/** Answers to saved events as lines: what is as it should be takes one, what is not says why. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/model/answer.js';
import {
  alikeAnswers,
  answerTable,
  describeEventProblem,
  detailsOfAnswer,
  differencesOfAnswer,
  diffLines,
  eventNotice,
  failureOfAnswer,
  printedLines,
  summaryOfAnswer,
  valueText,
} from '../../src/text/answers.js';
import { answerWords } from '../../src/text/words/answers.js';

const answer = (over: Partial<Answer> = {}): Answer => ({
  ...{ function: 'pay', env: 'dev', eventName: 'happy', fingerprint: 'abcdef012345', proven: true, ok: true },
  ...{ result: { n: 1 }, resultBytes: 7, error: null, logs: [], moreLogs: 0, ms: 41, callMs: 60 },
  ...{ node: null, requestId: null, changed: 'same', diff: null, mismatches: [], ignored: [], outcome: 'o' },
  ...{ failure: null, file: 'events/pay.json', line: 1, places: [] },
  ...over,
});
const error = (over: Partial<NonNullable<Answer['error']>> = {}): NonNullable<Answer['error']> => ({
  ...{ name: 'TypeError', message: 'boom', code: null, stack: null },
  ...over,
});
const log = (text: string) => ({ ms: 1, level: 'log', text });

describe('the summary', () => {
  it.each<readonly [Partial<Answer>, string]>([
    [{}, 'happy · same as before · proven abcdef01 · 41 ms'],
    [
      { changed: 'first', proven: null },
      'happy · nothing to compare with: no earlier answer to this event is kept · 41 ms',
    ],
    [{ changed: 'different', fingerprint: null }, 'happy · changed · 41 ms'],
    [{ eventName: '', ms: null }, '(no name) · same as before · proven abcdef01 · 60 ms'],
    [{ ok: false, error: error() }, 'happy · TypeError: boom · proven abcdef01 · 41 ms'],
    [{ ok: false, error: error({ name: '' }) }, 'happy · boom · proven abcdef01 · 41 ms'],
    [{ error: error() }, 'happy · same as before · proven abcdef01 · 41 ms'],
    [{ proven: false }, 'happy · answered by other code · 41 ms'],
    [{ proven: false, fingerprint: null }, 'happy · answered without proof · 41 ms'],
  ])('%j', (over, expected) => {
    expect(summaryOfAnswer(answer(over), 'en')).toBe(expected);
  });

  it('leaves the name out where the line has it', () => {
    expect(summaryOfAnswer(answer(), 'en', false)).toBe('same as before · proven abcdef01 · 41 ms');
  });
});

describe('why an answer is not right', () => {
  const mismatch = { pointer: '/n', expected: 2, found: 1, absent: false };

  it.each<readonly [string, Partial<Answer>, readonly string[]]>([
    ['it is', {}, []],
    ['another value', { mismatches: [mismatch] }, ['/n: expected 2, got 1']],
    ['as a whole', { mismatches: [{ ...mismatch, pointer: '' }] }, ['result: expected 2, got 1']],
    ['absent', { mismatches: [{ ...mismatch, absent: true }] }, ['/n: expected 2, but it is missing']],
    [
      'it should have failed',
      { mismatches: [{ pointer: '', expected: { $error: 'no' }, found: null, absent: true }] },
      ['expected an error with "no", but it returned'],
    ],
    [
      'it failed otherwise',
      { mismatches: [{ pointer: '', expected: { $error: 'no' }, found: 'TypeError: boom', absent: false }] },
      ['expected an error with "no", but it failed with: TypeError: boom'],
    ],
    [
      'a part that looks like that',
      { mismatches: [{ pointer: '/a', expected: { $error: 'no' }, found: null, absent: true }] },
      ['/a: expected {"$error":"no"}, but it is missing'],
    ],
    [
      'other code, first of all',
      { proven: false, ok: false, error: error() },
      ['answered by other code', 'TypeError: boom'],
    ],
    [
      'what was expected of the error says it',
      { ok: false, error: error(), mismatches: [mismatch] },
      ['/n: expected 2, got 1'],
    ],
  ])('%s', (_, over, expected) => {
    expect(failureOfAnswer(answer(over), 'en')).toEqual(expected);
  });
});

describe('the lines below', () => {
  it.each<readonly [string, Partial<Answer>, readonly string[]]>([
    ['none where it is as before', { logs: [log('x')] }, []],
    ['the first result', { changed: 'first', diff: null }, ['{"n":1}']],
    ['no result where it failed', { changed: 'first', error: error() }, []],
    ['no result where it only changed', { changed: 'different' }, []],
    [
      'the changed lines',
      { changed: 'different', diff: '--- a\n+++ b\n@@ -1 +1 @@\n-1\n+2\n 3' },
      ['-1', '+2'],
    ],
    ['prints only where it is not right', { changed: 'different', logs: [log('x')], moreLogs: 3 }, []],
    [
      'a hint where nothing proves itself',
      { proven: false, fingerprint: null },
      [expect.stringContaining('`"proof": false`')],
    ],
    ['a hint where other code answered', { proven: false }, [expect.stringContaining('An older instance')]],
    [
      'the place, the prints',
      {
        ok: false,
        error: error(),
        places: ['lib/a.js:3:9', 'b.js:1:1'],
        logs: [log('one\ntwo')],
      },
      ['at lib/a.js:3:9', '│ one'],
    ],
    [
      'five prints, and how many more',
      { ok: false, logs: ['1', '2', '3', '4', '5', '6', '7'].map(log), moreLogs: 2 },
      ['│ 1', '│ 2', '│ 3', '│ 4', '│ 5', 'and 4 more lines'],
    ],
    [
      'further reasons',
      {
        ok: false,
        mismatches: [1, 2].map((n) => ({ pointer: `/${n}`, expected: n, found: 0, absent: false })),
      },
      ['/2: expected 2, got 0'],
    ],
  ])('%s', (_, over, expected) => {
    expect(detailsOfAnswer(answer(over), 'en')).toEqual(expected);
  });

  it.each([
    ['en', 'the difference is too large to show'],
    ['zh-CN', '差异过大，无法显示'],
  ] as const)('of a difference without lines say why (%s)', (language, expected) => {
    const changed = answer({ changed: 'different', diff: '--- before\n+++ now\n' });
    expect(detailsOfAnswer(changed, language)).toEqual([expected]);
  });

  it('of a long diff are twenty', () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, index) => `+${index}`).join('\n');
    expect(diffLines(lines(20))).toHaveLength(20);
    expect(diffLines(lines(21))).toEqual([...diffLines(lines(20)), '…']);
  });

  it('of a long diff are what went and what came', () => {
    const run = (sign: string): string[] => Array.from({ length: 30 }, (_, index) => `${sign}${index}`);
    const shown = diffLines([...run('-'), ...run('+')].join('\n'));
    expect(shown).toEqual([...run('-').slice(0, 10), '…', ...run('+').slice(0, 10), '…']);
    expect(diffLines('-1\n…\n+2\n…')).toEqual(['-1', '…', '+2', '…']);
    const mixed = Array.from({ length: 50 }, (_, index) => [`-${index}`, `+${index}`]).flat();
    expect(diffLines(mixed.join('\n'))).toEqual([...mixed.slice(0, 20), '…']);
    // A short run leaves its room to a long one, and exactly so many need no mark.
    const some = ['-0', ...run('+').slice(0, 21)];
    expect(diffLines(some.join('\n'))).toEqual([...some.slice(0, 20), '…']);
    expect(diffLines(some.slice(0, 20).join('\n'))).toEqual(some.slice(0, 20));
  });

  it('of a long value are 200 characters', () => {
    expect(valueText('x'.repeat(198))).toBe(`"${'x'.repeat(198)}"`);
    expect(valueText('x'.repeat(199))).toBe(`"${'x'.repeat(199)}…`);
    expect(valueText(`${'x'.repeat(198)}😀`)).toBe(`"${'x'.repeat(198)}…`);
    expect(valueText(undefined)).toBe('null');
  });
});

describe('a table of one event', () => {
  it('has equal answers on one line, with the slowest time', () => {
    expect(
      answerTable(
        [
          answer({ env: 'dev' }),
          answer({ env: 'test', ms: 80, callMs: 90 }),
          answer({ env: 'prod-1', outcome: 'p', result: 2 }),
        ],
        'en',
      ),
    ).toEqual([
      '✔ dev, test  proven abcdef01 · 80 ms  {',
      '      "n": 1',
      '    }',
      '    differs by environment: result is {"n":1}',
      '✔ prod-1     proven abcdef01 · 41 ms  2',
      '    differs by environment: result is 2',
    ]);
  });

  it('says of what failed where, why, and what was printed', () => {
    const failed = answer({
      ...{ ok: false, proven: false, ms: null, logs: [log('a\nb')] },
      error: error(),
      places: ['index.js:3:9'],
    });
    expect(answerTable([failed], 'en')).toEqual([
      '✖ dev  60 ms  TypeError: boom',
      '    at index.js:3:9',
      '    answered by other code',
      expect.stringMatching(/^ {4}An older instance/),
      expect.stringMatching(/^ {4}│ a/),
    ]);
  });

  it('keeps apart what differs in more than environment and time', () => {
    const groups = alikeAnswers([
      answer(),
      answer({ env: 'test', ms: 1 }),
      answer({ proven: null }),
      answer({ ok: false }),
      answer({ eventName: 'other' }),
      answer({ outcome: 'p' }),
    ]);
    expect(groups.map((group) => group.length)).toEqual([2, 1, 1, 1, 1]);
  });
});

describe('results that differ between environments', () => {
  const differences = (results: readonly unknown[], ignored: readonly string[] = []) => {
    const all = results.map((result) => answer({ result, outcome: JSON.stringify(result), ignored }));
    return all.map((each) => differencesOfAnswer(each, all, 'en').join('\n'));
  };

  it.each<readonly [string, readonly unknown[], readonly string[], readonly string[]]>([
    ['nothing where they are equal', [{ a: 1 }, { a: 1 }], [], ['', '']],
    [
      'the places and what stands there',
      [
        { same: 0, a: { 'x/y': 1 }, list: [1, 2] },
        { same: 0, a: { 'x/y': 2 }, list: [1, 3] },
      ],
      [],
      [
        'differs by environment: /a/x~1y is 1, /list/1 is 2',
        'differs by environment: /a/x~1y is 2, /list/1 is 3',
      ],
    ],
    [
      'what is missing, and what is null',
      [{ a: null }, { b: 1 }],
      [],
      ['differs by environment: /a is null, /b is missing', 'differs by environment: /a is missing, /b is 1'],
    ],
    [
      'nothing that the event ignores',
      [
        { a: 1, t: 1 },
        { a: 1, t: 2 },
      ],
      ['/result/t'],
      ['', ''],
    ],
    [
      'of what the event ignores the rest',
      [
        { a: 1, t: 1 },
        { a: 2, t: 2 },
      ],
      ['/result/t'],
      ['differs by environment: /a is 1', 'differs by environment: /a is 2'],
    ],
    [
      'lists of other lengths as wholes',
      [[1], [1, 2]],
      [],
      ['differs by environment: result is [1]', 'differs by environment: result is [1,2]'],
    ],
    [
      'five places at most',
      [
        [1, 2, 3, 4, 5, 6, 7],
        [2, 3, 4, 5, 6, 7, 8],
      ],
      [],
      [1, 2].map(
        (n) => `differs by environment: ${[0, 1, 2, 3, 4].map((at) => `/${at} is ${at + n}`).join(', ')}, …`,
      ),
    ],
    [
      'no names that objects have anyway',
      [{}, { a: 1 }],
      [],
      ['differs by environment: /a is missing', 'differs by environment: /a is 1'],
    ],
  ])('%s', (_, results, ignored, expected) => {
    expect(differences(results, ignored)).toEqual(expected);
  });

  it('are said of those that returned alone', () => {
    const threw = answer({ ok: false, error: error(), result: null, outcome: 'threw' });
    const all = [threw, answer(), answer({ result: { n: 2 }, outcome: 'p' })];
    expect(all.map((each) => differencesOfAnswer(each, all, 'zh-CN'))).toEqual([
      [],
      ['各环境不同：/n 为 1'],
      ['各环境不同：/n 为 2'],
    ]);
    expect(differencesOfAnswer(answer(), [threw, answer()], 'en')).toEqual([]);
  });

  it('stand below the line of any answer', () => {
    const known = answer({ result: { n: 2 }, outcome: 'p' });
    expect(detailsOfAnswer(known, 'en', [known, answer()])).toEqual(['differs by environment: /n is 2']);
    const other = answer({ changed: 'first', result: { n: 2 }, outcome: 'p' });
    expect(detailsOfAnswer(other, 'en', [other, answer()])).toEqual([
      'differs by environment: /n is 2',
      '{"n":2}',
    ]);
  });
});

it('a problem of an event is of its function', () => {
  const problem = { function: 'pay', file: 'events/pay.json', at: { line: 3, column: 5 } } as const;
  expect(eventNotice({ ...problem, fault: { kind: 'syntax' } }, 'en')).toMatchObject({
    ...{ function: 'pay', place: 'events/pay.json:3:5', detail: 'events/pay.json:3:5: This is not JSON.' },
  });
});

it('a problem of an event begins with its place, where it has one', () => {
  const problem = { function: 'pay', file: 'events/pay.json', at: { line: 3, column: 5 } } as const;
  const detail = (at: typeof problem.at | null, fault: Parameters<typeof describeEventProblem>[0]['fault']) =>
    describeEventProblem({ ...problem, at, fault }, 'en').detail;
  expect(detail(problem.at, { kind: 'no-event' })).toBe('events/pay.json:3:5: This is no event.');
  expect(detail(null, { kind: 'no-event' })).toBe('events/pay.json: This is no event.');
  expect(detail(null, { kind: 'no-file', places: ['a'] })).toBe('There are no saved events for pay.');
});

it.each([
  [[], 'The file has no events.', '文件中没有事件。'],
  [['', 'happy'], 'The file has (no name), "happy".', '文件中的事件：（未命名）、"happy"。'],
])('an event that is not there: the file has %j', (known, en, zh) => {
  const fault = { kind: 'absent', name: 'bad', suggestion: null, known } as const;
  const problem = { function: 'pay', file: 'events/pay.json', at: null, fault };
  expect(describeEventProblem(problem, 'en').hint).toBe(en);
  expect(describeEventProblem(problem, 'zh-CN').hint).toBe(zh);
  expect(answerWords.en.noEvent('pay', 'bad', known)).toBe(`pay has no saved event "bad". ${en}`);
});

it('one more line is one', () => {
  expect([1, 2].map(answerWords.en.moreLines)).toEqual(['and 1 more line', 'and 2 more lines']);
});

it('what was printed is shown without the frames of Node itself, and not at all where nothing else is left', () => {
  const printed = (...texts: readonly string[]) => printedLines(answer({ logs: texts.map(log) }));
  const frames =
    '    at Module._compile (node:internal/modules/cjs/loader:1554:14)\n    at node:internal/main:1:1';
  expect(printed('one', '', frames, `Error: no\n    at main (/var/user/index.js:3:9)\n${frames}`)).toEqual([
    'one',
    '',
    'Error: no\n    at main (/var/user/index.js:3:9)',
  ]);
});
