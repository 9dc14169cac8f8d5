import { expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { annotationAt, annotationOf, withoutCommands } from '../../src/text/annotations.js';

const failed = (retryInMs: number | null): Fact => ({
  ...{
    event: 'push-failed',
    function: 'pay',
    envs: ['dev', 'test'],
    class: 'function',
    errcode: 1,
    rid: null,
  },
  ...{ message: '50% of it,\r\nso: no', hint: 'Fix it.', retryInMs, final: retryInMs === null },
});
const held = (name: string | null, env: string | null): Fact => ({
  ...{ event: 'held', function: name, env, reason: 'paused', detail: 'It is paused.', hint: 'Press p.' },
});

const answer = (ok: boolean): Fact => ({
  ...{ event: 'answer', function: 'pay', env: 'dev', eventName: 'one', fingerprint: 'f', proven: null, ok },
  ...{ result: null, resultBytes: 4, logs: [], moreLogs: 0, ms: 1, callMs: 1, node: null, requestId: null },
  error: ok ? null : { name: 'TypeError', message: 'no id', code: null, stack: null },
  ...{ places: [], outcome: 'o', changed: 'first', diff: null, mismatches: [], ignored: [], failure: null },
  ...{ file: 'events/pay.json', line: 3 },
});
const ofNobody: Fact = {
  ...{ event: 'notice', kind: 'events-wrong', detail: 'It is wrong.', hint: 'Fix it.', place: null },
  function: null,
};

it.each<readonly [Fact, string | null]>([
  [failed(null), '::error title=pay → dev%2C test::50%25 of it,%0D%0Aso: no Fix it.\n'],
  [failed(0), '::warning title=pay → dev%2C test::50%25 of it,%0D%0Aso: no Fix it.\n'],
  [held('pay', 'dev'), '::error title=pay → dev::It is paused. Press p.\n'],
  [held('pay', null), '::error title=pay::It is paused. Press p.\n'],
  [held(null, null), '::error title=paused::It is paused. Press p.\n'],
  [{ event: 'found', function: 'pay' }, null],
  [answer(true), null],
  [answer(false), '::error file=events/pay.json,line=3,col=1,title=pay → dev%3A one::TypeError: no id\n'],
  [ofNobody, '::warning title=events-wrong::It is wrong. Fix it.\n'],
])('%j', (fact, line) => {
  expect(annotationOf(fact, 'en')).toBe(line);
});

it('a mistake stands at its place', () => {
  expect(annotationAt({ file: 'a:b,c.json', line: 3, column: 9 }, 'wrong', 'no, it is')).toBe(
    '::error file=a%3Ab%2Cc.json,line=3,col=9,title=wrong::no, it is\n',
  );
});

it.each([
  ['::error::x', ': :error::x'],
  ['a\n \t::set-env name=A::b\n', 'a\n \t: :set-env name=A::b\n'],
  ['a\r::error::x', 'a\r: :error::x'],
  ['\u0085\u3000::error::x', '\u0085\u3000: :error::x'],
  ['│ ##[error]x ##[debug]y', '│ # #[error]x # #[debug]y'],
  ['####[error]', '### #[error]'],
  ['{::error::x', '{::error::x'],
  ['{ ##[error]x', '{ # #[error]x'],
  ['std::move(a) and ##', 'std::move(a) and ##'],
])('%j is no command any more', (text, safe) => {
  expect(withoutCommands(text)).toBe(safe);
});

it('a line of JSON has the same value without a command in it', () => {
  const value = { text: '##[error]x ::error::y\n::error::z', list: ['##['] };
  const line = withoutCommands(`${JSON.stringify(value)}\n`);
  expect(line).not.toContain('##[');
  expect(JSON.parse(line)).toEqual(value);
});

it.each<readonly [string | null, string, string | null]>([
  [
    'events/pay.json:3:5',
    '.',
    '::warning file=events/pay.json,line=3,col=5,title=pay::It is wrong. Fix it.\n',
  ],
  ['a:b.json:3:5', 'app', '::warning file=app/a%3Ab.json,line=3,col=5,title=pay::It is wrong. Fix it.\n'],
  [null, '.', '::warning title=pay::It is wrong. Fix it.\n'],
  ['events/pay.json', '.', '::warning title=pay::It is wrong. Fix it.\n'],
])('a notice stands at its place: %s from %s', (place, folder, line) => {
  const said = { detail: 'It is wrong.', hint: 'Fix it.' };
  const notice: Fact = { event: 'notice', kind: 'events-wrong', ...said, function: 'pay', place };
  expect(annotationOf(notice, 'en', folder)).toBe(line);
  expect(annotationOf({ ...notice, kind: 'events-right' }, 'en', folder)).toBe(null);
});
