import type { State } from '../../src/core/state.js';
import type { Fact } from '../../src/model/fact.js';
import { lineOfText } from '../../src/monitor/line-editor.js';
import type { MonitorState } from '../../src/monitor/model.js';
import { displayable } from '../../src/text/text.js';
import { failure } from '../core/make.js';
import { environments, now, played, stateOf, wanted } from './stage.js';

export const design = { columns: 80, rows: 24 };

/** Text that breaks naive layouts. */
export const nasty = [
  '订单查询服务，处理退款。',
  'ひらがなカタカナ漢字',
  '한국어 함수 이름',
  'ｆｕｌｌｗｉｄｔｈ！？',
  '👩‍👩‍👧‍👦 family ❤️ 👍🏽 🇨🇳 1️⃣',
  'e\u0301 combining \u0301\u0301\u0301\u0301\u0301 zalgo a\u0301\u0302\u0303\u0304\u0305\u0306',
  'x'.repeat(500),
  '\u202eright to left\u202c \u2066isolate\u2069 \u009b31mC1 \u001b[31mred\u0007',
  '\ud83d lone surrogate',
  'tab\tseparated\u00a0nbsp\u00adsoft\u200bzero',
  'two\nlines\r\nand\u2028three',
];

export function busyMonitor(state: State): MonitorState {
  const facts: Fact[] = nasty.flatMap((message, index): Fact[] => [
    {
      event: 'changed',
      function: 'order',
      files: [`模块/${message}.js`, 'b.js', 'c.js', 'd.js'],
      more: index,
    },
    {
      event: 'pushing',
      function: 'order',
      envs: environments,
      fingerprint: wanted,
      zipBytes: 2048,
      files: 3,
      attempt: 1,
      cause: 'change',
    },
    {
      event: 'pushed',
      function: 'order',
      envs: environments,
      fingerprint: wanted,
      requestMs: 80,
      sinceSaveMs: 190,
    },
    {
      event: 'live',
      function: 'order',
      env: environments[0] ?? '',
      fingerprint: wanted,
      sinceSaveMs: 700 + index * 100,
      verified: true,
      cannotRun: null,
    },
    {
      event: 'push-failed',
      function: 'order',
      envs: [environments[1] ?? ''],
      class: 'function',
      errcode: null,
      message,
      hint: message,
      rid: null,
      retryInMs: null,
      final: true,
    },
    { event: 'notice', kind: 'watch-limit', function: null, place: null, detail: message, hint: message },
  ]);
  return played(
    facts.map((fact) => ({ type: 'fact', fact })),
    state,
    design,
  ).monitor;
}

export function nastyState(): State {
  return stateOf(
    [...environments, '环境-一', 'e'.repeat(60)],
    nasty.map((name, index) => ({
      name,
      stands: ['live', 'failed', 'waiting', 'sending', 'queued'],
      failure: failure({ message: nasty.toReversed()[index] ?? '' }),
    })),
  );
}

/** Every way of looking that changes the layout. */
export function monitors(state: State): MonitorState[] {
  const base = busyMonitor(state);
  const selected = [...state.functions.keys()].at(2) ?? null;
  const prompt = {
    kind: 'invoke',
    line: lineOfText(displayable(nasty.join(''))),
    function: selected,
    env: environments[0] ?? '',
    mistake: null,
    choices: [],
    back: 0,
    draft: lineOfText(''),
  } as const;
  return [
    base,
    { ...base, selected, pane: 'detail', wrap: false },
    { ...base, selected, zoomed: true },
    { ...base, help: true, helpTop: 7 },
    { ...base, prompt },
    { ...base, filter: 'zzz', logOf: 'all' },
    { ...base, selected, env: environments[1] ?? '', search: 'e', failedOnly: true },
    {
      ...base,
      toast: {
        about: nasty[4] ?? '',
        text: nasty.join(' '),
        quotes: true,
        tone: 'bad',
        at: now,
        until: now + 1,
        heals: true,
        call: null,
        function: nasty[4] ?? '',
        others: ['a', 'b'],
      },
    },
  ];
}
