/** An editor's lines: what stands, between two fixed lines, once for each build. */
import { expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import type { HoldReason } from '../../src/model/nouns.js';
import { problemsRenderer } from '../../src/text/problems.js';

const begin = '[tcb-watch] begin';
const end = '[tcb-watch] end';

function linesOf(facts: readonly Fact[]): string[] {
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  const render = problemsRenderer({
    write,
    fileOf: (name) => `fns/${name}/index.js`,
    configFile: 'watch.config.json',
    language: 'en',
  });
  for (const fact of facts) render(fact, 0);
  return written.split('\n').slice(0, -1);
}

const started: Fact = {
  ...{ event: 'started', version: '1', pid: 1, endpoint: 'emulator' },
  ...{ envs: ['dev', 'test'], functions: ['pay'] },
};
const watching: Fact = { event: 'watching', functions: 1, envs: 2, directories: 1, ms: 1 };
const begun = [started, watching];
const changed: Fact = { event: 'changed', function: 'pay', files: [], more: 0 };
const sent = (fingerprint: string, ...envs: string[]): Fact => ({
  ...{ event: 'pushing', function: 'pay', envs, fingerprint, zipBytes: 1, files: 1, attempt: 1 },
  cause: 'change',
});
const pushing = (...envs: string[]): Fact => sent('f', ...envs);
const live = (env: string): Fact => ({
  ...{
    event: 'live',
    function: 'pay',
    env,
    fingerprint: 'f',
    sinceSaveMs: 1,
    verified: true,
    cannotRun: null,
  },
});
const held = (reason: HoldReason, detail: string, env: string | null = null, name = 'pay'): Fact => ({
  ...{ event: 'held', function: name, env, reason, detail, hint: 'Fix it.' },
});
const failed = (env: string, retryInMs: number | null): Fact => ({
  ...{ event: 'push-failed', function: 'pay', envs: [env], class: 'function', errcode: 1, message: 'No.' },
  ...{ hint: 'Change it.', rid: null, retryInMs, final: retryInMs === null },
});
const answer = (env: string, ok: boolean): Fact => ({
  ...{ event: 'answer', function: 'pay', env, eventName: 'one', fingerprint: 'f', proven: null, ok },
  ...{ result: null, resultBytes: 4 },
  error: ok ? null : { name: 'TypeError', message: 'no id', code: null, stack: null },
  ...{ logs: [], moreLogs: 0, ms: 1, callMs: 1, node: null, requestId: null, places: [], outcome: 'o' },
  ...{
    changed: 'first',
    diff: null,
    mismatches: [],
    ignored: [],
    failure: null,
    file: 'events/pay.json',
    line: 3,
  },
});
const failedAnswer = (env: string): string =>
  `events/pay.json:3:1: error: pay → ${env} one: TypeError: no id`;
const notice = (name: string | null, place: string, detail: string): Fact => ({
  ...{ event: 'notice', kind: name === null ? 'events-wrong' : 'cannot-run', function: name ?? 'pay', place },
  ...{ detail, hint: 'Fix it.' },
});
const invalid: Fact = {
  ...{ event: 'config', state: 'invalid' },
  problems: [{ path: 'envs', expected: 'a list', hint: 'Write one.', at: { line: 3, column: 5 } }],
};
const reloaded: Fact = { event: 'config', state: 'reloaded', problems: [] };
const broken = 'The build failed:\nfns/pay/index.ts:2:5: Expected ";"\nfns/pay/a.ts:1:1 - error TS1: No';
const brokenLines = ['fns/pay/index.ts:2:5: error: Expected ";"', 'fns/pay/a.ts:1:1: error: TS1: No'];

it.each<readonly [what: string, facts: readonly Fact[], lines: readonly string[]]>([
  ['a start without mistakes', begun, [begin, end]],
  [
    'a start with one',
    [started, held('no-entry', 'Nothing.'), watching],
    [begin, 'fns/pay/index.js:1:1: error: Nothing. Fix it.', end],
  ],
  [
    'a save that is live',
    [...begun, changed, pushing('dev', 'test'), live('dev'), live('test')],
    [begin, end, begin, end],
  ],
  [
    'a save that changes nothing',
    [...begun, changed, { event: 'unchanged', function: 'pay', fingerprint: 'f' }],
    [begin, end, begin, end],
  ],
  [
    'a compiler’s own places',
    [...begun, changed, held('build-failed', broken)],
    [begin, end, begin, ...brokenLines, end],
  ],
  [
    'a mistake without a change',
    [...begun, held('build-failed', broken)],
    [begin, end, begin, ...brokenLines, end],
  ],
  [
    'a mistake that was put right',
    [...begun, held('build-failed', broken), changed, pushing('dev'), live('dev')],
    [begin, end, begin, ...brokenLines, end, begin, end],
  ],
  [
    'one of another function stands in the next build, too',
    [...begun, held('no-entry', 'Nothing.', null, 'other'), changed, pushing('dev'), live('dev')],
    [begin, end, ...[0, 1].flatMap(() => [begin, 'fns/other/index.js:1:1: error: Nothing. Fix it.', end])],
  ],
  [
    'a mistake while another is sent is said at once',
    [...begun, changed, pushing('dev'), held('no-entry', 'Nothing.', null, 'other'), live('dev')],
    [begin, end, begin, 'fns/other/index.js:1:1: error: Nothing. Fix it.', end],
  ],
  [
    'what a cloud refuses',
    [...begun, changed, pushing('dev', 'test'), live('dev'), failed('test', null)],
    [begin, end, begin, 'fns/pay/index.js:1:1: error: No. Change it.', end],
  ],
  ['what is retried', [...begun, changed, pushing('dev'), failed('dev', 500)], [begin, end, begin, end]],
  [
    'what somebody wants so',
    [...begun, changed, held('protected', 'Protected.', 'dev')],
    [begin, end, begin, end],
  ],
  [
    'the configuration',
    [...begun, invalid, reloaded],
    [begin, end, begin, 'watch.config.json:3:5: error: envs: expected a list Write one.', end, begin, end],
  ],
  [
    'the network',
    [...begun, { event: 'offline', detail: 'Away.', hint: 'Wait.' }, { event: 'online', detail: '' }],
    [begin, end, begin, 'watch.config.json:1:1: error: Away. Wait.', end, begin, end],
  ],
  [
    'a mistake for all functions',
    [...begun, held('token', 'No token.'), held('token', 'No token.', null, 'other')],
    [begin, end, begin, 'watch.config.json:1:1: error: No token. Fix it.', end],
  ],
  [
    'an answer that is wrong stands until it is right, each environment by itself',
    [...begun, answer('dev', false), answer('test', false), answer('dev', true), answer('test', true)],
    [
      ...[begin, end, begin, failedAnswer('dev'), end],
      ...[
        begin,
        failedAnswer('dev'),
        failedAnswer('test'),
        end,
        begin,
        failedAnswer('test'),
        end,
        begin,
        end,
      ],
    ],
  ],
  [
    'a wrong answer of the content before stands no more',
    [...begun, answer('dev', false), changed, pushing('dev'), live('dev')],
    [begin, end, begin, failedAnswer('dev'), end, begin, end],
  ],
  [
    'a file of events that was broken and is right',
    [
      ...begun,
      notice(null, 'events/pay.json:3:5', 'events/pay.json:3:5: This is no event.'),
      { event: 'notice', kind: 'events-right', function: 'pay', place: null, detail: 'Right.', hint: '' },
    ],
    [begin, end, begin, 'events/pay.json:3:5: error: This is no event. Fix it.', end, begin, end],
  ],
  [
    'a file of events that is broken stands until other content is sent',
    [
      ...[...begun, sent('f', 'dev'), live('dev')],
      notice(null, 'events/pay.json:3:5', 'events/pay.json:3:5: This is no event.'),
      ...[sent('f', 'dev'), live('dev'), sent('g', 'dev'), live('dev')],
    ],
    [
      ...[begin, end, begin, end],
      ...[0, 1].flatMap(() => [begin, 'events/pay.json:3:5: error: This is no event. Fix it.', end]),
      ...[begin, end],
    ],
  ],
  [
    'code that cannot run, from the project’s folder',
    [...begun, notice('pay', 'lib/fns/pay/a.js:7:3', 'lib/fns/pay/a.js:7:3 cannot be parsed')],
    [begin, end, begin, 'lib/fns/pay/a.js:7:3: error: cannot be parsed. Fix it.', end],
  ],
  [
    'code that is held for it',
    [...begun, held('cannot-run', 'lib/fns/pay/a.js:7:3 cannot be parsed')],
    [begin, end, begin, 'lib/fns/pay/a.js:7:3: error: cannot be parsed. Fix it.', end],
  ],
  [
    'a run that ends while it sends',
    [
      started,
      changed,
      pushing('dev'),
      {
        event: 'stopped',
        code: 1,
        pushed: 0,
        failed: 1,
        pending: [],
        p50Ms: null,
        p95Ms: null,
        answers: { ok: 0, failed: 0 },
      },
    ],
    [begin, end],
  ],
])('%s', (_, facts, lines) => {
  expect(linesOf(facts)).toEqual(lines);
});
