import { afterEach, describe, expect, it } from 'vitest';
import type { State } from '../../src/core/state.js';
import type { Fact } from '../../src/model/fact.js';
import { toastOf } from '../../src/monitor/model.js';
import type { Asked, Monitor, MonitorOptions } from '../../src/monitor/monitor.js';
import { openMonitor, osc52 } from '../../src/monitor/monitor.js';
import { FakeInput, FakeOutput } from '../support/headless.js';
import { motley, now, options } from '../support/stage.js';

interface Stage {
  readonly input: FakeInput;
  readonly output: FakeOutput;
  readonly monitor: Monitor;
  readonly asked: Asked[];
  /** The requests that it made without a key. */
  readonly looked: Asked[];
  readonly failures: unknown[];
  state: State;
}

const open: Monitor[] = [];
afterEach(() => {
  for (const monitor of open.splice(0)) monitor.close();
});

async function stage(over: Partial<MonitorOptions> = {}): Promise<Stage> {
  const input = new FakeInput();
  const output = new FakeOutput({ columns: 80, rows: 24 });
  const asked: Asked[] = [];
  const looked: Asked[] = [];
  const failures: unknown[] = [];
  const made = { input, output, asked, looked, failures, state: motley() };
  const monitor = openMonitor({
    input,
    output,
    language: 'en',
    ascii: false,
    color: true,
    remote: false,
    mouse: true,
    endpoint: () => options.endpoint,
    redact: (text) => text,
    uncalled: () => null,
    eventsFileOf: (name) => `events/${name}.json`,
    token: () => null,
    state: () => made.state,
    now: Date.now,
    early: [],
    onUse: () => undefined,
    // A look-up for the picture is one that nobody asked for.
    onAction(action) {
      (action.type === 'differences' ? looked : asked).push(action);
      return null;
    },
    onFailure: (error) => failures.push(error),
    ...over,
  });
  open.push(monitor);
  await monitor.listen();
  return Object.assign(made, { monitor });
}

const has =
  (part: string) =>
  (lines: readonly string[]): boolean =>
    lines.join('\n').includes(part);
/** The mark of the chosen row and its name. */
const chosen =
  (name: string) =>
  (lines: readonly string[]): boolean =>
    lines.some((line) => line.includes(`▸ ${name} `));

