/** The request of each key, and the place it moves to: from one known picture, in the list and in the log. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import { firstMonitor, type MonitorEvent, type MonitorState } from '../../src/monitor/model.js';
import { environments, key, motley, now, played, stateOf, text } from '../support/stage.js';

const wide = { columns: 140, rows: 24 };
const narrow = { columns: 40, rows: 12 };
const [dev = '', test = '', staging = ''] = environments;

type Sent<Event> = Event extends MonitorEvent ? Omit<Event, 'at'> : never;
const sent = (event: Sent<MonitorEvent>) => event;

/** Of `motley`, by name. */
const rows = ['cart', 'login', 'order', 'pay', 'report', '订单查询'];
const byName: MonitorState = { ...firstMonitor, sort: 'name' };
const at = (selected: string, more: Partial<MonitorState> = {}): MonitorState => ({
  ...{ ...byName, follows: false, selected },
  ...more,
});
const raise = (): never => {
  throw new Error('no such environment');
};
const press = (names: readonly string[], from = byName, state: State = motley(), size = wide) =>
  played(
    names.map((name) => key(name)),
    state,
    size,
    from,
  );
const selectedAfter = (names: readonly string[], from = byName) => press(names, from).monitor.selected;

describe('the choice', () => {
  it.each<readonly [readonly string[], string, string]>([
    [['down'], 'cart', 'login'],
    [['j', 'j'], 'cart', 'order'],
    [['up'], 'login', 'cart'],
    [['k'], 'cart', 'cart'],
    [['down'], '订单查询', '订单查询'],
    [['end'], 'cart', '订单查询'],
    [['G'], 'login', '订单查询'],
    [['home'], 'report', 'cart'],
    [['g'], 'pay', 'cart'],
    [['pagedown'], 'cart', '订单查询'],
    [['pageup'], 'report', 'cart'],
    [['s'], 'pay', 'pay'],
    [['t'], 'cart', 'order'],
    [['t'], 'order', 'pay'],
    [['t'], '订单查询', 'order'],
    [['T'], 'order', '订单查询'],
    [['T'], 'pay', 'order'],
  ])('%j from %s: %s', (names, from, to) => {
    expect(selectedAfter(names, at(from))).toBe(to);
    expect(press(names, at(from)).actions).toEqual([]);
  });

  it('a page is as long as the list is high', () => {
    const names = Array.from({ length: 60 }, (_, index) => `fn-${index + 10}`);
    const state = stateOf(
      environments,
      names.map((name) => ({ name, stands: ['live', 'live', 'live'] as const })),
    );
    const far = press(['pagedown'], at('fn-10'), state).monitor.selected ?? '';
    const page = names.indexOf(far);
    expect(page).toBeGreaterThan(10);
    expect(page).toBeLessThan(wide.rows);
    expect(press(['pagedown', 'pagedown'], at('fn-10'), state).monitor.selected).toBe(names[2 * page]);
    expect(press(['pagedown', 'pageup'], at('fn-10'), state).monitor.selected).toBe('fn-10');
  });

  it('a key ends the following; a choice that changes nothing keeps the log where it is', () => {
    expect(press(['down'], { ...byName, follows: true }).monitor).toMatchObject({
      follows: false,
      logEnd: null,
    });
    expect(press(['up'], at('cart', { logEnd: 7 })).monitor.logEnd).toBe(7);
    expect(press(['down'], at('cart', { logEnd: 7 })).monitor.logEnd).toBeNull();
  });

  it('without functions nothing is chosen, and no key asks for anything', () => {
    const empty = stateOf(environments, []);
    for (const name of ['down', 'up', 't', 'u', 'r', 'i', 'o', 'D', 'H', 'U', 'E', ' ', 'right']) {
      const { monitor, actions } = press([name], byName, empty);
      expect(monitor.selected).toBeNull();
      expect(actions.filter(({ type }) => type !== 'dispatch')).toEqual([]);
    }
  });

  it('environments are chosen one after the other, and all again', () => {
    const chosen = (...names: string[]) => press(names, at('cart')).monitor.env;
    expect([
      chosen('right'),
      chosen('right', 'l'),
      chosen('l', 'l', 'l'),
      chosen('l', 'l', 'l', 'l'),
    ]).toEqual([...[dev, test, staging, staging]]);
    expect([chosen('l', 'left'), chosen('l', 'l', 'h'), chosen('h')]).toEqual([null, dev, null]);
    expect(press(['l'], { ...byName, follows: true }).monitor).toMatchObject({
      selected: 'cart',
      follows: false,
    });
  });

  it('no trouble is said where there is none', () => {
    const calm = stateOf(environments, [{ name: 'a', stands: ['live', 'live', 'live'] }]);
    const { monitor } = press(['t'], byName, calm);
    expect(monitor.toast).toMatchObject({ tone: 'good', at: now, until: now + 4000 });
    expect(press(['t'], at('cart', { pane: 'detail' })).monitor).toMatchObject({
      pane: 'functions',
      toast: null,
    });
  });
});

