/** Answers that come when somebody has gone on to something else, and keys whose meaning several rules decide together. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { mapValues } from '../../src/core/update.js';
import type { Fact } from '../../src/model/fact.js';
import { firstMonitor, type MonitorEvent, type Question, toastOf } from '../../src/monitor/model.js';
import { update } from '../../src/monitor/update.js';
import { environments, key, motley, now, options, picture, played, stateOf, text } from '../support/stage.js';

type Sent<Event> = Event extends MonitorEvent ? Omit<Event, 'at'> : never;
const sent = (event: Sent<MonitorEvent>) => event;

const size = { columns: 80, rows: 24 };
const [dev = '', test = '', staging = ''] = environments;
const calm = stateOf(environments, [
  { name: 'cart', stands: ['live', 'live', 'live'] },
  { name: 'pay', stands: ['live', 'live', 'live'] },
]);
const undo: Question = {
  text: 'Go back?',
  action: { type: 'dispatch', events: [{ type: 'undo', at: now, id: 'x', function: 'pay', steps: [] }] },
  said: toastOf('Going back.', 'good', now),
};
const sheet = {
  title: 'pay: undo',
  lines: Array.from({ length: 60 }, (_, index) => ({ kind: 'added' as const, text: `+line ${index}` })),
};
const refused: Fact = {
  ...{ event: 'push-failed', function: 'pay', envs: [dev], retryInMs: null, final: true },
  ...{ class: 'function', errcode: null, rid: null, message: 'refused it', hint: '' },
};
const late = sent({ type: 'sheet', sheet, question: undo });
const offer = sent({ type: 'events', function: 'pay', events: [{ name: 'happy', chosen: true }] });

/** With one environment that is protected. */
function guarded(state: State, env: string): State {
  return {
    ...state,
    envs: mapValues(state.envs, (each) => ({
      ...each,
      spec: { ...each.spec, protected: each.spec.id === env },
    })),
  };
}

describe('what comes late', () => {
  it('does not take the place of a question: a yes is for what was read', () => {
    const asked = played([key('u')], calm, size);
    expect(asked.monitor.question?.text).toContain('Upload cart again');
    for (const event of [late, sent({ type: 'sheet', sheet, question: null }), offer]) {
      const { monitor, actions } = played([event, key('y')], calm, size, asked.monitor);
      expect(actions).toEqual([asked.monitor.question?.action]);
      expect([monitor.sheet, monitor.prompt]).toEqual([null, null]);
    }
  });

  it('does not take the place of what is being typed', () => {
    const typing = played([key('/'), text('pa')], calm, size).monitor;
    for (const event of [late, offer]) {
      const { monitor } = played([event, text('y'), key('enter')], calm, size, typing);
      expect([monitor.filter, monitor.sheet, monitor.question]).toEqual(['pay', null, null]);
    }
  });

  it('is shown over nothing that would hide it', () => {
    const { monitor } = played([key('?'), offer], calm, size);
    expect([monitor.help, monitor.prompt?.kind]).toEqual([false, 'events']);
  });

  it('the answer of a call leaves the choice where somebody has taken it, and says itself', () => {
    const call = [key('i'), key('enter')];
    const result = { function: 'cart', env: dev, ok: true, text: '{"sum":42}', logs: [], ms: 5 };
    const stayed = played([...call, sent({ type: 'invoked', result })], calm, size);
    expect(stayed.monitor).toMatchObject({ selected: 'cart', follows: false, logOf: 'one', toast: null });
    const gone = played([...call, key('down'), sent({ type: 'invoked', result })], calm, size);
    expect(gone.monitor).toMatchObject({ selected: 'pay' });
    expect(picture(calm, gone.monitor, size).at(-1)).toMatch(/^ cart: dev \(5 ms\), answered by/);
    const failed = { ...result, ok: false, text: 'TypeError: boom\n  at x' };
    const threw = played([...call, key('down'), sent({ type: 'invoked', result: failed })], calm, size);
    expect(picture(calm, threw.monitor, size).at(-1)).toMatch(/^ cart: TypeError: boom +$/);
    const fails = sent({ type: 'fact', fact: refused });
    const after = played([fails], calm, size, gone.monitor).monitor;
    expect(picture(calm, after, size).at(-1)).toMatch(/^ ✖ pay \(dev\): refused it +$/);
    expect(played([fails], calm, size, threw.monitor).monitor.toast?.others).toEqual(['cart']);
  });

  it('the answer of a call is seen where the answers to saved events were', () => {
    const result = { function: 'cart', env: dev, ok: true, text: '{"sum":42}', logs: [], ms: 5 };
    const { monitor } = played(
      [key('v'), key('i'), key('enter'), sent({ type: 'invoked', result })],
      calm,
      size,
    );
    expect(picture(calm, monitor, size).join('\n')).toContain('{"sum":42}');
  });
});

