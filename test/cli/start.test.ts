/** The start of `watch` and `push`: how fast its waits are in tests, and the last event of a run that is ended at once. */
import { expect, it } from 'vitest';
import { runCommand } from '../../src/cli/process.js';
import { timeScale } from '../../src/cli/start.js';
import { deskIn } from '../support/init-rig.js';
import { configFor, entry, makeProject, runEmulator } from '../support/rig.js';

it.each([
  [undefined, 1],
  ['0.5', 0.5],
  ['2', 2],
  ['0', 1],
  ['-1', 1],
  ['Infinity', 1],
  ['soon', 1],
])('the time scale %s is %d', (given, expected) => {
  expect(timeScale(given === undefined ? {} : { TCB_WATCH_TIME_SCALE: given })).toBe(expected);
});

it.each([
  [['--json'], 130, 'stopped'],
  [['--json'], 0, 'pushed'],
  [['--plain'], 130, null],
] as const)('%j that ends at once with %d says last: %s', async (args, code, last) => {
  const emulator = await runEmulator({ envs: ['dev'], deployMs: 600_000 });
  const project = await makeProject({ pay: entry('1') }, configFor(emulator));
  const desk = deskIn(project.folder, { environment: { TEST_TOKEN: emulator.token } });
  const endings: ((code: number) => unknown)[] = [];
  let interrupt = (): void => undefined;
  let pushed = (): void => undefined;
  const isPushed = new Promise<void>((resolve) => {
    pushed = resolve;
  });
  const ended = runCommand(['push', ...args], {
    ...desk.context,
    out(text) {
      desk.context.out(text);
      if (/"pushed"|accepted/.test(text)) pushed();
    },
    atEnd: (task) => void endings.push(task),
    onInterrupt(listener) {
      interrupt = listener;
      return () => undefined;
    },
  });
  await isPushed;
  const before = desk.out();
  for (const end of endings) end(code);
  if (last === null) expect(desk.out()).toBe(before);
  else expect(JSON.parse(desk.out().trim().split('\n').at(-1) ?? '')).toMatchObject({ event: last });
  interrupt();
  await ended;
});