describe('marks', () => {
  it('are set and taken back, and the next function is chosen', () => {
    const two = press([' ', ' '], at('cart')).monitor;
    expect([[...two.marked], two.selected]).toEqual([['cart', 'login'], 'order']);
    const one = press([' ', 'up', ' '], at('cart')).monitor;
    expect([[...one.marked], one.selected]).toEqual([[], 'login']);
  });
});

describe('panes', () => {
  it('Tab goes from one to the other; on a narrow screen to the other screen', () => {
    expect(press(['tab']).monitor.pane).toBe('detail');
    expect(press(['tab', 'S-tab']).monitor.pane).toBe('functions');
    expect(press(['tab'], byName, motley(), narrow).monitor).toMatchObject({
      zoomed: true,
      pane: 'functions',
    });
    expect(press(['tab', 'tab'], byName, motley(), narrow).monitor.zoomed).toBe(false);
  });

  it.each<readonly [string, Partial<MonitorState>, Partial<MonitorState>]>([
    ['the zoom first', { zoomed: true, answers: true }, { zoomed: false, answers: true }],
    ['then the answers', { answers: true, pane: 'detail' }, { answers: false, pane: 'detail' }],
    [
      'then the search',
      { pane: 'detail', search: 'x', logEnd: 4 },
      { pane: 'detail', search: '', logEnd: 4 },
    ],
    [
      'then the pane',
      { pane: 'detail', logEnd: 4, filter: 'pay' },
      { pane: 'functions', logEnd: null, filter: 'pay' },
    ],
    ['then the marks', { marked: new Set(['pay']), filter: 'p' }, { marked: new Set(), filter: 'p' }],
    ['then the filter', { filter: 'p', env: dev }, { filter: '', env: dev }],
    ['or what failed only', { failedOnly: true, env: dev }, { failedOnly: false, env: dev }],
    ['then the environment', { env: dev, logOf: 'one' }, { env: null, logOf: 'one', follows: false }],
    ['at last it follows', { logOf: 'one', logEnd: 3 }, { follows: true, logOf: 'auto', logEnd: null }],
  ])('Esc takes back %s', (_, from, to) => {
    expect(press(['escape'], at('pay', from)).monitor).toMatchObject(to);
  });

  it('the border moves by steps, within bounds', () => {
    const wider = press(['>'], byName).monitor.split;
    const narrower = press(['<'], byName).monitor.split;
    expect([Math.abs(wider), wider + narrower]).toEqual([1, 0]);
    const far = press(Array(40).fill('>'), byName).monitor.split;
    expect(Math.abs(far)).toBe(30);
    expect(press(Array(40).fill('<'), byName).monitor.split).toBe(-far);
  });

  it('the answers take the place of the log, and on a narrow screen that of the list', () => {
    expect(press(['v'], at('pay', { answersTop: 5 })).monitor).toMatchObject({
      ...{ answers: true, answersTop: 0, zoomed: false },
    });
    expect(press(['v', 'v']).monitor.answers).toBe(false);
    expect(press(['v'], byName, motley(), narrow).monitor).toMatchObject({ answers: true, zoomed: true });
  });
});

