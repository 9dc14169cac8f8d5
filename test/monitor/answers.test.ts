/** The answers in place of the log: what is drawn, and what its keys ask for. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/model/answer.js';
import type { MonitorEvent } from '../../src/monitor/model.js';
import { columnsOf } from '../../src/text/text.js';
import { environments, key, motley, picture, played, text } from '../support/stage.js';

type Sent<Type extends MonitorEvent['type']> = Omit<Extract<MonitorEvent, { type: Type }>, 'at'>;

const [dev = '', second = '', third = ''] = environments;

function answer(env: string, more: Partial<Answer> = {}): Answer {
  return {
    ...{ function: 'order', env, eventName: 'happy', fingerprint: 'ab'.repeat(32), proven: true, ok: true },
    ...{
      result: { ok: true, cents: 200 },
      resultBytes: 24,
      error: null,
      logs: [],
      moreLogs: 0,
      ms: 2,
      callMs: 41,
    },
    ...{ node: 'v16.13.0', requestId: 'r1', outcome: 'same', changed: 'same', diff: null, mismatches: [] },
    ...{ failure: null, file: 'events/order.json', line: 2, ...more },
  };
}
const told = (...answers: readonly Answer[]) =>
  answers.map((each) => ({ type: 'fact', fact: { event: 'answer', ...each } }) as const);
const threw = answer(dev, {
  ...{ ok: false, result: null, outcome: 'threw', changed: 'different' },
  error: {
    name: 'TypeError',
    message: 'no id',
    code: null,
    stack: 'TypeError: no id\n    at main (/var/user/index.js:3:9)',
  },
  diff: '--- before\n+++ now\n@@ -1 +1 @@\n-  "ok": true\n+  "error": "TypeError: no id"\n',
  logs: [{ ms: 1, level: 'log', text: 'asked for undefined' }],
});
const wide = { columns: 120, rows: 40 };
const state = motley();
const choose = { type: 'key', key: '/' } as const;
const atOrder = [choose, text('order'), key('enter'), key('v')];

function shown(answers: readonly Answer[], size = wide): readonly string[] {
  const { monitor } = played([...told(...answers), ...atOrder], state, size);
  return picture(state, monitor, size);
}

describe('what is drawn', () => {
  it('equal answers once, headed by all environments', () => {
    const lines = shown([answer(dev), answer(second), answer(third)]);
    const all = lines.join('\n');
    expect(all).toContain('✔ all environments  same as before · proven abababab · 2 ms');
    expect(all.split('"cents":200').length).toBe(2);
  });

  it('other answers side by side, what is wrong first', () => {
    const lines = shown([answer(second), answer(third), threw]);
    const head = lines.find((line) => line.includes('TypeError: no id')) ?? '';
    expect(head.indexOf('✖')).toBeLessThan(head.indexOf('✔'));
    const all = lines.join('\n');
    for (const part of ['/index.js:3:9', '+  "error": "TypeError: no id"', '│ asked for undefined'])
      expect(all).toContain(part);
  });

  it('other code is named, with what to do', () => {
    const all = shown([answer(dev, { proven: false })]).join('\n');
    expect(all).toContain('answered by other code');
    expect(all).toContain('older instance');
  });

  it('what to do where there is none', () => {
    expect(shown([]).join(' ')).toContain('press t to call it now');
  });

  it.each([
    { columns: 80, rows: 24 },
    { columns: 40, rows: 10 },
    { columns: 200, rows: 60 },
  ])('each row is as wide as the terminal: $columns x $rows', (size) => {
    const nasty = answer(dev, {
      result: { text: '订单查询服务'.repeat(40), '\u001b[31m': '👩‍👩‍👧‍👦' },
      logs: Array.from({ length: 300 }, (_, at) => ({
        ms: at,
        level: 'log',
        text: `行 ${at} \u0007${'x'.repeat(300)}`,
      })),
      mismatches: [{ pointer: '/a', expected: 'é'.repeat(200), found: null, absent: true }],
      ok: false,
    });
    const lines = shown([nasty, threw, answer(second)], size);
    expect(lines.length).toBe(size.rows);
    expect([...new Set(lines.map(columnsOf))]).toEqual([size.columns]);
  });
});

describe('what the keys ask for', () => {
  const press = (...names: readonly string[]) => played([...atOrder, ...names.map(key)], state, wide);

  it('t calls where the answers are shown, and goes to the next trouble elsewhere', () => {
    expect(press('t').actions).toEqual([{ type: 'call', function: 'order', env: null }]);
    expect(press('v', 't').actions).toEqual([]);
  });

  it('v shows the log again, and so does Esc', () => {
    expect(press('v').monitor.answers).toBe(false);
    expect(press('escape').monitor.answers).toBe(false);
  });

  it('E offers the events, and takes names by commas', () => {
    const events = [
      { name: 'happy', chosen: true },
      { name: 'bad', chosen: false },
    ];
    const asked = press('E');
    expect(asked.actions).toEqual([{ type: 'events', function: 'order' }]);
    const offered: Sent<'events'> = { type: 'events', function: 'order', events };
    const typed = played([offered, text(', bad'), key('enter')], state, wide, asked.monitor);
    expect(typed.actions).toEqual([{ type: 'choose', function: 'order', events: ['happy', 'bad'] }]);
    const wrong = played([offered, text('x'), key('enter')], state, wide, asked.monitor);
    expect(wrong.monitor.prompt?.mistake).toContain('There are: happy, bad');
    const nothing: Sent<'events'> = { ...offered, events: [] };
    const none = played([nothing], state, wide, asked.monitor);
    expect(none.monitor.toast?.text).toContain('no saved events');
  });

  it('the answers scroll', () => {
    const { monitor } = played([...told(answer(dev)), ...atOrder, key('tab'), key('down')], state, wide);
    expect(monitor.answersTop).toBe(1);
  });
});

it('who looks at answers and follows is taken to the first that come', () => {
  const { monitor } = played([key('v'), ...told(answer(dev))], state, wide);
  expect(monitor.selected).toBe('order');
});

it('a wrong answer is said wherever somebody looks, and a calm one is no line in the log', () => {
  const { monitor } = played(told(threw), state, wide);
  expect(monitor.toast?.text).toContain('TypeError: no id');
  const calm = played(told(answer(dev)), state, wide);
  expect(calm.monitor.log).toEqual([]);
});
