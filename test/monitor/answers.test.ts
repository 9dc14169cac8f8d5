/** The answers in place of the log: what is drawn, and what its keys ask for. */
import { describe, expect, it } from 'vitest';
import type { Answer, Uncalled } from '../../src/model/answer.js';
import type { Fact } from '../../src/model/fact.js';
import { firstMonitor, type MonitorEvent } from '../../src/monitor/model.js';
import { columnsOf } from '../../src/text/text.js';
import { environments, key, motley, picture, played, stateOf, text, wanted } from '../support/stage.js';

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
    ...{
      node: 'v16.13.0',
      requestId: 'r1',
      places: [],
      outcome: 'same',
      changed: 'same',
      diff: null,
      mismatches: [],
      ignored: [],
    },
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
  places: ['functions/order/index.js:3:9'],
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
  it('the last line offers them where there are some, and the log in their place', () => {
    const offer = (events: Parameters<typeof played>[0]): string | undefined => {
      const { monitor } = played(events, state, wide);
      return /\bv \w+/.exec(picture(state, monitor, wide).slice(-3).join('\n'))?.[0];
    };
    const order = [choose, text('order'), key('enter')];
    expect(offer(order)).toBeUndefined();
    expect(offer([...told(answer(dev)), ...order])).toBe('v answers');
    expect(offer([...told(answer(dev)), ...order, key('v')])).toBe('v log');
    expect(offer([...order, key('v')])).toBe('v log');
  });

  it.each<readonly [Uncalled | null, readonly string[], readonly string[]]>([
    [null, ['Save order, or press t to call it now with its saved events.'], ['t call', 'E events']],
    [
      'unchosen',
      ['put events in fixtures/order.json', 'press E', '`functions.order.answers` to `true`'],
      ['E events'],
    ],
    ['closed', ['order is not called: `answers.envs`', 'protected'], []],
    ['not-live', ['order cannot be called yet: nothing of yours is live'], ['E events']],
  ])('where there are none, what is to be done: %s', (uncalled, parts, offered) => {
    const { monitor } = played(atOrder, state, wide);
    const all = picture(state, monitor, wide, { uncalled: () => uncalled });
    const said = all.map((line) => line.slice(line.lastIndexOf('│', line.length - 3) + 1)).join(' ');
    for (const part of parts) expect(said.replaceAll(/[\s│]+/g, ' ')).toContain(part);
    expect(all.at(-1)?.match(/\b(?:t call|E events)\b/g) ?? []).toEqual(offered);
  });

  it('where there are none in the chosen environment, what is to be done there', () => {
    const { monitor } = played([...atOrder, key('right')], state, wide);
    const asked = new Set<string | null>();
    const uncalled = (_: string, env: string | null): Uncalled | null => {
      asked.add(env);
      return env === null ? null : 'closed';
    };
    const text = picture(state, monitor, wide, { uncalled }).join('\n');
    expect([...asked]).toEqual([dev]);
    expect(text).toContain('order is not called');
    expect(text).not.toMatch(/press t|\bt call\b/);
  });

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
    for (const part of [
      'at functions/order/index.js:3:9',
      '+  "error": "TypeError: no id"',
      '│ asked for undefined',
    ])
      expect(all).toContain(part);
  });

  it('a reason without room in its column stands whole below, and so do its further lines', () => {
    const message = `this reason is much longer than ${'a column '.repeat(4)}is wide\nand has two lines`;
    const error = { name: 'Error', message, code: null, stack: null };
    const all = shown([answer(second), { ...threw, error }])
      .join(' ')
      .replaceAll(/\s+/g, ' ');
    expect(all).toContain('and has two lines');
  });

  it('who takes long is named', () => {
    const all = shown([answer(dev), answer(second, { ms: 711 }), answer(third)]).join('\n');
    expect(all).toMatch(/2 ms – 711 ms \(\S+\)/);
  });

  it('other code is named, with what to do', () => {
    const all = shown([answer(dev, { proven: false })]).join('\n');
    expect(all).toContain('answered by other code');
    expect(all).toContain('older instance');
  });

  it.each([
    { columns: 80, rows: 24 },
    { columns: 40, rows: 40 },
  ])('the proof and the time stand below where the head has no room: $columns', (size) => {
    const other = answer(second, { result: { cents: 1, name: 'tea' }, outcome: 'other', ms: 37 });
    const all = shown([answer(dev), other, answer(third)], size).join('\n');
    for (const part of ['proven abababab', '37 ms', '2 ms']) expect(all).toContain(part);
  });

  it('answers on the lowest screen too, whatever is the matter', () => {
    const all = shown([answer(dev), answer(second), answer(third)], { columns: 40, rows: 10 }).join('\n');
    for (const part of ['failed', 'happy', '✔ all environments', '2 ms']) expect(all).toContain(part);
  });

  it('where environments return different results, and what', () => {
    const other = answer(second, { result: { ok: true, cents: 210 }, outcome: 'other' });
    const all = shown([answer(dev), other, answer(third)]).join('\n');
    expect(all).toContain('differs by environment: /cents is 200');
    expect(all).toContain('differs by environment: /cents is 210');
    expect(shown([answer(dev), answer(second)]).join('\n')).not.toContain('differs by');
  });

  it('environments in the order of the table, whoever answered first', () => {
    const others = [
      answer(second, { result: { n: 2 }, outcome: 'other' }),
      answer(third, { result: { n: 1 } }),
      answer(dev, { result: { n: 1 } }),
    ];
    const all = shown(others).join('\n');
    const places = ['/n is 1', '/n is 2'].map((part) => all.indexOf(part));
    expect(places[0]).toBeGreaterThan(-1);
    expect(places[1]).toBeGreaterThan(places[0] ?? -1);
  });

  it('that an answer is of a version that does not run any more', () => {
    const note = 'happy  of an earlier version; t calls again';
    const live = [...(state.functions.get('order')?.targets.values() ?? [])].map(({ live: runs }) => runs);
    const now = environments.map((env, index) => answer(env, { fingerprint: live[index] ?? null }));
    expect(shown(now).join('\n')).not.toContain(note);
    expect(shown(now.map((each) => ({ ...each, fingerprint: 'cd'.repeat(32) }))).join('\n')).toContain(note);
    expect(shown([answer(dev, { proven: false })]).join('\n')).not.toContain(note);
  });

  it('a mark where a value, a line of a diff or a printed line goes on', () => {
    const rows = Array.from({ length: 60 }, (_, row) => ({ row, title: `a title of row ${row}` }));
    const last = (size: typeof wide, more: Partial<Answer>, part: string): string | undefined =>
      shown([answer(dev, more)], size).findLast((line) => line.includes(part));
    const narrow = { columns: 60, rows: 40 };
    expect(last(narrow, { result: { rows } }, 'title')).toMatch(/…\W*$/);
    expect(last(narrow, { result: { rows: rows.slice(0, 3) } }, 'title')).not.toContain('…');
    const diff = `--- before\n+++ now\n-"${'old '.repeat(59)}"\n`;
    expect(last(narrow, { changed: 'different', diff }, 'old old')).toMatch(/…\W*$/);
    const logs = [{ ms: 1, level: 'log', text: 'printed '.repeat(90) }];
    expect(last(narrow, { logs }, 'printed printed')).toMatch(/…\W*$/);
    // With room for more than the line is cut at.
    expect(last({ columns: 400, rows: 60 }, { logs }, 'printed printed')).toMatch(/…\W*$/);
  });

  it('that a difference is too large to be shown', () => {
    const lines = shown([answer(dev, { changed: 'different', diff: '--- before\n+++ now\n' })]);
    expect(lines.join('\n')).toContain('the difference is too large to show');
  });

  it('in the table, which events the version that runs does not answer as it should', () => {
    const calm = stateOf(environments, [{ name: 'order', stands: ['live', 'live', 'live'] }]);
    const row = (fingerprint: string): string => {
      const { monitor } = played(told({ ...threw, fingerprint }), calm, wide);
      return picture(calm, monitor, wide).find((line) => line.includes('▸ order')) ?? '';
    };
    expect(row(wanted)).toContain('wrong answers: happy');
    expect(row('cd'.repeat(32))).not.toContain('wrong answers');
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
    const lined = answer(third, {
      ...{ ok: false, result: null, outcome: 'lined' },
      error: { name: 'TypeError', message: 'one\n  two\u001b[2J', code: null, stack: null },
    });
    const lines = shown([nasty, threw, answer(second), lined], size);
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

  it('keys about the log are offered where it is shown, and show it where the answers are', () => {
    const offered = (...names: readonly string[]): string => {
      const { monitor } = press('tab', ...names);
      return picture(state, monitor, { columns: 200, rows: 50 }).at(-1) ?? '';
    };
    expect(offered('v')).toMatch(/ \/ search .* f follow .* a all logs .* w wrap/);
    expect(offered()).not.toMatch(/ \/ |search|filter|follow|all logs|wrap/);
    for (const name of ['/', 'f', 'w', 'a'])
      expect([name, press('tab', name).monitor.answers]).toEqual([name, false]);
    expect(press('w').monitor.wrap).toBe(false);
    // The list can be filtered next to answers.
    expect(press('/').monitor).toMatchObject({ answers: true, prompt: { kind: 'filter' } });
  });

  it('n is offered where something is searched for, and shows the log for it', () => {
    const looked = (search: string, ...names: readonly string[]) => {
      const searched = { ...firstMonitor, search };
      return played([...atOrder, key('tab'), ...names.map(key)], state, wide, searched).monitor;
    };
    const bar = (monitor: ReturnType<typeof looked>): string =>
      picture(state, monitor, { columns: 200, rows: 50 }).at(-1) ?? '';
    expect(bar(looked('', 'v'))).not.toContain('n next');
    expect(bar(looked('order', 'v'))).toContain('n next');
    expect(bar(looked('order'))).not.toContain('n next');
    expect(looked('order', 'n').answers).toBe(false);
    expect(looked('order', 'N').answers).toBe(false);
    expect(looked('', 'n').answers).toBe(true);
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
    expect(played([key('tab')], state, wide, wrong.monitor).monitor.prompt?.mistake).toBeNull();
    const commas = { ...offered, events: [...events, { name: 'a, b，c', chosen: true }] };
    const named = played([commas, key('enter')], state, wide, asked.monitor);
    expect(named.actions).toEqual([{ type: 'choose', function: 'order', events: ['happy', 'a, b，c'] }]);
    const nothing: Sent<'events'> = { ...offered, events: [] };
    const none = played([nothing], state, wide, asked.monitor);
    expect(none.monitor.toast?.text).toBe('order has no saved events: write some to fixtures/order.json');
  });

  describe('the answers scroll', () => {
    const logs = Array.from({ length: 40 }, (_, at) => ({ ms: at, level: 'log', text: `printed ${at}.` }));
    const scrolled = (answers: readonly Answer[], ...keys: readonly string[]) => {
      const { monitor } = played(
        [...told(...answers), ...atOrder, key('tab'), ...keys.map(key)],
        state,
        wide,
      );
      return { top: monitor.answersTop, text: picture(state, monitor, wide).join('\n') };
    };

    it('row by row, and at once to the last and the first', () => {
      const long = [answer(dev, { logs })];
      expect(scrolled(long).text).not.toMatch(/printed 39\.|scrolled/);
      expect(scrolled(long, 'down', 'down').top).toBe(2);
      expect(scrolled(long, 'down').text).toContain('scrolled');
      const end = scrolled(long, 'end');
      expect(end.text).toContain('printed 39.');
      expect(end.top).toBeGreaterThan(2);
      // Nothing was pressed in vain: each way back begins at once.
      expect(scrolled(long, 'end', 'down', 'down', 'up').top).toBe(end.top - 1);
      expect(scrolled(long, 'end', 'home', 'up').top).toBe(0);
    });

    it('no further than there are any by now: after shorter ones, and in a larger window', () => {
      const long = [answer(dev, { logs })];
      const { monitor } = played([...told(...long), ...atOrder, key('tab'), key('end')], state, wide);
      const tall = { ...wide, rows: 120 };
      expect(picture(state, monitor, tall).join('\n')).not.toContain('scrolled');
      const shorter = played(told(answer(dev)), state, wide, monitor).monitor;
      expect(picture(state, shorter, wide).join('\n')).not.toContain('scrolled');
      expect(played([key('down')], state, wide, shorter).monitor.answersTop).toBe(0);
    });

    it('anew for each function, whoever chose it', () => {
      const long = [answer(dev, { logs })];
      const { monitor } = played([...told(...long), ...atOrder, key('tab'), key('end')], state, wide);
      expect(monitor.answersTop).toBeGreaterThan(0);
      const others = [
        key('tab'),
        key('/'),
        ...Array.from({ length: 5 }, () => key('backspace')),
        key('enter'),
      ];
      const chosen = played([...others, key('down')], state, wide, monitor).monitor;
      expect([chosen.selected === 'order', chosen.answers, chosen.answersTop]).toEqual([false, true, 0]);
      const following = { ...monitor, follows: true, selected: 'order' };
      const saved = (name: string) => {
        const fact: Fact = { event: 'changed', function: name, files: ['index.js'], more: 0 };
        return { type: 'fact', fact } as const;
      };
      const moved = played([saved('pay')], state, wide, following).monitor;
      expect(moved).toMatchObject({ selected: 'pay', answersTop: 0 });
      const same = played([saved('order')], state, wide, following).monitor;
      expect(same.answersTop).toBe(monitor.answersTop);
    });

    it('and not any more on a screen that has room for all of them', () => {
      const long = [answer(dev, { logs })];
      const { monitor } = played([...told(...long), ...atOrder, key('tab'), key('down')], state, wide);
      expect(picture(state, monitor, wide).join('\n')).toContain('scrolled');
      const large = { columns: 120, rows: 90 };
      expect(picture(state, monitor, large).join('\n')).not.toContain('scrolled');
    });

    it('not where all of them are shown', () => {
      const { top, text: shownText } = scrolled([answer(dev)], 'down', 'end');
      expect(top).toBe(0);
      expect(shownText).not.toContain('scrolled');
    });
  });
});

it('who looks at answers and follows is taken to the first that come', () => {
  const { monitor } = played([key('v'), ...told(answer(dev))], state, wide);
  expect(monitor.selected).toBe('order');
});

it('a wrong answer is said wherever somebody looks, and a calm one is no line in the log', () => {
  const { monitor } = played(told(threw), state, wide);
  expect(monitor.toast?.text).toContain('TypeError: no id');
  const right = played(told(threw, answer(dev, { eventName: 'bad' })), state, wide);
  expect(right.monitor.toast?.text).toContain('TypeError: no id');
  expect(played(told(threw, answer(dev)), state, wide).monitor.toast).toBeNull();
  const calm = played(told(answer(dev)), state, wide);
  expect(calm.monitor.log).toEqual([]);
});