describe('order', () => {
  it('goes through all keys and begins again, and says so', () => {
    const sorts = [1, 2, 3, 4].map((times) => press(Array(times).fill('s'), firstMonitor).monitor.sort);
    expect(new Set(sorts).size).toBe(4);
    expect(sorts[3]).toBe(firstMonitor.sort);
    expect(press(['s']).monitor.toast).toMatchObject({ tone: 'good', until: now + 4000 });
    expect(press(['S']).monitor).toMatchObject({ reversed: true, toast: { tone: 'good' } });
    expect(press(['S', 'S']).monitor.reversed).toBe(false);
  });
});

/** Lines of the log: ten of `pay`, each with its number. */
const logged = (from = byName): MonitorState => {
  const events = Array.from({ length: 60 }, (_, index) => ({
    type: 'fact' as const,
    fact: {
      event: 'unchanged' as const,
      function: index % 2 ? 'pay' : 'cart',
      fingerprint: `${index}`.padStart(64, '0'),
    },
  }));
  const stray = Array.from({ length: 60 }, (_, index) => ({
    type: 'stray' as const,
    text: `line ${index}\n`,
  }));
  return played([...events, ...stray].map(sent), motley(), wide, from).monitor;
};

describe('the log', () => {
  const inLog = (more: Partial<MonitorState> = {}) => logged({ ...byName, pane: 'detail', ...more });

  it('is scrolled by the keys of its pane, and follows again by f', () => {
    const up = press(['up'], inLog()).monitor;
    expect(up.logEnd).not.toBeNull();
    expect(press(['up', 'up'], inLog()).monitor.logEnd).toBe((up.logEnd ?? 0) - 1);
    expect(press(['up', 'down'], inLog()).monitor.logEnd).toBeNull();
    expect(press(['f'], up).monitor).toMatchObject({ logEnd: null, toast: { tone: 'good' } });
    const stopped = press(['f'], inLog()).monitor;
    expect(stopped.logEnd).toBe(stopped.log.at(-1)?.seq);
    expect(press(['home', 'end'], inLog()).monitor.logEnd).toBeNull();
  });

  it('is of one function or of all', () => {
    expect(press(['a'], byName).monitor.logOf).toBe('one');
    expect(press(['a', 'a'], byName).monitor.logOf).toBe('all');
    expect(press(['a'], at('pay')).monitor.logOf).toBe('all');
    expect(press(['a'], at('pay', { logEnd: 3 })).monitor.logEnd).toBeNull();
  });

  it('is searched: forwards, backwards, and in vain', () => {
    const found = played([key('/'), text('line 7'), key('enter')], motley(), wide, inLog()).monitor;
    expect(found.search).toBe('line 7');
    const again = press(['N'], found).monitor;
    const line = again.log.find(({ seq }) => seq === again.logEnd);
    expect(line?.text).toContain('line 7');
    const none = played([key('/'), text('nowhere'), key('enter'), key('n')], motley(), wide, inLog()).monitor;
    expect(none.toast).toMatchObject({ tone: 'warn' });
    expect(press(['n'], inLog()).monitor.toast).toBeNull();
  });

  it('wraps, and the mouse is let go of', () => {
    expect(press(['w']).monitor.wrap).toBe(!byName.wrap);
    expect(press(['m']).monitor).toMatchObject({ mouse: !byName.mouse, toast: { tone: 'good' } });
    const toasts = [press(['m']).monitor.toast?.text, press(['m', 'm']).monitor.toast?.text];
    expect(new Set(toasts).size).toBe(2);
  });
});

describe('help and sheets', () => {
  it('are scrolled by the same keys, and closed by others', () => {
    const help = press(['?']).monitor;
    expect(help.help).toBe(true);
    expect(press(['down', 'down', 'up'], help).monitor).toMatchObject({ help: true, helpTop: 1 });
    expect(press(['pagedown'], help).monitor.helpTop).toBe(wide.rows - 3);
    expect(press(['pagedown', 'pageup', 'up'], help).monitor.helpTop).toBe(0);
    expect(press(['?'], help).monitor.help).toBe(false);
    const wheel = played(
      [sent({ type: 'wheel', point: { column: 1, row: 1 }, by: 3 })],
      motley(),
      wide,
      help,
    ).monitor;
    expect(wheel).toMatchObject({ helpTop: 3, selected: null });
    const click = played(
      [sent({ type: 'click', point: { column: 1, row: 5 } })],
      motley(),
      wide,
      help,
    ).monitor;
    expect(click).toMatchObject({ help: false, selected: null });
  });
});

