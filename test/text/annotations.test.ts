import { expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { annotationAt, annotationOf } from '../../src/text/annotations.js';

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

it.each<readonly [Fact, string | null]>([
  [failed(null), '::error title=pay → dev%2C test::50%25 of it,%0D%0Aso: no Fix it.\n'],
  [failed(0), '::warning title=pay → dev%2C test::50%25 of it,%0D%0Aso: no Fix it.\n'],
  [held('pay', 'dev'), '::error title=pay → dev::It is paused. Press p.\n'],
  [held('pay', null), '::error title=pay::It is paused. Press p.\n'],
  [held(null, null), '::error title=paused::It is paused. Press p.\n'],
  [{ event: 'found', function: 'pay' }, null],
])('%j', (fact, line) => {
  expect(annotationOf(fact)).toBe(line);
});

it('a mistake stands at its place', () => {
  expect(annotationAt({ file: 'a:b,c.json', line: 3, column: 9 }, 'wrong', 'no, it is')).toBe(
    '::error file=a%3Ab%2Cc.json,line=3,col=9,title=wrong::no, it is\n',
  );
});
