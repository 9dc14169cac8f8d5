/** The real terminal as a screen takes it over: every listener is let go of again. */
import { afterEach, expect, it, vi } from 'vitest';
import { processTerminal } from '../../src/cli/terminal.js';

const names = ['uncaughtExceptionMonitor', 'exit', 'SIGQUIT', 'SIGCONT', 'SIGINT'] as const;
const counts = (): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, process.listenerCount(name)]));

const before = { end: process.stdin.listeners('end'), error: process.stdin.listeners('error') };
afterEach(() => {
  for (const event of ['end', 'error'] as const)
    for (const listener of process.stdin.listeners(event))
      if (!before[event].includes(listener)) process.stdin.off(event, listener as () => void);
});

it('ends and breaks are heard, until it is let go of', () => {
  const terminal = processTerminal(
    () => undefined,
    () => undefined,
  );
  const first = counts();
  const letGo = terminal.onExit(() => undefined);
  const quits = process.platform === 'win32' ? 0 : 1;
  expect(counts()).toEqual({
    ...first,
    uncaughtExceptionMonitor: (first['uncaughtExceptionMonitor'] ?? 0) + 1,
    exit: (first['exit'] ?? 0) + 1,
    SIGQUIT: (first['SIGQUIT'] ?? 0) + quits,
  });
  letGo();
  expect(counts()).toEqual(first);
});

it('going on after a stop is heard, until it is let go of', () => {
  const terminal = processTerminal(
    () => undefined,
    () => undefined,
  );
  let times = 0;
  const letGo = terminal.onContinue(() => {
    times += 1;
  });
  process.emit('SIGCONT');
  letGo();
  process.emit('SIGCONT');
  expect(times).toBe(1);
});

it('an interrupt is another program’s while that has the terminal', () => {
  const terminal = processTerminal(
    () => undefined,
    () => undefined,
  );
  let times = 0;
  const listener = (): void => {
    times += 1;
  };
  process.on('SIGINT', listener);
  const first = process.listeners('SIGINT');
  const back = terminal.handOver();
  process.emit('SIGINT');
  expect([times, process.listenerCount('SIGINT')]).toEqual([0, 1]);
  back();
  expect(process.listeners('SIGINT')).toEqual(first);
  process.emit('SIGINT');
  expect(times).toBe(1);
  process.off('SIGINT', listener);
  process.stdin.pause();
});

it('a terminal that is closed is noticed', () => {
  let gone = 0;
  processTerminal(
    () => undefined,
    () => {
      gone += 1;
    },
  );
  process.stdin.emit('end');
  process.stdin.emit('error', new Error('EIO'));
  expect(gone).toBe(2);
});

it('texts for stderr come to the screen where that is a terminal, and only there', async () => {
  const { isTTY } = process.stderr;
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const heard: string[] = [];
    const terminal = processTerminal(
      () => undefined,
      () => undefined,
    );
    Reflect.set(process.stderr, 'isTTY', false);
    terminal.captureErrors((text) => heard.push(text))();
    process.stderr.write('plain');
    expect([heard, write.mock.calls.length]).toEqual([[], 1]);
    write.mockRestore();
    Reflect.set(process.stderr, 'isTTY', true);
    const end = terminal.captureErrors((text) => heard.push(text));
    const done = new Promise<void>((resolve) => process.stderr.write('captured', () => resolve()));
    process.stderr.write(new Uint8Array([104, 105]));
    await done;
    end();
    expect(heard).toEqual(['captured', 'hi']);
  } finally {
    write.mockRestore();
    Reflect.set(process.stderr, 'isTTY', isTTY);
  }
});