describe('marked functions', () => {
  const apart = stateOf(environments, [
    { name: 'cart', stands: ['failed'] },
    { name: 'pay', stands: ['live', 'failed', 'failed'] },
  ]);
  const marked = {
    ...{ ...firstMonitor, follows: false, selected: 'pay', env: test },
    marked: new Set(['cart']),
  };

  it.each(['r', 'u', 'y', 'A'])(
    '%s does nothing where none of them goes to the chosen environment',
    (name) => {
      const { monitor, actions } = played([key(name)], apart, size, marked);
      expect(actions).toEqual([]);
      expect(monitor.question).toBeNull();
      expect(picture(apart, monitor, size).at(-1)).toMatch(
        /^ Nothing was done: cart \(marked\) is not configured for mytestenv\./,
      );
    },
  );
});

describe('a question', () => {
  it('that nothing waits for says all the same what its yes came to', () => {
    const state = guarded(calm, staging);
    const { monitor } = played([key('y'), key('y')], state, size);
    expect(picture(state, monitor, size).at(-1)).toMatch(/^ Uploads to staging are allowed until/);
  });

  it.each([
    [80, 24, 'en', 'y yes, n no'],
    [60, 16, 'en', 'y yes, n no'],
    [60, 16, 'zh-CN', 'y 是，n 否'],
    [30, 10, 'zh-CN', 'y 是，n 否'],
  ] as const)('is seen whole at %i×%i, in %s', (columns, rows, language, answers) => {
    const state = guarded(calm, staging);
    const monitor = update(
      firstMonitor,
      { type: 'key', at: now, key: 'u' },
      { state, size, options: { ...options, language } },
    ).monitor;
    const asked = monitor.question?.text ?? '';
    expect(asked).toContain('staging');
    const screen = picture(state, monitor, { columns, rows }, { language });
    expect(screen).toHaveLength(rows);
    const seen = screen.join('').replaceAll(/\s/g, '');
    expect(seen).toContain(`${asked}${answers}`.replaceAll(/\s/g, ''));
  });
});

describe('what is scrolled too far', () => {
  const top = (screen: readonly string[]): string | undefined =>
    /(\d+)-\d+\/\d+ /.exec(screen.join('\n'))?.[1];

  it.each([
    ['the help', [key('?')], 'pagedown', 'up'],
    ['a sheet', [sent({ type: 'sheet', sheet, question: null })], 'pagedown', 'up'],
    ['a sheet with a question', [late], 'pagedown', 'up'],
  ] as const)('%s comes back at once', (_, open, far, back) => {
    const end = played([...open, ...Array.from({ length: 40 }, () => key(far))], calm, size);
    const one = played([key(back)], calm, size, end.monitor);
    const last = Number(top(picture(calm, end.monitor, size)));
    expect(Number(top(picture(calm, one.monitor, size)))).toBe(last - 1);
  });

  it('comes back by the wheel, and in a screen that has grown', () => {
    const point = { column: 5, row: 5 };
    const end = played(
      [key('?'), ...Array.from({ length: 40 }, () => sent({ type: 'wheel', point, by: 3 }))],
      calm,
      size,
    );
    const high = { columns: 80, rows: 40 };
    const last = Number(top(picture(calm, end.monitor, high)));
    const one = played([sent({ type: 'wheel', point, by: -3 })], calm, high, end.monitor);
    expect(Number(top(picture(calm, one.monitor, high)))).toBe(last - 3);
  });
});

it('a trouble is said for its time, whatever the system’s clock says meanwhile', () => {
  const failed = { message: 'boom', hint: '', rid: null, retryInMs: null, final: true, errcode: null };
  const fact: Fact = { event: 'push-failed', function: 'pay', envs: [dev], class: 'function', ...failed };
  for (const at of [now - 5 * 3_600_000, now, now + 5 * 3_600_000]) {
    const { monitor } = update(firstMonitor, { type: 'fact', at, fact }, { state: motley(), size, options });
    expect(picture(motley(), monitor, size).at(-1)).toContain('boom');
    expect(picture(motley(), monitor, size, { now: now + 11_000 }).at(-1)).not.toContain('boom');
  }
});

it('an environment and a function may be named like what every object has', () => {
  const state = stateOf(['constructor', '__proto__'], [{ name: 'toString', stands: ['sending', 'live'] }]);
  const fact: Fact = {
    ...{
      event: 'pushing',
      function: 'toString',
      envs: ['constructor', '__proto__'],
      fingerprint: 'a'.repeat(64),
    },
    ...{ zipBytes: 1, files: 1, attempt: 1, cause: 'change' },
  };
  const monitor = { ...firstMonitor, follows: false, selected: 'toString', zoomed: true };
  const shown = picture(state, played([sent({ type: 'fact', fact })], state, size, monitor).monitor, size);
  expect(shown.join('\n')).toContain('… constructor  … __proto__');
});

it('saved events whose names act on a terminal are shown, and chosen by what is shown', () => {
  const names = ['red\u001b[31m', 'two\nlines', 'plain'];
  const { monitor } = played(
    [sent({ type: 'events', function: 'pay', events: names.map((name) => ({ name, chosen: true })) })],
    calm,
    size,
  );
  expect(picture(calm, monitor, size).join('')).not.toMatch(/[\u0000-\u001f]/);
  expect(monitor.prompt?.line.text).toBe('red\\u001b[31m, two lines, plain');
  const chosen = played([key('enter')], calm, size, monitor);
  expect(chosen.actions).toEqual([{ type: 'choose', function: 'pay', events: names }]);
});
