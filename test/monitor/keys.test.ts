/** Every key of the table as terminals send it, through blessed, to what it does. */
import { afterEach, describe, expect, it } from 'vitest';
import { actionOf, type KeyAction, keyTable } from '../../src/monitor/keys.js';
import { openScreen, type Screen } from '../../src/monitor/terminal.js';
import { FakeInput, FakeOutput } from '../support/headless.js';
import { key, motley, picture, played, text } from '../support/stage.js';

const size = { columns: 80, rows: 24 };

/** What xterm, tmux, the Linux console and Windows Terminal send for the keys that are not themselves. */
const sequences: Readonly<Record<string, readonly string[]>> = {
  up: ['\u001b[A', '\u001bOA'],
  down: ['\u001b[B', '\u001bOB'],
  left: ['\u001b[D', '\u001bOD'],
  right: ['\u001b[C', '\u001bOC'],
  pageup: ['\u001b[5~'],
  pagedown: ['\u001b[6~'],
  space: [' '],
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

/** As monitor.ts asks the table. */
function meant(name: string): KeyAction | undefined {
  return actionOf(name === ' ' ? 'space' : name);
}

describe('every key of the table', () => {
  const rows = keyTable.flatMap(({ action, keys }) =>
    keys.flatMap((name) => (sequences[name] ?? [name]).map((sent) => [name, sent, action] as const)),
  );

  it.each(rows)('%s, sent as %j, means %s', async (_, sent, action) => {
    const { input, next } = await listening();
    input.type(sent);
    expect(meant(await next())).toBe(action);
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
  const state = motley();
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
    const deep = [key('right'), key('filter'), text('o'), key('zoom'), key('other-pane'), key('zoom')];
    const steps = [0, 1, 2, 3, 4].map((count) => {
      const { monitor } = pressed(...deep, ...Array.from({ length: count }, () => key('back')));
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
      fact: { event: 'notice', kind: 'bug', detail: `${'word '.repeat(20)}the end`, hint: '' },
    } as const;
    const seen = (...events: Parameters<typeof played>[0]): string =>
      picture(state, pressed(long, ...events).monitor, size).join('\n');
    expect(seen()).toContain('the end');
    expect(seen(key('wrap'))).not.toContain('the end');
    expect(seen(key('wrap'), key('wrap'))).toContain('the end');
  });

  it.each(['suspend', 'redraw', 'quit'] as const)('%s is asked for, within the help too', (action) => {
    expect(pressed(key(action)).actions).toEqual([{ type: action }]);
    expect(pressed(key('help'), key(action)).actions).toEqual([{ type: action }]);
  });

  it('a prompt keeps what is typed from acting, and Esc drops it', () => {
    const { monitor, actions } = pressed(key('filter'), text('q'), text('r'), key('back'));
    expect(actions).toEqual([]);
    expect(monitor.prompt).toBeNull();
    expect(monitor.filter).toBe('');
  });
});

it('says of an upload that is asked for while all are paused that it waits', () => {
  const paused = { ...motley(), paused: true };
  const { monitor, actions } = played([key('force')], paused, size);
  expect(actions).toMatchObject([{ type: 'force' }]);
  expect(picture(paused, monitor, size).at(-1)).toContain('once uploads go on');
  const { monitor: going } = played([key('force')], motley(), size);
  expect(picture(motley(), going, size).at(-1)).not.toContain('once uploads go on');
});
