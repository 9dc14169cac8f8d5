/** Every key as terminals send it, through blessed, to what it does. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.js';
import { keyTable } from '../../src/monitor/keys.js';
import type { MonitorAction, MonitorEvent, MonitorState } from '../../src/monitor/model.js';
import { openScreen, type Screen } from '../../src/monitor/terminal.js';
import { FakeInput, FakeOutput } from '../support/headless.js';
import { environments, key, motley, now, picture, played, text } from '../support/stage.js';

/** The sequences that xterm, tmux, the Linux console and Windows Terminal send for the keys that are not themselves. */
const sequences: Readonly<Record<string, readonly string[]>> = {
  up: ['\u001b[A', '\u001bOA'],
  down: ['\u001b[B', '\u001bOB'],
  left: ['\u001b[D', '\u001bOD'],
  right: ['\u001b[C', '\u001bOC'],
  pageup: ['\u001b[5~'],
  pagedown: ['\u001b[6~'],
  home: ['\u001b[H', '\u001bOH', '\u001b[1~', '\u001b[7~'],
  end: ['\u001b[F', '\u001bOF', '\u001b[4~', '\u001b[8~'],
  tab: ['\t'],
  'S-tab': ['\u001b[Z'],
  enter: ['\r', '\n'],
  escape: ['\u001b'],
  f1: ['\u001bOP', '\u001b[11~', '\u001b[[A'],
  f10: ['\u001b[21~'],
  'C-l': ['\u000c'],
  'C-z': ['\u001a'],
  'C-c': ['\u0003'],
};

const open: Screen[] = [];
afterEach(() => {
  for (const screen of open.splice(0)) screen.close();
});

