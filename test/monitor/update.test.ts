import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/model/fact.js';
import { type Key, keysHelp, keyTable } from '../../src/monitor/keys.js';
import { firstMonitor } from '../../src/monitor/model.js';
import { environments, key, motley, picture, played, stateOf, text } from '../support/stage.js';

const size = { columns: 80, rows: 24 };

function names(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^[│ ]?[▸ ] ([\w\u4e00-\u9fff-]+) +[✔↑⋯↻·✖!]/u.exec(line)?.[1] ?? []);
}

function shown(...events: Parameters<typeof played>[0]): string[] {
  const state = motley();
  return names(picture(state, played(events, state, size).monitor, size));
}

describe('keys', () => {
  it('each stand for one thing, in both languages', () => {
    const rows: readonly Key[] = Object.values(keyTable);
    const all = rows.flatMap(({ keys }) => [...keys]);
    expect(new Set(all).size).toBe(all.length);
    for (const language of ['en', 'zh-CN'] as const) {
      const help = keysHelp(language).split('\n');
      expect(help.filter((line) => line.trim() !== '')).toHaveLength(rows.length);
      for (const { keys, short, long, shown = keys[0] } of rows) {
        expect(short[language]).not.toBe('');
        expect(help.some((line) => line.includes(shown) && line.includes(long[language]))).toBe(true);
      }
    }
    expect(keysHelp('en')).toMatch(/^ {2}↓ j +one down$/m);
    expect(keysHelp('en', true)).toMatch(/^[\x20-\x7e’\n]*$/);
  });

  it('are all explained on the screen', () => {
    const { monitor } = played([key('?')], motley(), size);
    const pages = [0, 15, 30, 45].map((helpTop) =>
      picture(motley(), { ...monitor, helpTop }, size).join('\n'),
    );
    for (const { long } of Object.values(keyTable)) expect(pages.join('\n')).toContain(long.en.slice(0, 40));
    expect(played([key('?'), key('escape')], motley(), size).monitor.help).toBe(false);
  });
});

describe('filter and order', () => {
  it.each([
    ['pay', ['pay']],
    ['PAY', ['pay']],
    ['订', ['订单查询']],
    ['deploying', ['login']],
    ['mytestenv failed', ['order']],
    ['dev failed', []],
    ['held', ['pay', '订单查询']],
    ['bad-name', ['订单查询']],
    ['!live', ['order', 'pay', '订单查询', 'login', 'report']],
    ['pay !live staging', []],
  ])('/%s', (filter, expected) => {
    expect(shown(key('/'), text(filter), key('enter'))).toEqual(expected);
  });

  it('shows only what failed or is held', () => {
    expect(shown(key('e'))).toEqual(['order', 'pay', '订单查询']);
    expect(shown(key('e'), key('escape'))).toHaveLength(6);
  });

  it('shows what failed or is held first, then by name; or by name alone; or the other way round', () => {
    const byName = ['cart', 'login', 'order', 'pay', 'report', '订单查询'];
    expect(shown()).toEqual(['order', 'pay', '订单查询', 'cart', 'login', 'report']);
    expect(shown(key('s'))).toEqual(byName);
    expect(shown(key('s'), key('S'))).toEqual(byName.toReversed());
    const { monitor } = played([key('down'), key('s'), key('S')], motley(), size);
    expect(monitor.selected).toBe('pay');
  });

  it('counts as people do: fn-2 before fn-10', () => {
    const state = stateOf(
      environments,
      ['fn-10', 'fn-2', 'fn-1'].map((name) => ({ name, stands: ['live', 'live', 'live'] as const })),
    );
    expect(names(picture(state, firstMonitor, size))).toEqual(['fn-1', 'fn-2', 'fn-10']);
  });

  it('keeps the chosen function in sight among 300', () => {
    const state = stateOf(
      environments,
      Array.from({ length: 300 }, (_, index) => ({
        name: `fn${`${index}`.padStart(3, '0')}`,
        stands: ['live', 'live', 'live'] as const,
      })),
    );
    const { monitor } = played([key('G'), key('up'), key('pageup')], state, size);
    const lines = picture(state, monitor, size).join('\n');
    expect(lines).toContain(`▸ ${monitor.selected}`);
    expect(played([key('pagedown'), key('g')], state, size).monitor.selected).toBe('fn000');
  });
});