describe('the screen', () => {
  it('takes the alternate buffer and raw mode, and gives back everything', async () => {
    const { output, input, monitor } = await stage();
    await output.until(has('Functions 6'));
    const { terminal } = output.screen;
    expect(input.isRaw).toBe(true);
    expect(terminal.buffer.active.type).toBe('alternate');
    expect(terminal.modes.mouseTrackingMode).toBe('drag');
    expect(terminal.modes.wraparoundMode).toBe(false);
    expect(terminal.modes.bracketedPasteMode).toBe(true);
    monitor.close();
    monitor.close();
    await output.until(() => terminal.buffer.active.type === 'normal');
    expect(terminal.modes.mouseTrackingMode).toBe('none');
    expect(terminal.modes.wraparoundMode).toBe(true);
    expect(terminal.modes.bracketedPasteMode).toBe(false);
    expect(input.isRaw).toBe(false);
    expect(output.screen.lines().join('').trim()).toBe('');
    expect(output.listenerCount('resize') + output.listenerCount('drain') + input.listenerCount('data')).toBe(
      0,
    );
  });

  it('looks up once in which files the chosen function differs', async () => {
    const { output, input, monitor, looked } = await stage();
    await output.until(has('Functions 6'));
    monitor.stateChanged();
    for (const key of ['j', 'k', 'j']) {
      const frames = output.frames.length;
      input.type(key);
      await output.until(() => output.frames.length > frames);
    }
    const keys = looked.map((each) => (each.type === 'differences' ? each.key : ''));
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key, index) => key === keys[index - 1])).toEqual([]);
  });

  it('paints nothing when nothing changes, and one frame for many changes', async () => {
    const { output, monitor, input } = await stage();
    await output.until(has('Functions 6'));
    const before = output.frames.length;
    for (let count = 0; count < 500; count += 1) {
      monitor.stateChanged({ type: 'tick', at: Date.now() });
      monitor.fact({ event: 'online', detail: `${count}` }, Date.now());
    }
    input.type('j');
    await output.until(chosen('pay'));
    expect(output.frames.length - before).toBeLessThanOrEqual(2);
    const settled = output.frames.length;
    monitor.stateChanged({ type: 'tick', at: Date.now() });
    input.type('j');
    await output.until(chosen('订单查询'));
    expect(output.frames.length - settled).toBeLessThanOrEqual(2);
    for (const frame of output.frames.slice(before))
      expect(frame).toMatch(/^\u001b\[\?2026h.*\u001b\[\?2026l$/su);
  });

  it('skips frames while the terminal does not read, and shows the latest when it does', async () => {
    const { output, monitor } = await stage();
    await output.until(has('Functions 6'));
    const before = output.frames.length;
    // A frame is due, and the terminal is asked whether it can take one.
    const refused = new Promise<void>((resolve) => {
      Object.defineProperty(output, 'writableNeedDrain', {
        configurable: true,
        get() {
          resolve();
          return true;
        },
      });
    });
    const fact = (detail: string): Fact => ({
      event: 'notice',
      kind: 'watch-deaf',
      function: null,
      place: null,
      detail,
      hint: '',
    });
    for (let count = 0; count < 50; count += 1) monitor.fact(fact(`nobody reads ${count}`), Date.now());
    await refused;
    expect(output.frames.length).toBe(before);
    Object.defineProperty(output, 'writableNeedDrain', { value: false });
    output.emit('drain');
    await output.until(has('nobody reads 49'));
  });

  it('fits itself to every size on the way', async () => {
    const { output } = await stage();
    for (const [columns, rows] of [
      [200, 50],
      [60, 16],
      [40, 10],
      [12, 3],
      [1, 1],
      [80, 24],
    ] as const) {
      output.resize({ columns, rows });
      const wanted = columns < 20 ? 't' : columns < 80 ? 'function' : 'Functions 6';
      await output.until(has(wanted));
    }
  });

  it('comes back from the shell with a whole picture', async () => {
    const { output, monitor, asked, input } = await stage();
    await output.until(has('Functions 6'));
    input.type('\u001a');
    expect(asked).toEqual([{ type: 'suspend' }]);
    monitor.leave();
    await output.until(() => output.screen.terminal.buffer.active.type === 'normal');
    expect(input.isRaw).toBe(false);
    monitor.resume();
    await output.until(has('Functions 6'));
    expect(output.screen.terminal.buffer.active.type).toBe('alternate');
    expect(input.isRaw).toBe(true);
  });

  it('closes itself and tells why when the view breaks', async () => {
    const broken = await stage();
    await broken.output.until(has('Functions 6'));
    Object.defineProperty(broken.state, 'functions', {
      get: () => {
        throw new Error('the state is not what it should be');
      },
    });
    broken.input.type('j');
    expect(String(broken.failures[0])).toContain('not what it should be');
    await broken.output.until(() => broken.output.screen.terminal.buffer.active.type === 'normal');
    broken.monitor.fact({ event: 'online', detail: '' }, now);
    expect(broken.failures.length).toBe(1);
  });
});