async function listening(): Promise<{ input: FakeInput; next: () => Promise<string> }> {
  const input = new FakeInput();
  const names: string[] = [];
  let told: (() => void) | null = null;
  const screen = openScreen(input, new FakeOutput(size), {
    onKey(name) {
      names.push(name);
      told?.();
    },
    onPaste: () => undefined,
    onMouse: () => undefined,
    onResize: () => undefined,
    onDrain: () => undefined,
  });
  open.push(screen);
  screen.enter();
  await screen.listen();
  const next = async (): Promise<string> => {
    while (names.length === 0) {
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
    return names.shift() ?? '';
  };
  return { input, next };
}

const size = { columns: 80, rows: 24 };
const state = motley();
const [dev = ''] = environments;
const line = (index: number): Omit<MonitorEvent, 'at'> =>
  ({
    type: 'fact',
    fact: { event: 'notice', kind: 'bug', function: null, place: null, detail: `line ${index}`, hint: '' },
  }) as Omit<MonitorEvent, 'at'>;
const lines = Array.from({ length: 99 }, (_, index) => line(index));

/** The effect of each key, and how that is seen: pressed after some others, from the first function of the list. */
interface Case {
  readonly keys: readonly string[];
  readonly after?: readonly Omit<MonitorEvent, 'at'>[];
  readonly asks?: MonitorAction;
  readonly sees?: (monitor: MonitorState) => unknown;
  readonly is?: unknown;
}

/** Troubles first, then by name. */
const rowsShown = ['order', 'pay', '订单查询', 'cart', 'login', 'report'];
const onRow = (index: number): string | undefined => rowsShown[index];
const asked = (...events: readonly Event[]): MonitorAction => ({ type: 'dispatch', events });
const cases: readonly Case[] = [
  { keys: ['down', 'j'], sees: chosen, is: onRow(1) },
  { keys: ['up', 'k'], after: [key('j'), key('j')], sees: chosen, is: onRow(1) },
  { keys: ['right', 'l'], sees: ({ env }) => env, is: dev },
  { keys: ['left', 'h'], after: [key('l')], sees: ({ env }) => env, is: null },
  { keys: ['pagedown'], sees: chosen, is: onRow(5) },
  { keys: ['pageup'], after: [key('G')], sees: chosen, is: onRow(0) },
  { keys: ['G', 'end'], sees: chosen, is: onRow(5) },
  { keys: ['g', 'home'], after: [key('G')], sees: chosen, is: onRow(0) },
  { keys: ['tab', 'S-tab'], sees: ({ pane }) => pane, is: 'detail' },
  { keys: ['enter'], sees: ({ zoomed }) => zoomed, is: true },
  { keys: ['escape'], after: [key('enter')], sees: ({ zoomed }) => zoomed, is: false },
  { keys: ['/'], sees: ({ prompt }) => prompt?.kind, is: 'filter' },
  { keys: ['n'], after: found(), sees: ends, is: 'line 9' },
  { keys: ['N'], after: found(), sees: ends, is: 'line 96' },
  { keys: ['t'], after: [key('G')], sees: chosen, is: onRow(0) },
  { keys: ['T'], after: [key('j')], sees: chosen, is: onRow(0) },
  { keys: [' '], sees: ({ marked }) => [...marked], is: ['order'] },
  { keys: ['>', ']'], sees: ({ split }) => split, is: 1 },
  { keys: ['<', '['], sees: ({ split }) => split, is: -1 },
  { keys: ['e'], sees: ({ failedOnly }) => failedOnly, is: true },
  { keys: ['s'], sees: ({ sort }) => sort, is: 'name' },
  { keys: ['S'], sees: ({ reversed }) => reversed, is: true },
  { keys: ['f'], sees: ends, is: 'line 98', after: lines },
  { keys: ['w'], sees: ({ wrap }) => wrap, is: false },
  { keys: ['a'], sees: ({ logOf }) => logOf, is: 'one' },
  { keys: ['r'], asks: asked({ type: 'retry', at: now, function: 'order', env: null }) },
  { keys: ['R'], sees: ({ question }) => question?.text, is: 'Retry 6 targets of 3 functions?' },
  { keys: ['v'], sees: ({ answers }) => answers, is: true },
  { keys: ['E'], asks: { type: 'events', function: 'order' } },
  {
    keys: ['u'],
    sees: ({ question }) => question?.text,
    is: 'Upload order again to dev, where it is live? Yes uploads order to dev, mytestenv, staging.',
  },
  { keys: ['p'], asks: asked({ type: 'pause', at: now, paused: true }) },
  { keys: ['y'], sees: ({ toast }) => toast?.text, is: 'No protected environment waits for an answer here.' },
  {
    keys: ['A'],
    sees: ({ toast }) => toast?.text,
    is: 'Nothing to accept for order: nobody else has deployed there, or you have accepted it already.',
  },
  { keys: ['i'], after: [key('l')], sees: ({ prompt }) => prompt?.kind, is: 'invoke' },
  { keys: ['c'], asks: { type: 'copy' } },
  { keys: ['o'], asks: { type: 'open-folder', folder: '/project/order' } },
  { keys: ['D'], asks: { type: 'diff', function: 'order', envs: environments } },
  { keys: ['H'], asks: { type: 'history', function: 'order', envs: environments } },
  { keys: ['U'], asks: { type: 'undo', function: 'order', envs: environments } },
  { keys: ['m', 'f10'], sees: ({ mouse }) => mouse, is: false },
  { keys: ['?', 'f1'], sees: ({ help }) => help, is: true },
  { keys: ['C-l'], asks: { type: 'redraw' } },
  { keys: ['C-z'], asks: { type: 'suspend' } },
  { keys: ['q', 'C-c'], asks: { type: 'quit' } },
];

function chosen({ selected }: MonitorState): string | null {
  return selected;
}

function ends({ logEnd, log }: MonitorState): string | undefined {
  return log.find(({ seq }) => seq === logEnd)?.text;
}

function found(): Omit<MonitorEvent, 'at'>[] {
  return [...lines.slice(0, 98), line(1), key('tab'), key('/'), text('line 9'), key('enter')];
}

describe('every key', () => {
  const rows = cases.flatMap((each) => each.keys.map((name) => [name, each] as const));

  it.each(rows)('%s does what it is for', (name, { after = [], asks, sees, is }) => {
    const { monitor, actions } = played([...after, key(name)], state, size);
    expect(actions).toEqual(asks === undefined ? [] : [asks]);
    if (sees !== undefined) expect(sees(monitor)).toEqual(is);
  });

  it.each(rows.flatMap(([name]) => (sequences[name] ?? [name]).map((sent) => [name, sent] as const)))(
    '%s is what terminals send as %j',
    async (name, sent) => {
      const { input, next } = await listening();
      input.type(sent);
      expect(await next()).toBe(name);
    },
  );

  it('of the table is tried here', () => {
    expect(
      Object.values(keyTable)
        .flatMap((entry) => [...entry.keys])
        .sort(),
    ).toEqual(rows.map(([name]) => name).sort());
  });

  it('counts when it was typed before keys were listened for', async () => {
    const input = new FakeInput();
    const names: string[] = [];
    const screen = openScreen(input, new FakeOutput(size), {
      onKey: (name) => names.push(name),
      onPaste: () => undefined,
      onMouse: () => undefined,
      onResize: () => undefined,
      onDrain: () => undefined,
    });
    open.push(screen);
    screen.enter();
    input.type('j\u001b[Bq');
    expect(names).toEqual([]);
    await screen.listen();
    expect(names).toEqual(['j', 'down', 'q']);
  });
});

describe('what keys do that no other test presses', () => {
  const pressed = (...events: Parameters<typeof played>[0]): ReturnType<typeof played> =>
    played(events, state, size);

  it('left and right go through the environments and back to all', () => {
    expect(pressed(key('right')).monitor.env).toBe('dev-3gewtf9c10f60c76');
    expect(pressed(key('right'), key('right'), key('left'), key('left')).monitor.env).toBeNull();
    expect(pressed(...Array.from({ length: 9 }, () => key('right'))).monitor.env).toBe(
      'staging-1a2b3c4d5e6f7',
    );
  });

  it('Esc goes one step back each time', () => {
    const deep = [key('right'), key('/'), text('o'), key('enter'), key('tab'), key('enter')];
    const steps = [0, 1, 2, 3, 4].map((count) => {
      const { monitor } = pressed(...deep, ...Array.from({ length: count }, () => key('escape')));
      return [monitor.zoomed, monitor.pane, monitor.filter, monitor.env !== null];
    });
    expect(steps).toEqual([
      [true, 'detail', 'o', true],
      [false, 'detail', 'o', true],
      [false, 'functions', 'o', true],
      [false, 'functions', '', true],
      [false, 'functions', '', false],
    ]);
  });

  it('w cuts long lines of the log, and wraps them again', () => {
    const long = {
      type: 'fact',
      fact: {
        event: 'notice',
        kind: 'bug',
        function: null,
        place: null,
        detail: `${'word '.repeat(20)}the end`,
        hint: '',
      },
    } as const;
    const seen = (...events: Parameters<typeof played>[0]): string =>
      picture(state, pressed(long, ...events).monitor, size).join('\n');
    expect(seen()).toContain('the end');
    expect(seen(key('w'))).not.toContain('the end');
    expect(seen(key('w'), key('w'))).toContain('the end');
  });

  it.each([
    ['C-z', 'suspend'],
    ['C-l', 'redraw'],
    ['C-c', 'quit'],
  ])('%s acts within the help and while something is typed', (name, type) => {
    expect(pressed(key('?'), key(name)).actions).toEqual([{ type }]);
    expect(pressed(key('/'), key(name)).actions).toEqual([{ type }]);
    expect(pressed(key('u'), key(name)).actions).toEqual([{ type }]);
  });

  it('a prompt keeps what is typed from acting, and Esc drops it', () => {
    const { monitor, actions } = pressed(key('/'), text('q'), text('r'), key('escape'));
    expect(actions).toEqual([]);
    expect(monitor.prompt).toBeNull();
    expect(monitor.filter).toBe('');
  });
});