/** The events of the actions, without the time. */
const events = (names: readonly string[], from: MonitorState, state?: State) =>
  press(names, from, state).actions.flatMap((action) => (action.type === 'dispatch' ? action.events : []));

describe('what is asked of the program', () => {
  it('uploading: what is not live at once, what is live after a question', () => {
    expect(events(['u'], at('order', { env: test }))).toMatchObject([
      { type: 'force', at: now, function: 'order', env: test, id: expect.any(String) },
    ]);
    const asked = press(['u'], at('cart'));
    expect([asked.actions, asked.monitor.question === null]).toEqual([[], false]);
    expect(events(['u', 'y'], at('cart'))).toMatchObject([{ type: 'force', function: 'cart', env: null }]);
    expect(press(['u', 'y'], at('cart')).monitor).toMatchObject({ question: null, toast: { at: now } });
    for (const no of ['n', 'escape', 'enter'])
      expect(press(['u', no], at('cart'))).toMatchObject({ actions: [], monitor: { question: null } });
    expect(press(['u', 'x'], at('cart')).monitor.question).not.toBeNull();
  });

  it('uploading the marked functions, whichever is chosen', () => {
    const marked = new Set(['order', 'login']);
    expect(
      events(['u', 'y'], at('cart', { marked })).map((event) => 'function' in event && event.function),
    ).toEqual([...['login', 'order']]);
  });

  it('retrying: the chosen one, in the chosen environment; and all', () => {
    expect(events(['r'], at('order'))).toEqual([{ type: 'retry', at: now, function: 'order', env: null }]);
    expect(events(['r'], at('order', { env: test }))).toMatchObject([{ env: test }]);
    expect(press(['r'], at('order')).monitor.toast?.text).not.toBe(
      press(['r'], at('cart')).monitor.toast?.text,
    );
    expect(events(['R', 'y'], at('order'))).toEqual([{ type: 'retry', at: now, function: null, env: null }]);
    const calm = stateOf(environments, [{ name: 'a', stands: ['live', 'live', 'live'] }]);
    expect(events(['R'], byName, calm)).toMatchObject([{ type: 'retry', function: null }]);
    expect(press(['R'], byName, calm).monitor.toast?.tone).toBe('good');
  });

  it('retrying many is asked first', () => {
    const many = (count: number) =>
      stateOf(
        [dev],
        Array.from({ length: count }, (_, index) => ({ name: `f${index}`, stands: ['failed'] as const })),
      );
    expect(press(['R'], byName, many(3)).monitor.question).toBeNull();
    expect(press(['R'], byName, many(4)).monitor.question).not.toBeNull();
    expect(events(['R', 'y'], byName, many(4))).toMatchObject([{ type: 'retry', function: null, env: null }]);
  });

  it('pausing, and going on', () => {
    expect(events(['p'], byName)).toEqual([{ type: 'pause', at: now, paused: true }]);
    expect(events(['p'], byName, { ...motley(), paused: true })).toMatchObject([{ paused: false }]);
  });

  const guarded = (): State => {
    const state = motley();
    const env = state.envs.get(test);
    if (env === undefined) throw new Error('no such environment');
    const envs = new Map(state.envs).set(test, { ...env, spec: { id: test, protected: true } });
    return { ...state, envs };
  };

  it('a protected environment: a question, and an agreement for it', () => {
    expect(press(['y'], at('cart')).monitor.toast?.tone).toBe('good');
    const asked = press(['y'], at('order'), guarded());
    expect([asked.actions, asked.monitor.question === null]).toEqual([[], false]);
    expect(events(['y', 'y'], at('order'), guarded())).toMatchObject([
      { type: 'allow', at: now, envs: [test], functions: null },
    ]);
    expect(events(['u', 'y'], at('order'), guarded())).toMatchObject([
      { type: 'allow', envs: [test], functions: ['order'] },
      { type: 'force', function: 'order', env: null },
    ]);
  });

  it('names what the agreement lets go, and nothing else that goes there', () => {
    const stands = (test: 'queued' | 'deploying') => ['live', test, 'live'] as const;
    const state = stateOf(environments, [
      { name: 'a', stands: stands('queued') },
      { name: 'b', stands: stands('deploying') },
    ]);
    const envs = new Map(state.envs).set(test, guarded().envs.get(test) ?? raise());
    const { monitor } = press(['y', 'y'], at('a'), { ...state, envs });
    expect(monitor.toast?.text).toBe('Uploading a to mytestenv.');
  });

  it('code that cannot run: a warning before the yes, and after it', () => {
    const state = motley();
    const fn = state.functions.get('cart');
    if (fn === undefined) throw new Error('no such function');
    const place = { path: 'index.js', line: 7, column: 3, certain: true };
    const fault = { kind: 'syntax-error', message: 'no', ...place } as const;
    const broken = { ...state, functions: state.functions.with('cart', { ...fn, fault }) };
    const warning = 'cart cannot run in the cloud.';
    expect(press(['u'], at('cart'), broken).monitor.question?.text).toContain(warning);
    const said = press(['u', 'y'], at('cart'), broken).monitor.toast;
    expect([said?.text.includes(warning), said?.tone]).toEqual([true, 'warn']);
  });

  it('somebody else’s code: nothing to accept is said', () => {
    expect(press(['A'], at('cart'))).toMatchObject({ actions: [], monitor: { toast: { tone: 'good' } } });
  });

  it.each(['D', 'H', 'U'])('%s looks up the chosen function, in its environments', (name) => {
    const type = { D: 'diff', H: 'history', U: 'undo' }[name];
    expect(press([name], at('pay')).actions).toEqual([{ type, function: 'pay', envs: environments }]);
    expect(press([name], at('pay', { env: test })).actions).toEqual([
      { type, function: 'pay', envs: [test] },
    ]);
  });

  it('a call with saved events, where the answers are shown', () => {
    const answers = { answers: true } as const;
    expect(press(['t'], at('pay', answers)).actions).toEqual([{ type: 'call', function: 'pay', env: null }]);
    expect(press(['t'], at('pay', { ...answers, env: dev })).actions).toMatchObject([{ env: dev }]);
    expect(press(['E'], at('pay')).actions).toEqual([{ type: 'events', function: 'pay' }]);
  });

  it('the events to choose from open the line with those that are chosen', () => {
    const offered = [
      { name: 'one', chosen: true },
      { name: 'two', chosen: false },
      { name: 'three', chosen: true },
    ];
    const opened = played(
      [sent({ type: 'events', function: 'pay', events: offered })],
      motley(),
      wide,
      at('pay'),
    ).monitor;
    expect(opened.prompt).toMatchObject({
      kind: 'events',
      function: 'pay',
      choices: ['one', 'two', 'three'],
    });
    expect(JSON.stringify(opened.prompt?.line)).toContain('one, three');
    const none = played(
      [sent({ type: 'events', function: 'pay', events: [] })],
      motley(),
      wide,
      at('pay'),
    ).monitor;
    expect(none).toMatchObject({ prompt: null, toast: { tone: 'warn' } });
  });

  it('a call of the chosen function: where nothing is protected, unless it is chosen', () => {
    const place = (from: MonitorState, state?: State) => press(['i'], from, state).monitor.prompt?.env;
    expect(place(at('pay'))).toBe(dev);
    expect(place(at('pay', { env: staging }))).toBe(staging);
    const state = guarded();
    const first = state.envs.get(dev);
    if (first === undefined) throw new Error('no such environment');
    const both = new Map(state.envs).set(dev, { ...first, spec: { id: dev, protected: true } });
    expect(place(at('pay'), { ...state, envs: both })).toBe(staging);
  });

  it('the folder of the chosen function', () => {
    expect(press(['o'], at('pay')).actions).toMatchObject([
      { type: 'open-folder', folder: expect.stringContaining('pay') },
    ]);
  });

  it('every other key does nothing', () => {
    for (const name of ['x', 'Z', 'f9', '1'])
      expect(press([name], at('pay'))).toEqual({ actions: [], monitor: at('pay') });
    expect(rows).toHaveLength(motley().functions.size);
  });
});