describe('input', () => {
  it('takes every key of a burst, whole or in pieces', async () => {
    const { output, input } = await stage();
    await output.until(chosen('order'));
    input.type('\u001b[B\u001b[B\u001bOB');
    await output.until(chosen('cart'));
    input.type('\u001b');
    input.type('[');
    input.type('A');
    await output.until(chosen('订单查询'));
    input.type('G');
    await output.until(chosen('report'));
    input.type('g');
    await output.until(chosen('order'));
  });

  it('takes several mouse events in one chunk: the wheel moves what is under it, a click chooses', async () => {
    const { output, input } = await stage();
    await output.until(chosen('order'));
    input.type('\u001b[<65;5;8M\u001b[<65;5;8M');
    await output.until(chosen('report'));
    // Row 6 is the second function: header 2, title 1, head 1.
    input.type('\u001b[<0;5;6M\u001b[<0;5;6m');
    await output.until(chosen('pay'));
    input.type('\u001b[<0;20;6M');
    await output.until(has('pay · dev-3gewtf9c10f60c76'));
  });

  it('gives the mouse back and takes it again', async () => {
    const { output, input } = await stage();
    const mode = (): string => output.screen.terminal.modes.mouseTrackingMode;
    await output.until(() => mode() === 'drag');
    input.type('m');
    await output.until(() => mode() === 'none');
    input.type('\u001b[21~');
    await output.until(() => mode() === 'drag');
  });

  it('types Chinese and emoji into the filter, and keeps pasted keys from acting', async () => {
    const { output, input, asked } = await stage();
    await output.until(chosen('order'));
    input.type('\u001b[200~qqq\u001b[201~');
    input.type('/订单');
    await output.until(has('Functions 1 of 6'));
    await output.until(chosen('订单查询'));
    input.type('👍');
    await output.until(has('Nothing matches'));
    input.type('\u007f\u007f\u007f');
    input.type('\u001b[200~ord\u001b[201~');
    await output.until(chosen('order'));
    input.type('\r');
    await output.until(has('/ord: 1/6'));
    expect(asked).toEqual([]);
  });

  it('takes Escape alone for Escape', async () => {
    const { output, input } = await stage();
    input.type('/pay\r');
    await output.until(has('/pay: 1/6'));
    input.type('\u001b');
    await output.until(has('Functions 6'));
  });

  it('asks for everything that keys stand for', async () => {
    const { output, input, asked } = await stage({ now: () => now });
    await output.until(chosen('order'));
    input.type('r');
    input.type('Ry');
    input.type('uy');
    input.type('p');
    input.type('o');
    input.type('\u001b[C\u001b[C');
    input.type('u');
    input.type('q');
    input.type('\u0003');
    const all = { at: now, function: null, env: null };
    const order = { ...all, function: 'order' };
    expect(asked).toEqual([
      { type: 'dispatch', events: [{ type: 'retry', ...order }] },
      { type: 'dispatch', events: [{ type: 'retry', ...all }] },
      { type: 'dispatch', events: [{ type: 'force', id: `monitor ${now}`, ...order }] },
      { type: 'dispatch', events: [{ type: 'pause', at: now, paused: true }] },
      { type: 'open-folder', folder: '/project/order' },
      {
        type: 'dispatch',
        events: [{ type: 'force', id: `monitor ${now}`, ...order, env: 'mytestenv-7gniuaq95b51dcdc' }],
      },
      { type: 'quit' },
      { type: 'quit' },
    ]);
  });

  it('copies through the terminal and by the tool of the platform', async () => {
    const { output, input, asked } = await stage();
    let copied = '';
    output.screen.terminal.parser.registerOscHandler(52, (data) => {
      copied = Buffer.from(data.replace(/^c;/, ''), 'base64').toString();
      return true;
    });
    await output.until(chosen('order'));
    input.type('c');
    await output.until(() => copied !== '');
    expect(copied).toContain('order · all environments');
    expect(copied).toContain('npm ERR! code E404');
    expect(copied).not.toMatch(/[│┌]/);
    expect(asked).toEqual([{ type: 'copy', text: copied }]);
  });

  it('invokes in the chosen environment with an event that is remembered', async () => {
    const { output, input, asked, monitor } = await stage();
    output.resize({ columns: 120, rows: 40 });
    input.type('/cart\r');
    await output.until(chosen('cart'));
    input.type('i\t');
    await output.until(has('invoke cart in mytestenv (Tab: elsewhere, Ctrl-E: editor): '));
    input.type('\u001b[Z');
    await output.until(has('invoke cart in dev (Tab: elsewhere, Ctrl-E: editor): '));
    input.type('nonsense\u0015{"a":1');
    input.type('\r');
    await output.until(has('not valid JSON'));
    input.type('}\r');
    expect(asked).toEqual([
      { type: 'invoke', function: 'cart', env: 'dev-3gewtf9c10f60c76', event: '{"a":1}' },
    ]);
    const result = {
      function: 'cart',
      env: 'dev-3gewtf9c10f60c76',
      ok: true,
      text: '{\n  "sum": 42\n}',
      logs: ['called 订单'],
      ms: 12,
    };
    monitor.invoked(result);
    const lines = await output.until(has('"sum": 42'));
    expect(lines.join('\n')).toContain('called 订单');
    expect(lines.join('\n')).toMatch(/answered by aaaaaaaa, the code on\s+disk/);
    expect(lines.findIndex((line) => line.includes('answered by'))).toBeLessThan(
      lines.findIndex((line) => line.includes('called 订单')),
    );
    await output.until((seen) => !has('Calling cart')(seen));
    input.type('i');
    await output.until(has('Ctrl-E: editor): {"a":1}'));
    input.type('\u001b[D\u001b[D\u007f2');
    await output.until(has('{"a"21}'));
  });
});