describe('the log', () => {
  const notice = (detail: string, name?: string): { type: 'fact'; fact: Fact } => ({
    type: 'fact',
    fact:
      name === undefined
        ? { event: 'notice', kind: 'bug', function: null, place: null, detail, hint: '' }
        : { event: 'changed', function: name, files: [detail], more: 0 },
  });
  const many = Array.from({ length: 100 }, (_, index) => notice(`line-${index}-end`, 'cart'));
  const view = (...events: Parameters<typeof played>[0]): string => {
    const state = motley();
    return picture(state, played([...many, ...events], state, size).monitor, size).join('\n');
  };

  it('follows, stays where it was scrolled to, and follows again', () => {
    expect(view()).toContain('line-99-end');
    const pane = key('tab');
    const scrolled = view(pane, key('up'), notice('line-100-end', 'cart'));
    expect(scrolled).toContain('line-98-end');
    expect(scrolled).not.toContain('line-99-end');
    expect(scrolled).toContain('not following');
    expect(view(pane, key('g'))).toContain('line-0-end');
    expect(view(pane, key('g'), key('G'), notice('line-100-end', 'cart'))).toContain('line-100-end');
    expect(view(pane, key('up'), key('f'))).toContain('line-99-end');
  });

  it('finds, forwards and backwards', () => {
    const search = [key('tab'), key('/'), text('line-5'), key('enter')];
    expect(view(...search)).toContain('line-59-end');
    expect(view(...search, key('N'))).toContain('line-58-end');
    expect(view(...search, key('n'))).toContain('line-5-end');
    expect(view(key('tab'), key('/'), text('nowhere'), key('enter'), key('n'))).toContain(
      'is not in this log',
    );
  });

  it('has the lines of its function and of none, or all of them', () => {
    expect(view(key('down'))).not.toContain('line-99-end');
    expect(view(key('down'), notice('for everybody'))).toContain('for everybody');
    expect(view(key('down'), key('a'))).toContain('line-99-end');
  });

  it('stays small', () => {
    const flood = Array.from({ length: 5000 }, (_, index) =>
      notice(`${'x'.repeat(50)}${index}`, `fn${index % 3}`),
    );
    const { monitor } = played(flood, motley(), size);
    expect(monitor.log.length).toBeLessThanOrEqual(1000);
    expect([...monitor.histories.values()].every(({ lines }) => lines.length <= 200)).toBe(true);
    const pushes = Array.from({ length: 100 }, () => ({
      type: 'fact' as const,
      fact: {
        event: 'pushing' as const,
        function: 'cart',
        envs: environments,
        fingerprint: 'c'.repeat(64),
        zipBytes: 1,
        files: 1,
        attempt: 1,
        cause: 'change' as const,
      },
    }));
    expect(played(pushes, motley(), size).monitor.histories.get('cart')?.uploads.length).toBe(20);
  });
});

describe('on a narrow screen', () => {
  const narrow = { columns: 60, rows: 16 };
  it('Enter shows the details, Esc the list again', () => {
    const detail = played([key('/'), text('login'), key('enter'), key('enter')], motley(), narrow).monitor;
    expect(picture(motley(), detail, narrow).join('\n')).toContain('The code is being uploaded.');
    const list = played([key('escape'), key('escape')], motley(), narrow, detail).monitor;
    expect(names(picture(motley(), list, narrow))).toHaveLength(5);
  });
});

describe('a click', () => {
  it('outside of everything does nothing', () => {
    const point = { column: 79, row: 23 };
    const { monitor, actions } = played([{ type: 'click', point } as never], motley(), size);
    expect({ ...monitor, selected: null }).toEqual(firstMonitor);
    expect(actions).toEqual([]);
  });
});

describe('a call of a function', () => {
  const state = motley();
  const [dev = ''] = environments;
  const openAll = [key('l'), key('i'), key('C-u'), text('{"a":1}'), key('enter')];
  const env = state.envs.get(dev);
  if (env === undefined) throw new Error('no such environment');
  const guarded = {
    ...state,
    envs: new Map([...state.envs, [dev, { ...env, spec: { id: dev, protected: true } }]]),
  };
  const call = { type: 'invoke', function: 'order', env: dev, event: '{"a":1}' };

  it('is made at once where nothing is protected', () => {
    const { monitor, actions } = played(openAll, state, size);
    expect(actions).toEqual([call]);
    expect(monitor.question).toBeNull();
    expect(monitor.histories.get('order')?.events[0]).toBe('{"a":1}');
  });

  it('is asked about in a protected environment, and made by y alone', () => {
    const asked = played(openAll, guarded, size);
    expect(asked.actions).toEqual([]);
    expect(asked.monitor.question?.text).toBe('Call order in dev (protected)?');
    expect(asked.monitor.histories.get('order')).toBeUndefined();
    for (const no of ['n', 'escape', 'enter']) {
      const refused = played([key(no)], guarded, size, asked.monitor);
      expect(refused.actions).toEqual([]);
      expect(refused.monitor.question).toBeNull();
      expect(refused.monitor.histories.get('order')).toBeUndefined();
    }
    const yes = played([key('y')], guarded, size, asked.monitor);
    expect(yes.actions).toEqual([call]);
    expect(yes.monitor.histories.get('order')?.events[0]).toBe('{"a":1}');
  });
});