it('a copy that is too long for the terminal begins with a whole character', () => {
  const copied = osc52(`${'日'.repeat(40_000)}b`);
  const [, base64 = ''] = /^\u001b\]52;c;(.*)\u0007$/.exec(copied) ?? [];
  const text = Buffer.from(base64, 'base64').toString();
  expect(text).toMatch(/^日+b$/);
  expect(Buffer.byteLength(text)).toBeGreaterThan(70_000);
});

describe('what is typed while something is looked up', () => {
  /** A key whose answer comes when the test says so. */
  async function waiting(key: string) {
    const asked: Asked[] = [];
    let answer = (): void => undefined;
    const made = await stage({
      onAction(action) {
        if (action.type !== 'differences') asked.push(action);
        const opens = action.type === 'events' || action.type === 'undo' || action.type === 'diff';
        return opens ? new Promise((resolve) => (answer = resolve)) : null;
      },
    });
    await made.output.until(has('Functions 6'));
    made.input.type(key);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(1);
    return { ...made, asked, answer: () => answer() };
  }
  const said = toastOf('Uploading.', 'good', now);
  const undo = { type: 'dispatch', events: [] } as const;

  it('goes into the line that opens, and acts as no command', async () => {
    const { input, output, monitor, asked, answer } = await waiting('E');
    for (const letter of ',qp') input.type(letter);
    input.type('\u001b[200~u1\u001b[201~');
    monitor.offer('pay', [{ name: 'happy', chosen: true }]);
    answer();
    await output.until(has('happy,qpu1'));
    expect(asked).toEqual([{ type: 'events', function: expect.any(String) }]);
  });

  it('is no answer to a question that nobody could read yet', async () => {
    const { input, output, monitor, asked, answer } = await waiting('U');
    input.type('y');
    const question = { text: 'Go back?', action: undo, said };
    monitor.show({ title: 'Undo', lines: [] }, question);
    answer();
    await output.until(has('Go back?'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.slice(1)).toEqual([]);
    input.type('y');
    await output.until(has('Uploading.'));
    expect(asked.slice(1)).toEqual([undo]);
  });

  it('is not the same key once more, which somebody pressed who saw nothing yet', async () => {
    const { input, output, monitor, asked, answer } = await waiting('D');
    input.type('D');
    input.type('j');
    monitor.show({ title: 'Differences', lines: [{ kind: 'remark', text: 'only this' }] }, null);
    answer();
    await output.until(has('only this'));
    expect(asked).toHaveLength(1);
  });

  it('is text once something else was typed, the same key too', async () => {
    const { input, output, monitor, answer } = await waiting('E');
    for (const letter of 'E,nE') input.type(letter);
    monitor.offer('pay', [{ name: 'happy', chosen: true }]);
    answer();
    await output.until(has('happy,nE'));
  });

  it('is forgotten where nothing opened: text for a line would quit, or upload', async () => {
    const { input, output, monitor, asked, answer } = await waiting('E');
    for (const letter of 'qup') input.type(letter);
    monitor.offer('pay', []);
    answer();
    await output.until(has('no saved events'));
    input.type('?');
    await output.until(has('Esc closes'));
    expect(asked).toHaveLength(1);
  });

  it('interrupts, whatever is looked up', async () => {
    const { input, asked } = await waiting('E');
    input.type('q');
    input.type('\u0003');
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.slice(1)).toEqual([{ type: 'quit' }]);
  });
});
